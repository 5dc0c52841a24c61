/** The record transaction, without its thread: idempotency, limits, decision and audit leaf, together or not at all. */
import assert from "node:assert/strict";
import { beforeEach, describe, mock, test } from "node:test";
import fc from "fast-check";
import { eachLeaf } from "../../src/ledger/tables/audit-walk.ts";
import { appendLeaf, emptyFrontier, frontierRoot, leafHash } from "../../src/audit/tree.ts";
import { utf8 } from "../../src/domain/bytes.ts";
import type { DecisionReply } from "../../src/record/decision.ts";
import {
  claim,
  decide,
  decision,
  foresee,
  newTables,
  operate,
  recordOutcome,
  tablesOver,
  type TestTables,
} from "./tables.ts";

let tables: TestTables;
beforeEach(() => {
  tables = newTables();
});

function run(changes: Parameters<typeof decision>[0] = {}): DecisionReply {
  return operate(tables, () => decide(tables, decision(changes)));
}

function count(table: string): number {
  return Number(tables.database.prepare(`SELECT count(*) FROM ${table}`).pluck().get());
}

function problemCode(reply: DecisionReply): string | null | undefined {
  return reply.outcome === "recorded" ? (reply.problem?.code ?? null) : undefined;
}

function lastEntry(): Record<string, unknown> {
  return JSON.parse(
    String(
      tables.database.prepare("SELECT entry FROM audit_leaf ORDER BY sequence DESC LIMIT 1").pluck().get(),
    ),
  );
}

for (const [name, change] of [
  ["disabled", "state = 'disabled'"],
  ["deleted", "state = 'disabled', deleted_at = 'now'"],
] as const) {
  test(`record: a key that was ${name} after the request was judged: nothing is recorded, a repeat neither`, () => {
    run({ idempotencyKey: "k" });
    const before = [count("request"), count("audit_leaf"), count("limit_spend")];
    tables.database.exec(`UPDATE key SET ${change}`);
    assert.deepEqual(run({ reservations: [claim()] }), { outcome: "stale" });
    assert.deepEqual(run({ idempotencyKey: "k" }), { outcome: "stale" });
    assert.deepEqual([count("request"), count("audit_leaf"), count("limit_spend")], before);
  });
}

