/** Keys from fixed seeds, transactions made by kit, and the adapter driven from request to signed answer. */
import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import {
  address,
  type Address,
  appendTransactionMessageInstructions,
  blockhash,
  compileTransaction,
  createNoopSigner,
  createTransactionMessage,
  getBase64EncodedWireTransaction,
  type Instruction,
  pipe,
  setTransactionMessageFeePayer,
  setTransactionMessageLifetimeUsingBlockhash,
  type TransactionSigner,
} from "@solana/kit";
import { solanaAdapter } from "../../../src/chains/solana/adapter.ts";
import type { DecodedRequest, SignedFields } from "../../../src/chains/adapter.ts";
import { type ErrorCode, SignerError } from "../../../src/domain/errors.ts";
import type { Intent } from "../../../src/domain/intent.ts";
import type { KeyRecord } from "../../../src/domain/keys.ts";

/** PKCS#8 and SPKI headers of an Ed25519 key (RFC 8410). */
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI_HEADER_BYTES = 12;
export const BLOCKHASH = "GHtXQBsoZHVnNFa9YevAzFr17DJjgHXk3ycTKD5xD3Zi";

export interface TestKey {
  readonly record: KeyRecord;
  readonly address: Address;
  readonly signer: TransactionSigner;
  readonly privateKey: KeyObject;
}

/** The Ed25519 key whose seed is 32 times `seedByte`. */
export function testKey(seedByte: number): TestKey {
  const der = Buffer.concat([PKCS8, Buffer.alloc(32, seedByte)]);
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  const publicKey = new Uint8Array(spki.subarray(SPKI_HEADER_BYTES));
  const keyAddress = address(solanaAdapter.addressOf(publicKey, {}));
  const record: KeyRecord = {
    id: `key-${seedByte}`,
    namespace: "root",
    walletId: "wallet-1",
    chain: "solana",
    curve: "ed25519",
    derivation: "slip10-ed25519",
    path: "m/44'/501'/0'/0'",
    publicKey,
    address: keyAddress,
    label: null,
    attributes: {},
    state: "active",
    createdAt: "2026-01-01T00:00:00.000Z",
  };
  return { record, address: keyAddress, signer: createNoopSigner(keyAddress), privateKey };
}

export const own = testKey(1);
export const friend = testKey(2);
export const stranger = testKey(3);

export interface TransactionOptions {
  readonly version?: "legacy" | 0;
  readonly feePayer?: Address;
  readonly lifetime?: string;
}

/** Base64 wire transaction with empty signature slots. */
export function wireOf(instructions: readonly Instruction[], options: TransactionOptions = {}): string {
  const { version = 0, feePayer = own.address, lifetime = BLOCKHASH } = options;
  return getBase64EncodedWireTransaction(
    compileTransaction(
      pipe(
        createTransactionMessage({ version }),
        (message) => setTransactionMessageFeePayer(feePayer, message),
        (message) =>
          setTransactionMessageLifetimeUsingBlockhash(
            { blockhash: blockhash(lifetime), lastValidBlockHeight: 1n },
            message,
          ),
        (message) => appendTransactionMessageInstructions(instructions, message),
      ),
    ),
  );
}

/** @param lookupTables the tables that the request brings, if any */
export function decodeTransaction(
  transaction: string,
  key: TestKey = own,
  lookupTables?: unknown,
): DecodedRequest {
  const brought = lookupTables === undefined ? {} : { lookupTables };
  return solanaAdapter.decode({ type: "solana.transaction", transaction, ...brought }, key.record);
}

export function decodeMessage(message: unknown, key: TestKey = own): DecodedRequest {
  return solanaAdapter.decode({ type: "solana.message", message }, key.record);
}

export function intentOf(instructions: readonly Instruction[], options: TransactionOptions = {}): Intent {
  return decodeTransaction(wireOf(instructions, options)).intent;
}

/** Signs as the vault does, verifies, and assembles. */
export function complete(decoded: DecodedRequest, key: TestKey = own): SignedFields {
  const signatures = decoded.payloads.map((payload) => {
    assert.ok(payload.scheme === "ed25519");
    assert.deepEqual(payload.publicKey, key.record.publicKey);
    const bytes = new Uint8Array(sign(null, payload.message, key.privateKey));
    assert.ok(verify(null, payload.message, createPublicKey(key.privateKey), bytes));
    return { bytes };
  });
  return solanaAdapter.assemble(decoded, signatures);
}

/** Asserts a SignerError with `code` whose message matches. */
export function refuses(action: () => unknown, code: ErrorCode, message: RegExp): void {
  assert.throws(action, (error) => {
    assert.ok(error instanceof SignerError, `threw ${String(error)}`);
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  });
}

export function text(value: unknown): string {
  assert.ok(typeof value === "string");
  return value;
}
