/** Whether a check stays as quick while the guard's history grows. */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bigintToBytes, concat, utf8 } from "../../src/domain/bytes.ts";
import type { EotsClaim } from "../../src/domain/guard.ts";
import { facts } from "../../src/guard/eots/facts.ts";
import { judge } from "../../src/guard/eots/judge.ts";
import { migrate } from "../../src/ledger/migrate.ts";
import { LEDGER_FILE, openLedger, type LedgerDatabase } from "../../src/ledger/open.ts";
import { EotsTable } from "../../src/ledger/tables/eots.ts";
import { readStatements, writeStatements } from "../../src/record/guard-tables.ts";
import type { BenchContext } from "../section.ts";
import { figure, headed, markdownTable } from "../table.ts";
import { CHAIN_ID } from "./provider.ts";

const FIRST_STEP = 10_000;
const GROWTH = 10;
const PROVIDERS = 10;
const CHECKS = 5000;
const ROWS_A_COMMIT = 100_000;
const AT = "2026-01-01T00:00:00.000Z";
const MICROS = 1e3;

export function historyBlocks(context: BenchContext): Promise<string[]> {
  const directory = mkdtempSync(join(tmpdir(), "claviger-bench-"));
  const database = openLedger(join(directory, LEDGER_FILE), { readonly: false });
  try {
    migrate(database);
    const table = new EotsTable(database);
    const rows: string[][] = [];
    let known = 0;
    for (let size = FIRST_STEP; size <= context.pace.eots.history; size *= GROWTH) {
      const began = performance.now();
      grow(database, table, known, size);
      const micros = ((performance.now() - began) * MICROS) / (size - known);
      known = size;
      const checks = checkMicros(database, table, size);
      database.pragma("wal_checkpoint(TRUNCATE)");
      const bytes = statSync(join(directory, LEDGER_FILE)).size;
      rows.push([
        figure(size),
        figure(micros),
        figure(checks.fresh),
        figure(checks.same),
        figure(checks.refused),
        figure(bytes / size),
      ]);
      context.progress(`${figure(size)} votes on record: check ${figure(checks.fresh)} µs`);
    }
    return Promise.resolve([
      `Histories of ${PROVIDERS} finality providers. Each check is one check-and-record of the guard by itself, without commit: ` +
        `of a new height, of a vote that is on record, and of another vote at its height.`,
      markdownTable(
        headed(
          "Votes on record",
          "insert µs",
          "new height µs",
          "same vote µs",
          "refused µs",
          "B a vote on disk",
        ),
        rows,
      ),
    ]);
  } finally {
    database.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

function grow(database: LedgerDatabase, table: EotsTable, from: number, to: number): void {
  for (let begun = from; begun < to; begun += ROWS_A_COMMIT) {
    const end = Math.min(to, begun + ROWS_A_COMMIT);
    database.exec("BEGIN IMMEDIATE");
    for (let index = begun; index < end; index += 1) {
      expect("recorded", check(table, index));
    }
    database.exec("COMMIT");
  }
}

interface Check {
  readonly fresh: number;
  readonly same: number;
  readonly refused: number;
}

function checkMicros(database: LedgerDatabase, table: EotsTable, size: number): Check {
  database.exec("BEGIN IMMEDIATE");
  // Spread over the whole history, in an order that no page cache foresees.
  const somewhere = (count: number): number => (count * 7_919) % size;
  try {
    return {
      fresh: timed((count) => expect("recorded", check(table, size + count))),
      same: timed((count) => expect("same", check(table, somewhere(count)))),
      refused: timed((count) => expect("refused", check(table, somewhere(count), 0xff))),
    };
  } finally {
    database.exec("ROLLBACK");
  }
}

function check(table: EotsTable, index: number, fill = 0): string {
  const claims = [claimAt(index, fill)];
  const { verdicts, rows } = judge(claims, readStatements(table, facts(claims)));
  writeStatements(table, rows, AT);
  return verdicts[0]?.verdict ?? "nothing";
}

function timed(work: (count: number) => void): number {
  const began = performance.now();
  for (let count = 0; count < CHECKS; count += 1) work(count);
  return ((performance.now() - began) * MICROS) / CHECKS;
}

function expect(wanted: string, verdict: string): void {
  if (verdict !== wanted) throw new Error(`the guard said ${verdict} instead of ${wanted}`);
}

/** Heights go up together: the providers vote for each in turn. `fill` is in place of the application hash. */
function claimAt(index: number, fill = 0): EotsClaim {
  const height = BigInt(Math.floor(index / PROVIDERS) + 1);
  return {
    kind: "eots",
    publicKey: new Uint8Array(32).fill((index % PROVIDERS) + 1),
    chainId: utf8(CHAIN_ID),
    height,
    message: concat(bigintToBytes(height, 8), new Uint8Array(32).fill(fill)),
  };
}
