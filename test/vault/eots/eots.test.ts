/** EOTS in the vault: the published cases, both parities of both points, every height, and what a second message costs. */
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { schnorr, secp256k1 as noble } from "@noble/curves/secp256k1.js";
import fc from "fast-check";
import { verifySignature } from "../../../src/chains/verify.ts";
import { bigintToBytes, bytesToBigint, concat, equalBytes, toHex } from "../../../src/domain/bytes.ts";
import { eotsNonce, eotsPublicRandomness, signEots } from "../../../src/vault/eots/eots.ts";
import { nativeSecp256k1, secp256k1, wasmSecp256k1 } from "../../../src/vault/sign/secp256k1.ts";
import { signPayload } from "../../../src/vault/sign/signers.ts";
import { UnsealedKeys } from "../../../src/vault/sign/unsealed-keys.ts";
import { readVectors, skipWithout } from "../../vectors.ts";

const { Fn } = noble.Point;
const HEIGHT_MAX = 2n ** 64n - 1n;

interface EotsCase {
  readonly i: number;
  readonly sk: string;
  readonly pk: string;
  readonly pk_y_odd: boolean;
  readonly chain_id_hex: string;
  readonly height: string;
  readonly r: string;
  readonly pub_rand: string;
  readonly r_y_odd: boolean;
  readonly msg: string;
  readonly sig: string;
  readonly msg2: string;
  readonly sig2: string;
  readonly e: string;
  readonly extracted_even_y_sk: string;
}
interface NegativeCase {
  readonly case: string;
  readonly pk: string;
  readonly pub_rand: string;
  readonly msg: string;
  readonly sig: string;
  readonly valid: boolean;
}
interface SchnorrCase {
  readonly sk: string;
  readonly pk: string;
  readonly hash: string;
  readonly sig: string;
}

/** The cases of one published file; none where it is absent. */
function cases<Case>(file: string, isCase: (value: unknown) => value is Case): readonly Case[] {
  const found = readVectors("babylon", file);
  if (found === undefined) return [];
  assert.ok(
    typeof found === "object" && found !== null && "vectors" in found && Array.isArray(found.vectors),
  );
  const vectors: readonly unknown[] = found.vectors;
  assert.ok(vectors.length > 0 && vectors.every(isCase), `${file} has another shape`);
  return vectors.filter(isCase);
}

const has = (value: unknown, name: string): boolean =>
  typeof value === "object" && value !== null && name in value;
const isEots = (value: unknown): value is EotsCase => has(value, "extracted_even_y_sk");
const isNegative = (value: unknown): value is NegativeCase => has(value, "pub_rand") && has(value, "case");
const isSchnorr = (value: unknown): value is SchnorrCase => has(value, "hash") && has(value, "pk");

const hex = (text: string) => new Uint8Array(Buffer.from(text, "hex"));
const sha256 = (data: Uint8Array) => new Uint8Array(createHash("sha256").update(data).digest());

function sign(secret: Uint8Array, chainId: Uint8Array, height: bigint, message: Uint8Array): Uint8Array {
  return signEots(secret, secp256k1.publicKey(secret), { chainId, height, message });
}

/** BIP-340's challenge, by the second implementation. */
function challenge(randomness: Uint8Array, publicKey: Uint8Array, message: Uint8Array): bigint {
  const tag = sha256(new TextEncoder().encode("BIP0340/challenge"));
  return bytesToBigint(sha256(concat(tag, tag, randomness, publicKey, sha256(message))));
}

/** What the chain does with two signatures under one nonce. Only a test may ever hold both. */
function extract(
  publicKey: Uint8Array,
  first: readonly Uint8Array[],
  second: readonly Uint8Array[],
): Uint8Array {
  const scalars = [first, second].map(([message = new Uint8Array(), signature = new Uint8Array()]) => ({
    e: challenge(signature.subarray(0, 32), publicKey, message),
    s: bytesToBigint(signature.subarray(32)),
  }));
  const [a, b] = scalars;
  assert.ok(a && b && a.s !== b.s);
  const secret = Fn.mul(Fn.sub(a.s, b.s), Fn.inv(Fn.sub(a.e, b.e)));
  return bigintToBytes(secret, 32);
}

