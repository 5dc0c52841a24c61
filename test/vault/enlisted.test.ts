/** Threads that have keys beside the vault's: what a failed start leaves, and that the next call starts what is missing. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { test } from "node:test";
import { insertSeal } from "../../src/ledger/sealed-rows.ts";
import type { CallQueue } from "../../src/threads/call-queue.ts";
import { KDF_FLOOR } from "../../src/vault/seal/seal.ts";
import { openVault } from "../../src/vault/vault.ts";
import { emptyDirectory, passphrase } from "./directory.ts";

const KEEPER = new URL("../../src/keeper/", import.meta.url);

test("a thread that fails to start, or to be connected, is started anew; those that run stay, and are sealed", async (t) => {
  const directory = emptyDirectory();
  const entry = join(directory.folder, "bls-entry.mjs");
  const joined: CallQueue[] = [];
  let joins = 0;
  const { vault } = openVault({
    databasePath: directory.databasePath,
    blsThreads: 2,
    onDeath: () => assert.fail("a start that fails is no death"),
    signing: {
      vaultEntry: new URL("vault-thread.ts", KEEPER),
      blsEntry: pathToFileURL(entry),
      async joinBls(queue) {
        joins += 1;
        if (joins === 1) throw new Error("not connected");
        joined.push(queue);
      },
    },
  });
  t.after(async () => {
    await vault.close();
    directory.remove();
  });
  insertSeal(directory.database, await vault.initialise({ passphrase: passphrase(), kdf: KDF_FLOOR }));
  await vault.unseal(passphrase());
  writeFileSync(entry, "throw new Error('not yet');");
  await assert.rejects(vault.readyToSignDuties(), { code: "service.stopping" });
  assert.deepEqual([joins, joined.length], [0, 0]);
  await vault.seal();
  await vault.unseal(passphrase());
  writeFileSync(entry, `await import(${JSON.stringify(new URL("bls-thread.ts", KEEPER).href)});`);
  await assert.rejects(vault.readyToSignDuties(), /not connected/);
  assert.deepEqual([joins, joined.length], [2, 1]);
  await Promise.all([vault.readyToSignDuties(), vault.readyToSignDuties()]);
  assert.deepEqual([joins, joined.length], [3, 2]);
  assert.ok(joined.every(({ alive }) => alive));
  await vault.seal();
  assert.equal((await vault.status()).cachedKeys, 0);
  await vault.close();
  assert.ok(joined.every(({ alive }) => !alive));
});
