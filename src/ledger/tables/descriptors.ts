/** Registered descriptors. A row never changes but for the date on which it was deleted. */
import type { LedgerDatabase } from "../open.ts";

export interface DescriptorRow {
  readonly id: string;
  readonly namespace: string;
  readonly wallet_id: string;
  readonly name: string;
  readonly network: string;
  /** Without checksum. */
  readonly descriptor: string;
  /** JSON array of `{name, keyId}`. */
  readonly own_keys: string;
  readonly receive_address: string;
  readonly change_address: string | null;
  readonly created_at: string;
}

const COLUMNS =
  "id, namespace, wallet_id, name, network, descriptor, own_keys, receive_address, change_address, created_at";

export class DescriptorTable {
  readonly #database: LedgerDatabase;

  constructor(database: LedgerDatabase) {
    this.#database = database;
  }

  /** False when the wallet has this descriptor already. */
  insert(row: DescriptorRow): boolean {
    return (
      this.#database
        .prepare(
          `INSERT INTO descriptor (${COLUMNS})
           VALUES (@id, @namespace, @wallet_id, @name, @network, @descriptor, @own_keys, @receive_address,
             @change_address, @created_at)
           ON CONFLICT DO NOTHING`,
        )
        .run(row).changes === 1
    );
  }

  /** False when there is no such live descriptor. */
  delete(namespace: string, id: string, at: string): boolean {
    return (
      this.#database
        .prepare("UPDATE descriptor SET deleted_at = ? WHERE namespace = ? AND id = ? AND deleted_at IS NULL")
        .run(at, namespace, id).changes === 1
    );
  }

  /** All live ones, by id. */
  everything(): DescriptorRow[] {
    return this.#database
      .prepare<[], DescriptorRow>(`SELECT ${COLUMNS} FROM descriptor WHERE deleted_at IS NULL ORDER BY id`)
      .all();
  }
}
