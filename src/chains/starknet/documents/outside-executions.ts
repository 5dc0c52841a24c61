/**
 * Outside executions (SNIP-9): calls that an account signs as a document, for others to send. They do what the same calls
 * do in a transaction of the account.
 * @module
 */
import { invalid, refused, tooLarge } from "../../../domain/errors.ts";
import { CALLS_MAX, describeCalls, type ContractCall } from "../calls.ts";
import type { CallEffects } from "../effects.ts";
import { parseAddress, parseFelt } from "../felts.ts";
import { isObject, member, readList, type Members } from "../members.ts";
import { named, REVISION_0, REVISION_1, version, type DocumentSite, type KnownDocument } from "./document.ts";

const SOURCE = "starknet-io/SNIPs 0bf59d7 SNIPS/snip-9.md";
const NAME = named("Account.execute_from_outside");

export const CALL_DOCUMENTS: readonly KnownDocument[] = [
  {
    name: "SNIP-9 OutsideExecution, version 1",
    source: SOURCE,
    revision: "0",
    primaryType: "OutsideExecution",
    types: {
      OutsideExecution:
        "caller:felt,nonce:felt,execute_after:felt,execute_before:felt,calls_len:felt,calls:OutsideCall*",
      OutsideCall: "to:felt,selector:felt,calldata_len:felt,calldata:felt*",
    },
    domainTypes: REVISION_0,
    domain: { name: NAME, version: version(1) },
    effect: (_values, site) => describe(callsV1(site), site, "calls"),
  },
  {
    name: "SNIP-9 OutsideExecution, version 2",
    source: SOURCE,
    revision: "1",
    primaryType: "OutsideExecution",
    types: {
      OutsideExecution:
        "Caller:ContractAddress,Nonce:felt,Execute After:u128,Execute Before:u128,Calls:Call*",
      Call: "To:ContractAddress,Selector:selector,Calldata:felt*",
    },
    domainTypes: REVISION_1,
    domain: { name: NAME, version: version(2) },
    effect: (_values, site) => describe(callsV2(site), site, "Calls"),
  },
];

/**
 * Version 3 exists in one account, which hashes a tuple and revision 2: no SNIP-12 document has this hash.
 * Source: cartridge-gg/controller-rs addbf83 account_sdk/src/account/outside_execution_v3.rs.
 * @throws SignerError `transaction.refused`
 */
export function refuseVersion3(typedData: unknown, field: string): void {
  if (!isObject(typedData) || member(typedData, "primaryType") !== "OutsideExecution") return;
  const domain = member(typedData, "domain");
  if (!isObject(domain) || !["2", 2, "0x2"].some((two) => two === member(domain, "revision"))) return;
  throw refused(
    `${field}/domain/revision`,
    "is an outside execution of version 3, which is not a SNIP-12 document; sign version 1 or 2 of SNIP-9",
  );
}

function describe(
  calls: readonly ContractCall[],
  { account, document, field }: DocumentSite,
  list: string,
): CallEffects {
  const caller = { account: BigInt(account), chainId: document.chainId };
  return describeCalls(calls, caller, `${field}/${list}`, (index) => `${field}/${list}/${index}`);
}

/** Version 1 states each length twice; accounts hash the stated one, so a difference would hide calls from policies. */
function callsV1({ document, field }: DocumentSite): readonly ContractCall[] {
  const { message } = document;
  const items = readCalls(member(message, "calls"), `${field}/calls`);
  requireLength(member(message, "calls_len"), items.length, `${field}/calls_len`);
  return items.map((item, index) => {
    const at = `${field}/calls/${index}`;
    const call = readCall(item, ["to", "selector", "calldata"], at);
    requireLength(member(item, "calldata_len"), call.calldata.length, `${at}/calldata_len`);
    return call;
  });
}

function callsV2({ document, field }: DocumentSite): readonly ContractCall[] {
  return readCalls(member(document.message, "Calls"), `${field}/Calls`).map((item, index) =>
    readCall(item, ["To", "Selector", "Calldata"], `${field}/Calls/${index}`),
  );
}

function readCalls(value: unknown, field: string): readonly Members[] {
  const items = readList(value, field, Number.MAX_SAFE_INTEGER);
  if (items.length > CALLS_MAX) throw tooLarge(field, "calls", CALLS_MAX);
  return items.map((item, index) => {
    if (!isObject(item)) throw invalid(`${field}/${index}`, "must be an object");
    return item;
  });
}

function readCall(
  item: Members,
  [to, selector, calldata]: readonly [string, string, string],
  field: string,
): ContractCall {
  const data = readList(member(item, calldata), `${field}/${calldata}`, Number.MAX_SAFE_INTEGER);
  return {
    to: parseAddress(member(item, to), `${field}/${to}`),
    selector: parseFelt(member(item, selector), `${field}/${selector}`),
    calldata: data.map((felt, index) => feltOrText(felt, `${field}/${calldata}/${index}`)),
  };
}

/** Canonical calldata is 0x-hex, or text that was written as a short string: policies read amounts, so only numbers pass. */
function feltOrText(value: unknown, field: string): bigint {
  if (typeof value === "string" && !value.startsWith("0x")) {
    throw invalid(field, "must be a number in calldata: a felt as 0x-hex, decimal text or an integer");
  }
  return parseFelt(value, field);
}

function requireLength(stated: unknown, actual: number, field: string): void {
  if (parseFelt(stated, field) !== BigInt(actual))
    throw invalid(field, `must be ${actual}, the length of the list`);
}
