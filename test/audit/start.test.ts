/** A check that begins at a checkpoint: what it proves of the entries before, and that it finds the rest as a whole check does. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CheckpointNote, LogFault } from "../../src/audit/report.ts";
import { startAt, type StartReport, type StoredLog } from "../../src/audit/start.ts";
import {
  appendLeaf,
  emptyFrontier,
  frontierRoot,
  hexOf,
  leafHash,
  leafHashHex,
  treeRoot,
} from "../../src/audit/tree.ts";
import { verifyLog, type WrittenLeaf } from "../../src/audit/verify.ts";
import { utf8 } from "../../src/domain/bytes.ts";
import { canonicalJson, type Json } from "../../src/domain/canonical.ts";
import { newNoteKey, signCheckpoint } from "./note-key.ts";

const ORIGIN = "claviger.example/audit";
const signer = newNoteKey(ORIGIN);
const { verifier } = signer;
const KEY = { origin: ORIGIN, verifier };
const START = Date.UTC(2026, 0, 1);

function at(index: number): string {
  return new Date(START + index * 1000).toISOString();
}

/** Three decisions, then their outcomes, and so on: a checkpoint between them has decisions that are open. */
const ENTRIES = Array.from({ length: 24 }, (_, index): Json => {
  const requestId = `req_${Math.floor(index / 6) * 3 + (index % 3)}`;
  if (index % 6 < 3) return { v: 1, type: "decision", at: at(index), requestId, decision: "allow" };
  return { v: 1, type: "outcome", at: at(index), requestId };
});

interface Log {
  readonly rows: WrittenLeaf[];
  readonly nodes: Map<string, Uint8Array>;
  /** By size. */
  readonly checkpoints: CheckpointNote[];
  readonly requests: Map<string, number>;
}

function writeLog(entries: readonly Json[]): Log {
  const log: Log = { rows: [], nodes: new Map(), checkpoints: [], requests: new Map() };
  const frontier = emptyFrontier();
  const sign = (): void => {
    const { size } = frontier;
    const root = frontierRoot(frontier);
    log.checkpoints.push({ size, note: signCheckpoint({ origin: ORIGIN, size, root }, signer) });
  };
  sign();
  for (const [sequence, members] of entries.entries()) {
    const entry = canonicalJson(members);
    const hash = leafHash(utf8(entry));
    log.rows.push({ sequence, entry, hash: hexOf(hash) });
    log.nodes.set(`0/${sequence}`, hash);
    appendLeaf(frontier, hash, (level, index, node) => log.nodes.set(`${level}/${index}`, node));
    const { type, requestId } = JSON.parse(entry);
    if (type === "decision") log.requests.set(requestId, sequence);
    sign();
  }
  return log;
}

function storedLog(log: Log): StoredLog {
  return {
    size: log.rows.length,
    node: (level, index) => log.nodes.get(`${level}/${index}`),
    entryAt: (sequence) => log.rows[sequence]?.entry,
    decisionOf: (requestId) => log.requests.get(requestId),
  };
}

function checkpointAt(log: Log, size: number): CheckpointNote {
  const found = log.checkpoints[size];
  assert.ok(found);
  return found;
}

function begin(log: Log, size: number, older: readonly CheckpointNote[] = []): StartReport {
  return startAt(checkpointAt(log, size), older, storedLog(log), KEY);
}

/** The check from `size` on, with the checkpoints of every size from there. */
function checkFrom(log: Log, size: number) {
  const report = begin(log, size);
  if (!report.verified) return report;
  const levels = [...log.nodes.keys()].filter((key) => !key.startsWith("0/"));
  return verifyLog(log.rows.slice(size), {
    ...KEY,
    checkpoints: log.checkpoints.slice(size),
    nodes: {
      count: levels.length,
      get: (level, index) => {
        const node = log.nodes.get(`${level}/${index}`);
        return node && hexOf(node);
      },
    },
    start: report.start,
    clockStepMaxMs: 0,
  });
}

function assertFault(
  report: ReturnType<typeof checkFrom> | StartReport,
  fault: LogFault,
  sequence: number,
): void {
  assert.ok(!report.verified, "it must not verify");
  assert.deepEqual([report.fault, report.sequence], [fault, sequence], report.message);
}

/** Entry `index` in another text, with a leaf hash that fits. */
function rewrite(log: Log, index: number, members: Json): void {
  const entry = canonicalJson(members);
  log.rows[index] = { sequence: index, entry, hash: leafHashHex(entry) };
  log.nodes.set(`0/${index}`, leafHash(utf8(entry)));
}

test("a checkpoint with another key's signature: checkpoint.signature", () => {
  const log = writeLog(ENTRIES);
  const note = signCheckpoint({ origin: ORIGIN, size: 9, root: new Uint8Array(32) }, newNoteKey(ORIGIN));
  assertFault(startAt({ size: 9, note }, [], storedLog(log), KEY), "checkpoint.signature", 9);
});

test("a checkpoint of other entries, or stored under another size: checkpoint.root", () => {
  const log = writeLog(ENTRIES);
  const note = signCheckpoint({ origin: ORIGIN, size: 9, root: new Uint8Array(32) }, signer);
  assertFault(startAt({ size: 9, note }, [], storedLog(log), KEY), "checkpoint.root", 9);
  assertFault(startAt({ ...checkpointAt(log, 9), size: 8 }, [], storedLog(log), KEY), "checkpoint.root", 8);
});

