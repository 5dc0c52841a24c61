/** `solana.rawMessage`: bytes signed as they are, never those of a transaction in any format. Refusals first. */
import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { describe, test } from "node:test";
import { base58 } from "@scure/base";
import { getTransferSolInstruction } from "@solana-program/system";
import {
  appendTransactionMessageInstruction,
  blockhash,
  compileTransaction,
  createTransactionMessage,
  getTransactionEncoder,
  pipe,
  setTransactionMessageFeePayer,
  setTransactionMessageLifetimeUsingBlockhash,
} from "@solana/kit";
import fc from "fast-check";
import type { DecodedRequest } from "../../../src/chains/adapter.ts";
import { solanaAdapter } from "../../../src/chains/solana/adapter.ts";
import type { ErrorCode } from "../../../src/domain/errors.ts";
import { SignerError } from "../../../src/domain/errors.ts";
import { hostileMessages } from "../../domain/messages/hostile.ts";
import { signInText } from "../../domain/messages/sign-in.ts";
import { complete, friend, own, refuses, text, wireOf } from "./fixtures.ts";
import { member } from "./json.ts";

const transfer = getTransferSolInstruction({ source: own.signer, destination: friend.address, amount: 5n });
const foreign = getTransferSolInstruction({ source: friend.signer, destination: own.address, amount: 5n });
const legacy = Buffer.from(wireOf([transfer], { version: "legacy" }), "base64");
const v0 = Buffer.from(wireOf([transfer]), "base64");
const MESSAGE_START = 65;
const v1 = Buffer.from(
  getTransactionEncoder().encode(
    compileTransaction(
      pipe(
        createTransactionMessage({ version: 1 }),
        (message) => setTransactionMessageFeePayer(own.address, message),
        (message) =>
          setTransactionMessageLifetimeUsingBlockhash(
            { blockhash: blockhash(friend.address), lastValidBlockHeight: 9n },
            message,
          ),
        (message) => appendTransactionMessageInstruction(transfer, message),
      ),
    ),
  ),
);

function decode(message: unknown): DecodedRequest {
  return solanaAdapter.decode({ type: "solana.rawMessage", message }, own.record);
}
const base64 = (bytes: Uint8Array): { base64: string } => ({ base64: Buffer.from(bytes).toString("base64") });

const TRANSACTION = /is a transaction|versioned transaction|own 32 bytes/;
const REFUSED: readonly (readonly [string, unknown, ErrorCode, RegExp])[] = [
  ["a legacy transaction", base64(legacy), "transaction.refused", TRANSACTION],
  ["a legacy message", base64(legacy.subarray(MESSAGE_START)), "transaction.refused", TRANSACTION],
  [
    "a legacy message cut short",
    base64(legacy.subarray(MESSAGE_START, -1)),
    "transaction.refused",
    /own 32 bytes/,
  ],
  [
    "a legacy message with a byte behind it",
    base64(Buffer.concat([legacy.subarray(MESSAGE_START), Buffer.of(0)])),
    "transaction.refused",
    /own 32 bytes/,
  ],
  ["a version 0 transaction", base64(v0), "transaction.refused", TRANSACTION],
  ["a version 0 message", base64(v0.subarray(MESSAGE_START)), "transaction.refused", TRANSACTION],
  ["a version 1 transaction", base64(v1), "transaction.refused", TRANSACTION],
  ["a version 1 message", base64(v1.subarray(0, -64)), "transaction.refused", TRANSACTION],
  [
    "a message of a version to come",
    base64(Buffer.concat([Buffer.of(0x82), Buffer.from("later")])),
    "transaction.refused",
    /begins as a versioned transaction/,
  ],
  [
    "the key's bytes in some other format",
    base64(Buffer.concat([Buffer.from("tx"), own.record.publicKey, Buffer.from("end")])),
    "transaction.refused",
    /own 32 bytes/,
  ],
  [
    "another's transaction, which this key does not sign",
    base64(Buffer.from(wireOf([foreign], { feePayer: friend.address }), "base64").subarray(MESSAGE_START)),
    "transaction.refused",
    TRANSACTION,
  ],
  [
    "an off-chain envelope",
    base64(Buffer.concat([Buffer.of(0xff), Buffer.from("solana offchain\0\0\u0005\0hello")])),
    "transaction.invalid",
    /send it as solana\.message/,
  ],
  ["no bytes", { text: "" }, "transaction.invalid", /1 to 65535 bytes/],
  ["65,536 bytes", { text: "x".repeat(65_536) }, "transaction.invalid", /1 to 65535 bytes/],
  ["text and base64", { text: "a", base64: "YQ==" }, "transaction.invalid", /either/],
  ["half a surrogate pair", { text: "\ud800" }, "transaction.invalid", /surrogate/],
];

