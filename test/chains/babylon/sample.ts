/** A Babylon key record, and requests for it. */
import type { SignRequest } from "../../../src/chains/adapter.ts";
import type { KeyRecord } from "../../../src/domain/keys.ts";

/** The published generator point, with an odd y for its negative: x alone is the key's name. */
const GENERATOR_X = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";

/** Key 1 (even y) or n-1 (odd y). */
export function finalityKey(parity: "even" | "odd" = "even"): KeyRecord {
  const prefix = parity === "even" ? "02" : "03";
  return {
    id: `key_${"0".repeat(29)}`,
    namespace: "default",
    walletId: null,
    chain: "babylon",
    curve: "secp256k1",
    derivation: "imported",
    path: null,
    publicKey: new Uint8Array(Buffer.from(`${prefix}${GENERATOR_X}`, "hex")),
    address: GENERATOR_X,
    label: null,
    attributes: {},
    state: "active",
    createdAt: "2025-01-01T00:00:00.000Z",
  };
}

/** A vote: 8 bytes of height, then the application hash. */
export function voteMessage(height: bigint, hash = "ab"): string {
  return `0x${height.toString(16).padStart(16, "0")}${hash.repeat(32)}`;
}

export function eotsRequest(changes: Readonly<Record<string, unknown>> = {}): SignRequest {
  return {
    type: "babylon.eots",
    chainId: "bbn-1",
    height: "1204530",
    message: voteMessage(1204530n),
    ...changes,
  };
}

export function schnorrRequest(message: unknown = `0x${"5a".repeat(32)}`): SignRequest {
  return { type: "babylon.schnorr", message };
}
