/** A request for each entry of the registry: values by type, so that no entry needs one written by hand. */
import { encodeFunctionData, erc20Abi, parseAbi, type Abi, type AbiParameter } from "viem";
import type { RegistryCall } from "./calls.ts";
import type { RegistryDocument } from "./documents.ts";

/** What the decoders are asked; `signer` is our key's address. */
export type SampleRequest = { readonly type: string } & Readonly<Record<string, unknown>>;

/** Members that name who signs, on every protocol seen. */
const SIGNERS = /^(?:_?from|_?owner|holder|maker|offerer|user|follower|buyer|signer|swapper)$/i;
/** Members whose value decides what a document is: the plain case of each. */
const PLAIN: ReadonlySet<string> = new Set(["operation", "gasPrice"]);
const TEXTS: ReadonlyMap<string, string> = new Map([
  ["hyperliquidChain", "Mainnet"],
  ["amount", "1.5"],
  ["destination", `0x${"bb".repeat(20)}`],
]);
const OTHER = `0x${"bb".repeat(20)}` as const;
/** What a relayed call asks for: nobody relays one without data. */
const TRANSFER = encodeFunctionData({ abi: erc20Abi, functionName: "transfer", args: [OTHER, 1n] });

interface Member {
  readonly name: string;
  readonly type: string;
}

/** `A(B b,uint256 c)B(address d)` as EIP-712's `types`. */
export function typesOf(text: string): Record<string, Member[]> {
  const types: Record<string, Member[]> = {};
  for (const [, name = "", members = ""] of text.matchAll(/([^()]+)\(([^()]*)\)/g)) {
    types[name] = members
      .split(",")
      .filter((member) => member !== "")
      .map((member) => {
        const space = member.lastIndexOf(" ");
        return { type: member.slice(0, space), name: member.slice(space + 1) };
      });
  }
  return types;
}

export function documentRequest(entry: RegistryDocument, signer: string): SampleRequest {
  const types = typesOf(entry.type);
  const primaryType = entry.type.slice(0, entry.type.indexOf("("));
  const message = structOf(types, primaryType, signer);
  return { type: "ethereum.typedData", typedData: { domain: entry.domain, types, primaryType, message } };
}

function structOf(types: Record<string, Member[]>, name: string, signer: string): Record<string, unknown> {
  return Object.fromEntries(
    (types[name] ?? []).map((member) => [member.name, valueOf(types, member.type, member.name, signer)]),
  );
}

function valueOf(types: Record<string, Member[]>, type: string, name: string, signer: string): unknown {
  const array = /^(.+)\[(\d*)\]$/.exec(type);
  if (array?.[1] !== undefined) {
    const length = array[2] === "" ? 1 : Number(array[2]);
    const item = array[1];
    return Array.from({ length }, () => valueOf(types, item, name, signer));
  }
  if (types[type] !== undefined) return structOf(types, type, signer);
  if (type === "address") return SIGNERS.test(name) ? signer : OTHER;
  if (type === "bool") return true;
  if (type === "string") return TEXTS.get(name) ?? "text";
  if (type === "bytes") return name === "functionSignature" ? TRANSFER : "0x";
  if (PLAIN.has(name)) return "0";
  const fixed = /^bytes(\d+)$/.exec(type);
  // Small numbers: enumerations have few values.
  return fixed === null ? "1" : `0x${"11".repeat(Number(fixed[1]))}`;
}

export function callRequest(entry: RegistryCall): SampleRequest {
  const abi: Abi = parseAbi([`function ${entry.signature}`] as readonly string[]);
  const [item] = abi;
  if (item === undefined || item.type !== "function") throw new Error(`no function: ${entry.signature}`);
  const args = item.inputs.map((input: AbiParameter) => argumentOf(input));
  const data = encodeFunctionData({ abi, args });
  const fees = { maxFeePerGas: "2", maxPriorityFeePerGas: "1" };
  const { chainId, to } = entry;
  return {
    type: "ethereum.transaction",
    transaction: { chainId, nonce: 0, to, gas: 500_000, ...fees, data },
  };
}

function argumentOf(input: AbiParameter): unknown {
  const array = /^(.+)\[(\d*)\]$/.exec(input.type);
  if (array?.[1] !== undefined) {
    const item = { ...input, type: array[1] };
    return Array.from({ length: array[2] === "" ? 1 : Number(array[2]) }, () => argumentOf(item));
  }
  if ("components" in input) return input.components.map((component) => argumentOf(component));
  if (input.type === "address") return OTHER;
  if (input.type === "bool") return true;
  if (input.type === "string") return "text";
  if (input.type === "bytes") return "0x";
  const fixed = /^bytes(\d+)$/.exec(input.type);
  return fixed === null ? 1n : `0x${"11".repeat(Number(fixed[1]))}`;
}
