/** What `solana.transaction` refuses: each spelling that a library would accept and a cluster would not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { getTransferSolInstruction } from "@solana-program/system";
import { getSetComputeUnitPriceInstruction } from "@solana-program/compute-budget";
import { getCreateAssociatedTokenIdempotentInstruction } from "@solana-program/token";
import { AccountRole, type Instruction } from "@solana/kit";
import { solanaAdapter } from "../../../src/chains/solana/adapter.ts";
import type { ErrorCode } from "../../../src/domain/errors.ts";
import {
  BLOCKHASH,
  complete,
  decodeTransaction,
  friend,
  own,
  refuses,
  stranger,
  text,
  wireOf,
} from "./fixtures.ts";

const SLOT_BYTES = 64;
const transfer = getTransferSolInstruction({ source: own.signer, destination: friend.address, amount: 5n });

/** Legacy transfer: one slot, header 1/0/1, accounts own, friend, System. */
const legacy = Buffer.from(wireOf([transfer], { version: "legacy" }), "base64");
const HEADER = 1 + SLOT_BYTES;
const KEYS = HEADER + 4;
const INSTRUCTION = KEYS + 3 * 32 + 32 + 1;

function changed(offset: number, ...bytes: readonly number[]): string {
  const copy = Buffer.from(legacy);
  copy.set(bytes, offset);
  return copy.toString("base64");
}

/** `remove` bytes at `offset` replaced by `insert`. */
function spliced(offset: number, remove: number, ...insert: readonly number[]): string {
  return Buffer.concat([
    legacy.subarray(0, offset),
    Buffer.from(insert),
    legacy.subarray(offset + remove),
  ]).toString("base64");
}

const otherProgram: Instruction = {
  programAddress: stranger.address,
  accounts: [{ address: own.address, role: AccountRole.WRITABLE_SIGNER }],
  data: new Uint8Array(1100),
};
const price = getSetComputeUnitPriceInstruction({ microLamports: 1n });
const falseAssociated = getCreateAssociatedTokenIdempotentInstruction({
  payer: own.signer,
  ata: stranger.address,
  owner: friend.address,
  mint: stranger.address,
});

