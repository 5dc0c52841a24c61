/**
 * Typed data that moves assets without a transaction: SNIP-9 outside executions, ERC-20 permits and session keys.
 * Recognised by their exact type declarations, since the type hash is what the account or token checks.
 * @module
 */
import { invalid, refused } from "../../domain/errors.ts";
import type { Json } from "../../domain/canonical.ts";
import { soundsLikeMovingAssets } from "../../domain/asset-words.ts";
import type { Opacity } from "../../domain/intent.ts";
import { MAX_UINT256 } from "../../domain/amounts.ts";
import {
  CALLS_MAX,
  describeCalls,
  erc20Asset,
  NO_EFFECTS,
  type CallEffects,
  type ContractCall,
} from "./calls.ts";
import { addressText, parseAddress, parseFelt } from "./felts.ts";
import { isObject, member, readList, type Members } from "./members.ts";
import type { TypedData } from "./snip12.ts";

const OUTSIDE_EXECUTION = "OutsideExecution";

/** SNIP-9 version 1 (SNIP-12 revision 0) and version 2 (revision 1); `name:type` of each member, in order. */
const OUTSIDE_EXECUTION_V1 = {
  OutsideExecution:
    "caller:felt,nonce:felt,execute_after:felt,execute_before:felt,calls_len:felt,calls:OutsideCall*",
  OutsideCall: "to:felt,selector:felt,calldata_len:felt,calldata:felt*",
};
const OUTSIDE_EXECUTION_V2 = {
  OutsideExecution: "Caller:ContractAddress,Nonce:felt,Execute After:u128,Execute Before:u128,Calls:Call*",
  Call: "To:ContractAddress,Selector:selector,Calldata:felt*",
};
/** ERC20Permit of OpenZeppelin Contracts for Cairo. */
const PERMIT = {
  Permit: "token:ContractAddress,spender:ContractAddress,amount:u256,nonce:felt,deadline:u128",
};

/**
 * What a signed document lets others do to the assets of `account`. A document of none of these types describes itself,
 * and policies see all of it; one that sounds like an order or a permit is opaque.
 * @throws SignerError `transaction.refused` for an outside execution of another version
 */
export function describeTypedData(typedData: TypedData, account: bigint, field: string): CallEffects {
  const message = `${field}/message`;
  if (typedData.primaryType === OUTSIDE_EXECUTION) {
    const { calls, pointerOf } = outsideCalls(typedData, message, field);
    return describeCalls(calls, account, pointerOf);
  }
  if (typedData.revision === "1" && typedData.primaryType === "Permit" && hasTypes(typedData, PERMIT)) {
    return permit(typedData.message, account, message);
  }
  if (grantsSession(typedData)) return session(typedData.message, account);
  return {
    ...NO_EFFECTS,
    opacity: opacityOfUnknown(typedData),
    harmless: ["the document sounds like nothing that moves assets"],
  };
}

function opacityOfUnknown({ types, primaryType, revision }: TypedData): readonly Opacity[] {
  const domainType = revision === "1" ? "StarknetDomain" : "StarkNetDomain";
  const moving = [...types].some(([name, members]) => {
    const names = members.map((one) => one.name.replaceAll(/[ _]/g, ""));
    return name !== domainType && soundsLikeMovingAssets(name, names);
  });
  if (!moving) return [];
  const reason = `typed data ${primaryType.slice(0, 64)} whose effect on assets is unknown`;
  return [{ cause: "unknownTypedData", reason }];
}

function hasTypes(typedData: TypedData, expected: Readonly<Record<string, string>>): boolean {
  return Object.entries(expected).every(([name, members]) => {
    const declared = typedData.types.get(name) ?? [];
    return declared.map((one) => `${one.name}:${one.type}`).join(",") === members;
  });
}

interface OutsideCalls {
  readonly calls: readonly ContractCall[];
  readonly pointerOf: (index: number) => string;
}

function outsideCalls(typedData: TypedData, message: string, field: string): OutsideCalls {
  if (typedData.revision === "0" && hasTypes(typedData, OUTSIDE_EXECUTION_V1)) {
    return outsideCallsV1(typedData.message, message);
  }
  if (typedData.revision === "1" && hasTypes(typedData, OUTSIDE_EXECUTION_V2)) {
    const items = readCalls(member(typedData.message, "Calls"), `${message}/Calls`);
    return {
      calls: items.map((item, index) =>
        readCall(item, ["To", "Selector", "Calldata"], `${message}/Calls/${index}`),
      ),
      pointerOf: (index) => `${message}/Calls/${index}`,
    };
  }
  throw refused(
    `${field}/types/${OUTSIDE_EXECUTION}`,
    "is not the OutsideExecution of SNIP-9 version 1 or 2; what it executes cannot be told",
  );
}

/** Version 1 states each length twice; accounts hash the stated one, so a difference would hide calls from policies. */
function outsideCallsV1(body: Members, message: string): OutsideCalls {
  const items = readCalls(member(body, "calls"), `${message}/calls`);
  requireLength(member(body, "calls_len"), items.length, `${message}/calls_len`);
  const calls = items.map((item, index) => {
    const at = `${message}/calls/${index}`;
    const call = readCall(item, ["to", "selector", "calldata"], at);
    requireLength(member(item, "calldata_len"), call.calldata.length, `${at}/calldata_len`);
    return call;
  });
  return { calls, pointerOf: (index) => `${message}/calls/${index}` };
}

function readCalls(value: unknown, field: string): readonly Members[] {
  return readList(value, field, CALLS_MAX).map((item, index) => {
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

function permit(message: Members, account: bigint, field: string): CallEffects {
  const amount = member(message, "amount");
  const half = (name: string): bigint =>
    parseFelt(isObject(amount) ? member(amount, name) : undefined, `${field}/amount/${name}`);
  const allowance = {
    asset: erc20Asset(parseAddress(member(message, "token"), `${field}/token`)),
    owner: addressText(account),
    spender: addressText(parseAddress(member(message, "spender"), `${field}/spender`)),
    amount: ((half("high") << 128n) + half("low")).toString(),
    expiresAt: parseFelt(member(message, "deadline"), `${field}/deadline`).toString(),
  };
  return { ...NO_EFFECTS, allowances: [allowance] };
}

/** Session keys put the calls they may make into a Merkle tree, or are named as what they are. */
function grantsSession(typedData: TypedData): boolean {
  if (/session/i.test(typedData.primaryType)) return true;
  return [...typedData.types.values()].some((members) => members.some((one) => one.type === "merkletree"));
}

const SESSION_KEY_MEMBERS = ["Session Key", "session_key", "sessionKey", "key"];

/** Another key may then call in the account's name: an allowance over everything the account owns. */
function session(message: { readonly [name: string]: Json }, account: bigint): CallEffects {
  const keys = SESSION_KEY_MEMBERS.map((name) => member(message, name));
  const key = keys.find((value) => typeof value === "string");
  return {
    ...NO_EFFECTS,
    allowances: [
      {
        asset: "*",
        owner: addressText(account),
        spender: typeof key === "string" ? key : "session",
        amount: MAX_UINT256.toString(),
      },
    ],
  };
}
