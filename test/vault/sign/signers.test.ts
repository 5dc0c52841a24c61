/** Signing with each backend: published vectors, and random rounds that @noble/curves verifies. */
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { ed25519 } from "@noble/curves/ed25519.js";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { schnorr, secp256k1 } from "@noble/curves/secp256k1.js";
import * as stark from "@scure/starknet";
import * as tiny from "tiny-secp256k1";
import type { SigningPayload } from "../../../src/chains/adapter.ts";
import { signingRootOf } from "../../../src/chains/ethereum-validator/signing-root.ts";
import { verifySignature } from "../../../src/chains/verify.ts";
import { bigintToBytes, toHex } from "../../../src/domain/bytes.ts";
import type { Curve } from "../../../src/domain/keys.ts";
import { isPrivateKey, publicKeyOf } from "../../../src/vault/wallet/private-keys.ts";
import { nativeSecp256k1, wasmSecp256k1 } from "../../../src/vault/sign/secp256k1.ts";
import { KNOWN_ANSWERS, runSelfTest } from "../../../src/vault/self-test.ts";
import { signPayload } from "../../../src/vault/sign/signers.ts";
import { UnsealedKeys } from "../../../src/vault/sign/unsealed-keys.ts";
import { rounds } from "../../extent.ts";
import { bip340Rows, readVectors, skipWithout } from "../../vectors.ts";
import { digestOf, payloadsOf } from "../keys.ts";
import { tagSchnorr } from "../wallet/taproot.ts";

const ROUNDS = rounds("SIGNER_ROUNDS");
const ETHEREUM_CIPHERSUITE = "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";
const STARK_ORDER = stark.Point.Fn.ORDER;
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));

function randomKey(curve: Curve): Uint8Array {
  for (;;) {
    const secret = new Uint8Array(randomBytes(32));
    if (curve === "stark") secret[0] = (secret[0] ?? 0) & 0x07;
    if (isPrivateKey(curve, secret)) return secret;
  }
}

function unsealed(curve: Curve, secret: Uint8Array) {
  return new UnsealedKeys(1).put("k", curve, publicKeyOf(curve, secret), secret);
}

/** The second implementation's opinion. */
function verifiedElsewhere(payload: SigningPayload, signature: Uint8Array): boolean {
  switch (payload.scheme) {
    case "secp256k1.ecdsa":
      return secp256k1.verify(signature, payload.digest, payload.publicKey, { prehash: false, lowS: true });
    case "babylon.eots":
      return schnorr.verify(
        signature,
        createHash("sha256").update(payload.message).digest(),
        payload.publicKey,
      );
    case "secp256k1.schnorr":
    case "babylon.schnorr":
      return schnorr.verify(signature, payload.digest, payload.publicKey);
    case "ed25519":
      return ed25519.verify(signature, payload.message, payload.publicKey);
    case "stark.ecdsa":
      return ["02", "03"].some((prefix) =>
        stark.verify(signature, payload.digest, `${prefix}${toHex(payload.publicKey).slice(2)}`, {
          format: "compact",
        }),
      );
    case "bls": {
      const { longSignatures: bls } = bls12_381;
      return bls.verify(
        signature,
        bls.hash(signingRootOf(payload.duty), ETHEREUM_CIPHERSUITE),
        payload.publicKey,
      );
    }
  }
}

