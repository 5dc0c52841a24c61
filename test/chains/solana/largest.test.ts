/** Whatever keeps the cluster's limits reaches a policy whole: the largest intents that we can think of fit. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AccountRole, type Address, type Instruction } from "@solana/kit";
import { getAddMemoInstruction } from "@solana-program/memo";
import { getTransferSolInstruction } from "@solana-program/system";
import {
  getInitializeMultisig2Instruction,
  getInitializeMint2Instruction,
  getTransferCheckedInstruction,
} from "@solana-program/token";
import { canonicalJson } from "../../../src/domain/canonical.ts";
import { INPUT_SHARES } from "../../../src/policy/limits.ts";
import { decodeTransaction, own, testKey, wireOf } from "./fixtures.ts";

const WIRE_LIMIT = 1232;
const names = Array.from({ length: 256 }, (_, byte) => testKey(byte).address);
const table = testKey(0).address;
const lookupTables = [{ address: table, addresses: names }];

/** The account by its position in the table. */
function at(index: number): {
  address: Address;
  role: AccountRole.READONLY;
  lookupTableAddress: Address;
  addressIndex: number;
} {
  const address = names[index] ?? table;
  return { address, role: AccountRole.READONLY, lookupTableAddress: table, addressIndex: index };
}

/** The same instruction with accounts of the table behind its own: few different ones, since clusters lock 64. */
function behind(instruction: Instruction, first: number, count: number): Instruction {
  const more = Array.from({ length: count }, (_, index) => at(2 + ((first + index) % 55)));
  return { ...instruction, accounts: [...(instruction.accounts ?? []), ...more] };
}

function multisigs(signers: number): (count: number) => readonly Instruction[] {
  return (count) =>
    Array.from({ length: count }, (_, index) => {
      const usual = getInitializeMultisig2Instruction({ multisig: table, m: 1, signers: [] });
      const [multisig] = [at(2 + signers + (index % (55 - signers)))];
      return behind({ ...usual, accounts: [multisig] }, 0, signers);
    });
}

const transfer = getTransferSolInstruction({ source: own.signer, destination: table, amount: 1n });
const checked = {
  source: table,
  mint: table,
  destination: table,
  authority: own.signer,
  amount: 1n,
  decimals: 0,
};
const authorities = { mintAuthority: table, freezeAuthority: table };

const LARGEST: readonly (readonly [name: string, of: (count: number) => readonly Instruction[]])[] = [
  ["transfers", (count) => Array.from({ length: count }, () => transfer)],
  ["token transfers", (count) => Array.from({ length: count }, () => getTransferCheckedInstruction(checked))],
  [
    "new mints",
    (count) =>
      Array.from({ length: count }, (_, index) =>
        getInitializeMint2Instruction({ mint: names[index] ?? table, decimals: 0, ...authorities }),
      ),
  ],
  ["signers of a memo", (count) => [behind(getAddMemoInstruction({ memo: "" }), 0, count)]],
  ["text of a memo", (count) => [getAddMemoInstruction({ memo: "\u0001".repeat(count) })]],
  ["multisigs of 11 signers", multisigs(11)],
];

for (const [name, of] of LARGEST) {
  test(`largest: ${name}`, () => {
    const decoded = largest(of);
    const size = canonicalJson(JSON.parse(JSON.stringify(decoded.intent))).length;
    assert.ok(size <= INPUT_SHARES.intentBytesMax, `${size} bytes`);
  });
}

/** With as many as fit. */
function largest(of: (count: number) => readonly Instruction[]) {
  let most = 0;
  for (let step = 1024; step >= 1; step /= 2) {
    if (fits(of, most + step)) most += step;
  }
  const wire = wireOf(of(most));
  return decodeTransaction(wire, own, usesTable(of(most)) ? lookupTables : undefined);
}

function fits(of: (count: number) => readonly Instruction[], count: number): boolean {
  const instructions = of(count);
  if (instructions.length > 64) return false;
  try {
    return Buffer.from(wireOf(instructions), "base64").length <= WIRE_LIMIT;
  } catch {
    // More accounts or bytes than kit compiles.
    return false;
  }
}

function usesTable(instructions: readonly Instruction[]): boolean {
  return instructions.some(({ accounts = [] }) =>
    accounts.some((account) => "lookupTableAddress" in account),
  );
}
