/** Modules byte by byte, for what no assembler would write. */

/** Shortest unsigned LEB128. */
export function leb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return [...bytes, rest];
}

/** Signed LEB128 of a number that is not negative: one more bit than the unsigned form. */
export function signedLeb(value: number): number[] {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...signedLeb(value >> 7)];
}

export function section(id: number, content: readonly number[]): number[] {
  return [id, ...leb(content.length), ...content];
}

export function vector(elements: readonly (readonly number[])[]): number[] {
  return [...leb(elements.length), ...elements.flat()];
}

export function name(text: string): number[] {
  const bytes = [...new TextEncoder().encode(text)];
  return [...leb(bytes.length), ...bytes];
}

export function module(...sections: readonly (readonly number[])[]): Uint8Array {
  return new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections.flat()]);
}

/** A module with one exported function f: () -> () of this code, without its last `end`. */
export function withCode(
  code: readonly number[],
  localGroups: readonly (readonly number[])[] = [],
): Uint8Array {
  const body = [...vector(localGroups), ...code, 0x0b];
  return module(
    section(1, vector([[0x60, 0, 0]])),
    section(3, vector([[0]])),
    section(7, vector([[...name("f"), 0, 0]])),
    section(10, vector([[...leb(body.length), ...body]])),
  );
}
