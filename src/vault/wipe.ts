/** Wiping of secret buffers. Call it in `finally`: strings, BigInts and copies by the collector cannot be wiped. */

/** Overwrites each buffer with zeros; undefined and null are skipped. */
export function wipe(...buffers: readonly (Uint8Array | undefined | null)[]): void {
  for (const buffer of buffers) buffer?.fill(0);
}
