/** The writer's transaction. Each write in it goes back by itself, so that a refused one leaves nothing behind. */
import type { Statement } from "better-sqlite3";
import type { LedgerDatabase } from "./open.ts";

export class Transaction {
  readonly #database: LedgerDatabase;
  readonly #begin: Statement;
  readonly #commit: Statement;
  readonly #savepoint: Statement;
  readonly #release: Statement;
  readonly #rollback: Statement;
  readonly #abandon: Statement;
  /** What comes next needs a savepoint: something before it is kept. */
  #keeps = false;

  constructor(database: LedgerDatabase) {
    this.#database = database;
    this.#begin = database.prepare("BEGIN IMMEDIATE");
    this.#commit = database.prepare("COMMIT");
    this.#savepoint = database.prepare("SAVEPOINT operation");
    this.#release = database.prepare("RELEASE operation");
    this.#rollback = database.prepare("ROLLBACK TO operation");
    this.#abandon = database.prepare("ROLLBACK");
  }

  /** False when SQLite has ended it by itself, as it may after a full disk or an I/O error. */
  get isOpen(): boolean {
    return this.#database.inTransaction;
  }

  begin(): void {
    this.#keeps = false;
    this.#begin.run();
  }

  /** What it wrote is on disk when this returns; when this throws, it may be or not. */
  commit(): void {
    this.#commit.run();
  }

  /**
   * Begins one write, which `release` keeps and `rollback` undoes. For the first one the transaction is the savepoint: SQLite
   * would copy every page that a savepoint changes.
   */
  savepoint(): void {
    if (this.#keeps) this.#savepoint.run();
  }

  release(): void {
    if (this.#keeps) this.#release.run();
    this.#keeps = true;
  }

  /** Undoes what was written since the savepoint, and ends that. */
  rollback(): void {
    if (this.#keeps) {
      this.#rollback.run();
      this.#release.run();
      return;
    }
    this.#abandon.run();
    this.#begin.run();
  }
}

/** True for everything that SQLite reports but a row that breaks a constraint or is too large: those undo themselves. */
export function isStorageFailure(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return code.startsWith("SQLITE_") && !/^SQLITE_(?:CONSTRAINT|TOOBIG)/.test(code);
}