describe("signers: refusals", () => {
  const key = unsealed("secp256k1", bytes("11".repeat(32)));
  const other = publicKeyOf("secp256k1", bytes("22".repeat(32)));
  const digest = digestOf("refusals");
  const cases: readonly { name: string; payload: SigningPayload }[] = [
    { name: "another key's digest", payload: { scheme: "secp256k1.ecdsa", digest, publicKey: other } },
    { name: "another key's taproot output", payload: tagSchnorr(other, digest) },
    {
      name: "the internal key as output",
      payload: { ...tagSchnorr(key.publicKey, digest), publicKey: key.publicKey.slice(1) },
    },
    {
      name: "another tweak than the output's",
      payload: { ...tagSchnorr(key.publicKey, digest), tweak: digestOf("another") },
    },
    {
      name: "another key's vote",
      payload: {
        scheme: "babylon.eots",
        chainId: bytes("62626e2d31"),
        height: 1n,
        message: digest,
        publicKey: other.slice(1),
      },
    },
    {
      name: "another key's commitment",
      payload: { scheme: "babylon.schnorr", digest, publicKey: other.slice(1) },
    },
    {
      name: "a commitment of 31 bytes",
      payload: { scheme: "babylon.schnorr", digest: digest.slice(1), publicKey: key.publicKey.slice(1) },
    },
    { name: "a short tweak", payload: { ...tagSchnorr(key.publicKey, digest), tweak: new Uint8Array(31) } },
    {
      name: "another child's digest",
      payload: { scheme: "secp256k1.ecdsa", digest, publicKey: other, childTweak: digestOf("child") },
    },
    {
      name: "its own digest under a child's tweak",
      payload: { scheme: "secp256k1.ecdsa", digest, publicKey: key.publicKey, childTweak: digestOf("child") },
    },
    ...[new Uint8Array(31), new Uint8Array(32).fill(0xff), bytes("")].map((childTweak) => ({
      name: `a child's tweak that is no scalar (${childTweak.length} bytes)`,
      payload: { scheme: "secp256k1.ecdsa", digest, publicKey: key.publicKey, childTweak } as const,
    })),
    {
      name: "another key without a tweak",
      payload: { scheme: "secp256k1.schnorr", digest, publicKey: other.slice(1) },
    },
    { name: "an Ed25519 message", payload: { scheme: "ed25519", message: digest, publicKey: key.publicKey } },
    { name: "a Stark hash", payload: { scheme: "stark.ecdsa", digest, publicKey: key.publicKey } },
    {
      name: "a digest of 31 bytes",
      payload: { scheme: "secp256k1.ecdsa", digest: digest.slice(1), publicKey: key.publicKey },
    },
    { name: "a Schnorr digest of 33 bytes", payload: tagSchnorr(key.publicKey, new Uint8Array(33)) },
  ];
  for (const { name, payload } of cases) {
    test(`signers: a secp256k1 key does not sign ${name}`, () => {
      assert.throws(() => signPayload(key, payload), { code: "service.internal" });
    });
  }

  test("signers: a tweak beyond the group order is refused", () => {
    const payload = { ...tagSchnorr(key.publicKey, digest), tweak: new Uint8Array(32).fill(0xff) };
    assert.throws(() => signPayload(key, payload), { code: "service.internal" });
  });

  test("signers: a Stark hash of 2^251 or more is refused", () => {
    const starkKey = unsealed("stark", bytes("01".repeat(32)));
    const payload = {
      scheme: "stark.ecdsa",
      digest: bigintToBytes(2n ** 251n, 32),
      publicKey: starkKey.publicKey,
    } as const;
    assert.throws(() => signPayload(starkKey, payload), { code: "transaction.refused" });
  });

  const order = secp256k1.Point.Fn.ORDER;
  for (const [name, curve, secret, valid] of [
    ["secp256k1 0", "secp256k1", bigintToBytes(0n, 32), false],
    ["secp256k1 1", "secp256k1", bigintToBytes(1n, 32), true],
    ["secp256k1 n−1", "secp256k1", bigintToBytes(order - 1n, 32), true],
    ["secp256k1 n", "secp256k1", bigintToBytes(order, 32), false],
    ["secp256k1 2^256−1", "secp256k1", new Uint8Array(32).fill(0xff), false],
    ["secp256k1 31 bytes", "secp256k1", new Uint8Array(31).fill(1), false],
    ["secp256k1 33 bytes", "secp256k1", new Uint8Array(33).fill(1), false],
    ["stark 0", "stark", bigintToBytes(0n, 32), false],
    ["stark 1", "stark", bigintToBytes(1n, 32), true],
    ["stark n−1", "stark", bigintToBytes(STARK_ORDER - 1n, 32), true],
    ["stark n", "stark", bigintToBytes(STARK_ORDER, 32), false],
    ["stark 31 bytes", "stark", new Uint8Array(31).fill(1), false],
    ["ed25519 0", "ed25519", new Uint8Array(32), true],
    ["ed25519 31 bytes", "ed25519", new Uint8Array(31), false],
    ["ed25519 64 bytes", "ed25519", new Uint8Array(64), false],
  ] as const) {
    test(`private keys: ${name} is ${valid ? "valid" : "refused"}`, () => {
      assert.equal(isPrivateKey(curve, secret), valid);
      if (curve === "secp256k1") assert.equal(wasmSecp256k1.isPrivateKey(secret), valid);
    });
  }
});

