/** The offline check of a log: an intact log passes, and each kind of tampering is found where it was done. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseCheckpoint } from "../../src/audit/checkpoint.ts";
import { parseNote } from "../../src/audit/note.ts";
import { withKept, type CheckpointNote, type LogFault } from "../../src/audit/report.ts";
import type { DecidedRequest, StoredRequests } from "../../src/audit/requests.ts";
import {
  appendLeaf,
  emptyFrontier,
  frontierRoot,
  hexOf,
  leafHash,
  leafHashHex,
} from "../../src/audit/tree.ts";
import { LogVerifier, verifyLog, type LogOptions, type WrittenLeaf } from "../../src/audit/verify.ts";
import { utf8 } from "../../src/domain/bytes.ts";
import { canonicalJson, type Json } from "../../src/domain/canonical.ts";
import { newNoteKey, signCheckpoint } from "./note-key.ts";

const ORIGIN = "claviger.example/audit";
const signer = newNoteKey(ORIGIN);
const { verifier } = signer;
const START = Date.UTC(2026, 0, 1);

interface Log {
  rows: WrittenLeaf[];
  nodes: Map<string, string>;
  checkpoints: CheckpointNote[];
}

/** Entry `index` of the test log: a start, then a decision and its outcome in turn. */
function entryAt(index: number): Json {
  const at = new Date(START + index * 1000).toISOString();
  if (index === 0) return { v: 1, type: "admin", at, action: "service.started" };
  const requestId = `req_${Math.ceil(index / 2)}`;
  if (index % 2 === 1) return { v: 1, type: "decision", at, requestId, decision: "allow" };
  return { v: 1, type: "outcome", at, requestId, status: "signed" };
}

/** A log as a correct writer leaves it, with a checkpoint after every fifth entry. */
function writeLog(entries: readonly Json[]): Log {
  return writeLines(entries.map(canonicalJson));
}

function writeLines(entries: readonly string[]): Log {
  const log: Log = { rows: [], nodes: new Map(), checkpoints: [] };
  const frontier = emptyFrontier();
  for (const [sequence, entry] of entries.entries()) {
    const hash = leafHash(utf8(entry));
    log.rows.push({ sequence, entry, hash: hexOf(hash) });
    appendLeaf(frontier, hash, (level, index, node) => log.nodes.set(`${level}/${index}`, hexOf(node)));
    if (frontier.size % 5 !== 0) continue;
    const root = frontierRoot(frontier);
    const { size } = frontier;
    log.checkpoints.push({ size, note: signCheckpoint({ origin: ORIGIN, size, root }, signer) });
  }
  return log;
}

function optionsOf(log: Log): LogOptions {
  const nodes = {
    count: log.nodes.size,
    get: (level: number, index: number) => log.nodes.get(`${level}/${index}`),
  };
  return {
    origin: ORIGIN,
    verifier,
    checkpoints: log.checkpoints,
    nodes,
    clockStepMaxMs: 500,
  };
}

const ENTRIES = Array.from({ length: 23 }, (_, index) => entryAt(index));
const fresh = (): Log => writeLog(ENTRIES);
const check = (log: Log, options: Partial<LogOptions> = {}) =>
  verifyLog(log.rows, { ...optionsOf(log), ...options });

function assertFault(log: Log, fault: LogFault, sequence: number, options: Partial<LogOptions> = {}): void {
  const report = check(log, options);
  assert.ok(!report.verified, "the log must not verify");
  assert.deepEqual([report.fault, report.sequence], [fault, sequence], report.message);
}

/** Entry `index` in another text, with a leaf hash that fits, as someone who can write to the file would leave it. */
function rewrite(log: Log, index: number, entry: string): void {
  log.rows[index] = { sequence: index, entry, hash: leafHashHex(entry) };
}

test("an entry changed, its hash not: entry.hash", () => {
  const log = fresh();
  const row = rowAt(log, 7);
  log.rows[7] = { ...row, entry: row.entry.replace("allow", "deny") };
  assertFault(log, "entry.hash", 7);
});

