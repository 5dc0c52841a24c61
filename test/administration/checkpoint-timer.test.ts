/** Checkpoints that nobody asks for: in a running service, and when they fail or the service is being stopped. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout } from "node:timers/promises";
import { CheckpointTimer } from "../../src/administration/checkpoint-timer.ts";
import { SignerError } from "../../src/domain/errors.ts";
import { LEDGER_FILE, openLedger } from "../../src/ledger/open.ts";
import { AuditTable } from "../../src/ledger/tables/audit.ts";
import { RunningService } from "../running/service.ts";

test("a log that grew is signed for, without anybody asking", async (t) => {
  const service = await RunningService.start();
  t.after(() => service.stop());
  const database = openLedger(join(service.dataDirectory, LEDGER_FILE), { readonly: true });
  t.after(() => database.close());
  const audit = new AuditTable(database);
  for (const name of ["first", "second"]) {
    const before = audit.size();
    assert.equal((await service.call("POST", "/v1/wallets", { name })).status, 201);
    const size = audit.size();
    assert.ok(size > before);
    while (audit.checkpoint(size) === undefined) await setTimeout(50);
  }
});

test("what fails is said once, until it works again; a sealed service is no failure", async (t) => {
  holdProcess(t);
  const sealed = new SignerError("service.sealed", "unseal it");
  const outcomes = [new Error("first"), new Error("second"), null, sealed, new Error("third")];
  const said: unknown[] = [];
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const timer = new CheckpointTimer(async () => {
    const outcome = outcomes.shift();
    if (outcome === undefined) end();
    else if (outcome !== null) throw outcome;
  }, 1);
  timer.start((error) => said.push(error instanceof Error ? error.message : error));
  await ended;
  await timer.stop();
  assert.deepEqual(said, ["first", "third"]);
});

test("one is under way at a time, and stopping waits for it and begins no other", async (t) => {
  holdProcess(t);
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  let count = 0;
  const timer = new CheckpointTimer(async () => {
    count += 1;
    begin();
    await held;
  }, 1);
  timer.start((error) => assert.fail(String(error)));
  await begun;
  await setTimeout(50);
  const stopped = timer.stop().then(() => "stopped");
  assert.equal(await Promise.race([stopped, setTimeout(50, "waiting")]), "waiting");
  release();
  await stopped;
  await setTimeout(50);
  assert.equal(count, 1);
});

/** The timer itself does not keep a process running. */
function holdProcess(t: TestContext): void {
  const hold = setInterval(() => undefined, 1000);
  t.after(() => clearInterval(hold));
}
