/** The registered descriptors in memory, by wallet. Filled at start, changed after COMMIT. */
import { SignerError } from "../domain/errors.ts";
import { Ordered, type OrderedItems } from "../domain/ordered.ts";
import type { RegisteredDescriptor } from "../domain/wallets.ts";
import type { DescriptorId, NamespaceName, WalletId } from "../domain/kinds.ts";

export class RegisteredDescriptors {
  readonly #byId = new Map<DescriptorId, RegisteredDescriptor>();
  readonly #byWallet = new Map<WalletId, Ordered<RegisteredDescriptor>>();

  add(descriptor: RegisteredDescriptor): void {
    this.#byId.set(descriptor.id, descriptor);
    const ofWallet = this.#byWallet.get(descriptor.walletId) ?? noDescriptors();
    this.#byWallet.set(descriptor.walletId, ofWallet);
    ofWallet.set(descriptor);
  }

  remove(id: DescriptorId): void {
    const descriptor = this.#byId.get(id);
    if (descriptor === undefined) return;
    this.#byId.delete(id);
    this.#byWallet.get(descriptor.walletId)?.delete(id);
  }

  /** @throws SignerError `request.not_found`, also for one of another wallet */
  get(namespace: NamespaceName, walletId: WalletId, id: DescriptorId): RegisteredDescriptor {
    const found = this.#byId.get(id);
    if (found?.namespace === namespace && found.walletId === walletId) return found;
    throw new SignerError(
      "request.not_found",
      "no descriptor with this id in this wallet; list them with GET /v1/wallets/{walletId}/descriptors",
    );
  }

  ofWallet(walletId: WalletId): OrderedItems<RegisteredDescriptor> {
    return this.#byWallet.get(walletId) ?? noDescriptors();
  }
}

function noDescriptors(): Ordered<RegisteredDescriptor> {
  return new Ordered(({ id }) => id);
}