test("a log that was cut below the checkpoint: checkpoint.beyond_log", () => {
  const whole = writeLog(ENTRIES);
  const cut = writeLog(ENTRIES.slice(0, 8));
  assertFault(startAt(checkpointAt(whole, 9), [], storedLog(cut), KEY), "checkpoint.beyond_log", 8);
});

test("a node that the checkpoint's root follows from, changed or removed", () => {
  const changed = writeLog(ENTRIES);
  changed.nodes.set("3/0", new Uint8Array(32));
  assertFault(begin(changed, 9), "checkpoint.root", 9);
  const removed = writeLog(ENTRIES);
  removed.nodes.delete("3/0");
  assertFault(begin(removed, 9), "node.mismatch", 7);
});

test("the entry before the checkpoint, whose time counts, changed: entry.hash", () => {
  const log = writeLog(ENTRIES);
  const row = log.rows[8];
  assert.ok(row);
  log.rows[8] = { ...row, entry: row.entry.replace("00:00:08", "00:00:07") };
  assertFault(begin(log, 9), "entry.hash", 8);
});

test("an older checkpoint of another log by the same key: checkpoint.root", () => {
  const log = writeLog(ENTRIES);
  const other = writeLog(ENTRIES.with(2, { v: 1, type: "admin", at: at(2) }));
  for (const size of [3, 4, 8])
    assertFault(begin(log, 9, [checkpointAt(other, size)]), "checkpoint.root", size);
  const empty = signCheckpoint({ origin: ORIGIN, size: 0, root: new Uint8Array(32) }, signer);
  assertFault(begin(log, 9, [{ size: 0, note: empty }]), "checkpoint.root", 0);
  const report = begin(
    log,
    9,
    [0, 1, 2, 3, 4, 8].map((size) => checkpointAt(log, size)),
  );
  assert.equal(report.verified && report.start.olderCheckpoints, 6);
});

test("what comes after the checkpoint is found as in a whole check", () => {
  const decision = { v: 1, type: "admin", at: at(13) };
  const changed = writeLog(ENTRIES);
  rewrite(changed, 13, decision);
  assertFault(checkFrom(changed, 9), "node.mismatch", 13);
  const hash = writeLog(ENTRIES);
  hash.rows[13] = { sequence: 13, entry: canonicalJson(decision), hash: "00".repeat(32) };
  assertFault(checkFrom(hash, 9), "entry.hash", 13);
  const surplus = writeLog(ENTRIES);
  surplus.nodes.set("9/0", new Uint8Array(32));
  assertFault(checkFrom(surplus, 9), "node.surplus", 24);
  assertFault(checkFrom(writeLog(ENTRIES.with(9, { v: 1, type: "admin", at: at(7) })), 9), "entry.time", 9);
});

test("an outcome after the checkpoint, its decision before: looked up and proven there", () => {
  const report = checkFrom(writeLog(ENTRIES), 4);
  assert.ok(report.verified, "the log must verify");
  assert.deepEqual([report.from, report.earlierDecisions, report.openDecisions], [4, 2, 0]);
});

test("its request names no decision, another's, or an entry that was changed: outcome.unfounded", () => {
  const missing = writeLog(ENTRIES);
  missing.requests.delete("req_1");
  assertFault(checkFrom(missing, 4), "outcome.unfounded", 4);
  const another = writeLog(ENTRIES);
  another.requests.set("req_1", 0);
  assertFault(checkFrom(another, 4), "outcome.unfounded", 4);
  const nowhere = writeLog(ENTRIES);
  nowhere.requests.set("req_1", -1);
  assertFault(checkFrom(nowhere, 4), "outcome.unfounded", 4);
  const forged = writeLog(
    ENTRIES.with(1, { v: 1, type: "decision", at: at(1), requestId: "req_1", decision: "deny" }),
  );
  rewrite(forged, 1, { v: 1, type: "decision", at: at(1), requestId: "req_1", decision: "allow" });
  forged.requests.set("req_1", 1);
  assertFault(checkFrom(forged, 4), "outcome.unfounded", 4);
});

test("its decision was a refusal: outcome.unfounded", () => {
  const refusal = { v: 1, type: "decision", at: at(1), requestId: "req_1", decision: "deny" };
  assertFault(checkFrom(writeLog(ENTRIES.with(1, refusal)), 4), "outcome.unfounded", 4);
});

test("a second outcome of an earlier decision: outcome.unfounded", () => {
  const again = { v: 1, type: "outcome", at: at(6), requestId: "req_1" };
  assertFault(checkFrom(writeLog(ENTRIES.with(6, again)), 4), "outcome.unfounded", 6);
});

function rootOf(log: Log): Uint8Array {
  return treeRoot((level, index) => log.nodes.get(`${level}/${index}`) ?? new Uint8Array(), log.rows.length);
}

test("from every size: the same root as the whole check, and what was read", () => {
  const log = writeLog(ENTRIES);
  for (let size = 0; size <= ENTRIES.length; size += 1) {
    const report = checkFrom(log, size);
    assert.ok(report.verified, `from ${size}`);
    assert.deepEqual([report.size, report.from, report.signedSize], [24, size, 24]);
    assert.deepEqual(report.root, rootOf(log));
  }
});
