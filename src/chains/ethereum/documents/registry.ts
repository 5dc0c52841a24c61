/**
 * All EIP-712 documents that are known, and how one is recognised: by full type text, primary type and domain members.
 * Everything else is opaque.
 * @module
 */
import { encodeType } from "../typed-data-hash.ts";
import type { TypedData } from "../typed-data.ts";
import type { Values } from "../values.ts";
import { CONTROL_DOCUMENTS } from "./control.ts";
import type { Domain, KnownDocument } from "./document.ts";
import { HARMLESS_DOCUMENTS } from "./harmless.ts";
import { HIDDEN_DOCUMENTS } from "./hidden.ts";
import { HYPERLIQUID_DOCUMENTS } from "./hyperliquid.ts";
import { ORDER_DOCUMENTS } from "./orders.ts";
import { PERMIT_DOCUMENTS } from "./permits.ts";
import { PERMIT2_DOCUMENTS } from "./permit2.ts";
import { RELAYED_DOCUMENTS } from "./relayed.ts";
import { SAFE_DOCUMENTS } from "./safe.ts";
import { SEAPORT_DOCUMENTS } from "./seaport.ts";
import { UNISWAPX_DOCUMENTS } from "./uniswapx.ts";
import { PERSONAL_SIGN_DOCUMENTS } from "./personal-sign.ts";
import { USER_OPERATION_DOCUMENTS } from "./user-operations.ts";
import { X402_DOCUMENTS } from "./x402.ts";
import { ZKSYNC_DOCUMENTS } from "./zksync.ts";

export const DOCUMENTS: readonly KnownDocument[] = [
  ...PERMIT_DOCUMENTS,
  ...PERMIT2_DOCUMENTS,
  ...UNISWAPX_DOCUMENTS,
  ...X402_DOCUMENTS,
  ...ORDER_DOCUMENTS,
  ...SEAPORT_DOCUMENTS,
  ...SAFE_DOCUMENTS,
  ...USER_OPERATION_DOCUMENTS,
  ...PERSONAL_SIGN_DOCUMENTS,
  ...RELAYED_DOCUMENTS,
  ...ZKSYNC_DOCUMENTS,
  ...HYPERLIQUID_DOCUMENTS,
  ...CONTROL_DOCUMENTS,
  ...HARMLESS_DOCUMENTS,
  ...HIDDEN_DOCUMENTS,
];

const BY_TYPE: ReadonlyMap<string, readonly KnownDocument[]> = Map.groupBy(
  DOCUMENTS,
  (document) => document.type,
);

/** What a document was recognised as, with the chain it is for (0 where the protocol names none), or why it was not. */
export type Recognised =
  | { readonly known: KnownDocument; readonly chainId: bigint }
  | { readonly known?: never; readonly because: string };

/** Never throws. */
export function recognise({ types, primaryType, domain }: TypedData): Recognised {
  const name = `typed data ${primaryType.slice(0, 64)}`;
  const candidates = BY_TYPE.get(encodeType(types, primaryType)) ?? [];
  for (const known of candidates) {
    for (const form of known.domains) {
      const chainId = chainOf(form, domain);
      if (chainId !== undefined) return { known, chainId };
    }
  }
  if (candidates.length === 0) return { because: `${name} that is not known by its full type` };
  if ((domain["chainId"] ?? "0") === "0" && domain["salt"] === undefined)
    return { because: `${name} whose domain names no chain, so that it may be valid on every one` };
  return { because: `${name} under a domain that is not known for it` };
}

/** The chain that `domain` names, 0 for none; undefined where it is not of this form. */
function chainOf(form: Domain, domain: Values): bigint | undefined {
  if (Object.keys(domain).join(",") !== form.members) return undefined;
  for (const [member, accepted] of Object.entries(form.values ?? {})) {
    const value = domain[member];
    if (typeof value !== "string" || !accepted.includes(value)) return undefined;
  }
  if (form.saltIsChain === true) return chainInSalt(domain["salt"]);
  const { chainId } = domain;
  if (typeof chainId !== "string") return 0n;
  // Some accounts take a chain id of 0 for every chain.
  return chainId === "0" ? undefined : BigInt(chainId);
}

/** Chain ids fit 53 bits wherever one is used; a salt beyond that is a hash. */
function chainInSalt(salt: unknown): bigint | undefined {
  if (typeof salt !== "string") return undefined;
  const value = BigInt(salt);
  return value > 0n && value < 1n << 53n ? value : undefined;
}