const REFUSED: readonly (readonly [string, string, ErrorCode, RegExp])[] = [
  ["URL-safe base64", "-_-_", "transaction.invalid", /base64/],
  ["nothing", "", "transaction.invalid", /empty/],
  ["no signature slots", changed(0, 0), "transaction.invalid", /number of signature slots/],
  ["a count in two bytes", spliced(0, 1, 0x82, 0x00), "transaction.invalid", /number of signature slots/],
  ["a version 1 transaction", changed(0, 0x81), "transaction.invalid", /version 1 is not supported/],
  ["only slots", legacy.subarray(0, HEADER).toString("base64"), "transaction.invalid", /signature slots/],
  ["a version 1 message", spliced(HEADER, 0, 0x81), "transaction.invalid", /message version 1 is not/],
  ["a version 2 message", spliced(HEADER, 0, 0x82), "transaction.invalid", /message version 2 is not/],
  ["version 127", spliced(HEADER, 0, 0xff), "transaction.invalid", /message version 127 is not/],
  ["a trailing byte", spliced(legacy.length, 0, 0), "transaction.invalid", /trailing bytes/],
  [
    "a cut message",
    legacy.subarray(0, -1).toString("base64"),
    "transaction.invalid",
    /not a complete|cut short/,
  ],
  ["a long account count", spliced(HEADER + 3, 1, 0x83, 0x00), "transaction.invalid", /shortest form/],
  [
    "a long instruction count",
    spliced(INSTRUCTION - 1, 1, 0x81, 0x00),
    "transaction.invalid",
    /shortest form/,
  ],
  ["a long data length", spliced(INSTRUCTION + 4, 1, 0x8c, 0x00), "transaction.invalid", /shortest form/],
  [
    "two slots for one signer",
    spliced(0, 1, 2, ...new Uint8Array(64)),
    "transaction.invalid",
    /has 2 signature/,
  ],
  ["a read-only fee payer", changed(HEADER + 1, 1), "transaction.invalid", /fee payer/],
  ["no signer in the header", changed(HEADER, 0), "transaction.invalid", /fee payer/],
  ["more read-only accounts than accounts", changed(HEADER + 2, 3), "transaction.invalid", /header/],
  ["more signers than accounts", changed(HEADER, 4), "transaction.invalid", /header/],
  ["the same account twice", changed(KEYS + 32, ...own.record.publicKey), "transaction.invalid", /twice/],
  ["the fee payer as the program", changed(INSTRUCTION, 0), "transaction.invalid", /fee payer cannot/],
  ["a program beyond the accounts", changed(INSTRUCTION, 3), "transaction.invalid", /own accounts/],
  ["an account beyond the accounts", changed(INSTRUCTION + 3, 3), "transaction.invalid", /does not have/],
  ["1,233 bytes", wireOfSize(1233), "transaction.invalid", /at most 1232 bytes/],
  ["65 instructions", manyInstructions(65), "transaction.invalid", /more than 64 instructions/],
  ["a bid made twice", wireOf([price, price]), "transaction.invalid", /more than once/],
  [
    "a bid with trailing bytes, which a cluster would charge",
    wireOf([{ ...price, data: new Uint8Array([...price.data, 0]) }]),
    "transaction.invalid",
    /compute-budget instruction/,
  ],
  ["an associated account of someone else", wireOf([falseAssociated]), "transaction.invalid", /its owner's/],
  [
    "a transaction of other signers",
    wireOf([getTransferSolInstruction({ source: friend.signer, destination: own.address, amount: 5n })], {
      feePayer: friend.address,
    }),
    "transaction.refused",
    /does not need a signature/,
  ],
];

/** A transaction of exactly `size` bytes, by the length of one instruction's data. */
function wireOfSize(size: number): string {
  const short = Buffer.from(wireWithData(1000), "base64").length;
  return wireWithData(1000 + size - short);
}

function wireWithData(length: number): string {
  return wireOf([{ ...otherProgram, data: new Uint8Array(length) }]);
}

/** A legacy message with `count` empty instructions of one unknown program. */
function manyInstructions(count: number): string {
  const program = Buffer.from(stranger.record.publicKey);
  const instructions = Array.from({ length: count }, () => Buffer.from([1, 0, 0]));
  return Buffer.concat([
    Buffer.from([1]),
    Buffer.alloc(SLOT_BYTES),
    Buffer.from([1, 0, 1, 2]),
    Buffer.from(own.record.publicKey),
    program,
    Buffer.alloc(32, 7),
    Buffer.from([count]),
    ...instructions,
  ]).toString("base64");
}

for (const [name, transaction, code, message] of REFUSED) {
  test(`solana.transaction: ${name}: ${code}`, () => {
    refuses(() => decodeTransaction(transaction), code, message);
  });
}

test("solana.transaction: a value that is no text is refused", () => {
  refuses(
    () => solanaAdapter.decode({ type: "solana.transaction", transaction: 5 }, own.record),
    "transaction.invalid",
    /base64/,
  );
});

test("solana: a request of another chain is refused", () => {
  refuses(() => solanaAdapter.decode({ type: "bitcoin.psbt" }, own.record), "request.malformed", /^\/type/);
});

test("solana.transaction: the unchanged message, 1,232 bytes and 64 instructions are taken", () => {
  assert.equal(decodeTransaction(legacy.toString("base64")).payloads.length, 1);
  assert.equal(decodeTransaction(wireOfSize(1232)).intent.opaque, true);
  assert.equal(decodeTransaction(manyInstructions(64)).intent.calls.length, 64);
});

test("solana.transaction: signs the message alone, in our own slot, and keeps the others' signatures", () => {
  const wire = Buffer.from(
    wireOf(
      [transfer, getTransferSolInstruction({ source: friend.signer, destination: own.address, amount: 1n })],
      {
        feePayer: friend.address,
        lifetime: BLOCKHASH,
      },
    ),
    "base64",
  );
  assert.equal(wire[0], 2);
  wire.fill(0xab, 1, 1 + SLOT_BYTES);
  const decoded = decodeTransaction(wire.toString("base64"));
  const [payload] = decoded.payloads;
  assert.ok(payload?.scheme === "ed25519");
  assert.deepEqual(Buffer.from(payload.message), wire.subarray(1 + 2 * SLOT_BYTES));
  const { signedTransaction } = complete(decoded);
  const signed = Buffer.from(text(signedTransaction), "base64");
  assert.deepEqual(signed.subarray(0, 1 + SLOT_BYTES), wire.subarray(0, 1 + SLOT_BYTES));
  assert.notDeepEqual(signed.subarray(1 + SLOT_BYTES, 1 + 2 * SLOT_BYTES), Buffer.alloc(SLOT_BYTES));
  assert.deepEqual(signed.subarray(1 + 2 * SLOT_BYTES), wire.subarray(1 + 2 * SLOT_BYTES));
});

test("solana.transaction: the draft survives the way between threads", () => {
  const decoded = decodeTransaction(legacy.toString("base64"));
  assert.deepEqual(complete(structuredClone(decoded)), complete(decoded));
});
