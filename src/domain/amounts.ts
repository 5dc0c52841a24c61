/** Quantities on the wire: decimal strings, 0x-hex or safe integers in; bigint inside; decimal strings out. */
import { invalid } from "./errors.ts";

const DECIMAL = /^(?:0|[1-9][0-9]*)$/;
const HEX_QUANTITY = /^0x[0-9a-fA-F]+$/;

/** Largest unsigned 256-bit integer, the meaning of an "unlimited" allowance. */
export const MAX_UINT256 = (1n << 256n) - 1n;

/**
 * Reads one unsigned quantity of at most `bits` bits.
 * @param field JSON pointer of the value, for the message
 * @throws SignerError `transaction.invalid` for a float, a sign, a leading zero, or a value out of range
 */
export function parseQuantity(value: unknown, field: string, bits = 256): bigint {
  const parsed = readQuantity(value);
  if (parsed === undefined) {
    throw invalid(
      field,
      "must be an unsigned integer: a decimal string, 0x-hex, or a JSON integer below 2^53",
    );
  }
  if (parsed >> BigInt(bits) !== 0n) throw invalid(field, `must be below 2^${bits}`);
  return parsed;
}

function readQuantity(value: unknown): bigint | undefined {
  if (typeof value === "number") return Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : undefined;
  if (typeof value !== "string" || value.length > 100) return undefined;
  return DECIMAL.test(value) || HEX_QUANTITY.test(value) ? BigInt(value) : undefined;
}
