/**
 * Sign-ins (SNIP-86). Their type is as plain as its names, so it is the values that make a document one: anything else of
 * this type may be meant for someone who reads it as something else.
 */
import { isDateTime, isUri, readOrigin } from "../../../domain/messages/grammar.ts";
import { nothing } from "../../../domain/intent.ts";
import { type Effect } from "../effects.ts";
import { addressText } from "../felts.ts";
import { felt, text, type Values } from "../values.ts";
import { REVISION_1, type DocumentSite, type KnownDocument } from "./document.ts";

const SOURCE = "starknet-io/SNIPs 58a5c4c SNIPS/snip-86.md";
const MEMBERS = "version:string,address:felt,statement:string,uri:string,nonce:string,issuedAt:string";
/** SNIP-86 declares its domain as strings, against SNIP-12; wallets follow either. */
const DOMAINS = [...REVISION_1, "name:string,chainId:string,version:string,revision:string"] as const;

/** SNIP-86 has three numbers; sign-ins of EIP-4361, which it follows, have one. */
const VERSION = /^\d{1,9}(?:\.\d{1,9}){0,2}$/;
const NONCE = /^[A-Za-z0-9]{8,31}$/;
const STATEMENT_MAX = 2_048;
/** How ERC-5573 ends a statement that grants powers to the URI. */
const DELEGATION = /I further authorize the stated URI/i;
const LOOPBACK: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

const login: Effect<DocumentSite> = (values, { account }) => {
  const flaw = flawIn(values, account);
  if (flaw === undefined) return nothing("a sign-in shows a website whose account this is");
  return { opacity: [{ cause: "unknownTypedData", reason: `as a sign-in, ${flaw}` }] };
};

function flawIn(values: Values, account: string): string | undefined {
  if (addressText(felt(values, "address")) !== account) return "its address is not the account that signs";
  if (!VERSION.test(text(values, "version"))) return "its version is none";
  if (hostOf(values) === undefined) return "its URI is not an https address";
  if (!NONCE.test(text(values, "nonce"))) return "its nonce is not 8 to 31 letters and digits";
  const statement = text(values, "statement");
  if (statement.length > STATEMENT_MAX) return `its statement is longer than ${STATEMENT_MAX} characters`;
  if (DELEGATION.test(statement)) return "its statement hands powers to its URI (ERC-5573)";
  for (const name of ["issuedAt", "expirationTime", "notBefore"]) {
    if (values[name] !== undefined && !isDateTime(text(values, name)))
      return `its ${name} is no RFC 3339 time`;
  }
  return undefined;
}

/** The website that a sign-in is for; undefined where its URI is not one that a browser would trust. */
function hostOf(values: Values): string | undefined {
  const uri = text(values, "uri");
  const origin = isUri(uri) ? readOrigin(uri) : undefined;
  if (origin === undefined) return undefined;
  const { scheme, host } = origin;
  return scheme === "https" || (scheme === "http" && LOOPBACK.has(host)) ? host : undefined;
}

function signIn(name: string, optional: string): KnownDocument {
  return {
    name,
    source: SOURCE,
    revision: "1",
    primaryType: "Message",
    types: { Message: `${MEMBERS}${optional}` },
    domainTypes: DOMAINS,
    domain: {},
    effect: login,
    signInDomain: hostOf,
  };
}

export const SIGN_IN_DOCUMENTS: readonly KnownDocument[] = [
  signIn("SNIP-86 sign-in", ""),
  signIn("SNIP-86 sign-in with an end", ",expirationTime:string"),
  signIn("SNIP-86 sign-in with a start", ",notBefore:string"),
  signIn("SNIP-86 sign-in with a start and an end", ",notBefore:string,expirationTime:string"),
];
