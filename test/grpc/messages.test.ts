/** Decoding is total: what is not exactly one message of its method, in the one form that clients send, is refused. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { SignerError } from "../../src/domain/errors.ts";
import { PART_ITEMS, readBatchBody } from "../../src/grpc/batch-body.ts";
import { decodeRequest, encodeAnswer, METHODS, pathOf, type Method } from "../../src/grpc/messages.ts";
import { encodeRandomness } from "../../src/grpc/randomness-answer.ts";
import { batchBody, bytes, eotsBody, explicit, explicitBytes, whole } from "./client.ts";

const UID = Buffer.alloc(32, 7);
const CHAIN = Buffer.from("bbn-1");
const MESSAGE = Buffer.alloc(40, 9);

function refuses(method: Method, body: Buffer): void {
  assert.throws(
    () => decodeRequest(method, body),
    (error) => error instanceof SignerError && error.code === "request.malformed",
  );
}

describe("refused", () => {
  const good = eotsBody(UID, CHAIN, 5n, MESSAGE);
  const cases: readonly (readonly [string, Method, Buffer])[] = [
    ["an unknown field", "SignEOTS", Buffer.concat([good, whole(9, 1n)])],
    ["the same field twice", "SignEOTS", Buffer.concat([good, whole(4, 6n)])],
    ["fields out of order", "SignEOTS", Buffer.concat([whole(4, 5n), bytes(1, UID), bytes(2, CHAIN)])],
    ["a field of another wire type", "SignEOTS", Buffer.concat([bytes(1, UID), bytes(4, Buffer.of(5))])],
    [
      "a number that is longer than it must be",
      "SignEOTS",
      Buffer.concat([bytes(1, UID), Buffer.from("20850000", "hex")]),
    ],
    ["a number above 64 bits", "SignEOTS", Buffer.concat([bytes(1, UID), explicit(4, 2n ** 64n)])],
    ["a group", "SignEOTS", Buffer.concat([good, Buffer.from("0b0c", "hex")])],
    ["an end in a field", "SignEOTS", good.subarray(0, 50)],
    ["no message", "SignEOTS", Buffer.from("ffffffff", "hex")],
    ["a count above 32 bits", "CreateRandomnessPairList", explicit(4, 2n ** 32n)],
    ["a vote sent to the Schnorr method", "SignSchnorrSig", good],
    ["text that is no UTF-8", "UnlockKey", bytes(2, Buffer.of(0xff))],
    ["a body that should be empty", "Ping", good],
    ["an unknown field in an item", "SignBatchEOTS", bytes(3, whole(3, 1n))],
    ["a batch that ends in an item", "SignBatchEOTS", Buffer.from("1a05", "hex")],
    ["a batch with a length above 2^53", "SignBatchEOTS", Buffer.from("1affffffffffffffff7f", "hex")],
    ["a batch with a number without end", "SignBatchEOTS", Buffer.alloc(11, 0xff)],
    ["a batch with a group", "SignBatchEOTS", Buffer.from("1b1c", "hex")],
  ];
  for (const [name, method, body] of cases) test(name, () => refuses(method, body));

  test("a batch of more items than may be, before any is decoded", () => {
    const item = explicitBytes(3, Buffer.alloc(0));
    const most = Buffer.concat(Array.from({ length: 5000 }, () => item));
    assert.equal(readBatchBody(most, 5000).count, 5000);
    assert.throws(() => readBatchBody(most, 4999), RangeError);
  });

  test("any bytes: refused as malformed, or the message that encodes to them", () => {
    fc.assert(
      fc.property(fc.constantFrom(...METHODS), fc.uint8Array({ maxLength: 64 }), (method, body) => {
        try {
          decodeRequest(method, body);
          readBatchBody(Buffer.from(body), 1000);
        } catch (error) {
          assert.ok(error instanceof SignerError, String(error));
          assert.equal(error.code, "request.malformed");
        }
      }),
    );
  });
});

test("paths are the daemon's", () => {
  assert.deepEqual(
    METHODS.map(pathOf),
    METHODS.map((method) => `/proto.EOTSManager/${method}`),
  );
});

test("votes, as the field table says: heights to 2^64-1, zero absent or not, any chain id", () => {
  const chainId = fc.uint8Array({ maxLength: 70 });
  fc.assert(
    fc.property(
      chainId,
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.uint8Array(),
      (chain, height, message) => {
        const decoded = decodeRequest("SignEOTS", eotsBody(UID, chain, height, message));
        assert.deepEqual(Buffer.from(decoded.bytes("uid")), UID);
        assert.deepEqual(Buffer.from(decoded.bytes("chainId")), Buffer.from(chain));
        assert.deepEqual(Buffer.from(decoded.bytes("msg")), Buffer.from(message));
        assert.equal(decoded.whole("height"), height);
      },
    ),
  );
  assert.equal(decodeRequest("SignEOTS", explicit(4, 0n)).whole("height"), 0n);
});

test("batches keep their order", () => {
  const items = [3n, 0n, 2n ** 64n - 1n].map((height) => ({ height, message: MESSAGE }));
  const decoded = decodeRequest("SignBatchEOTS", batchBody(UID, CHAIN, items)).list("items");
  assert.deepEqual(
    decoded.map((item) => item.whole("height")),
    [3n, 0n, 2n ** 64n - 1n],
  );
});

/** The parts' items in order. @throws as `readBatchBody` and its parts */
function itemsOf(body: Buffer): (readonly [bigint, Uint8Array])[] {
  const batch = readBatchBody(body, 10_000);
  const parts = Array.from({ length: batch.parts }, (_, index) => batch.part(index));
  for (const part of parts) {
    assert.deepEqual(Buffer.from(part.bytes("uid")), UID);
    assert.ok(part.list("items").length <= PART_ITEMS);
  }
  const items = parts.flatMap((part) => part.list("items"));
  assert.equal(items.length, batch.count);
  return items.map((item) => [item.whole("height"), Buffer.from(item.bytes("msg"))]);
}