describe("solana.rawMessage: refused", () => {
  for (const [name, message, code, expected] of REFUSED) {
    test(`${name}: ${code}`, () => refuses(() => decode(message), code, expected));
  }

  test("every transaction of this key, whatever it does", () => {
    const choices = fc.record({
      version: fc.constantFrom("legacy" as const, 0 as const),
      amounts: fc.array(fc.bigInt({ min: 0n, max: 1n << 62n }), { minLength: 1, maxLength: 6 }),
      cut: fc.nat({ max: 3 }),
    });
    fc.assert(
      fc.property(choices, ({ version, amounts, cut }) => {
        const instructions = amounts.map((amount) =>
          getTransferSolInstruction({ source: own.signer, destination: friend.address, amount }),
        );
        const wire = Buffer.from(wireOf(instructions, { version }), "base64").subarray(MESSAGE_START);
        assert.throws(
          () => decode(base64(wire.subarray(0, wire.length - cut))),
          (error) => error instanceof SignerError && error.code === "transaction.refused",
        );
      }),
      { numRuns: 40 },
    );
  });
});

describe("solana.rawMessage: signed", () => {
  const signIn = signInText("Solana", own.address);

  test("a sign-in for the key's own address is harmless, and signed without an envelope", () => {
    const decoded = decode({ text: signIn });
    assert.deepEqual([decoded.intent.opaque, decoded.intent.opaqueCauses], [false, []]);
    assert.equal(member(decoded.intent.solana, "envelope"), "none");
    assert.equal(member(decoded.intent.solana, "message"), signIn);
    assert.ok(member(decoded.intent.solana, "signIn"));
    const { signature, signedMessage } = complete(decoded);
    assert.equal(Buffer.from(text(signedMessage), "base64").toString(), signIn);
    const publicKey = createPublicKey(own.privateKey);
    assert.ok(verify(null, Buffer.from(signIn), publicKey, base58.decode(text(signature))));
  });

  test("a sign-in for another's address is opaque", () => {
    assert.deepEqual(decode({ text: signInText("Solana", friend.address) }).intent.opaqueCauses, [
      "unknownMessage",
      "rawMessage",
    ]);
  });

  for (const { name, message, cause } of hostileMessages(signIn)) {
    if (message.length === 0) continue;
    const bytes = typeof message === "string" ? undefined : message;
    if ((bytes?.[0] ?? 0) >= 0x80) {
      test(`refused, since it begins as a transaction may: ${name}`, () =>
        refuses(() => decode(base64(Buffer.from(bytes ?? []))), "transaction.refused", /begins as/));
      continue;
    }
    test(`opaque: ${name}`, () => {
      const { intent } = decode(typeof message === "string" ? { text: message } : base64(message));
      assert.deepEqual(intent.opaqueCauses, [cause, "rawMessage"]);
    });
  }

  test("text may begin beyond ASCII, and bytes need not be text", () => {
    assert.equal(member(decode({ text: "é" }).intent.solana, "message"), "é");
    assert.deepEqual(member(decode(base64(Buffer.of(0x01, 0xff))).intent.solana, "message"), {
      hex: "0x01ff",
    });
  });
});
