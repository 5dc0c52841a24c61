/** Validator keys by public key, which is what validator clients call them. */
import { assertMay, type Principal } from "../access/principals.ts";
import type { KeyRecord } from "../domain/keys.ts";
import type { AdministrationParts } from "./parts.ts";

export class ValidatorKeys {
  readonly #parts: AdministrationParts;

  constructor(parts: AdministrationParts) {
    this.#parts = parts;
  }

  /** Active keys of all namespaces. */
  get count(): number {
    return this.#parts.directory.counts.activeValidators;
  }

  /** Public keys of the namespace that sign, in 0x-hex, ascending. @throws SignerError `auth.forbidden` */
  active(principal: Principal): readonly string[] {
    assertMay(principal, "key.read");
    return this.#parts.directory.activeValidators(principal.namespace);
  }

  /** Throws for whoever may not know which keys there are. @throws SignerError `auth.forbidden` */
  assertVisible(principal: Principal): void {
    assertMay(principal, "key.read");
  }

  /**
   * The namespace's key with this public key, whatever its state; undefined where there is none. No right is asked: signing
   * with the key asks its own, and a key that is not here is not found for whoever calls.
   * @param publicKey lowercase 0x-hex
   */
  find({ namespace }: Principal, publicKey: string): KeyRecord | undefined {
    return this.#parts.directory.validator(namespace, publicKey);
  }
}
