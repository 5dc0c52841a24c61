/** When two spellings name the same account or asset. */

/**
 * 0x-hex names a number: case and leading zeros do not matter (StarkNet pads, or does not). Everything else (base58,
 * bech32) is compared exactly.
 */
export function sameAddress(a: string, b: string): bool {
  return normalAddress(a) == normalAddress(b);
}

/** The same with the part after the last `:` of an asset, e.g. `erc20:0xA0b8…`. A `/tokenId` is compared exactly. */
export function sameAsset(a: string, b: string): bool {
  return normalAsset(a) == normalAsset(b);
}

/** Lowercase 0x-hex without leading zeros; anything else as it is. */
export function normalAddress(text: string): string {
  if (text.length < 2 || text.charCodeAt(0) != 48 || (text.charCodeAt(1) | 32) != 120) return text;
  let start = 2;
  while (start < text.length - 1 && text.charCodeAt(start) == 48) start++;
  if (start == 2) return lowerHex(text);
  return "0x" + lowerHex(text.substring(start));
}

/** `text` with A to F, and the X of 0X, in lower case: the text itself where it has none of them. */
export function lowerHex(text: string): string {
  const units = changetype<usize>(text);
  const size = usize(text.length) << 1;
  let at: usize = 0;
  // Four units at once: where bit 6 is set and bit 5 is not, there may be a capital letter.
  for (; at + 8 <= size; at += 8) {
    const four = load<u64>(units + at);
    if ((four & ~(four << 1) & 0x0040004000400040) != 0) return lowered(text);
  }
  for (; at < size; at += 2) {
    if (isUpper(load<u16>(units + at))) return lowered(text);
  }
  return text;
}

/** True for `0x` and hex digits in either case. */
export function isHex(text: string): bool {
  if (!text.startsWith("0x")) return false;
  for (let index = 2; index < text.length; index++) {
    const code = text.charCodeAt(index);
    const lower = code | 32;
    if ((code < 48 || code > 57) && (lower < 97 || lower > 102)) return false;
  }
  return true;
}

function isUpper(code: i32): bool {
  return (code >= 65 && code <= 70) || code == 88;
}

/** Written into one string: joining characters one by one costs their square. */
function lowered(text: string): string {
  const size = text.length << 1;
  const copy = __new(size, idof<string>());
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    store<u16>(copy + (usize(index) << 1), isUpper(code) ? code + 32 : code);
  }
  return changetype<string>(copy);
}

export function normalAsset(text: string): string {
  let colon = 0;
  while (colon < text.length && text.charCodeAt(colon) != 58) colon++;
  if (colon == text.length) return text;
  let end = colon + 1;
  while (end < text.length && text.charCodeAt(end) != 47) end++;
  const address = text.substring(colon + 1, end);
  const normal = normalAddress(address);
  if (normal == address) return text;
  return text.substring(0, colon + 1) + normal + text.substring(end);
}
