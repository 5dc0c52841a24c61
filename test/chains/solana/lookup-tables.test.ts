/** Address lookup tables: the program that makes them, and their contents as requests bring them. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { AddressLookupTableProgram, PublicKey } from "@solana/web3.js";
import { getTransferInstruction, TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { AccountRole, type Address, type Instruction } from "@solana/kit";
import { solanaAdapter } from "../../../src/chains/solana/adapter.ts";
import type { Intent } from "../../../src/domain/intent.ts";
import { decodeTransaction, friend, intentOf, own, refuses, testKey, wireOf } from "./fixtures.ts";
import { member } from "./json.ts";
import { fromWeb3 } from "./web3.ts";

// The compiler sorts tables.
const first = testKey(71).address;
const second = testKey(70).address;
const source = testKey(72).address;
const destination = testKey(73).address;
const filler = testKey(74).address;
const contents = [filler, source, destination];

interface Table {
  readonly address: string;
  readonly addresses: readonly string[];
}

/** A token transfer of ours whose source stands in the first table and whose destination in the second. */
const transfer: Instruction = {
  programAddress: TOKEN_PROGRAM_ADDRESS,
  accounts: [
    { address: source, role: AccountRole.WRITABLE, lookupTableAddress: first, addressIndex: 1 },
    { address: destination, role: AccountRole.WRITABLE, lookupTableAddress: second, addressIndex: 2 },
    { address: own.address, role: AccountRole.READONLY_SIGNER },
  ],
  data: getTransferInstruction({ source, destination, authority: own.signer, amount: 5n }).data,
};

function decoded(lookupTables: unknown, instruction = transfer): Intent {
  return decodeTransaction(wireOf([instruction]), own, lookupTables).intent;
}

const both: readonly Table[] = [
  { address: first, addresses: contents },
  { address: second, addresses: contents },
];

const REFUSED: readonly (readonly [why: string, tables: unknown, field: string])[] = [
  ["no list", {}, "/lookupTables"],
  ["no table", [1], "/lookupTables/0"],
  [
    "a table that the message does not use",
    [...both, { address: filler, addresses: contents }],
    "/lookupTables/2/address",
  ],
  ["a table twice", [...both, both[0]], "/lookupTables/2/address"],
  [
    "an address that is none",
    [{ address: first, addresses: [filler, "1111"] }],
    "/lookupTables/0/addresses/1",
  ],
  ["an address that is no text", [{ address: first, addresses: [null] }], "/lookupTables/0/addresses/0"],
  [
    "more addresses than a table can have",
    [{ address: first, addresses: Array.from({ length: 257 }, () => filler) }],
    "/lookupTables/0/addresses",
  ],
  ["a position beyond the table", [{ address: first, addresses: [filler] }], "/lookupTables/0/addresses"],
  [
    "an account that the message names",
    [{ address: first, addresses: [filler, own.address] }],
    "/lookupTables/0/addresses/1",
  ],
  [
    "an account that another table gives",
    [
      { address: first, addresses: contents },
      { address: second, addresses: [filler, filler, source] },
    ],
    "/lookupTables/1/addresses/2",
  ],
];

for (const [why, tables, field] of REFUSED) {
  test(`lookupTables: ${why}: transaction.invalid at ${field}`, () => {
    refuses(() => decoded(tables), "transaction.invalid", new RegExp(`^${field}: `));
  });
}

test("lookupTables: a legacy message uses none", () => {
  const transaction = wireOf([], { version: "legacy" });
  refuses(
    () => decodeTransaction(transaction, own, both),
    "transaction.invalid",
    /not a table that the message uses/,
  );
});

test("lookupTables: the intent is read through them, and stays opaque", () => {
  const intent = decoded(both);
  assert.deepEqual(intent.opaqueCauses, ["lookup_table"]);
  assert.match(intent.opaqueReason ?? "", /the request brought/);
  assert.deepEqual(intent.transfers, [
    { asset: `spl-account:${source}`, from: own.address, to: destination, amount: "5", ownChange: false },
  ]);
  const digest = digestOf(contents);
  assert.deepEqual(member(intent.solana, "addressLookupTables"), [
    { table: first, digest, count: 3, writable: [1], readonly: [] },
    { table: second, digest, count: 3, writable: [2], readonly: [] },
  ]);
  const accounts = member(intent.solana, "accounts");
  assert.ok(Array.isArray(accounts));
  assert.deepEqual(accounts.slice(-2), [
    { address: source, signer: false, writable: true, table: first },
    { address: destination, signer: false, writable: true, table: second },
  ]);
});

