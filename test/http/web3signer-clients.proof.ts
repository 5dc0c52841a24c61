/**
 * Clients that misbehave: one that goes away while its duty is recorded, one that never reads its reply, one that never
 * ends its request. What was recorded stays so, is signed once when it is asked for again, and others are served.
 */
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { LEDGER_FILE, openLedger } from "../../src/ledger/open.ts";
import type { DutyBody } from "../chains/ethereum-validator/duties.ts";
import { expectedRoot } from "../chains/ethereum-validator/expected.ts";
import { guardRows } from "../crash/guard-rows.ts";
import { connected, Connection, posted } from "../running/connections.ts";
import { RunningService } from "../running/service.ts";
import { assertSigned, block, signDuty, validatorKeys, vote } from "../running/validators.ts";

const GONE = 120;
const UNREAD = 100;
/** Keys in a batch: a hundred of its answers are more than a megabyte. */
const BATCH = 60;

let service: RunningService;
let keys: string[];
let nextKey = 0;
before(async () => {
  // A stop waits as long as a request may take to arrive.
  service = await RunningService.start({ environment: { CLAVIGER_SERVER__REQUEST_TIMEOUT_MS: "2000" } });
  keys = await validatorKeys(service, BATCH + 5);
});
after(() => service.stop());

function freshKey(): string {
  const key = keys[nextKey++];
  assert.ok(key !== undefined, "make more keys in before()");
  return key;
}

function asked(publicKey: string, duty: DutyBody): Buffer {
  return posted(`/api/v1/eth2/sign/${publicKey}`, JSON.stringify(duty));
}

/** Signing roots on record for the key, in 0x-hex. */
function recorded(publicKey: string): Set<string> {
  const database = openLedger(join(service.dataDirectory, LEDGER_FILE), { readonly: true });
  try {
    return new Set(guardRows(database).get(publicKey)?.keys());
  } finally {
    database.close();
  }
}

function rootOf(duty: DutyBody): string {
  return `0x${Buffer.from(expectedRoot(duty)).toString("hex")}`;
}

/** The two are never both on record, and of one that is the signature can be had again. */
async function assertOneOf(publicKey: string, duty: DutyBody, other: DutyBody): Promise<boolean> {
  const rows = recorded(publicKey);
  const [first, second] = [rows.has(rootOf(duty)), rows.has(rootOf(other))];
  assert.ok(!(first && second), "two that contradict each other are on record");
  if (!first && !second) return false;
  const [right, wrong] = first ? [duty, other] : [other, duty];
  const signed = await signDuty(service, publicKey, right);
  assert.equal(signed.status, 200, signed.text);
  assertSigned(publicKey, right, signed.body.signature);
  const refused = await signDuty(service, publicKey, wrong);
  assert.equal(refused.status, 412, refused.text);
  return true;
}

/** Resolves when a later duty of the key is answered: all that came before it was decided. */
async function settled(publicKey: string, slot: bigint): Promise<void> {
  const reply = await signDuty(service, publicKey, block(slot));
  assert.equal(reply.status, 200, reply.text);
}

/** A pause of so many turns of the event loop, so that clients go away at many points of a request. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

test(`${GONE} clients go away while their duty is under way, then another client asks for the contradiction`, async () => {
  const publicKey = freshKey();
  let kept = 0;
  for (let round = 1; round <= GONE; round += 1) {
    const at = BigInt(round);
    const [duty, other] =
      round % 2 === 0 ? [vote(at - 1n, at, 1), vote(at - 1n, at, 2)] : [block(at, 1), block(at, 2)];
    const socket = await connected(service.url);
    socket.on("error", () => undefined);
    socket.write(asked(publicKey, duty));
    await turns(round % 40);
    if (round % 3 === 0) socket.resetAndDestroy();
    else socket.destroy();
    // At once, while the first may still be on its way to the ledger.
    const reply = await signDuty(service, publicKey, other);
    assert.ok(reply.status === 200 || reply.status === 412, reply.text);
    const first = recorded(publicKey).has(rootOf(duty));
    assert.equal(reply.status === 412, first, "refused for what is on record, and for that alone");
    if (first) kept += 1;
    assert.ok(await assertOneOf(publicKey, duty, other));
  }
  assert.ok(kept > 0, "no client went away with its duty recorded");
  assert.equal(recorded(publicKey).size, GONE);
});

test("the connection is lost in the middle of a body: nothing is recorded", async () => {
  const publicKey = freshKey();
  const whole = asked(publicKey, block(1n));
  for (let cut = 20; cut < whole.length; cut += 60) {
    const socket = await connected(service.url);
    socket.on("error", () => undefined);
    socket.write(whole.subarray(0, cut));
    await turns(3);
    socket.destroy();
  }
  await settled(publicKey, 2n);
  assert.deepEqual(recorded(publicKey), new Set([rootOf(block(2n))]));
});

/** Sends the requests one after the other without reading any reply. */
async function unread(requests: readonly Buffer[]): Promise<Socket> {
  const socket = await connected(service.url);
  socket.on("error", () => undefined);
  socket.pause();
  socket.write(Buffer.concat(requests));
  return socket;
}

test("a client that never reads: its duties are recorded once, and others do not wait for it", async () => {
  const publicKey = freshKey();
  const identifiers = keys.slice(5);
  assert.equal(identifiers.length, BATCH);
  const batches = Array.from({ length: UNREAD }, (_, index) => {
    const at = BigInt(index + 1);
    const body = { identifiers, signing_request: vote(at - 1n, at, 1) };
    return posted("/api/v1/eth2/sign", JSON.stringify(body));
  });
  const slow = await unread(batches);
  const line = await Connection.open(service.url);
  for (let slot = 1n; slot <= 50n; slot += 1n) {
    assert.equal((await line.ask(asked(publicKey, block(slot)))).status, 200);
  }
  line.close();
  assert.equal((await service.call("GET", "/health/ready")).status, 200);
  slow.destroy();
  const [identifier = ""] = identifiers;
  const rows = recorded(identifier);
  assert.ok(rows.size > 0, "none of its duties was recorded");
  // Asked for again by a client that reads: what is on record is signed, the contradiction of it is not.
  for (const at of [1n, 2n]) {
    const [duty, other] = [vote(at - 1n, at, 1), vote(at - 1n, at, 2)];
    assert.ok(await assertOneOf(identifier, duty, other));
  }
});

test("clients that hang in the middle of their request hold nobody up, and the service stops in spite of them", async (t) => {
  const publicKey = freshKey();
  const hanging = await Promise.all(
    Array.from({ length: 50 }, async () => {
      const socket = await connected(service.url);
      socket.on("error", () => undefined);
      socket.write(asked(publicKey, block(5n)).subarray(0, 300));
      return socket;
    }),
  );
  assert.equal((await signDuty(service, publicKey, block(5n, 1))).status, 200);
  assert.equal((await signDuty(service, publicKey, block(5n))).body.code, "guard.double_proposal");
  await settled(publicKey, 6n);
  assert.deepEqual(recorded(publicKey), new Set([rootOf(block(5n, 1)), rootOf(block(6n))]));
  const stopping = performance.now();
  assert.equal(await service.stop(), 0);
  t.diagnostic(`stopped in ${(performance.now() - stopping).toFixed(0)} ms`);
  for (const socket of hanging) socket.destroy();
});
