/** SIGTERM while requests are under way: all of those finish, and the log has no loose end. */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { faultsFrom, held, plan } from "../crash/every-fault.ts";
import { ALLOW_OPAQUE, bind } from "../running/policies.ts";
import { RunningService } from "../running/service.ts";
import { claviger, succeeded, temporary } from "./claviger.ts";

const REQUESTS = 12;

const parent = temporary("drain");
const dataDirectory = join(parent, "data");
const faultFile = join(parent, "fault.json");
after(() => rmSync(parent, { recursive: true }));

async function requestsUnderWay(service: RunningService): Promise<number> {
  const { text } = await service.call("GET", "/metrics");
  const depth = /^claviger_lane_depth\{lane="request"\} (\d+)$/m.exec(text)?.[1];
  assert.ok(depth !== undefined, text);
  return Number(depth);
}

test("SIGTERM: requests under way finish, exit code 0, no decision is left without its outcome", async () => {
  const service = await RunningService.start({ dataDirectory, environment: faultsFrom(faultFile) });
  const wallet = await service.call("POST", "/v1/wallets", { name: "treasury" });
  const key = await service.call("POST", `/v1/wallets/${wallet.body.id}/keys`, { chain: "ethereum" });
  await bind(service, ALLOW_OPAQUE, { keyId: key.body.id });
  // Nothing is recorded before the service has begun to stop, however fast or slow it is.
  plan(faultFile, held("COMMIT", { following: "INSERT INTO request" }));
  const replies = Array.from({ length: REQUESTS }, (_, index) => {
    const body = { type: "ethereum.message", message: { text: `message ${index}` } };
    return service.call("POST", `/v1/keys/${key.body.id}/sign`, body);
  });
  while ((await requestsUnderWay(service)) < REQUESTS);
  const stopped = service.stop();
  await service.stopping();
  rmSync(faultFile);
  for (const reply of await Promise.all(replies)) assert.equal(reply.status, 200, reply.text);
  assert.equal(await stopped, 0);

  const report = succeeded(
    await claviger(["audit", "verify", "-o", "json"], { CLAVIGER_STORAGE__DATA_DIR: dataDirectory }),
  );
  assert.equal(report.openDecisions, 0);
  assert.equal(report.signedSize, report.size);
  await assert.rejects(fetch(`${service.url}/health/live`));
});
