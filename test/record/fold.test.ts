/**
 * A batch of n gives what n batches of one give: the same replies, the same rows, the same entries of the log. Over every kind of
 * call, in the ledger and in a store of plain lists.
 * @module
 */
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import Database from "better-sqlite3";
import fc from "fast-check";
import { SlashingImportTable } from "../../src/ledger/tables/slashing-import.ts";
import { SlashingMergeTable } from "../../src/ledger/tables/slashing-merge.ts";
import type { SigningPayload } from "../../src/chains/adapter.ts";
import { SignerError } from "../../src/domain/errors.ts";
import type { Problem } from "../../src/domain/requests.ts";
import { decide } from "../../src/record/decide/decide.ts";
import type { DecideCall } from "../../src/record/decide/asked.ts";
import type { Decided } from "../../src/record/decide/judge.ts";
import type { DecisionCall } from "../../src/record/decision.ts";
import type { Store } from "../../src/record/store.ts";
import { rounds } from "../extent.ts";
import * as validators from "../guard/eip3076/guard.ts";
import { payloadOf } from "../chains/ethereum-validator/payloads.ts";
import * as providers from "../guard/eots/guard.ts";
import { MemoryStore } from "./memory-store.ts";
import { claim, decision, newTables, tablesOver, type TestTables } from "./tables.ts";

const RUNS = rounds("FOLD_RUNS");
const BEGAN = Date.parse("2026-01-01T00:00:00Z");
/** `id:version` of the binding on the one key. */
const BINDING = "bnd_1:1";

/** One namespace: a key that is active and one that is not, a caller, a descriptor; guards that know a little. */
const FIXTURE = `
  INSERT INTO key SELECT 'key_off', namespace, wallet_id, chain, curve, derivation, path, x'03', address, label, attributes,
    'disabled', created_at, NULL FROM key;
  INSERT INTO policy VALUES ('root', 'sha256:1', 'p', 1, 'abi', '{}', x'00', 'now');
  INSERT INTO binding VALUES ('bnd_1', 'root', 'sha256:1', 'key', 'key_1', '{}', 1, 'enforce', 'now', NULL, 1);
  INSERT INTO principal VALUES ('prn_1', 'root', 'n', '[]', '[]', randomblob(32), 'now', NULL, 3, 1);
  INSERT INTO wallet VALUES ('wal_1', 'root', 'w', 'now');
  INSERT INTO descriptor VALUES ('dsc_1', 'root', 'wal_1', 'one', 'mainnet', 'wsh(pk(A))', '[]', 'bc1', NULL, 'now', NULL);
  UPDATE slashing_chain SET floor_slot = 1, floor_epoch = 1, unknown_history = 'floor', stop_slot = 9, stop_epoch = 9;`;

/** A file that is copied for each run: histories begin with hundreds of them. */
const FIXTURE_BYTES = (() => {
  const { database } = newTables();
  database.exec(FIXTURE);
  return database.serialize();
})();

/** Everything that a decision writes, without the ids that a row gets by itself. */
const WRITTEN = [
  "SELECT * FROM request ORDER BY id",
  "SELECT * FROM limit_spend ORDER BY binding_id, counter, second",
  "SELECT * FROM limit_rollup ORDER BY binding_id, counter, unit, start",
  "SELECT * FROM limit_group ORDER BY slot, binding_id, counter",
  "SELECT * FROM audit_leaf ORDER BY sequence",
  "SELECT * FROM audit_node ORDER BY level, idx",
  "SELECT * FROM slashing_chain",
  `SELECT public_key, low_slot, low_source, low_target, enabled, known FROM slashing_validator ORDER BY public_key`,
  `SELECT public_key, slot, signing_root FROM slashing_block JOIN slashing_validator ON id = validator ORDER BY 1, 2, 3`,
  `SELECT public_key, source, target, signing_root FROM slashing_attestation JOIN slashing_validator ON id = validator
     ORDER BY 1, 2, 3, 4`,
  "SELECT * FROM eots_record ORDER BY public_key, chain_id, height",
];