test("lookupTables: what is writable comes before what is not, whatever the table", () => {
  const accounts = transfer.accounts ?? [];
  const readonlyFirst = accounts.map((account, index) =>
    index === 0 ? { ...account, role: AccountRole.READONLY } : account,
  );
  const intent = decoded(both, { ...transfer, accounts: readonlyFirst });
  assert.equal(member(intent.calls[0]?.args, "source"), source);
  assert.equal(member(intent.calls[0]?.args, "destination"), destination);
});

test("lookupTables: one that is missing leaves its accounts unresolved", () => {
  const intent = decoded(both.slice(1));
  assert.deepEqual(intent.opaqueCauses, ["unresolvedAccounts", "lookup_table"]);
  assert.equal(intent.calls[0]?.function, undefined);
  assert.deepEqual(intent.transfers, []);
  assert.deepEqual(decoded([]).opaqueCauses, ["unresolvedAccounts"]);
});

test("lookupTables: reading them runs off the main thread", () => {
  assert.equal(solanaAdapter.isHeavy?.({ type: "solana.transaction", lookupTables: [] }), true);
  assert.equal(solanaAdapter.isHeavy?.({ type: "solana.transaction" }), false);
});

const ours = new PublicKey(own.address);
const theirs = new PublicKey(friend.address);
const lookupTable = new PublicKey(first);

test("addressLookupTable.createLookupTable: whose it is, and its rent", () => {
  for (const [authority, control] of [
    [ours, []],
    [theirs, ["authority"]],
  ] as const) {
    const [create] = AddressLookupTableProgram.createLookupTable({ authority, payer: ours, recentSlot: 1 });
    const intent = intentOf(fromWeb3(create));
    assert.equal(intent.opaque, false);
    assert.deepEqual(
      intent.control.map(({ what }) => what),
      control,
    );
    assert.equal(intent.fee?.max, (BigInt(authority === ours ? 5000 : 10_000) + 1_280_640n).toString());
  }
});

test("addressLookupTable.extendLookupTable: rent of every address, where we pay it", () => {
  const addresses = [theirs, lookupTable, ours];
  const extend = { lookupTable, authority: ours, addresses };
  const intent = intentOf(fromWeb3(AddressLookupTableProgram.extendLookupTable({ ...extend, payer: ours })));
  assert.equal(intent.opaque, false);
  assert.match(intent.harmless ?? "", /leaves what stands in it/);
  assert.equal(intent.fee?.max, (5000n + 3n * 222_720n).toString());
  assert.deepEqual(
    member(intent.calls[0]?.args, "addresses"),
    addresses.map((address) => address.toBase58()),
  );
  const unpaid = intentOf(fromWeb3(AddressLookupTableProgram.extendLookupTable(extend)));
  assert.equal(unpaid.fee?.max, "5000");
});

test("addressLookupTable: freezing and deactivating are for good; closing sends the rest", () => {
  const program = AddressLookupTableProgram;
  const table = { lookupTable, authority: ours };
  const kinds = (instructions: Instruction[]) => intentOf(instructions).control.map(({ what }) => what);
  assert.deepEqual(kinds(fromWeb3(program.freezeLookupTable(table))), ["authority", "irreversible"]);
  assert.deepEqual(kinds(fromWeb3(program.deactivateLookupTable(table))), ["account", "irreversible"]);
  assert.equal(intentOf(fromWeb3(program.closeLookupTable({ ...table, recipient: ours }))).opaque, false);
  const intent = intentOf(fromWeb3(program.closeLookupTable({ ...table, recipient: theirs })));
  assert.deepEqual(intent.opaqueCauses, ["unstatedAmount"]);
});

function digestOf(addresses: readonly Address[]): string {
  const bytes = Buffer.concat(addresses.map((address) => new PublicKey(address).toBytes()));
  return `0x${createHash("sha256").update(bytes).digest("hex")}`;
}
