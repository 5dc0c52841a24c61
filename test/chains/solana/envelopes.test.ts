/** `solana.message` in the envelopes of the command line and of version 1, byte by byte. Refusals first. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { address, getOffchainMessageEncoder } from "@solana/kit";
import type { DecodedRequest } from "../../../src/chains/adapter.ts";
import { solanaAdapter } from "../../../src/chains/solana/adapter.ts";
import type { ErrorCode } from "../../../src/domain/errors.ts";
import { signInText } from "../../domain/messages/sign-in.ts";
import { friend, own, refuses } from "./fixtures.ts";
import { member } from "./json.ts";

const SIGNING_DOMAIN = Buffer.concat([Buffer.of(0xff), Buffer.from("solana offchain")]);

/** As solana-sdk's offchain-message crate lays it out. */
function cli(format: number, content: string, length = Buffer.byteLength(content)): Buffer {
  const header = Buffer.of(0, format, length & 0xff, length >> 8);
  return Buffer.concat([SIGNING_DOMAIN, header, Buffer.from(content)]);
}

function v1(content: string, signers = [own.address]): Buffer {
  const requiredSignatories = signers.map((signer) => ({ address: address(signer) }));
  return Buffer.from(getOffchainMessageEncoder().encode({ version: 1, requiredSignatories, content }));
}

function decode(message: unknown, envelope?: string): DecodedRequest {
  const named = envelope === undefined ? {} : { envelope };
  return solanaAdapter.decode({ type: "solana.message", message, ...named }, own.record);
}
const base64 = (bytes: Uint8Array): { base64: string } => ({ base64: Buffer.from(bytes).toString("base64") });

function signed(decoded: DecodedRequest): string {
  const [payload] = decoded.payloads;
  assert.ok(payload?.scheme === "ed25519");
  return Buffer.from(payload.message).toString("hex");
}

/** Text whose command-line envelope is also one of version 0: format 1, then 29 + 1 + 1 + 32 + 2 bytes of its preamble. */
const TWO_READINGS = `${"d".repeat(29)}\u0000\u0001${"s".repeat(32)}\u0005\u0000hello`;

const REFUSED: readonly (readonly [string, unknown, string | undefined, ErrorCode, RegExp])[] = [
  ["an unknown envelope", { text: "a" }, "v2", "transaction.invalid", /one of v0, v1, cli/],
  ["cli: no text", { text: "" }, "cli", "transaction.invalid", /1 to 65,515/],
  ["cli: 65,516 bytes", { text: "x".repeat(65_516) }, "cli", "transaction.invalid", /1 to 65,515/],
  ["cli: no UTF-8", base64(Buffer.of(0xc3, 0x28)), "cli", "transaction.invalid", /UTF-8/],
  [
    "cli: finished, unnamed",
    base64(cli(0, "hello")),
    undefined,
    "transaction.invalid",
    /name the envelope in \/envelope/,
  ],
  [
    "cli: another format than the command's",
    base64(cli(1, "hello")),
    "cli",
    "transaction.invalid",
    /command line/,
  ],
  ["cli: ASCII that is none", base64(cli(0, "héllo")), "cli", "transaction.invalid", /command line/],
  [
    "cli: a length that is not the text's",
    base64(cli(0, "hello", 4)),
    "cli",
    "transaction.invalid",
    /command line/,
  ],
  ["cli: an envelope of version 1", base64(v1("hello")), "cli", "transaction.invalid", /command line/],
  ["cli: two readings", { text: TWO_READINGS }, "cli", "transaction.refused", /at once/],
  ["v0: an envelope of version 1", base64(v1("hello")), "v0", "transaction.invalid", /of version 1/],
  ["v1: no text", { text: "" }, "v1", "transaction.invalid", /from 1 to 65,535/],
  ["v1: 65,536 bytes", { text: "x".repeat(65_536) }, "v1", "transaction.invalid", /from 1 to 65,535/],
  ["v1: other signers", base64(v1("hello", [friend.address])), "v1", "transaction.refused", /does not need/],
  ["v1: cut short", base64(v1("hello").subarray(0, 30)), "v1", "transaction.invalid", /not a valid/],
];

describe("off-chain envelopes: refused", () => {
  for (const [name, message, envelope, code, expected] of REFUSED) {
    test(`${name}: ${code}`, () => refuses(() => decode(message, envelope), code, expected));
  }
});

describe("off-chain envelopes: the command line's", () => {
  const cases: readonly (readonly [string, string, number, string])[] = [
    ["printable ASCII", "Test Message", 0, "restricted-ascii"],
    ["text beyond ASCII", "Тестовое сообщение", 1, "utf-8"],
    ["a line break", "two\nlines", 1, "utf-8"],
    ["the longest that a hardware wallet shows", "x".repeat(1212), 0, "restricted-ascii"],
    ["one byte more", "x".repeat(1213), 2, "utf-8-long"],
    ["65,515 bytes", "y".repeat(65_515), 2, "utf-8-long"],
  ];
  for (const [name, content, format, formatName] of cases) {
    test(`${name}: format ${format}`, () => {
      const expected = cli(format, content);
      const decoded = decode({ text: content }, "cli");
      assert.equal(signed(decoded), expected.toString("hex"));
      assert.equal(signed(decode(base64(expected), "cli")), expected.toString("hex"));
      assert.equal(member(decoded.intent.solana, "envelope"), "cli");
      assert.equal(member(decoded.intent.solana, "format"), formatName);
      assert.equal(member(decoded.intent.solana, "message"), content);
      assert.deepEqual(decoded.intent.opaqueCauses, ["unknownMessage"]);
    });
  }

  test("Test Message, as solana-sdk's own test has it", () => {
    const bytes = [255, 115, 111, 108, 97, 110, 97, 32, 111, 102, 102, 99, 104, 97, 105, 110, 0, 0, 12, 0];
    const content = [84, 101, 115, 116, 32, 77, 101, 115, 115, 97, 103, 101];
    assert.equal(
      signed(decode({ text: "Test Message" }, "cli")),
      Buffer.from([...bytes, ...content]).toString("hex"),
    );
  });
});

describe("off-chain envelopes: version 1", () => {
  test("text is wrapped with this key as its signer; a finished one is signed as it is", () => {
    for (const content of ["hello", "héllo\n✌🏿", "y".repeat(65_535)]) {
      assert.equal(signed(decode({ text: content }, "v1")), v1(content).toString("hex"));
    }
    const both = v1("hello", [own.address, friend.address]);
    assert.equal(signed(decode(base64(both), "v1")), both.toString("hex"));
    assert.equal(signed(decode(base64(both))), both.toString("hex"));
  });

  test("a sign-in is one in every envelope", () => {
    const text = signInText("Solana", own.address);
    for (const envelope of ["v0", "v1", "cli"]) {
      const { intent } = decode({ text }, envelope);
      assert.equal(intent.opaque, false, envelope);
      assert.ok(member(intent.solana, "signIn"), envelope);
    }
  });
});
