/** What acts share that are still functions over tables: the tables, the audit leaf, and the answer that is kept. */
import type { Json } from "../../domain/canonical.ts";
import { SignerError } from "../../domain/errors.ts";
import type { LedgerDatabase } from "../../ledger/open.ts";
import type { SealedRowWriter } from "../../ledger/sealed-rows.ts";
import type { AuditTable } from "../../ledger/tables/audit.ts";
import type { DescriptorTable } from "../../ledger/tables/descriptors.ts";
import type { DirectoryTable } from "../../ledger/tables/directory.ts";
import type { PresenceTable } from "../../ledger/tables/presence.ts";
import type { SlashingTable } from "../../ledger/tables/slashing.ts";
import type { LogWriter } from "../log-writer.ts";
import type { Actor, StoredAnswer } from "../contract.ts";

export interface AdministrationTables {
  readonly database: LedgerDatabase;
  readonly sealed: SealedRowWriter;
  readonly directory: DirectoryTable;
  readonly presence: PresenceTable;
  readonly descriptors: DescriptorTable;
  readonly slashing: SlashingTable;
  readonly audit: AuditTable;
  readonly log: LogWriter;
}

/** Before anything is written: of two requests with one Idempotency-Key the second must not meet another refusal. */
export function assertUnused(tables: AdministrationTables, answer: StoredAnswer): void {
  if (answer === null) return;
  if (tables.directory.answer(answer.namespace, answer.principal, answer.idempotencyKey) === undefined)
    return;
  throw new SignerError(
    "request.idempotency_conflict",
    "Idempotency-Key: another request with this key is already stored; use a new key",
  );
}

/** The act's audit leaf, and its answer. */
export function finish(
  tables: AdministrationTables,
  actor: Actor,
  answer: StoredAnswer,
  members: Readonly<Record<string, Json>>,
): void {
  const at = tables.log.now();
  tables.log.append(actor.namespace, "administration", at, { principal: actor.principal, ...members });
  keepAnswer(tables, answer);
}

/** The answer alone, of an act that found everything as it asked for: it has no leaf. */
export function keepAnswer({ directory, log }: AdministrationTables, answer: StoredAnswer): void {
  if (answer !== null) directory.insertAnswer({ ...answer, createdAt: log.now() });
}
