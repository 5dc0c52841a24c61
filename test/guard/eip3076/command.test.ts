/** `claviger slashing`: import, export, prune on a data directory, and the refusal while another process uses it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { toHex } from "../../../src/domain/bytes.ts";
import { lockDirectory } from "../../../src/ledger/lock.ts";
import { migrate } from "../../../src/ledger/migrate.ts";
import { LEDGER_FILE, openLedger } from "../../../src/ledger/open.ts";
import { documentOf } from "./examples.ts";
import { GENESIS, Guard, loadImplementation, publicKey } from "./guard.ts";

const MAIN = join(import.meta.dirname, "../../../src/main.ts");
const directory = mkdtempSync(join(tmpdir(), "claviger-slashing-"));
const file = join(directory, "history.json");
const PUBKEY = toHex(publicKey(0));

before(() => {
  const database = openLedger(join(directory, LEDGER_FILE), { readonly: false });
  migrate(database);
  database.close();
  const slots = Array.from({ length: 100 }, (_, index) => `{"slot":"${index + 1}"}`).join();
  writeFileSync(
    file,
    documentOf(`{"pubkey":"${PUBKEY}","signed_blocks":[${slots}],"signed_attestations":[]}`),
  );
});
after(() => rmSync(directory, { recursive: true, force: true }));

function slashing(...words: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const environment = { ...process.env, CLAVIGER_STORAGE__DATA_DIR: directory };
  return spawnSync(process.execPath, [MAIN, "slashing", ...words], { encoding: "utf8", env: environment });
}

test("slashing: while another process has the data directory every command says so", () => {
  const lock = lockDirectory(directory);
  for (const words of [["import", file], ["export", join(directory, "x.json")], ["prune"]]) {
    const { status, stderr } = slashing(...words);
    assert.equal(status, 1);
    assert.match(stderr, /ledger\.in_use: .* in use by another claviger process; stop it first/);
  }
  lock.release();
});

test("slashing: a first import names the chain", () => {
  const without = slashing("import", file);
  assert.equal(without.status, 1);
  assert.match(without.stderr, /guard\.genesis_root: .*--genesis-validators-root 0x0404/);
  const wrong = slashing("import", file, "--genesis-validators-root", "0x04");
  assert.equal(wrong.status, 2);
});

test("slashing: import, export, prune, export with the keys disabled", () => {
  const imported = slashing("import", file, "--genesis-validators-root", toHex(GENESIS), "-o", "json");
  assert.equal(imported.status, 0, imported.stderr);
  const report: { keys: { publicKey: string; blocks: number; lowSlot: string }[] } = JSON.parse(
    imported.stdout,
  );
  assert.deepEqual(
    report.keys.map(({ publicKey: key, blocks, lowSlot }) => [key, blocks, lowSlot]),
    [[PUBKEY, 100, "1"]],
  );
  const pruned = slashing("prune", "--keep-epochs", "2", "--slots-per-epoch", "8", "-o", "json");
  assert.deepEqual(JSON.parse(pruned.stdout), { event: "pruned", deleted: 83 });
  const target = join(directory, "out.json");
  const exported = slashing("export", target, "--disable-keys", "-o", "json");
  assert.equal(exported.status, 0, exported.stderr);
  const document: { data: { signed_blocks: { slot: string }[] }[] } = JSON.parse(
    readFileSync(target, "utf8"),
  );
  assert.deepEqual(document.data[0]?.signed_blocks.map((signedBlock) => signedBlock.slot).at(0), "84");
  const again = slashing("export", target);
  assert.match(again.stderr, /slashing\.file: .* exists already/);
  const database = openLedger(join(directory, LEDGER_FILE), { readonly: true });
  assert.deepEqual(database.prepare("SELECT enabled FROM slashing_validator").all(), [{ enabled: 0 }]);
  database.close();
});

test("slashing: a malformed file is refused with its field", () => {
  const bad = join(directory, "bad.json");
  writeFileSync(bad, documentOf(`{"pubkey":"0xab","signed_blocks":[],"signed_attestations":[]}`));
  const { status, stderr } = slashing("import", bad);
  assert.equal(status, 1);
  assert.match(stderr, /^claviger: request\.malformed: \/data\/0\/pubkey: must be 48 bytes of 0x-hex\n$/);
});

test("slashing settings: shown, changed one by one, refused where they make no sense", () => {
  const shown = slashing("settings", "-o", "json");
  assert.deepEqual(JSON.parse(shown.stdout), {
    mode: "complete",
    unknownHistory: "accept",
    floorSlot: null,
    floorEpoch: null,
    stopSlot: null,
    stopEpoch: null,
  });
  const noFloor = slashing("settings", "--unknown-history", "floor");
  assert.equal(noFloor.status, 1);
  assert.match(noFloor.stderr, /request\.malformed: .*floor slot and a floor epoch/);
  assert.equal(slashing("settings", "--mode", "some").status, 2);
  assert.equal(slashing("settings", "--stop-slot", "9223372036854775808").status, 2);
  const words = [
    "--unknown-history",
    "floor",
    "--floor-slot",
    "64",
    "--floor-epoch",
    "2",
    "--stop-slot",
    "99",
  ];
  const changed = slashing("settings", ...words, "--mode", "minimal", "-o", "json");
  assert.equal(changed.status, 0, changed.stderr);
  assert.equal(JSON.parse(changed.stdout).mode, "minimal");
  const lifted = slashing("settings", "--stop-slot", "none");
  assert.match(lifted.stdout, /stopSlot +none/);
  assert.match(lifted.stdout, /floorSlot +64/);
});

test("slashing: what needs a whole history goes on with an import that is under way, the rest leaves it, end-import ends it", async () => {
  const code = await loadImplementation();
  const path = join(directory, LEDGER_FILE);
  const mark = async (key: number): Promise<void> => {
    const guard = new Guard(code, openLedger(path, { readonly: false }));
    const votes = `{"source_epoch":"1","target_epoch":"2"}`;
    const pubkey = toHex(publicKey(key));
    await guard.stageAndMark(
      documentOf(`{"pubkey":"${pubkey}","signed_blocks":[],"signed_attestations":[${votes}]}`),
    );
    guard.database.close();
  };
  const isLeft = (): boolean => {
    const database = openLedger(path, { readonly: true });
    try {
      return database.prepare("SELECT 1 FROM slashing_import").get() !== undefined;
    } finally {
      database.close();
    }
  };
  const target = join(directory, "whole.json");
  for (const words of [["settings", "--mode", "complete"], ["export", target], ["end-import"]]) {
    await mark(5 + words.length);
    assert.equal(slashing("prune").status, 0);
    assert.equal(isLeft(), true);
    const { status, stdout, stderr } = slashing(...words);
    assert.equal(status, 0, stderr);
    assert.equal(isLeft(), false, words.join(" "));
    if (words[0] === "end-import")
      assert.match(stdout, /keys that sign again: 1\n.*: 0\n  with floors instead: 1;/);
  }
  assert.match(readFileSync(target, "utf8"), new RegExp(toHex(publicKey(7))));
  assert.match(slashing("end-import").stdout, /no import is under way: nothing was changed/);
});