/** The key as the chain knows it: with an even y. */
function evenSecret(secret: Uint8Array): Uint8Array {
  return noble.getPublicKey(secret, true)[0] === 2
    ? secret
    : bigintToBytes(Fn.neg(bytesToBigint(secret)), 32);
}

const secrets = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .filter((secret) => noble.utils.isValidSecretKey(secret));
const chainIds = fc.uint8Array({ maxLength: 64 });
const heights = fc.bigInt({ min: 0n, max: HEIGHT_MAX });
const messages = fc.uint8Array({ maxLength: 200 });

describe("eots: refusals", () => {
  const secret = hex("11".repeat(32));

  test("eots: heights of 2^64 or more, and below 0", () => {
    for (const height of [2n ** 64n, -1n]) {
      assert.throws(() => sign(secret, new Uint8Array(), height, new Uint8Array(40)), RangeError);
    }
  });

  test("eots: a nonce candidate that is no scalar is passed over, and the counter goes on", () => {
    const place = { chainId: hex("62626e2d31"), height: 7n };
    const candidate = (counter: bigint) =>
      createHmac("sha256", secret)
        .update(concat(bigintToBytes(7n, 8), place.chainId, bigintToBytes(counter, 8)))
        .digest();
    const seen: string[] = [];
    const nonce = eotsNonce(secret, place, (nonceBytes) => seen.push(toHex(nonceBytes)) === 3);
    assert.deepEqual(seen, [candidate(0n), candidate(1n), candidate(2n)].map(toHex));
    assert.ok(equalBytes(nonce, candidate(2n)));
  });

  for (const [name, library] of [
    ["native", nativeSecp256k1()],
    ["WebAssembly", wasmSecp256k1],
  ] as const) {
    test(`eots: ${name} scalars that are 0, too large, or add up to 0`, { skip: !library }, () => {
      assert.ok(library);
      const unit = bigintToBytes(1n, 32);
      const minusOne = bigintToBytes(Fn.ORDER - 1n, 32);
      assert.throws(() => library.multiplyAdd(unit, minusOne, unit), RangeError);
      for (const wrong of [new Uint8Array(32), bigintToBytes(Fn.ORDER, 32), new Uint8Array(32).fill(0xff)]) {
        assert.throws(() => library.multiplyAdd(wrong, unit, unit), RangeError);
        assert.throws(() => library.multiplyAdd(unit, wrong, unit), RangeError);
        assert.throws(() => library.multiplyAdd(unit, unit, wrong), RangeError);
      }
    });

    test(
      `eots: ${name} scalars agree with @noble/curves, and inputs stay as they are`,
      { skip: !library },
      () => {
        assert.ok(library);
        fc.assert(
          fc.property(secrets, secrets, secrets, (secretKey, factor, addend) => {
            const before = [secretKey, factor, addend].map(toHex);
            const product = Fn.mul(bytesToBigint(secretKey), bytesToBigint(factor));
            const sum = Fn.add(product, bytesToBigint(addend));
            assert.ok(equalBytes(library.multiplyAdd(secretKey, factor, addend), bigintToBytes(sum, 32)));
            const negated = bigintToBytes(Fn.neg(bytesToBigint(secretKey)), 32);
            assert.ok(equalBytes(library.negate(secretKey), negated));
            assert.deepEqual([secretKey, factor, addend].map(toHex), before);
          }),
          { numRuns: 50, examples: [[bigintToBytes(1n, 32), bigintToBytes(1n, 32), bigintToBytes(1n, 32)]] },
        );
      },
    );
  }
});

