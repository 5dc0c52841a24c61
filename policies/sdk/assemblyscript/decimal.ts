/**
 * Amounts as they travel: decimal strings without sign or leading zero, of any size. Comparing and adding digits is
 * exact, where a 64-bit integer would overflow at 18 ether.
 */

/** True for `0` or digits that do not start with 0, at most 78 of them (2^256 has 78). */
export function isDecimal(text: string): bool {
  const length = text.length;
  if (length == 0 || length > 78) return false;
  const first = changetype<usize>(text);
  const end = first + (usize(length) << 1);
  if (load<u16>(first) == 48 && length > 1) return false;
  for (let at = first; at < end; at += 2) {
    if (u32(load<u16>(at)) - 48 > 9) return false;
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
  if (a.length < b.length) return addShorter(b, a);
  return addShorter(a, b);
}

/** Digit by digit from the right; `a` has at least as many as `b`. */
function addShorter(a: string, b: string): string {
  const length = usize(a.length);
  const sum = __new(length << 1, idof<string>());
  const firstOfB = changetype<usize>(b);
  let fromA = changetype<usize>(a) + (length << 1);
  let fromB = firstOfB + (usize(b.length) << 1);
  let carry: u32 = 0;
  for (let to = sum + (length << 1); to > sum;) {
    to -= 2;
    fromA -= 2;
    let digit = u32(load<u16>(fromA)) - 48 + carry;
    if (fromB > firstOfB) {
      fromB -= 2;
      digit += u32(load<u16>(fromB)) - 48;
    }
    carry = u32(digit > 9);
    store<u16>(to, digit + 48 - carry * 10);
  }
  const text = changetype<string>(sum);
  if (carry == 0) return text;
  if (length == 78) unreachable();
  return "1" + text;
}
