/** SIGTERM while requests are under way: those finish, later ones are told, and the log has no loose end. */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { bind, fromText } from "../running/policies.ts";
import { RunningService } from "../running/service.ts";
import { claviger, succeeded, temporary } from "./claviger.ts";

/** Allows after some milliseconds of counting. */
const SLOW = fromText(String.raw`(module
  (memory (export "memory") 3)
  (data (i32.const 0) "{\"decision\":\"allow\",\"allowOpaque\":true}")
  (func (export "policy_abi_v1"))
  (func (export "policy_alloc") (param i32) (result i32) i32.const 65536)
  (func (export "policy_evaluate") (param i32 i32) (result i64) (local $left i32)
    (local.set $left (i32.const 2000000))
    (loop $again
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br_if $again (local.get $left)))
    i64.const 39))`);
const REQUESTS = 12;

const parent = temporary("drain");
const dataDirectory = join(parent, "data");
after(() => rmSync(parent, { recursive: true }));

test("SIGTERM: requests under way finish, exit code 0, no decision is left without its outcome", async () => {
  const service = await RunningService.start({ dataDirectory });
  const wallet = await service.call("POST", "/v1/wallets", { name: "treasury" });
  const key = await service.call("POST", `/v1/wallets/${wallet.body.id}/keys`, { chain: "ethereum" });
  await bind(service, SLOW, { keyId: key.body.id }, { fuelMax: 100_000_000 });
  const path = `/v1/keys/${key.body.id}/sign`;
  let answered = 0;
  const replies = Array.from({ length: REQUESTS }, async (_, index) => {
    const message = { text: `message ${index}` };
    const reply = await service.call("POST", path, { type: "ethereum.message", message });
    answered += 1;
    return reply;
  });
  await Promise.race(replies);
  const before = answered;
  assert.ok(before < REQUESTS, "the policy is too fast to catch requests under way");
  const stopping = service.stop();
  const all = await Promise.all(replies);
  assert.equal(await stopping, 0);
  const signed = all.filter((reply) => reply.status === 200).length;
  assert.ok(signed > before, "none of the requests under way was finished");
  // What had not arrived yet is told, and nothing else happens to it.
  for (const reply of all) if (reply.status !== 200) assert.equal(reply.body.code, "service.stopping");

  const report = succeeded(
    await claviger(["audit", "verify", "-o", "json"], { CLAVIGER_STORAGE__DATA_DIR: dataDirectory }),
  );
  assert.equal(report.openDecisions, 0);
  assert.equal(report.signedSize, report.size);
  await assert.rejects(fetch(`${service.url}/health/live`));
});