function ledger(minimal: boolean): TestTables {
  const tables = tablesOver(new Database(FIXTURE_BYTES));
  if (minimal) tables.database.exec("UPDATE slashing_chain SET mode = 'minimal'");
  tables.slashing.insertValidator(validators.publicKey(2));
  tables.slashing.setFrozen(validators.publicKey(2), true);
  const merging = new SlashingMergeTable(tables.database);
  new SlashingImportTable(tables.database).choose(validators.publicKey(3));
  merging.begin({ namespace: "root", principal: "prn_1", minimal });
  tables.eots.raiseFloor(providers.place(0, 2n));
  tables.eots.setKey(providers.publicKey(1), { requiresFloor: true });
  tables.eots.setKey(providers.publicKey(2), { frozen: true });
  return tables;
}

/** The same, in plain lists. */
function lists(minimal: boolean): MemoryStore {
  const { slashing } = ledger(minimal);
  const store = new MemoryStore(slashing.chain());
  for (const history of slashing.validators()) store.validators.push({ history, blocks: [], votes: [] });
  store.keys.push({ namespace: "root", keyId: "key_1", bindings: [BINDING] });
  store.principals.push({ namespace: "root", principal: "prn_1", version: 3 });
  store.descriptors.push({ namespace: "root", descriptorId: "dsc_1" });
  store.tracks.push({ ...providers.track(0), floor: 2n });
  store.requiring.push(providers.publicKey(1));
  store.merging.push(validators.publicKey(3));
  store.frozen.push(providers.publicKey(2));
  return store;
}

const small = (max: number) => fc.integer({ min: 0, max });

function blockOf(key: number, slot: bigint, message: number): SigningPayload {
  return payloadOf(validators.block(key, slot, message));
}

function voteOf(key: number, source: bigint, target: bigint, message: number): SigningPayload {
  return payloadOf(validators.attestation(key, source, target, message));
}

function statementOf(key: number, height: bigint, message: number, chain = 0): SigningPayload {
  const { publicKey, chainId, message: bytes } = providers.claim(key, height, message, chain);
  return { scheme: "babylon.eots", publicKey, chainId, height, message: bytes };
}

/** What each guard judges, and what is refused before a guard is asked. */
const anyPayloads: fc.Arbitrary<readonly SigningPayload[]> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(small(2), fc.integer({ min: 1, max: 9 }), small(1))
      .map(([key, slot, message]) => [blockOf(key, BigInt(slot), message)]),
  },
  {
    weight: 6,
    arbitrary: fc
      .tuple(small(1), small(6), small(9), small(1))
      .map(([key, source, target, message]) => [voteOf(key, BigInt(source), BigInt(target), message)]),
  },
  {
    weight: 5,
    arbitrary: fc
      .tuple(small(2), fc.integer({ min: 2, max: 4 }), small(1), small(1))
      .map(([key, height, message, chain]) => [statementOf(key, BigInt(height), message, chain)]),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<readonly SigningPayload[]>(
      [blockOf(0, 2n ** 63n, 0)],
      [voteOf(0, 1n, 2n ** 64n - 1n, 0)],
      [payloadOf({ ...validators.block(0, 5n, 0), genesisValidatorsRoot: validators.root(9) })],
      [{ ...statementOf(0, 5n, 0), chainId: new Uint8Array(65) } as SigningPayload],
      [{ ...statementOf(0, 5n, 0), message: new Uint8Array(8193) } as SigningPayload],
      [blockOf(0, 5n, 0), statementOf(0, 5n, 0)],
    ),
  },
);

const anyDecision: fc.Arbitrary<Partial<DecisionCall>> = fc.record(
  {
    idempotencyKey: fc.constantFrom(null, null, "a", "b"),
    bodyHash: fc.constantFrom(1, 1, 1, 2).map((fill) => new Uint8Array(32).fill(fill)),
    keyId: fc.constantFrom(...Array.from({ length: 20 }, () => "key_1"), "key_off", "key_none"),
    problem: fc.constantFrom<Problem | null>(null, null, null, null, {
      code: "policy.denied",
      detail: "never",
      members: {},
    }),
    judgedUnder: fc.constantFrom(
      ...Array.from({ length: 20 }, () => ({ principal: 3, bindings: [BINDING] })),
      { principal: null, bindings: [BINDING], descriptors: ["dsc_1"] },
      { principal: null, bindings: [BINDING], descriptors: ["dsc_2"] },
      { principal: 2, bindings: [BINDING] },
      { principal: 3, bindings: [] },
    ),
    payloads: anyPayloads,
    slots: fc.subarray(["x", "y", "z"]),
    reservations: fc.array(
      fc
        .record({
          bindingId: fc.constantFrom("bnd_1", "bnd_2"),
          counter: fc.constantFrom("daily", "all"),
          amount: small(6).map(String),
          window: fc.constantFrom(3, 20),
        })
        .map(claim),
      { maxLength: 2 },
    ),
  },
  { requiredKeys: ["idempotencyKey", "bodyHash", "keyId", "problem", "judgedUnder"] },
);