for (const count of [0, 1, PART_ITEMS - 1, PART_ITEMS, PART_ITEMS + 1, 3 * PART_ITEMS]) {
  test(`a batch of ${count} in parts has the items of the whole`, () => {
    const items = Array.from({ length: count }, (_, index) => ({
      height: BigInt(index) * 1000n,
      message: Buffer.alloc(index % 300, 3),
    }));
    assert.deepEqual(
      itemsOf(batchBody(UID, CHAIN, items)),
      items.map(({ height, message }) => [height, message]),
    );
  });
}

test("whatever follows the items, or stands in a part's item, is refused with its part", () => {
  const items = Array.from({ length: PART_ITEMS + 5 }, (_, index) => ({
    height: BigInt(index),
    message: MESSAGE,
  }));
  const body = batchBody(UID, CHAIN, items);
  const last = explicitBytes(3, whole(9, 1n));
  for (const wrong of [whole(4, 1n), bytes(1, UID), Buffer.of(0x1a), Buffer.from("1a05", "hex"), last]) {
    assert.throws(() => itemsOf(Buffer.concat([body, wrong])), SignerError, wrong.toString("hex"));
  }
});

test("randomness is encoded as the codec would", async () => {
  for (const count of [0, 1, 3, 8192, 8193]) {
    const values = Buffer.from(Array.from({ length: count * 32 }, (_, index) => (index * 7) % 256));
    const pubRandList = Array.from({ length: count }, (_, index) =>
      values.subarray(index * 32, index * 32 + 32),
    );
    const expected = encodeAnswer("CreateRandomnessPairList", { pubRandList });
    assert.ok((await encodeRandomness(values)).equals(expected), `${count} values`);
  }
});
