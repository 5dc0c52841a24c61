/** `claviger audit verify`: re-checks the log, offline, from the data directory or from an export. */
import type { LogReport, LogSuccess } from "../../audit/report.ts";
import { loadConfig } from "../../config/config.ts";
import { toHex } from "../../domain/bytes.ts";
import { CommandError, say, sayJson, type Format } from "../output.ts";
import { readFrom, readKept } from "./kept.ts";
import type { Verified } from "./log.ts";
import { verifyExport } from "./verify-export.ts";
import { verifyDirectory } from "./verify-ledger.ts";

export interface AuditOptions {
  readonly config?: string;
  readonly file?: string;
  /** Verifier key that the log must be signed by; without it, the one that it names itself. */
  readonly key?: string;
  /** Files with checkpoints that were kept elsewhere. */
  readonly checkpoint?: readonly string[];
  /** A file with the checkpoint to begin at, or the size of one that the ledger has. */
  readonly from?: string;
  /** `silent` for a caller that only wants to know whether it throws. */
  readonly output: Format | "silent";
}

/** Exit code 0 when everything holds; otherwise a CommandError with the first fault. */
export async function auditVerify(options: AuditOptions): Promise<void> {
  const started = performance.now();
  const { report, verifierKey } = await verify(options);
  const success = requireVerified(report);
  if (options.key !== undefined && options.key !== verifierKey) {
    throw new CommandError(
      "audit.key",
      `the log is signed by ${verifierKey}, not by the key that --key names; check that key, and ` +
        `take the log for another one's if it is right`,
    );
  }
  const seconds = Number(((performance.now() - started) / 1000).toFixed(2));
  if (options.output === "json") sayJson({ ...membersOf(success), verifierKey, seconds });
  if (options.output === "text") say(...linesOf(success, verifierKey, seconds, options));
}

function verify({ file, from, checkpoint, config, output }: AuditOptions): Promise<Verified> {
  if (file !== undefined && from !== undefined) {
    throw new CommandError("usage", "an export is checked as a whole: leave out --from", 2);
  }
  const kept = (checkpoint ?? []).map(readKept);
  if (file !== undefined) return verifyExport(file, { kept, output });
  const { dataDir } = loadConfig({ file: config, preset: "production" }).storage;
  return verifyDirectory(dataDir, { kept, from: from === undefined ? undefined : readFrom(from), output });
}

function requireVerified(report: LogReport): LogSuccess {
  if (report.verified) return report;
  // Only a node is named by its place in the tree; the other faults name their entry or checkpoint themselves.
  const where = report.fault === "node.mismatch" ? `at entry ${report.sequence}: ` : "";
  throw new CommandError(`audit.${report.fault}`, `${where}${report.message}`);
}

function membersOf({ lastCheckpoint, root, unsignedSince, ...counts }: LogSuccess) {
  return {
    ...counts,
    root: toHex(root),
    /** To be kept elsewhere, for `--checkpoint` and `--from`. */
    lastCheckpoint: lastCheckpoint?.note ?? null,
    unsignedEntries: counts.size - counts.signedSize,
    unsignedSince: timeText(unsignedSince),
  };
}

function linesOf(success: LogSuccess, verifierKey: string, seconds: number, options: AuditOptions): string[] {
  const { size, from, signedSize, unsignedSince, earlierDecisions } = success;
  const unsigned = size - signedSize;
  return [
    from === 0
      ? `audit log verified in ${seconds} s`
      : `audit log verified from entry ${from} on, in ${seconds} s`,
    `  entries            ${size}${from === 0 ? "" : `, of which ${size - from} were read`}`,
    `  root               ${toHex(success.root)}`,
    `  signed checkpoints ${success.checkpoints}, the last at ${signedSize} entries`,
    `  after the last     ${
      unsigned === 0
        ? "no entry"
        : `${unsigned} entries since ${timeText(unsignedSince)}: nobody has signed for them yet`
    }`,
    `  signed by          ${verifierKey}`,
    `  open decisions     ${success.openDecisions} (allowed, without an outcome: a crash between ` +
      `record and signature)`,
    ...(from === 0 ? [] : notChecked(from, earlierDecisions)),
    ...(options.key === undefined
      ? ["Compare the key with the one you keep elsewhere, or name it with --key."]
      : []),
  ];
}

function notChecked(from: number, earlierDecisions: number): string[] {
  return [
    `  earlier decisions  ${earlierDecisions} outcomes are of decisions before entry ${from}, each looked up and proven there`,
    `Not checked: the text of the ${from} entries before the checkpoint, their nodes but those its root follows from, ` +
      `their requests, their older checkpoints, and whether one of the earlier decisions had an outcome already.`,
  ];
}

function timeText(milliseconds: number | undefined): string | null {
  return milliseconds === undefined ? null : new Date(milliseconds).toISOString();
}
