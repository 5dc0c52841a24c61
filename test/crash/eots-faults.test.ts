/**
 * A service that dies, or whose disk fails, under the EOTS guard's own writes: no signature, code 70 where it can say so,
 * and after a start from the file only the recorded message signs, singly and in batches.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Reply } from "../running/service.ts";
import { few, rounds } from "../extent.ts";
import { everyFault, FaultyInstallation, unwritten, written, type FaultCase } from "./every-fault.ts";

const KILLS = rounds("EOTS_SERVICE_KILLS");
const INSERT = "INSERT INTO eots_record";
/** The COMMIT of a transaction that records votes. */
const RECORDED = { following: INSERT };
const SIGNATURE = /^0x[0-9a-f]{64}$/;

const NONE = "no vote";
const VOTE = "the vote";
const FATAL: readonly FaultCase[] = [
  { fault: written("COMMIT", "SIGKILL", RECORDED), left: VOTE },
  { fault: unwritten("COMMIT", "SIGKILL", RECORDED), left: NONE },
  { fault: unwritten(INSERT), left: NONE },
  { fault: written(INSERT), left: NONE },
  // The row is written, what comes after it in the same transaction is not.
  { fault: unwritten("INSERT INTO request"), left: NONE },
  { fault: unwritten("COMMIT", "SQLITE_FULL", RECORDED), left: NONE },
  { fault: written("COMMIT", "SQLITE_IOERR_FSYNC", RECORDED), left: VOTE },
].map(({ fault, left }) => ({ what: "eots: one vote", fault, left }));

const SURVIVED: readonly FaultCase[] = [
  unwritten(INSERT, null),
  written(INSERT, null),
  written(INSERT, "SQLITE_CONSTRAINT_TRIGGER"),
].map((fault) => ({ what: "eots: one vote", fault, left: NONE }));

let installation: FaultyInstallation;
let key: { readonly id: string; readonly address: string };
let height = 2n ** 63n;

before(async () => {
  installation = await FaultyInstallation.create();
  const path = `/v1/wallets/${installation.walletId}/keys`;
  const reply = await installation.service.call("POST", path, { chain: "babylon" });
  assert.equal(reply.status, 201, reply.text);
  key = reply.body;
});
after(() => installation.end());

/** The first of ten heights that nobody has voted at. */
function freshHeight(): bigint {
  height += 10n;
  return height;
}

function vote(at: bigint, variant = 1): { height: string; message: string } {
  const app = variant.toString(16).padStart(2, "0").repeat(32);
  return { height: String(at), message: `0x${at.toString(16).padStart(16, "0")}${app}` };
}

function sign(at: bigint, variant = 1): Promise<Reply> {
  const body = { type: "babylon.eots", chainId: "bbn-1", ...vote(at, variant) };
  return installation.sign({ keyId: key.id, body });
}

function signBatch(heights: readonly bigint[], variant = 1): Promise<Reply> {
  const body = { chainId: "bbn-1", items: heights.map((at) => vote(at, variant)) };
  return installation.service.call("POST", `/v1/keys/${key.id}/eots/batch`, body);
}

function rows(): ReadonlyMap<bigint, string> {
  return installation.read(
    (database) =>
      new Map(
        database
          .prepare<[], { height: string; message: string }>(
            "SELECT lower(hex(height)) AS height, lower(hex(message)) AS message FROM eots_record",
          )
          .all()
          .map((row) => [BigInt(`0x${row.height}`), `0x${row.message}`]),
      ),
  );
}

function voteAt(at: bigint): string {
  const message = rows().get(at);
  if (message === undefined) return NONE;
  return message === vote(at).message ? VOTE : message;
}

async function assertRefused(at: bigint): Promise<void> {
  const reply = await sign(at, 9);
  assert.equal(reply.status, 412, reply.text);
  assert.equal(reply.body.code, "guard.eots_conflict");
}

/** A vote, and one a height earlier that was answered. */
interface Votes {
  readonly earlier: bigint;
  readonly at: bigint;
  readonly signature: string;
}

