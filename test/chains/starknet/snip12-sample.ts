/** SNIP-12 documents that tests build, and what the adapter makes of them. */
import assert from "node:assert/strict";
import type { DecodedRequest } from "../../../src/chains/adapter.ts";
import { starknetAdapter } from "../../../src/chains/starknet/adapter.ts";
import { toHex } from "../../../src/domain/bytes.ts";
import { KEY, padded } from "./sample.ts";

export const DOMAIN_TYPE = ["name", "version", "chainId", "revision"].map((name) => ({
  name,
  type: "shortstring",
}));
export const DOMAIN = { name: "Claviger", version: "1", chainId: "SN_SEPOLIA", revision: "1" };
export const LEGACY_TYPE = ["name", "version", "chainId"].map((name) => ({ name, type: "felt" }));
export const LEGACY = { name: "Claviger", version: "1", chainId: "SN_SEPOLIA" };

export interface Document {
  readonly types: Readonly<Record<string, readonly { name: string; type: string; contains?: string }[]>>;
  readonly primaryType: string;
  readonly domain: Readonly<Record<string, string | number>>;
  readonly message: Readonly<Record<string, unknown>>;
}

/** A revision 1 document of one message type; `types` may add to or replace the declarations. */
export function document(
  message: Readonly<Record<string, unknown>>,
  members: readonly { name: string; type: string; contains?: string }[],
  types: Document["types"] = {},
): Document {
  return {
    types: { StarknetDomain: DOMAIN_TYPE, Mail: members, ...types },
    primaryType: "Mail",
    domain: DOMAIN,
    message,
  };
}

export function legacy(
  message: Readonly<Record<string, unknown>>,
  members: Document["types"][string],
): Document {
  return {
    types: { StarkNetDomain: LEGACY_TYPE, Mail: members },
    primaryType: "Mail",
    domain: LEGACY,
    message,
  };
}

/** One member `x` of a type. */
export function withMember(type: string, x: unknown, types: Document["types"] = {}): Document {
  return document({ x }, [{ name: "x", type }], types);
}

export function decode(typedData: unknown, accountAddress?: string): DecodedRequest {
  const account = accountAddress === undefined ? {} : { accountAddress };
  return starknetAdapter.decode(
    { type: "starknet.typedData", typedData: JSON.parse(JSON.stringify(typedData)), ...account },
    accountAddress === undefined ? KEY : { ...KEY, address: padded(accountAddress) },
  );
}

export function hashOf(decoded: DecodedRequest): string {
  const [payload] = decoded.payloads;
  assert.ok(payload?.scheme === "stark.ecdsa" && decoded.payloads.length === 1);
  return `0x${BigInt(toHex(payload.digest)).toString(16)}`;
}

export const simple = withMember("felt", "0x1");
export const leaf = [{ name: "to", type: "felt" }];
export const merkle = { name: "x", type: "merkletree", contains: "Leaf" };
