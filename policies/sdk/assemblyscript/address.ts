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
  if (!text.startsWith("0x") && !text.startsWith("0X")) return text;
  let start = 2;
  while (start < text.length - 1 && text.charCodeAt(start) == 48) start++;
  return "0x" + lowerHex(text, start);
}

/** `text` from `start` on, with A to F in lower case. Written as ASCII: joining characters one by one costs their square. */
function lowerHex(text: string, start: i32): string {
  const length = text.length - start;
  const bytes = heap.alloc(length);
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(start + index);
    // No chain's address has such a character; it then equals only itself.
    if (code > 127) return text.substring(start);
    store<u8>(bytes + index, code >= 65 && code <= 70 ? code + 32 : code);
  }
  return String.UTF8.decodeUnsafe(bytes, length);
}

export function normalAsset(text: string): string {
  const colon = text.indexOf(":");
  if (colon < 0) return text;
  const slash = text.indexOf("/", colon);
  const end = slash < 0 ? text.length : slash;
  return text.substring(0, colon + 1) + normalAddress(text.substring(colon + 1, end)) + text.substring(end);
}
