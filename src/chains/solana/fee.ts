/**
 * The most that a transaction can cost its signer: 5,000 lamports a signature, the priority fee that it bids, and the
 * rent of token accounts that it may create on our account.
 * @module
 */
import { invalid } from "../../domain/errors.ts";
import type { MessageInstruction } from "./message.ts";
import { COMPUTE_BUDGET_PROGRAM, SIGNATURE_PROGRAMS } from "./program-addresses.ts";
import type { ComputeBudget } from "./effects.ts";
import type { Reading } from "./program-reader.ts";

const LAMPORTS_PER_SIGNATURE = 5000n;
const DEFAULT_UNITS_PER_INSTRUCTION = 200_000;
const UNIT_LIMIT = 1_400_000;
const MICRO_LAMPORTS = 1_000_000n;

/** Lamports. */
export interface FeeParts {
  readonly signatures: bigint;
  readonly priority: bigint;
  readonly rent: bigint;
}

/**
 * What `own` can have to pay. `readings` match `instructions` one to one.
 * @param signerCount signatures that the message needs
 * @throws SignerError `transaction.invalid` for a compute-budget instruction that is not known or comes twice
 */
export function feeParts(
  instructions: readonly MessageInstruction[],
  readings: readonly (Reading | undefined)[],
  signerCount: number,
  payer: { readonly feePayer: string; readonly own: string },
): FeeParts {
  const budget = computeBudget(instructions, readings);
  const rent = readings.reduce((sum, reading) => sum + rentPaidBy(payer.own, reading), 0n);
  if (payer.feePayer !== payer.own) return { signatures: 0n, priority: 0n, rent };
  const verified = instructions.reduce((sum, instruction) => sum + verifiedSignatures(instruction), 0);
  const units = Math.min(budget.unitLimit ?? instructions.length * DEFAULT_UNITS_PER_INSTRUCTION, UNIT_LIMIT);
  return {
    signatures: BigInt(signerCount + verified) * LAMPORTS_PER_SIGNATURE,
    priority: ((budget.unitPrice ?? 0n) * BigInt(units) + MICRO_LAMPORTS - 1n) / MICRO_LAMPORTS,
    rent,
  };
}

function computeBudget(
  instructions: readonly MessageInstruction[],
  readings: readonly (Reading | undefined)[],
): ComputeBudget {
  const seen = new Set<string>();
  let budget: ComputeBudget = {};
  for (const [position, { program }] of instructions.entries()) {
    if (program !== COMPUTE_BUDGET_PROGRAM) continue;
    const reading = readings[position];
    // The runtime reads past what does not fit the layout, so a bid that is not read here could still be paid.
    if (reading === undefined) {
      throw invalid(
        "/transaction",
        `instruction ${position}: is not a compute-budget instruction in exact form; build it with a ` +
          `client library`,
      );
    }
    if (seen.has(reading.function))
      throw invalid("/transaction", `has ${reading.function} more than once; leave one`);
    seen.add(reading.function);
    budget = { ...budget, ...reading.budget };
  }
  return budget;
}

function rentPaidBy(own: string, reading: Reading | undefined): bigint {
  return reading?.rent?.payer === own ? reading.rent.lamports : 0n;
}

function verifiedSignatures({ program, data }: MessageInstruction): number {
  return SIGNATURE_PROGRAMS.has(program) ? (data[0] ?? 0) : 0;
}
