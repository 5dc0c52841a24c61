/** audit clock: a service ran with a clock that was a year ahead, and the clock came back. */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { answering, bind } from "../running/policies.ts";
import { RunningService, type Reply } from "../running/service.ts";
import { claviger, refused, succeeded, temporary } from "./claviger.ts";

const YEAR_MS = 365 * 86_400_000;
/** What a process finds in its environment whose clock is ahead: that of every thread. */
function aheadBy(milliseconds: number): Readonly<Record<string, string>> {
  const clock = `const Real = Date;
globalThis.Date = class extends Real {
  constructor(...parts) { super(...(parts.length === 0 ? [Real.now() + ${milliseconds}] : parts)); }
  static now() { return Real.now() + ${milliseconds}; }
};`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(clock)}` };
}

/** What time it is: the clock is right. */
const now = (): string => new Date().toISOString();

const parent = temporary("clock");
const dataDirectory = join(parent, "data");
const data = { CLAVIGER_STORAGE__DATA_DIR: dataDirectory };
after(() => rmSync(parent, { recursive: true }));

let keyId = "";
let bindingId = "";

const POLICY = answering({
  decision: "allow",
  allowOpaque: true,
  limits: [{ counter: "daily", amount: "7", window: 86_400, max: "10" }],
});

function sign(service: RunningService): Promise<Reply> {
  const body = { type: "ethereum.message", message: { text: "x" } };
  return service.call("POST", `/v1/keys/${keyId}/sign`, body);
}

/** What `work` gives on a service on the directory, whose clock is ahead or right. */
async function serving<Result>(
  ahead: boolean,
  work: (service: RunningService) => Promise<Result>,
): Promise<Result> {
  const environment = ahead ? aheadBy(YEAR_MS) : {};
  const service = await RunningService.start({ dataDirectory, environment });
  try {
    return await work(service);
  } finally {
    assert.equal(await service.stop(), 0);
  }
}

async function newestEntry(service: RunningService): Promise<any> {
  const [made, entries] = [
    await service.call("POST", "/v1/wallets", { name: "later" }),
    await service.call("GET", "/v1/audit/entries?limit=500"),
  ];
  assert.equal(made.status, 201, made.text);
  return entries.body.items.at(-1).entry;
}

before(async () => {
  await serving(true, async (service) => {
    const wallet = await service.call("POST", "/v1/wallets", { name: "w" });
    const key = await service.call("POST", `/v1/wallets/${wallet.body.id}/keys`, { chain: "ethereum" });
    keyId = key.body.id;
    bindingId = await bind(service, POLICY, { keyId });
    const signed = await sign(service);
    assert.equal(signed.status, 200, signed.text);
  });
});

test("audit clock: no clock is accepted while a service has the directory", async () => {
  await serving(false, async () => {
    refused(
      await claviger(["audit", "clock", "--accept", now()], data),
      1,
      "ledger.in_use",
      /in use by another claviger process/,
    );
  });
});

test("audit clock: a clock that says another time than its user is not accepted, be it behind or ahead", async () => {
  for (const milliseconds of [-3_600_000, 3_600_000]) {
    refused(
      await claviger(["audit", "clock", "--accept", now()], { ...data, ...aheadBy(milliseconds) }),
      1,
      "request.conflict",
      /the clock says .* 3[56]\d\d s (?:before|after) the stated time .*; set the clock if it is wrong/,
    );
  }
  const { secondsAhead } = succeeded(await claviger(["audit", "clock", "-o", "json"], data));
  assert.ok(secondsAhead > 300 * 86_400, "nothing was written");
});

test("audit clock: a time needs its day and its zone", async () => {
  const ended = await claviger(["audit", "clock", "--accept", "2026-03-01T12:00"], data);
  refused(ended, 2, "usage", /--accept: must be what time it is, with its zone/);
});

test("audit clock: shows and writes nothing, then accepts once; no limit gets room by it, and the log verifies", async () => {
  const found = await claviger(["doctor", "-o", "json"], data);
  const clock = JSON.parse(found.stdout).findings.find(({ check }: { check: string }) => check === "clock");
  assert.equal(clock.state, "warning");
  assert.match(clock.fix, /claviger audit clock --accept/);

  const shown = succeeded(await claviger(["audit", "clock", "-o", "json"], data));
  assert.equal(shown.accepted, false);
  assert.ok(shown.secondsAhead > 300 * 86_400);
  assert.deepEqual(
    shown.spendsAhead.map((ahead: Record<string, unknown>) => [ahead["bindingId"], ahead["counter"]]),
    [[bindingId, "daily"]],
  );
  await serving(false, async (service) => {
    const { at } = await newestEntry(service);
    assert.ok(Date.parse(at) - Date.now() > YEAR_MS / 2, "nothing moved yet");
    assert.equal((await sign(service)).body.code, "policy.limit");
  });

  const accepted = succeeded(await claviger(["audit", "clock", "--accept", now(), "-o", "json"], data));
  assert.equal(accepted.accepted, true);
  const again = succeeded(await claviger(["audit", "clock", "--accept", now(), "-o", "json"], data));
  assert.deepEqual([again.accepted, again.secondsAhead], [false, 0]);

  await serving(false, async (service) => {
    const { at } = await newestEntry(service);
    assert.ok(Math.abs(Date.parse(at) - Date.now()) < YEAR_MS / 2, "the log follows the clock");
    // The spend of the wrong year counts until its day has passed.
    assert.equal((await sign(service)).body.code, "policy.limit");
  });
  succeeded(await claviger(["audit", "verify", "-o", "json"], data));
  const file = join(parent, "audit.jsonl");
  succeeded(await claviger(["audit", "export", file, "-o", "json"], data));
  succeeded(await claviger(["audit", "verify", "--file", file, "-o", "json"]));
});
