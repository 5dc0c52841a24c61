/**
 * The form of a row in a table of contract functions. A row without an effect does not compile, and one whose effect states
 * nothing at run time makes the intent opaque: a forgotten effect is never "harmless".
 * @module
 */
import { parseParameters, typeName, type AbiParameter } from "../abi.ts";
import type { CallSite, Effects } from "../effects.ts";
import type { Values } from "../values.ts";

/** States what one call does, and returns the calls that it makes in turn, if any. */
export type Effect = (effects: Effects, site: CallSite, args: Values) => readonly CallSite[] | void;

/** Where a function is what it suggests: any contract may answer to a selector, so few rows hold everywhere. */
export interface RowOptions {
  /** True where the inner calls say all that the arguments say: repeating their bytes would only fill the intent. */
  readonly transparent?: boolean;
}

/** Selector, name, parameters with their names, effect. */
export type Row = readonly [
  selector: `0x${string}`,
  name: string,
  parameters: string,
  effect: Effect,
  options?: RowOptions,
];

export interface KnownFunction {
  /** `transfer(address,uint256)`: the form that the selector hashes. */
  readonly signature: string;
  readonly parameters: readonly AbiParameter[];
  readonly effect: Effect;
  readonly transparent: boolean;
}

export type FunctionTable = ReadonlyMap<string, KnownFunction>;

/** The rows by selector. @throws TypeError for a selector that comes twice */
export function tableOf(...families: readonly (readonly Row[])[]): FunctionTable {
  const table = new Map<string, KnownFunction>();
  for (const [selector, name, parameterText, effect, options] of families.flat()) {
    if (table.has(selector)) throw new TypeError(`the function table has ${selector} twice`);
    const parameters = parseParameters(parameterText);
    const signature = `${name}(${parameters.map((parameter) => typeName(parameter.type)).join(",")})`;
    table.set(selector, { signature, parameters, effect, transparent: options?.transparent ?? false });
  }
  return table;
}

/**
 * The effect of a function that moves nothing and changes nobody's control, with the reason. It holds at known places only:
 * anywhere else such a call is opaque (`unknownContract`).
 */
export function nothing(because: string): Effect {
  return (effects) => effects.nothing(because);
}