describe("eots.json", { skip: skipWithout("babylon") }, () => {
  const vectors = cases("eots.json", isEots);
  for (const vector of vectors) {
    const [secret, chainId, message, other] = [vector.sk, vector.chain_id_hex, vector.msg, vector.msg2].map(
      hex,
    );
    const name = `${vector.i}: P.y ${vector.pk_y_odd ? "odd" : "even"}, R.y ${vector.r_y_odd ? "odd" : "even"}`;
    test(`eots.json: ${name}, height ${vector.height}`, () => {
      assert.ok(secret && chainId && message && other);
      const height = BigInt(vector.height);
      const publicKey = secp256k1.publicKey(secret);
      assert.equal(toHex(publicKey), `0x${vector.pk_y_odd ? "03" : "02"}${vector.pk}`);
      assert.equal(toHex(eotsNonce(secret, { chainId, height })), `0x${vector.r}`);
      assert.equal(secp256k1.publicKey(hex(vector.r))[0] === 3, vector.r_y_odd);
      const list = eotsPublicRandomness(secret, { chainId, start: height, count: 1, interval: 1n });
      assert.equal(toHex(list), `0x${vector.pub_rand}`);

      const signature = sign(secret, chainId, height, message);
      assert.equal(toHex(signature), `0x${vector.pub_rand}${vector.sig}`);
      assert.equal(challenge(hex(vector.pub_rand), hex(vector.pk), message), BigInt(`0x${vector.e}`));
      assert.ok(schnorr.verify(signature, sha256(message), hex(vector.pk)));
      const payload = {
        scheme: "babylon.eots",
        chainId,
        height,
        message,
        publicKey: hex(vector.pk),
      } as const;
      assert.ok(verifySignature(payload, { bytes: signature }));

      const second = sign(secret, chainId, height, other);
      assert.equal(toHex(second), `0x${vector.pub_rand}${vector.sig2}`);
      const extracted = extract(hex(vector.pk), [message, signature], [other, second]);
      assert.equal(toHex(extracted), `0x${vector.extracted_even_y_sk}`);
    });
  }

  test("eots.json: all four parities, and heights beyond 2^53 and 2^63", () => {
    const parities = new Set(vectors.map((vector) => `${vector.pk_y_odd} ${vector.r_y_odd}`));
    assert.equal(parities.size, 4);
    for (const bits of [53n, 63n]) assert.ok(vectors.some((vector) => BigInt(vector.height) > 2n ** bits));
    assert.ok(vectors.some((vector) => BigInt(vector.height) === HEIGHT_MAX));
  });
});

describe("eots_negative.json", { skip: skipWithout("babylon") }, () => {
  for (const example of cases("eots_negative.json", isNegative)) {
    test(`eots_negative.json: ${example.case}`, () => {
      const payload = {
        scheme: "babylon.eots",
        chainId: new Uint8Array(),
        height: 1n,
        message: hex(example.msg),
        publicKey: hex(example.pk),
      } as const;
      assert.equal(example.valid, false);
      assert.equal(verifySignature(payload, { bytes: hex(example.pub_rand + example.sig) }), false);
    });
  }
});

describe("eots: verification of foreign signatures", () => {
  const secret = hex("22".repeat(32));
  const publicKey = secp256k1.publicKey(secret).slice(1);
  const message = new Uint8Array(40);
  const signature = sign(secret, new Uint8Array(), 1n, message);
  const payload = {
    scheme: "babylon.eots",
    chainId: new Uint8Array(),
    height: 1n,
    message,
    publicKey,
  } as const;

  test("eots: s of n or more is refused, and never reduced", () => {
    assert.ok(verifySignature(payload, { bytes: signature }));
    for (const s of [Fn.ORDER, Fn.ORDER + 1n, 2n ** 256n - 1n]) {
      const bytes = concat(signature.subarray(0, 32), bigintToBytes(s, 32));
      assert.equal(verifySignature(payload, { bytes }), false);
    }
  });

  test("eots: public randomness of p or more is refused, and never reduced", () => {
    const { ORDER: p } = noble.Point.Fp;
    for (const randomness of [p, p + 1n, 2n ** 256n - 1n]) {
      const bytes = concat(bigintToBytes(randomness, 32), signature.subarray(32));
      assert.equal(verifySignature(payload, { bytes }), false);
    }
  });
});