test("an entry changed, its hash too: the first node above it is wrong", () => {
  const log = fresh();
  rewrite(log, 7, canonicalJson({ v: 1, type: "admin", at: "2026-01-01T00:00:07.000Z" }));
  assertFault(log, "node.mismatch", 7);
});

test("an entry, its hash and all nodes changed: the next checkpoint was signed for another log", () => {
  const entries = [...ENTRIES];
  entries[7] = { v: 1, type: "admin", at: "2026-01-01T00:00:07.000Z" };
  entries[8] = { v: 1, type: "admin", at: "2026-01-01T00:00:08.000Z" };
  const log = { ...writeLog(entries), checkpoints: fresh().checkpoints };
  assertFault(log, "checkpoint.root", 10);
  const { nodes: _nodes, ...exported } = optionsOf(log);
  const report = verifyLog(log.rows, exported);
  assert.ok(!report.verified);
  assert.equal(report.fault, "checkpoint.root");
});

test("a whole log rewritten with new checkpoints: another key has signed them", () => {
  const log = fresh();
  const other = newNoteKey(ORIGIN);
  const resigned = log.checkpoints.map(({ size, note }) => {
    const { root } = parseCheckpoint(parseNote(note).text);
    return { size, note: signCheckpoint({ origin: ORIGIN, size, root }, other) };
  });
  log.checkpoints = resigned;
  assertFault(log, "checkpoint.signature", 5);
});

test("one byte of a checkpoint's signature changed", () => {
  const log = fresh();
  const target = checkpointAt(log, 2);
  const at = target.note.length - 20;
  const letter = target.note[at] === "A" ? "B" : "A";
  log.checkpoints[2] = { ...target, note: target.note.slice(0, at) + letter + target.note.slice(at + 1) };
  assertFault(log, "checkpoint.signature", 15);
});

test("a checkpoint of another log by the same key", () => {
  const log = fresh();
  const root = leafHash(utf8("any"));
  log.checkpoints[0] = { size: 5, note: signCheckpoint({ origin: "elsewhere", size: 5, root }, signer) };
  assertFault(log, "checkpoint.signature", 5);
});

test("a checkpoint that is stored under another size", () => {
  const log = fresh();
  log.checkpoints[1] = { ...checkpointAt(log, 1), size: 11 };
  assertFault(log, "checkpoint.root", 11);
});

test("checkpoints out of order", () => {
  const log = fresh();
  log.checkpoints.reverse();
  assertFault(log, "checkpoint.order", 20);
});

test("the tail removed, the checkpoint of it kept: checkpoint.beyond_log", () => {
  const log = writeLog(ENTRIES.slice(0, 18));
  log.checkpoints = fresh().checkpoints;
  assertFault(log, "checkpoint.beyond_log", 18);
  assertFault({ ...log, rows: [] }, "checkpoint.beyond_log", 0);
});

test("the tail removed with its checkpoints: one kept elsewhere shows it", () => {
  const log = writeLog(ENTRIES.slice(0, 18));
  assert.equal(check(log).verified, true);
  const witnessed = checkpointAt(fresh(), 3);
  assertFault(log, "checkpoint.beyond_log", 18, { checkpoints: [...log.checkpoints, witnessed] });
});

test("a log rewritten and signed anew by its own key: one kept elsewhere shows it, and is named", () => {
  const entries = ENTRIES.with(7, { v: 1, type: "admin", at: "2026-01-01T00:00:07.000Z" });
  const log = writeLog(entries.with(8, { v: 1, type: "admin", at: "2026-01-01T00:00:08.000Z" }));
  assert.equal(check(log).verified, true);
  const kept = { ...checkpointAt(fresh(), 2), kept: "may.note" };
  assertFault(log, "checkpoint.root", 15, { checkpoints: withKept(log.checkpoints, [kept]) });
  const report = check(log, { checkpoints: withKept(log.checkpoints, [kept]) });
  assert.match(
    report.verified ? "" : report.message,
    /checkpoint of size 15 in may\.note was signed for other/,
  );
});

