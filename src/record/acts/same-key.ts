/**
 * A private key has one place in a namespace: one wallet and path, or an import. A second key for it would answer with the
 * policies of the first, or sign past them. Other namespaces are never looked at: nobody learns what they hold.
 * @module
 */
import { equalBytes } from "../../domain/bytes.ts";
import { SignerError } from "../../domain/errors.ts";
import { networksOf, type KeyRecord } from "../../domain/keys.ts";
import { ask, type Facts } from "./facts.ts";

/** What a namespace has of the private key that `key` would be, and of its negative. */
export function askPlaces(key: KeyRecord) {
  return {
    samePublicKey: ask("keysByPublicKey", key),
    negative: isTaproot(key) ? ask("keysByPublicKey", negativeOf(key)) : null,
    sameAddress: key.chain === "babylon" ? ask("liveKeysAt", key) : null,
    otherChains: key.curve === "secp256k1" ? ask("keysOfPoint", key) : null,
  };
}

export type Places = Facts<ReturnType<typeof askPlaces>>;

/**
 * The key that is the same key as `key` already: the same address, or a Bitcoin script that another test network has under
 * its own. One that lists the network goes before one that could come to.
 * @param samePublicKey the namespace's keys of its chain with its public key
 */
export function sameKey(samePublicKey: readonly KeyRecord[], key: KeyRecord): KeyRecord | undefined {
  const same = samePublicKey.filter((other) => isSameKey(other, key));
  return same.find((other) => listsNetwork(other, key)) ?? same[0];
}

/**
 * A wallet that derives what is another wallet's key, or was imported. A deleted key comes back by an import, which names
 * no wallet, but under no other wallet than it had.
 * @throws SignerError `request.conflict` with the other key's `keyId`
 */
export function refuseOtherPlace({ samePublicKey }: Places, key: KeyRecord, existing?: KeyRecord): void {
  // It is there, and so it stays, also beside a key of another place that an earlier release made.
  if (existing !== undefined && existing.state !== "deleted" && isSamePlace(existing, key)) return;
  for (const other of samePublicKey) {
    if (isSamePlace(other, key)) continue;
    const deleted = other.state === "deleted";
    if (deleted && (key.walletId === null || !isSameKey(other, key))) continue;
    const place = other.walletId === null ? "imported" : `of wallet ${other.walletId} at ${other.path}`;
    throw conflict(
      other,
      deleted
        ? `key ${other.id}, ${place}, is this private key and was deleted; create or import it again there, where it comes back`
        : `key ${other.id}, ${place}, is this private key; use that one, since a private key has one place and one ` +
            "set of policies in a namespace",
    );
  }
}

/** @throws SignerError `request.conflict` for a validator's key that is here for another network */
export function refuseOtherNetwork(existing: KeyRecord, key: KeyRecord): void {
  const { network } = existing.attributes;
  if (key.chain !== "ethereum-validator" || network === undefined || listsNetwork(existing, key)) return;
  throw conflict(
    existing,
    `/network: key ${existing.id} is this validator's key on ${JSON.stringify(network)}; a validator's key serves one network, ` +
      "so use another index",
    "/network",
  );
}

/**
 * A Bitcoin signature names no network. The same private key as a key of a test network would sign for the coins of
 * mainnet under the rules of the test network.
 * @throws SignerError `request.conflict`
 */
export function refuseNetworkTwin({ samePublicKey }: Places, key: KeyRecord): void {
  for (const other of samePublicKey) {
    if (isMainnet(other) === isMainnet(key)) continue;
    throw conflict(
      other,
      `/network: key ${other.id} has the same private key on ${isMainnet(other) ? "mainnet" : "a test network"}; ` +
        "choose another path, since a signature for one network is valid on the other",
      "/network",
    );
  }
}

/**
 * A finality provider and a taproot output are an x-only public key. The negative of the private key has the same one: a
 * provider's votes made with it do not fit the randomness that is committed, and a taproot key would spend the same coins
 * under other policies, on whichever network.
 * @throws SignerError `request.conflict`
 */
export function refuseOtherParity(places: Places, key: KeyRecord): void {
  const other = keyOfOtherParity(places, key);
  if (other === undefined) return;
  const consequence =
    key.chain === "babylon"
      ? "Both are one finality provider, whose votes need the nonces of the key that its randomness was committed with; if " +
        "that is this key, delete the other first"
      : "Both sign for the same taproot outputs; use that key, or delete it first";
  throw conflict(
    other,
    `key ${other.id} has this x-only public key with the other parity: its private key is the negative (n - d) of this one. ` +
      consequence,
  );
}

function keyOfOtherParity({ sameAddress, negative }: Places, key: KeyRecord): KeyRecord | undefined {
  return (
    sameAddress?.find((other) => !equalBytes(other.publicKey, key.publicKey)) ??
    negative?.find((other) => other.state !== "deleted" && isTaproot(other))
  );
}

/** The place of the same x-only public key with the other parity. */
function negativeOf({ namespace, chain, publicKey }: KeyRecord) {
  const [parity = 0, ...x] = publicKey;
  return { namespace, chain, publicKey: Uint8Array.of(parity ^ 1, ...x) };
}

/**
 * Two votes of a finality provider at one height publish its private key, so nothing else may hang on it; and what it signs
 * apart from votes (ECDSA, Schnorr) would be asked under another key's policies and known to no guard. Either parity
 * counts: who knows one knows the other.
 * @throws SignerError `request.conflict`
 */
export function refuseFinalityProviderElsewhere({ otherChains }: Places, key: KeyRecord): void {
  for (const other of otherChains ?? []) {
    if (key.chain !== "babylon" && other.chain !== "babylon") continue;
    throw conflict(
      other,
      `key ${other.id} of chain ${other.chain} has the same private key, or its negative. A finality provider's key signs ` +
        "nothing but for Babylon: two votes at one height publish it, with whatever hangs on it; choose another path",
    );
  }
}

function isSamePlace(key: KeyRecord, other: KeyRecord): boolean {
  return key.walletId === other.walletId && key.path === other.path;
}

/** The same address, or a Bitcoin script that another test network has under its own. */
function isSameKey(key: KeyRecord, other: KeyRecord): boolean {
  return key.address === other.address || isTestTwin(key, other);
}

function isTaproot(key: KeyRecord): boolean {
  return key.chain === "bitcoin" && key.attributes["purpose"] === 86;
}

function isTestTwin(key: KeyRecord, other: KeyRecord): boolean {
  if (key.chain !== "bitcoin" || other.chain !== "bitcoin" || isMainnet(key) || isMainnet(other))
    return false;
  return key.attributes["purpose"] === other.attributes["purpose"];
}

/** Whether `existing` is of the network that `key` is for; true where its chain has none. */
function listsNetwork(existing: KeyRecord, key: KeyRecord): boolean {
  const { network } = key.attributes;
  if (typeof network !== "string") return true;
  return Object.hasOwn(networksOf(existing), network);
}

function isMainnet(key: KeyRecord): boolean {
  return key.attributes["network"] === "mainnet";
}

function conflict(other: KeyRecord, detail: string, field?: string): SignerError {
  return new SignerError("request.conflict", detail, {
    keyId: other.id,
    ...(field === undefined ? {} : { field }),
  });
}
