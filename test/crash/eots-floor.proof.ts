/** A floor's raise killed at each of its moments: the old floor or the new one, and the same raise again ends it. */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { migrate } from "../../src/ledger/migrate.ts";
import { LEDGER_FILE, openLedger } from "../../src/ledger/open.ts";
import { EotsTable } from "../../src/ledger/tables/eots.ts";
import { claviger, refused, succeeded, temporary } from "../commands/claviger.ts";
import { clavigerUnder, unwritten, written } from "./every-fault.ts";

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

const KILLS = [
  { moment: "inside", fault: written("INSERT INTO eots_floor", "SIGKILL"), left: "the old floor" },
  { moment: "before it is on disk", fault: unwritten("COMMIT", "SIGKILL"), left: "the old floor" },
  { moment: "after it is on disk", fault: written("COMMIT", "SIGKILL"), left: "the new floor" },
];

for (const { moment, fault, left } of KILLS) {
  test(`a floor's raise, killed ${moment}: ${left}, with its leaf`, async () => {
    const directory = prepared();
    const environment = { CLAVIGER_STORAGE__DATA_DIR: directory };
    const words = ["-o", "json", "eots", "floor", "--public-key", KEY, "--chain-id", "bbn-1", "--height"];
    const killed = await clavigerUnder(fault, directory, [...words, "200"]);
    assert.deepEqual([killed.code, killed.stdout], [null, ""]);
    assert.deepEqual(found(directory), left === "the new floor" ? [200n, 1] : [100n, 0]);
    refused(await claviger([...words, "99"], environment), 1, "request.conflict", /never lowered/);
    assert.equal(succeeded(await claviger([...words, "200"], environment)).keys[0].chains[0].floor, "200");
    assert.deepEqual(found(directory), [200n, 1]);
  });
}