describe("record: what a request was judged under", () => {
  beforeEach(() => {
    tables.database.exec(`INSERT INTO wallet VALUES ('wal_1', 'root', 'w', 'now');
      UPDATE key SET wallet_id = 'wal_1';
      INSERT INTO policy VALUES ('root', 'sha256:1', 'p', 1, 'abi', '{}', x'00', 'now');
      INSERT INTO principal VALUES ('prn_1', 'root', 'n', '[]', '[]', randomblob(32), 'now', NULL, 3, 1)`);
    for (const [id, kind, scope] of [
      ["b_key", "key", "key_1"],
      ["a_wallet", "wallet", "wal_1"],
      ["c_space", "namespace", "root"],
      ["other_key", "key", "key_9"],
      ["other_wallet", "wallet", "wal_9"],
    ]) {
      tables.database
        .exec(`INSERT INTO binding VALUES ('${id}', 'root', 'sha256:1', '${kind}', '${scope}', '{}', 1,
        'enforce', 'now', NULL, 2)`);
    }
  });
  const BINDINGS = ["b_key:2", "c_space:2", "a_wallet:2"];
  const under = (principal: number | null = 3, bindings = BINDINGS): string =>
    run({ judgedUnder: { principal, bindings } }).outcome;

  test("all of it as it was, in whatever order: recorded; a caller that is built in has no version", () => {
    assert.equal(under(), "recorded");
    assert.equal(under(null, BINDINGS.toReversed()), "recorded");
  });

  for (const [name, change] of [
    ["the caller changed", "UPDATE principal SET version = 4"],
    ["the caller deleted", "UPDATE principal SET deleted_at = 'now'"],
    ["the key's binding changed", "UPDATE binding SET version = 3 WHERE id = 'b_key'"],
    ["the wallet's binding deleted", "UPDATE binding SET deleted_at = 'now' WHERE id = 'a_wallet'"],
    [
      "a binding on the namespace added",
      "INSERT INTO binding SELECT 'new', namespace, policy, 'namespace', 'root', settings, fuel_max, mode, 'now', NULL, 1 FROM binding LIMIT 1",
    ],
  ] as const) {
    test(`${name}: nothing is recorded`, () => {
      tables.database.exec(change);
      assert.equal(under(), "stale");
      assert.deepEqual([count("request"), count("audit_leaf")], [0, 0]);
    });
  }

  for (const [name, kind, scope, namespace] of [
    ["the key", "key", "key_1", "'root'"],
    ["its wallet", "wallet", "wal_1", "'root'"],
    ["its namespace", "namespace", "root", "'root'"],
    ["everything", "everything", "", "NULL"],
  ] as const) {
    test(`a freeze of ${name}: nothing is recorded until it is lifted, and another's freeze changes nothing`, () => {
      tables.database.exec("INSERT INTO namespace VALUES ('red', 'now')");
      const insert = (id: string, what: string, of: string, where: string) =>
        tables.database.exec(
          `INSERT INTO freeze VALUES ('${id}', '${what}', '${of}', ${where}, 'prn', 'root', 'now', NULL, NULL)`,
        );
      insert("other key", "key", "key_2", "'root'");
      insert("other wallet", "wallet", "wal_2", "'root'");
      insert("other namespace", "namespace", "red", "'red'");
      insert("this", kind, scope, namespace);
      assert.equal(under(), "stale");
      assert.equal(count("request"), 0);
      tables.database.exec("UPDATE freeze SET lifted_by = 'prn', lifted_at = 'now' WHERE id = 'this'");
      assert.equal(under(), "recorded");
      assert.throws(
        () => tables.database.exec("UPDATE freeze SET lifted_by = NULL, lifted_at = NULL WHERE id = 'this'"),
        /lifted once/,
      );
      assert.throws(() => tables.database.exec("DELETE FROM freeze"), /keeps its row/);
    });
  }

  test("of a wallet's keys each one is looked at: all active, with the bindings of all", () => {
    tables.database
      .exec(`INSERT INTO key SELECT 'key_9', namespace, wallet_id, chain, curve, derivation, path,
      x'03', address, label, attributes, state, created_at, NULL FROM key`);
    const wallet = { id: "wal_1", keyIds: ["key_1", "key_9"] };
    const together = (bindings: readonly string[]): string =>
      run({ wallet, judgedUnder: { principal: 3, bindings } }).outcome;
    assert.equal(together(BINDINGS), "stale");
    assert.equal(together([...BINDINGS, "other_key:2"]), "recorded");
    const [leaf] = tables.database.prepare<[], string>("SELECT entry FROM audit_leaf").pluck().all();
    const { keyId, walletId, keyIds } = JSON.parse(leaf ?? "");
    assert.deepEqual([keyId, walletId, keyIds], ["key_1", "wal_1", wallet.keyIds]);
    for (const change of ["version = 3 WHERE id = 'other_key'", "version = 2 WHERE id = 'other_key'"]) {
      tables.database.exec(`UPDATE binding SET ${change}`);
      const expected = change.startsWith("version = 3") ? "stale" : "recorded";
      assert.equal(together([...BINDINGS, "other_key:2"]), expected);
    }
    tables.database.exec("UPDATE key SET state = 'disabled' WHERE id = 'key_9'");
    assert.equal(together([...BINDINGS, "other_key:2"]), "stale");
    assert.equal(count("request"), 2);
  });

  test("a registered descriptor: recorded while it is there, not after it was deleted, nor in another namespace", () => {
    tables.database.exec(
      `INSERT INTO descriptor VALUES ('dsc_1', 'root', 'wal_1', 'one', 'mainnet', 'wsh(pk(A))', '[]', 'bc1', NULL, 'now', NULL)`,
    );
    const resting = (descriptors: readonly string[], namespace = "root"): string =>
      run({ namespace, judgedUnder: { principal: 3, bindings: BINDINGS, descriptors } }).outcome;
    assert.equal(resting(["dsc_1"]), "recorded");
    assert.equal(resting(["dsc_1", "dsc_2"]), "stale");
    const before = count("request");
    tables.database.exec("UPDATE descriptor SET deleted_at = 'now'");
    assert.equal(resting(["dsc_1"]), "stale");
    assert.equal(count("request"), before);
    assert.throws(() => tables.database.exec("UPDATE descriptor SET deleted_at = NULL"), /never changes/);
    assert.throws(() => tables.database.exec("DELETE FROM descriptor"), /keeps its row/);
  });

  test("one binding fewer or another one than there are: nothing is recorded", () => {
    assert.equal(under(3, BINDINGS.slice(1)), "stale");
    assert.equal(under(3, [...BINDINGS.slice(1), "other_key:2"]), "stale");
  });
});

