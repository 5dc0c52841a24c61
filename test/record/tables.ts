/** The record transaction over a ledger in memory, with savepoints as the ledger thread sets them. */
import { AuditTable } from "../../src/ledger/tables/audit.ts";
import { RightsTable } from "../../src/ledger/tables/rights.ts";
import { EotsTable } from "../../src/ledger/tables/eots.ts";
import { LimitTable } from "../../src/ledger/tables/limits.ts";
import { SlashingTable } from "../../src/ledger/tables/slashing.ts";
import { RequestTable } from "../../src/ledger/tables/requests.ts";
import type { LedgerDatabase } from "../../src/ledger/open.ts";
import { decide as decideAll } from "../../src/record/decide/decide.ts";
import type { DecideCall } from "../../src/record/decide/asked.ts";
import { foresee as foreseeOver } from "../../src/record/decide/foresee.ts";
import { LogWriter } from "../../src/record/log-writer.ts";
import type {
  DecisionCall,
  DecisionReply,
  Foreseen,
  Foresight,
  OutcomeCall,
  Reservation,
} from "../../src/record/decision.ts";
import { ledgerStore, type DecisionTables, type Store } from "../../src/record/store.ts";
import { memoryLedger } from "../ledger/memory.ts";

export interface TestTables extends DecisionTables {
  readonly database: LedgerDatabase;
  readonly store: Store;
}

/** With the one key that a request must refer to. */
export function newTables(): TestTables {
  const database = memoryLedger();
  database.exec(`INSERT INTO namespace VALUES ('root', 'now');
    INSERT INTO key VALUES ('key_1', 'root', NULL, 'ethereum', 'secp256k1', 'imported', NULL, x'02', '0x1', NULL, '{}',
      'active', 'now', NULL)`);
  return tablesOver(database);
}

/** What a start builds over a file that is there. */
export function tablesOver(database: LedgerDatabase): TestTables {
  const tables = {
    rights: new RightsTable(database),
    requests: new RequestTable(database),
    limits: new LimitTable(database),
    slashing: new SlashingTable(database),
    eots: new EotsTable(database),
    log: new LogWriter(new AuditTable(database)),
  };
  return { ...tables, database, store: ledgerStore(tables) };
}

/** The reply to one call; throws what it throws. */
function alone(tables: TestTables, call: DecideCall): unknown {
  const [decided] = decideAll(tables.store, [call]);
  if (decided?.ok !== true) throw decided?.error;
  return decided.reply;
}

export function decide(tables: TestTables, call: DecisionCall): DecisionReply {
  return alone(tables, { kind: "decision", call }) as DecisionReply;
}

export function decideTogether(tables: TestTables, calls: readonly DecisionCall[]): readonly DecisionReply[] {
  return alone(tables, { kind: "together", calls }) as readonly DecisionReply[];
}

export function recordOutcome(tables: TestTables, call: OutcomeCall): { readonly result: string } {
  return alone(tables, { kind: "outcome", call }) as { readonly result: string };
}

export function foresee(tables: TestTables, call: Foresight): Foreseen {
  return foreseeOver(tables.store, call);
}

/** Runs one operation; with `fail` it is rolled back. */
export function operate<Result>(tables: TestTables, work: () => Result, fail = false): Result {
  tables.database.exec("SAVEPOINT operation");
  let result: Result;
  try {
    result = work();
  } catch (error) {
    tables.database.exec("ROLLBACK TO operation; RELEASE operation");
    tables.log.reload();
    tables.limits.reload();
    throw error;
  }
  if (fail) tables.database.exec("ROLLBACK TO operation");
  tables.database.exec("RELEASE operation");
  if (fail) {
    tables.log.reload();
    tables.limits.reload();
  } else tables.limits.keep();
  return result;
}

let requests = 0;

export function decision(changes: Partial<DecisionCall> = {}): DecisionCall {
  requests += 1;
  return {
    id: `req_${String(requests).padStart(6, "0")}`,
    namespace: "root",
    keyId: "key_1",
    principal: "prn_1",
    type: "ethereum.transaction",
    receivedAt: "2026-01-01T00:00:00.000Z",
    idempotencyKey: null,
    bodyHash: new Uint8Array(32).fill(1),
    problem: null,
    reservations: [],
    payloads: [],
    evaluations: [],
    evidence: "{}",
    judgedUnder: { principal: null, bindings: [] },
    ...changes,
  };
}

export function claim(changes: Partial<Reservation> = {}): Reservation {
  return {
    counter: "daily",
    amount: "1",
    window: 86_400,
    max: "10",
    bindingId: "bnd_1",
    policy: "sha256:1",
    ...changes,
  };
}
