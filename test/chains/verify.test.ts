/** The last look before a signature leaves: it says no to everything that is not exactly right, and never throws. */
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, sign as signEd25519 } from "node:crypto";
import { secp256k1, schnorr } from "@noble/curves/secp256k1.js";
import * as stark from "@scure/starknet";
import fc from "fast-check";
import type { Signature, SigningPayload } from "../../src/chains/adapter.ts";
import { verifySignature } from "../../src/chains/verify.ts";
import { bigintToBytes, bytesToBigint, concat } from "../../src/domain/bytes.ts";
import { unguarded } from "./ethereum-validator/payloads.ts";

const ORDER = secp256k1.Point.Fn.ORDER;
const SECRET = new Uint8Array(32).fill(0x11);
const DIGEST = new Uint8Array(32).fill(0x05);
const TWEAK = new Uint8Array(32);

interface Case {
  readonly name: string;
  readonly payload: SigningPayload;
  readonly signature: Signature;
}

function ecdsaCase(): Case {
  const recovered = secp256k1.sign(DIGEST, SECRET, { prehash: false, format: "recovered" });
  return {
    name: "secp256k1.ecdsa",
    payload: { scheme: "secp256k1.ecdsa", digest: DIGEST, publicKey: secp256k1.getPublicKey(SECRET, true) },
    signature: { bytes: recovered.slice(1), recovery: recovered[0] ?? 0 },
  };
}

function ed25519Case(): Case {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const raw = new Uint8Array(publicKey.export({ format: "der", type: "spki" }).subarray(12));
  return {
    name: "ed25519",
    payload: { scheme: "ed25519", message: DIGEST, publicKey: raw },
    signature: { bytes: new Uint8Array(signEd25519(null, DIGEST, privateKey)) },
  };
}

const CASES: readonly Case[] = [
  ecdsaCase(),
  {
    name: "secp256k1.schnorr",
    payload: {
      scheme: "secp256k1.schnorr",
      digest: DIGEST,
      publicKey: schnorr.getPublicKey(SECRET),
      tweak: TWEAK,
    },
    signature: { bytes: schnorr.sign(DIGEST, SECRET) },
  },
  {
    name: "babylon.schnorr",
    payload: { scheme: "babylon.schnorr", digest: DIGEST, publicKey: schnorr.getPublicKey(SECRET) },
    signature: { bytes: schnorr.sign(DIGEST, SECRET) },
  },
  {
    name: "babylon.eots",
    payload: {
      scheme: "babylon.eots",
      chainId: new Uint8Array(5),
      height: 7n,
      message: DIGEST,
      publicKey: schnorr.getPublicKey(SECRET),
    },
    signature: { bytes: schnorr.sign(createHash("sha256").update(DIGEST).digest(), SECRET) },
  },
  ed25519Case(),
  {
    name: "stark.ecdsa",
    payload: {
      scheme: "stark.ecdsa",
      digest: DIGEST,
      publicKey: stark.getPublicKey(new Uint8Array(32).fill(1), true).slice(1),
    },
    signature: { bytes: stark.sign(DIGEST, new Uint8Array(32).fill(1)).toBytes("compact") },
  },
];

function flip(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}

/** The same scalar modulo the group order, in an encoding that must not be accepted. */
function plusOrder(part: Uint8Array): Uint8Array {
  return bigintToBytes(bytesToBigint(part) + stark.Point.Fn.ORDER, 32);
}

function withMessage(payload: SigningPayload, message: Uint8Array): SigningPayload {
  if (payload.scheme === "bls") return unguarded(payload.publicKey, message);
  if (payload.scheme === "ed25519" || payload.scheme === "babylon.eots") return { ...payload, message };
  return { ...payload, digest: message };
}

