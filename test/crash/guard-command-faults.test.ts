/**
 * A disk that fails under `claviger slashing import`, `prune` and `settings`: the command says that it failed, the guard
 * knows exactly what it knew before, and the same command does its work when the disk is well again.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { toHex } from "../../src/domain/bytes.ts";
import { migrate } from "../../src/ledger/migrate.ts";
import { LEDGER_FILE, openLedger } from "../../src/ledger/open.ts";
import { claviger, succeeded } from "../commands/claviger.ts";
import { documentOf } from "../guard/eip3076/examples.ts";
import { GENESIS, publicKey, root } from "../guard/eip3076/guard.ts";
import { few } from "../extent.ts";
import { clavigerUnder, nameOf, unwritten, written } from "./every-fault.ts";
import type { Fault } from "./fault-preload.ts";
import { guardState } from "./guard-rows.ts";

const directory = mkdtempSync(join(tmpdir(), "claviger-command-faults-"));
const history = join(directory, "history.json");
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

function state(): ReturnType<typeof guardState> {
  const database = openLedger(join(directory, LEDGER_FILE), { readonly: true });
  try {
    return guardState(database);
  } finally {
    database.close();
  }
}

/** The command under a share of the faults, then without one. @returns what it printed at last */
async function failsThenWorks(words: readonly string[], faults: readonly Fault[]): Promise<any> {
  const slashing = ["slashing", ...words, "-o", "json"];
  const earlier = state();
  for (const fault of few(faults, 2)) {
    const ended = await clavigerUnder(fault, directory, slashing);
    const which = `${nameOf(fault)}: ${ended.stdout}${ended.stderr}`;
    assert.ok(ended.code !== 0 && ended.code !== null, which);
    assert.equal(ended.stdout, "", "nothing is said to be done");
    assert.match(ended.stderr, /planned failure/, which);
    assert.deepEqual(state(), earlier, which);
  }
  return succeeded(await claviger(slashing, { CLAVIGER_STORAGE__DATA_DIR: directory }));
}

test("guard's commands: import: whatever write fails, nothing of the file counts", async () => {
  const report = await failsThenWorks(
    ["import", history, "--genesis-validators-root", toHex(GENESIS)],
    [
      written("DELETE FROM slashing_staged_entry"),
      unwritten("INSERT INTO slashing_staged_block", "SQLITE_FULL", { skip: RECORDS / 2 }),
      written("INSERT INTO slashing_staged_attestation", "SQLITE_IOERR_WRITE", { skip: RECORDS / 2 }),
      written("UPDATE slashing_chain"),
      unwritten("INSERT INTO slashing_validator"),
      written("INSERT INTO slashing_block"),
      written("INSERT INTO slashing_attestation"),
      written("UPDATE slashing_validator SET low_slot"),
    ],
  );
  const [key] = report.keys;
  assert.deepEqual([key.blocks, key.attestations, key.conflictCount], [RECORDS, RECORDS, 0]);
  const tables = state();
  assert.equal(tables["slashing_block"]?.length, RECORDS);
  assert.equal(tables["slashing_attestation"]?.length, RECORDS);
});

test("guard's commands: prune: the watermark and the rows below it go together", async () => {
  const report = await failsThenWorks(
    ["prune", "--keep-epochs", "5", "--slots-per-epoch", "1"],
    [
      written("UPDATE slashing_validator SET low_slot"),
      written("DELETE FROM slashing_block"),
      unwritten("DELETE FROM slashing_attestation"),
      written("DELETE FROM slashing_attestation"),
    ],
  );
  assert.equal(report.deleted, 2 * (RECORDS - 6));
});

test("guard's commands: settings: minimal mode is there with its watermarks or not at all", async () => {
  const report = await failsThenWorks(
    ["settings", "--mode", "minimal"],
    [written("UPDATE slashing_chain"), unwritten("UPDATE slashing_validator SET low_slot")],
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
