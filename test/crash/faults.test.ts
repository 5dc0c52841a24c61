/**
 * The fault table of the record transaction: every write fails in two ways, not persisted and persisted anyway. A
 * failure of the storage ends the process with code 70 and nothing is signed; a start from the file finds out what
 * is on disk, and the same request then gets one answer.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { answering } from "../running/policies.ts";
import { RunningService } from "../running/service.ts";
import { few } from "../extent.ts";
import { everyFault, FaultyInstallation, unwritten, written, type FaultCase } from "./every-fault.ts";
import { allowed, decisionsByKey, reserved } from "./installation.ts";
import { ethereumTransfer, type SignBody } from "./requests.ts";

const NOTHING = "nothing";
const DECISION = "the decision";
const RESULT = "the decision and its result";
const EITHER = "nothing or the decision";

/** The decision's own transaction, and that of its outcome, which is signed by then but neither kept nor released. */
const DECIDED = { following: "INSERT INTO request" };
const SIGNED = { following: "UPDATE request SET result" };

const FATAL = [
  { fault: unwritten("BEGIN IMMEDIATE", "SQLITE_IOERR_SHMLOCK"), left: NOTHING },
  { fault: written("BEGIN IMMEDIATE", "SQLITE_IOERR_SHMLOCK"), left: NOTHING },
  { fault: unwritten("INSERT INTO limit_spend"), left: NOTHING },
  { fault: written("INSERT INTO limit_spend"), left: NOTHING },
  { fault: written("INSERT INTO limit_group"), left: NOTHING },
  { fault: unwritten("INSERT INTO audit_leaf"), left: NOTHING },
  { fault: written("INSERT INTO audit_leaf"), left: NOTHING },
  // Every second leaf completes a subtree: that of the decision or that of the outcome.
  { fault: unwritten("INSERT INTO audit_node"), left: EITHER },
  { fault: written("INSERT INTO audit_node"), left: EITHER },
  { fault: unwritten("INSERT INTO request", "SQLITE_CORRUPT"), left: NOTHING },
  { fault: written("INSERT INTO request", "SQLITE_IOERR_READ"), left: NOTHING },
  { fault: unwritten("COMMIT", "SQLITE_FULL", DECIDED), left: NOTHING },
  { fault: written("COMMIT", "SQLITE_IOERR_FSYNC", DECIDED), left: DECISION },
  { fault: unwritten("UPDATE request SET result"), left: DECISION },
  { fault: written("UPDATE request SET result"), left: DECISION },
  { fault: written("INSERT INTO audit_leaf", "SQLITE_IOERR_WRITE", SIGNED), left: DECISION },
  { fault: unwritten("COMMIT", "SQLITE_IOERR_FSYNC", SIGNED), left: DECISION },
  { fault: written("COMMIT", "SQLITE_IOERR_FSYNC", SIGNED), left: RESULT },
];

const SURVIVED = ["limit_spend", "limit_group", "audit_leaf", "request"].flatMap((table) =>
  [null, "SQLITE_CONSTRAINT_TRIGGER"].flatMap((code) => [
    { fault: unwritten(`INSERT INTO ${table}`, code), left: NOTHING },
    { fault: written(`INSERT INTO ${table}`, code), left: NOTHING },
  ]),
);

const CASES: readonly FaultCase[] = [...few(FATAL, 3), ...few(SURVIVED, 4)].map(({ fault, left }) => ({
  what: "a transfer is signed",
  fault,
  left,
}));

const POLICY = answering({
  decision: "allow",
  limits: [{ counter: "all", amount: "7", window: 86_400, max: "1000000" }],
});

let installation: FaultyInstallation;
let binding: string;

before(async () => {
  installation = await FaultyInstallation.create();
  binding = await installation.bind(await installation.upload(POLICY));
});
after(() => installation.end());

/** One reservation of 7 for each allowed decision. */
function assertReserved(): void {
  installation.read((database) =>
    assert.equal(reserved(database, binding), 7n * BigInt(allowed(database, binding, 0))),
  );
}

/** A request that is sent again as it is. */
interface Asked {
  readonly ask: SignBody;
  readonly idempotencyKey: string;
}

everyFault<FaultCase, Asked>({
  installation: () => installation,
  cases: CASES,
  arrange: () => ({ ask: ethereumTransfer(installation.keys.ethereum), idempotencyKey: randomUUID() }),
  act: ({ ask, idempotencyKey }) => installation.sign(ask, idempotencyKey),
  onDisk: ({ idempotencyKey }, { left }) => {
    const decisions = installation.read((database) => decisionsByKey(database, idempotencyKey));
    assert.ok(decisions.length <= 1);
    const [decision] = decisions;
    if (decision !== undefined && decision.result !== null) return RESULT;
    if (left === EITHER) return EITHER;
    return decision === undefined ? NOTHING : DECISION;
  },
  holds: async ({ ask, idempotencyKey }) => {
    const find = () => installation.read((database) => decisionsByKey(database, idempotencyKey));
    const [decision] = find();
    assertReserved();
    const reply = await installation.sign(ask, idempotencyKey);
    assert.equal(reply.status, 200, reply.text);
    if (decision !== undefined) assert.equal(reply.body.requestId, decision.id, "the decision is kept");
    assert.equal(find().length, 1);
    assertReserved();
  },
});

test("a second service on the same data directory is refused by name", async () => {
  await assert.rejects(
    RunningService.start({ dataDirectory: installation.directory }),
    /data directory .* is in use by another claviger process; stop it first/,
  );
  const reply = await installation.sign(ethereumTransfer(installation.keys.ethereum), randomUUID());
  assert.equal(reply.status, 200, reply.text);
});
