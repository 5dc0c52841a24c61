/**
 * An import in pieces that cannot go on: the service tries it again by itself, stops between two pieces, and a command ends it
 * on the stopped directory. Its keys sign nothing meanwhile, and afterwards nothing that the document forbids.
 */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { claviger, succeeded } from "../commands/claviger.ts";
import { few } from "../extent.ts";
import { longDocument, upload } from "../running/interchange.ts";
import type { Reply } from "../running/service.ts";
import { vote } from "./duties.ts";
import { clavigerUnder, FaultyInstallation, held, nameOf, plan, unwritten, written } from "./every-fault.ts";
import { guardState, signDutyWith, validatorKeys } from "./guard-rows.ts";

/** Several pieces, whatever a piece is. */
const VOTES = 9000;
/** Between two looks. */
const PAUSE = 50;

let installation: FaultyInstallation;
let faultFile: string;
let keys: string[];

before(async () => {
  installation = await FaultyInstallation.create();
  faultFile = join(installation.directory, "fault.json");
  keys = (await validatorKeys(installation, 4)).map(({ publicKey }) => publicKey);
  // The chain of the directory is known.
  assert.equal((await sign(keys.pop() ?? "", 1)).status, 200);
});
after(() => installation.end());

/** A vote from `source` for the epoch after it. */
function sign(publicKey: string, source: number): Promise<Reply> {
  return signDutyWith(installation, publicKey, vote(source, source + 1));
}

function importing(publicKey: string): Promise<Reply> {
  return upload(installation.service, longDocument(publicKey, VOTES));
}

function valueOf(sql: string, ...values: readonly string[]): unknown {
  return installation.read(
    (database) =>
      database
        .prepare<string[]>(sql)
        .pluck()
        .get(...values) ?? null,
  );
}

function stateOf(): unknown {
  return valueOf("SELECT state FROM slashing_import");
}

function votesOf(publicKey: string): number {
  const sql = `SELECT count(*) FROM slashing_attestation JOIN slashing_validator ON id = validator
    WHERE '0x' || lower(hex(public_key)) = ?`;
  return Number(valueOf(sql, publicKey));
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await setTimeout(PAUSE);
}

/** What /metrics says of imports: keys that wait, and whether one is held up. */
async function gauges(): Promise<readonly (string | undefined)[]> {
  const { text } = await installation.service.call("GET", "/metrics");
  return ["claviger_slashing_merging_keys", "claviger_slashing_import_held_up"].map(
    (name) => new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1],
  );
}

/** Nothing that the document has a vote for is signed otherwise; what comes after it is. */
async function obeysDocument(publicKey: string, later: number): Promise<void> {
  const double = await sign(publicKey, 4000);
  assert.equal(double.status, 412, double.text);
  assert.equal((await sign(publicKey, later)).status, 200);
}

test("a piece that fails is tried again by itself, after growing waits: the log and the metrics say so", async () => {
  const publicKey = keys.pop() ?? "";
  assert.deepEqual(await gauges(), ["0", "0"]);
  plan(faultFile, unwritten("UPDATE slashing_import SET entry", null));
  const failed = await importing(publicKey);
  assert.equal(failed.status, 500, failed.text);
  const log = (): string => installation.service.stderr.join("");
  await until(() => log().includes('"retryAfterSeconds":2'));
  assert.match(log(), /"retryAfterSeconds":1.*an import of signing history cannot go on/);
  assert.deepEqual(await gauges(), ["1", "1"]);
  assert.equal((await sign(publicKey, 20_000)).body.code, "guard.merging");
  rmSync(faultFile);
  await until(async () => (await gauges()).join() === "0,0");
  assert.equal(votesOf(publicKey), VOTES);
  await obeysDocument(publicKey, 20_000);
});

test("SIGTERM while a history is merged: the stop comes after the piece, its caller is told, the next start goes on", async () => {
  const publicKey = keys.pop() ?? "";
  plan(faultFile, held("UPDATE slashing_import SET entry"));
  const answer = importing(publicKey);
  await until(() => stateOf() === "merging");
  const { service } = installation;
  service.process.kill("SIGTERM");
  await service.stopping();
  rmSync(faultFile);
  const told = await answer;
  assert.equal(told.status, 503, told.text);
  assert.equal(told.body.code, "service.stopping");
  assert.match(told.body.detail, /start it again/);
  assert.deepEqual(await service.ended, [0, null]);
  assert.equal(stateOf(), "merging");
  assert.ok(votesOf(publicKey) < VOTES, "what was left is for the next start");
  await installation.restart();
  await until(() => stateOf() === null);
  assert.equal(votesOf(publicKey), VOTES);
  await obeysDocument(publicKey, 20_000);
});

const FAULTS = [
  unwritten("UPDATE slashing_validator SET low_slot"),
  written("UPDATE slashing_import SET state"),
  unwritten("COMMIT", "SIGKILL", { following: "UPDATE slashing_import SET state" }),
];

test("end-import: whatever write fails, the import is under way still; then its key has floors, and nothing was lowered", async () => {
  const publicKey = keys.pop() ?? "";
  const { directory } = installation;
  const piece = written("COMMIT", "SIGKILL", { following: "INSERT INTO slashing_attestation" });
  await installation.dies(piece, () =>
    importing(publicKey).catch((error: unknown) => {
      throw new TypeError("no answer", { cause: error });
    }),
  );
  const half = votesOf(publicKey);
  const state = (): unknown => installation.read(guardState);
  const earlier = state();
  const run = async (...words: readonly string[]): Promise<any> =>
    succeeded(await claviger([...words, "-o", "json"], { CLAVIGER_STORAGE__DATA_DIR: directory }));
  await run("slashing", "settings", "--stop-slot", "none");
  assert.deepEqual(state(), earlier, "what needs no whole history leaves the import alone");
  for (const fault of few(FAULTS, 2)) {
    const ended = await clavigerUnder(fault, directory, ["slashing", "end-import", "-o", "json"]);
    assert.notEqual(ended.code, 0, nameOf(fault));
    assert.equal(ended.stdout, "", "nothing is said to be done");
    assert.equal(stateOf(), "merging");
    assert.deepEqual(state(), earlier, nameOf(fault));
  }
  const ended = { event: "import-ended", keys: 1, floorKeys: 1 };
  assert.deepEqual(await run("slashing", "end-import"), ended);
  assert.equal(stateOf(), null);
  assert.equal(votesOf(publicKey), half, "the rest of the records stays out");
  assert.deepEqual(await run("slashing", "end-import"), { ...ended, keys: 0, floorKeys: 0 });
  assert.match(
    String(valueOf("SELECT entry FROM audit_leaf ORDER BY sequence DESC LIMIT 1")),
    /"action":"slashing\.endImport".*"principal":"claviger slashing end-import"/,
  );
  await installation.restart();
  const last = await sign(publicKey, VOTES - 1);
  assert.equal(last.body.code, "guard.below_watermark", last.text);
  await obeysDocument(publicKey, VOTES);
  await installation.verifyAudit();
});
