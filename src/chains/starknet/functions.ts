/**
 * The functions whose effects are known, by selector. A selector names a shape, not a contract: policies that rely on
 * these effects also look at the contract, in `calls[].to`, `control[].of` or the asset.
 * @module
 */
import { starknetKeccak } from "./felts.ts";
import { ACCOUNT_FUNCTIONS } from "./functions/accounts.ts";
import { CONTRACT_FUNCTIONS } from "./functions/contracts.ts";
import type { KnownFunction } from "./functions/row.ts";
import { TOKEN_FUNCTIONS } from "./functions/tokens.ts";

export const FUNCTIONS: readonly KnownFunction[] = [
  ...TOKEN_FUNCTIONS,
  ...CONTRACT_FUNCTIONS,
  ...ACCOUNT_FUNCTIONS,
];

const BY_SELECTOR: ReadonlyMap<bigint, KnownFunction> = new Map(
  FUNCTIONS.map((known) => [starknetKeccak(known.name), known]),
);

/** @param selector starknet_keccak of the name */
export function knownFunction(selector: bigint): KnownFunction | undefined {
  return BY_SELECTOR.get(selector);
}
