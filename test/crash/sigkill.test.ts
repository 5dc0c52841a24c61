/**
 * The service killed with SIGKILL under load, again and again on the same data directory. After each restart: what a
 * client received is on record, no limit was exceeded, the audit log verifies, and an unanswered request that is
 * repeated gets one answer and no second reservation.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomInt, randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { answering } from "../running/policies.ts";
import { rounds } from "../extent.ts";
import {
  allowed,
  decisionById,
  decisionsByKey,
  groups,
  Installation,
  leafCount,
  reserved,
} from "./installation.ts";
import { anyRequest, type SignBody } from "./requests.ts";

const ROUNDS = rounds("CRASH_ROUNDS");
/** A start keeps one core busy for most of its time. */
const LANES = Math.min(availableParallelism(), 4);
const CLIENTS = 12;
const AUDIT_EVERY = 10;
const MAIN = join(import.meta.dirname, "../../src/main.ts");

/** Small limits are contested in their round, the large one never is. */
const MAXIMA = [5, 40, 100_000];
/** Past 2^64, so that no sum fits a SQLite integer. */
const LARGE = 20_000_000_000_000_000_000n;

interface Ask extends SignBody {
  readonly idempotencyKey: string | undefined;
}

interface Answered {
  readonly ask: Ask;
  readonly status: number;
  readonly body: any;
}

interface Round {
  readonly max: number;
  /** A binding that counts requests, and one that counts LARGE for each. */
  readonly bindings: readonly [count: string, large: string];
  readonly firstLeaf: number;
  readonly answered: Answered[];
  readonly unanswered: Ask[];
}

const total = { rounds: 0, midFlight: 0, released: 0, limited: 0, unanswered: 0, unsigned: 0, repeated: 0 };
const lanes: Installation[] = [];
after(async () => {
  for (const lane of lanes) {
    await lane.service.stop();
    lane.remove();
  }
});

test(`${ROUNDS} kills: nothing released that is not recorded, no limit exceeded`, async (t) => {
  const started = performance.now();
  await Promise.all(Array.from({ length: LANES }, runLane));
  t.diagnostic(`${LANES} installations, ${((performance.now() - started) / 1000).toFixed(0)} s`);
  t.diagnostic(JSON.stringify(total));
  assert.equal(total.rounds, ROUNDS);
  assert.ok(
    total.midFlight >= Math.min(ROUNDS * 0.9, ROUNDS - 1),
    "kills hit work under way in nine of ten rounds",
  );
  assert.ok(total.released > ROUNDS, "signatures were under way");
  // Of a few rounds none need be past its limit when it is killed.
  assert.ok(ROUNDS < 24 || total.limited > ROUNDS, "refusals were under way");
  assert.ok(total.repeated > ROUNDS / 2, "requests without an answer were repeated");
});

test("claviger audit verify agrees, from the command line", () => {
  for (const lane of lanes) {
    const output = execFileSync(process.execPath, [MAIN, "audit", "verify", "-o", "json"], {
      env: { ...process.env, CLAVIGER_STORAGE__DATA_DIR: lane.directory },
      encoding: "utf8",
    });
    assert.equal(JSON.parse(output).verified, true);
  }
});

let begun = 0;

async function runLane(): Promise<void> {
  const lane = await Installation.create();
  lanes.push(lane);
  const digests = await Promise.all(MAXIMA.map((max) => uploadPair(lane, max)));
  while (begun < ROUNDS) {
    begun += 1;
    const choice = begun % MAXIMA.length;
    const round = await beginRound(lane, MAXIMA[choice] ?? 0, digests[choice] ?? ["", ""]);
    await loadAndKill(lane, round);
    await lane.restart();
    checkRecord(lane, round);
    await repeatUnanswered(lane, round);
    checkLimits(lane, round);
    for (const binding of round.bindings) await lane.unbind(binding);
    total.rounds += 1;
    if (total.rounds % AUDIT_EVERY === 0) await lane.verifyAudit();
  }
  await lane.verifyAudit();
}

async function uploadPair(lane: Installation, max: number): Promise<[string, string]> {
  const limited = (amount: bigint): Uint8Array =>
    answering({
      decision: "allow",
      allowOpaque: true,
      limits: [
        { counter: "all", amount: String(amount), window: 31_622_400, max: String(amount * BigInt(max)) },
      ],
    });
  return [await lane.upload(limited(1n)), await lane.upload(limited(LARGE))];
}

async function beginRound(lane: Installation, max: number, [count, large]: [string, string]): Promise<Round> {
  return {
    max,
    bindings: [await lane.bind(count), await lane.bind(large)],
    firstLeaf: lane.read(leafCount),
    answered: [],
    unanswered: [],
  };
}

