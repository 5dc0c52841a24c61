/**
 * Which inputs of a PSBT are ours, and what every input is worth. An amount counts only when a previous transaction or
 * our own signature commits to it.
 * @module
 */
import { invalid, refused } from "../../domain/errors.ts";
import type { SignerError } from "../../domain/errors.ts";
import { inputRefused } from "./psbt.ts";
import type { Psbt, PsbtInput } from "./psbt.ts";
import { hex } from "./scripts.ts";
import { SIGHASH_ALL } from "./sighash.ts";
import type { Outpoint, Output } from "./sighash.ts";
import type { HashType, Spender, Spenders } from "./spenders.ts";

/** Bounds the work of one request: the library's finaliser costs the square of this, about 3 seconds. */
const MAX_INPUTS = 1000;

/** 21 million bitcoin in satoshi: no amount and no sum can be more. */
export const MAX_MONEY = 2_100_000_000_000_000n;

export interface SpentInput extends Outpoint {
  /** As the PSBT has it. */
  readonly input: PsbtInput;
  /** The output that the input spends. */
  readonly spent: Output;
  /** Who signs the input, where its script is one of ours; undefined for somebody else's. */
  readonly spender: Spender | undefined;
  /** Means nothing where the input is somebody else's. */
  readonly hashType: HashType;
}

/** An input with the output that it spends, before anybody is known to sign it. */
export interface Spending {
  readonly input: PsbtInput;
  readonly outpoint: Outpoint;
  readonly spent: Output;
  /** True where a previous transaction proves what is spent. */
  readonly proven: boolean;
}

/**
 * Every input with what it spends.
 * @throws SignerError `transaction.refused`: too many inputs, an outpoint that comes twice, a spent output that is missing
 */
export function readSpendings({ transaction, slim }: Psbt): readonly Spending[] {
  const count = transaction.inputsLength;
  if (count > MAX_INPUTS)
    throw refused(
      "/psbt",
      `has ${count} inputs; at most ${MAX_INPUTS} are signed at once. Split the transaction`,
    );
  const proven = new Set(slim.taken.map(({ position }) => position));
  const outpoints = new Set<string>();
  const spendings: Spending[] = [];
  for (let position = 0; position < count; position += 1) {
    const spending = readSpending(transaction.getInput(position), position, proven.has(position));
    const outpoint = `${hex(spending.outpoint.txid)}:${spending.outpoint.index}`;
    if (outpoints.has(outpoint))
      throw inputRefused(position, "spends the same output as an earlier input; remove one of them");
    outpoints.add(outpoint);
    spendings.push(spending);
  }
  return spendings;
}

function readSpending(input: PsbtInput, position: number, proven: boolean): Spending {
  const { txid, index } = input;
  if (txid === undefined || index === undefined)
    throw invalid("/psbt", `input ${position}: has no outpoint; write the PSBT with a standard encoder`);
  const spent = spentOutput(input, position);
  return { input, outpoint: { txid, index, sequence: input.sequence ?? 0xffffffff }, spent, proven };
}

/**
 * Finds and checks the inputs that are ours.
 * @throws SignerError `transaction.refused`: no input of ours; a spent output that is unproven; an own input with another
 *   hash type, with script-path or foreign script data, or with a signature already
 */
export function checkInputs(spendings: readonly Spending[], spenders: Spenders): readonly SpentInput[] {
  const found = spendings.map(({ spent }) => spenders.of(spent.script));
  const own = found.filter((spender) => spender !== undefined);
  if (own.length === 0)
    throw refused(
      "/psbt",
      `no input spends an output of ${spenders.whose}; name the key or wallet whose coins it spends`,
    );
  const needProof = !own.every(({ commitsToAllInputs }) => commitsToAllInputs);
  return spendings.map(({ input, outpoint, spent, proven }, position) => {
    const spender = found[position];
    if (needProof && !proven) throw unproven(position);
    if (spender !== undefined) checkValue(position, spent);
    if (spender !== undefined && spender.cosigned !== true) checkUnsigned(input, position);
    return { ...outpoint, input, spent, spender, hashType: spender?.check(input, position) ?? SIGHASH_ALL };
  });
}

/** Of an input that brought its previous transaction, witnessUtxo is what that one says. */
function spentOutput(input: PsbtInput, position: number): Output {
  const output = input.witnessUtxo;
  if (output === undefined) {
    throw inputRefused(
      position,
      "has neither nonWitnessUtxo nor witnessUtxo, so the fee is unknown; add one",
    );
  }
  if (output.amount > MAX_MONEY)
    throw inputRefused(position, "spends more than 21 million bitcoin; check its amount");
  return output;
}

/**
 * A legacy signature commits to no amount, BIP-143 only to its own. A request could then misstate any other input,
 * even call an own one foreign, and two such signatures put together pay the difference as fee. So every input, whatever
 * it claims to be, brings its previous transaction, unless all that we sign is taproot: BIP-341 commits to all amounts and
 * scripts, and a false one voids the signature.
 */
function unproven(position: number): SignerError {
  return inputRefused(
    position,
    "needs nonWitnessUtxo, the previous transaction, to prove its amount; add it",
  );
}

function checkUnsigned(input: PsbtInput, position: number): void {
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
}

function checkValue(position: number, spent: Output): void {
  if (spent.amount === 0n) {
    // The input of a BIP-322 proof looks like this: it would be a message that no policy saw as one.
    throw inputRefused(position, "spends nothing; use bitcoin.message to sign a message");
  }
}
