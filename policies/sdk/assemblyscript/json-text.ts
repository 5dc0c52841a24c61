/**
 * JSON text in memory: where a value ends, and what a string says. Eight bytes are looked at together where that is
 * possible: an input has a quarter of a million of them, and each instruction costs fuel.
 */

const QUOTE: u8 = 0x22;
const BACKSLASH: u8 = 0x5c;
const ONES: u64 = 0x0101010101010101;
const HIGH_BITS: u64 = 0x8080808080808080;
const DEPTH_MAX = 128;

/** The first place from `at` on that is not white space; traps at the end of the text. */
export function pastSpace(at: usize, stop: usize): usize {
  if (at < stop && load<u8>(at) > 0x20) return at;
  const place = afterSpace(at, stop);
  if (place == stop) unreachable();
  return place;
}

/** The same, or the end of the text. */
export function afterSpace(at: usize, stop: usize): usize {
  while (at < stop) {
    const byte = load<u8>(at);
    if (byte > 0x20) return at;
    if (byte != 0x20 && byte != 0x0a && byte != 0x0d && byte != 0x09) unreachable();
    at++;
  }
  return stop;
}

/** The place of the closing quote; `at` is behind the opening one. */
export function stringEnd(at: usize, stop: usize): usize {
  while (at + 8 <= stop) {
    const word = load<u64>(at);
    // A byte that is zero now was a quote, or a backslash.
    const quote = word ^ 0x2222222222222222;
    const escape = word ^ 0x5c5c5c5c5c5c5c5c;
    const found = (((quote - ONES) & ~quote) | ((escape - ONES) & ~escape)) & HIGH_BITS;
    if (found == 0) {
      at += 8;
      continue;
    }
    at += usize(ctz(found) >> 3);
    if (load<u8>(at) == QUOTE) return at;
    at += 2;
  }
  while (at < stop) {
    const byte = load<u8>(at);
    if (byte == QUOTE) return at;
    at += byte == BACKSLASH ? 2 : 1;
  }
  return unreachable();
}

/**
 * The place behind the array or object that `at` is in, outside of any string and of what is nested in it. What is
 * passed over is not checked.
 */
export function containerEnd(at: usize, stop: usize): usize {
  let depth = 1;
  while (at < stop) {
    const byte = load<u8>(at++);
    if (byte == QUOTE) {
      at = stringEnd(at, stop) + 1;
    } else if (byte >= 0x5b) {
      // Brackets and braces differ in one bit.
      const bracket = byte | 0x20;
      if (bracket == 0x7b) {
        if (++depth > DEPTH_MAX) unreachable();
      } else if (bracket == 0x7d && --depth == 0) return at;
    }
  }
  return unreachable();
}

/** The place behind the number that begins at `at`. */
export function numberEnd(at: usize, stop: usize): usize {
  const start = at;
  while (at < stop && isNumberByte(load<u8>(at))) at++;
  if (at == start) unreachable();
  return at;
}

/** `+ - . 0-9 E e` */
function isNumberByte(byte: u8): bool {
  if (byte >= 0x30 && byte <= 0x39) return true;
  return byte == 0x2d || byte == 0x2b || byte == 0x2e || (byte | 0x20) == 0x65;
}

/** True where the `length` bytes at `at` are `text`, all of it printable ASCII without a backslash. */
export function isPlainText(at: usize, length: i32, text: string): bool {
  if (length != text.length) return false;
  const units = changetype<usize>(text);
  let index: usize = 0;
  for (; index + 4 <= usize(length); index += 4) {
    const four = load<u32>(at + index);
    if (load<u64>(units + (index << 1)) != widened(four) || !isPlain(four)) return false;
  }
  for (; index < usize(length); index++) {
    const byte = load<u8>(at + index);
    if (load<u16>(units + (index << 1)) != byte || byte > 0x7e || byte == BACKSLASH) return false;
  }
  return true;
}

/** The text between two quotes. Written straight into one string: joining pieces would cost their square. */
export function textOf(start: usize, end: usize): string {
  // No form of UTF-8 or escape gives more units than it has bytes.
  const text = __new((end - start) << 1, idof<string>());
  let at = start;
  let to = text;
  while (at < end) {
    if (at + 8 <= end) {
      const low = load<u32>(at);
      const high = load<u32>(at + 4);
      if (isPlain(low) && isPlain(high)) {
        store<u64>(to, widened(low));
        store<u64>(to + 8, widened(high));
        at += 8;
        to += 16;
        continue;
      }
    }
    const byte = load<u8>(at);
    if (byte < 0x80 && byte != BACKSLASH) {
      if (byte < 0x20) unreachable();
      store<u16>(to, byte);
      at++;
      to += 2;
    } else if (byte == BACKSLASH) {
      store<u16>(to, escaped(at, end));
      at += load<u8>(at + 1) == 0x75 ? 6 : 2;
      to += 2;
    } else {
      const length = sequenceLength(byte);
      if (at + length > end) unreachable();
      to = storeCodePoint(to, codePoint(at, length));
      at += length;
    }
  }
  const size = to - text;
  return changetype<string>(size == (end - start) << 1 ? text : __renew(text, size));
}

/** True where all four bytes are printable ASCII and none is a backslash; may be false for others beside a rare one. */
function isPlain(four: u32): bool {
  return ((four | (four - 0x20202020) | ((four ^ 0x5c5c5c5c) - 0x01010101)) & 0x80808080) == 0;
}

/** Four bytes as four units of UTF-16. */
function widened(four: u32): u64 {
  const pairs = (u64(four) | (u64(four) << 16)) & 0x0000ffff0000ffff;
  return (pairs | (pairs << 8)) & 0x00ff00ff00ff00ff;
}

function sequenceLength(first: u8): usize {
  if (first >= 0xf0) return 4;
  if (first >= 0xe0) return 3;
  if (first < 0xc0) unreachable();
  return 2;
}

function codePoint(at: usize, length: usize): u32 {
  let point: u32 = load<u8>(at) & ((<u32>0x7f) >> u32(length));
  for (let index: usize = 1; index < length; index++) point = (point << 6) | (load<u8>(at + index) & 0x3f);
  return point;
}

/** Returns the place behind the one or two units of `point`. */
function storeCodePoint(to: usize, point: u32): usize {
  if (point < 0x10000) {
    store<u16>(to, point);
    return to + 2;
  }
  store<u16>(to, 0xd800 + ((point - 0x10000) >> 10));
  store<u16>(to + 2, 0xdc00 + ((point - 0x10000) & 0x3ff));
  return to + 4;
}

/** The unit that the escape at `at`, a backslash, stands for. */
function escaped(at: usize, end: usize): u16 {
  if (at + 1 >= end) unreachable();
  const byte = load<u8>(at + 1);
  if (byte == 0x22 || byte == 0x5c || byte == 0x2f) return byte;
  if (byte == 0x62) return 8;
  if (byte == 0x66) return 12;
  if (byte == 0x6e) return 10;
  if (byte == 0x72) return 13;
  if (byte == 0x74) return 9;
  if (byte != 0x75 || at + 6 > end) unreachable();
  let unit: u16 = 0;
  for (let digit: usize = 2; digit < 6; digit++) unit = (unit << 4) | hexValue(load<u8>(at + digit));
  return unit;
}

function hexValue(byte: u8): u8 {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  if (lower < 0x61 || lower > 0x66) unreachable();
  return lower - 0x57;
}