describe("verify: refusals", () => {
  for (const { name, payload, signature } of CASES) {
    test(`verify: ${name} with any flipped signature bit`, () => {
      const step = name === "stark.ecdsa" ? 16 : 1;
      for (let bit = 0; bit < 512; bit += step) {
        assert.equal(
          verifySignature(payload, { ...signature, bytes: flip(signature.bytes, bit) }),
          false,
          `bit ${bit}`,
        );
      }
    });

    test(`verify: ${name} with any flipped message bit`, () => {
      const step = name === "stark.ecdsa" ? 16 : 1;
      for (let bit = 0; bit < 256; bit += step) {
        assert.equal(
          verifySignature(withMessage(payload, flip(DIGEST, bit)), signature),
          false,
          `bit ${bit}`,
        );
      }
    });

    test(`verify: ${name} with another public key`, () => {
      for (const bit of [8, 9, 100, 250]) {
        assert.equal(
          verifySignature({ ...payload, publicKey: flip(payload.publicKey, bit) }, signature),
          false,
        );
      }
      assert.equal(verifySignature({ ...payload, publicKey: new Uint8Array(0) }, signature), false);
      assert.equal(
        verifySignature({ ...payload, publicKey: new Uint8Array(payload.publicKey.length) }, signature),
        false,
      );
    });

    test(`verify: ${name} with a signature of another length`, () => {
      for (const bytes of [
        new Uint8Array(0),
        signature.bytes.slice(1),
        concat(signature.bytes, Uint8Array.of(0)),
      ]) {
        assert.equal(verifySignature(payload, { ...signature, bytes }), false);
      }
    });

    test(`verify: ${name} with r or s of zero or of all ones`, () => {
      const half = signature.bytes.slice(32);
      for (const filler of [0, 0xff]) {
        const filled = new Uint8Array(32).fill(filler);
        assert.equal(verifySignature(payload, { ...signature, bytes: concat(filled, half) }), false);
        assert.equal(verifySignature(payload, { ...signature, bytes: concat(half, filled) }), false);
      }
    });

    test(`verify: ${name} never throws on random bytes`, () => {
      const random = fc.uint8Array({ minLength: 0, maxLength: 80 }).map((bytes) => new Uint8Array(bytes));
      fc.assert(
        fc.property(
          random,
          random,
          random,
          fc.option(fc.integer(), { nil: undefined }),
          (publicKey, message, bytes, recovery) => {
            const given = recovery === undefined ? { bytes } : { bytes, recovery };
            assert.equal(verifySignature({ ...withMessage(payload, message), publicKey }, given), false);
          },
        ),
      );
    });
  }

  const { payload, signature } = ecdsaCase();
  test("verify: ECDSA with high s (BIP-62, EIP-2)", () => {
    const s = bytesToBigint(signature.bytes.slice(32));
    const high = concat(signature.bytes.slice(0, 32), bigintToBytes(ORDER - s, 32));
    assert.equal(verifySignature(payload, { bytes: high }), false);
    assert.equal(verifySignature(payload, { bytes: high, recovery: 1 - (signature.recovery ?? 0) }), false);
  });

  test("verify: ECDSA with another recovery id", () => {
    for (const recovery of [1 - (signature.recovery ?? 0), 2, 3, 4, -1, 0.5, Number.NaN]) {
      assert.equal(verifySignature(payload, { ...signature, recovery }), false, String(recovery));
    }
  });

  test("verify: ECDSA under an uncompressed public key", () => {
    const publicKey = secp256k1.getPublicKey(SECRET, false);
    assert.equal(verifySignature({ ...payload, publicKey }, signature), false);
  });

  test("verify: a Stark signature out of StarkEx's ranges", () => {
    const starkCase = CASES.find(({ name }) => name === "stark.ecdsa");
    assert.ok(starkCase);
    const [r, s] = [starkCase.signature.bytes.slice(0, 32), starkCase.signature.bytes.slice(32)];
    for (const bytes of [
      concat(plusOrder(r), s),
      concat(r, plusOrder(s)),
      concat(bigintToBytes(2n ** 251n, 32), s),
    ]) {
      assert.equal(verifySignature(starkCase.payload, { bytes }), false);
    }
    const digest = bigintToBytes(2n ** 251n, 32);
    assert.equal(verifySignature(withMessage(starkCase.payload, digest), starkCase.signature), false);
  });
});

describe("verify: accepts", () => {
  for (const { name, payload, signature } of CASES) {
    test(`verify: a ${name} signature by another implementation`, () => {
      assert.equal(verifySignature(payload, signature), true);
      assert.equal(verifySignature(payload, { bytes: signature.bytes }), true);
    });
  }

  test("verify: Stark keys of even and odd y alike", () => {
    const parities = new Set<number | undefined>();
    for (let scalar = 1n; scalar <= 12n; scalar++) {
      const secret = bigintToBytes(scalar, 32);
      const point = stark.getPublicKey(secret, true);
      parities.add(point[0]);
      const payload = { scheme: "stark.ecdsa", digest: DIGEST, publicKey: point.slice(1) } as const;
      assert.equal(verifySignature(payload, { bytes: stark.sign(DIGEST, secret).toBytes("compact") }), true);
      // −d has the same x, and what it signs is valid for that x as well.
      const negative = bigintToBytes(stark.Point.Fn.ORDER - scalar, 32);
      assert.equal(
        verifySignature(payload, { bytes: stark.sign(DIGEST, negative).toBytes("compact") }),
        true,
      );
    }
    assert.deepEqual(parities, new Set([2, 3]));
  });
});
