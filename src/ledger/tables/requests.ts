/** Decided sign requests. A decision never changes; a result is written once. Enforced by triggers as well. */
import type { RecordedRequest } from "../../domain/requests.ts";
import type { LedgerDatabase } from "../open.ts";
import { decisionOf, requestOf, REQUEST_COLUMNS, storedRequest, type RequestRow } from "../rows.ts";
import type { NamespaceName, PrincipalId, RequestId } from "../../domain/kinds.ts";

const ROWS_OF_A_PIECE = 500;
/** Of what SQLite numbers rows with. */
const LOWEST_ROW = -(2n ** 63n);
const HIGHEST_ROW = 2n ** 63n - 1n;

/** A decision that is recorded now: its result comes later. */
export type NewRequest = Omit<RecordedRequest, "result">;

export class RequestTable {
  readonly #database: LedgerDatabase;
  readonly #insert;
  readonly #get;
  readonly #decided;
  readonly #byIdempotencyKey;
  readonly #setResult;
  readonly #list;
  readonly #listOwn;

  constructor(database: LedgerDatabase) {
    this.#database = database;
    this.#insert = database.prepare<Omit<RequestRow, "result">>(
      `INSERT INTO request (id, namespace, key_id, principal, type, received_at, idempotency_key, body_hash, decision,
         problem, evidence, sequence)
       VALUES (@id, @namespace, @keyId, @principal, @type, @receivedAt, @idempotencyKey, @bodyHash, @decision,
         @problem, @evidence, @sequence)`,
    );
    this.#get = database.prepare<[string, string], RequestRow>(
      `SELECT ${REQUEST_COLUMNS} FROM request WHERE namespace = ? AND id = ?`,
    );
    this.#decided = database.prepare<[string, string], { decision: string; result: string | null }>(
      "SELECT decision, result FROM request WHERE namespace = ? AND id = ?",
    );
    this.#byIdempotencyKey = database.prepare<[string, string, string], RequestRow>(
      `SELECT ${REQUEST_COLUMNS} FROM request WHERE namespace = ? AND principal = ? AND idempotency_key = ?`,
    );
    this.#setResult = database.prepare<[string, string, string]>(
      "UPDATE request SET result = ? WHERE namespace = ? AND id = ? AND result IS NULL",
    );
    this.#list = database.prepare<[string, string, number], RequestRow>(
      `SELECT ${REQUEST_COLUMNS} FROM request WHERE namespace = ? AND id < ? ORDER BY id DESC LIMIT ?`,
    );
    this.#listOwn = database.prepare<[string, string, string, number], RequestRow>(
      `SELECT ${REQUEST_COLUMNS} FROM request WHERE namespace = ? AND principal = ? AND id < ? ORDER BY id DESC LIMIT ?`,
    );
  }

  insert(request: NewRequest): void {
    this.#insert.run(storedRequest(request));
  }

  get(namespace: NamespaceName, id: RequestId): RecordedRequest | undefined {
    const row = this.#get.get(namespace, id);
    return row === undefined ? undefined : requestOf(row);
  }

  /** What came of a request, without the rest of it; undefined for one that was never decided. */
  decided(namespace: NamespaceName, id: RequestId): Pick<RecordedRequest, "decision" | "result"> | undefined {
    const row = this.#decided.get(namespace, id);
    return row === undefined ? undefined : { decision: decisionOf(id, row.decision), result: row.result };
  }

  byIdempotencyKey(
    namespace: NamespaceName,
    principal: PrincipalId,
    key: string,
  ): RecordedRequest | undefined {
    const row = this.#byIdempotencyKey.get(namespace, principal, key);
    return row === undefined ? undefined : requestOf(row);
  }

  /** Writes the result if there is none yet; false when there was one. */
  setResult(namespace: NamespaceName, id: RequestId, result: string): boolean {
    return this.#setResult.run(result, namespace, id).changes === 1;
  }

  /** Newest first, below `before` (an id); those of one principal, or all where it is null. */
  list(
    namespace: NamespaceName,
    principal: PrincipalId | null,
    before: RequestId,
    limit: number,
  ): RecordedRequest[] {
    const rows =
      principal === null
        ? this.#list.all(namespace, before, limit)
        : this.#listOwn.all(namespace, principal, before, limit);
    return rows.map(requestOf);
  }

  /** Sequence of the decision of a request, in any namespace. */
  sequenceOf(id: RequestId): number | undefined {
    return this.#database
      .prepare<[string], number>("SELECT sequence FROM request WHERE id = ?")
      .pluck()
      .get(id);
  }

  /**
   * Every request in the order of their making, in pieces; with `from` only those behind the last one whose sequence is below it.
   * Rows are counted in big integers: one that somebody wrote into the file may have any number.
   */
  *eachDecided(
    from: number | undefined,
  ): Generator<Pick<RecordedRequest, "id" | "sequence"> & { readonly decision: string }> {
    const read = this.#database
      .prepare<[bigint, number], [bigint, RequestId, string, bigint]>(
        "SELECT rowid, id, decision, sequence FROM request WHERE rowid >= ? ORDER BY rowid LIMIT ?",
      )
      .raw()
      .safeIntegers();
    let next = from === undefined ? LOWEST_ROW : this.#rowBehind(from);
    while (next <= HIGHEST_ROW) {
      const rows = read.all(next, ROWS_OF_A_PIECE);
      for (const [rowid, id, decision, sequence] of rows) {
        next = rowid + 1n;
        yield { id, decision, sequence: Number(sequence) };
      }
      if (rows.length < ROWS_OF_A_PIECE) return;
    }
  }

  #rowBehind(sequence: number): bigint {
    const last = this.#database
      .prepare<[number], bigint>("SELECT rowid FROM request WHERE sequence < ? ORDER BY rowid DESC LIMIT 1")
      .pluck()
      .safeIntegers()
      .get(sequence);
    return last === undefined ? LOWEST_ROW : last + 1n;
  }
}
