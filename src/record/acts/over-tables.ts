/** The tables of acts that are still functions over them. */
import type { LedgerDatabase } from "../../ledger/open.ts";
import type { SealedRowWriter } from "../../ledger/sealed-rows.ts";
import type { AuditTable } from "../../ledger/tables/audit.ts";
import type { DescriptorTable } from "../../ledger/tables/descriptors.ts";
import type { DirectoryTable } from "../../ledger/tables/directory.ts";
import type { PresenceTable } from "../../ledger/tables/presence.ts";
import type { SlashingTable } from "../../ledger/tables/slashing.ts";
import type { LogWriter } from "../log-writer.ts";

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