test("kept checkpoints, in any order and twice, are checked where they belong", () => {
  const log = fresh();
  const [first, second, third] = [0, 1, 3].map((index) => ({ ...checkpointAt(log, index), kept: "file" }));
  assert.ok(first && second && third);
  const report = check(log, { checkpoints: withKept(log.checkpoints, [third, first, second, first]) });
  assert.ok(report.verified);
  assert.deepEqual([report.checkpoints, report.signedSize], [8, 20]);
  const alone = check(log, { checkpoints: withKept([], [third, first]) });
  assert.ok(alone.verified);
  assert.deepEqual([alone.checkpoints, alone.signedSize], [2, 20]);
});

test("two entries exchanged: the sequence has a gap", () => {
  const log = fresh();
  [log.rows[3], log.rows[4]] = [rowAt(log, 4), rowAt(log, 3)];
  assertFault(log, "sequence.gap", 3);
});

test("two entries exchanged and numbered anew: the outcome comes before its decision", () => {
  const log = fresh();
  const [decision, outcome] = [rowAt(log, 3).entry, rowAt(log, 4).entry];
  rewrite(log, 3, outcome);
  rewrite(log, 4, decision);
  assertFault(log, "outcome.unfounded", 3);
});

test("an entry removed or repeated: the sequence has a gap", () => {
  const removed = fresh();
  removed.rows.splice(9, 1);
  assertFault(removed, "sequence.gap", 9);
  const repeated = fresh();
  repeated.rows.splice(9, 0, rowAt(repeated, 9));
  assertFault(repeated, "sequence.gap", 10);
  const beheaded = fresh();
  beheaded.rows.shift();
  assertFault(beheaded, "sequence.gap", 0);
});

test("a node changed, removed or added", () => {
  const changed = fresh();
  changed.nodes.set("2/3", "00".repeat(32));
  assertFault(changed, "node.mismatch", 15);
  const removed = fresh();
  removed.nodes.delete("1/2");
  assertFault(removed, "node.mismatch", 5);
  const added = fresh();
  added.nodes.set("5/0", "00".repeat(32));
  assertFault(added, "node.surplus", 23);
});

const NO_DECISION: [name: string, decision: Json][] = [
  ["no decision at all", { v: 1, type: "admin", at: "2026-01-01T00:00:03.000Z" }],
  [
    "a denial",
    { v: 1, type: "decision", at: "2026-01-01T00:00:03.000Z", requestId: "req_2", decision: "deny" },
  ],
  [
    "a wait for approval",
    {
      v: 1,
      type: "decision",
      at: "2026-01-01T00:00:03.000Z",
      requestId: "req_2",
      decision: "requireApproval",
    },
  ],
  [
    "another request's",
    { v: 1, type: "decision", at: "2026-01-01T00:00:03.000Z", requestId: "req_3", decision: "allow" },
  ],
];
for (const [name, decision] of NO_DECISION) {
  test(`an outcome after ${name}: outcome.unfounded`, () => {
    assertFault(writeLog(ENTRIES.with(3, decision)), "outcome.unfounded", 4);
  });
}

test("a second outcome of one decision: outcome.unfounded", () => {
  const again = { v: 1, type: "outcome", at: "2026-01-01T00:00:05.000Z", requestId: "req_2" };
  assertFault(writeLog(ENTRIES.with(5, again)), "outcome.unfounded", 5);
});

test("a time before an earlier entry by more than a clock step: entry.time", () => {
  assert.equal(check(endingAt("2026-01-01T00:00:20.500Z")).verified, true);
  assertFault(endingAt("2026-01-01T00:00:20.499Z"), "entry.time", 22);
  // Many small steps back do not add up to a large one.
  const drifting = [0, -400, -800].map((offset): Json => {
    return { v: 1, type: "admin", at: new Date(START + offset).toISOString() };
  });
  assertFault(writeLog(drifting), "entry.time", 2);
});

