/** `claviger audit verify|export`: re-checks the whole log from the file, offline; writes it out for others to check. */
import { createReadStream, createWriteStream } from "node:fs";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { formatVerifierKey, parseVerifierKey } from "../audit/note.ts";
import { LogVerifier, type LogReport, type StoredCheckpoint } from "../audit/verify.ts";
import { loadConfig } from "../config.ts";
import { fromBase64, toBase64, toHex } from "../domain/bytes.ts";
import { AuditTable } from "../ledger/tables/audit.ts";
import { RequestTable } from "../ledger/tables/requests.ts";
import { readLedger } from "./data-directory.ts";
import { CommandError, say, sayJson, type Format } from "./output.ts";

export interface AuditOptions {
  readonly config?: string;
  readonly file?: string;
  /** `silent` for a caller that only wants to know whether it throws. */
  readonly output: Format | "silent";
}

/** The ledger never writes an entry with a time before its predecessor's. */
const CLOCK_STEP_MAX_MS = 0;
const PROGRESS_EVERY = 100_000;

/** First line of an export. */
interface ExportHead {
  readonly claviger: "audit-export";
  readonly version: 1;
  readonly origin: string;
  readonly verifierKey: string;
  readonly checkpoints: readonly StoredCheckpoint[];
}

/** Exit code 0 when everything holds; otherwise a CommandError with the first fault. */
export async function auditVerify(options: AuditOptions): Promise<void> {
  const started = performance.now();
  const report =
    options.file === undefined ? verifyLedger(options) : await verifyExport(options.file, options.output);
  if (!report.verified) {
    throw new CommandError(`audit.${report.fault}`, `entry ${report.sequence}: ${report.message}`);
  }
  const seconds = Number(((performance.now() - started) / 1000).toFixed(2));
  if (options.output === "silent") return;
  if (options.output === "json") {
    sayJson({ ...report, root: toHex(report.root), seconds });
    return;
  }
  say(
    `audit log verified in ${seconds} s`,
    `  entries            ${report.size}`,
    `  root               ${toHex(report.root)}`,
    `  signed checkpoints ${report.checkpoints}, the last at ${report.signedSize} entries`,
    `  open decisions     ${report.openDecisions} (allowed, without an outcome: a crash between record and signature)`,
  );
}

function verifyLedger(options: AuditOptions): LogReport {
  const config = loadConfig({ file: options.config, preset: "production" });
  return verifyDirectory(config.storage.dataDir, options.output);
}

/** Re-checks the log of a data directory, which a service may be using. @throws CommandError */
export function verifyDirectory(directory: string, output: AuditOptions["output"]): LogReport {
  const database = readLedger(directory);
  try {
    // One snapshot: the service may append while this reads.
    database.exec("BEGIN");
    const table = new AuditTable(database);
    const log = table.log();
    if (log === undefined)
      throw new CommandError("ledger.empty", "the audit log has no key yet; run claviger init");
    const verifier = new LogVerifier({
      origin: log.origin,
      verifier: parseVerifierKey(formatVerifierKey(log.origin, new Uint8Array(log.public_key))),
      checkpoints: table.checkpoints(),
      nodes: { count: table.nodeCount(), get: (level, index) => table.findNode(level, index) },
      clockStepMaxMs: CLOCK_STEP_MAX_MS,
    });
    for (const row of table.eachLeaf()) {
      if (verifier.add({ ...row, hash: new Uint8Array(row.hash) }) !== undefined) break;
      progress(row.sequence, output);
    }
    const report = verifier.finish();
    const strays = new RequestTable(database).withoutLeaf();
    if (report.verified && strays > 0) {
      throw new CommandError(
        "audit.request.unfounded",
        `${strays} requests contradict their audit entry or have none`,
      );
    }
    return report;
  } finally {
    database.close();
  }
}

/** Writes the log as JSON Lines: a head with the verifier key and checkpoints, then one entry a line. */
export async function auditExport(options: AuditOptions & { readonly file: string }): Promise<void> {
  const config = loadConfig({ file: options.config, preset: "production" });
  const database = readLedger(config.storage.dataDir);
  const target = createWriteStream(options.file, { flags: "wx", mode: 0o600 });
  await once(target, "open");
  let entries = 0;
  try {
    database.exec("BEGIN");
    const table = new AuditTable(database);
    const log = table.log();
    if (log === undefined)
      throw new CommandError("ledger.empty", "the audit log has no key yet; run claviger init");
    const head: ExportHead = {
      claviger: "audit-export",
      version: 1,
      origin: log.origin,
      verifierKey: formatVerifierKey(log.origin, new Uint8Array(log.public_key)),
      checkpoints: table.checkpoints().map(({ size, note }) => ({ size, note })),
    };
    target.write(`${JSON.stringify(head)}\n`);
    for (const { sequence, entry, hash } of table.eachLeaf()) {
      const line = JSON.stringify({ sequence, entry, hash: toBase64(hash) });
      if (!target.write(`${line}\n`)) await once(target, "drain");
      entries += 1;
      progress(sequence, options.output);
    }
  } finally {
    database.close();
    target.end();
    await once(target, "close");
  }
  if (options.output === "json") sayJson({ event: "exported", file: options.file, entries });
  else
    say(
      `${entries} entries written to ${options.file}`,
      `check them with: claviger audit verify --file ${options.file}`,
    );
}

async function verifyExport(file: string, output: AuditOptions["output"]): Promise<LogReport> {
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
  let verifier: LogVerifier | undefined;
  for await (const line of lines) {
    if (verifier === undefined) {
      verifier = verifierOf(readHead(line));
      continue;
    }
    const row = readRow(line);
    if (verifier.add(row) !== undefined) break;
    progress(row.sequence, output);
  }
  if (verifier === undefined) throw new CommandError("audit.export.malformed", `${file} is empty`);
  return verifier.finish();
}

function verifierOf(head: ExportHead): LogVerifier {
  return new LogVerifier({
    origin: head.origin,
    verifier: parseVerifierKey(head.verifierKey),
    checkpoints: head.checkpoints,
    clockStepMaxMs: CLOCK_STEP_MAX_MS,
  });
}

function readHead(line: string): ExportHead {
  const head = readLine(line);
  if (head["claviger"] === "audit-export" && head["version"] === 1 && Array.isArray(head["checkpoints"])) {
    return {
      claviger: "audit-export",
      version: 1,
      origin: String(head["origin"]),
      verifierKey: String(head["verifierKey"]),
      checkpoints: head["checkpoints"],
    };
  }
  throw new CommandError("audit.export.malformed", "line 1: is not the head of an audit export of version 1");
}

function readRow(line: string): { sequence: number; entry: string; hash: Uint8Array } {
  const { sequence, entry, hash } = readLine(line);
  const bytes = typeof hash === "string" ? fromBase64(hash) : undefined;
  if (typeof sequence !== "number" || typeof entry !== "string" || bytes === undefined) {
    throw new CommandError(
      "audit.export.malformed",
      "a line is not an entry: needs sequence, entry and hash",
    );
  }
  return { sequence, entry, hash: bytes };
}

function readLine(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null) return { ...value };
  } catch {
    // Said below.
  }
  throw new CommandError("audit.export.malformed", "a line is not a JSON object");
}

function progress(sequence: number, output: AuditOptions["output"]): void {
  if (output === "text" && sequence > 0 && sequence % PROGRESS_EVERY === 0) {
    process.stderr.write(`  ${sequence} entries …\n`);
  }
}
