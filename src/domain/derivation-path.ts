/** Derivation paths as people write them, in the one form in which they are stored: hardened levels end in an apostrophe. */

/**
 * `m/84h/0H/0'/0/7` as `m/84'/0'/0'/0/7`. Whatever else the text is stays as it is, for the chain to judge.
 */
export function canonicalPath(path: string): string {
  return path.replaceAll(/(?<=\/[0-9]+)[hH](?=\/|$)/g, "'");
}
