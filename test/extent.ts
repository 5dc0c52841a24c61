/**
 * How much of the long tests runs: a share in `npm test`, all of it in `npm run proofs`, and nowhere else is that decided.
 * A test file that imports this is run by both; what is true of a share must be true of the whole.
 */
import { test, type TestContext } from "node:test";

const WHOLE = process.env["PROOFS"] === "whole";

/** Rounds of each long property: in `npm test`, and in `npm run proofs`. A variable of the same name sets another number. */
const ROUNDS = {
  /** Services that are killed under load, for requests and for validator duties; 1000 is a long night. */
  CRASH_ROUNDS: [2, 40],
  /** Signing processes that are killed between the record of a vote and its reply. */
  EOTS_KILLS: [20, 200],
  /** Services that are killed so. */
  EOTS_SERVICE_KILLS: [1, 20],
  /** Every so many commits of a first start, one is killed. */
  FIRST_START_STEP: [8, 1],
  /** Races of conflicting messages for one slot, target or height. */
  RACE_ROUNDS: [24, 1000],
  /** Races of each kind of revocation with signatures. */
  REVOCATION_ROUNDS: [3, 1000],
  /** Races of sealing with signatures. */
  SEAL_ROUNDS: [2, 50],
  /** Races of conflicting votes over HTTP. */
  EOTS_RACE_ROUNDS: [4, 100],
  /** Random signing histories that are compared with an oracle. */
  HISTORIES: [30, 500],
  /** Batches of random and nearly right bodies for each route. */
  FUZZ_RUNS: [1, 12],
  /** Lists of batches, decided at once and call by call. */
  FOLD_RUNS: [60, 2000],
  /** Lists of batches of every kind of call, on the ledger thread's way, at once and call by call. */
  BATCH_RUNS: [12, 600],
  /** Sequences of replacements, each judged against all outcomes. */
  REPLACEMENT_RUNS: [60, 1000],
  /** Random calls of each function that an EVM runs; 200 is a long night. */
  EVM_RUNS: [1, 8],
  /** Random transactions of each instruction that a Solana runtime runs. */
  SVM_RUNS: [10, 400],
  /** How many of them succeed and are then attacked, where there is nothing more to find. */
  SVM_EXECUTIONS: [2, 6],
  /** Random messages of each kind of key that another library verifies. */
  SIGNER_ROUNDS: [40, 1000],
  /** Random StarkNet documents, transactions and bytes. */
  STARKNET_RUNS: [30, 1000],
} as const;

/** How often a property is tried in this run. */
export function rounds(name: keyof typeof ROUNDS): number {
  const set = process.env[name];
  if (set === undefined) return ROUNDS[name][WHOLE ? 1 : 0];
  const count = Number(set);
  if (!Number.isSafeInteger(count) || count < 1) throw new Error(`${name}=${set}: not a number of rounds`);
  return count;
}

/** The whole table in proofs; else `count` of its rows, spread over it, with its first and its last. */
export function few<Row>(table: readonly Row[], count: number): readonly Row[] {
  if (WHOLE || table.length <= count) return table;
  const step = (table.length - 1) / Math.max(1, count - 1);
  return Array.from({ length: count }, (_, index) => table.slice(Math.round(index * step))[0] as Row);
}

/** A test that only the proofs run: the suite tries its kind by another case. */
export function inProofs(
  name: string,
  run: (context: TestContext) => void | Promise<void>,
  skip: string | false = false,
): void {
  if (WHOLE) void test(name, { skip }, run);
}