describe("signers: random rounds", () => {
  for (const curve of ["secp256k1", "ed25519", "stark"] as const) {
    // Stark is checked in BigInt arithmetic at about ten milliseconds a round.
    const count = curve === "stark" ? ROUNDS / 10 : ROUNDS;
    test(`signers: ${count} random ${curve} keys sign what @noble/curves verifies`, () => {
      for (let round = 0; round < count; round++) {
        const secret = randomKey(curve);
        const key = unsealed(curve, secret);
        for (const payload of payloadsOf(curve, key.publicKey, `${curve} ${round}`)) {
          const signature = signPayload(key, payload);
          assert.ok(verifySignature(payload, signature), payload.scheme);
          assert.ok(verifiedElsewhere(payload, signature.bytes), `${payload.scheme} ${round}`);
          if (payload.scheme === "secp256k1.ecdsa" && round < 200) {
            const deterministic = secp256k1.sign(payload.digest, secret, {
              prehash: false,
              format: "recovered",
            });
            assert.deepEqual(signature.bytes, deterministic.slice(1));
            assert.equal(signature.recovery, deterministic[0]);
          }
          if (payload.scheme === "ed25519" && round < 100) {
            assert.deepEqual(signature.bytes, ed25519.sign(payload.message, secret));
          }
        }
      }
    });
  }

  test(
    "signers: native and WebAssembly libsecp256k1 agree",
    { skip: nativeSecp256k1() ? false : "no prebuild" },
    () => {
      const native = nativeSecp256k1();
      assert.ok(native);
      for (let round = 0; round < 200; round++) {
        const secret = randomKey("secp256k1");
        const digest = digestOf(`agree ${round}`);
        assert.deepEqual(native.publicKey(secret), wasmSecp256k1.publicKey(secret));
        assert.deepEqual(native.signEcdsa(digest, secret), wasmSecp256k1.signEcdsa(digest, secret));
      }
    },
  );

  test("signers: Schnorr signatures are randomised", () => {
    const key = unsealed("secp256k1", bytes("33".repeat(32)));
    const payload = tagSchnorr(key.publicKey, digestOf("aux"));
    assert.notDeepEqual(signPayload(key, payload), signPayload(key, payload));
  });
});

describe("bip340", { skip: skipWithout("bip340") }, () => {
  for (const row of bip340Rows()) {
    const [
      index,
      secret = "",
      publicKey = "",
      auxiliary = "",
      message = "",
      signature = "",
      verdict,
      comment,
    ] = row;
    // Claviger signs and verifies 32-byte digests only.
    const skip = message.length === 64 ? false : `message of ${message.length / 2} bytes`;
    test(`bip340: ${index} ${comment ?? ""}`, { skip }, () => {
      if (secret !== "") {
        assert.deepEqual(tiny.signSchnorr(bytes(message), bytes(secret), bytes(auxiliary)), bytes(signature));
      }
      const payload = {
        scheme: "secp256k1.schnorr",
        digest: bytes(message),
        publicKey: bytes(publicKey),
        tweak: new Uint8Array(32),
      } as const;
      assert.equal(verifySignature(payload, { bytes: bytes(signature) }), verdict === "TRUE");
    });
  }
});

interface Spending {
  readonly keyPathSpending: readonly {
    readonly inputSpending: readonly {
      readonly given: {
        readonly internalPrivkey: string;
        readonly merkleRoot: string | null;
        readonly txinIndex: number;
      };
      readonly intermediary: { readonly tweak: string; readonly sigHash: string };
      readonly expected: { readonly witness: readonly string[] };
    }[];
  }[];
}
function isSpending(value: unknown): value is Spending {
  return typeof value === "object" && value !== null && "keyPathSpending" in value;
}

describe("bip341: key path", { skip: skipWithout("bip341") }, () => {
  const vectors = readVectors("bip341", "wallet-test-vectors.json");
  for (const { given, intermediary, expected } of isSpending(vectors)
    ? vectors.keyPathSpending.flatMap(({ inputSpending }) => inputSpending)
    : []) {
    test(`bip341: input ${given.txinIndex}`, () => {
      const key = unsealed("secp256k1", bytes(given.internalPrivkey));
      const payload = tagSchnorr(key.publicKey, bytes(intermediary.sigHash), bytes(given.merkleRoot ?? ""));
      assert.equal(payload.tweak && toHex(payload.tweak), `0x${intermediary.tweak}`);
      // The published witness was made with another nonce: it and ours must both verify under our output key.
      const published = bytes((expected.witness[0] ?? "").slice(0, 128));
      assert.ok(verifySignature(payload, { bytes: published }));
      assert.ok(verifySignature(payload, signPayload(key, payload)));
    });
  }
});

