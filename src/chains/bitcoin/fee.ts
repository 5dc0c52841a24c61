/**
 * The fee of a transaction and its built-in caps, which no policy can lift: a fee past them has always been a mistake
 * or an attack.
 * @module
 */
import { refused } from "../../domain/errors.ts";
import { MAX_MONEY } from "./inputs.ts";
import type { SpentInput } from "./inputs.ts";
import type { PaidOutput } from "./outputs.ts";
import type { Purpose } from "./scripts.ts";

/** 0.05 BTC in satoshi: half of what Bitcoin Core's wallet pays at most (`-maxtxfee`). */
const MAX_FEE = 5_000_000n;

/** Satoshi per virtual byte: above every block's median so far. */
const MAX_FEE_RATE = 2000n;

/** Weight that signing adds to one input: scriptSig bytes count four times, witness bytes once (BIP-141). */
const SIGNATURE_WEIGHT: Readonly<Record<Purpose, number>> = {
  44: 4 * (1 + 72 + 1 + 33),
  49: 4 * 23 + 1 + 1 + 72 + 1 + 33,
  84: 1 + 1 + 72 + 1 + 33,
  86: 1 + 1 + 64,
};

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
  purpose: Purpose,
): FeeReport {
  const paidIn = inputs.reduce((sum, input) => sum + input.spent.amount, 0n);
  if (paidIn > MAX_MONEY) throw refused("/psbt", "the inputs spend more than 21 million bitcoin");
  const fee = outputs.reduce((rest, output) => rest - output.amount, paidIn);
  if (fee < 0n) throw refused("/psbt", `the outputs pay ${-fee} satoshi more than the inputs hold`);
  if (fee > MAX_FEE)
    throw refused("/psbt", `pays a fee of ${fee} satoshi; at most ${MAX_FEE} are signed. Add change`);
  const own = inputs.filter((input) => input.own).length;
  const weight = 4 * unsignedSize + SEGWIT_MARKER_WEIGHT + own * SIGNATURE_WEIGHT[purpose];
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