everyFault<FaultCase, Votes>({
  installation: () => installation,
  cases: few(FATAL, 1),
  arrange: async () => {
    const earlier = freshHeight();
    const reply = await sign(earlier);
    assert.equal(reply.status, 200, reply.text);
    return { earlier, at: earlier + 1n, signature: reply.body.signature };
  },
  act: ({ at }) => sign(at),
  onDisk: ({ at }) => voteAt(at),
  holds: async ({ earlier, at, signature }, { left }) => {
    assert.equal((await sign(earlier)).body.signature, signature, "the same bytes");
    await assertRefused(earlier);
    if (left === VOTE) await assertRefused(at);
    const reply = await sign(at);
    assert.equal(reply.status, 200, reply.text);
    await assertRefused(at);
    assert.equal((await sign(at)).body.signature, reply.body.signature);
  },
});

everyFault<FaultCase, bigint>({
  installation: () => installation,
  cases: SURVIVED,
  arrange: freshHeight,
  act: (at) => sign(at),
  onDisk: voteAt,
  holds: async (at) => {
    assert.equal((await sign(at, 3)).status, 200);
    await assertRefused(at);
  },
});

everyFault<FaultCase, readonly bigint[]>({
  installation: () => installation,
  cases: [
    {
      what: "eots: a batch whose second row fails",
      fault: unwritten(INSERT, "SQLITE_FULL", { skip: 1 }),
      left: NONE,
    },
    {
      what: "eots: a batch that is killed after its commit",
      fault: written("COMMIT", "SIGKILL", RECORDED),
      left: VOTE,
    },
  ],
  arrange: () => {
    const first = freshHeight();
    return [first, first + 1n, first + 2n];
  },
  act: (heights) => signBatch(heights),
  onDisk: (heights) => [...new Set(heights.map(voteAt))].join(),
  holds: async (heights, { left }) => {
    const other = await signBatch(heights, 2);
    assert.equal(other.status, 200, other.text);
    for (const item of other.body.items) {
      if (left === NONE) assert.match(item.signature, SIGNATURE);
      else assert.equal(item.error.code, "guard.eots_conflict", other.text);
    }
    if (left === NONE) return;
    for (const item of (await signBatch(heights)).body.items) assert.match(item.signature, SIGNATURE);
  },
});

/** Which of the contradicting votes signs at `at`, where `recorded` is on disk. */
async function assertOneSigns(at: bigint, recorded: string | undefined): Promise<void> {
  const signatures = new Set<string>();
  for (const variant of [4, 3, 2, 1]) {
    const reply = await sign(at, variant);
    if (reply.status === 200) {
      assert.equal(vote(at, variant).message, recorded ?? vote(at, 4).message);
      signatures.add(reply.body.signature);
    } else assert.equal(reply.body.code, "guard.eots_conflict", reply.text);
  }
  assert.equal(signatures.size, 1);
}

test(`eots: ${KILLS} kills between record and reply, under votes that contradict each other`, async (t) => {
  const seen = { recorded: 0, free: 0 };
  for (let kill = 0; kill < KILLS; kill += 1) {
    const at = freshHeight();
    await installation.diesAndStarts(written("COMMIT", "SIGKILL", RECORDED), async () => {
      const asks = [1, 2, 3, 4].flatMap((variant) => [sign(at, variant), signBatch([at, at + 1n], variant)]);
      const answered = (await Promise.allSettled(asks)).filter(({ status }) => status === "fulfilled");
      assert.deepEqual(answered, [], "nothing was answered");
      await asks[0];
    });
    const kept = rows();
    for (const votedAt of [at, at + 1n]) {
      const message = kept.get(votedAt);
      if (message === undefined) seen.free += 1;
      else seen.recorded += 1;
      await assertOneSigns(votedAt, message);
    }
  }
  t.diagnostic(JSON.stringify(seen));
  assert.ok(seen.recorded > 0);
  await installation.verifyAudit();
});
