/** Answers that are kept for an Idempotency-Key, with what their acts brought about. One that is stored never changes. */
import { canonicalJson } from "../../domain/canonical.ts";
import type { NamespaceName, PrincipalId } from "../../domain/kinds.ts";
import { broughtIn, type KeptAnswer } from "../../domain/requests.ts";
import type { LedgerDatabase } from "../open.ts";

type AnswerRow = Omit<KeptAnswer, "brought"> & { readonly brought: string | null };

export class AnswerTable {
  readonly #database: LedgerDatabase;

  constructor(database: LedgerDatabase) {
    this.#database = database;
  }

  get(namespace: NamespaceName, principal: PrincipalId, key: string): KeptAnswer | undefined {
    const row = this.#database
      .prepare<[string, string, string], AnswerRow>(
        `SELECT namespace, principal, idempotency_key AS idempotencyKey, request_hash AS requestHash, status, body,
           created_at AS createdAt, brought
         FROM idempotent_answer WHERE namespace = ? AND principal = ? AND idempotency_key = ?`,
      )
      .get(namespace, principal, key);
    if (row === undefined) return undefined;
    const place = { table: "idempotent_answer", id: key, member: "brought" };
    const brought = row.brought === null ? null : broughtIn(row.brought, place);
    return { ...row, requestHash: new Uint8Array(row.requestHash), brought };
  }

  insert(answer: KeptAnswer): void {
    this.#database
      .prepare(
        `INSERT INTO idempotent_answer
           (namespace, principal, idempotency_key, request_hash, status, body, created_at, brought)
         VALUES (@namespace, @principal, @idempotencyKey, @requestHash, @status, @body, @createdAt, @brought)`,
      )
      .run({ ...answer, brought: answer.brought === null ? null : canonicalJson(answer.brought) });
  }
}
