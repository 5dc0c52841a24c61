/** One decoded request, its key and its caller, for unit tests of single steps. */
import type { Principal } from "../../src/access/principals.ts";
import { intentText } from "../../src/signing/intent-text.ts";
import { keysText } from "../../src/signing/signing-keys.ts";
import type { DecodedRequest } from "../../src/chains/adapter.ts";
import { intentOf, type Intent } from "../../src/domain/intent.ts";
import type { KeyRecord } from "../../src/domain/keys.ts";
import type { Binding } from "../../src/domain/policies.ts";
import { reach, type Decoded } from "../../src/signing/stages.ts";
import { Departures, IN_PROCESS } from "../../src/signing/departures.ts";

export const KEY: KeyRecord = {
  id: "key_1",
  namespace: "root",
  walletId: "wal_1",
  chain: "ethereum",
  curve: "secp256k1",
  derivation: "bip32-secp256k1",
  path: "m/44'/60'/0'/0/0",
  publicKey: new Uint8Array(33).fill(2),
  address: "0x00000000000000000000000000000000000000aa",
  label: null,
  attributes: {},
  state: "active",
  createdAt: "2026-01-01T00:00:00.000Z",
};

export const PRINCIPAL: Principal = {
  id: "prn_1",
  namespace: "root",
  name: "caller",
  roles: ["KeyUser"],
  groups: [],
  createdAt: "2026-01-01T00:00:00.000Z",
};

export const INTENT: Intent = intentOf(
  {
    transfers: [{ asset: "native", from: KEY.address, to: "0xbb", amount: "5", ownChange: false }],
    fee: { asset: "native", max: "21000" },
  },
  {},
);

export const DECODED: DecodedRequest = {
  type: "ethereum.transaction",
  intent: INTENT,
  environment: { chainId: "1", network: "mainnet" },
  payloads: [{ scheme: "secp256k1.ecdsa", digest: new Uint8Array(32).fill(7), publicKey: KEY.publicKey }],
  draft: null,
};

export function decoded(changes: Partial<Parameters<typeof reach<Decoded>>[0]> = {}): Decoded {
  return reach<Decoded>({
    requestId: "req_1",
    principal: PRINCIPAL,
    asked: { keyId: KEY.id },
    request: { type: "ethereum.transaction" },
    receivedAt: new Date("2026-02-03T04:05:06.789Z"),
    bodyHash: new Uint8Array(32).fill(9),
    idempotencyKey: null,
    departure: new Departures().begin(IN_PROCESS),
    keys: [KEY],
    decoded: DECODED,
    ...changes,
    intentText: intentText((changes.decoded ?? DECODED).intent),
    keysText: keysText(changes.keys ?? [KEY]),
  });
}

export function binding(id: string, changes: Partial<Binding> = {}): Binding {
  return {
    id,
    namespace: "root",
    policy: `sha256:${id}`,
    scope: { kind: "key", id: KEY.id },
    settings: "{}",
    fuelMax: 1000,
    mode: "enforce",
    createdAt: "2026-01-01T00:00:00.000Z",
    version: 1,
    ...changes,
  };
}
