/** How a fact is followed through a row that an act has left: it is known afterwards, or it must be read again. */
import type { FactKinds, FactName } from "./facts.ts";
import type { Row } from "./rows.ts";

/** It must be read again. */
export const UNKNOWN: unique symbol = Symbol("unknown");
export type Unknown = typeof UNKNOWN;

export type Follow<Kind extends FactName> = (
  is: FactKinds[Kind]["is"],
  at: FactKinds[Kind]["at"],
  row: Row,
) => FactKinds[Kind]["is"] | Unknown;
export type Follows<Kinds extends FactName> = { readonly [Kind in Kinds]: Follow<Kind> };