test("record: a key of another namespace is no key", () =>
  assert.deepEqual(run({ namespace: "other" }), { outcome: "stale" }));

test("record: an Idempotency-Key for another body is a conflict and leaves nothing", () => {
  run({ idempotencyKey: "k" });
  const before = [count("request"), count("audit_leaf"), count("limit_spend")];
  const other = { idempotencyKey: "k", bodyHash: new Uint8Array(32).fill(2), reservations: [claim()] };
  assert.deepEqual(run(other), { outcome: "conflict" });
  assert.deepEqual([count("request"), count("audit_leaf"), count("limit_spend")], before);
});

test("record: the same Idempotency-Key and body is known, whatever the policies say now", () => {
  const first = decision({ idempotencyKey: "k", reservations: [claim()] });
  operate(tables, () => decide(tables, first));
  const again = run({
    idempotencyKey: "k",
    problem: { code: "policy.denied", detail: "now refused", members: {} },
    reservations: [claim()],
  });
  assert.ok(again.outcome === "known" && again.request.id === first.id && again.request.decision === "allow");
  assert.equal(count("audit_leaf"), 1);
  assert.equal(tables.limits.spent("bnd_1", "daily", 86_400, Date.now() / 1000), 1n);
});

test("record: an Idempotency-Key belongs to its principal and namespace", () => {
  run({ idempotencyKey: "k" });
  assert.equal(run({ idempotencyKey: "k", principal: "prn_2" }).outcome, "recorded");
  tables.database.exec(`INSERT INTO namespace VALUES ('other', 'now');
    INSERT INTO key SELECT 'key_2', 'other', wallet_id, chain, curve, derivation, path, public_key, address, label,
      attributes, state, created_at, NULL FROM key`);
  assert.equal(run({ idempotencyKey: "k", namespace: "other", keyId: "key_2" }).outcome, "recorded");
});

test("record: a refusal is recorded and reserves nothing", () => {
  const problem = { code: "policy.denied", detail: "never", members: { reason: "never" } };
  assert.deepEqual(run({ problem, reservations: [claim()] }), {
    outcome: "recorded",
    sequence: 0,
    problem,
    repeated: false,
  });
  assert.equal(count("limit_spend"), 0);
  const { decision: word, code } = lastEntry();
  assert.deepEqual([word, code], ["deny", "policy.denied"]);
});

test("record: past the limit an allow is recorded and answered as a refusal, with the figures", () => {
  run({ reservations: [claim({ amount: "8" })] });
  const reply = run({ reservations: [claim({ amount: "3" })] });
  assert.ok(reply.outcome === "recorded" && reply.problem !== null);
  assert.equal(reply.problem.code, "policy.limit");
  assert.deepEqual(reply.problem.members, {
    policy: "sha256:1",
    bindingId: "bnd_1",
    counter: "daily",
    amount: "3",
    spent: "8",
    max: "10",
    window: 86_400,
  });
  assert.equal(lastEntry()["decision"], "deny");
  assert.equal(
    problemCode(run({ reservations: [claim({ amount: "2" })] })),
    null,
    "the refusal reserved nothing",
  );
});

test("record: one limit of several refuses, and none of them is reserved", () => {
  const reply = run({
    reservations: [claim(), claim({ counter: "hourly", max: "0" }), claim({ bindingId: "bnd_2" })],
  });
  assert.equal(problemCode(reply), "policy.limit");
  assert.equal(count("limit_spend"), 0);
});

test("record: claims on one counter add up, under one window or several", () => {
  const six = claim({ amount: "6" });
  assert.equal(problemCode(run({ reservations: [six, six] })), "policy.limit");
  assert.equal(problemCode(run({ reservations: [six, { ...six, window: 60 }] })), "policy.limit");
  assert.equal(problemCode(run({ reservations: [six, { ...six, bindingId: "bnd_2" }] })), null);
});

