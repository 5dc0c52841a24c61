/** RFC 8785 canonical JSON. The same value always gives the same text, so that a receipt can have its hash. */

export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json | undefined };

/** The value of JSON text. @throws SyntaxError */
export function parseJson(text: string): Json {
  // The one annotation that is true of whatever JSON.parse answers.
  const value: Json = JSON.parse(text);
  return value;
}

/** Canonical text of `value`: names sorted by UTF-16 code units, no white space; undefined members are left out. */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value !== "object") return scalar(value);
  if (isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  let text = "{";
  for (const name of Object.keys(value).toSorted()) {
    const member = value[name];
    if (member === undefined) continue;
    text += `${text.length > 1 ? "," : ""}${scalar(name)}:${canonicalJson(member)}`;
  }
  return `${text}}`;
}

function scalar(value: null | boolean | number | string): string {
  if (typeof value === "number" && !Number.isFinite(value))
    throw new TypeError("JSON has no NaN and no Infinity");
  if (typeof value === "string" && !value.isWellFormed()) throw new TypeError("text has a lone surrogate");
  return JSON.stringify(value);
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
