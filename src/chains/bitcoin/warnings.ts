/**
 * What nodes do not relay although it is valid: outputs that cost more to spend than they hold, and transactions without a
 * fee. Neither is refused, for both have uses; the answer says so.
 */
import type { Warning } from "../../domain/intent.ts";
import type { FeeReport } from "./fee.ts";
import type { PaidOutput } from "./outputs.ts";

/** Bitcoin Core's `-dustrelayfee`: satoshi per virtual byte of output and the input that spends it. */
const DUST_RATE = 3;
const AMOUNT_BYTES = 8;
/** Outpoint, sequence, script length, and a signature: as a script, or as a witness that counts a quarter. */
const SPENDING_BYTES = 32 + 4 + 1 + 107 + 4;
const SPENDING_WITNESS_BYTES = 32 + 4 + 1 + 26 + 4;
const OP_RETURN = 0x6a;
/** OP_0, or OP_1 to OP_16, and one push of 2 to 40 bytes (BIP-141). */
const PROGRAM_BYTES_MAX = 42;
/** Positions that a warning names. */
const NAMED = 8;

/** Warnings of a spend, in the order of its outputs. */
export function warningsOf(outputs: readonly PaidOutput[], { fee }: FeeReport): readonly Warning[] {
  const dust = outputs.flatMap((output, position) =>
    Number(output.amount) < dustLimit(output.script) ? [{ position, output }] : [],
  );
  const warnings: Warning[] = [];
  const [first] = dust;
  if (first !== undefined) {
    const named = dust.slice(0, NAMED).map(({ position }) => position);
    const more = dust.length > NAMED ? ` and ${dust.length - NAMED} more` : "";
    warnings.push({
      code: "dust_output",
      message:
        `output ${named.join(", ")}${more}: nodes do not relay so little; ` +
        `output ${first.position} pays ${first.output.amount} satoshi, and ${dustLimit(first.output.script)} is the least`,
    });
  }
  if (fee === 0n)
    warnings.push({
      code: "zero_fee",
      message: "the transaction pays no fee: nodes relay it only beside a child that does",
    });
  return warnings;
}

/** The least satoshi that Bitcoin Core relays to a script; 0 for one that can never be spent. */
export function dustLimit(script: Uint8Array): number {
  if (script[0] === OP_RETURN) return 0;
  const lengthBytes = script.length < 0xfd ? 1 : 3;
  const spending = isWitnessProgram(script) ? SPENDING_WITNESS_BYTES : SPENDING_BYTES;
  return DUST_RATE * (AMOUNT_BYTES + lengthBytes + script.length + spending);
}

function isWitnessProgram(script: Uint8Array): boolean {
  const [version = 0xff, push] = script;
  const versioned = version === 0 || (version >= 0x51 && version <= 0x60);
  return versioned && script.length >= 4 && script.length <= PROGRAM_BYTES_MAX && push === script.length - 2;
}
