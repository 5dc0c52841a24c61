/**
 * Paradex, an exchange that runs its own chain. Orders move what the account has there; a login lets whoever holds its
 * answer act for the account.
 * @module
 */
import { changeOf, type Effect, type Found } from "../effects.ts";
import { isPrintableAscii } from "../felts.ts";
import { felt, type Values } from "../values.ts";
import { named, REVISION_0, version, type DocumentSite, type KnownDocument } from "./document.ts";

const SOURCE = "tradeparadex/paradex-py 334a7f8 paradex_py/message";

/** The exchange, as policies name it. */
const EXCHANGE = "paradex";
/** Whoever holds the answer of a login. */
const API = "paradex:api";

/** Size in the market's base unit with 8 decimals; side and price are in the message. */
const ordered: Effect<DocumentSite> = (values, { account }) => ({
  allowances: [
    {
      asset: `${EXCHANGE}:${spelled(values, "market")}`,
      owner: account,
      spender: EXCHANGE,
      amount: felt(values, "size").toString(),
    },
  ],
});

/** A document of this shape signs any request of the interface: only the login is known. */
const loggedIn: Effect<DocumentSite> = (values, { account }) =>
  is(values, { method: "POST", path: "/v1/auth", body: "" })
    ? { control: [changeOf("delegate", account, API)] }
    : other("a request of Paradex that is not its login");

/** The same shape with `STARK Key` in it makes the signature itself a private key. */
const onboarded: Effect<DocumentSite> = (values, { account }) =>
  is(values, { action: "Onboarding" })
    ? { control: [changeOf("delegate", account, API)] }
    : other("a constant of Paradex whose signature may serve as a key");

function is(values: Values, expected: Readonly<Record<string, string>>): boolean {
  return Object.entries(expected).every(([name, value]) => spelled(values, name) === value);
}

function other(reason: string): Found {
  return { opacity: [{ cause: "unknownTypedData", reason }] };
}

/** The text that a felt spells, or its 0x-hex where it spells none: documents have it in either form. */
function spelled(values: Values, name: string): string {
  const hex = felt(values, name).toString(16);
  if (hex === "0") return "";
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex").toString("latin1");
  return isPrintableAscii(bytes) ? bytes : `0x${hex}`;
}

const ORDER = "timestamp:felt,market:felt,side:felt,orderType:felt,size:felt,price:felt";

function paradex(
  primaryType: string,
  file: string,
  members: string,
  effect: Effect<DocumentSite>,
): KnownDocument {
  return {
    name: `Paradex ${primaryType}`,
    source: `${SOURCE}/${file}`,
    revision: "0",
    primaryType,
    types: { [primaryType]: members },
    domainTypes: ["name:felt,chainId:felt,version:felt", ...REVISION_0],
    domain: { name: named("Paradex"), version: version(1) },
    effect,
  };
}

export const PARADEX_DOCUMENTS: readonly KnownDocument[] = [
  paradex("Request", "auth.py", "method:felt,path:felt,body:felt,timestamp:felt,expiration:felt", loggedIn),
  paradex("Constant", "onboarding.py", "action:felt", onboarded),
  paradex("Order", "order.py", ORDER, ordered),
  paradex("ModifyOrder", "order.py", `${ORDER},id:felt`, ordered),
];
