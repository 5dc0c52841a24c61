/** Strict reading of JSON objects and lists: every member is known, present and of its type, or the request is refused. */
import { invalid } from "../../domain/errors.ts";

export type Members = Readonly<Record<string, unknown>>;

/** True for a JSON object (not null, not a list). */
export function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Reads an object whose members are all in `required` or `optional`, with every `required` one present.
 * @param field JSON pointer of the object, for the message
 * @throws SignerError `transaction.invalid`
 */
export function readObject(
  value: unknown,
  field: string,
  required: readonly string[],
  optional: readonly string[] = [],
): Members {
  if (!isObject(value)) throw invalid(field, "must be an object");
  for (const name of required) {
    if (!Object.hasOwn(value, name)) throw invalid(`${field}/${pointer(name)}`, "is required");
  }
  for (const name of Object.keys(value)) {
    if (!required.includes(name) && !optional.includes(name)) {
      throw invalid(
        `${field}/${pointer(name)}`,
        `is not known here; known are ${[...required, ...optional].join(", ")}`,
      );
    }
  }
  return value;
}

/** Own member `name`, or undefined: a name such as `constructor` must never reach the prototype. */
export function member(object: Members, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Reads a list of at most `lengthMax` items. @throws SignerError `transaction.invalid` */
export function readList(value: unknown, field: string, lengthMax: number): readonly unknown[] {
  if (!Array.isArray(value)) throw invalid(field, "must be a list");
  if (value.length > lengthMax) throw invalid(field, `must have at most ${lengthMax} items`);
  return value;
}

/** One JSON pointer segment (RFC 6901), cut so that a message cannot carry a payload. */
export function pointer(name: string): string {
  return name.slice(0, 64).replaceAll("~", "~0").replaceAll("/", "~1");
}