interface StarkSignatures {
  readonly private_key: string;
  readonly messages: readonly { readonly hash: string; readonly r: string; readonly s: string }[];
}
function isStarkSignatures(value: unknown): value is StarkSignatures {
  return typeof value === "object" && value !== null && "private_key" in value;
}

describe("starknet: rfc6979", { skip: skipWithout("starknet") }, () => {
  const vectors = readVectors("starknet", "rfc6979_signature_test_vector.json");
  const { private_key: secret, messages } = isStarkSignatures(vectors)
    ? vectors
    : { private_key: "0x1", messages: [] };
  for (const { hash, r, s } of messages) {
    test(`starknet: rfc6979 ${hash}`, () => {
      const key = unsealed("stark", bigintToBytes(BigInt(secret), 32));
      const payload = {
        scheme: "stark.ecdsa",
        digest: bigintToBytes(BigInt(hash), 32),
        publicKey: key.publicKey,
      } as const;
      const signature = signPayload(key, payload);
      assert.deepEqual(
        signature.bytes,
        bytes([r, s].map((x) => BigInt(x).toString(16).padStart(64, "0")).join("")),
      );
      assert.ok(verifySignature(payload, signature));
    });
  }
});

describe("self-test", () => {
  test("self-test: passes, and names every algorithm", () => {
    runSelfTest(KNOWN_ANSWERS);
    assert.equal(KNOWN_ANSWERS.length, 8);
  });

  for (const [index, answer] of KNOWN_ANSWERS.entries()) {
    test(`self-test: a wrong ${answer.name} stops the start`, () => {
      const wrong = KNOWN_ANSWERS.with(index, {
        ...answer,
        compute: () => answer.compute().map((byte, at) => (at === 0 ? byte ^ 1 : byte)),
      });
      assert.throws(() => runSelfTest(wrong), {
        message: `self-test failed: ${answer.name} gave a wrong answer; this build must not sign`,
      });
    });

    test(`self-test: a failing ${answer.name} stops the start`, () => {
      const failing = KNOWN_ANSWERS.with(index, {
        ...answer,
        compute: () => {
          throw new Error("no such cipher");
        },
      });
      assert.throws(() => runSelfTest(failing), /self-test failed: .* threw/);
    });
  }
});

const secretOf = (index: number) => digestOf(`slab ${index}`);

function put(keys: UnsealedKeys, index: number) {
  return keys.put(`k${index}`, "secp256k1", new Uint8Array(33), secretOf(index));
}

describe("unsealed keys", () => {
  test("unsealed keys: the least recently used one is evicted and its slot wiped", () => {
    const keys = new UnsealedKeys(2);
    const first = put(keys, 0);
    const second = put(keys, 1);
    keys.get("k0");
    assert.ok(second.curve === "secp256k1" && first.curve === "secp256k1");
    // A third key takes the slot, so look at the view before and after.
    const slot = second.secret;
    assert.deepEqual(slot, secretOf(1));
    keys.put("edwards", "ed25519", new Uint8Array(32), secretOf(9));
    assert.equal(keys.get("k1"), undefined);
    assert.deepEqual(slot, new Uint8Array(32));
    assert.deepEqual(first.secret, secretOf(0));
    assert.equal(keys.size, 2);
  });

  test("unsealed keys: wiping leaves no byte and no key", () => {
    const keys = new UnsealedKeys(3);
    const views = [0, 1, 2].map((index) => put(keys, index));
    keys.wipe();
    assert.equal(keys.size, 0);
    for (const view of views)
      assert.ok(view.curve === "secp256k1" && view.secret.every((byte) => byte === 0));
    assert.equal(keys.get("k0"), undefined);
    put(keys, 5);
    assert.equal(keys.size, 1);
  });

  test("unsealed keys: the same key twice takes one slot", () => {
    const keys = new UnsealedKeys(2);
    put(keys, 0);
    put(keys, 0);
    put(keys, 1);
    assert.equal(keys.size, 2);
    assert.notEqual(keys.get("k0"), undefined);
  });
});
