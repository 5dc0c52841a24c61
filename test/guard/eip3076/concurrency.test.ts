/** The guard behind the ledger's thread: of conflicting claims that arrive together exactly one is recorded. */
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { openLedger } from "../../../src/ledger/open.ts";
import { startLedger, type Ledger } from "../../../src/record/ledger.ts";
import type { DecisionCall, DecisionReply } from "../../../src/record/decision.ts";
import { ledgerImportTarget } from "../../../src/record/slashing-import.ts";
import { importInterchange } from "../../../src/guard/eip3076/import.ts";
import { AuditTable } from "../../../src/ledger/tables/audit.ts";
import type { DutyClaim } from "../../../src/domain/guard.ts";
import { payloadOf } from "../../chains/ethereum-validator/payloads.ts";
import { rounds } from "../../extent.ts";
import { documentOf } from "./examples.ts";
import { attestation, block, publicKey } from "./guard.ts";

const ROUNDS = rounds("RACE_ROUNDS");
const CLAIMS = 50;
const ACTOR = { namespace: "root", principal: "claviger test", tokenVersion: null } as const;

const directory = mkdtempSync(join(tmpdir(), "claviger-guard-"));
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
     VALUES ('key_1', 'root', 'ethereum', 'secp256k1', 'imported', x'02', '0x1', '{}', 'active', 'now'),
       ('key_2', 'other','ethereum', 'secp256k1', 'imported', x'02', '0x1', '{}', 'active', 'now')`,
  );
  database.close();
});
after(async () => {
  await ledger.close();
  rmSync(directory, { recursive: true, force: true });
});

function decision(claim: DutyClaim, changes: Partial<DecisionCall> = {}): DecisionCall {
  requests += 1;
  return {
    id: `req_${String(requests).padStart(8, "0")}`,
    namespace: "root",
    keyId: "key_1",
    principal: "prn_1",
    type: "validator.duty",
    receivedAt: "2026-01-01T00:00:00.000Z",
    idempotencyKey: null,
    bodyHash: new Uint8Array(32),
    problem: null,
    reservations: [],
    payloads: [payloadOf(claim)],
    evaluations: [],
    evidence: "{}",
    judgedUnder: { principal: null, bindings: [] },
    ...changes,
  };
}

async function outcome(claim: DutyClaim, changes: Partial<DecisionCall> = {}): Promise<string> {
  const reply: DecisionReply = await ledger.decide(decision(claim, changes));
  assert.ok(reply.outcome === "recorded");
  return reply.problem?.code ?? "allowed";
}

test(
  `${ROUNDS} rounds of ${CLAIMS} conflicting claims: one root each time`,
  { timeout: 300_000 },
  async () => {
    for (let round = 1; round <= ROUNDS; round += 1) {
      const at = BigInt(round);
      const voting = round % 2 === 0;
      const roots = Array.from({ length: CLAIMS }, () => randomInt(0, 5));
      const outcomes = await Promise.all(
        roots.map((message) =>
          outcome(voting ? attestation(0, at - 1n, at, message) : block(0, at, message)),
        ),
      );
      const allowed = new Set(roots.filter((_, index) => outcomes[index] === "allowed"));
      assert.equal(allowed.size, 1, `round ${round}`);
      const refused = new Set(outcomes.filter((reached) => reached !== "allowed"));
      refused.delete(voting ? "guard.double_vote" : "guard.double_proposal");
      assert.equal(refused.size, 0, `round ${round}: ${[...refused].join()}`);
      // The winner's root is allowed each time that it was asked for.
      assert.ok(roots.every((message, index) => allowed.has(message) === (outcomes[index] === "allowed")));
    }
    const database = openLedger(databasePath, { readonly: true });
    const count = (table: string): unknown =>
      database.prepare(`SELECT count(*) AS rows, count(DISTINCT validator) AS keys FROM ${table}`).get();
    assert.deepEqual(count("slashing_block"), { rows: ROUNDS / 2, keys: 1 });
    assert.deepEqual(count("slashing_attestation"), { rows: ROUNDS / 2, keys: 1 });
    database.close();
  },
);

test("a refusal is recorded with its evidence, and the audit leaf names the duty", async () => {
  const slot = 2n ** 62n;
  assert.equal(await outcome(block(1, slot, 1)), "allowed");
  const refused = decision(block(1, slot, 2));
  const reply = await ledger.decide(refused);
  assert.ok(reply.outcome === "recorded");
  assert.equal(reply.problem?.code, "guard.double_proposal");
  assert.equal(reply.problem.members["conflictingSlot"], String(slot));
  const row = await ledger.readRequest({ namespace: "root", id: refused.id });
  assert.equal(row?.decision, "deny");
  const database = openLedger(databasePath, { readonly: true });
  const [leaf] = new AuditTable(database).leaves(null, reply.sequence, 1);
  database.close();
  const entry: { guard?: unknown; code?: string } = JSON.parse(leaf?.entry ?? "{}");
  assert.equal(entry.code, "guard.double_proposal");
  assert.deepEqual(entry.guard, {
    kind: "eip3076.block",
    publicKey: `0x${Buffer.from(publicKey(1)).toString("hex")}`,
    slot: String(slot),
  });
});

test("a claim that a policy or a limit refused leaves no history", async () => {
  const problem = { code: "policy.denied", detail: "no", members: {} };
  assert.equal(await outcome(block(2, 5n, 1), { problem }), "policy.denied");
  const limit = { counter: "daily", amount: "2", window: 60, max: "1", bindingId: "bnd", policy: "sha256:" };
  assert.equal(await outcome(block(2, 5n, 1), { reservations: [limit] }), "policy.limit");
  assert.equal(await outcome(block(2, 5n, 2)), "allowed");
});

test("a slot of 2^63 fails alone; the rest of its batch is recorded", async () => {
  const results = await Promise.allSettled([
    outcome(block(3, 1n, 1)),
    outcome(block(3, 2n ** 63n, 1)),
    outcome(attestation(3, 0n, 2n ** 64n - 1n, 1)),
    outcome(block(3, 2n, 1)),
  ]);
  assert.deepEqual(
    results.map((result) => (result.status === "fulfilled" ? result.value : String(result.reason.code))),
    ["allowed", "request.malformed", "request.malformed", "allowed"],
  );
});

test("the same key in two namespaces has one history", async () => {
  assert.equal(await outcome(block(4, 7n, 1), { namespace: "root" }), "allowed");
  assert.equal(
    await outcome(block(4, 7n, 2), { namespace: "other", keyId: "key_2" }),
    "guard.double_proposal",
  );
});

test("import, pruning and disabling run between signatures", async () => {
  const key = `{"pubkey":"0x${Buffer.from(publicKey(5)).toString("hex")}","signed_blocks":[{"slot":"50"}],"signed_attestations":[]}`;
  const signing = Array.from({ length: 200 }, (_, index) => outcome(block(6, BigInt(index + 1), 1)));
  const options = { expectedRoot: null, reach: { of: "everyKey" } } as const;
  const report = await importInterchange(
    [Buffer.from(documentOf(key))],
    ledgerImportTarget(ledger, ACTOR),
    options,
  );
  assert.equal(report[0]?.lowSlot, "50");
  assert.deepEqual(new Set(await Promise.all(signing)), new Set(["allowed"]));
  assert.equal(await outcome(block(5, 50n, 1)), "guard.double_proposal");
  let from: bigint | null = 0n;
  let deleted = 0;
  while (from !== null) {
    const step: { deleted: number; next: bigint | null } = await ledger.pruneSlashingHistory({
      from,
      options: { keepEpochs: 1n, slotsPerEpoch: 32n, rowsMax: 50 },
    });
    deleted += step.deleted;
    from = step.next;
  }
  assert.ok(deleted >= 167, `${deleted}`);
  const disabled = await ledger.setSlashingEnabled({
    actor: ACTOR,
    publicKeys: [publicKey(6)],
    enabled: false,
  });
  assert.equal(disabled.keys, 1);
  assert.equal(await outcome(block(6, 300n, 1)), "guard.disabled");
  const [state] = await ledger.readSlashingKeys({ publicKeys: [publicKey(6)] });
  assert.deepEqual([state?.enabled, state?.lowSlot], [false, 168n]);
  const text = await ledger.readSlashingExport({ publicKeys: [publicKey(5)], minimal: false });
  assert.match(text, /"signed_blocks":\[\{"slot":"50"\}\]/);
});

test("of two imports at once the later one wins and the earlier one is told", async () => {
  const first = await ledger.beginSlashingImport({ reach: { of: "everyKey" } });
  const second = await ledger.beginSlashingImport({ reach: { of: "everyKey" } });
  const none = { entry: new Uint32Array(), roots: new Uint8Array(), rooted: new Uint8Array() };
  const chunk = {
    entries: { entry: new Uint32Array(), publicKeys: new Uint8Array() },
    blocks: { ...none, slot: new BigUint64Array() },
    attestations: { ...none, source: new BigUint64Array(), target: new BigUint64Array() },
  };
  await assert.rejects(ledger.stageSlashingImport({ number: first, chunk }), {
    code: "request.conflict",
  });
  await ledger.stageSlashingImport({ number: second, chunk });
  await ledger.discardSlashingImport({ number: second });
});
