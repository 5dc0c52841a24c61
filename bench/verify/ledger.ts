/**
 * A ledger with a long audit log: decisions and outcomes as the record step writes them, with the sizes of an Ethereum
 * transaction under one policy, and a signed checkpoint now and then.
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { newIdentifier } from "../../src/directory/identifiers.ts";
import { migrate } from "../../src/ledger/migrate.ts";
import { LEDGER_FILE, openLedger } from "../../src/ledger/open.ts";
import { AuditTable } from "../../src/ledger/tables/audit.ts";
import type { DecisionCall, OutcomeCall } from "../../src/record/decision.ts";
import { decide } from "../../src/record/decide/decide.ts";
import { newNoteKey, signCheckpoint } from "../../test/audit/note-key.ts";
import { tablesOver } from "../../test/record/tables.ts";

const ORIGIN = "claviger.bench/audit";
const NAMESPACE = "default";
const KEY = "key_0mx4lz8dtfc2d9e3f655e831598ec";
const PRINCIPAL = "prn_0mx4lz1j53d92ffd5c51cc4fca4bb";
const BINDING = "bnd_0mx4lz8lt59bea45a60b14649e514";
const PUBLIC_KEY = Uint8Array.of(2, ...new Uint8Array(32).fill(1));
const POLICY = `sha256:${"d".repeat(64)}`;
/** Characters of evidence and result, as a transaction under transfer-limits has them. */
const EVIDENCE = 3000;
const RESULT = 226;
/** Requests of one transaction. */
const BATCH = 500;

/** Writes `leaves` leaves, half decisions and half outcomes, with a checkpoint behind every `between` of them. */
export function writeLongLog(directory: string, leaves: number, between: number): void {
  const database = openLedger(join(directory, LEDGER_FILE), { readonly: false });
  try {
    database.pragma("synchronous = OFF");
    migrate(database);
    database.exec(`INSERT INTO namespace VALUES ('${NAMESPACE}', 'now');
      INSERT INTO key VALUES ('${KEY}', '${NAMESPACE}', NULL, 'ethereum', 'secp256k1', 'imported', NULL, x'02', '0x1', NULL, '{}',
        'active', 'now', NULL)`);
    const audit = new AuditTable(database);
    const key = newNoteKey(ORIGIN);
    audit.insertLog({ origin: ORIGIN, keyId: KEY, publicKey: key.publicKey });
    const tables = tablesOver(database);
    let signed = 0;
    for (let written = 0; written < leaves; written += 2 * BATCH) {
      const count = Math.min(BATCH, (leaves - written) / 2);
      const requests = Array.from({ length: count }, (_, index) => decisionOf(written + index));
      database.exec("BEGIN IMMEDIATE");
      decide(
        tables.store,
        requests.map((call) => ({ kind: "decision", call })),
      );
      decide(
        tables.store,
        requests.map((call) => ({ kind: "outcome", call: outcomeOf(call) })),
      );
      const { size } = tables.log;
      if (size - signed >= between) {
        signed = size;
        const note = signCheckpoint({ origin: ORIGIN, size, root: tables.log.root() }, key);
        audit.insertCheckpoint({ size, note, createdAt: tables.log.now() });
      }
      tables.limits.keep();
      database.exec("COMMIT");
    }
    database.pragma("wal_checkpoint(TRUNCATE)");
  } finally {
    database.close();
  }
}

function decisionOf(index: number): DecisionCall {
  const id = newIdentifier("req");
  return {
    id,
    namespace: NAMESPACE,
    keyId: KEY,
    principal: PRINCIPAL,
    type: "ethereum.transaction",
    receivedAt: new Date().toISOString(),
    idempotencyKey: null,
    bodyHash: createHash("sha256").update(id).digest(),
    problem: null,
    reservations: [],
    payloads: [
      {
        scheme: "secp256k1.ecdsa",
        digest: createHash("sha256").update(`payload ${id}`).digest(),
        publicKey: PUBLIC_KEY,
      },
    ],
    evaluations: [
      {
        bindingId: BINDING,
        policy: POLICY,
        mode: "enforce",
        decision: "allow",
        fuelUsed: String(60_000 + (index % 20_000)),
        inputHash: createHash("sha256").update(`input ${id}`).digest("hex"),
      },
    ],
    evidence: JSON.stringify({ input: "e".repeat(EVIDENCE - 12) }),
    judgedUnder: { principal: null, bindings: [] },
  };
}

function outcomeOf({ id, namespace }: DecisionCall): OutcomeCall {
  const signatureHash = createHash("sha256").update(`signature ${id}`).digest("hex");
  return {
    namespace,
    requestId: id,
    signatureHash,
    result: JSON.stringify({ signature: "s".repeat(RESULT - 16) }),
  };
}
