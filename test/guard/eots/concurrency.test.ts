/** The EOTS guard behind the ledger's thread: of messages that arrive together for one height exactly one is recorded. */
import assert from "node:assert/strict";
import { hash, randomInt } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { EotsClaim } from "../../../src/domain/guard.ts";
import { readHistory } from "../../../src/guard/eots/history.ts";
import { importEots } from "../../../src/guard/eots/import.ts";
import { openLedger } from "../../../src/ledger/open.ts";
import { AuditTable } from "../../../src/ledger/tables/audit.ts";
import { eotsImportTarget } from "../../../src/record/eots-import.ts";
import { startLedger, type Ledger } from "../../../src/record/ledger.ts";
import type { DecisionCall } from "../../../src/record/decision.ts";
import { rounds } from "../../extent.ts";
import { chainId, claim, history, message, place, publicKey, recordLine } from "./guard.ts";

const ROUNDS = rounds("RACE_ROUNDS");
const CLAIMS = 50;
const ACTOR = { namespace: "root", principal: "claviger test", tokenVersion: null } as const;

const directory = mkdtempSync(join(tmpdir(), "claviger-eots-"));
const databasePath = join(directory, "ledger.sqlite");
let ledger: Ledger;
let requests = 0;

before(async () => {
  ledger = await startLedger({ databasePath });
  // A decision names a key; how keys come to be is not the matter here.
  const database = openLedger(databasePath, { readonly: false });
  database.exec("INSERT INTO namespace VALUES ('root', 'now'), ('other', 'now')");
  database.exec(
    `INSERT INTO key (id, namespace, chain, curve, derivation, public_key, address, attributes, state, created_at)
     VALUES ('key_1', 'root', 'babylon', 'secp256k1', 'imported', x'02', '1', '{}', 'active', 'now'),
       ('key_2', 'other','babylon', 'secp256k1', 'imported', x'02', '1', '{}', 'active', 'now')`,
  );
  database.close();
});
after(async () => {
  await ledger.close();
  rmSync(directory, { recursive: true, force: true });
});

function decision(vote: EotsClaim, changes: Partial<DecisionCall> = {}): DecisionCall {
  requests += 1;
  return {
    id: `req_${String(requests).padStart(8, "0")}`,
    namespace: "root",
    keyId: "key_1",
    principal: "prn_1",
    type: "babylon.eots",
    receivedAt: "2026-01-01T00:00:00.000Z",
    idempotencyKey: null,
    bodyHash: new Uint8Array(32),
    problem: null,
    reservations: [],
    payloads: [{ ...vote, scheme: "babylon.eots" }],
    evaluations: [],
    evidence: "{}",
    judgedUnder: { principal: null, bindings: [] },
    ...changes,
  };
}

async function outcome(vote: EotsClaim, changes: Partial<DecisionCall> = {}): Promise<string> {
  const reply = await ledger.decide(decision(vote, changes));
  assert.ok(reply.outcome === "recorded");
  return reply.problem?.code ?? "allowed";
}

test(`${ROUNDS} rounds of ${CLAIMS} different messages: one each time`, { timeout: 300_000 }, async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const height = 2n ** 64n - 1n - BigInt(round);
    // Some ask for the same as others do, alone or as one batch.
    const messages = Array.from({ length: CLAIMS }, (_, index) => (index < 40 ? index : randomInt(40)));
    const alone = messages.slice(0, 45).map((bytes) => outcome(claim(0, height, bytes)));
    const batch = messages.slice(45).map((bytes) => decision(claim(0, height, bytes)));
    const replies = await ledger.decideTogether(batch);
    const outcomes = [
      ...(await Promise.all(alone)),
      ...replies.map((reply) =>
        reply.outcome === "recorded" ? (reply.problem?.code ?? "allowed") : reply.outcome,
      ),
    ];
    const allowed = new Set(messages.filter((_, index) => outcomes[index] === "allowed"));
    assert.equal(allowed.size, 1, `round ${round}`);
    for (const [index, bytes] of messages.entries()) {
      // The winner's message is allowed each time that it was asked for.
      assert.equal(outcomes[index], allowed.has(bytes) ? "allowed" : "guard.eots_conflict", `round ${round}`);
    }
  }
  const rows = await ledger.readEotsRecords({ publicKey: publicKey(0), after: null, limit: 5000 });
  assert.equal(rows.length, ROUNDS);
});

