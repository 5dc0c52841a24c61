/** Text forms of bytes: what is refused, and that every decoder takes exactly what its encoder writes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { base64, hex } from "@scure/base";
import fc from "fast-check";
import {
  bigintToBytes,
  bytesToBigint,
  concat,
  equalBytes,
  fromBase64,
  fromHex,
  toBase64,
  toHex,
  utf8,
} from "../../src/domain/bytes.ts";

const bytes = fc.uint8Array({ maxLength: 80 });

for (const text of [
  "",
  "0",
  "00",
  "0X00",
  "0x0",
  "0x0g",
  "0x00 ",
  " 0x00",
  "0x00\n",
  "0x００",
  "0x-1",
  "x00",
]) {
  test(`hex: ${JSON.stringify(text)} is refused`, () => {
    assert.equal(fromHex(text), undefined);
  });
}

test("hex: upper case is read, lower case is printed", () => {
  assert.deepEqual(fromHex("0xAb"), new Uint8Array([0xab]));
  assert.equal(toHex(new Uint8Array([0xab])), "0xab");
  assert.deepEqual(fromHex("0x"), new Uint8Array());
});

for (const text of [
  "Zg",
  "Zg=",
  "Zg===",
  "Zh==",
  "Zm9v\n",
  " Zm9v",
  "Zm-_",
  "Zm9vZg=",
  "=",
  "Zm9=",
  "Zm9v=",
]) {
  test(`base64: ${JSON.stringify(text)} is refused`, () => {
    assert.equal(fromBase64(text), undefined);
  });
}

test("hex and base64: as another implementation writes them, also for a view into a larger buffer", () => {
  fc.assert(
    fc.property(bytes, fc.nat(20), (whole, start) => {
      const view = whole.subarray(Math.min(start, whole.length));
      assert.equal(toHex(view), `0x${hex.encode(view)}`);
      assert.equal(toBase64(view), base64.encode(view));
      assert.deepEqual(fromHex(toHex(view)), new Uint8Array(view));
      assert.deepEqual(fromBase64(toBase64(view)), new Uint8Array(view));
    }),
  );
});

test("base64: whatever text: read only when it is what would be written", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
      const read = fromBase64(text);
      if (read !== undefined) assert.equal(base64.encode(read), text);
    }),
  );
});

test("integers: big-endian, padded to their length, and back", () => {
  assert.deepEqual(bigintToBytes(0x1234n, 4), new Uint8Array([0, 0, 0x12, 0x34]));
  assert.equal(bytesToBigint(new Uint8Array()), 0n);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.bigInt({ min: 0n, max: 2n ** 320n }), (length, value) => {
      if (value >= 1n << BigInt(length * 8)) assert.throws(() => bigintToBytes(value, length), RangeError);
      else assert.equal(bytesToBigint(bigintToBytes(value, length)), value);
    }),
  );
  assert.throws(() => bigintToBytes(-1n, 4), RangeError);
  assert.throws(() => bigintToBytes(256n, 1), RangeError);
});

test("comparison and joining: equal exactly when length and every byte are", () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      assert.equal(equalBytes(a, b), hex.encode(a) === hex.encode(b));
      assert.ok(equalBytes(a, a.slice()));
      assert.equal(toHex(concat(a, b)).slice(2), toHex(a).slice(2) + toHex(b).slice(2));
    }),
  );
  assert.deepEqual(utf8("€"), new Uint8Array([0xe2, 0x82, 0xac]));
});
