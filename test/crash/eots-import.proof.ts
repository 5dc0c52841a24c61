/** `claviger eots import` killed at each of its stages: nothing or all of the file, and the same command again ends it. */
import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { migrate } from "../../src/ledger/migrate.ts";
import { LEDGER_FILE, openLedger } from "../../src/ledger/open.ts";
import { claviger, succeeded, temporary } from "../commands/claviger.ts";
import { history, recordLine } from "../guard/eots/guard.ts";
import { clavigerUnder, unwritten, written } from "./every-fault.ts";

const RECORDS = 3000;

const directories: string[] = [];
after(() => directories.forEach((directory) => rmSync(directory, { recursive: true, force: true })));

/** An empty data directory with a history beside it. */
function prepared(): { readonly directory: string; readonly file: string } {
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
  return { directory, file };
}

const KILLS = [
  { moment: "while it is staged", fault: written("COMMIT", "SIGKILL", { skip: 2 }), left: "nothing" },
  {
    moment: "inside the merge",
    fault: written("INSERT INTO eots_record", "SIGKILL", { skip: 1 }),
    left: "nothing",
  },
  {
    moment: "before the merge is on disk",
    fault: unwritten("COMMIT", "SIGKILL", { following: "INSERT INTO eots_record" }),
    left: "nothing",
  },
  {
    moment: "after the merge is on disk",
    fault: written("COMMIT", "SIGKILL", { following: "INSERT INTO eots_record" }),
    left: "all",
  },
];

for (const { moment, fault, left } of KILLS) {
  test(`eots import: killed ${moment}: ${left} of the file`, async () => {
    const { directory, file } = prepared();
    const environment = { CLAVIGER_STORAGE__DATA_DIR: directory };
    const killed = await clavigerUnder(fault, directory, ["eots", "import", file]);
    const kept = left === "all";
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
