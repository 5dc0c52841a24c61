/**
 * A disk that fails under the double-sign guard's own writes: no signature, the process stops with code 70, and after
 * a start from the file the verdicts are those that the rows on disk demand, whether the failed write is among them.
 */
import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { Reply } from "../running/service.ts";
import { few } from "../extent.ts";
import { contradicting, DutySequence, type Duty } from "./duties.ts";
import { everyFault, FaultyInstallation, unwritten, written, type FaultCase } from "./every-fault.ts";
import { hasGuardRow, signDutyWith, validatorKeys, type ValidatorKey } from "./guard-rows.ts";

type Kind = "block" | "vote";
const KINDS = ["block", "vote"] as const;
const INSERT = { block: "INSERT INTO slashing_block", vote: "INSERT INTO slashing_attestation" } as const;
const REFUSAL = { block: "guard.double_proposal", vote: "guard.double_vote" } as const;

interface Case extends FaultCase {
  readonly kind: Kind;
  readonly left: "no row" | "its row";
}

const FATAL = KINDS.flatMap((kind) => {
  const row = { following: INSERT[kind] };
  const cases: Omit<Case, "kind" | "what">[] = [
    { fault: unwritten(INSERT[kind]), left: "no row" },
    { fault: written(INSERT[kind]), left: "no row" },
    { fault: written(INSERT[kind], "SQLITE_CORRUPT"), left: "no row" },
    // The row is written, what comes after it in the same transaction is not.
    { fault: unwritten("INSERT INTO audit_leaf", "SQLITE_FULL", row), left: "no row" },
    { fault: written("INSERT INTO request", "SQLITE_IOERR_WRITE", row), left: "no row" },
    { fault: unwritten("COMMIT", "SQLITE_FULL", row), left: "no row" },
    { fault: written("COMMIT", "SQLITE_IOERR_FSYNC", row), left: "its row" },
  ];
  return cases.map((faultCase): Case => ({ what: `guard's disk: a ${kind}`, kind, ...faultCase }));
});

const SURVIVED = KINDS.flatMap((kind) =>
  [unwritten, written].flatMap((fails) =>
    [null, "SQLITE_CONSTRAINT_TRIGGER"].map((code): Case => ({
      what: `guard's disk: a ${kind}`,
      kind,
      fault: fails(INSERT[kind], code),
      left: "no row",
    })),
  ),
);

const duties = new DutySequence();
let installation: FaultyInstallation;
let keys: readonly ValidatorKey[];
let publicKey: string;

before(async () => {
  installation = await FaultyInstallation.create();
  keys = await validatorKeys(installation, 2);
  publicKey = keys[0]?.publicKey ?? "";
});
after(() => installation.end());

function sign(duty: Duty): Promise<Reply> {
  return signDutyWith(installation, publicKey, duty);
}

function signBatch(duty: Duty): Promise<Reply> {
  const body = { identifiers: keys.map((key) => key.publicKey), signing_request: duty.body };
  return installation.service.call("POST", "/api/v1/eth2/sign", body, { accept: "application/json" });
}

/** What contradicts a row is refused by it, with it as evidence. */
async function assertContradictionRefused(kind: Kind, duty: Duty): Promise<unknown> {
  const { status, body } = await sign(contradicting(duty));
  assert.equal(status, 412);
  assert.equal(body.code, REFUSAL[kind]);
  const { requestId: _, instance: _instance, ...evidence } = body;
  return evidence;
}

/** A duty, an earlier one that was signed, and what the guard says to its contradiction. */
interface Duties {
  readonly earlier: Duty;
  readonly evidence: unknown;
  readonly duty: Duty;
}

everyFault<Case, Duties>({
  installation: () => installation,
  cases: [...few(FATAL, 2), ...few(SURVIVED, 4)],
  arrange: async ({ kind }) => {
    const earlier = duties.next(kind);
    assert.equal((await sign(earlier)).status, 200);
    const evidence = await assertContradictionRefused(kind, earlier);
    return { earlier, evidence, duty: duties.next(kind) };
  },
  act: ({ duty }) => sign(duty),
  onDisk: ({ duty }) => (hasGuardRow(installation, publicKey, duty) ? "its row" : "no row"),
  holds: async ({ earlier, evidence, duty }, { kind, left }) => {
    assert.deepEqual(await assertContradictionRefused(kind, earlier), evidence);
    if (left === "its row") await assertContradictionRefused(kind, duty);
    const reply = await sign(duty);
    assert.equal(reply.status, 200, reply.text);
    assert.ok(hasGuardRow(installation, publicKey, duty));
    await assertContradictionRefused(kind, duty);
  },
});

everyFault<Case, Duty>({
  installation: () => installation,
  cases: few(KINDS, 1).map((kind) => ({
    what: `guard's disk: a batch of ${kind}s whose second row fails`,
    kind,
    fault: unwritten(INSERT[kind], "SQLITE_FULL", { skip: 1 }),
    left: "no row",
  })),
  arrange: ({ kind }) => duties.next(kind),
  act: signBatch,
  onDisk: (duty) => (keys.some((key) => hasGuardRow(installation, key.publicKey, duty)) ? "a row" : "no row"),
  holds: async (duty) => {
    const { status, body } = await signBatch(duty);
    assert.equal(status, 200);
    for (const { signature } of body) assert.match(signature, /^0x[0-9a-f]{192}$/);
  },
});
