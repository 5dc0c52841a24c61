/**
 * The private keys in use, packed in one buffer: a slot is wiped when its key is evicted or the vault is sealed.
 * Ed25519 keys live in OpenSSL instead, behind a handle.
 * @module
 */
import type { KeyObject } from "node:crypto";
import type { Curve } from "../../domain/keys.ts";
import { ed25519Handle, PRIVATE_KEY_BYTES } from "../wallet/private-keys.ts";
import type { KeyId, PublicKey } from "../../domain/kinds.ts";

/** One key that can sign. `secret` is a view of the slab: valid until the next call of `put` or `wipe`. */
export type UnsealedKey =
  | {
      readonly curve: "secp256k1" | "stark" | "bls12-381";
      readonly publicKey: PublicKey;
      readonly secret: Uint8Array;
    }
  | { readonly curve: "ed25519"; readonly publicKey: PublicKey; readonly handle: KeyObject };

interface Entry {
  readonly slot: number;
  readonly key: UnsealedKey;
}

export class UnsealedKeys {
  readonly #slab: Uint8Array;
  readonly #free: number[] = [];
  /** In order of last use, oldest first. */
  readonly #entries = new Map<KeyId, Entry>();

  /** @param capacity keys kept at once; 32 bytes each */
  constructor(capacity: number) {
    this.#slab = new Uint8Array(capacity * PRIVATE_KEY_BYTES);
    this.#releaseAll();
  }

  get size(): number {
    return this.#entries.size;
  }

  get(keyId: KeyId): UnsealedKey | undefined {
    const entry = this.#entries.get(keyId);
    if (entry === undefined) return undefined;
    this.#entries.delete(keyId);
    this.#entries.set(keyId, entry);
    return entry.key;
  }

  /** Keeps a copy of the 32-byte `secret`; the caller wipes its own. */
  put(keyId: KeyId, curve: Curve, publicKey: PublicKey, secret: Uint8Array): UnsealedKey {
    this.#evict(keyId);
    if (this.#free.length === 0) {
      for (const oldest of this.#entries.keys()) {
        this.#evict(oldest);
        break;
      }
    }
    const slot = this.#free.pop();
    if (slot === undefined) throw new RangeError("capacity must be at least one key");
    const key: UnsealedKey =
      curve === "ed25519"
        ? { curve, publicKey, handle: ed25519Handle(secret) }
        : { curve, publicKey, secret: this.#fill(slot, secret) };
    this.#entries.set(keyId, { slot, key });
    return key;
  }

  /** Wipes the slot of one key, where it has one. */
  forget(keyId: KeyId): void {
    this.#evict(keyId);
  }

  /** Wipes every slot and drops every handle. */
  wipe(): void {
    this.#slab.fill(0);
    this.#entries.clear();
    this.#releaseAll();
  }

  #fill(slot: number, secret: Uint8Array): Uint8Array {
    const view = this.#view(slot);
    view.set(secret);
    return view;
  }

  #view(slot: number): Uint8Array {
    return this.#slab.subarray(slot * PRIVATE_KEY_BYTES, (slot + 1) * PRIVATE_KEY_BYTES);
  }

  #evict(keyId: KeyId): void {
    const entry = this.#entries.get(keyId);
    if (entry === undefined) return;
    this.#entries.delete(keyId);
    this.#view(entry.slot).fill(0);
    this.#free.push(entry.slot);
  }

  #releaseAll(): void {
    this.#free.length = 0;
    for (let slot = this.#slab.length / PRIVATE_KEY_BYTES - 1; slot >= 0; slot--) this.#free.push(slot);
  }
}
