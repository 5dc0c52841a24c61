/** `claviger eots import` killed at each of its stages: nothing or all of the file, and the same command again ends it. */
import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { migrate } from "../../src/ledger/migrate.ts";
import { LEDGER_FILE, openLedger } from "../../src/ledger/open.ts";
import { claviger, succeeded, temporary } from "../commands/claviger.ts";
import { history, recordLine } from "../guard/eots/guard.ts";
import type { Fault } from "./fault-preload.ts";

const PRELOAD = pathToFileURL(join(import.meta.dirname, "fault-preload.ts")).href;
const RECORDS = 3000;

const directories: string[] = [];
after(() => directories.forEach((directory) => rmSync(directory, { recursive: true, force: true })));

/** An empty data directory with a history beside it. */
function prepared(): { readonly directory: string; readonly file: string; readonly faultFile: string } {
  const directory = temporary("eots-import");
  directories.push(directory);
  const database = openLedger(join(directory, LEDGER_FILE), { readonly: false });
  migrate(database);
  database.close();
  const file = join(directory, "history.jsonl");
  writeFileSync(
    file,
    history(...Array.from({ length: RECORDS }, (_, index) => recordLine(index % 2, BigInt(index), 1))),
  );
  return { directory, file, faultFile: join(directory, "fault.json") };
}

const KILLS: readonly [moment: string, fault: Fault, kept: boolean][] = [
  ["while it is staged", { sql: "COMMIT", when: "after", code: "SIGKILL", skip: 2 }, false],
  ["inside the merge", { sql: "INSERT INTO eots_record", when: "after", code: "SIGKILL", skip: 1 }, false],
  ["before the merge is on disk", { sql: "COMMIT", when: "before", code: "SIGKILL", skip: 4 }, false],
  ["after the merge is on disk", { sql: "COMMIT", when: "after", code: "SIGKILL", skip: 4 }, true],
];

for (const [moment, fault, kept] of KILLS) {
  test(`eots import: killed ${moment}: ${kept ? "all" : "nothing"} of the file`, async () => {
    const { directory, file, faultFile } = prepared();
    writeFileSync(faultFile, JSON.stringify(fault));
    const environment = { CLAVIGER_STORAGE__DATA_DIR: directory };
    const killed = await claviger(["eots", "import", file], {
      ...environment,
      NODE_OPTIONS: `--import=${PRELOAD}`,
      TEST_FAULT_FILE: faultFile,
    });
    assert.deepEqual([killed.code, killed.stdout], [null, ""]);
    const database = openLedger(join(directory, LEDGER_FILE), { readonly: true });
    const count = (table: string): unknown => database.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
    assert.deepEqual([count("eots_record"), count("eots_floor")], kept ? [RECORDS, 2] : [0, 0]);
    database.close();
    const { tracks } = succeeded(await claviger(["eots", "import", file, "-o", "json"], environment));
    for (const track of tracks) {
      assert.deepEqual([track.records, track.known], kept ? [0, RECORDS / 2] : [RECORDS / 2, 0]);
    }
  });
}
