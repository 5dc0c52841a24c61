/**
 * The witness of a script from the signatures and preimages that there are, and within the locks of the transaction. Only ways
 * that nobody can exchange for others are used; where there is none, the input waits for its other signers.
 * @module
 */
import { satisfier } from "@bitcoinerlab/miniscript";
import { hex } from "../scripts.ts";

/** A script that an input can be spent by: plain data, which crosses threads. */
export interface SpendableScript {
  readonly tapscript: boolean;
  /** Over names, in the order of the derived keys. */
  readonly miniscript: string;
  /** Bytes of each named key: 33, or 32 in tapscript. */
  readonly keys: readonly (readonly [name: string, key: Uint8Array])[];
  readonly script: Uint8Array;
  /** Tapscript only. */
  readonly leaf?: { readonly hash: Uint8Array; readonly controlBlock: Uint8Array };
}

/** What is known, by the library's own words for it. */
export interface Knowledge {
  /** Of each key, by its hex: the signature as a witness has it. */
  readonly signatures: ReadonlyMap<string, Uint8Array>;
  /** `sha256_preimage(…)` and the like, by the hex of the hash. */
  readonly preimages: ReadonlyMap<string, Uint8Array>;
}

export interface Locks {
  readonly version: number;
  readonly lockTime: number;
  readonly sequence: number;
}

const SEQUENCE_FINAL = 0xffffffff;
const SEQUENCE_DISABLED = 0x80000000;
const SEQUENCE_IN_SECONDS = 0x00400000;
const SEQUENCE_MASK = 0x0000ffff;
/** Below this a lock time is a height, from it on a time (BIP-65). */
const LOCK_TIME_IN_SECONDS = 500_000_000;

/** Items of the witness before the script; undefined while something is missing. */
export function satisfy(spent: SpendableScript, known: Knowledge, locks: Locks): Uint8Array[] | undefined {
  const values = valuesOf(spent, known);
  const knowns = enough(
    spent,
    [...values.keys()].filter((name) => !/^<k[0-9]+>$/.test(name)),
  );
  const { nonMalleableSats } = satisfier(spent.miniscript, { tapscript: spent.tapscript, knowns });
  const way = nonMalleableSats.find(
    ({ nLockTime, nSequence }) => allowsLockTime(locks, nLockTime) && allowsSequence(locks, nSequence),
  );
  if (way === undefined) return undefined;
  return way.asm.split(" ").map((token) => {
    if (token === "0") return new Uint8Array(0);
    if (token === "1") return Uint8Array.of(1);
    const value = values.get(token);
    if (value === undefined) throw new Error("the library uses what is not known");
    return value;
  });
}

/** By the tokens that stand for them in the library's witnesses. */
function valuesOf({ keys }: SpendableScript, { signatures, preimages }: Knowledge): Map<string, Uint8Array> {
  const values = new Map<string, Uint8Array>();
  for (const [name, key] of keys) {
    values.set(`<${name}>`, key);
    const signature = signatures.get(hex(key));
    if (signature !== undefined) values.set(`<sig(${name})>`, signature);
  }
  for (const [token, preimage] of preimages) values.set(`<${token}>`, preimage);
  return values;
}

/** A multisig is told of as many signatures as it takes: the ways to choose among more grow past all bounds. */
function enough({ miniscript }: SpendableScript, knowns: readonly string[]): string[] {
  const [, threshold, names = ""] = /^multi(?:_a)?\(([0-9]+),([^()]*)\)$/.exec(miniscript) ?? [];
  if (threshold === undefined) return [...knowns];
  const signed = names.split(",").map((name) => `<sig(${name})>`);
  return signed.filter((token) => knowns.includes(token)).slice(0, Number(threshold));
}

/** BIP-65. */
function allowsLockTime({ lockTime, sequence }: Locks, needed: number | undefined): boolean {
  if (needed === undefined) return true;
  const sameKind = lockTime >= LOCK_TIME_IN_SECONDS === needed >= LOCK_TIME_IN_SECONDS;
  return sameKind && lockTime >= needed && sequence !== SEQUENCE_FINAL;
}

/** BIP-112. */
function allowsSequence({ version, sequence }: Locks, needed: number | undefined): boolean {
  if (needed === undefined) return true;
  if (version < 2 || sequence >= SEQUENCE_DISABLED) return false;
  const sameKind = (sequence & SEQUENCE_IN_SECONDS) === (needed & SEQUENCE_IN_SECONDS);
  return sameKind && (sequence & SEQUENCE_MASK) >= (needed & SEQUENCE_MASK);
}
