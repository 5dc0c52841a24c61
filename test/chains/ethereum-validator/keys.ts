/** Public records of validator keys, as the signer keeps them. */
import type { KeyRecord } from "../../../src/domain/keys.ts";

export const PUBLIC_KEY = Uint8Array.from({ length: 48 }, (_, index) => 0xa0 + index);

export function validatorKey(network = "mainnet", path: string | null = "m/12381/3600/0/0/0"): KeyRecord {
  return {
    id: "key_0",
    namespace: "default",
    walletId: path === null ? null : "wal_0",
    chain: "ethereum-validator",
    curve: "bls12-381",
    derivation: path === null ? "imported" : "eip2333",
    path,
    publicKey: PUBLIC_KEY,
    address: `0x${Buffer.from(PUBLIC_KEY).toString("hex")}`,
    label: null,
    attributes: { network },
    state: "active",
    createdAt: "2026-01-01T00:00:00.000Z",
  };
}
