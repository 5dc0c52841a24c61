/** Documents made from type text: every member gets a value of its type, and what a test says replaces it. */
import { encodeFunctionData, erc20Abi, getAddress, toHex } from "viem";
import type { SignRequest } from "../../../../src/chains/adapter.ts";
import type { Domain, KnownDocument } from "../../../../src/chains/ethereum/documents/document.ts";
import { ENTRY_POINTS } from "../../../../src/chains/ethereum/known-addresses.ts";
import type { Field } from "../../../../src/chains/ethereum/typed-data-hash.ts";
import { OWNER } from "../keys.ts";

export const OTHER = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8";
export const CONTRACT = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48";

export type Types = Record<string, readonly Field[]>;
export type Message = Readonly<Record<string, unknown>>;

/** Structs of an encodeType text. The first is the primary type. */
export function parseTypes(text: string): { readonly primaryType: string; readonly types: Types } {
  const structs = [...text.matchAll(/([\w:]+)\(([^)]*)\)/g)].map(([, name = "", members = ""]) => {
    const fields = members.split(",").map((member) => {
      const [type = "", field = ""] = member.split(" ");
      return { type, name: field };
    });
    return [name, fields] as const;
  });
  return { primaryType: structs[0]?.[0] ?? "", types: Object.fromEntries(structs) };
}

/** Some value of `type`. */
export function valueOf(type: string, types: Types): unknown {
  const array = /^(.+)\[(\d*)\]$/.exec(type);
  if (array?.[1] !== undefined) {
    const item = valueOf(array[1], types);
    return Array.from({ length: array[2] === "" ? 1 : Number(array[2]) }, () => item);
  }
  const struct = types[type];
  if (struct !== undefined) return structOf(struct, types);
  if (type === "address") return OWNER;
  if (type === "bool") return true;
  if (type === "string") return "x";
  if (type === "bytes") return "0x";
  if (type.startsWith("bytes")) return `0x${"01".repeat(Number(type.slice(5)))}`;
  return 1;
}

function structOf(fields: readonly Field[], types: Types): Message {
  return Object.fromEntries(fields.map((field) => [field.name, valueOf(field.type, types)]));
}

const DOMAIN_VALUES: Message = {
  name: "N",
  version: "1",
  chainId: 1,
  verifyingContract: CONTRACT,
  salt: `0x${"89".padStart(64, "0")}`,
};

/** A domain of this form with accepted values. */
export function domainOf(form: Domain): Message {
  const members = form.members === "" ? [] : form.members.split(",");
  return Object.fromEntries(
    members.map((member) => [member, form.values?.[member]?.[0] ?? DOMAIN_VALUES[member]]),
  );
}

const TRANSFER = encodeFunctionData({ abi: erc20Abi, functionName: "transfer", args: [OTHER, 5n] });
const HYPERLIQUID = { hyperliquidChain: "Mainnet", destination: OTHER, amount: "1.5", token: "USDC" };

/** EIP-191's bytes of a text. */
export function prefixed(text: string): string {
  return toHex(`\x19Ethereum Signed Message:\n${Buffer.byteLength(text)}${text}`);
}

/** EIP-4361, as the contract account signs it. */
export const SIGN_IN = [
  "app.example wants you to sign in with your Ethereum account:",
  getAddress(CONTRACT),
  "",
  "",
  "URI: https://app.example/login",
  "Version: 1",
  "Chain ID: 1",
  "Nonce: 32891756",
  "Issued At: 2021-09-30T16:25:24Z",
].join("\n");

/** Members whose value is more than its type says, by the name of the row. */
const MEANINGFUL: Readonly<Record<string, Message>> = {
  "CoW Order": { kind: "sell", sellTokenBalance: "erc20", buyTokenBalance: "erc20" },
  "Polymarket Order": { side: 0 },
  "1inch Order": { makerTraits: 0 },
  "LooksRare Maker": { strategyId: 0, collectionType: 0 },
  "ERC-7739 PersonalSign": { prefixed: prefixed(SIGN_IN) },
  SafeTx: { operation: 0, gasPrice: 0 },
  "SafeOp (EntryPoint 0.6)": { entryPoint: ENTRY_POINTS["0.6"] },
  "SafeOp (EntryPoint 0.7)": { entryPoint: ENTRY_POINTS["0.7"] },
  "ForwardRequest (MinimalForwarder)": { data: TRANSFER },
  "ForwardRequest (ERC2771Forwarder)": { data: TRANSFER },
  "ForwardRequest (OpenGSN)": { data: TRANSFER },
  MetaTransaction: { functionSignature: TRANSFER },
  "ZKsync Transaction": { txType: 113, from: OWNER, to: OTHER, paymaster: 0, factoryDeps: [] },
  "Hyperliquid UsdSend": HYPERLIQUID,
  "Hyperliquid SpotSend": HYPERLIQUID,
  "Hyperliquid Withdraw": HYPERLIQUID,
  "Hyperliquid UsdClassTransfer": HYPERLIQUID,
  "Hyperliquid SendAsset": { ...HYPERLIQUID, fromSubAccount: "" },
  "Hyperliquid TokenDelegate": HYPERLIQUID,
  "Hyperliquid ConvertToMultiSigUser": {
    signers: JSON.stringify({ authorizedUsers: [OTHER], threshold: 1 }),
  },
};

export interface Parts {
  readonly types: Types;
  readonly primaryType: string;
  readonly domain: Message;
  readonly message: Message;
}

/** A document of `type` with a value for each member, over which `message` goes. */
export function documentOf(type: string, domain: Message, message: Message = {}): Parts {
  const { types, primaryType } = parseTypes(type);
  const base = structOf(types[primaryType] ?? [], types);
  const own = Object.entries(message).filter(([name]) => Object.hasOwn(base, name));
  return { types, primaryType, domain, message: { ...base, ...Object.fromEntries(own) } };
}

/** A document of this row that it can read. */
export function sampleOf(known: KnownDocument, form: Domain, message: Message = {}): Parts {
  return documentOf(known.type, domainOf(form), { ...MEANINGFUL[known.name], ...message });
}

export const requestOf = (typedData: Parts): SignRequest => ({ type: "ethereum.typedData", typedData });
