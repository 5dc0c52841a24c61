/**
 * Floors and bounds while their storage fails or the process is killed: all keys of a call have them, or none, and what was
 * answered holds after the start.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { block, signDuty } from "../running/validators.ts";
import type { Fault } from "./fault-preload.ts";
import { validatorKeys } from "./guard-rows.ts";
import { Installation } from "./installation.ts";

const PRELOAD = pathToFileURL(join(import.meta.dirname, "fault-preload.ts")).href;

let installation: Installation;
let faultFile: string;
let keys: string[];
before(async () => {
  installation = await Installation.create();
  keys = (await validatorKeys(installation, 3)).map(({ publicKey }) => publicKey);
  faultFile = join(installation.directory, "fault.json");
  await installation.service.stop();
  await restart();
});
after(async () => {
  await installation.service.stop();
  installation.remove();
});

function restart(): Promise<void> {
  return installation.restart({ NODE_OPTIONS: `--import=${PRELOAD}`, TEST_FAULT_FILE: faultFile });
}

type Act = "floors" | "bounds";

/** What every key has, which is alike for all of them. */
async function found(act: Act): Promise<string | null> {
  const { items } = (await installation.service.call("GET", "/v1/slashing-protection/keys")).body;
  const values = new Set<string | null>(
    items.map((item: any) => (act === "floors" ? item.lowSlot : item.stopSlot)),
  );
  assert.equal(values.size, 1, "all keys or none");
  return [...values][0] ?? null;
}

const ROWS: readonly (readonly [Act, string, Fault, string | null])[] = [
  ["floors", "7", { sql: "SET low_slot", when: "after", skip: 1, code: "SQLITE_IOERR_WRITE" }, null],
  ["floors", "7", { sql: "COMMIT", when: "before", code: "SIGKILL" }, null],
  ["floors", "7", { sql: "COMMIT", when: "after", code: "SIGKILL" }, "7"],
  ["bounds", "9", { sql: "INSERT INTO audit_leaf", when: "after", code: "SQLITE_IOERR_WRITE" }, null],
  ["bounds", "9", { sql: "COMMIT", when: "after", code: "SIGKILL" }, "9"],
];
for (const [act, slot, fault, expected] of ROWS) {
  test(`${act}: ${fault.sql}: ${fault.code} ${fault.when} it: ${expected === null ? "none" : "all"} of the keys`, async () => {
    const set = () =>
      installation.service.call("POST", `/v1/slashing-protection/${act}`, { publicKeys: keys, slot });
    const exit = once(installation.service.process, "exit");
    writeFileSync(faultFile, JSON.stringify(fault));
    await assert.rejects(set(), TypeError, "no reply of any kind");
    await exit;
    rmSync(faultFile);
    await restart();
    assert.equal(await found(act), expected);
    await installation.verifyAudit();
    if (expected === null) return;
    assert.deepEqual((await set()).body, { changed: 0 });
    for (const key of keys) {
      const reply = await signDuty(installation.service, key, block(BigInt(slot)));
      assert.match(reply.body.code, /^guard\.(?:below|above)_watermark$/);
    }
  });
}
