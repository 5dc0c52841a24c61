/** Random transactions against a second implementation (web3.js version 1), and random bytes against nothing but us. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AddressLookupTableAccount,
  PublicKey,
  TransactionInstruction,
  TransactionMessage,
  VersionedTransaction,
} from "@solana/web3.js";
import { getTransferSolInstruction } from "@solana-program/system";
import { getTransferCheckedInstruction } from "@solana-program/token";
import fc from "fast-check";
import { SignerError } from "../../../src/domain/errors.ts";
import type { Intent } from "../../../src/domain/intent.ts";
import {
  BLOCKHASH,
  complete,
  decodeMessage,
  decodeTransaction,
  friend,
  own,
  text,
  wireOf,
} from "./fixtures.ts";
import { member } from "./json.ts";

const WIRE_LIMIT = 1232;
/** System, Token, Token-2022, Associated Token and Memo, so that readers meet random data too. */
const KNOWN_PROGRAMS = [
  "11111111111111111111111111111111",
  "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA",
  "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb",
  "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr",
];

const ownKey = new PublicKey(own.record.publicKey);
const table = new AddressLookupTableAccount({
  key: new PublicKey(Buffer.alloc(32, 99)),
  state: {
    deactivationSlot: 2n ** 64n - 1n,
    lastExtendedSlot: 0,
    lastExtendedSlotStartIndex: 0,
    addresses: Array.from({ length: 8 }, (_, index) => new PublicKey(Buffer.alloc(32, 100 + index))),
  },
});

/** Few different keys, so that instructions share accounts; those from 100 stand in the lookup table. */
const account = fc.integer({ min: 1, max: 107 }).map((byte) => new PublicKey(Buffer.alloc(32, byte)));
const meta = fc.record({ pubkey: account, isSigner: fc.boolean(), isWritable: fc.boolean() });
const program = fc.oneof(
  fc.constantFrom(...KNOWN_PROGRAMS).map((address) => new PublicKey(address)),
  fc.integer({ min: 200, max: 210 }).map((byte) => new PublicKey(Buffer.alloc(32, byte))),
);
const instruction = fc
  .record({
    programId: program,
    keys: fc.array(meta, { maxLength: 6 }),
    data: fc.uint8Array({ maxLength: 24 }),
  })
  .map(
    ({ programId, keys, data }) => new TransactionInstruction({ programId, keys, data: Buffer.from(data) }),
  );

/** How the message is compiled: legacy, version 0, or version 0 with the lookup table. */
const form = fc.constantFrom("legacy", "v0", "tables");

test("web3.js: random messages have the same accounts, roles, instructions and lookups, and stay the same", () => {
  fc.assert(
    fc.property(fc.array(instruction, { minLength: 1, maxLength: 5 }), form, (instructions, wanted) => {
      const transaction = compile(instructions, wanted);
      const wire = serialize(transaction);
      fc.pre(wire !== undefined && wire.length <= WIRE_LIMIT);
      assert.ok(wire);
      const decoded = decodeTransaction(
        Buffer.from(wire).toString("base64"),
        own,
        broughtTables(transaction),
      );
      assert.deepEqual(member(decoded.intent.solana, "accounts"), expectedAccounts(transaction));
      assert.deepEqual(shownInstructions(decoded.intent), expectedInstructions(transaction));
      assert.equal(member(decoded.intent.solana, "lifetimeToken"), transaction.message.recentBlockhash);
      assert.equal(
        decoded.intent.opaque || decoded.intent.calls.every((call) => call.function !== undefined),
        true,
      );
      if (transaction.message.addressTableLookups.length > 0) assert.equal(decoded.intent.opaque, true);
      const signed = VersionedTransaction.deserialize(
        Buffer.from(text(complete(decoded)["signedTransaction"]), "base64"),
      );
      assert.deepEqual(signed.message, VersionedTransaction.deserialize(wire).message);
      assert.notDeepEqual(signed.signatures[0], new Uint8Array(64));
    }),
    { numRuns: 150 },
  );
});

