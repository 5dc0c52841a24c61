/**
 * Proof that a value has come as far as a step: the step's own file makes the mark and keeps it, so that nobody else can set it,
 * and whoever goes on looks whether it is there. A copy has no mark, and neither has what came in a message.
 * @module
 */

declare const stage: unique symbol;

/** A value that has reached the stage `Name`, in its type. */
export type Reached<Name extends string> = { readonly [stage]: Name };
/** A value without what its type says of its stage: from which the next stage is made. */
export type Unmarked<Value> = Value extends unknown ? Omit<Value, typeof stage> : never;

/** The mark of one stage. What is exported of it should be `assertMarked` alone. */
export interface Mark<Value extends object> {
  /** The very same object, with the mark. */
  readonly set: (value: Unmarked<Value>) => Value;
  /** @throws Error unless this very object was given the mark: a bug, since the types allow nothing else */
  readonly assert: (value: Value) => void;
}

export function markOf<Value extends object>(name: string): Mark<Value> {
  const marked = new WeakSet();
  const isMarked = (value: Unmarked<Value> | Value): value is Value => marked.has(value);
  return {
    set(value) {
      marked.add(value);
      if (isMarked(value)) return value;
      throw new Error("a mark is lost");
    },
    assert(value) {
      if (!isMarked(value)) throw new Error(`a request has not been ${name}; nothing was done with it`);
    },
  };
}
