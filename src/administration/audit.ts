/** The audit log for auditors: entries of their namespace, a signed checkpoint of the whole, and proofs. */
import { assertMay, type Principal } from "../access/principals.ts";
import { parseCheckpoint } from "../audit/checkpoint.ts";
import { assembleNote, formatVerifierKey } from "../audit/note.ts";
import type { AuditLog } from "../domain/audit-log.ts";
import { parseJson, type Json } from "../domain/canonical.ts";
import { SignerError } from "../domain/errors.ts";
import type { Page } from "./pages.ts";
import type { AdministrationParts } from "./parts.ts";

/** Entries that one page may hold. */
const ENTRIES_PAGE_MAX = 500;

export interface AuditEntry {
  readonly sequence: number;
  /** Of the leaf, 32 bytes. */
  readonly hash: Uint8Array;
  readonly entry: Json;
}

export interface Checkpoint {
  /** A C2SP signed note. */
  readonly note: string;
  /** What an auditor configures to verify checkpoints: `name+keyid+base64`. */
  readonly verifierKey: string;
}

export interface InclusionProof {
  readonly sequence: number;
  readonly size: number;
  readonly leafHash: Uint8Array;
  /** Hashes from the leaf to the root. */
  readonly proof: readonly Uint8Array[];
}

export interface ConsistencyProof {
  readonly from: number;
  readonly to: number;
  readonly proof: readonly Uint8Array[];
}

export class Audit {
  readonly #parts: AdministrationParts;

  constructor(parts: AdministrationParts) {
    this.#parts = parts;
  }

  /** Entries of the caller's namespace from sequence `from` on, ascending, with the sequence of the next page. */
  async entries(principal: Principal, from: number, wanted: number): Promise<Page<AuditEntry>> {
    assertMay(principal, "audit.read");
    const limit = Math.min(wanted, ENTRIES_PAGE_MAX);
    const leaves = await this.#parts.ledger.readLeaves({
      namespace: principal.namespace,
      from,
      limit: limit + 1,
    });
    const items = leaves.slice(0, limit).map(({ sequence, hash, entry }): AuditEntry => {
      return { sequence, hash, entry: parseJson(entry) };
    });
    return { items, next: leaves.length > limit ? String(leaves[limit]?.sequence ?? 0) : null };
  }

  /**
   * The newest checkpoint, stored with the log. The same tree size gives the same note.
   * @throws SignerError `auth.forbidden`, `service.sealed`
   */
  async checkpoint(principal: Principal): Promise<Checkpoint> {
    assertMay(principal, "audit.read");
    const note = await makeCheckpoint(this.#parts);
    const log = await auditLog(this.#parts);
    return { note, verifierKey: formatVerifierKey(log.origin, log.publicKey) };
  }

  /** Proof that the entry `sequence` of the caller's namespace is in the tree of `size`. */
  async inclusion(principal: Principal, sequence: number, size: number): Promise<InclusionProof> {
    assertMay(principal, "audit.read");
    const found = await this.#parts.ledger.readInclusion({ namespace: principal.namespace, sequence, size });
    if (found === null) {
      throw new SignerError(
        "request.not_found",
        "sequence: no such entry of your namespace in a tree of that size; list them with GET /v1/audit/entries",
        {
          sequence,
          size,
        },
      );
    }
    return { sequence, size, leafHash: found.leafHash, proof: found.proof };
  }

  /** Proof that the tree of `to` extends the tree of `from`; empty where they are the same, or `from` is 0. */
  async consistency(principal: Principal, from: number, to: number): Promise<ConsistencyProof> {
    assertMay(principal, "audit.read");
    const proof = await this.#parts.ledger.readConsistency({ from, to });
    if (proof === null) {
      throw new SignerError(
        "request.not_found",
        "from, to: the log has no trees of those sizes; from must not exceed to, nor to the size that " +
          "GET /v1/audit/checkpoint states",
        {
          from,
          to,
        },
      );
    }
    return { from, to, proof };
  }
}

/** Has the tree head signed as it is on disk now, and stores the note. @throws SignerError as `OwnStatements.stateHead` */
export async function makeCheckpoint(parts: Pick<AdministrationParts, "ledger" | "keeper">): Promise<string> {
  const head = await parts.keeper.stateHead();
  if (head.outcome === "stored") return head.note;
  const log = await auditLog(parts);
  const note = assembleNote(head.text, log.origin, log.publicKey, head.signature);
  const { size } = parseCheckpoint(head.text);
  await parts.ledger.storeCheckpoint({ size, note, createdAt: new Date().toISOString() });
  return note;
}

async function auditLog(parts: Pick<AdministrationParts, "ledger">): Promise<AuditLog> {
  const { log } = await parts.ledger.readSeal();
  if (log === null)
    throw new SignerError("service.sealed", "the audit log has no key yet; run claviger init");
  return log;
}
