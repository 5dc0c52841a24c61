/** Slots, epochs and heights of which some may be unknown: null is below every other. */

/** The other one where one is null. */
export function higher(a: bigint | null, b: bigint | null): bigint | null {
  if (a === null || b === null) return a ?? b;
  return a > b ? a : b;
}

/** Null where all of them are, or there are none. */
export function highest(values: readonly (bigint | null)[]): bigint | null {
  return values.reduce(higher, null);
}
