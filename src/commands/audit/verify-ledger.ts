/** Re-checks the log of a data directory, as it is at one moment. A service may be using the directory. */
import { parseVerifierKey, type NoteVerifier } from "../../audit/note.ts";
import { withKept, type CheckpointNote } from "../../audit/report.ts";
import { startAt, type Start, type StoredLog } from "../../audit/start.ts";
import { LogVerifier } from "../../audit/verify.ts";
import type { LedgerDatabase } from "../../ledger/open.ts";
import { readSnapshot } from "../../ledger/snapshot.ts";
import { eachCheckpoint, eachLeaf, NodeWalk } from "../../ledger/tables/audit-walk.ts";
import { AuditTable } from "../../ledger/tables/audit.ts";
import { RequestTable } from "../../ledger/tables/requests.ts";
import { readLedger } from "../data-directory.ts";
import { CommandError } from "../output.ts";
import { showProgress } from "../progress.ts";
import { CLOCK_STEP_MAX_MS, keyedLog, type Verified, type VerifyOptions } from "./log.ts";

interface Opened {
  readonly database: LedgerDatabase;
  readonly audit: AuditTable;
  readonly requests: RequestTable;
  readonly origin: string;
  readonly verifier: NoteVerifier;
}

/** @throws CommandError for a directory without a log, and for a checkpoint to begin at that it does not have */
export function verifyDirectory(directory: string, options: VerifyOptions): Promise<Verified> {
  return readSnapshot(readLedger(directory), (database) => {
    const audit = new AuditTable(database);
    const { origin, verifierKey } = keyedLog(audit);
    const verifier = parseVerifierKey(verifierKey);
    const opened = { database, audit, requests: new RequestTable(database), origin, verifier };
    return { report: verify(opened, options), verifierKey };
  });
}

function verify(opened: Opened, { from, kept, output }: VerifyOptions): Verified["report"] {
  if (from === undefined) return verifyFrom(opened, undefined, kept, output);
  const checkpoint = typeof from === "number" ? storedCheckpoint(opened.audit, from) : from;
  // One of the ledger's own comes with the others that are stored.
  const all = typeof from === "number" ? kept : [...kept, from];
  const older = all.filter(({ size }) => size < checkpoint.size);
  const started = startAt(checkpoint, older, storedLog(opened), opened);
  if (!started.verified) return started;
  const later = all.filter(({ size }) => size >= checkpoint.size);
  return verifyFrom(opened, started.start, later, output);
}

function storedCheckpoint(audit: AuditTable, size: number): CheckpointNote {
  const found = audit.checkpoint(size);
  if (found !== undefined) return { size, note: found.note };
  throw new CommandError(
    "audit.checkpoint.unknown",
    `the ledger has no checkpoint of size ${size}; name the signedSize of an earlier check, or a file with the checkpoint`,
  );
}

function storedLog({ audit, requests }: Opened): StoredLog {
  return {
    size: audit.size(),
    node: (level, index) => audit.findNode(level, index),
    entryAt: (sequence) => audit.entry(sequence),
    decisionOf: (requestId) => requests.sequenceOf(requestId),
  };
}

function verifyFrom(
  { database, audit, requests, origin, verifier }: Opened,
  start: Start | undefined,
  kept: readonly CheckpointNote[],
  output: VerifyOptions["output"],
): Verified["report"] {
  const nodes = new NodeWalk(database);
  const from = start?.size;
  const check = new LogVerifier({
    origin,
    verifier,
    checkpoints: withKept(eachCheckpoint(database, from), kept),
    nodes: { count: audit.nodeCount(), get: (level, index) => nodes.get(level, index) },
    requests: {
      rows: requests.eachDecided(from),
      entryAt: (sequence) => audit.entry(sequence),
    },
    ...(start === undefined ? {} : { start }),
    clockStepMaxMs: CLOCK_STEP_MAX_MS,
  });
  const progress = showProgress(output, "entries", audit.size() - (from ?? 0));
  for (const leaf of eachLeaf(database, from)) {
    if (check.add(leaf) !== undefined) break;
    progress.step();
  }
  progress.end();
  return check.finish();
}
