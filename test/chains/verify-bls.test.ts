/** BLS verification, alone and by the batch: a wrong signature is found wherever it hides, and costs no other caller. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { SecretKey } from "@chainsafe/blst";
import type { Duty } from "../../src/domain/duties.ts";
import type { Signature } from "../../src/chains/adapter.ts";
import { signingRootOf } from "../../src/chains/ethereum-validator/signing-root.ts";
import { verifyBlsBatch, type BlsPayload, type SignedPayload } from "../../src/chains/verify-bls.ts";
import { verifySignature, verifySignatures } from "../../src/chains/verify.ts";
import { unguarded } from "./ethereum-validator/payloads.ts";

function signed(seed: number): { readonly payload: BlsPayload; readonly signature: Signature } {
  const secret = SecretKey.fromKeygen(new Uint8Array(32).fill(seed));
  const payload = unguarded(secret.toPublicKey().toBytes(), new Uint8Array(32).fill(seed + 1));
  return { payload, signature: { bytes: secret.sign(signingRootOf(payload.duty)).toBytes() } };
}

const [FIRST, SECOND, THIRD] = [signed(1), signed(2), signed(3)];

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}

/** Compressed infinity. */
function infinity(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes[0] = 0xc0;
  return bytes;
}

describe("BLS: refusals", () => {
  test("any flipped bit of the signature, the key or the root", () => {
    const { payload, signature } = FIRST;
    for (let bit = 0; bit < 768; bit += 5) {
      assert.equal(
        verifySignature(payload, { bytes: flipped(signature.bytes, bit) }),
        false,
        `signature bit ${bit}`,
      );
    }
    for (let bit = 0; bit < 384; bit += 5) {
      const publicKey = flipped(payload.publicKey, bit);
      assert.equal(verifySignature({ ...payload, publicKey }, signature), false, `key bit ${bit}`);
    }
    const { duty } = payload;
    assert.ok(duty.kind === "other");
    for (let bit = 0; bit < 256; bit += 5) {
      const others: readonly Duty[] = [
        { ...duty, objectRoot: flipped(duty.objectRoot, bit) },
        { ...duty, domain: flipped(duty.domain, bit) },
      ];
      for (const other of others) {
        assert.equal(verifySignature({ ...payload, duty: other }, signature), false, `root bit ${bit}`);
      }
    }
  });

  test("infinity as key, as signature and as both", () => {
    const { payload, signature } = FIRST;
    const nowhere = { ...payload, publicKey: infinity(48) };
    assert.equal(verifySignature(payload, { bytes: infinity(96) }), false);
    assert.equal(verifySignature(nowhere, signature), false);
    assert.equal(verifySignature(nowhere, { bytes: infinity(96) }), false);
    assert.equal(verifyBlsBatch([{ payload: nowhere, signature: { bytes: infinity(96) } }, SECOND]), false);
  });

  test("points on the curve but outside the subgroup", () => {
    const { payload, signature } = FIRST;
    assert.equal(verifySignature({ ...payload, publicKey: outsideG1() }, signature), false);
    assert.equal(verifyBlsBatch([{ payload: { ...payload, publicKey: outsideG1() }, signature }]), false);
  });

  test("uncompressed points, and other lengths", () => {
    const { payload, signature } = FIRST;
    const key = bls12_381.G1.Point.fromBytes(payload.publicKey).toBytes(false);
    assert.equal(verifySignature({ ...payload, publicKey: key }, signature), false);
    const point = bls12_381.G2.Point.fromBytes(signature.bytes).toBytes(false);
    assert.equal(verifySignature(payload, { bytes: point }), false);
    assert.equal(verifySignature(payload, { bytes: signature.bytes.subarray(1) }), false);
    assert.equal(verifySignature(unguarded(payload.publicKey, new Uint8Array(31)), signature), false);
  });

  test("two wrong signatures whose errors cancel out in a plain sum", () => {
    const { Point } = bls12_381.G2;
    const error = Point.BASE;
    const shifted = (signedPayload: SignedPayload, by: typeof error): SignedPayload => ({
      payload: signedPayload.payload,
      signature: { bytes: Point.fromBytes(signedPayload.signature.bytes).add(by).toBytes(true) },
    });
    const pair = [shifted(FIRST, error), shifted(SECOND, error.negate())];
    assert.equal(verifyBlsBatch(pair), false);
    assert.deepEqual(verifySignatures([...pair.map((signedPayload) => [signedPayload]), [THIRD]]), [
      false,
      false,
      true,
    ]);
  });

  test("each other's signatures", () => {
    const swapped = [
      { payload: FIRST.payload, signature: SECOND.signature },
      { payload: SECOND.payload, signature: FIRST.signature },
    ];
    assert.equal(verifyBlsBatch(swapped), false);
    assert.deepEqual(verifySignatures(swapped.map((signedPayload) => [signedPayload])), [false, false]);
  });

  test("nothing verifies nothing", () => {
    assert.equal(verifyBlsBatch([]), false);
    assert.deepEqual(verifySignatures([[], [FIRST]]), [false, true]);
  });
});

describe("BLS", () => {
  test("a signature of another implementation", () => {
    const secret = new Uint8Array(32).fill(7);
    const { longSignatures } = bls12_381;
    const ciphersuite = "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";
    const payload = unguarded(longSignatures.getPublicKey(secret).toBytes(), new Uint8Array(32).fill(9));
    const point = longSignatures.sign(longSignatures.hash(signingRootOf(payload.duty), ciphersuite), secret);
    assert.equal(verifySignature(payload, { bytes: point.toBytes() }), true);
  });

  test("a batch of good ones, and every place of the bad one", () => {
    const good: readonly SignedPayload[] = [FIRST, SECOND, THIRD, FIRST];
    assert.equal(verifyBlsBatch(good), true);
    for (const [at] of good.entries()) {
      const batch = good.map((signedPayload, index) => [
        index === at ? { ...signedPayload, signature: SECOND.signature } : signedPayload,
      ]);
      assert.deepEqual(
        verifySignatures(batch),
        good.map((signedPayload, index) => index !== at || signedPayload === SECOND),
      );
    }
  });
});

/** A point of the curve over Fp that does not have the order of G1. */
function outsideG1(): Uint8Array {
  const { Fp } = bls12_381.fields;
  for (let x = 1n; ; x += 1n) {
    const square = Fp.add(Fp.pow(x, 3n), 4n);
    try {
      Fp.sqrt(square);
    } catch {
      continue;
    }
    const bytes = new Uint8Array(48);
    bytes[47] = Number(x);
    bytes[0] = 0x80;
    return bytes;
  }
}
