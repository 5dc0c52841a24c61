/** Admission: how many requests, and how much of them, may be under way; and that draining waits for them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Custody, type SignCall } from "../../src/signing/custody.ts";
import type { AdministrationParts } from "../../src/signing/administration/parts.ts";
import { fakeParts, type FakeParts } from "./parts.ts";
import { DECODED, KEY, PRINCIPAL } from "./sample.ts";

function custody(changes: Partial<FakeParts> = {}): { custody: Custody; fake: FakeParts } {
  const { fake, parts } = fakeParts(changes);
  const none = (): void => undefined;
  const observer = {
    stage: none,
    fuel: none,
    guarded: none,
    guardRefused: none,
    dutySigned: none,
    dutySigning: none,
  };
  return { fake, custody: new Custody(parts, {} as unknown as AdministrationParts, observer) };
}

function call(text = ""): SignCall {
  return {
    requestId: "req_1",
    principal: PRINCIPAL,
    keyId: KEY.id,
    request: { type: "ethereum.message", message: { text } },
    idempotencyKey: null,
  };
}

/** A decode step that waits until it is let go. */
function gate(): { decode: FakeParts["decode"]; open: () => void } {
  const { promise, resolve } = Promise.withResolvers<typeof DECODED>();
  return { decode: () => promise, open: () => resolve(DECODED) };
}

test("admission: 2,000 requests under way, one more is service.overloaded", async () => {
  const { decode, open } = gate();
  const { custody: door } = custody({ decode });
  const waiting = Array.from({ length: 2000 }, (_, index) =>
    index % 2 === 0 ? door.sign(call()) : door.evaluate(call()),
  );
  await assert.rejects(door.sign(call()), { code: "service.overloaded" });
  await assert.rejects(door.evaluate(call()), { code: "service.overloaded" });
  open();
  await Promise.all(waiting);
  await door.sign(call());
});

test("admission: 64 Mi characters of bodies under way, one more is service.overloaded", async () => {
  const { decode, open } = gate();
  const { custody: door } = custody({ decode });
  const large = "x".repeat(8 * 1024 * 1024);
  const waiting = Array.from({ length: 7 }, () => door.sign(call(large)));
  await assert.rejects(door.sign(call(large)), { code: "service.overloaded" });
  waiting.push(door.sign(call()));
  open();
  await Promise.all(waiting);
  await door.sign(call(large));
});

test("admission: a refusal or a bug gives its place back", async () => {
  const { custody: door } = custody({ decode: () => Promise.reject(new Error("bug")) });
  for (let index = 0; index < 2100; index += 1) await assert.rejects(door.sign(call()), /bug/);
});

test("admission: draining refuses new requests and waits for those under way", async () => {
  const { decode, open } = gate();
  const { custody: door, fake } = custody({ decode });
  const signing = door.sign(call());
  let drained = false;
  const draining = door.drain().then(() => (drained = true));
  await assert.rejects(door.sign(call()), { code: "service.stopping" });
  await assert.rejects(door.evaluate(call()), { code: "service.stopping" });
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(drained, false);
  open();
  await signing;
  await draining;
  assert.ok(fake.events.includes("sign"));
});