test("a refusal's audit leaf names chain, height and hashes, and no message", async () => {
  assert.equal(await outcome(claim(1, 7n, 1)), "allowed");
  const reply = await ledger.decide(decision(claim(1, 7n, 2)));
  assert.ok(reply.outcome === "recorded");
  assert.deepEqual(reply.problem?.members, {
    chainId: "bbn-1",
    height: "7",
    messageHash: `0x${hash("sha256", message(2))}`,
    recordedMessageHash: `0x${hash("sha256", message(1))}`,
  });
  const database = openLedger(databasePath, { readonly: true });
  const [leaf] = new AuditTable(database).leaves(null, reply.sequence, 1);
  database.close();
  const entry: { guard?: unknown; code?: string } = JSON.parse(leaf?.entry ?? "{}");
  assert.equal(entry.code, "guard.eots_conflict");
  assert.deepEqual(entry.guard, {
    kind: "eots",
    publicKey: `0x${Buffer.from(publicKey(1)).toString("hex")}`,
    chainId: `0x${Buffer.from(chainId(0)).toString("hex")}`,
    height: "7",
    messageHash: `0x${hash("sha256", message(2))}`,
  });
  for (const index of [1, 2]) assert.ok(!leaf?.entry.includes(Buffer.from(message(index)).toString("hex")));
});

test("a claim that a policy or a limit refused leaves no history", async () => {
  const problem = { code: "policy.denied", detail: "no", members: {} };
  assert.equal(await outcome(claim(2, 5n, 1), { problem }), "policy.denied");
  const limit = { counter: "daily", amount: "2", window: 60, max: "1", bindingId: "bnd", policy: "sha256:" };
  assert.equal(await outcome(claim(2, 5n, 1), { reservations: [limit] }), "policy.limit");
  assert.equal(await outcome(claim(2, 5n, 2)), "allowed");
});

test("a claim out of bounds fails alone; the rest of its batch is recorded", async () => {
  const results = await Promise.allSettled([
    outcome(claim(3, 1n, 1)),
    outcome(claim(3, 2n ** 64n, 1)),
    outcome({ ...claim(3, 2n, 1), message: new Uint8Array(8193) }),
    outcome(claim(3, 2n, 1)),
  ]);
  assert.deepEqual(
    results.map((result) => (result.status === "fulfilled" ? result.value : String(result.reason.code))),
    ["allowed", "request.malformed", "request.malformed", "allowed"],
  );
});

test("the same key in two namespaces has one history", async () => {
  assert.equal(await outcome(claim(4, 7n, 1), { namespace: "root" }), "allowed");
  assert.equal(await outcome(claim(4, 7n, 2), { namespace: "other", keyId: "key_2" }), "guard.eots_conflict");
});

test("import, floors, pruning and key states run between signatures, each with its audit leaf", async () => {
  const signing = Array.from({ length: 200 }, (_, index) => outcome(claim(6, BigInt(index + 1), 1)));
  const file = history(recordLine(5, 50n, 1), recordLine(5, 40n, 1), recordLine(5, 45n, 1));
  const report = await importEots(readHistory([Buffer.from(file)]), eotsImportTarget(ledger, ACTOR), {
    enableKeys: false,
  });
  assert.equal(report[0]?.floor, "50");
  assert.deepEqual(new Set(await Promise.all(signing)), new Set(["allowed"]));
  assert.equal(await outcome(claim(5, 50n, 2)), "guard.eots_conflict");
  assert.equal(await outcome(claim(5, 44n, 2)), "guard.eots_below_floor");
  const floor = await ledger.setEotsFloor({ actor: ACTOR, ...place(6, 100n) });
  assert.equal(floor.floor, 100n);
  await assert.rejects(ledger.setEotsFloor({ actor: ACTOR, ...place(6, 99n) }), {
    code: "request.conflict",
  });
  const step = await ledger.pruneEotsHistory({ actor: ACTOR, after: null, rowsMax: 5000 });
  assert.deepEqual([step.deleted, step.done], [102, true]);
  const publicKeys = [publicKey(6)];
  assert.deepEqual(await ledger.requireEotsFloor({ actor: ACTOR, publicKeys }), { keys: 1 });
  assert.equal(await outcome(claim(6, 300n, 1, 1)), "guard.unknown_history");
  await ledger.setEotsEnabled({ actor: ACTOR, publicKeys, enabled: false });
  assert.equal(await outcome(claim(6, 300n, 1)), "guard.disabled");
  const [state] = await ledger.readEotsKeys({ publicKey: publicKey(6), count: false });
  assert.deepEqual([state?.enabled, state?.requiresFloor, state?.chains[0]?.lowest], [false, true, 101n]);
  const head = await ledger.readHead();
  const leaves = await ledger.readLeaves({ namespace: "root", from: head.size - 10, limit: 10 });
  const actions = leaves.map((leaf) => {
    const entry: { action?: string } = JSON.parse(leaf.entry);
    return entry.action;
  });
  for (const action of ["eots.floor", "eots.prune", "eots.require_floor", "eots.disable"]) {
    assert.ok(actions.includes(action), action);
  }
});

test("of two imports at once the later one wins and the earlier one is told", async () => {
  const first = await ledger.beginEotsImport();
  const second = await ledger.beginEotsImport();
  const chunk = { records: [], floors: [], requireFloor: [] };
  await assert.rejects(ledger.stageEotsImport({ number: first, chunk }), {
    code: "request.conflict",
  });
  await ledger.stageEotsImport({ number: second, chunk });
  await ledger.discardEotsImport({ number: second });
});
