/** The registered descriptors in memory, by wallet. Filled at start, changed after COMMIT. */
import { SignerError } from "../domain/errors.ts";
import type { DescriptorRow } from "../ledger/tables/descriptors.ts";

export interface RegisteredDescriptor {
  readonly id: string;
  readonly namespace: string;
  readonly walletId: string;
  readonly name: string;
  readonly network: string;
  /** Without checksum, hardened steps marked by `'`. */
  readonly descriptor: string;
  /** Names of its keys (`k0` is the first) that are the wallet's, and the ids of these. */
  readonly ownKeys: readonly { readonly name: string; readonly keyId: string }[];
  readonly receiveAddress: string;
  readonly changeAddress: string | null;
  readonly createdAt: string;
}

export class RegisteredDescriptors {
  readonly #byId = new Map<string, RegisteredDescriptor>();

  add(row: DescriptorRow): RegisteredDescriptor {
    const descriptor = descriptorOf(row);
    this.#byId.set(descriptor.id, descriptor);
    return descriptor;
  }

  remove(id: string): void {
    this.#byId.delete(id);
  }

  /** @throws SignerError `request.not_found`, also for one of another wallet */
  get(namespace: string, walletId: string, id: string): RegisteredDescriptor {
    const found = this.#byId.get(id);
    if (found?.namespace === namespace && found.walletId === walletId) return found;
    throw new SignerError(
      "request.not_found",
      "no descriptor with this id in this wallet; list them with GET /v1/wallets/{walletId}/descriptors",
    );
  }

  ofWallet(walletId: string): readonly RegisteredDescriptor[] {
    return [...this.#byId.values()].filter((one) => one.walletId === walletId);
  }
}

export function descriptorOf(row: DescriptorRow): RegisteredDescriptor {
  const ownKeys: RegisteredDescriptor["ownKeys"] = JSON.parse(row.own_keys);
  return {
    id: row.id,
    namespace: row.namespace,
    walletId: row.wallet_id,
    name: row.name,
    network: row.network,
    descriptor: row.descriptor,
    ownKeys,
    receiveAddress: row.receive_address,
    changeAddress: row.change_address,
    createdAt: row.created_at,
  };
}
