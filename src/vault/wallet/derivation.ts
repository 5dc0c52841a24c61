/**
 * From a BIP-39 seed to the private key at a path: BIP-32 (secp256k1), SLIP-0010 (ed25519), StarkNet key grinding,
 * EIP-2333 (bls12-381).
 * Which scheme a key uses is stored with the key; nothing here guesses.
 * @module
 */
import { createHmac } from "node:crypto";
import { HARDENED_OFFSET, HDKey } from "@scure/bip32";
import { grindKey } from "@scure/starknet";
import type { Curve, Derivation } from "../../domain/keys.ts";
import { equalBytes } from "../../domain/bytes.ts";
import { SignerError } from "../../domain/errors.ts";
import type { AccountNodes } from "./account-nodes.ts";
import { deriveEip2333 } from "../sign/bls.ts";
import { PRIVATE_KEY_BYTES, publicKeyOf } from "./private-keys.ts";
import { wipe } from "../wipe.ts";
import type { PublicKey, WalletId } from "../../domain/kinds.ts";

/** The part of a chain adapter's KeyPlan that the vault needs. */
export interface DerivationPlan {
  readonly path: string;
  readonly derivation: Derivation;
  readonly curve: Curve;
  /** Ancestor of `path` (or `path` itself) whose BIP-32 extended public key is wanted. */
  readonly accountXpubPath?: string;
}

export interface DerivedKey {
  /** 32 bytes; the caller's to wipe. */
  readonly secret: Uint8Array;
  readonly publicKey: PublicKey;
  /** Base58check with the mainnet version bytes (`xpub…`). */
  readonly accountXpub?: string;
}

