/** Quantities on the wire: what is refused, and that the three forms of one number are one number. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import fc from "fast-check";
import { MAX_UINT256, parseQuantity } from "../../src/domain/amounts.ts";
import { SignerError } from "../../src/domain/errors.ts";

const REFUSED: readonly unknown[] = [
  "",
  " ",
  "1 ",
  " 1",
  "+1",
  "-1",
  "-0",
  "01",
  "00",
  "1.0",
  "1e3",
  "1_000",
  "1,000",
  "0x",
  "0X1",
  "0xg",
  "x1",
  "１",
  "1n",
  "0b1",
  "0o7",
  "NaN",
  "Infinity",
  "1\n",
  "9".repeat(101),
  `0x${"0".repeat(99)}`,
  -1,
  1.5,
  2 ** 53,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  -0.5,
  null,
  undefined,
  true,
  [],
  ["1"],
  {},
  1n,
];

for (const value of REFUSED) {
  const shown = inspect(value).slice(0, 30);
  test(`quantity: ${shown} is refused and the field is named`, () => {
    assert.throws(
      () => parseQuantity(value, "/transaction/value"),
      (error) =>
        error instanceof SignerError &&
        error.code === "transaction.invalid" &&
        error.message.startsWith("/transaction/value: ") &&
        error.members["field"] === "/transaction/value",
    );
  });
}

test("quantity: one past the number of bits is refused, the largest is taken", () => {
  for (const bits of [8, 64, 128, 256]) {
    const largest = (1n << BigInt(bits)) - 1n;
    assert.equal(parseQuantity(largest.toString(), "/x", bits), largest);
    assert.equal(parseQuantity(`0x${largest.toString(16)}`, "/x", bits), largest);
    assert.throws(() => parseQuantity((largest + 1n).toString(), "/x", bits), {
      message: `/x: must be below 2^${bits}`,
    });
  }
  assert.equal(parseQuantity(MAX_UINT256.toString(), "/x"), MAX_UINT256);
});

test("quantity: decimal text, hex of either case and a JSON integer are the same number", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: MAX_UINT256 }), (value) => {
      assert.equal(parseQuantity(value.toString(), "/x"), value);
      assert.equal(parseQuantity(`0x${value.toString(16)}`, "/x"), value);
      assert.equal(parseQuantity(`0x${value.toString(16).toUpperCase()}`, "/x"), value);
      if (value <= BigInt(Number.MAX_SAFE_INTEGER)) assert.equal(parseQuantity(Number(value), "/x"), value);
    }),
  );
  assert.equal(parseQuantity("0", "/x"), 0n);
  assert.equal(parseQuantity(0, "/x"), 0n);
});
