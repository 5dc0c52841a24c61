/** Registered descriptors. A row never changes but for the date on which it was deleted. */
import type { RegisteredDescriptor } from "../../domain/wallets.ts";
import type { LedgerDatabase } from "../open.ts";
import { descriptorOf, DESCRIPTOR_COLUMNS, storedDescriptor, type DescriptorRow } from "../rows.ts";
import type { DescriptorId, NamespaceName, WalletId } from "../../domain/kinds.ts";

export class DescriptorTable {
  readonly #database: LedgerDatabase;

  constructor(database: LedgerDatabase) {
    this.#database = database;
  }

  /** False when the wallet has this descriptor already. */
  insert(descriptor: RegisteredDescriptor): boolean {
    return (
      this.#database
        .prepare(
          `INSERT INTO descriptor (id, namespace, wallet_id, name, network, descriptor, own_keys, receive_address,
             change_address, created_at)
           VALUES (@id, @namespace, @walletId, @name, @network, @descriptor, @ownKeys, @receiveAddress,
             @changeAddress, @createdAt)
           ON CONFLICT DO NOTHING`,
        )
        .run(storedDescriptor(descriptor)).changes === 1
    );
  }

  /** False when there is no such live descriptor. */
  delete(namespace: NamespaceName, id: DescriptorId, at: string): boolean {
    return (
      this.#database
        .prepare("UPDATE descriptor SET deleted_at = ? WHERE namespace = ? AND id = ? AND deleted_at IS NULL")
        .run(at, namespace, id).changes === 1
    );
  }

  /** Live ones of a wallet. */
  count(walletId: WalletId): number {
    return (
      this.#database
        .prepare<[string], { count: number }>(
          "SELECT count(*) AS count FROM descriptor WHERE wallet_id = ? AND deleted_at IS NULL",
        )
        .get(walletId)?.count ?? 0
    );
  }

  /** Whether the wallet has this descriptor, not deleted, on this network. */
  has({
    walletId,
    network,
    descriptor,
  }: Pick<RegisteredDescriptor, "walletId" | "network" | "descriptor">): boolean {
    return (
      this.#database
        .prepare<[string, string, string], { id: string }>(
          `SELECT id FROM descriptor
           WHERE wallet_id = ? AND network = ? AND descriptor = ? AND deleted_at IS NULL`,
        )
        .get(walletId, network, descriptor) !== undefined
    );
  }

  /** A live one. @throws SignerError as rows.ts */
  get(namespace: NamespaceName, id: DescriptorId): RegisteredDescriptor | undefined {
    const row = this.#database
      .prepare<[string, string], DescriptorRow>(
        `SELECT ${DESCRIPTOR_COLUMNS} FROM descriptor WHERE id = ? AND namespace = ? AND deleted_at IS NULL`,
      )
      .get(id, namespace);
    return row === undefined ? undefined : descriptorOf(row);
  }

  /** All live ones, by id. @throws SignerError as rows.ts */
  everything(): RegisteredDescriptor[] {
    return this.#database
      .prepare<[], DescriptorRow>(
        `SELECT ${DESCRIPTOR_COLUMNS} FROM descriptor WHERE deleted_at IS NULL ORDER BY id`,
      )
      .all()
      .map(descriptorOf);
  }
}