/** `index`: of a request among all that came before it, or of none. */
type Draft =
  | { readonly kind: "decision"; readonly draft: Partial<DecisionCall> }
  | { readonly kind: "together"; readonly drafts: readonly Partial<DecisionCall>[] }
  | { readonly kind: "outcome"; readonly index: number };

const anyDraft: fc.Arbitrary<Draft> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ kind: fc.constant("decision" as const), draft: anyDecision }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("together" as const),
      drafts: fc.array(anyDecision, { minLength: 1, maxLength: 4 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("outcome" as const), index: small(30) }) },
);
const anyBatches = fc.array(fc.array(anyDraft, { minLength: 1, maxLength: 12 }), { maxLength: 4 });

const plainly = (payload: SigningPayload): Draft => ({
  kind: "decision",
  draft: { payloads: [payload], judgedUnder: { principal: 3, bindings: [BINDING] } },
});
/** One batch that meets each refusal of a guard, whatever the random ones meet. */
const REFUSALS: readonly Draft[] = [
  blockOf(0, 5n, 1),
  blockOf(0, 5n, 2),
  blockOf(0, 1n, 1),
  blockOf(0, 9n, 1),
  blockOf(2, 5n, 1),
  blockOf(3, 5n, 1),
  voteOf(3, 5n, 6n, 1),
  voteOf(0, 4n, 6n, 1),
  voteOf(0, 4n, 6n, 2),
  voteOf(0, 3n, 7n, 1),
  voteOf(0, 5n, 5n, 1),
  voteOf(0, 7n, 6n, 1),
  statementOf(0, 3n, 1),
  statementOf(0, 3n, 0),
  statementOf(0, 2n, 1),
  statementOf(1, 3n, 1),
  payloadOf({ ...validators.block(0, 6n, 1), genesisValidatorsRoot: validators.root(9) }),
].map((payload) => plainly(payload));

/** Calls with ids of their own. */
function callsOf(batches: readonly (readonly Draft[])[]): readonly (readonly DecideCall[])[] {
  let made = 0;
  const withId = (draft: Partial<DecisionCall>): DecisionCall =>
    decision({ ...draft, id: `req_${String(made++).padStart(4, "0")}` });
  return batches.map((drafts) =>
    drafts.map((draft): DecideCall => {
      if (draft.kind === "decision") return { kind: "decision", call: withId(draft.draft) };
      if (draft.kind === "together") return { kind: "together", calls: draft.drafts.map(withId) };
      const requestId = `req_${String(draft.index).padStart(4, "0")}`;
      const call = { namespace: "root", requestId, signatureHash: "00", result: `{"made":${made}}` };
      return { kind: "outcome", call };
    }),
  );
}

/** A reply as it can be compared. */
function plain(decided: Decided): unknown {
  if (decided.ok) return decided.reply;
  assert.ok(decided.error instanceof Error);
  return {
    code: decided.error instanceof SignerError ? decided.error.code : "bug",
    message: decided.error.message,
  };
}

/** Decides all batches, three seconds apart, each at once or call by call. */
function run(
  batches: readonly (readonly DecideCall[])[],
  together: boolean,
  tables: { readonly store: Store; readonly kept?: () => void },
): readonly unknown[] {
  return batches.flatMap((calls, index) => {
    mock.timers.setTime(BEGAN + index * 3000);
    const parts = together ? [calls] : calls.map((call) => [call]);
    return parts.flatMap((part) => {
      const decided = decide(tables.store, part);
      tables.kept?.();
      return decided.map(plain);
    });
  });
}

function dump({ database }: TestTables): readonly unknown[] {
  return WRITTEN.map((statement) => database.prepare(statement).safeIntegers(true).all());
}

