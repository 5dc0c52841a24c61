/**
 * Keys of a descriptor: extended public keys with a range of children, or single public keys. Private keys are refused and never
 * repeated; no step after an extended public key is hardened, since nobody could derive it.
 * @module
 */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { HDKey } from "@scure/bip32";
import { bigintToBytes, bytesToBigint, concat } from "../../../domain/bytes.ts";
import { TEST_VERSIONS } from "../accounts.ts";
import type { Network } from "../names.ts";
import { malformed } from "./expression.ts";
import type { PublicKey } from "../../../domain/kinds.ts";

const HARDENED = 0x80000000;
const ORIGIN = /^\[([0-9a-f]{8})((?:\/(?:0|[1-9][0-9]{0,9})['h]?)*)\](.*)$/;
const STEP = /^(?:0|[1-9][0-9]{0,9})$/;
const MULTIPATH = /^<(0|[1-9][0-9]{0,9});(0|[1-9][0-9]{0,9})>$/;
const HEX_KEY = /^(?:(?:02|03)?[0-9a-f]{64})$/;
/** Extended private keys of any network, and WIF. */
const PRIVATE = /^(?:[a-zA-Z]prv|[5KL9c][1-9A-HJ-NP-Za-km-z]{50,51}(?:\/|$))/;
/** Steps after an extended key. BIP-44 has two. */
const STEPS_MAX = 6;
const ORDER = secp256k1.Point.CURVE().n;

/** Where a key says that it comes from: not checked here, since only its owner could. */
export interface KeyOrigin {
  /** 8 hex digits. */
  readonly fingerprint: string;
  /** Child numbers, hardened ones with the high bit. */
  readonly path: readonly number[];
}

interface KeyBase {
  /** As it is written, with `'` for hardened steps. */
  readonly text: string;
  readonly origin: KeyOrigin | undefined;
}

export interface ExtendedKey extends KeyBase {
  readonly kind: "extended";
  readonly node: HDKey;
  /** Base58check with the mainnet version bytes, whatever the network. */
  readonly xpub: string;
  /** Steps to the node whose children are the range, for each branch: one, or two of a multipath (BIP-389). */
  readonly branches: readonly (readonly number[])[];
}

export interface SingleKey extends KeyBase {
  readonly kind: "single";
  /** 33 bytes; an x-only key has the prefix of even y. */
  readonly publicKey: PublicKey;
}

export type DescriptorKey = ExtendedKey | SingleKey;

/**
 * Reads a key expression.
 * @param xOnly whether 32-byte keys are allowed here (taproot)
 * @throws SignerError `request.malformed`
 */
export function readKey(text: string, network: Network, xOnly: boolean): DescriptorKey {
  const origin = ORIGIN.exec(text);
  if (origin === null && text.includes("["))
    throw malformed("has a key origin that must be [8 hex digits/path], e.g. [73c5da0a/48'/0'/0'/2']");
  const key = origin?.[3] ?? text;
  if (PRIVATE.test(key)) {
    throw malformed(
      "contains a private key, which must never leave its owner; write the extended public key",
    );
  }
  const [name = "", ...steps] = key.split("/");
  const [, fingerprint = "", path = ""] = origin ?? [];
  const base = {
    text: origin === null ? key : `[${fingerprint}${path.replaceAll("h", "'")}]${key}`,
    origin: origin === null ? undefined : { fingerprint, path: indexes(path) },
  };
  if (HEX_KEY.test(name)) return { ...base, kind: "single", publicKey: singleKey(name, steps, xOnly) };
  const node = extendedKey(name, network);
  return { ...base, kind: "extended", node, xpub: xpubOf(node), branches: readSteps(steps) };
}

function singleKey(name: string, steps: readonly string[], xOnly: boolean): Uint8Array {
  if (steps.length > 0)
    throw malformed("has steps after a single public key, which has no children; leave the steps out");
  if (name.length === 64 && !xOnly)
    throw malformed("has a key of 32 bytes outside of tr(); keys there must have 33 bytes");
  const bytes = new Uint8Array(Buffer.from(name.length === 64 ? `02${name}` : name, "hex"));
  if (!secp256k1.utils.isValidPublicKey(bytes, true))
    throw malformed("has a public key that is not a point of the curve; copy it again");
  return bytes;
}

function extendedKey(name: string, network: Network): HDKey {
  const wanted = network === "mainnet" ? "xpub" : "tpub";
  if (!name.startsWith(wanted)) {
    throw malformed(
      /^[xtyzuvYZUV]pub/.test(name)
        ? `has an extended key of another network or form; keys of ${network} must begin with ${wanted}`
        : `has a key that is neither a ${wanted} nor a public key in lowercase hex`,
    );
  }
  try {
    return network === "mainnet" ? HDKey.fromExtendedKey(name) : HDKey.fromExtendedKey(name, TEST_VERSIONS);
  } catch {
    throw malformed(`has a ${wanted} that cannot be read; check that it was copied whole`);
  }
}

/** Steps to the range's parent, for each branch. The last step is the wildcard. */
function readSteps(steps: readonly string[]): readonly (readonly number[])[] {
  if (steps.some((step) => /['hH]/.test(step))) {
    throw malformed(
      "has a hardened step after an extended public key, which nobody can derive; use unhardened ones",
    );
  }
  if (steps.at(-1) !== "*") {
    throw malformed(
      "has an extended key without a range; write at its end /<0;1>/*, of which 0 receives and 1 is change",
    );
  }
  if (steps.length > STEPS_MAX) throw malformed(`has a key with more than ${STEPS_MAX} steps`);
  let branches: number[][] = [[]];
  for (const step of steps.slice(0, -1)) {
    const [, first, second] = MULTIPATH.exec(step) ?? [];
    if (first !== undefined && second !== undefined) {
      if (branches.length > 1)
        throw malformed("has a key with two multipath steps; write one, which tells receiving from change");
      if (first === second) throw malformed("has a multipath step whose two branches must differ");
      branches = [first, second].map((last) => [...(branches[0] ?? []), childNumber(last)]);
    } else {
      if (!STEP.test(step)) {
        throw malformed("has a step that must be a number, a pair <receive;change> or a final *");
      }
      branches = branches.map((branch) => [...branch, childNumber(step)]);
    }
  }
  return branches;
}

function indexes(path: string): readonly number[] {
  return path
    .split("/")
    .slice(1)
    .map((part) => childNumber(part.replace(/['h]/, "")) + (/['h]/.test(part) ? HARDENED : 0));
}

function childNumber(text: string): number {
  const number = Number(text);
  if (number >= HARDENED) throw malformed("has a step that must be below 2^31");
  return number;
}

function xpubOf({ publicKey, chainCode, depth, index, parentFingerprint }: HDKey): string {
  if (publicKey === null || chainCode === null) throw new Error("an extended key has a public key");
  return new HDKey({ publicKey, chainCode, depth, index, parentFingerprint }).publicExtendedKey;
}

export interface DerivedKey {
  /** 33 bytes, compressed. */
  readonly publicKey: PublicKey;
  /** 32-byte scalar from the key's own private key to this one's; undefined where it is the key itself. */
  readonly childTweak?: Uint8Array;
}

/** The key at `index` of a branch, which is 0 or 1. */
export function deriveKey(key: DescriptorKey, branch: number, index: number): DerivedKey {
  if (key.kind === "single") return { publicKey: key.publicKey };
  const steps = key.branches[branch];
  if (steps === undefined) throw new Error("a key has as many branches as its descriptor");
  let { node } = key;
  let sum = 0n;
  for (const step of [...steps, index]) {
    sum = (sum + stepScalar(node, step)) % ORDER;
    node = node.deriveChild(step);
  }
  if (node.publicKey === null) throw new Error("derived node has no public key");
  return { publicKey: node.publicKey, childTweak: bigintToBytes(sum, 32) };
}

/** BIP-32, CKDpub: what is added to the parent's key. */
function stepScalar({ publicKey, chainCode }: HDKey, step: number): bigint {
  if (publicKey === null || chainCode === null) throw new Error("an extended key has a public key");
  const number = bigintToBytes(BigInt(step), 4);
  return bytesToBigint(hmac(sha512, chainCode, concat(publicKey, number)).subarray(0, 32));
}
