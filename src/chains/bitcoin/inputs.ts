/**
 * Which inputs of a PSBT this key signs, and what every input is worth. An amount counts only when a previous
 * transaction or our own signature commits to it.
 * @module
 */
import type { Transaction } from "@scure/btc-signer";
import { equalBytes } from "../../domain/bytes.ts";
import { invalid, refused } from "../../domain/errors.ts";
import type { SignerError } from "../../domain/errors.ts";
import type { Spender } from "./keys.ts";
import { hex } from "./scripts.ts";
import { SIGHASH_ALL, SIGHASH_DEFAULT } from "./sighash.ts";
import type { Outpoint, Output } from "./sighash.ts";

/** Bounds the work of one request: the library's finaliser costs the square of this, about 3 seconds. */
const MAX_INPUTS = 1000;

/** 21 million bitcoin in satoshi: no amount and no sum can be more. */
export const MAX_MONEY = 2_100_000_000_000_000n;

export interface SpentInput extends Outpoint {
  /** The output that the input spends. */
  readonly spent: Output;
  /** True when the spent script is this key's, so that this key signs it. */
  readonly own: boolean;
  /** SIGHASH_ALL, or SIGHASH_DEFAULT for a taproot input that names no type. Means nothing where `own` is false. */
  readonly hashType: typeof SIGHASH_ALL | typeof SIGHASH_DEFAULT;
}

type PsbtInput = ReturnType<Transaction["getInput"]>;

/**
 * Reads and checks all inputs.
 * @throws SignerError `transaction.refused`: no input of this key; a spent output that is missing or unproven; an own
 *   input with another hash type, with script-path or foreign script data, or with a signature already
 */
export function readInputs(transaction: Transaction, spender: Spender): readonly SpentInput[] {
  const count = transaction.inputsLength;
  if (count > MAX_INPUTS)
    throw refused("/psbt", `has ${count} inputs; at most ${MAX_INPUTS} are signed at once`);
  const outpoints = new Set<string>();
  const inputs: SpentInput[] = [];
  for (let position = 0; position < count; position += 1) {
    const input = readInput(transaction.getInput(position), position, spender);
    const outpoint = `${hex(input.txid)}:${input.index}`;
    if (outpoints.has(outpoint)) throw inputRefused(position, "spends the same output as an earlier input");
    outpoints.add(outpoint);
    inputs.push(input);
  }
  if (!inputs.some((input) => input.own)) {
    throw refused(
      "/psbt",
      `no input spends an output of this key (${spender.address}); choose the key of the inputs`,
    );
  }
  return inputs;
}

function readInput(input: PsbtInput, position: number, spender: Spender): SpentInput {
  const { txid, index } = input;
  if (txid === undefined || index === undefined) throw invalid("/psbt", `input ${position}: has no outpoint`);
  const spent = spentOutput(input, index, position);
  requireProof(input, position, spender);
  const own = equalBytes(spent.script, spender.script);
  if (own) checkOwn(input, position, spent, spender);
  const hashType = input.sighashType ?? (spender.purpose === 86 ? SIGHASH_DEFAULT : SIGHASH_ALL);
  return {
    txid,
    index,
    sequence: input.sequence ?? 0xffffffff,
    spent,
    own,
    hashType: hashType === SIGHASH_DEFAULT ? SIGHASH_DEFAULT : SIGHASH_ALL,
  };
}

/** The decoder has checked that a previous transaction hashes to the txid and agrees with witnessUtxo. */
function spentOutput(input: PsbtInput, index: number, position: number): Output {
  const output = input.nonWitnessUtxo === undefined ? input.witnessUtxo : input.nonWitnessUtxo.outputs[index];
  if (output === undefined) {
    throw inputRefused(
      position,
      "has neither nonWitnessUtxo nor witnessUtxo, so the fee is unknown; add one",
    );
  }
  if (output.amount > MAX_MONEY) throw inputRefused(position, "spends more than 21 million bitcoin");
  return output;
}

/**
 * A legacy signature commits to no amount, BIP-143 only to its own. A request could then lie about any other input,
 * even call an own one foreign, and two such signatures put together pay the difference as fee. So every input, whatever
 * it claims to be, brings its previous transaction. BIP-341 commits to all amounts and scripts: a lie voids the signature.
 */
function requireProof(input: PsbtInput, position: number, spender: Spender): void {
  if (spender.purpose === 86 || input.nonWitnessUtxo !== undefined) return;
  throw inputRefused(position, "needs nonWitnessUtxo, the previous transaction, to prove its amount; add it");
}

function checkOwn(input: PsbtInput, position: number, spent: Output, spender: Spender): void {
  const signed = [
    input.finalScriptSig,
    input.finalScriptWitness,
    input.partialSig,
    input.tapKeySig,
    input.tapScriptSig,
  ];
  if (signed.some((field) => field !== undefined && field.length > 0)) {
    throw inputRefused(position, "is signed already; send it without signatures and final scripts");
  }
  if (spent.amount === 0n) {
    // The input of a BIP-322 proof looks like this: it would be a message that no policy saw as one.
    throw inputRefused(position, "spends nothing; use bitcoin.message to sign a message");
  }
  checkHashType(input.sighashType, position, spender);
  checkScripts(input, position, spender);
}

function checkHashType(hashType: number | undefined, position: number, spender: Spender): void {
  if (hashType === undefined || hashType === SIGHASH_ALL) return;
  if (hashType === SIGHASH_DEFAULT && spender.purpose === 86) return;
  throw inputRefused(
    position,
    "asks for another sighash type than ALL, which would leave parts of it open to change",
  );
}

function checkScripts(input: PsbtInput, position: number, spender: Spender): void {
  if (input.witnessScript !== undefined)
    throw inputRefused(position, "has a witnessScript; the key has none");
  if (input.redeemScript !== undefined && !sameBytes(input.redeemScript, spender.redeemScript)) {
    throw inputRefused(position, "has a redeemScript that is not the key's");
  }
  if (input.tapMerkleRoot !== undefined || input.tapLeafScript !== undefined) {
    throw inputRefused(
      position,
      "has taproot script data; BIP-86 keys are spent by the key path without a script tree",
    );
  }
  if (input.tapInternalKey !== undefined && !sameBytes(input.tapInternalKey, spender.taproot?.internalKey)) {
    throw inputRefused(position, "has a tapInternalKey that is not the key's");
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return b !== undefined && equalBytes(a, b);
}

function inputRefused(position: number, message: string): SignerError {
  return refused("/psbt", `input ${position}: ${message}`);
}
