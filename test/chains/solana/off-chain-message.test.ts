/** `solana.message`: the envelope's exact bytes, and the transactions that nobody may have signed as a text. */
import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { test } from "node:test";
import { getTransferSolInstruction } from "@solana-program/system";
import {
  type Address,
  compileOffchainMessageEnvelope,
  offchainMessageApplicationDomain,
  offchainMessageContentUtf8Of1232BytesMax,
} from "@solana/kit";
import { base58 } from "@scure/base";
import fc from "fast-check";
import type { DecodedRequest } from "../../../src/chains/adapter.ts";
import type { ErrorCode } from "../../../src/domain/errors.ts";
import { hostileMessages } from "../../domain/messages/hostile.ts";
import { signInFields, signInText } from "../../domain/messages/sign-in.ts";
import { complete, decodeMessage, friend, own, refuses, text, wireOf } from "./fixtures.ts";
import { member } from "./json.ts";

const PREAMBLE_BYTES = 85;
const SIGNING_DOMAIN = Buffer.concat([Buffer.from([0xff]), Buffer.from("solana offchain")]);
const transfer = getTransferSolInstruction({ source: own.signer, destination: friend.address, amount: 5n });
const legacyWire = Buffer.from(wireOf([transfer], { version: "legacy" }), "base64");
const v0Wire = Buffer.from(wireOf([transfer]), "base64");
const MESSAGE_START = 65;

/** The version 0 envelope by the specification's layout, byte by byte. */
function envelope(
  format: number,
  content: string,
  signers: readonly Uint8Array[] = [own.record.publicKey],
): Buffer {
  const body = Buffer.from(content);
  return Buffer.concat([
    SIGNING_DOMAIN,
    Buffer.from([0]),
    Buffer.alloc(32),
    Buffer.from([format, signers.length]),
    ...signers,
    Buffer.from([body.length & 0xff, body.length >> 8]),
    body,
  ]);
}

function base64(bytes: Uint8Array): { base64: string } {
  return { base64: Buffer.from(bytes).toString("base64") };
}

function signedBytes(decoded: DecodedRequest): Buffer {
  const [payload, ...others] = decoded.payloads;
  assert.equal(others.length, 0);
  assert.ok(payload?.scheme === "ed25519");
  return Buffer.from(payload.message);
}

const both = [own.record.publicKey, friend.record.publicKey];
const REFUSED: readonly (readonly [string, unknown, ErrorCode, RegExp])[] = [
  ["a legacy transaction", base64(legacyWire), "transaction.refused", /is a transaction/],
  ["a legacy message", base64(legacyWire.subarray(MESSAGE_START)), "transaction.refused", /is a transaction/],
  ["a version 0 transaction", base64(v0Wire), "transaction.refused", /is a transaction/],
  ["a version 0 message", base64(v0Wire.subarray(MESSAGE_START)), "transaction.refused", /is a transaction/],
  ["no text", { text: "" }, "transaction.invalid", /from 1 to 65,535/],
  ["65,536 bytes", { text: "é".repeat(32_768) }, "transaction.invalid", /from 1 to 65,535/],
  ["half a surrogate pair", { text: "\ud800" }, "transaction.invalid", /surrogate/],
  ["NUL, which the codec drops", { text: "a\0b" }, "transaction.invalid", /NUL/],
  ["bytes that are no UTF-8", base64(new Uint8Array([0xc3, 0x28])), "transaction.invalid", /UTF-8/],
  ["URL-safe base64", { base64: "-_-_" }, "transaction.invalid", /base64/],
  ["text and base64", { text: "a", base64: "YQ==" }, "transaction.invalid", /either/],
  ["neither text nor base64", {}, "transaction.invalid", /either/],
  ["a bare string", "hello", "transaction.invalid", /either/],
  [
    "an envelope cut short",
    base64(envelope(0, "hello").subarray(0, -1)),
    "transaction.invalid",
    /not a valid/,
  ],
  ["an envelope with a trailing byte", base64(envelope(0, "hello\0")), "transaction.invalid", /not a valid/],
  ["an envelope whose ASCII is none", base64(envelope(0, "héllo")), "transaction.invalid", /not a valid/],
  ["an envelope of format 3", base64(envelope(3, "hello")), "transaction.invalid", /not a valid/],
  ["an envelope without signers", base64(envelope(0, "hello", [])), "transaction.invalid", /not a valid/],
  [
    "an envelope with one signer twice",
    base64(envelope(0, "a", [...both, ...both])),
    "transaction.invalid",
    /twice/,
  ],
  [
    "an envelope of other signers",
    base64(envelope(0, "hello", [friend.record.publicKey])),
    "transaction.refused",
    /does not need a signature/,
  ],
  [
    "an envelope of version 2",
    base64(Buffer.from(envelope(0, "hello")).fill(2, 16, 17)),
    "transaction.invalid",
    /not a valid/,
  ],
];

for (const [name, message, code, expected] of REFUSED) {
  test(`off-chain message: ${name}: ${code}`, () => {
    refuses(() => decodeMessage(message), code, expected);
  });
}

const longest = "x".repeat(1232 - PREAMBLE_BYTES);
const FORMATS: readonly (readonly [string, string, number, string])[] = [
  ["printable ASCII", "Sign in to example.org", 0, "restricted-ascii"],
  ["the longest ASCII that a hardware wallet can show", longest, 0, "restricted-ascii"],
  ["one byte more", `${longest}x`, 2, "utf-8-long"],
  ["a line break", "two\nlines", 1, "utf-8"],
  ["text beyond ASCII", "héllo ✌🏿", 1, "utf-8"],
  ["long text beyond ASCII", "é".repeat(700), 2, "utf-8-long"],
  ["65,535 bytes", "y".repeat(65_535), 2, "utf-8-long"],
];

