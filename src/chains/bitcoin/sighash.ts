/**
 * Signature hashes of SIGHASH_ALL (and taproot's DEFAULT, which means the same): legacy, BIP-143, BIP-341. The parts
 * that all inputs share are hashed once, so that a transaction of n inputs costs n, not n².
 * @module
 */
import { schnorr } from "@noble/curves/secp256k1.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { CompactSizeLen, RawOutput, VarBytes } from "@scure/btc-signer/script.js";
import { concat } from "../../domain/bytes.ts";

/** The only hash types that Claviger signs: every input and every output is committed to. */
export const SIGHASH_DEFAULT = 0;
export const SIGHASH_ALL = 1;

export interface Outpoint {
  /** 32 bytes in display order, as the library keeps them. */
  readonly txid: Uint8Array;
  readonly index: number;
  readonly sequence: number;
}

export interface Output {
  readonly amount: bigint;
  readonly script: Uint8Array;
}

export interface UnsignedTransaction {
  readonly version: number;
  readonly lockTime: number;
  readonly inputs: readonly Outpoint[];
  readonly outputs: readonly Output[];
}

/** Hashes one input each; all return 32 bytes. */
export interface SignatureHasher {
  /** Legacy SignatureHash; `scriptCode` is the previous scriptPubKey. */
  legacy(input: number, scriptCode: Uint8Array): Uint8Array;
  /** BIP-143; `scriptCode` of P2WPKH is the P2PKH script of the same key hash. */
  witnessV0(input: number, scriptCode: Uint8Array, amount: bigint): Uint8Array;
  /** BIP-341 without annex: the key path, or with the 32-byte hash of a leaf its script (BIP-342). */
  taproot(input: number, hashType: number, leafHash?: Uint8Array): Uint8Array;
}

/**
 * Prepares the hashes that all inputs of one transaction share.
 * @param spent the outputs that the inputs spend, in order; only `taproot` reads them
 */
export function signatureHasher(transaction: UnsignedTransaction, spent: readonly Output[]): SignatureHasher {
  const outpoints = transaction.inputs.map((input) => concat(input.txid.toReversed(), uint32(input.index)));
  const sequences = transaction.inputs.map((input) => uint32(input.sequence));
  const outputs = concat(...transaction.outputs.map((output) => RawOutput.encode({ ...output })));
  const version = uint32(transaction.version);
  const lockTime = uint32(transaction.lockTime);
  const hashType = uint32(SIGHASH_ALL);
  const blanks = outpoints.map((outpoint, index) => concat(outpoint, Uint8Array.of(0), at(sequences, index)));
  const prevouts = lazy(() => sha256(concat(...outpoints)));
  const allSequences = lazy(() => sha256(concat(...sequences)));
  const allOutputs = lazy(() => sha256(outputs));
  const spentAmounts = lazy(() => sha256(concat(...spent.map((output) => uint64(output.amount)))));
  const spentScripts = lazy(() => sha256(concat(...spent.map((output) => VarBytes.encode(output.script)))));
  return {
    legacy(input, scriptCode) {
      const own = concat(at(outpoints, input), VarBytes.encode(scriptCode), at(sequences, input));
      const inputs = concat(...blanks.slice(0, input), own, ...blanks.slice(input + 1));
      const counts = [
        CompactSizeLen.encode(blanks.length),
        CompactSizeLen.encode(transaction.outputs.length),
      ] as const;
      return doubleSha256(version, counts[0], inputs, counts[1], outputs, lockTime, hashType);
    },
    witnessV0(input, scriptCode, amount) {
      const own = [at(outpoints, input), VarBytes.encode(scriptCode), uint64(amount), at(sequences, input)];
      const shared = [sha256(prevouts()), sha256(allSequences())];
      return doubleSha256(version, ...shared, ...own, sha256(allOutputs()), lockTime, hashType);
    },
    taproot(input, type, leafHash) {
      const shared = [prevouts(), spentAmounts(), spentScripts(), allSequences(), allOutputs()];
      // Spend type: twice the extension flag, which is 1 for tapscript, and no annex.
      const spendType = Uint8Array.of(leafHash === undefined ? 0 : 2);
      // Key version 0, and no OP_CODESEPARATOR before the signature check.
      const extension = leafHash === undefined ? [] : [leafHash, Uint8Array.of(0), uint32(0xffffffff)];
      // Epoch 0 and the hash type come first.
      const parts = [
        Uint8Array.of(0, type),
        version,
        lockTime,
        ...shared,
        spendType,
        uint32(input),
        ...extension,
      ];
      return schnorr.utils.taggedHash("TapSighash", ...parts);
    },
  };
}

/** 32-byte tweak of a taproot key (BIP-341); without a root that of an empty script tree. */
export function tapTweak(internalKey: Uint8Array, merkleRoot: Uint8Array = new Uint8Array(0)): Uint8Array {
  return schnorr.utils.taggedHash("TapTweak", internalKey, merkleRoot);
}

/** 32-byte hash of a leaf of version 0xc0 (BIP-341). */
export function tapLeafHash(script: Uint8Array): Uint8Array {
  return schnorr.utils.taggedHash("TapLeaf", Uint8Array.of(0xc0), VarBytes.encode(script));
}

export function doubleSha256(...parts: readonly Uint8Array[]): Uint8Array {
  return sha256(sha256(concat(...parts)));
}

function at(list: readonly Uint8Array[], index: number): Uint8Array {
  const item = list[index];
  if (item === undefined) throw new RangeError(`no input ${index}`);
  return item;
}

function lazy(compute: () => Uint8Array): () => Uint8Array {
  let value: Uint8Array | undefined;
  return () => (value ??= compute());
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

function uint64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes;
}
