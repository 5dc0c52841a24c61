/** Whether every decided request of a ledger has the audit entry that it names, and that entry says the same. */
import type { RequestId } from "../domain/kinds.ts";
import { readEntry, type Entry } from "./entry.ts";

/** A request as the ledger has it, without what was asked. */
export interface DecidedRequest {
  readonly id: RequestId;
  readonly decision: string;
  /** Of its audit entry. */
  readonly sequence: number;
}

export interface StoredRequests {
  /** In the order of their making, in which their sequences ascend; one that does not is looked up. */
  readonly rows: Iterable<DecidedRequest>;
  /** Text of an entry that was checked before; undefined where there is none. */
  readonly entryAt: (sequence: number) => string | undefined;
}

/** Feed it every entry in order, then ask for the strays. It keeps one row in memory. */
export class RequestCheck {
  readonly #rows: Iterator<DecidedRequest>;
  readonly #entryAt: StoredRequests["entryAt"];
  #next: DecidedRequest | undefined;
  #strays = 0;

  constructor({ rows, entryAt }: StoredRequests) {
    this.#rows = rows[Symbol.iterator]();
    this.#entryAt = entryAt;
    this.#pull();
  }

  add(sequence: number, entry: Entry): void {
    for (let next = this.#next; next !== undefined && next.sequence <= sequence; next = this.#pull()) {
      this.#compare(next, next.sequence === sequence ? entry : this.#lookUp(next.sequence));
    }
  }

  /** Number of requests whose decision is not the one that their entry records, or that have none. */
  strays(): number {
    for (let next = this.#next; next !== undefined; next = this.#pull()) {
      this.#compare(next, this.#lookUp(next.sequence));
    }
    return this.#strays;
  }

  #compare({ id, decision }: DecidedRequest, entry: Entry | undefined): void {
    const same = entry?.type === "decision" && entry.requestId === id && entry.decision === decision;
    if (!same) this.#strays += 1;
  }

  #lookUp(sequence: number): Entry | undefined {
    const text = this.#entryAt(sequence);
    return text === undefined ? undefined : readEntry(text);
  }

  #pull(): DecidedRequest | undefined {
    const next = this.#rows.next();
    this.#next = next.done === true ? undefined : next.value;
    return this.#next;
  }
}
