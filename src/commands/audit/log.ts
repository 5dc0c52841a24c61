/** What `audit verify` and `audit export` share: the log's key, the head of an export, a sign of life. */
import { formatVerifierKey } from "../../audit/note.ts";
import type { CheckpointNote } from "../../audit/verify.ts";
import type { AuditTable } from "../../ledger/tables/audit.ts";
import { CommandError, type Format } from "../output.ts";

const PROGRESS_EVERY = 100_000;

/** First line of an export. */
export interface ExportHead {
  readonly claviger: "audit-export";
  readonly version: 1;
  readonly origin: string;
  readonly verifierKey: string;
  readonly checkpoints: readonly CheckpointNote[];
}

/** The log's name and key. @throws CommandError for a ledger that nobody initialised */
export function keyedLog(table: AuditTable): { readonly origin: string; readonly verifierKey: string } {
  const log = table.log();
  if (log !== undefined) {
    return {
      origin: log.origin,
      verifierKey: formatVerifierKey(log.origin, log.publicKey),
    };
  }
  throw new CommandError("ledger.empty", "the audit log has no key yet; run claviger init");
}

/** A line on stderr now and then, for people only. */
export function entryProgress(sequence: number, output: Format | "silent"): void {
  if (output === "text" && sequence > 0 && sequence % PROGRESS_EVERY === 0) {
    process.stderr.write(`  ${sequence} entries …\n`);
  }
}
