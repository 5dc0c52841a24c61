/** The registered descriptors in memory, by wallet. Filled at start, changed after COMMIT. */
import { SignerError } from "../domain/errors.ts";
import type { RegisteredDescriptor } from "../domain/wallets.ts";

export class RegisteredDescriptors {
  readonly #byId = new Map<string, RegisteredDescriptor>();

  add(descriptor: RegisteredDescriptor): void {
    this.#byId.set(descriptor.id, descriptor);
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
    return [...this.#byId.values()].filter((descriptor) => descriptor.walletId === walletId);
  }
}
