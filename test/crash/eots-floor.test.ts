/** A floor's raise killed at each of its moments: the old floor or the new one, and the same raise again ends it. */
import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { migrate } from "../../src/ledger/migrate.ts";
import { LEDGER_FILE, openLedger } from "../../src/ledger/open.ts";
import { EotsTable } from "../../src/ledger/tables/eots.ts";
import { claviger, refused, succeeded, temporary } from "../commands/claviger.ts";
import type { Fault } from "./fault-preload.ts";

const PRELOAD = pathToFileURL(join(import.meta.dirname, "fault-preload.ts")).href;
const KEY = "7c".repeat(32);
const TRACK = {
  publicKey: new Uint8Array(Buffer.from(KEY, "hex")),
  chainId: new Uint8Array(Buffer.from("bbn-1")),
};

const directories: string[] = [];
after(() => directories.forEach((directory) => rmSync(directory, { recursive: true, force: true })));

/** A data directory whose key has floor 100. */
function prepared(): string {
  const directory = temporary("eots-floor");
  directories.push(directory);
  const database = openLedger(join(directory, LEDGER_FILE), { readonly: false });
  migrate(database);
  new EotsTable(database).raiseFloor({ ...TRACK, height: 100n });
  database.close();
  return directory;
}

/** The floor, and how many leaves of the log say so. */
function found(directory: string): readonly [bigint | null, unknown] {
  const database = openLedger(join(directory, LEDGER_FILE), { readonly: true });
  const floor = new EotsTable(database).floor(TRACK);
  const leaves = database
    .prepare("SELECT count(*) FROM audit_leaf WHERE entry LIKE '%\"eots.floor\"%'")
    .pluck()
    .get();
  database.close();
  return [floor, leaves];
}

const KILLS: readonly [moment: string, fault: Fault, kept: boolean][] = [
  ["inside", { sql: "INSERT INTO eots_floor", when: "after", code: "SIGKILL", skip: 0 }, false],
  ["before it is on disk", { sql: "COMMIT", when: "before", code: "SIGKILL", skip: 0 }, false],
  ["after it is on disk", { sql: "COMMIT", when: "after", code: "SIGKILL", skip: 0 }, true],
];

for (const [moment, fault, kept] of KILLS) {
  test(`a floor's raise, killed ${moment}: ${kept ? "the new floor" : "the old one"}, with its leaf`, async () => {
    const directory = prepared();
    const faultFile = join(directory, "fault.json");
    const environment = { CLAVIGER_STORAGE__DATA_DIR: directory };
    const words = ["-o", "json", "eots", "floor", "--public-key", KEY, "--chain-id", "bbn-1", "--height"];
    writeFileSync(faultFile, JSON.stringify(fault));
    const killed = await claviger([...words, "200"], {
      ...environment,
      NODE_OPTIONS: `--import=${PRELOAD}`,
      TEST_FAULT_FILE: faultFile,
    });
    assert.deepEqual([killed.code, killed.stdout], [null, ""]);
    assert.deepEqual(found(directory), kept ? [200n, 1] : [100n, 0]);
    refused(await claviger([...words, "99"], environment), 1, "request.conflict", /never lowered/);
    assert.equal(succeeded(await claviger([...words, "200"], environment)).keys[0].chains[0].floor, "200");
    assert.deepEqual(found(directory), [200n, 1]);
  });
}