/** Clients ask without pause; the process is killed at a random moment after the first answer. */
async function loadAndKill(lane: Installation, round: Round): Promise<void> {
  const kill = new AbortController();
  const first = Promise.withResolvers<void>();
  const client = async (): Promise<void> => {
    while (!kill.signal.aborted) {
      const ask = nextAsk(lane, round);
      try {
        const { status, body, text } = await lane.sign(ask, ask.idempotencyKey);
        assert.ok(status === 200 || (status === 403 && body.code === "policy.limit"), text);
        round.answered.push({ ask, status, body });
        first.resolve();
      } catch (error) {
        if (!kill.signal.aborted) throw error;
        round.unanswered.push(ask);
      }
    }
  };
  const clients = Promise.all(Array.from({ length: CLIENTS }, client));
  await Promise.race([first.promise, clients]);
  await new Promise((resolve) => setTimeout(resolve, randomInt(5, 200)));
  kill.abort();
  await lane.service.kill();
  await clients;
  if (round.unanswered.length > 0) total.midFlight += 1;
  total.unanswered += round.unanswered.length;
}

/** Half of them with an Idempotency-Key; some repeat one that is under way or was answered. */
function nextAsk(lane: Installation, round: Round): Ask {
  const earlier = round.answered.at(-1)?.ask;
  if (earlier?.idempotencyKey !== undefined && randomInt(4) === 0) return earlier;
  return { ...anyRequest(lane.keys), idempotencyKey: randomInt(2) === 0 ? randomUUID() : undefined };
}

/** Every answer that a client received is on record as it was given, and one Idempotency-Key had one answer. */
function checkRecord(lane: Installation, round: Round): void {
  const byKey = new Map<string, string>();
  lane.read((database) => {
    for (const { ask, status, body } of round.answered) {
      const decision = status === 200 ? "allow" : "deny";
      const found = decisionById(database, body.requestId);
      assert.equal(found?.decision, decision, `${body.requestId} was answered ${status}`);
      const entry = JSON.parse(found.entry);
      assert.deepEqual(
        [entry.type, entry.requestId, entry.decision],
        ["decision", body.requestId, decision],
        "audit entry",
      );
      if (status === 200) total.released += 1;
      else total.limited += 1;
      if (ask.idempotencyKey === undefined) continue;
      const text = JSON.stringify(body);
      assert.equal(byKey.get(ask.idempotencyKey) ?? text, text, "one key, one answer");
      byKey.set(ask.idempotencyKey, text);
    }
  });
}

/** A request that got no answer is asked again, by two callers at once. */
async function repeatUnanswered(lane: Installation, round: Round): Promise<void> {
  for (const ask of round.unanswered) {
    const { idempotencyKey } = ask;
    if (idempotencyKey === undefined) continue;
    const before = lane.read((database) => decisionsByKey(database, idempotencyKey));
    assert.ok(before.length <= 1);
    const replies = await Promise.all([lane.sign(ask, idempotencyKey), lane.sign(ask, idempotencyKey)]);
    const [first, other] = replies;
    assert.equal(first?.text, other?.text, "both callers get the same bytes");
    const [recorded, ...more] = lane.read((database) => decisionsByKey(database, idempotencyKey));
    assert.equal(more.length, 0);
    assert.equal(first?.body.requestId, recorded?.id);
    assert.equal(first?.status, recorded?.decision === "allow" ? 200 : 403, first?.text);
    total.repeated += 1;
    if (before[0] === undefined) continue;
    assert.equal(recorded?.id, before[0].id, "the decision before the crash is kept");
    if (before[0].decision === "allow" && before[0].result === null) total.unsigned += 1;
  }
}

/** Reserved is exactly what was allowed, once each, and never more than the limit. */
function checkLimits(lane: Installation, round: Round): void {
  const released = new Set(
    round.answered.filter((answered) => answered.status === 200).map((answered) => answered.body.requestId),
  );
  assert.ok(released.size <= round.max, `${released.size} signatures released under a limit of ${round.max}`);
  lane.read((database) => {
    const [count, large] = round.bindings;
    const decisions = allowed(database, count, round.firstLeaf);
    assert.ok(decisions <= round.max && released.size <= decisions);
    assert.equal(reserved(database, count), BigInt(decisions), "one reservation for each allowed request");
    assert.equal(reserved(database, large), BigInt(decisions) * LARGE);
    const of = (type: string): number => allowed(database, count, round.firstLeaf, type);
    for (const id of round.bindings) {
      assert.equal(groups(database, id), of("ethereum.transaction") + of("bitcoin.psbt"));
    }
  });
}
