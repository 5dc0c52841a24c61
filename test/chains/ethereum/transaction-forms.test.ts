/** Forms of one transaction: objects as JSON-RPC and libraries write them, and unsigned bytes. Refusals first. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeRlp, Transaction } from "ethers";
import fc from "fast-check";
import { SignerError } from "../../../src/domain/errors.ts";
import type { SignRequest } from "../../../src/chains/adapter.ts";
import { decode, digestOf, KEY, OWNER, refuses, sign } from "./keys.ts";

const TO = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8";
const MARKET = {
  chainId: "1",
  nonce: "7",
  to: TO,
  value: "1000",
  gas: "21000",
  maxFeePerGas: "30",
  maxPriorityFeePerGas: "2",
};
const LEGACY = { chainId: "1", nonce: "7", to: TO, value: "1000", gas: "21000", gasPrice: "30" };

const request = (transaction: unknown): SignRequest => ({ type: "ethereum.transaction", transaction });
const raw = (transaction: unknown): SignRequest => ({ type: "ethereum.rawTransaction", transaction });
const unsigned = (fields: object): string => Transaction.from(fields).unsignedSerialized;
const ETHERS = { chainId: 1, nonce: 7, to: TO, value: 1000, gasLimit: 21000 };
const RAW_LEGACY = unsigned({ ...ETHERS, type: 0, gasPrice: 30 });
const RAW_MARKET = unsigned({ ...ETHERS, type: 2, maxFeePerGas: 30, maxPriorityFeePerGas: 2 });

const SIGNED = sign(request(MARKET))["signedTransaction"];
const SIGNED_LEGACY = sign(request(LEGACY))["signedTransaction"];
const market = (...more: readonly unknown[]) => ["0x01", "0x07", "0x02", "0x1e", "0x5208", TO, ...more];
const typed = (type: string, items: readonly unknown[]) => `${type}${rlp(items).slice(2)}`;
const rlp = (items: readonly unknown[]): string => encodeRlp(JSON.parse(JSON.stringify(items)));

const REFUSALS: readonly (readonly [rule: string, value: unknown, code: string])[] = [
  ["no hex", "hello", "transaction.invalid"],
  ["no bytes", "0x", "transaction.invalid"],
  ["an odd digit", `${RAW_MARKET}0`, "transaction.invalid"],
  ["a type byte of no known type", `0x05${RAW_MARKET.slice(4)}`, "transaction.invalid"],
  ["type byte 0", `0x00${RAW_LEGACY.slice(2)}`, "transaction.invalid"],
  ["a text instead of a list", "0x83616263", "transaction.invalid"],
  ["bytes after the end", `${RAW_MARKET}00`, "transaction.invalid"],
  ["a list that is cut short", RAW_MARKET.slice(0, -2), "transaction.invalid"],
  ["a length that is not in its shortest form", `0x02f8${RAW_MARKET.slice(4)}`, "transaction.invalid"],
  ["a byte below 0x80 behind a length", RAW_MARKET.replace("0107", "018107"), "transaction.invalid"],
  ["signed", SIGNED, "transaction.invalid"],
  ["signed, legacy", SIGNED_LEGACY, "transaction.invalid"],
  ["legacy without a chain", rlp(["0x07", "0x1e", "0x5208", TO, "0x03e8", "0x"]), "transaction.refused"],
  [
    "legacy for chain 0",
    rlp(["0x07", "0x1e", "0x5208", TO, "0x01", "0x", "0x", "0x", "0x"]),
    "transaction.refused",
  ],
  [
    "a nonce with a leading zero",
    typed("0x02", ["0x01", "0x0007", ...market().slice(2), "0x", "0x", []]),
    "transaction.invalid",
  ],
  ["a member too few", typed("0x02", market("0x", "0x")), "transaction.invalid"],
  ["a list where bytes belong", typed("0x02", market([], "0x", [])), "transaction.invalid"],
  ["bytes where a list belongs", typed("0x02", market("0x", "0x", "0x")), "transaction.invalid"],
  ["an access list entry of one part", typed("0x02", market("0x", "0x", [[TO]])), "transaction.invalid"],
  [
    "blobs beside their transaction",
    typed("0x03", [market("0x", "0x", []), [], [], []]),
    "transaction.invalid",
  ],
  [
    "an authorization without a signature",
    typed("0x04", market("0x", "0x", [], [["0x01", TO, "0x"]])),
    "transaction.invalid",
  ],
  ["lists of 80,000 levels", `0x${"c1".repeat(80_000)}c0`, "transaction.invalid"],
  ["more than 256 KiB", `0x02${"00".repeat(262_144)}`, "transaction.refused"],
];

describe("ethereum.rawTransaction: refused", () => {
  for (const [rule, value, code] of REFUSALS) {
    test(rule, () => {
      assert.throws(
        () => decode(raw(value)),
        (error) =>
          error instanceof SignerError && error.code === code && error.message.startsWith("/transaction"),
      );
    });
  }

  test("a tip above the fee cap, by the member's name", () => {
    const list = ["0x01", "0x07", "0x1f", ...market("0x", "0x", []).slice(3)];
    refuses(raw(typed("0x02", list)), "transaction.refused", "/transaction/maxPriorityFeePerGas");
  });

  test("every change of a byte gives another digest, or is refused", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(RAW_LEGACY, RAW_MARKET),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (bytes, at, mask) => {
          const changed = Buffer.from(bytes.slice(2), "hex");
          const index = at % changed.length;
          changed[index] = (changed[index] ?? 0) ^ mask;
          try {
            const digest = digestOf(decode(raw(`0x${changed.toString("hex")}`)));
            assert.notEqual(digest, digestOf(decode(raw(bytes))));
          } catch (error) {
            assert.ok(error instanceof SignerError, String(error));
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("one transaction in every form has one digest and one intent", () => {
  const expected = decode(request(MARKET));
  const legacy = decode(request(LEGACY));
  const { gas: _, ...rest } = MARKET;
  const forms: readonly (readonly [string, unknown])[] = [
    ["gasLimit", { ...rest, gasLimit: 21_000 }],
    ["gas and gasLimit", { ...MARKET, gasLimit: "0x5208" }],
    ["input", { ...MARKET, input: "0x" }],
    ["data and input", { ...MARKET, data: "0x", input: "0x" }],
    ["from in lowercase", { ...MARKET, from: OWNER }],
    ["from with its checksum", { ...MARKET, from: KEY.address }],
    ["type 2", { ...MARKET, type: 2 }],
    ["type 0x2", { ...MARKET, type: "0x2" }],
    ["type 0x02", { ...MARKET, type: "0x02" }],
    ["type eip1559", { ...MARKET, type: "eip1559" }],
    [
      "JSON-RPC with nulls",
      {
        type: "0x2",
        chainId: "0x1",
        nonce: "0x7",
        from: KEY.address,
        to: TO,
        value: "0x3e8",
        gas: "0x5208",
        maxFeePerGas: "0x1e",
        maxPriorityFeePerGas: "0x2",
        gasPrice: null,
        accessList: null,
        input: null,
        hash: null,
        v: null,
        r: null,
        s: null,
      },
    ],
  ];
  for (const [name, transaction] of forms) {
    test(name, () => {
      const decoded = decode(request(transaction));
      assert.deepEqual([digestOf(decoded), decoded.intent], [digestOf(expected), expected.intent]);
    });
  }

  test("bytes", () => {
    const decoded = decode(raw(RAW_MARKET));
    assert.deepEqual([digestOf(decoded), decoded.intent], [digestOf(expected), expected.intent]);
    assert.equal(decoded.type, "ethereum.rawTransaction");
    const old = decode(raw(RAW_LEGACY));
    assert.deepEqual([digestOf(old), old.intent], [digestOf(legacy), legacy.intent]);
    assert.deepEqual(sign(raw(RAW_MARKET)), sign(request(MARKET)));
  });

  test("type 1 without an access list has an empty one", () => {
    const bytes = unsigned({ ...ETHERS, type: 1, gasPrice: 30 });
    for (const type of [1, "0x1", "eip2930"]) {
      assert.equal(digestOf(decode(request({ ...LEGACY, type }))), digestOf(decode(raw(bytes))));
    }
  });

  test("a creation has no recipient", () => {
    const bytes = unsigned({ ...ETHERS, to: null, data: "0x60006000", type: 0, gasPrice: 30 });
    assert.equal(decode(raw(bytes)).intent.control[0]?.what, "deployment");
  });
});
