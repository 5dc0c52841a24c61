/** One decoded request, its key and its caller, for unit tests of single steps. */
import { PrincipalIndex, type Principal } from "../../src/access/principals.ts";
import type { DecodedRequest } from "../../src/chains/adapter.ts";
import { intentOf, type Intent } from "../../src/domain/intent.ts";
import type { Chain, KeyRecord } from "../../src/domain/keys.ts";
import type { Binding } from "../../src/domain/policies.ts";
import { Freezes } from "../../src/directory/freezes.ts";
import { authorize, authorizeToEvaluate } from "../../src/signing/authorize.ts";
import { decode, decodeToEvaluate } from "../../src/signing/decode.ts";
import { Departures, IN_PROCESS } from "../../src/signing/departures.ts";
import type { Decoded, DecodedToEvaluate, Submission } from "../../src/signing/stages.ts";

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

/** What a door hands in, for KEY unless `changes` say otherwise. */
export function submission(changes: Partial<Submission> = {}): Submission {
  return {
    requestId: "req_1",
    principal: PRINCIPAL,
    asked: { keyId: KEY.id },
    request: { type: "ethereum.transaction" },
    receivedAt: new Date("2026-02-03T04:05:06.789Z"),
    bodyHash: new Uint8Array(32).fill(9),
    idempotencyKey: null,
    departure: new Departures().begin(IN_PROCESS),
    ...changes,
  };
}

export interface DecodedChanges extends Partial<Submission> {
  readonly decoded?: DecodedRequest;
  /** Several are keys of one wallet, each with an address of its own. */
  readonly keys?: readonly [KeyRecord, ...KeyRecord[]];
}

/** The request after the real steps before evaluate: nothing else can mark it as decoded. */
export function decoded(changes: DecodedChanges = {}): Promise<Decoded> {
  const { parts, asked } = understood(changes);
  return decode(parts, authorize(parts, asked));
}

/** As `decoded`, of a dry run. */
export function decodedToEvaluate(changes: DecodedChanges = {}): Promise<DecodedToEvaluate> {
  const { parts, asked } = understood(changes);
  return decodeToEvaluate(parts, authorizeToEvaluate(parts, asked));
}

/** What the steps before evaluate reach, and what is asked of them. */
function understood({ decoded: meaning = DECODED, keys = [KEY], ...changes }: DecodedChanges) {
  const [first, ...others] = keys;
  const signedBy = keys.map(({ id }) => id);
  const payloads = keys.flatMap(() => meaning.payloads.slice(0, 1));
  const parts = {
    principals: new PrincipalIndex(),
    directory: {
      key: () => first,
      keyAt: (_wallet: string, _chain: Chain, address: string) => keys.find((key) => key.address === address),
      keyInAccount: unreached,
      wallet: () => ({ id: "wal_1", namespace: "root", name: "w", createdAt: "2026-01-01T00:00:00.000Z" }),
      walletKeys: unreached,
      descriptors: { ofWallet: unreached },
      freezes: new Freezes(),
    },
    chains: {
      spans: () => "ethereum" as const,
      survey: () => Promise.resolve({ addresses: keys.map(({ address }) => address), accountPaths: [] }),
      decode: () => Promise.resolve(meaning),
      decodeForWallet: () => Promise.resolve({ ...meaning, payloads, signedBy }),
    },
  };
  const asked = others.length === 0 ? { keyId: first.id } : { walletId: "wal_1", named: null };
  return { parts, asked: submission({ asked, ...changes }) };
}

/** What no test asks for. */
export function unreached(): never {
  throw new Error("this part is not replaced");
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
