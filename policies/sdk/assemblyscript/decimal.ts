/**
 * Amounts as they travel: decimal strings without sign or leading zero, of any size. Comparing and adding digits is
 * exact, where a 64-bit integer would overflow at 18 ether.
 */

/** True for `0` or digits that do not start with 0, at most 78 of them (2^256 has 78). */
export function isDecimal(text: string): bool {
  if (text.length == 0 || text.length > 78) return false;
  if (text.charCodeAt(0) == 48 && text.length > 1) return false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 48 || code > 57) return false;
  }
  return true;
}

/** Negative, zero or positive as `a` is below, equal to or above `b`. Traps unless both are decimal strings. */
export function compareDecimals(a: string, b: string): i32 {
  if (!isDecimal(a) || !isDecimal(b)) unreachable();
  if (a.length != b.length) return a.length - b.length;
  for (let index = 0; index < a.length; index++) {
    const difference = a.charCodeAt(index) - b.charCodeAt(index);
    if (difference != 0) return difference;
  }
  return 0;
}

/** a + b. Traps unless both are decimal strings, and when the sum has more than 78 digits. */
export function addDecimals(a: string, b: string): string {
  if (!isDecimal(a) || !isDecimal(b)) unreachable();
  // One digit more than the longer one, filled from the right.
  const length = max(a.length, b.length) + 1;
  const digits = heap.alloc(length);
  let carry = 0;
  for (let place = 1; place <= length; place++) {
    const digit = digitAt(a, place) + digitAt(b, place) + carry;
    carry = digit > 9 ? 1 : 0;
    store<u8>(digits + (length - place), 48 + (carry ? digit - 10 : digit));
  }
  const skipped = load<u8>(digits) == 48 ? 1 : 0;
  if (length - skipped > 78) unreachable();
  return String.UTF8.decodeUnsafe(digits + skipped, length - skipped);
}

/** The digit at `place` from the right, counted from 1; 0 past the left end. */
function digitAt(text: string, place: i32): i32 {
  return place > text.length ? 0 : text.charCodeAt(text.length - place) - 48;
}