for (const minimal of [false, true]) {
  test(`fold: ${minimal ? "minimal" : "complete"}: a batch of n is n batches of one, in the ledger and in lists`, () => {
    mock.timers.enable({ apis: ["Date"], now: BEGAN });
    const seen = new Set<string>();
    try {
      fc.assert(
        fc.property(anyBatches, (drafts) => {
          const batches = callsOf(drafts);
          const [whole, single] = [ledger(minimal), ledger(minimal)];
          const replies = run(batches, true, { store: whole.store, kept: () => whole.limits.keep() });
          assert.deepEqual(
            run(batches, false, { store: single.store, kept: () => single.limits.keep() }),
            replies,
            "the replies of the ledger",
          );
          assert.deepEqual(dump(single), dump(whole), "the rows of the ledger");
          const [wholeList, singleList] = [lists(minimal), lists(minimal)];
          assert.deepEqual(run(batches, true, { store: wholeList }), replies, "the replies of lists");
          assert.deepEqual(
            run(batches, false, { store: singleList }),
            replies,
            "the replies of lists, one by one",
          );
          assert.deepEqual(singleList.entries, wholeList.entries, "the entries of lists");
          assert.deepEqual(singleList.requests, wholeList.requests, "the requests of lists");
          assert.deepEqual(singleList.messages, wholeList.messages, "the messages of lists");
          for (const reply of replies.flat()) seen.add(wordOf(reply));
          for (const { database } of [whole, single]) database.close();
        }),
        { numRuns: RUNS, examples: [[[[...REFUSALS]]]] },
      );
    } finally {
      mock.timers.reset();
    }
    // A property that never meets a refusal would hold of anything.
    const expected = [...OUTCOMES, ...(minimal ? [] : OF_HISTORY)];
    assert.deepEqual(
      expected.filter((word) => !seen.has(word)),
      [],
    );
  });
}

const OUTCOMES = [
  "stale",
  "recorded",
  "known",
  "conflict",
  "result",
  "bug",
  "service.internal",
  "request.malformed",
  "request.idempotency_conflict",
  "policy.denied",
  "policy.limit",
  "guard.genesis_root",
  "guard.disabled",
  "guard.merging",
  "guard.above_watermark",
  "guard.below_watermark",
  "guard.source_after_target",
  "guard.eots_conflict",
  "guard.eots_below_floor",
  "guard.unknown_history",
];
/** Refusals that need records, which the mode `minimal` does not keep. */
const OF_HISTORY = ["guard.double_proposal", "guard.double_vote", "guard.surrounds", "guard.surrounded"];

/** What a reply says, in one word. */
function wordOf(reply: unknown): string {
  const { outcome, problem, code } = reply as { outcome?: string; problem?: Problem | null; code?: string };
  return problem?.code ?? code ?? outcome ?? "result";
}

test("fold: of calls that are recorded together, one that fails takes back what the others left", () => {
  mock.timers.enable({ apis: ["Date"], now: BEGAN });
  try {
    const tables = ledger(false);
    const judgedUnder = { principal: 3, bindings: [BINDING] };
    const first = decision({
      judgedUnder,
      idempotencyKey: "k",
      reservations: [claim({ amount: "9" })],
      slots: ["x"],
      payloads: [blockOf(0, 5n, 1)],
    });
    const malformed = decision({ judgedUnder, payloads: [blockOf(0, 2n ** 63n, 1)] });
    const again = { ...first, id: "req_again", payloads: [blockOf(0, 5n, 2)] };
    const [failed, recorded] = decide(tables.store, [
      { kind: "together", calls: [first, malformed] },
      { kind: "decision", call: again },
    ]);
    assert.ok(failed?.ok === false && failed.error instanceof SignerError);
    assert.equal(failed.error.code, "request.malformed");
    assert.deepEqual(recorded, {
      ok: true,
      reply: { outcome: "recorded", sequence: 0, problem: null, repeated: false },
    });
    const [requests, spends] = dump(tables) as [{ id: string }[], { amount: string }[]];
    assert.deepEqual(
      requests.map(({ id }) => id),
      ["req_again"],
    );
    assert.deepEqual(
      spends.map(({ amount }) => amount),
      ["9"],
    );
  } finally {
    mock.timers.reset();
  }
});

test("fold: where the ledger cannot be asked about one call, nothing of the batch is written", () => {
  const tables = ledger(false);
  const judgedUnder = { principal: 3, bindings: [BINDING] };
  const before = dump(tables);
  // No SQL value: a caller's bug.
  const strange = { ...decision({ judgedUnder }), idempotencyKey: {} as string };
  const calls = [decision({ judgedUnder }), strange].map((call): DecideCall => ({ kind: "decision", call }));
  assert.throws(() => decide(tables.store, calls), RangeError);
  assert.deepEqual(dump(tables), before);
});
