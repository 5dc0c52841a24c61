/** Long histories: the import of an interchange document, and whether checks stay as quick as it grows. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { toHex } from "../../src/domain/bytes.ts";
import { importInterchange } from "../../src/guard/eip3076/import.ts";
import { facts } from "../../src/guard/eip3076/facts.ts";
import { judge } from "../../src/guard/eip3076/judge.ts";
import { LEDGER_FILE, openLedger } from "../../src/ledger/open.ts";
import { SlashingTable } from "../../src/ledger/tables/slashing.ts";
import { readDuties, writeDuties } from "../../src/record/guard-tables.ts";
import { ledgerImportTarget } from "../../src/record/slashing-import.ts";
import { withInstallation, type InProcess } from "../in-process.ts";
import { perSecond } from "../rate.ts";
import type { BenchContext } from "../section.ts";
import { figure, headed, markdownTable } from "../table.ts";
import { decideVote, recordedVote, validatorKey, Votes } from "./duties-alone.ts";
import { FIRST_EPOCH, GENESIS_ROOT } from "./duty.ts";

const FIRST_STEP_VOTES = 10;
const GROWTH = 10;
const CHECKS = 5000;
const UNDER_WAY = 32;
const SAMPLE_MS = 20;

export async function historyBlocks(context: BenchContext): Promise<string[]> {
  return withInstallation(async (installation) => {
    const { validators, votes: votesMax } = context.pace.validators.history;
    const decision = await recordedVote(installation);
    const { ledger } = installation.foundation;
    const rows: string[][] = [];
    let known = 0;
    for (let votes = FIRST_STEP_VOTES; votes <= votesMax; votes *= GROWTH) {
      const imported = await importVotes(installation, validators, known, votes);
      known = votes;
      // Far ahead of everything that is imported, and of the step before.
      const head = FIRST_EPOCH * votes;
      const ahead = new Votes(validators, head);
      const rate = await perSecond(context.pace.roundMs / 2, UNDER_WAY, () =>
        decideVote(ledger, decision, ahead.nextPayload()),
      );
      const check = checkMicros(installation, new Votes(validators, head * 2));
      const size = sizeOf(installation);
      rows.push([
        figure(validators * votes),
        figure(imported.perSecond),
        figure(imported.seconds),
        figure(imported.peakMiB - imported.beforeMiB),
        figure(size / 2 ** 20),
        figure(size / (validators * votes)),
        figure(check),
        figure(rate),
      ]);
      context.progress(
        `${figure(validators * votes)} votes: check ${figure(check)} µs, ${figure(rate)}/s durable`,
      );
    }
    return [
      `Histories of ${validators} validators, imported in steps. Memory is what the process, parser and ledger thread in it, ` +
        `grew to above its size before; the size on disk holds the decisions that the bench records as well. A check is one ` +
        `check-and-record without commit.`,
      markdownTable(
        headed(
          "Votes in the history",
          "imported per second",
          "import s",
          "memory + MiB",
          "database MiB",
          "B a vote",
          "check µs",
          `durable per second, ${UNDER_WAY} under way`,
        ),
        rows,
      ),
    ];
  });
}

interface Imported {
  readonly perSecond: number;
  readonly seconds: number;
  readonly beforeMiB: number;
  readonly peakMiB: number;
}

/** Imports the votes of epochs `from` + 1 to `to` for every validator. */
async function importVotes(
  { foundation }: InProcess,
  validators: number,
  from: number,
  to: number,
): Promise<Imported> {
  const beforeMiB = residentMiB();
  let peakMiB = beforeMiB;
  const timer = setInterval(() => (peakMiB = Math.max(peakMiB, residentMiB())), SAMPLE_MS);
  const began = performance.now();
  try {
    const target = ledgerImportTarget(foundation.ledger, {
      namespace: "root",
      principal: "claviger bench",
      tokenVersion: null,
    });
    const keys = await importInterchange(interchange(validators, from, to), target, {
      expectedRoot: GENESIS_ROOT,
      reach: { of: "everyKey" },
    });
    const records = keys.reduce((sum, key) => sum + key.attestations, 0);
    if (records !== validators * (to - from) || keys.some((key) => key.conflictCount > 0)) {
      throw new Error(`${records} votes were imported instead of ${validators * (to - from)}`);
    }
  } finally {
    clearInterval(timer);
  }
  const seconds = (performance.now() - began) / 1000;
  return { perSecond: (validators * (to - from)) / seconds, seconds, beforeMiB, peakMiB };
}

function residentMiB(): number {
  return process.memoryUsage.rss() / 2 ** 20;
}

/** The document as a file would give it, one validator a chunk. */
function* interchange(validators: number, from: number, to: number): Generator<Uint8Array> {
  const text = new TextEncoder();
  const root = toHex(GENESIS_ROOT);
  yield text.encode(
    `{"metadata":{"interchange_format_version":"5","genesis_validators_root":"${root}"},"data":[`,
  );
  for (let index = 0; index < validators; index += 1) {
    const votes = Array.from({ length: to - from }, (_, offset) => {
      const epoch = from + offset + 1;
      const signingRoot = `0x${epoch.toString(16).padStart(64, "0")}`;
      return `{"source_epoch":"${epoch - 1}","target_epoch":"${epoch}","signing_root":"${signingRoot}"}`;
    });
    const comma = index === 0 ? "" : ",";
    yield text.encode(
      `${comma}{"pubkey":"${toHex(validatorKey(index))}","signed_blocks":[],"signed_attestations":[${votes.join()}]}`,
    );
  }
  yield text.encode("]}");
}

/** Microseconds of one check and its insert on its own connection; nothing of it is kept. */
function checkMicros({ directory }: InProcess, votes: Votes): number {
  const database = openLedger(join(directory, LEDGER_FILE), { readonly: false });
  try {
    const tables = new SlashingTable(database);
    database.exec("BEGIN IMMEDIATE");
    const began = performance.now();
    for (let count = 0; count < CHECKS; count += 1) {
      const claims = [votes.nextClaim()];
      const { verdicts, rows } = judge(claims, readDuties(tables, facts(claims)));
      writeDuties(tables, rows);
      if (verdicts[0]?.verdict !== "recorded") throw new Error("a vote was refused");
    }
    const micros = ((performance.now() - began) * 1000) / CHECKS;
    database.exec("ROLLBACK");
    return micros;
  } finally {
    database.close();
  }
}

/** Bytes of the database file once the write-ahead log is in it. */
function sizeOf({ directory }: InProcess): number {
  const path = join(directory, LEDGER_FILE);
  const database = openLedger(path, { readonly: false });
  database.pragma("wal_checkpoint(FULL)");
  database.close();
  return statSync(path).size;
}