for (const [name, content, format, formatName] of FORMATS) {
  test(`off-chain message version 0: ${name}: format ${format}`, () => {
    const expected = envelope(format, content);
    const decoded = decodeMessage({ text: content });
    assert.deepEqual(signedBytes(decoded), expected);
    assert.deepEqual(signedBytes(decodeMessage(base64(Buffer.from(content)))), expected);
    assert.deepEqual(signedBytes(decodeMessage(base64(expected))), expected);
    assert.equal(member(decoded.intent.solana, "format"), formatName);
    assert.equal(member(decoded.intent.solana, "message"), content);
  });
}

test("off-chain message: the answer has the signature and the envelope that it signs", () => {
  const { signature, signedMessage } = complete(decodeMessage({ text: "hello" }));
  const signed = Buffer.from(text(signedMessage), "base64");
  assert.deepEqual(signed, envelope(0, "hello"));
  assert.ok(verify(null, signed, createPublicKey(own.privateKey), base58.decode(text(signature))));
});

/** phantom/sign-in-with-solana, "Maximal Message Template", and CAIP-122's profile for Solana. */
const SIGN_IN = signInText("Solana", own.address);

for (const { name, message, cause } of hostileMessages(SIGN_IN)) {
  // No envelope carries NUL, bytes that are no text, or a mark at the beginning; those are refused before anyone judges them.
  if (typeof message !== "string" || /\0|^\ufeff/.test(message)) continue;
  test(`off-chain message: opaque: ${name}`, () => {
    assert.deepEqual(decodeMessage({ text: message }).intent.opaqueCauses, [cause]);
  });
}

test("off-chain message: opaque: a sign-in for another address", () => {
  const other = SIGN_IN.replace(own.address, friend.address);
  assert.deepEqual(decodeMessage({ text: other }).intent.opaqueCauses, ["unknownMessage"]);
});

test("off-chain message: any text: opaque, and policies see the whole of it", () => {
  const { intent, environment } = decodeMessage({ text: "hello" });
  assert.deepEqual(environment, { chainId: "solana", network: "any" });
  const { opaqueReason, ...rest } = intent;
  assert.match(opaqueReason ?? "", /none of the known forms/);
  assert.deepEqual(rest, {
    opaque: true,
    opaqueCauses: ["unknownMessage"],
    transfers: [],
    allowances: [],
    control: [],
    calls: [],
    solana: {
      version: 0,
      format: "restricted-ascii",
      applicationDomain: "11111111111111111111111111111111",
      message: "hello",
      signers: [own.address],
    },
  });
});

test("caip122: a sign-in is harmless in every envelope, and its fields are shown", () => {
  const version1 = compileOffchainMessageEnvelope({
    version: 1,
    content: SIGN_IN,
    requiredSignatories: signatories(own.address),
  });
  for (const message of [
    { text: SIGN_IN },
    base64(Buffer.from(SIGN_IN)),
    base64(new Uint8Array(version1.content)),
  ]) {
    const { intent } = decodeMessage(message);
    assert.equal(intent.opaque, false);
    assert.equal(intent.harmless, "a sign-in at example.org proves who holds the key, to that service");
    assert.equal(member(intent.solana, "message"), SIGN_IN);
    assert.deepEqual(member(intent.solana, "signIn"), signInFields("Solana", own.address));
  }
});

test("off-chain message: a finished envelope of several signers and an application domain is signed as it is", () => {
  const { content } = compileOffchainMessageEnvelope({
    version: 0,
    applicationDomain: offchainMessageApplicationDomain(friend.address),
    content: offchainMessageContentUtf8Of1232BytesMax("zwei\nZeilen"),
    requiredSignatories: signatories(friend.address, own.address),
  });
  const decoded = decodeMessage(base64(new Uint8Array(content)));
  assert.deepEqual(signedBytes(decoded), Buffer.from(new Uint8Array(content)));
  assert.equal(member(decoded.intent.solana, "applicationDomain"), friend.address);
  assert.deepEqual(member(decoded.intent.solana, "signers"), [friend.address, own.address]);
});

test("off-chain message: a finished version 1 envelope is signed as it is", () => {
  const { content } = compileOffchainMessageEnvelope({
    version: 1,
    content: "hello",
    requiredSignatories: signatories(friend.address, own.address),
  });
  const decoded = decodeMessage(base64(new Uint8Array(content)));
  assert.deepEqual(signedBytes(decoded), Buffer.from(new Uint8Array(content)));
  assert.equal(member(decoded.intent.solana, "version"), 1);
  assert.equal(member(decoded.intent.solana, "message"), "hello");
});

test("off-chain message: whatever the text, the signed bytes begin with the signing domain", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (content) => {
      fc.pre(!content.includes("\0") && !content.startsWith("\ufeff"));
      const bytes = signedBytes(decodeMessage({ text: content }));
      assert.deepEqual(bytes.subarray(0, 16), SIGNING_DOMAIN);
      assert.equal(bytes.subarray(PREAMBLE_BYTES).toString(), content);
    }),
  );
});

function signatories(...addresses: readonly Address[]) {
  return addresses.map((address) => ({ address }));
}
