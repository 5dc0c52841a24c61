/**
 * The checksum of output descriptors (BIP-380): eight characters after `#` that catch any typing error of a few characters.
 * It does not prove who wrote the descriptor.
 * @module
 */

/** The characters that a descriptor may have, in the order that gives them their values. */
const INPUT = `0123456789()[],'/*abcdefgh@:$%{}IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~ijklmnopqrstuvwxyzABCDEFGH\`#"\\ `;
const OUTPUT = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const GENERATOR = [0xf5dee51989n, 0xa9fdca3312n, 0x1bab10e32dn, 0x3706b1677an, 0x644d626ffdn] as const;

/**
 * The checksum of a descriptor without `#…`.
 * @returns 8 characters, or undefined where a descriptor may not have a character
 */
export function descriptorChecksum(descriptor: string): string | undefined {
  let checksum = 1n;
  let group = 0;
  let count = 0;
  for (const character of descriptor) {
    const value = INPUT.indexOf(character);
    if (value < 0) return undefined;
    checksum = step(checksum, value & 31);
    group = group * 3 + (value >> 5);
    count += 1;
    if (count === 3) {
      checksum = step(checksum, group);
      group = 0;
      count = 0;
    }
  }
  if (count > 0) checksum = step(checksum, group);
  for (let round = 0; round < 8; round += 1) checksum = step(checksum, 0);
  checksum ^= 1n;
  let text = "";
  for (let position = 7n; position >= 0n; position -= 1n) {
    text += OUTPUT[Number((checksum >> (5n * position)) & 31n)] ?? "";
  }
  return text;
}

/** `descriptor#checksum`. Throws for a character outside of the descriptor's alphabet. */
export function withChecksum(descriptor: string): string {
  const checksum = descriptorChecksum(descriptor);
  if (checksum === undefined) throw new Error("descriptor has a character that it may not have");
  return `${descriptor}#${checksum}`;
}

function step(checksum: bigint, value: number): bigint {
  const top = checksum >> 35n;
  let next = ((checksum & 0x7ffffffffn) << 5n) ^ BigInt(value);
  for (const [bit, generator] of GENERATOR.entries()) {
    if (((top >> BigInt(bit)) & 1n) === 1n) next ^= generator;
  }
  return next;
}