test("record: a clock that is set back neither reopens a window nor goes back in the log", () => {
  mock.timers.enable({ apis: ["Date"], now: Date.parse("2026-03-01T00:00:00Z") });
  try {
    run({ reservations: [claim({ amount: "10", window: 60 })] });
    const at = lastEntry()["at"];
    mock.timers.setTime(Date.parse("2026-02-01T00:00:00Z"));
    const again = { reservations: [claim({ window: 60 })] };
    assert.equal(problemCode(run(again)), "policy.limit");
    assert.equal(lastEntry()["at"], at);
    tables = tablesOver(tables.database);
    assert.equal(problemCode(run(again)), "policy.limit", "also after a restart");
    mock.timers.setTime(Date.parse("2026-03-01T00:01:00Z"));
    assert.equal(problemCode(run(again)), null, "the window has moved on");
  } finally {
    mock.timers.reset();
  }
});

test("record: a result is kept once; whoever comes second gets the first one", () => {
  const { id } = decision();
  run({ id });
  const outcome = (result: string) =>
    operate(tables, () =>
      recordOutcome(tables, { namespace: "root", requestId: id, signatureHash: "00", result }),
    );
  assert.deepEqual(outcome("{}"), { result: "{}" });
  assert.deepEqual(outcome('{"other":1}'), { result: "{}" });
  assert.equal(count("audit_leaf"), 2, "one outcome line");
});

test("record: there is no outcome without its decision, nor for a refusal", () => {
  const { id } = decision();
  const outcome = () =>
    recordOutcome(tables, { namespace: "root", requestId: id, signatureHash: "00", result: "{}" });
  assert.throws(outcome, /has no decision/);
  run({ id, problem: { code: "policy.denied", detail: "never", members: {} } });
  assert.throws(outcome, /was refused/);
});

const claims = fc.array(
  fc.record({
    bindingId: fc.constantFrom("bnd_1", "bnd_2"),
    counter: fc.constantFrom("a", "b"),
    amount: fc.bigInt({ min: 0n, max: 2n ** 66n }).map(String),
    window: fc.constantFrom(2, 10),
  }),
  { maxLength: 4 },
);
const requests = fc.array(
  fc.record({ claims, seconds: fc.nat(4), fail: fc.boolean(), restart: fc.boolean() }),
  { maxLength: 30 },
);

test("record: any requests: no window ever holds more than its maximum, and the tree is that of the leaves", () => {
  const MAX = 2n ** 67n;
  mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
  try {
    fc.assert(
      fc.property(requests, (list) => {
        tables = newTables();
        let now = 1_000_000;
        const spends: { counter: string; second: number; amount: bigint }[] = [];
        for (const request of list) {
          now += request.seconds;
          mock.timers.setTime(now * 1000);
          if (request.restart) tables = tablesOver(tables.database);
          const reservations = request.claims.map((item) => claim({ ...item, max: MAX.toString() }));
          const foreseen = foresee(tables, { reservations, payloads: [] }).problem;
          const reply = operate(tables, () => decide(tables, decision({ reservations })), request.fail);
          assert.equal(problemCode(reply), foreseen?.code ?? null, "evaluate foresees it");
          if (request.fail || problemCode(reply) !== null) continue;
          for (const { bindingId, counter, amount } of reservations) {
            spends.push({ counter: `${bindingId} ${counter}`, second: now, amount: BigInt(amount) });
          }
          for (const { bindingId, counter, window } of reservations) {
            const sum = spends
              .filter((spend) => spend.counter === `${bindingId} ${counter}` && spend.second > now - window)
              .reduce((total, spend) => total + spend.amount, 0n);
            assert.ok(sum <= MAX);
            assert.equal(tables.limits.spent(bindingId, counter, window, now), sum);
          }
        }
        checkTree();
        tables.database.close();
      }),
      { numRuns: 60 },
    );
  } finally {
    mock.timers.reset();
  }
});

/** The running root is the root of a tree that is built anew from the stored leaves. */
function checkTree(): void {
  const frontier = emptyFrontier();
  for (const leaf of eachLeaf(tables.database)) {
    assert.equal(leaf.sequence, frontier.size);
    appendLeaf(frontier, leafHash(utf8(leaf.entry)), () => undefined);
  }
  assert.equal(tables.log.size, frontier.size);
  assert.deepEqual(tables.log.root(), frontierRoot(frontier));
}
