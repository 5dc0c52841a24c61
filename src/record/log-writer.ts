/** Appends leaves to the audit tree inside the caller's transaction; the frontier in memory follows a rollback. */
import { appendLeaf, frontierRoot, leafHash, readFrontier, type Frontier } from "../audit/tree.ts";
import { CLOCK_STEP, timeOf } from "../domain/audit-log.ts";
import { utf8 } from "../domain/bytes.ts";
import { canonicalJson, type Json } from "../domain/canonical.ts";
import type { AuditTable } from "../ledger/tables/audit.ts";
import type { NamespaceName } from "../domain/kinds.ts";

/** Version of the entry format, first member of every entry. */
const ENTRY_VERSION = 1;

export class LogWriter {
  readonly #table: AuditTable;
  #frontier: Frontier;
  #lastAt: string;

  constructor(table: AuditTable) {
    this.#table = table;
    this.#frontier = this.#read();
    this.#lastAt = lastEntryTime(table);
  }

  /** Number of leaves, those of the open transaction included. */
  get size(): number {
    return this.#frontier.size;
  }

  root(): Uint8Array {
    return frontierRoot(this.#frontier);
  }

  /**
   * Time of the next entry, RFC 3339 in UTC: the clock, but never before the newest entry. A clock that is set back
   * must not reopen a spending window.
   */
  now(): string {
    const clock = new Date().toISOString();
    return clock > this.#lastAt ? clock : this.#lastAt;
  }

  /** The clock, wherever it is, and the time of the newest entry; that is null for an empty log. Both RFC 3339 in UTC. */
  times(): { readonly clock: string; readonly newest: string | null } {
    return { clock: new Date().toISOString(), newest: this.#lastAt === "" ? null : this.#lastAt };
  }

  /**
   * Appends one entry and returns its sequence number. `at` must come from `now()`. Only the entry that accepts a clock which
   * came back is of an earlier time than the one before it, and from there on `now()` follows the clock again.
   * @throws Error for any other one of an earlier time, which `audit verify` would call a fault for ever
   */
  append(
    namespace: NamespaceName,
    type: string,
    at: string,
    members: Readonly<Record<string, Json>>,
  ): number {
    if (at < this.#lastAt && members["action"] !== CLOCK_STEP) {
      throw new Error(`an entry of ${at} would come behind one of ${this.#lastAt}`);
    }
    const sequence = this.#frontier.size;
    const entry = canonicalJson({ ...members, v: ENTRY_VERSION, type, at, namespace });
    const hash = leafHash(utf8(entry));
    this.#table.insertLeaf({ sequence, namespace, entry, hash });
    appendLeaf(this.#frontier, hash, (level, index, node) => this.#table.insertNode(level, index, node));
    this.#lastAt = at;
    return sequence;
  }

  /** Reads the frontier again; call after any rollback. */
  reload(): void {
    this.#frontier = this.#read();
    this.#lastAt = lastEntryTime(this.#table);
  }

  #read(): Frontier {
    return readFrontier((level, index) => this.#table.node(level, index), this.#table.size());
  }
}

function lastEntryTime(table: AuditTable): string {
  const size = table.size();
  const [last] = size === 0 ? [] : table.leaves(null, size - 1, 1);
  return last === undefined ? "" : (timeOf(last) ?? "");
}