const MALFORMED: [name: string, entry: string][] = [
  ["no JSON", "entry"],
  ["nothing", ""],
  ["null", "null"],
  ["an array", "[]"],
  ["white space", `{"at":"2026-01-01T00:00:00Z", "type":"admin"}`],
  ["names out of order", `{"type":"admin","at":"2026-01-01T00:00:00Z"}`],
  ["a repeated name", `{"at":"2026-01-01T00:00:00Z","type":"admin","type":"admin"}`],
  ["a number that JSON cannot hold", `{"at":"2026-01-01T00:00:00Z","n":1e400,"type":"admin"}`],
  ["no type", `{"at":"2026-01-01T00:00:00Z"}`],
  ["no time", `{"type":"admin"}`],
  ["local time", `{"at":"2026-01-01T00:00:00+01:00","type":"admin"}`],
  ["an impossible time", `{"at":"2026-13-01T00:00:00Z","type":"admin"}`],
  ["a decision without request", `{"at":"2026-01-01T00:00:00Z","decision":"allow","type":"decision"}`],
  ["an outcome without request", `{"at":"2026-01-01T00:00:00Z","requestId":"","type":"outcome"}`],
];
for (const [name, entry] of MALFORMED) {
  test(`an entry that is ${name}: entry.malformed`, () => {
    assertFault(writeLines([entry]), "entry.malformed", 0);
  });
}

test("an entry that states another sequence: sequence.gap", () => {
  const entry = { v: 1, type: "admin", at: "2026-01-01T00:00:00Z", sequence: 4 };
  assertFault(writeLog([entry]), "sequence.gap", 0);
  assert.equal(check(writeLog([{ ...entry, sequence: 0 }])).verified, true);
});

test("an intact log verifies, with what its last checkpoint leaves open", () => {
  const log = fresh();
  const report = check(log);
  assert.ok(report.verified);
  assert.deepEqual(
    { size: report.size, checkpoints: report.checkpoints, signedSize: report.signedSize },
    { size: 23, checkpoints: 4, signedSize: 20 },
  );
  assert.equal(report.openDecisions, 0);
  const cut = check(writeLog(ENTRIES.slice(0, 22)));
  assert.equal(cut.verified && cut.openDecisions, 1);
});

test("an empty log verifies; a checkpoint of it is checked", () => {
  const log = writeLog([]);
  assert.equal(check(log).verified, true);
  const root = frontierRoot(emptyFrontier());
  const note = signCheckpoint({ origin: ORIGIN, size: 0, root }, signer);
  assert.equal(check(log, { checkpoints: [{ size: 0, note }] }).verified, true);
  const wrong = signCheckpoint({ origin: ORIGIN, size: 0, root: new Uint8Array(32) }, signer);
  assertFault(log, "checkpoint.root", 0, { checkpoints: [{ size: 0, note: wrong }] });
});

test("what is after the last checkpoint is said, with the time of its first entry", () => {
  const open = check(fresh());
  assert.ok(open.verified);
  assert.deepEqual([open.size - open.signedSize, open.unsignedSince], [3, START + 20_000]);
  const signed = check(writeLog(ENTRIES.slice(0, 20)));
  assert.ok(signed.verified);
  assert.deepEqual([signed.size - signed.signedSize, signed.unsignedSince], [0, undefined]);
  assert.equal(signed.lastCheckpoint?.size, 20);
  const never = check(fresh(), { checkpoints: [] });
  assert.ok(never.verified);
  assert.deepEqual([never.signedSize, never.unsignedSince, never.lastCheckpoint], [0, START, undefined]);
});

/** The requests of the test log's decisions. */
function requestsOf(log: Log): DecidedRequest[] {
  return log.rows.flatMap(({ sequence, entry }): DecidedRequest[] => {
    const { type, requestId, decision } = JSON.parse(entry);
    return type === "decision" ? [{ id: requestId, decision, sequence }] : [];
  });
}

function stored(log: Log, rows: readonly DecidedRequest[]): StoredRequests {
  return { rows, entryAt: (sequence) => log.rows[sequence]?.entry };
}

