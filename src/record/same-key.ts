/**
 * A private key has one place in a namespace: one wallet and path, or an import. A second row for it would answer with the
 * policies of the first, or sign past them. Other namespaces are never looked at: nobody learns what they hold.
 * @module
 */
import { equalBytes } from "../domain/bytes.ts";
import { SignerError } from "../domain/errors.ts";
import { networksOf, type KeyAttributes } from "../domain/keys.ts";
import type { KeyRow } from "../ledger/tables/directory.ts";
import type { AdministrationTables } from "./acts.ts";

/**
 * The row that is the same key as `row` already: the same address, or a Bitcoin script that another test network has under
 * its own. One that lists the network goes before one that could come to.
 */
export function sameKey(tables: AdministrationTables, row: KeyRow): KeyRow | undefined {
  const same = tables.directory.keysByPublicKey(row).filter((other) => isSameKey(other, row));
  return same.find((other) => listsNetwork(other, row)) ?? same[0];
}

/**
 * A wallet that derives what is another wallet's key, or was imported. A deleted key comes back by an import, which names
 * no wallet, but under no other wallet than it had.
 * @throws SignerError `request.conflict` with the other key's `keyId`
 */
export function refuseOtherPlace(tables: AdministrationTables, row: KeyRow, existing?: KeyRow): void {
  // It is there, and so it stays, also beside a row of another place that an earlier release made.
  if (existing !== undefined && existing.state !== "deleted" && isSamePlace(existing, row)) return;
  for (const other of tables.directory.keysByPublicKey(row)) {
    if (isSamePlace(other, row)) continue;
    const deleted = other.state === "deleted";
    if (deleted && (row.wallet_id === null || !isSameKey(other, row))) continue;
    const place = other.wallet_id === null ? "imported" : `of wallet ${other.wallet_id} at ${other.path}`;
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
export function refuseOtherNetwork(existing: KeyRow, row: KeyRow): void {
  const { network } = attributesOf(existing);
  if (row.chain !== "ethereum-validator" || network === undefined || listsNetwork(existing, row)) return;
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
export function refuseNetworkTwin(tables: AdministrationTables, row: KeyRow): void {
  for (const other of tables.directory.keysByPublicKey(row)) {
    if (isMainnet(other) === isMainnet(row)) continue;
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
export function refuseOtherParity(tables: AdministrationTables, row: KeyRow): void {
  const other = keyOfOtherParity(tables, row);
  if (other === undefined) return;
  const consequence =
    row.chain === "babylon"
      ? "Both are one finality provider, whose votes need the nonces of the key that its randomness was committed with; if " +
        "that is this key, delete the other first"
      : "Both sign for the same taproot outputs; use that key, or delete it first";
  throw conflict(
    other,
    `key ${other.id} has this x-only public key with the other parity: its private key is the negative (n - d) of this one. ` +
      consequence,
  );
}

function keyOfOtherParity(tables: AdministrationTables, row: KeyRow): KeyRow | undefined {
  if (row.chain === "babylon") {
    const there = tables.directory.liveKeysAt(row);
    return there.find((one) => !equalBytes(new Uint8Array(one.public_key), row.public_key));
  }
  if (!isTaproot(row)) return undefined;
  const [parity = 0, ...x] = row.public_key;
  const negative = { ...row, public_key: Uint8Array.of(parity ^ 1, ...x) };
  return tables.directory
    .keysByPublicKey(negative)
    .find((other) => other.state !== "deleted" && isTaproot(other));
}

/**
 * Two votes of a finality provider at one height publish its private key, so nothing else may hang on it; and what it signs
 * apart from votes (ECDSA, Schnorr) would be asked under another key's policies and known to no guard. Either parity
 * counts: who knows one knows the other.
 * @throws SignerError `request.conflict`
 */
export function refuseFinalityProviderElsewhere(tables: AdministrationTables, row: KeyRow): void {
  if (row.curve !== "secp256k1") return;
  for (const other of tables.directory.keysOfPoint(row)) {
    if (row.chain !== "babylon" && other.chain !== "babylon") continue;
    throw conflict(
      other,
      `key ${other.id} of chain ${other.chain} has the same private key, or its negative. A finality provider's key signs ` +
        "nothing but for Babylon: two votes at one height publish it, with whatever hangs on it; choose another path",
    );
  }
}

function isSamePlace(keyRow: KeyRow, other: KeyRow): boolean {
  return keyRow.wallet_id === other.wallet_id && keyRow.path === other.path;
}

/** The same address, or a Bitcoin script that another test network has under its own. */
function isSameKey(keyRow: KeyRow, other: KeyRow): boolean {
  return keyRow.address === other.address || isTestTwin(keyRow, other);
}

function isTaproot(row: KeyRow): boolean {
  return row.chain === "bitcoin" && attributesOf(row)["purpose"] === 86;
}

function isTestTwin(keyRow: KeyRow, other: KeyRow): boolean {
  if (keyRow.chain !== "bitcoin" || other.chain !== "bitcoin" || isMainnet(keyRow) || isMainnet(other))
    return false;
  return attributesOf(keyRow)["purpose"] === attributesOf(other)["purpose"];
}

/** Whether `existing` is of the network that `row` is for; true where its chain has none. */
function listsNetwork(existing: KeyRow, row: KeyRow): boolean {
  const { network } = attributesOf(row);
  if (typeof network !== "string") return true;
  return Object.hasOwn(
    networksOf({ attributes: attributesOf(existing), address: existing.address }),
    network,
  );
}

function isMainnet(row: KeyRow): boolean {
  return attributesOf(row)["network"] === "mainnet";
}

function attributesOf(row: KeyRow): KeyAttributes {
  const attributes: KeyAttributes = JSON.parse(row.attributes);
  return attributes;
}

function conflict(other: KeyRow, detail: string, field?: string): SignerError {
  return new SignerError("request.conflict", detail, {
    keyId: other.id,
    ...(field === undefined ? {} : { field }),
  });
}
