/**
 * The form of a row in the table of contract functions. A row without an effect does not compile; calldata that fits none
 * of its forms is never guessed at.
 * @module
 */
import type { Fields } from "../calldata.ts";
import type { Effect } from "../effects.ts";

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

/** A row of a function that every contract declares alike. */
export function known(name: string, source: string, fields: Fields, effect: Effect): KnownFunction {
  return { name, source, forms: [{ fields, effect }] };
}
