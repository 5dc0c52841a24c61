/** What `audit verify` and `audit export` share: the log's key, and the head of an export. */
import { formatVerifierKey } from "../../audit/note.ts";
import type { CheckpointNote, LogReport } from "../../audit/report.ts";
import type { AuditTable } from "../../ledger/tables/audit.ts";
import { CommandError, type Format } from "../output.ts";

/** The ledger never writes an entry with a time before its predecessor's, but the one that accepts a clock which came back. */
export const CLOCK_STEP_MAX_MS = 0;

export interface VerifyOptions {
  /** Checkpoints that somebody kept elsewhere. */
  readonly kept: readonly CheckpointNote[];
  /** The checkpoint to begin at, or the size of one that the ledger has; undefined for the whole log. */
  readonly from?: CheckpointNote | number | undefined;
  /** `silent` for a caller that only wants to know whether it throws. */
  readonly output: Format | "silent";
}

/** A log's verdict, and the key that its checkpoints were checked with. */
export interface Verified {
  readonly report: LogReport;
  readonly verifierKey: string;
}

/**
 * First line of an export. Version 1 had all checkpoints here. Since version 2 each is on a line of its own, behind the entries
 * that it covers.
 */
export interface ExportHead {
  readonly claviger: "audit-export";
  readonly version: 2;
  readonly origin: string;
  readonly verifierKey: string;
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
