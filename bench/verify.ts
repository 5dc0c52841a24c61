/**
 * What `audit verify` costs: CPU time for each leaf of a long log, beside the least that any check must do, which is to read the
 * rows and hash the entries. CPU seconds are the process's, all threads together, so that a loaded machine changes them little.
 * @module
 */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { verifyDirectory } from "../src/commands/audit/verify-ledger.ts";
import { LEDGER_FILE, openLedger } from "../src/ledger/open.ts";
import type { BenchContext, Report } from "./section.ts";
import { median, spread } from "./statistics.ts";
import { figure, headed, markdownTable, ratio } from "./table.ts";
import { writeLongLog } from "./verify/ledger.ts";

const AIM_LEAVES = 2_000_000;
const AIM_SECONDS = 60;
/** As a service signs that makes five hundred signatures a second. */
const LEAVES_BETWEEN_CHECKPOINTS = 1000;
const ROWS_AT_ONCE = 1000;

export async function verifySection(context: BenchContext): Promise<Report> {
  const { leaves } = context.pace.verify;
  const directory = mkdtempSync(join(tmpdir(), "claviger-bench-"));
  try {
    writeLongLog(directory, leaves, LEAVES_BETWEEN_CHECKPOINTS);
    context.progress(`a log of ${figure(leaves)} leaves is written`);
    const least: number[] = [];
    const check: number[] = [];
    while (check.length < context.pace.rounds) {
      least.push(await cpuSeconds(() => readAndHash(directory)));
      check.push(await cpuSeconds(() => verified(directory)));
      context.progress(`least ${figure(least.at(-1) ?? 0)} s, audit verify ${figure(check.at(-1) ?? 0)} s`);
    }
    const seconds = (median(check) * AIM_LEAVES) / leaves;
    return {
      title: "Check of the audit log",
      blocks: [
        `A log of ${figure(leaves)} leaves, half of them decisions and half outcomes, with a signed checkpoint behind every ` +
          `${figure(LEAVES_BETWEEN_CHECKPOINTS)}. The least is to read the rows that are checked and to hash their entries in one stream. ` +
          `Medians of ${check.length}, in CPU seconds.`,
        markdownTable(
          headed("Over the whole log", "leaves a second", "s a million", "÷ least", "max ÷ min"),
          [row("the least", least, least, leaves), row("claviger audit verify", check, least, leaves)],
        ),
      ],
      aims: [
        {
          name: `Check of ${figure(AIM_LEAVES)} leaves, CPU time`,
          aim: `< ${AIM_SECONDS} s`,
          measured: `${seconds.toFixed(1)} s`,
          reached: seconds < AIM_SECONDS,
        },
      ],
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function row(name: string, samples: readonly number[], least: readonly number[], leaves: number): string[] {
  const seconds = median(samples);
  return [
    name,
    figure(leaves / seconds),
    figure((seconds * 1e6) / leaves),
    ratio(seconds / median(least)),
    ratio(spread(samples)),
  ];
}

async function cpuSeconds(work: () => Promise<void> | void): Promise<number> {
  const began = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1e6;
}

async function verified(directory: string): Promise<void> {
  const { report } = await verifyDirectory(directory, { kept: [], output: "silent" });
  if (!report.verified) throw new Error(`the log of the bench is refused: ${report.message}`);
}

/** Every row that a check must see, and one hash over all entries. */
function readAndHash(directory: string): void {
  const database = openLedger(join(directory, LEDGER_FILE), { readonly: true });
  try {
    const hash = createHash("sha256");
    const leaves = database
      .prepare<[number, number], [string, Uint8Array]>(
        "SELECT entry, hash FROM audit_leaf WHERE sequence >= ? ORDER BY sequence LIMIT ?",
      )
      .raw();
    for (let from = 0; ; from += ROWS_AT_ONCE) {
      const rows = leaves.all(from, ROWS_AT_ONCE);
      for (const [entry] of rows) hash.update(entry);
      if (rows.length < ROWS_AT_ONCE) break;
    }
    database.prepare("SELECT count(*), max(hash) FROM audit_node").get();
    database.prepare("SELECT count(*), max(decision), max(sequence) FROM request").get();
  } finally {
    database.close();
  }
}
