/**
 * Bitcoin keys: BIP-44 shaped paths, what is fixed about a key, and re-derivation of the account's other addresses
 * from its public account node.
 * @module
 */
import { HDKey } from "@scure/bip32";
import { SignerError } from "../../domain/errors.ts";
import type { KeyAttributes, KeyRecord } from "../../domain/keys.ts";
import type { KeyOptions, KeyPlan } from "../adapter.ts";
import { keyScript } from "./scripts.ts";
import { isNetwork, isPurpose, NETWORKS, PURPOSES, type Network, type Purpose } from "./names.ts";
import type { KeyScript } from "./scripts.ts";
import type { KeyId, PublicKey } from "../../domain/kinds.ts";

const HARDENED = 0x80000000;
/** Below coin type 0' of the BIP-44 shaped purposes, and of BIP-48: money is received there before a key is made for it. */
const MAINNET_PATH = /^m\/(?:44|48|49|84|86)'\/0'(?:\/|$)/;
const PATH = /^m(?:\/(?:0|[1-9][0-9]{0,9})'?){1,10}$/;

/** Highest address index that change is looked for at: beyond it a restored wallet would never find the coins. */
const MAX_ADDRESS_INDEX = 1_000_000;

/** The account of a key: its public node, and the path of that. */
export interface KeyAccount {
  readonly xpub: string;
  readonly node: HDKey;
  /** `m/84'/0'/0'`. */
  readonly name: string;
  /** The same as BIP-32 indexes. */
  readonly path: readonly number[];
}

/** A key with the script that it spends. */
export interface SpendingKey extends KeyScript {
  readonly keyId: KeyId;
  readonly purpose: Purpose;
  readonly network: Network;
  /** 33 bytes, compressed. */
  readonly publicKey: PublicKey;
  /** Where the key is on a BIP-44 shaped path. */
  readonly account?: KeyAccount;
}

/**
 * Path and attributes `{purpose, network}` of a wallet key. Without `path`: m/purpose'/coin'/account'/0/index, purpose
 * 84 and mainnet by default. With `path`, `purpose` still decides the script type; where it is left out it is the
 * path's first element, or 84.
 * @throws SignerError `request.malformed` with the option named
 */
export function planKey(options: KeyOptions): KeyPlan {
  const attributes = readAttributes(options);
  if (options.path !== undefined) return planPath(options, options.path, attributes);
  const account = readIndex(options.account, "/account");
  const index = readIndex(options.index, "/index");
  return plan(`${accountPath(attributes, account)}/0/${index}`, attributes);
}

/** @throws SignerError `request.malformed` for path options, which an imported key cannot have */
export function planImport(options: KeyOptions): {
  readonly curve: "secp256k1";
  readonly attributes: KeyAttributes;
} {
  for (const name of ["path", "account", "index"] as const) {
    if (options[name] !== undefined) throw malformed(`/${name}`, "an imported key has no path; leave it out");
  }
  return { curve: "secp256k1", attributes: { ...readAttributes(options) } };
}

interface Attributes {
  readonly purpose: Purpose;
  readonly network: Network;
}

function readAttributes(options: KeyOptions): Attributes {
  if (options.accountType !== undefined)
    throw malformed("/accountType", "Bitcoin keys have none; leave it out");
  const purpose = options.purpose ?? purposeOfPath(options.path) ?? 84;
  const network = options.network ?? "mainnet";
  if (!isPurpose(purpose)) throw malformed("/purpose", `must be one of ${PURPOSES.join(", ")}`);
  if (!isNetwork(network)) throw malformed("/network", `must be one of ${NETWORKS.join(", ")}`);
  return { purpose, network };
}

function purposeOfPath(path: string | undefined): Purpose | undefined {
  const first = Number(/^m\/([0-9]+)'/.exec(path ?? "")?.[1]);
  return isPurpose(first) ? first : undefined;
}

function planPath(options: KeyOptions, path: string, attributes: Attributes): KeyPlan {
  for (const name of ["account", "index"] as const) {
    if (options[name] !== undefined)
      throw malformed(`/${name}`, "is part of the path; give either, not both");
  }
  const indexes = PATH.test(path) ? pathIndexes(path) : undefined;
  if (indexes === undefined) {
    throw malformed("/path", "must be m/… with 1 to 10 indexes below 2^31, hardened ones marked by ' or h");
  }
  if (attributes.network !== "mainnet" && MAINNET_PATH.test(path)) {
    throw malformed(
      "/path",
      `has coin type 0', which is mainnet's: its signatures would be valid there under the rules of ${attributes.network}; ` +
        "use coin type 1', or network mainnet",
    );
  }
  return plan(path, attributes);
}

function plan(path: string, attributes: Attributes): KeyPlan {
  const account = accountOfPath(path, attributes);
  return {
    path,
    derivation: "bip32-secp256k1",
    curve: "secp256k1",
    attributes: { ...attributes },
    ...(account === undefined ? {} : { accountXpubPath: account }),
  };
}

function accountPath(attributes: Attributes, account: number): string {
  return `m/${attributes.purpose}'/${attributes.network === "mainnet" ? 0 : 1}'/${account}'`;
}

/** The account node's path where the key's path has the shape of its purpose and network, else undefined. */
function accountOfPath(path: string, attributes: Attributes): string | undefined {
  const account = /^m\/[0-9]+'\/[01]'\/([0-9]+)'\/[01]\/[0-9]+$/.exec(path)?.[1];
  if (account === undefined) return undefined;
  const expected = accountPath(attributes, Number(account));
  return path.startsWith(`${expected}/`) ? expected : undefined;
}

function readIndex(value: number | undefined, field: string): number {
  const index = value ?? 0;
  if (!Number.isInteger(index) || index < 0 || index >= HARDENED)
    throw malformed(field, "must be from 0 to 2^31 - 1");
  return index;
}

/** BIP-32 indexes of a path, hardened ones with the high bit; undefined where one is out of range. */
function pathIndexes(path: string): readonly number[] | undefined {
  const indexes: number[] = [];
  for (const part of path.split("/").slice(1)) {
    const index = Number(part.replace("'", ""));
    if (!Number.isInteger(index) || index < 0 || index >= HARDENED) return undefined;
    indexes.push(part.endsWith("'") ? index + HARDENED : index);
  }
  return indexes;
}

/** What the stored key spends. Throws plain Error when the record is not one that this adapter planned: a bug. */
export function spendingKeyOf(key: KeyRecord): SpendingKey {
  const { purpose, network, accountXpub } = key.attributes;
  if (!isPurpose(purpose) || !isNetwork(network)) throw new Error("key record has no purpose or network");
  const { id: keyId, publicKey } = key;
  const base = { ...keyScript(publicKey, purpose, network), keyId, purpose, network, publicKey };
  const path = key.path === null ? undefined : accountOfPath(key.path, { purpose, network });
  if (path === undefined || typeof accountXpub !== "string") return base;
  const account = {
    xpub: accountXpub,
    node: nodeOf(accountXpub),
    name: path,
    path: pathIndexes(path) ?? [],
  };
  return { ...base, account };
}

/** Nodes that were read: the keys of one request share their accounts. */
const nodes = new Map<string, HDKey>();
const NODES_MAX = 256;

function nodeOf(xpub: string): HDKey {
  const known = nodes.get(xpub);
  if (known !== undefined) return known;
  const node = HDKey.fromExtendedKey(xpub);
  if (nodes.size >= NODES_MAX) nodes.clear();
  nodes.set(xpub, node);
  return node;
}

/** True for `branch/index` of an account's receive (0) or change (1) chain, up to the highest index that is looked at. */
export function isFindable(branch: number, index: number): boolean {
  return (branch === 0 || branch === 1) && index >= 0 && index <= MAX_ADDRESS_INDEX;
}

/** `m/84'/0'/0'` of BIP-32 indexes. */
export function pathName(indexes: readonly number[]): string {
  const parts = indexes.map((index) => (index >= HARDENED ? `${index - HARDENED}'` : `${index}`));
  return ["m", ...parts].join("/");
}

/** Public key of the account's address `branch/index`, 33 bytes. */
export function accountPublicKey(node: HDKey, branch: number, index: number): Uint8Array {
  const { publicKey } = node.deriveChild(branch).deriveChild(index);
  if (publicKey === null) throw new Error("derived node has no public key");
  return publicKey;
}

function malformed(field: string, message: string): SignerError {
  return new SignerError("request.malformed", `${field}: ${message}`, { field });
}
