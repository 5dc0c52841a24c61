/**
 * The fee of a transaction and its built-in caps, which no policy can lift: a fee past them has always been a mistake
 * or an attack.
 * @module
 */
import { refused } from "../../domain/errors.ts";
import { MAX_MONEY } from "./inputs.ts";
import type { SpentInput } from "./inputs.ts";
import type { PaidOutput } from "./outputs.ts";

/** 0.05 BTC in satoshi: half of what Bitcoin Core's wallet pays at most (`-maxtxfee`). */
const MAX_FEE = 5_000_000n;

/** Satoshi per virtual byte: above every block's median so far. */
const MAX_FEE_RATE = 2000n;

const SEGWIT_MARKER_WEIGHT = 2;

export interface FeeReport {
  /** Satoshi: inputs minus outputs. */
  readonly fee: bigint;
  /** Estimate. Inputs of others count without their signatures, so the real size is this or more. */
  readonly virtualSize: number;
  /** Satoshi per virtual byte, rounded up; the real rate is this or less. */
  readonly feeRate: bigint;
}

/**
 * Computes the fee and holds it against the caps.
 * @param unsignedSize bytes of the transaction without signatures
 * @throws SignerError `transaction.refused` for a negative or excessive fee
 */
export function checkFee(
  inputs: readonly SpentInput[],
  outputs: readonly PaidOutput[],
  unsignedSize: number,
): FeeReport {
  const paidIn = inputs.reduce((sum, input) => sum + input.spent.amount, 0n);
  if (paidIn > MAX_MONEY)
    throw refused("/psbt", "the inputs spend more than 21 million bitcoin; check their amounts");
  const fee = outputs.reduce((rest, output) => rest - output.amount, paidIn);
  if (fee < 0n)
    throw refused(
      "/psbt",
      `the outputs pay ${-fee} satoshi more than the inputs hold; add inputs, or pay less`,
    );
  if (fee > MAX_FEE)
    throw refused("/psbt", `pays a fee of ${fee} satoshi; at most ${MAX_FEE} are signed. Add change`);
  const weight = 4 * unsignedSize + SEGWIT_MARKER_WEIGHT + signatureWeight(inputs);
  const virtualSize = Math.ceil(weight / 4);
  const size = BigInt(virtualSize);
  const feeRate = (fee + size - 1n) / size;
  if (feeRate > MAX_FEE_RATE) {
    throw refused(
      "/psbt",
      `pays ${feeRate} satoshi per virtual byte; at most ${MAX_FEE_RATE} are signed. Add change`,
    );
  }
  return { fee, virtualSize, feeRate };
}

/** Beside a witness of another input, one without has a byte that says so (BIP-141). */
function signatureWeight(inputs: readonly SpentInput[]): number {
  const own = inputs.flatMap(({ spender }) => (spender === undefined ? [] : [spender]));
  const withoutWitness = own.some(({ segwit }) => segwit) ? own.filter(({ segwit }) => !segwit).length : 0;
  return own.reduce((sum, spender) => sum + spender.signatureWeight, withoutWitness);
}
