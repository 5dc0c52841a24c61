/** A test key and the two steps around the adapter: what the vault would sign, and what the caller gets back. */
import assert from "node:assert/strict";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import type { Hex } from "viem";
import type { DecodedRequest, Signature, SignedFields, SignRequest } from "../../../src/chains/adapter.ts";
import { ethereumAdapter } from "../../../src/chains/ethereum/adapter.ts";
import { fromHex } from "../../../src/domain/bytes.ts";
import { SignerError } from "../../../src/domain/errors.ts";
import type { KeyRecord } from "../../../src/domain/keys.ts";

/** The first key of anvil's well-known test mnemonic. */
export const PRIVATE_KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

/** Public record of the key with this secret. */
export function keyOf(privateKey: string): KeyRecord {
  const secret = fromHex(privateKey);
  assert.ok(secret !== undefined);
  const publicKey = secp256k1.getPublicKey(secret, true);
  return {
    id: "key_test",
    namespace: "default",
    walletId: null,
    chain: "ethereum",
    curve: "secp256k1",
    derivation: "imported",
    path: null,
    publicKey,
    address: ethereumAdapter.addressOf(publicKey, {}),
    label: null,
    attributes: {},
    state: "active",
    createdAt: "2026-01-01T00:00:00Z",
  };
}

export const KEY = keyOf(PRIVATE_KEY);
export const OWNER = KEY.address.toLowerCase();

export function decode(request: SignRequest, key = KEY): DecodedRequest {
  return ethereumAdapter.decode(request, key);
}

/** The one digest of a request, in hex. */
export function digestOf(decoded: DecodedRequest): string {
  const [payload] = decoded.payloads;
  assert.ok(payload?.scheme === "secp256k1.ecdsa");
  return `0x${Buffer.from(payload.digest).toString("hex")}`;
}

/** Signs a digest by RFC 6979 with low s. */
export function signDigest(digest: Uint8Array, privateKey = PRIVATE_KEY): Signature {
  const secret = fromHex(privateKey);
  assert.ok(secret !== undefined);
  const [recovery, ...bytes] = secp256k1.sign(digest, secret, { prehash: false, format: "recovered" });
  assert.ok(recovery !== undefined);
  return { bytes: Uint8Array.from(bytes), recovery };
}

/** Decode, sign, assemble; the draft crosses a thread boundary on the way. */
export function sign(request: SignRequest, privateKey = PRIVATE_KEY): SignedFields {
  const decoded = decode(request, privateKey === PRIVATE_KEY ? KEY : keyOf(privateKey));
  const signatures = decoded.payloads.map((payload) => {
    assert.ok(payload.scheme === "secp256k1.ecdsa");
    return signDigest(payload.digest, privateKey);
  });
  return ethereumAdapter.assemble(structuredClone(decoded), signatures);
}

/** A member of a signed answer that is 0x-hex. */
export function hexField(signed: SignedFields, name: string): Hex {
  const value = signed[name];
  assert.ok(isHex(value), `${name} is not 0x-hex`);
  return value;
}

/** Text as viem's 0x-hex type. */
export function asHex(value: string): Hex {
  assert.ok(isHex(value));
  return value;
}

function isHex(value: unknown): value is Hex {
  return typeof value === "string" && value.startsWith("0x");
}

/** Asserts that decoding refuses with `code`, naming `field`. */
export function refuses(request: SignRequest, code: string, field: string): void {
  assert.throws(
    () => decode(request),
    (error: unknown) => {
      assert.ok(error instanceof SignerError, String(error));
      assert.deepEqual({ code: error.code, field: error.members["field"] }, { code, field }, error.message);
      return true;
    },
  );
}
