/** Domain declarations and values that several documents share. */
import { shortString } from "./felts.ts";

/** SNIP-12 revision 1, the only declaration that it allows. */
export const REVISION_1 = [
  "name:shortstring,version:shortstring,chainId:shortstring,revision:shortstring",
] as const;
/** Revision 0, as SNIP-9 and most documents write it. */
export const REVISION_0 = ["name:felt,version:felt,chainId:felt"] as const;

/** A version that some write as a number and some as text. */
export function version(number: number): readonly bigint[] {
  return [BigInt(number), shortString(String(number))];
}

export function named(name: string): readonly bigint[] {
  return [shortString(name)];
}
