/** The published cases of kit's compiled message codec: what Claviger decodes, it encodes to the same bytes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeMessage, encodeMessage } from "../../../src/chains/solana/message.ts";
import { readVectors, skipWithout } from "../../vectors.ts";
import { decodeMessage as decodeOffChainMessage, refuses } from "./fixtures.ts";

interface VectorCase {
  readonly name: string;
  readonly version: "legacy" | number;
  readonly bytesHex: string;
  readonly message: unknown;
}

function isVectorFile(value: unknown): value is { readonly cases: readonly VectorCase[] } {
  return typeof value === "object" && value !== null && "cases" in value && Array.isArray(value.cases);
}

const file = readVectors("solana", "kit-message-codec.json");
const cases = isVectorFile(file) ? file.cases : [];
const skip = skipWithout("solana");

test("kit message codec: all 15 cases are there", { skip }, () => {
  assert.equal(cases.length, 15);
});

for (const vector of cases.filter((example) => example.version === 1)) {
  const bytes = new Uint8Array(Buffer.from(vector.bytesHex, "hex"));
  test(`kit message codec, version 1: ${vector.name}: is refused by name`, () => {
    refuses(() => decodeMessage(bytes), "transaction.invalid", /message version 1 is not supported/);
  });
  test(`kit message codec, version 1: ${vector.name}: is no off-chain message either`, () => {
    const base64 = Buffer.from(bytes).toString("base64");
    refuses(() => decodeOffChainMessage({ base64 }), "transaction.refused", /is a transaction/);
  });
}

for (const vector of cases.filter((example) => example.version !== 1)) {
  const bytes = new Uint8Array(Buffer.from(vector.bytesHex, "hex"));
  test(`kit message codec, version ${vector.version}: ${vector.name}`, () => {
    const message = decodeMessage(bytes);
    assert.deepEqual(plain(message), vector.message);
    assert.deepEqual(encodeMessage(message), bytes);
  });
  test(`kit message codec, version ${vector.version}: ${vector.name}: a trailing byte is refused`, () => {
    const longer = new Uint8Array([...bytes, 0]);
    refuses(() => decodeMessage(longer), "transaction.invalid", /trailing bytes/);
  });
  test(`kit message codec, version ${vector.version}: ${vector.name}: a missing byte is refused`, () => {
    refuses(
      () => decodeMessage(bytes.slice(0, -1)),
      "transaction.invalid",
      /not a complete Solana message|is cut short/,
    );
  });
}

/** Bytes as in the vectors, key order aside. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, member: unknown) =>
      member instanceof Uint8Array ? { bytesHex: Buffer.from(member).toString("hex") } : member,
    ),
  );
}
