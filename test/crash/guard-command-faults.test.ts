/**
 * A disk that fails under `claviger slashing import`, `prune` and `settings`: the command says that it failed, the guard
 * knows exactly what it knew before, and the same command does its work when the disk is well again.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { toHex } from "../../src/domain/bytes.ts";
import { migrate } from "../../src/ledger/migrate.ts";
import { LEDGER_FILE, openLedger } from "../../src/ledger/open.ts";
import { claviger, succeeded, type Ended } from "../commands/claviger.ts";
import { documentOf } from "../guard/eip3076/examples.ts";
import { GENESIS, publicKey, root } from "../guard/eip3076/protection.ts";
import { few } from "../extent.ts";
import type { Fault } from "./fault-preload.ts";
import { guardState } from "./guard-rows.ts";

const PRELOAD = pathToFileURL(join(import.meta.dirname, "fault-preload.ts")).href;
const directory = mkdtempSync(join(tmpdir(), "claviger-command-faults-"));
const history = join(directory, "history.json");
const faultFile = join(directory, "fault.json");
/** Records of each kind. */
const RECORDS = 20;

before(() => {
  const database = openLedger(join(directory, LEDGER_FILE), { readonly: false });
  migrate(database);
  database.close();
  const list = (text: (index: number) => string): string =>
    Array.from({ length: RECORDS }, (_, index) => text(index + 1)).join();
  const signed = `"signing_root":"${toHex(root(1))}"`;
  const blocks = list((index) => `{"slot":"${index}",${signed}}`);
  const votes = list((index) => `{"source_epoch":"${index - 1}","target_epoch":"${index}",${signed}}`);
  const pubkey = toHex(publicKey(0));
  writeFileSync(
    history,
    documentOf(`{"pubkey":"${pubkey}","signed_blocks":[${blocks}],"signed_attestations":[${votes}]}`),
  );
});
after(() => rmSync(directory, { recursive: true, force: true }));

function slashing(...words: readonly string[]): Promise<Ended> {
  return claviger(["slashing", ...words, "-o", "json"], {
    CLAVIGER_STORAGE__DATA_DIR: directory,
    NODE_OPTIONS: `--import=${PRELOAD}`,
    TEST_FAULT_FILE: faultFile,
  });
}

function state(): ReturnType<typeof guardState> {
  const database = openLedger(join(directory, LEDGER_FILE), { readonly: true });
  try {
    return guardState(database);
  } finally {
    database.close();
  }
}

/** The command under faults, then without one. @returns what it printed at last */
async function failsThenWorks(words: readonly string[], faults: readonly Fault[]): Promise<any> {
  const earlier = state();
  for (const fault of few(faults, 2)) {
    writeFileSync(faultFile, JSON.stringify(fault));
    const ended = await slashing(...words);
    const which = `${fault.sql} ${fault.when}: ${ended.stdout}${ended.stderr}`;
    assert.ok(ended.code !== 0 && ended.code !== null, which);
    assert.equal(ended.stdout, "", "nothing is said to be done");
    assert.match(ended.stderr, /planned failure/, which);
    assert.deepEqual(state(), earlier, which);
  }
  rmSync(faultFile);
  return succeeded(await slashing(...words));
}

function storage(sql: string, when: Fault["when"], skip = 0): Fault {
  return { sql, when, code: when === "before" ? "SQLITE_FULL" : "SQLITE_IOERR_WRITE", skip };
}

test("guard's commands: import: whatever write fails, nothing of the file counts", async () => {
  const report = await failsThenWorks(
    ["import", history, "--genesis-validators-root", toHex(GENESIS)],
    [
      storage("DELETE FROM slashing_staged_entry", "after"),
      storage("INSERT INTO slashing_staged_block", "before", RECORDS / 2),
      storage("INSERT INTO slashing_staged_attestation", "after", RECORDS / 2),
      storage("UPDATE slashing_chain", "after"),
      storage("INSERT INTO slashing_validator", "before"),
      storage("INSERT INTO slashing_block", "after"),
      storage("INSERT INTO slashing_attestation", "after"),
      storage("UPDATE slashing_validator SET low_slot", "after"),
    ],
  );
  const [key] = report.keys;
  assert.deepEqual([key.blocks, key.attestations, key.conflictCount], [RECORDS, RECORDS, 0]);
  const tables = state();
  assert.equal(tables["slashing_block"]?.length, RECORDS);
  assert.equal(tables["slashing_attestation"]?.length, RECORDS);
});

test("guard's commands: prune: the watermark and what it stands for go together", async () => {
  const report = await failsThenWorks(
    ["prune", "--keep-epochs", "5", "--slots-per-epoch", "1"],
    [
      storage("UPDATE slashing_validator SET low_slot", "after"),
      storage("DELETE FROM slashing_block", "after"),
      storage("DELETE FROM slashing_attestation", "before"),
      storage("DELETE FROM slashing_attestation", "after"),
    ],
  );
  assert.equal(report.deleted, 2 * (RECORDS - 6));
});

test("guard's commands: settings: minimal mode is there with its watermarks or not at all", async () => {
  const report = await failsThenWorks(
    ["settings", "--mode", "minimal"],
    [storage("UPDATE slashing_chain", "after"), storage("UPDATE slashing_validator SET low_slot", "before")],
  );
  assert.equal(report.mode, "minimal");
  const [validator] = state()["slashing_validator"] ?? [];
  const low = BigInt(RECORDS);
  assert.deepEqual(
    Object.entries(validator ?? {}).filter(([name]) => name.startsWith("low_")),
    [
      ["low_slot", low],
      ["low_source", low - 1n],
      ["low_target", low],
    ],
  );
});
