/** Changes the ledger's file beside a running service, for states that only commands on a stopped one make. */
import Database from "better-sqlite3";
import { join } from "node:path";
import { LEDGER_FILE } from "../../src/ledger/open.ts";
import type { RunningService } from "./service.ts";

export function editLedger(service: Pick<RunningService, "dataDirectory">, sql: string): void {
  const database = new Database(join(service.dataDirectory, LEDGER_FILE), { timeout: 5000 });
  try {
    database.exec(sql);
  } finally {
    database.close();
  }
}
