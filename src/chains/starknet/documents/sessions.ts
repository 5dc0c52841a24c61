/**
 * Session keys, and the proof that makes a key the owner of an account. Whoever holds the key then acts as the account,
 * within limits that the message states.
 * @module
 */
import type { Allowance } from "../../../domain/intent.ts";
import { changeOf, erc20, type Effect } from "../effects.ts";
import { addressText } from "../felts.ts";
import { STRK } from "../known-contracts.ts";
import { felt, records, text, u256, type Values } from "../values.ts";
import { named, REVISION_0, REVISION_1, version, type DocumentSite, type KnownDocument } from "./document.ts";

const ARGENT = "argentlabs/argent-contracts-starknet 0.5.0 src";
const BRAAVOS = "myBraavos/braavos-account-cairo 1.2.0 src/sessions/hash.cairo";
const PLUGIN = "argentlabs/starknet-plugin-account contracts/plugins/SessionKey.cairo";

/** The session key's GUID or public key, under this name. */
function actsAs(name: string): Effect<DocumentSite> {
  return (values, { account }) => ({ control: [changeOf("delegate", account, keyText(values, name))] });
}

/** A key in one form, whichever the document has it in: policies compare it as text. */
function keyText(values: Values, name: string): string {
  return addressText(felt(values, name));
}

/** Braavos' sessions also state how much of each token may leave, and how much may be spent on fees. */
function spends(name: string, gas: boolean): Effect<DocumentSite> {
  return (values, { account }) => {
    const spender = keyText(values, name);
    const expiresAt = text(values, "Execute Before");
    const limits = records(values, "Spending Limits").map((limit): Allowance => ({
      asset: erc20(text(limit, "token_address")),
      owner: account,
      spender,
      amount: u256(limit, "amount"),
      expiresAt,
    }));
    const fees = { asset: erc20(addressText(STRK)), owner: account, spender, expiresAt };
    return {
      control: [changeOf("delegate", account, spender)],
      allowances: gas ? [...limits, { ...fees, amount: text(values, "STRK Gas Limit") }] : limits,
    };
  };
}

const ownerAlive: Effect<DocumentSite> = (values, { account }) => ({
  control: [changeOf("owner", account, keyText(values, "Owner GUID"))],
});

const SESSION_EXECUTION =
  "Owner Public Key:felt,Execute After:timestamp,Execute Before:timestamp,STRK Gas Limit:u128," +
  "Allowed Methods:AllowedMethod*,Spending Limits:TokenAmount*";
const SPONSORED_EXECUTION =
  "Caller:ContractAddress,Execute After:timestamp,Execute Before:timestamp," +
  "Allowed Methods:AllowedMethod*,Spending Limits:TokenAmount*";
const METHODS_V1 = { AllowedMethod: "Contract Address:ContractAddress,Selector:selector" };
const METHODS_V2 = {
  AllowedMethod:
    "Contract Address:ContractAddress,Selector:selector,Calldata Validations:CalldataValidation*",
  CalldataValidation: "Offset:u128,Value:felt,Validation Type:u128",
};

function braavos(number: 1 | 2, sponsored: boolean): KnownDocument {
  const primaryType = sponsored ? "GasSponsoredSessionExecution" : "SessionExecution";
  const methods = number === 1 ? METHODS_V1 : METHODS_V2;
  return {
    name: `Braavos ${primaryType}, version ${number}`,
    source: BRAAVOS,
    revision: "1",
    primaryType,
    types: { [primaryType]: sponsored ? SPONSORED_EXECUTION : SESSION_EXECUTION, ...methods },
    domainTypes: REVISION_1,
    domain: {
      name: named(sponsored ? "Account.execute_gs_session" : "Account.execute_session"),
      version: version(number + 1),
    },
    effect: sponsored ? spends("Caller", false) : spends("Owner Public Key", true),
  };
}

export const SESSION_DOCUMENTS: readonly KnownDocument[] = [
  {
    name: "Argent Session",
    source: `${ARGENT}/session/session_hash.cairo`,
    revision: "1",
    primaryType: "Session",
    types: {
      Session:
        "Expires At:timestamp,Allowed Methods:merkletree<Allowed Method>,Metadata:string,Session Key:felt",
      "Allowed Method": "Contract Address:ContractAddress,selector:selector",
    },
    domainTypes: REVISION_1,
    domain: { name: named("SessionAccount.session"), version: version(1) },
    effect: actsAs("Session Key"),
  },
  {
    name: "Plugin account Session",
    source: PLUGIN,
    revision: "0",
    primaryType: "Session",
    types: {
      Session: "key:felt,expires:felt,root:merkletree<Policy>",
      Policy: "contractAddress:felt,selector:selector",
    },
    domainTypes: ["chainId:felt"],
    domain: {},
    effect: actsAs("key"),
  },
  braavos(1, false),
  braavos(2, false),
  braavos(1, true),
  braavos(2, true),
  {
    name: "Argent Owner Alive",
    source: `${ARGENT}/multiowner_account/owner_alive.cairo`,
    revision: "1",
    primaryType: "Owner Alive",
    types: { "Owner Alive": "Owner GUID:felt,Signature expiration:timestamp" },
    domainTypes: REVISION_1,
    domain: { name: named("Owner Alive"), version: version(1) },
    effect: ownerAlive,
  },
  {
    name: "Snapshot SetAlias",
    source: "snapshot-labs/sx-monorepo 3496f95 packages/sx.js/src/clients/offchain/starknet-sig/types.ts",
    revision: "0",
    primaryType: "SetAlias",
    types: { SetAlias: "from:felt,alias:felt,timestamp:felt" },
    domainTypes: REVISION_0,
    domain: { name: named("sx-starknet") },
    // From then on the alias votes for the account.
    effect: actsAs("alias"),
  },
];