const STRAYS: [name: string, change: (rows: DecidedRequest[]) => DecidedRequest[]][] = [
  ["whose decision was turned round", (rows) => replaced(rows, 2, { decision: "deny" })],
  ["with another id", (rows) => replaced(rows, 0, { id: "req_99" })],
  ["that names an entry before its own", (rows) => replaced(rows, 3, { sequence: 1 })],
  ["that names an outcome", (rows) => replaced(rows, 3, { sequence: 8 })],
  ["that names an entry which is not there", (rows) => replaced(rows, 10, { sequence: 23 })],
  ["that names an entry below the first", (rows) => replaced(rows, 0, { sequence: -1 })],
  ["that was added at the end", (rows) => [...rows, { id: "req_99", decision: "allow", sequence: 21 }]],
  ["that is there twice", (rows) => [...rows, { id: "req_98", decision: "allow", sequence: 3 }]],
];
for (const [name, change] of STRAYS) {
  test(`a request ${name}: request.unfounded`, () => {
    const log = fresh();
    assertFault(log, "request.unfounded", 23, { requests: stored(log, change(requestsOf(log))) });
  });
}

test("a request whose entry says the same, but is no decision: request.unfounded", () => {
  const entry = { v: 1, type: "note", at: "2026-01-01T00:00:00.000Z", requestId: "req_1", decision: "allow" };
  const log = writeLog([entry]);
  const rows = [{ id: "req_1", decision: "allow", sequence: 0 }];
  assertFault(log, "request.unfounded", 1, { requests: stored(log, rows) });
});

test("requests in another order than their entries verify; a log's own fault comes first", () => {
  const log = fresh();
  const rows = requestsOf(log);
  assert.equal(check(log, { requests: stored(log, rows) }).verified, true);
  assert.equal(check(log, { requests: stored(log, rows.toReversed()) }).verified, true);
  log.nodes.set("5/0", "00".repeat(32));
  assertFault(log, "node.surplus", 23, { requests: stored(log, replaced(rows, 2, { decision: "deny" })) });
});

function replaced(
  rows: readonly DecidedRequest[],
  index: number,
  change: Partial<DecidedRequest>,
): DecidedRequest[] {
  const row = rows[index];
  assert.ok(row);
  return rows.with(index, { ...row, ...change });
}

test("a verifier that has failed keeps its first failure", () => {
  const log = fresh();
  const checker = new LogVerifier(optionsOf(log));
  assert.equal(checker.add(rowAt(log, 0)), undefined);
  const failure = checker.add(rowAt(log, 2));
  assert.equal(failure?.fault, "sequence.gap");
  assert.equal(checker.add(rowAt(log, 1)), failure);
  assert.equal(checker.finish(), failure);
});

test("property: logs of any length verify, and any byte changed in any entry is found", () => {
  const property = fc.property(
    fc.integer({ min: 1, max: 60 }),
    fc.nat(),
    fc.nat(),
    (length, pick, position) => {
      const log = writeLog(Array.from({ length }, (_, index) => entryAt(index)));
      assert.equal(check(log).verified, true);
      const index = pick % length;
      const { entry } = rowAt(log, index);
      const at = position % entry.length;
      const changed = entry.slice(0, at) + (entry[at] === "x" ? "y" : "x") + entry.slice(at + 1);
      log.rows[index] = { ...rowAt(log, index), entry: changed };
      assertFault(log, "entry.hash", index);
    },
  );
  fc.assert(property, { numRuns: 100 });
});

/** The test log with its last entry at another time. */
function endingAt(at: string): Log {
  return writeLog(ENTRIES.with(22, { v: 1, type: "admin", at }));
}

function rowAt(log: Log, index: number): WrittenLeaf {
  const row = log.rows[index];
  assert.ok(row);
  return row;
}

function checkpointAt(log: Log, index: number): CheckpointNote {
  const checkpoint = log.checkpoints[index];
  assert.ok(checkpoint);
  return checkpoint;
}
