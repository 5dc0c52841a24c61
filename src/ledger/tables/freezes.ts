/** Rows of freezes. Whether one holds for a key that signs, `RightsTable` reads. */
import type { Freeze, FreezeScope } from "../../domain/freezes.ts";
import type { FreezeId, NamespaceName, PrincipalId } from "../../domain/kinds.ts";
import type { LedgerDatabase } from "../open.ts";

interface FreezeRow {
  readonly id: string;
  readonly scopeKind: FreezeScope["kind"];
  readonly scopeId: string;
  readonly namespace: string | null;
  readonly orderedBy: string;
  readonly orderedIn: string;
  readonly createdAt: string;
}

const COLUMNS =
  "id, scope_kind AS scopeKind, scope_id AS scopeId, namespace, ordered_by AS orderedBy, ordered_in AS orderedIn, " +
  "created_at AS createdAt";

export class FreezeTable {
  readonly #database: LedgerDatabase;

  constructor(database: LedgerDatabase) {
    this.#database = database;
  }

  insert(freeze: Freeze): void {
    this.#database
      .prepare(
        `INSERT INTO freeze (id, scope_kind, scope_id, namespace, ordered_by, ordered_in, created_at)
         VALUES (@id, @scopeKind, @scopeId, @namespace, @orderedBy, @orderedIn, @createdAt)`,
      )
      .run(rowOf(freeze));
  }

  /** False when there is none in force with this id. */
  lift(id: FreezeId, by: PrincipalId, at: string): boolean {
    return (
      this.#database
        .prepare("UPDATE freeze SET lifted_by = ?, lifted_at = ? WHERE id = ? AND lifted_at IS NULL")
        .run(by, at, id).changes === 1
    );
  }

  /** The one in force with this id. */
  get(id: FreezeId): Freeze | undefined {
    const row = this.#database
      .prepare<[string], FreezeRow>(`SELECT ${COLUMNS} FROM freeze WHERE id = ? AND lifted_at IS NULL`)
      .get(id);
    return row === undefined ? undefined : freezeOf(row);
  }

  /** When the one with this id was lifted; undefined for one in force. */
  lifted(id: FreezeId): { readonly at: string } | undefined {
    return this.#database
      .prepare<[string], { at: string }>(
        "SELECT lifted_at AS at FROM freeze WHERE id = ? AND lifted_at IS NOT NULL",
      )
      .get(id);
  }

  /** What the principal has ordered for exactly this scope, and nobody has lifted. */
  ordered({ scope, orderedBy }: Pick<Freeze, "scope" | "orderedBy">): Freeze | undefined {
    const { kind, id } = storedScope(scope);
    const row = this.#database
      .prepare<[string, string, string], FreezeRow>(
        `SELECT ${COLUMNS} FROM freeze
         WHERE scope_kind = ? AND scope_id = ? AND ordered_by = ? AND lifted_at IS NULL ORDER BY id LIMIT 1`,
      )
      .get(kind, id, orderedBy);
    return row === undefined ? undefined : freezeOf(row);
  }

  /** All in force, in the order of their ids. */
  inForce(): Freeze[] {
    return this.#database
      .prepare<[], FreezeRow>(`SELECT ${COLUMNS} FROM freeze WHERE lifted_at IS NULL ORDER BY id`)
      .all()
      .map(freezeOf);
  }
}

function rowOf({ id, scope, orderedBy, orderedIn, createdAt }: Freeze): FreezeRow {
  const stored = storedScope(scope);
  const namespace: NamespaceName | null = scope.kind === "everything" ? null : scope.namespace;
  return { id, scopeKind: stored.kind, scopeId: stored.id, namespace, orderedBy, orderedIn, createdAt };
}

function storedScope(scope: FreezeScope): { readonly kind: FreezeScope["kind"]; readonly id: string } {
  const { kind } = scope;
  if (scope.kind === "everything") return { kind, id: "" };
  return { kind, id: scope.kind === "namespace" ? scope.namespace : scope.id };
}

function freezeOf({ scopeKind: kind, scopeId: id, namespace, ...rest }: FreezeRow): Freeze {
  if (namespace === null) return { ...rest, scope: { kind: "everything" } };
  if (kind === "key" || kind === "wallet") return { ...rest, scope: { kind, id, namespace } };
  return { ...rest, scope: { kind: "namespace", namespace } };
}
