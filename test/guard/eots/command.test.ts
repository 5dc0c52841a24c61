/** `claviger eots` on a data directory: import, export, floors, pruning, and the refusals. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { lockDirectory } from "../../../src/ledger/lock.ts";
import { migrate } from "../../../src/ledger/migrate.ts";
import { LEDGER_FILE, openLedger } from "../../../src/ledger/open.ts";
import { claviger, refused, succeeded, temporary, type Ended } from "../../commands/claviger.ts";
import { listedIn } from "./bolt-files.ts";
import { floorLine, history, publicKey, recordLine } from "./guard.ts";

const FIXTURES = join(import.meta.dirname, "../../eots/bolt");
const STORE = join(FIXTURES, "fixture.db");
const directory = temporary("eots");
const file = join(directory, "history.jsonl");
const KEY = Buffer.from(publicKey(0)).toString("hex");

before(() => {
  for (const name of [directory, join(directory, "other")]) {
    if (!existsSync(name)) continue;
    const database = openLedger(join(name, LEDGER_FILE), { readonly: false });
    migrate(database);
    database.close();
  }
  writeFileSync(file, history(recordLine(0, 10n, 1), recordLine(0, 12n, 2), floorLine(1, 7n, 2)));
});
after(() => rmSync(directory, { recursive: true, force: true }));

function eots(...words: readonly string[]): Promise<Ended> {
  return claviger(["eots", ...words], { CLAVIGER_STORAGE__DATA_DIR: directory });
}

test("eots: while another process has the data directory every command says so", async () => {
  const lock = lockDirectory(directory);
  const commands = [
    ["import", file],
    ["export", join(directory, "x.jsonl")],
    ["floor"],
    ["prune"],
    ["require-floor", "--public-key", KEY],
  ];
  for (const ended of await Promise.all(commands.map((words) => eots(...words)))) {
    refused(ended, 1, "ledger.in_use", /in use by another claviger process; stop it first/);
  }
  lock.release();
});

test("eots: bad usage ends with 2, refusals with 1, each in one line", async () => {
  const bad = join(directory, "bad.jsonl");
  writeFileSync(bad, history('{"publicKey":"ab"}\n'));
  const cases: readonly [words: string[], code: 1 | 2, name: string, message: RegExp][] = [
    [["import"], 2, "usage", /missing required argument/],
    [["import", file, "--format", "xml"], 2, "usage", /jsonl, eotsd/],
    [["import", file, "--long-messages", "x"], 2, "usage", /--long-messages/],
    [["import", join(directory, "none")], 1, "eots.file", /is not a file/],
    [["import", bad], 1, "request.malformed", /line 2: \/chainId: is missing/],
    [["import", file, "--format", "eotsd"], 1, "request.malformed", /bbolt/],
    [["import", STORE, "--format", "jsonl"], 1, "request.malformed", /line 1/],
    [["export", file], 1, "eots.file", /exists already/],
    [["export", join(directory, "y"), "--public-key", "ab"], 2, "usage", /64 hex digits/],
    [["floor", "--height", "5"], 2, "usage", /all of --public-key, --chain-id and --height/],
    [["floor", "--public-key", KEY, "--chain-id", "x", "--height", "05"], 2, "usage", /--height: 05/],
    [["floor", "--public-key", KEY, "--chain-id", "0xf", "--height", "5"], 2, "usage", /--chain-id/],
    [["require-floor"], 2, "usage", /--public-key/],
  ];
  for (const [words, code, name, message] of cases) refused(await eots(...words), code, name, message);
});

test("eots: import twice, floors, pruning, export with the keys disabled, import with them enabled", async () => {
  const imported = succeeded(await eots("import", file, "-o", "json"));
  assert.equal(imported.format, "jsonl");
  assert.deepEqual(imported.tracks, [
    {
      publicKey: KEY,
      chainId: "bbn-1",
      records: 2,
      known: 0,
      belowFloor: 0,
      lowest: "10",
      highest: "12",
      floor: "12",
      enabled: true,
    },
    {
      publicKey: Buffer.from(publicKey(1)).toString("hex"),
      chainId: "0xfffe00",
      records: 0,
      known: 0,
      belowFloor: 0,
      lowest: null,
      highest: null,
      floor: "7",
      enabled: true,
    },
  ]);
  const again = await eots("import", file);
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stdout, /0 records that were not known before\n.*chain bbn-1\n +new: 0, known: 2/);
  const conflict = join(directory, "conflict.jsonl");
  writeFileSync(conflict, history(recordLine(0, 11n, 1), recordLine(0, 12n, 1)));
  refused(
    await eots("import", conflict),
    1,
    "guard.eots_conflict",
    /chain bbn-1, height 12: .*nothing was imported/,
  );

  const floor = ["floor", "--public-key", KEY, "--chain-id", "bbn-1", "--height"];
  refused(await eots(...floor, "11"), 1, "request.conflict", /12 already, and is never lowered/);
  const raised = succeeded(await eots(...floor, "18446744073709551615", "-o", "json"));
  const chain = { chainId: "bbn-1", records: 2, lowest: "10", highest: "12", floor: "18446744073709551615" };
  assert.deepEqual(raised.keys, [{ publicKey: KEY, enabled: true, requiresFloor: false, chains: [chain] }]);
  assert.deepEqual(succeeded(await eots("require-floor", "--public-key", KEY, "-o", "json")).keys, 1);
  assert.deepEqual(succeeded(await eots("prune", "-o", "json")), { event: "pruned", deleted: 1 });

  const target = join(directory, "out.jsonl");
  const exported = succeeded(await eots("export", target, "--disable-keys", "-o", "json"));
  assert.deepEqual(exported, { event: "exported", file: target, tracks: 2, records: 1, disabled: 2 });
  assert.equal(statSync(target).mode & 0o777, 0o600);
  assert.equal(readFileSync(target, "utf8").split("\n").length, 1 + 1 + 2 + 1 + 1);
  const shown = await eots("floor");
  assert.match(shown.stdout, /\(disabled, needs a floor on every chain\)\n +chain bbn-1: floor 1844/);
  const back = await eots("import", target);
  assert.match(back.stdout, /this key is disabled here; import with --enable-keys/);
  const enabled = succeeded(await eots("import", target, "--enable-keys", "-o", "json"));
  assert.ok(enabled.tracks.every((track: { enabled: boolean }) => track.enabled));
});

test("eots: eotsd's store is imported as it is, and told from its first byte", async () => {
  const original = readFileSync(STORE);
  const { format, tracks } = succeeded(await eots("import", STORE, "-o", "json"));
  assert.equal(format, "eotsd");
  const listed = listedIn(join(FIXTURES, "fixture.json"));
  const total = tracks.reduce((sum: number, track: { records: number }) => sum + track.records, 0);
  assert.equal(total, listed.length);
  const highest = tracks.map((track: { chainId: string; floor: string }) => [track.chainId, track.floor]);
  assert.ok(
    highest.some(([chain, floor]: string[]) => chain === "bbn-1" && floor === "18446744073709551615"),
  );
  assert.ok(original.equals(readFileSync(STORE)), "the store is only read");
  const damaged = join(directory, "damaged.db");
  writeFileSync(damaged, original.subarray(0, original.length - 1024));
  refused(await eots("import", damaged), 1, "request.malformed", /pages/);
});