/** web3.js writes messages into 2,048 bytes and throws where one is longer; none of those is a transaction anyway. */
function serialize(transaction: VersionedTransaction): Uint8Array | undefined {
  try {
    return transaction.serialize();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function compile(instructions: TransactionInstruction[], wanted: string): VersionedTransaction {
  const message = new TransactionMessage({ payerKey: ownKey, recentBlockhash: BLOCKHASH, instructions });
  if (wanted === "legacy") return new VersionedTransaction(message.compileToLegacyMessage());
  return new VersionedTransaction(message.compileToV0Message(wanted === "tables" ? [table] : []));
}

function broughtTables({ message }: VersionedTransaction) {
  return message.addressTableLookups.map(({ accountKey }) => ({
    address: accountKey.toBase58(),
    addresses: table.state.addresses.map((address) => address.toBase58()),
  }));
}

function expectedAccounts({ message }: VersionedTransaction) {
  const keys = message.getAccountKeys({ addressLookupTableAccounts: [table] });
  return keys
    .keySegments()
    .flat()
    .map((key, index) => ({
      address: key.toBase58(),
      signer: message.isAccountSigner(index),
      writable: message.isAccountWritable(index),
      ...(index < keys.staticAccountKeys.length ? {} : { table: table.key.toBase58() }),
    }));
}

function expectedInstructions({ message }: VersionedTransaction) {
  return message.compiledInstructions.map(({ programIdIndex, accountKeyIndexes, data }) => ({
    program: message.staticAccountKeys[programIdIndex]?.toBase58(),
    data: `0x${Buffer.from(data).toString("hex")}`,
    accounts: { accounts: [...accountKeyIndexes] },
  }));
}

/** Programs and data stand in the calls, accounts in the chain's detail. */
function shownInstructions({ calls, solana }: Intent) {
  const accounts = member(solana, "instructions");
  assert.ok(Array.isArray(accounts) && accounts.length === calls.length);
  return calls.map(({ to, data }, index) => ({ program: to, data, accounts: accounts[index] }));
}

const wires = [
  wireOf([getTransferSolInstruction({ source: own.signer, destination: friend.address, amount: 5n })]),
  wireOf(
    [
      getTransferSolInstruction({ source: friend.signer, destination: own.address, amount: 5n }),
      getTransferCheckedInstruction({
        source: friend.address,
        mint: own.address,
        destination: friend.address,
        authority: own.signer,
        amount: 1n,
        decimals: 6,
      }),
    ],
    { version: "legacy" },
  ),
].map((wire) => Buffer.from(wire, "base64"));

test("bit flips: every one is refused with a code, or read as the other transaction that it is", () => {
  for (const wire of wires) {
    for (let bit = 0; bit < wire.length * 8; bit += 1) {
      const flipped = Buffer.from(wire);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      readsOrRefuses(() => {
        const [payload] = decodeTransaction(flipped.toString("base64")).payloads;
        assert.ok(payload?.scheme === "ed25519");
        assert.ok(flipped.subarray(flipped.length - payload.message.length).equals(payload.message));
      });
    }
  }
});

test("random bytes: nothing but a SignerError is thrown", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const encoded = Buffer.from(bytes).toString("base64");
      readsOrRefuses(() => decodeTransaction(encoded));
      readsOrRefuses(() => decodeMessage({ base64: encoded }));
    }),
    { numRuns: 500 },
  );
});

test("random changes of real transactions and envelopes: nothing but a SignerError is thrown", () => {
  const envelope = Buffer.from(text(complete(decodeMessage({ text: "hello" }))["signedMessage"]), "base64");
  const change = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(
    fc.property(
      fc.constantFrom(...wires, envelope),
      change,
      fc.nat({ max: 40 }),
      (original, changes, cut) => {
        const bytes = Buffer.from(original.subarray(0, original.length - cut));
        for (const [position, value] of changes) bytes[position % bytes.length] = value;
        readsOrRefuses(() => decodeTransaction(bytes.toString("base64")));
        readsOrRefuses(() => decodeMessage({ base64: bytes.toString("base64") }));
      },
    ),
    { numRuns: 1000 },
  );
});

test("random JSON in place of a transaction or a message: nothing but a SignerError is thrown", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      readsOrRefuses(() => decodeMessage(value));
      readsOrRefuses(() => decodeMessage({ text: value }));
      readsOrRefuses(() => decodeTransaction(typeof value === "string" ? value : JSON.stringify(value)));
    }),
  );
});

function readsOrRefuses(action: () => unknown): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof SignerError)) throw error;
  }
}
