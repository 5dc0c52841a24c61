/** `claviger audit verify`: re-checks the whole log, offline, from the data directory or from an export. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { parseVerifierKey } from "../../audit/note.ts";
import { LogVerifier, type LogReport, type LogSuccess, type CheckpointNote } from "../../audit/verify.ts";
import { loadConfig } from "../../config/config.ts";
import { fromBase64, toHex } from "../../domain/bytes.ts";
import { readSnapshot } from "../../ledger/snapshot.ts";
import { AuditTable } from "../../ledger/tables/audit.ts";
import { RequestTable } from "../../ledger/tables/requests.ts";
import { readLedger } from "../data-directory.ts";
import { CommandError, say, sayJson, type Format } from "../output.ts";
import { entryProgress, keyedLog, type ExportHead } from "./log.ts";

export interface AuditOptions {
  readonly config?: string;
  readonly file?: string;
  /** Verifier key that the log must be signed by; without it, the one that it names itself. */
  readonly key?: string;
  /** `silent` for a caller that only wants to know whether it throws. */
  readonly output: Format | "silent";
}

/** The ledger never writes an entry with a time before its predecessor's, but the one that accepts a clock which came back. */
const CLOCK_STEP_MAX_MS = 0;
/** A log's verdict, and the key that its checkpoints were checked with. */
interface Verified {
  readonly report: LogReport;
  readonly verifierKey: string;
}

/** Exit code 0 when everything holds; otherwise a CommandError with the first fault. */
export async function auditVerify(options: AuditOptions): Promise<void> {
  const started = performance.now();
  const { report, verifierKey } = await (options.file === undefined
    ? verifyLedger(options)
    : verifyExport(options.file, options.output));
  const success = requireVerified(report);
  if (options.key !== undefined && options.key !== verifierKey) {
    throw new CommandError(
      "audit.key",
      `the log is signed by ${verifierKey}, not by the key that --key names; check that key, and ` +
        `take the log for another one's if it is right`,
    );
  }
  const seconds = Number(((performance.now() - started) / 1000).toFixed(2));
  if (options.output === "silent") return;
  if (options.output === "json") {
    sayJson({ ...success, root: toHex(success.root), verifierKey, seconds });
    return;
  }
  say(
    `audit log verified in ${seconds} s`,
    `  entries            ${success.size}`,
    `  root               ${toHex(success.root)}`,
    `  signed checkpoints ${success.checkpoints}, the last at ${success.signedSize} entries`,
    `  signed by          ${verifierKey}`,
    `  open decisions     ${success.openDecisions} (allowed, without an outcome: a crash between ` +
      `record and signature)`,
    ...(options.key === undefined
      ? ["Compare the key with the one you keep elsewhere, or name it with --key."]
      : []),
  );
}

function requireVerified(report: LogReport): LogSuccess {
  if (report.verified) return report;
  // Only a node is named by its place in the tree; the other faults name their entry or checkpoint themselves.
  const where = report.fault === "node.mismatch" ? `at entry ${report.sequence}: ` : "";
  throw new CommandError(`audit.${report.fault}`, `${where}${report.message}`);
}

function verifyLedger(options: AuditOptions): Promise<Verified> {
  const config = loadConfig({ file: options.config, preset: "production" });
  return verifyDirectory(config.storage.dataDir, options.output);
}

/** Re-checks the log of a data directory, which a service may be using. @throws CommandError */
export function verifyDirectory(directory: string, output: AuditOptions["output"]): Promise<Verified> {
  return readSnapshot(readLedger(directory), (database) => {
    const table = new AuditTable(database);
    const log = keyedLog(table);
    const verifier = new LogVerifier({
      origin: log.origin,
      verifier: parseVerifierKey(log.verifierKey),
      checkpoints: table.checkpoints(),
      nodes: { count: table.nodeCount(), get: (level, index) => table.findNode(level, index) },
      clockStepMaxMs: CLOCK_STEP_MAX_MS,
    });
    for (const row of table.eachLeaf()) {
      if (verifier.add({ ...row, hash: new Uint8Array(row.hash) }) !== undefined) break;
      entryProgress(row.sequence, output);
    }
    const report = verifier.finish();
    const strays = new RequestTable(database).withoutLeaf();
    if (report.verified && strays > 0) {
      throw new CommandError(
        "audit.request.unfounded",
        `${strays} requests contradict their audit entry or have none: the ledger was edited; keep ` +
          `it, and compare it with an export or a checkpoint from elsewhere`,
      );
    }
    return { report, verifierKey: log.verifierKey };
  });
}

async function verifyExport(file: string, output: AuditOptions["output"]): Promise<Verified> {
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
  let head: ExportHead | undefined;
  let verifier: LogVerifier | undefined;
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (verifier === undefined) {
      head = readHead(line);
      verifier = verifierOf(head);
      continue;
    }
    const row = readRow(line, number);
    if (verifier.add(row) !== undefined) break;
    entryProgress(row.sequence, output);
  }
  if (head === undefined || verifier === undefined) throw malformed(`${file} is empty; export the log again`);
  return { report: verifier.finish(), verifierKey: head.verifierKey };
}

function verifierOf(head: ExportHead): LogVerifier {
  return new LogVerifier({
    origin: head.origin,
    verifier: readVerifierKey(head.verifierKey),
    checkpoints: head.checkpoints,
    clockStepMaxMs: CLOCK_STEP_MAX_MS,
  });
}

function readVerifierKey(text: string): ReturnType<typeof parseVerifierKey> {
  try {
    return parseVerifierKey(text);
  } catch {
    throw malformed("line 1: verifierKey must be a C2SP verifier key");
  }
}

function readHead(line: string): ExportHead {
  const { claviger, version, origin, verifierKey, checkpoints } = readLine(line, 1);
  if (
    claviger === "audit-export" &&
    version === 1 &&
    typeof origin === "string" &&
    typeof verifierKey === "string" &&
    Array.isArray(checkpoints) &&
    checkpoints.every(isCheckpoint)
  ) {
    return { claviger, version, origin, verifierKey, checkpoints };
  }
  throw malformed("line 1: must be the head of an audit export of version 1");
}

function isCheckpoint(value: unknown): value is CheckpointNote {
  if (typeof value !== "object" || value === null || !("size" in value) || !("note" in value)) return false;
  return Number.isSafeInteger(value.size) && typeof value.note === "string";
}

function readRow(line: string, number: number): { sequence: number; entry: string; hash: Uint8Array } {
  const { sequence, entry, hash } = readLine(line, number);
  const bytes = typeof hash === "string" ? fromBase64(hash) : undefined;
  if (typeof sequence !== "number" || typeof entry !== "string" || bytes === undefined) {
    throw malformed(`line ${number}: must be an entry with sequence, entry and hash`);
  }
  return { sequence, entry, hash: bytes };
}

function readLine(line: string, number: number): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null) return { ...value };
  } catch {
    // Said below.
  }
  throw malformed(`line ${number}: must be a JSON object`);
}

function malformed(message: string): CommandError {
  return new CommandError("audit.export.malformed", message);
}