const PATH = /^m(?:\/(?:0|[1-9][0-9]*)'?)*$/;
const DEPTH_MAX = 255;
const CURVES: Readonly<Record<Exclude<Derivation, "imported">, Curve>> = {
  "bip32-secp256k1": "secp256k1",
  "slip10-ed25519": "ed25519",
  "starknet-bip32-grind": "stark",
  "starknet-argent-grind": "stark",
  "starknet-argent-wallet-grind": "stark",
  eip2333: "bls12-381",
};

/** Path of the Ethereum key that is the BIP-32 seed of an Argent (Ready) account. */
const ARGENT_SEED_PATH = "m/44'/60'/0'/0/0";

/**
 * Child indexes of `m/44'/60'/0'/0/0`; hardened ones carry 2^31.
 * @throws SignerError `request.malformed`
 */
export function parsePath(path: string, field = "/path"): readonly number[] {
  if (!PATH.test(path)) throw malformed(field, "must look like m/44'/60'/0'/0/0");
  const indexes = path
    .split("/")
    .slice(1)
    .map((part) => {
      const index = Number.parseInt(part, 10);
      if (index >= HARDENED_OFFSET) throw malformed(field, "indexes must be below 2^31");
      return part.endsWith("'") ? index + HARDENED_OFFSET : index;
    });
  if (indexes.length > DEPTH_MAX) throw malformed(field, `must have at most ${DEPTH_MAX} levels`);
  return indexes;
}

const EIP2334_PATH = /^m\/12381\/3600(?:\/(?:0|[1-9][0-9]*))+$/;

/**
 * Child indexes of an EIP-2334 path such as `m/12381/3600/0/0/0`. Nothing is hardened, and indexes go up to 2^32−1.
 * @throws SignerError `request.malformed`
 */
export function parseEip2334Path(path: string): readonly number[] {
  if (!EIP2334_PATH.test(path))
    throw malformed("/path", "must look like m/12381/3600/0/0/0, nothing hardened");
  const indexes = path.split("/").slice(1).map(Number);
  if (indexes.some((index) => index >= 2 ** 32)) throw malformed("/path", "indexes must be below 2^32");
  if (indexes.length > DEPTH_MAX) throw malformed("/path", `must have at most ${DEPTH_MAX} levels`);
  return indexes;
}

/**
 * Derives one key of `walletId` from its 64-byte seed. Parent nodes are kept in `nodes`.
 * @throws SignerError `request.malformed` when the plan contradicts itself
 */
export function deriveKey(
  walletId: WalletId,
  seed: Uint8Array,
  plan: DerivationPlan,
  nodes: AccountNodes,
): DerivedKey {
  const { derivation, curve, accountXpubPath } = plan;
  if (derivation === "imported" || CURVES[derivation] !== curve) {
    throw malformed(
      "/derivation",
      `${derivation} gives no ${curve} key; use the derivation of the key's chain`,
    );
  }
  if (accountXpubPath !== undefined && derivation !== "bip32-secp256k1") {
    throw malformed("/accountXpubPath", `${derivation} has no extended public key; leave it out`);
  }
  if (derivation === "eip2333") {
    const secret = deriveEip2333(seed, parseEip2334Path(plan.path));
    return { secret, publicKey: publicKeyOf(curve, secret) };
  }
  const indexes = parsePath(plan.path);
  const bip39Tree = { name: `${walletId} bip39`, seed, nodes };
  switch (derivation) {
    case "bip32-secp256k1":
      return deriveSecp256k1(bip39Tree, indexes, accountXpubPath);
    case "slip10-ed25519": {
      const { secret, chainCode } = deriveSlip10Ed25519(seed, indexes);
      wipe(chainCode);
      return { secret, publicKey: publicKeyOf("ed25519", secret) };
    }
    case "starknet-bip32-grind":
      return deriveStark(bip39Tree, indexes);
    case "starknet-argent-grind":
    case "starknet-argent-wallet-grind": {
      const ethereum = secretAt(bip39Tree, parsePath(ARGENT_SEED_PATH)).secret;
      try {
        const kept = derivation === "starknet-argent-grind" ? ethereum : withoutLeadingZeros(ethereum);
        return deriveStark({ name: `${walletId} ${derivation}`, seed: kept, nodes }, indexes);
      } finally {
        wipe(ethereum);
      }
    }
  }
}

/**
 * Extended public key of a node, base58check with the mainnet version bytes, and the fingerprint of the master key in hex.
 * @throws SignerError `request.malformed` for a path that is none
 */
export function accountKey(
  walletId: WalletId,
  seed: Uint8Array,
  path: string,
  nodes: AccountNodes,
): { readonly extendedPublicKey: string; readonly masterFingerprint: string } {
  const tree = { name: `${walletId} bip39`, seed, nodes };
  const { fingerprint } = nodeAt(tree, []);
  const extendedPublicKey = nodeAt(tree, parsePath(path)).publicExtendedKey;
  return { extendedPublicKey, masterFingerprint: fingerprint.toString(16).padStart(8, "0") };
}

/** The wallet takes the key for a number and writes it in as few bytes as it needs. Shares memory with `bytes`. */
function withoutLeadingZeros(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(bytes.findIndex((byte) => byte !== 0));
}

interface Tree {
  readonly name: string;
  readonly seed: Uint8Array;
  readonly nodes: AccountNodes;
}

function deriveSecp256k1(tree: Tree, indexes: readonly number[], xpubPath: string | undefined): DerivedKey {
  const ancestor = xpubPath === undefined ? undefined : parsePath(xpubPath, "/accountXpubPath");
  if (ancestor !== undefined && !ancestor.every((index, level) => index === indexes[level])) {
    throw malformed("/accountXpubPath", "must be an ancestor of the key's path");
  }
  const { secret, publicKey } = secretAt(tree, indexes);
  // Two implementations computed it; a difference is a fault that must not become an address.
  if (!equalBytes(publicKey, publicKeyOf("secp256k1", secret))) {
    wipe(secret);
    throw new SignerError(
      "service.internal",
      "two implementations disagree on a derived public key; check the host",
    );
  }
  if (ancestor === undefined) return { secret, publicKey };
  return { secret, publicKey, accountXpub: nodeAt(tree, ancestor).publicExtendedKey };
}

function deriveStark(tree: Tree, indexes: readonly number[]): DerivedKey {
  const parent = secretAt(tree, indexes).secret;
  try {
    const secret = new Uint8Array(PRIVATE_KEY_BYTES);
    secret.set(Buffer.from(grindKey(parent).padStart(2 * PRIVATE_KEY_BYTES, "0"), "hex"));
    return { secret, publicKey: publicKeyOf("stark", secret) };
  } finally {
    wipe(parent);
  }
}

function secretAt(tree: Tree, indexes: readonly number[]): { secret: Uint8Array; publicKey: PublicKey } {
  const last = indexes.at(-1);
  if (last === undefined) return keysOf(nodeAt(tree, []));
  const child = nodeAt(tree, indexes.slice(0, -1)).deriveChild(last);
  try {
    return keysOf(child);
  } finally {
    child.wipePrivateData();
  }
}

function keysOf(node: HDKey): { secret: Uint8Array; publicKey: PublicKey } {
  const { privateKey: secret, publicKey } = node;
  if (secret === null || publicKey === null) throw new TypeError("node has no private key");
  return { secret, publicKey };
}

/** The node at `indexes`, owned by the cache: not to be wiped here. */
function nodeAt(tree: Tree, indexes: readonly number[]): HDKey {
  return tree.nodes.get(`${tree.name} ${indexes.join("/")}`, () => {
    let node = HDKey.fromMasterSeed(tree.seed);
    for (const index of indexes) {
      const child = node.deriveChild(index);
      node.wipePrivateData();
      node = child;
    }
    return node;
  });
}

/**
 * SLIP-0010 for ed25519: hardened indexes only. Both results are 32 bytes and the caller's to wipe.
 * @throws SignerError `request.malformed` for an index that is not hardened
 */
export function deriveSlip10Ed25519(
  seed: Uint8Array,
  indexes: readonly number[],
): { secret: Uint8Array; chainCode: Uint8Array } {
  if (indexes.some((index) => index < HARDENED_OFFSET)) {
    throw malformed("/path", "every index of an ed25519 path must be hardened (followed by ')");
  }
  let node = createHmac("sha512", "ed25519 seed").update(seed).digest();
  for (const index of indexes) {
    const data = new Uint8Array(1 + PRIVATE_KEY_BYTES + 4);
    data.set(node.subarray(0, PRIVATE_KEY_BYTES), 1);
    new DataView(data.buffer).setUint32(1 + PRIVATE_KEY_BYTES, index);
    const child = createHmac("sha512", node.subarray(PRIVATE_KEY_BYTES)).update(data).digest();
    wipe(node, data);
    node = child;
  }
  const secret = new Uint8Array(node.subarray(0, PRIVATE_KEY_BYTES));
  const chainCode = new Uint8Array(node.subarray(PRIVATE_KEY_BYTES));
  wipe(node);
  return { secret, chainCode };
}

function malformed(field: string, rule: string): SignerError {
  return new SignerError("request.malformed", `${field}: ${rule}`, { field });
}