describe("eots: properties", () => {
  test("eots: @noble/curves verifies every signature, and the same call gives the same bytes", () => {
    fc.assert(
      fc.property(secrets, chainIds, heights, messages, (secret, chainId, height, message) => {
        const signature = sign(secret, chainId, height, message);
        const publicKey = noble.getPublicKey(secret, true).slice(1);
        assert.ok(schnorr.verify(signature, sha256(message), publicKey));
        assert.deepEqual(sign(secret, chainId, height, message), signature);
      }),
      { numRuns: 50 },
    );
  });

  test("eots: two messages at one height give the key away", () => {
    fc.assert(
      fc.property(
        secrets,
        chainIds,
        heights,
        messages,
        messages,
        (secret, chainId, height, firstMessage, secondMessage) => {
          fc.pre(!equalBytes(firstMessage, secondMessage));
          const publicKey = noble.getPublicKey(secret, true).slice(1);
          const [first, second] = [firstMessage, secondMessage].map((message) =>
            sign(secret, chainId, height, message),
          );
          assert.ok(first && second);
          assert.deepEqual(
            extract(publicKey, [firstMessage, first], [secondMessage, second]),
            evenSecret(secret),
          );
        },
      ),
      { numRuns: 30 },
    );
  });

  test("eots: a key and its negative have one public key and other randomness", () => {
    fc.assert(
      fc.property(secrets, heights, (secret, height) => {
        const place = { chainId: hex("62626e2d31"), height };
        const negative = secp256k1.negate(secret);
        assert.deepEqual(secp256k1.publicKey(negative).slice(1), secp256k1.publicKey(secret).slice(1));
        assert.notDeepEqual(eotsNonce(negative, place), eotsNonce(secret, place));
      }),
      { numRuns: 20 },
    );
  });

  test("eots: chain id and height decide the nonce, the message does not", () => {
    const secret = hex("33".repeat(32));
    const randomness = (chainId: string, height: bigint, message: string) =>
      toHex(sign(secret, hex(chainId), height, hex(message)).subarray(0, 32));
    const base = randomness("6162", 1n, "00");
    assert.equal(randomness("6162", 1n, "01"), base);
    for (const [chainId, height] of [
      ["6162", 2n],
      ["61", 1n],
      ["616200", 1n],
      ["", 1n],
      ["6162", HEIGHT_MAX],
    ] as const) {
      assert.notEqual(randomness(chainId, height, "00"), base);
    }
  });

  test("eots: lists are what @noble/curves computes from the same nonces, in steps", () => {
    const secret = hex("44".repeat(32));
    const chainId = hex("ff00");
    const [start, interval] = [HEIGHT_MAX - 4n * 1000n, 1000n];
    const list = eotsPublicRandomness(secret, { chainId, start, count: 5, interval });
    assert.equal(list.length, 160);
    for (let index = 0; index < 5; index += 1) {
      const nonce = eotsNonce(secret, { chainId, height: start + BigInt(index) * interval });
      const expected = noble.getPublicKey(nonce, true).slice(1);
      assert.deepEqual(list.slice(32 * index, 32 * (index + 1)), expected);
    }
  });
});

describe("schnorr_rfc6979.json", { skip: skipWithout("babylon") }, () => {
  for (const [index, example] of cases("schnorr_rfc6979.json", isSchnorr).entries()) {
    test(`schnorr_rfc6979.json: ${index}`, () => {
      const publicKey = hex(example.pk);
      const payload = { scheme: "babylon.schnorr", digest: hex(example.hash), publicKey } as const;
      assert.ok(verifySignature(payload, { bytes: hex(example.sig) }), "the published one");
      const full = secp256k1.publicKey(hex(example.sk));
      const key = new UnsealedKeys(1).put("k", "secp256k1", full, hex(example.sk));
      const ours = signPayload(key, payload);
      assert.ok(schnorr.verify(ours.bytes, payload.digest, publicKey), "ours");
      assert.notDeepEqual(signPayload(key, payload), ours, "the nonce is fresh");
    });
  }
});

test("the secret stays as it was, also where its bytes are a Buffer, whose slice is no copy", () => {
  for (const library of [nativeSecp256k1(), wasmSecp256k1]) {
    for (let last = 1; last <= 8; last += 1) {
      const secret = Buffer.alloc(32, last);
      library?.negate(secret);
      assert.deepEqual(secret, Buffer.alloc(32, last));
      const place = { chainId: new Uint8Array(), height: 7n };
      const publicKey = secp256k1.publicKey(secret);
      const first = signEots(secret, publicKey, { ...place, message: new Uint8Array([1]) });
      assert.deepEqual(secret, Buffer.alloc(32, last));
      assert.deepEqual(signEots(secret, publicKey, { ...place, message: new Uint8Array([1]) }), first);
    }
  }
});
