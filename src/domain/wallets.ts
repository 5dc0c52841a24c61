/** Namespaces, wallets, and the descriptors of outputs that a wallet shares with other signers: public data only. */
import type { Address, DescriptorId, KeyId, NamespaceName, WalletId } from "./kinds.ts";

/** A closed part of the installation. Nothing of one namespace can be named from another. */
export interface Namespace {
  readonly name: NamespaceName;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
}

/** A sealed seed, by its name. */
export interface Wallet {
  readonly id: WalletId;
  readonly namespace: NamespaceName;
  readonly name: string;
  readonly createdAt: string;
}

/** It never changes; it can be deleted. */
export interface RegisteredDescriptor {
  readonly id: DescriptorId;
  readonly namespace: NamespaceName;
  readonly walletId: WalletId;
  readonly name: string;
  readonly network: string;
  /** Without checksum, hardened steps marked by `'`. */
  readonly descriptor: string;
  /** Names of its keys (`k0` is the first) that are the wallet's, and the ids of these. */
  readonly ownKeys: readonly { readonly name: string; readonly keyId: KeyId }[];
  readonly receiveAddress: Address;
  readonly changeAddress: Address | null;
  readonly createdAt: string;
}
