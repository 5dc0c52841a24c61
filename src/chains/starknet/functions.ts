/**
 * The functions whose effects are known, by selector. A selector names a shape, not a contract: policies that rely on
 * these effects also look at the contract, in `calls[].to`, `control[].of` or the asset.
 * @module
 */
import { ACCOUNT_FUNCTIONS } from "./account-functions.ts";
import type { Fields } from "./calldata.ts";
import { CONTRACT_FUNCTIONS } from "./contract-functions.ts";
import type { Effect } from "./effects.ts";
import { starknetKeccak } from "./felts.ts";
import { TOKEN_FUNCTIONS } from "./token-functions.ts";

/** One declaration that a name is known with. */
export interface Form {
  readonly fields: Fields;
  readonly effect: Effect;
}

export interface KnownFunction {
  readonly name: string;
  /** Project, file and version that declare it. */
  readonly source: string;
  /** Different contracts declare one name differently; calldata must fit exactly one of these. */
  readonly forms: readonly [Form, ...Form[]];
  /** True where other calldata is refused: nobody calls these names with anything else on purpose. */
  readonly strict?: boolean;
}

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
