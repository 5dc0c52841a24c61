/** Keys as everyone but the vault knows them: public data only. */
import { canonicalJson } from "./canonical.ts";
import { SignerError } from "./errors.ts";
import { objectIn, storedObject, textIn, within, type StoredPlace } from "./stored.ts";
import type { Address, KeyId, NamespaceName, PublicKey, WalletId } from "./kinds.ts";

export const CHAINS = ["ethereum", "bitcoin", "solana", "starknet", "ethereum-validator", "babylon"] as const;
export type Chain = (typeof CHAINS)[number];

/** How a wallet's seed becomes the private key at a path. Stored with the key, so that schemes can be added. */
export const DERIVATIONS = [
  "bip32-secp256k1",
  "slip10-ed25519",
  /** StarkNet, Braavos and OpenZeppelin: BIP-32 at the path, then grindKey. */
  "starknet-bip32-grind",
  /** StarkNet, Ready: the Ethereum key m/44'/60'/0'/0/0 without leading zero bytes is the BIP-32 seed; then as above. */
  "starknet-argent-wallet-grind",
  /** The same with all 32 bytes, as keys were made before: other keys where the first byte is zero. */
  "starknet-argent-grind",
  /** Ethereum validators: EIP-2333 with an EIP-2334 path, where no level is hardened. */
  "eip2333",
  /** A raw key that was imported; it has no wallet and no path. */
  "imported",
] as const;
export type Derivation = (typeof DERIVATIONS)[number];

/** What the API calls the derivations between which a request may choose, and a key states. */
export const SCHEMES: Readonly<Partial<Record<Derivation, string>>> = {
  "starknet-argent-wallet-grind": "argent-wallet",
  "starknet-argent-grind": "argent-32-byte-seed",
};

export const CURVES = ["secp256k1", "ed25519", "stark", "bls12-381"] as const;
export type Curve = (typeof CURVES)[number];

/** `deleted`: nothing signs with it and its private key is gone, while what it signed stays known. */
export const KEY_STATES = ["active", "disabled", "deleted"] as const;
export type KeyState = (typeof KEY_STATES)[number];

/**
 * Chain-specific public facts, e.g. `{purpose: 84, network: "testnet"}`. They are fixed when the key is made, but `networks`: a
 * test network's Bitcoin key can come to serve another one.
 */
export type KeyAttributes = Readonly<Record<string, string | number | Readonly<Record<string, string>>>>;

/** Attributes from their JSON. @throws SignerError `service.internal` where it is damaged */
export function attributesIn(text: string, place: StoredPlace): KeyAttributes {
  const members = Object.entries(storedObject(text, place));
  return Object.fromEntries(
    members.map(([name, value]) => {
      if (typeof value === "string" || typeof value === "number") return [name, value];
      const texts = Object.entries(objectIn(value, within(place, name)));
      const read = texts.map(([key, item]) => [key, textIn(item, within(place, `${name}/${key}`))] as const);
      return [name, Object.fromEntries(read)];
    }),
  );
}

/** The attributes as they are read back once they were stored: an answer shows the same bytes before and after. */
export function inCanonicalOrder(attributes: KeyAttributes): KeyAttributes {
  return attributesIn(canonicalJson(attributes), { table: "key", id: "to come", member: "attributes" });
}

/** An attribute that is a text; undefined where there is none of this name. */
export function textAttribute(attributes: KeyAttributes, name: string): string | undefined {
  const value = attributes[name];
  return typeof value === "string" ? value : undefined;
}

/** The networks of a Bitcoin key with its address on each; `network` is the one that it was made for. */
export function networksOf({
  attributes,
  address,
}: Pick<KeyRecord, "attributes" | "address">): Readonly<Record<string, string>> {
  const { network, networks } = attributes;
  if (typeof networks === "object") return networks;
  return typeof network === "string" ? { [network]: address } : {};
}

/**
 * Public record of one key. `publicKey`: 33 bytes compressed (secp256k1), 32 bytes (ed25519), 32 bytes x (stark),
 * 48 bytes compressed G1 (bls12-381).
 */
export interface KeyRecord {
  readonly id: KeyId;
  readonly namespace: NamespaceName;
  readonly walletId: WalletId | null;
  readonly chain: Chain;
  readonly curve: Curve;
  readonly derivation: Derivation;
  /** `m/44'/60'/0'/0/0`, or null for an imported key. */
  readonly path: string | null;
  readonly publicKey: PublicKey;
  readonly address: Address;
  readonly label: string | null;
  readonly attributes: KeyAttributes;
  readonly state: KeyState;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
}

/**
 * Only active keys sign. Validators' clients know a 412 for one that does not; everybody else gets `key.disabled`.
 * @throws SignerError `guard.disabled` for a validator's key, `key.disabled` for any other that is not active
 */
export function assertActive({ state, chain, id, address }: KeyRecord, which = "this key"): void {
  if (state === "active") return;
  const validator = chain === "ethereum-validator";
  const detail =
    state === "disabled"
      ? "is disabled here and signs nothing; enable it with POST /v1/keys/{keyId}/enable"
      : "was deleted here and signs nothing; import it, or create it at its path, again first";
  throw new SignerError(validator ? "guard.disabled" : "key.disabled", `${which} ${detail}`, {
    state,
    keyId: id,
    address,
  });
}

/** Only a validator's key that came as 32 raw bytes has this: the Keymanager API deletes only keystores. */
const RAW = "raw";

/** Attributes of a key that came as 32 raw bytes. */
export const RAW_KEY: KeyAttributes = { source: RAW };

export function isRawKey({ attributes }: Pick<KeyRecord, "attributes">): boolean {
  return attributes["source"] === RAW;
}

/** Attributes of a key that was deleted and comes again: as before, except for its source. */
export function withSourceOf(before: KeyAttributes, now: KeyAttributes): KeyAttributes {
  const { source: _, ...kept } = before;
  const { source } = now;
  return inCanonicalOrder(source === undefined ? kept : { ...kept, source });
}
