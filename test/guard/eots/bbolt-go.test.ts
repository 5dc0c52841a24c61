/**
 * The reader against bbolt itself: a small Go program makes stores of many shapes, and every record is found again.
 * Needs Go and, the first time, its module proxy; test/eots/bolt/fixture.db is what stays tested without them.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { listedIn, MemoryFile, readAll } from "./bolt-files.ts";

const PROGRAM = join(import.meta.dirname, "../../eots/bolt");
const folder = mkdtempSync(join(tmpdir(), "claviger-bbolt-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const skip = made();

/** False when the stores are there, else why not. */
function made(): string | false {
  for (const go of ["go", "/usr/local/go/bin/go"]) {
    const { error, status, stderr } = spawnSync(go, ["run", ".", folder], { cwd: PROGRAM, encoding: "utf8" });
    if (error !== undefined) continue;
    if (status === 0) return false;
    // A program that is wrong must not pass for a module that could not be had.
    assert.match(stderr, /proxy|dial|lookup|toolchain|cannot find module|download/, stderr);
    return `Go cannot get go.etcd.io/bbolt: ${stderr.slice(0, 200)}`;
  }
  return "no Go here: install it to test against bbolt itself";
}

for (const shape of [
  "empty",
  "inline",
  "fixture",
  "branches",
  "lazy",
  "overflow",
  "deleted",
  "emptied",
  "largePages",
]) {
  for (const file of [`${shape}.db`, `${shape}-copy.db`]) {
    test(`bbolt: ${file} is read as it was written`, { skip }, () => {
      const store = new MemoryFile(readFileSync(join(folder, file)));
      assert.deepEqual(readAll(store), listedIn(join(folder, `${shape}.json`)));
      assert.ok(store.bytesRead < store.bytes.length * 2, "each page is read once");
    });
  }
}

for (const shape of ["unknown", "nested"]) {
  test(`bbolt: refused: a store with ${shape} buckets`, { skip }, () => {
    const store = new MemoryFile(readFileSync(join(folder, `${shape}.db`)));
    assert.throws(() => readAll(store), { code: "request.malformed", message: /bucket/ });
  });
}
