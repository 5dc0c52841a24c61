/** AES-256-GCM blobs and the length-prefixed binding that is authenticated with them. */
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { associatedData, openBox, sealBox, type SealedFor } from "../../../src/vault/seal/sealed-box.ts";

const key = new Uint8Array(randomBytes(32));
const plaintext = new Uint8Array(randomBytes(32));
const binding: SealedFor = {
  purpose: "key-secret",
  namespace: "treasury",
  walletId: "w1",
  keyId: "k1",
  dataKeyId: "d1",
  keyType: "derived",
  curve: "secp256k1",
  publicKey: new Uint8Array(33).fill(2),
  kekVersion: 1,
};

const CHANGES: readonly Partial<SealedFor>[] = [
  { purpose: "wallet-secret" },
  { namespace: "other" },
  { walletId: "w2" },
  { keyId: "k2" },
  { dataKeyId: "d2" },
  { keyType: "imported" },
  { curve: "stark" },
  { publicKey: new Uint8Array(33).fill(3) },
  { kekVersion: 2 },
];

describe("sealed box: refusals", () => {
  for (const change of CHANGES) {
    test(`sealed box: another ${Object.keys(change).join()} does not open`, () => {
      const box = sealBox(key, plaintext, associatedData(binding));
      assert.equal(openBox(key, box, associatedData({ ...binding, ...change })), undefined);
    });
  }

  test("sealed box: every single flipped bit is noticed", () => {
    const data = associatedData(binding);
    const box = sealBox(key, plaintext, data);
    for (let bit = 0; bit < box.length * 8; bit++) {
      const changed = new Uint8Array(box);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.equal(openBox(key, changed, data), undefined, `bit ${bit}`);
    }
  });

  test("sealed box: every cut is noticed", () => {
    const data = associatedData(binding);
    const box = sealBox(key, plaintext, data);
    for (let length = 0; length < box.length; length++) {
      assert.equal(openBox(key, box.slice(0, length), data), undefined);
    }
  });

  test("sealed box: a key that is not 32 bytes is a bug", () => {
    assert.throws(() => sealBox(new Uint8Array(16), plaintext, associatedData(binding)), RangeError);
    assert.throws(() => openBox(new Uint8Array(16), plaintext, associatedData(binding)), RangeError);
  });
});

describe("sealed box", () => {
  test("sealed box: what was sealed opens, off the shared buffer pool", () => {
    const data = associatedData(binding);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (secret) => {
        const opened = openBox(key, sealBox(key, secret, data), data);
        assert.ok(opened);
        assert.deepEqual(opened, new Uint8Array(secret));
        assert.equal(opened.buffer.byteLength, opened.length);
      }),
    );
  });

  test("sealed box: nonces are fresh", () => {
    const data = associatedData(binding);
    const nonces = Array.from({ length: 1000 }, () =>
      Buffer.from(sealBox(key, plaintext, data).subarray(1, 13)).toString("hex"),
    );
    assert.equal(new Set(nonces).size, 1000);
  });

  test("binding: no two bindings share an encoding", () => {
    const text = fc.string({ maxLength: 4 });
    const arbitrary = fc.record({
      namespace: text,
      walletId: text,
      keyId: text,
      dataKeyId: text,
      curve: text,
    });
    fc.assert(
      fc.property(arbitrary, arbitrary, (a, b) => {
        const encode = (fields: typeof a) =>
          Buffer.from(associatedData({ purpose: "kek", ...fields })).toString("hex");
        assert.equal(encode(a) === encode(b), JSON.stringify(a) === JSON.stringify(b));
      }),
    );
  });
});
