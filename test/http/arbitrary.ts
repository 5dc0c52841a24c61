/** Random bodies: from a JSON schema, and near-valid ones by changing a valid body in one or more places. */
import fc, { type Arbitrary } from "fast-check";

/** Stands in every text that is made up here: an error that shows it has echoed a payload. */
export const MARKER = "MARKER";

const LONG = 20_000;

/** Values of every kind that readers get wrong. */
export const junk: Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -0,
    -1,
    0.1,
    1e21,
    1e308,
    2 ** 31,
    2 ** 53,
    Number.MAX_SAFE_INTEGER,
    "",
    " ",
    "0",
    "-1",
    "00",
    "0x",
    "0x0",
    "0xg",
    `0x${"f".repeat(64)}`,
    `0x${"0".repeat(64)}`,
    `0x${"f".repeat(65)}`,
    "1".repeat(78),
    "9".repeat(400),
    `${MARKER}\ud800`,
    `\udc00${MARKER}`,
    `${MARKER}\u0000`,
    `${MARKER}\u202e`,
    MARKER.repeat(LONG / MARKER.length),
    [],
    {},
    [[]],
    [null],
    { __proto__: null, toString: 1 },
  ),
  fc.string({ unit: "binary", maxLength: 20 }).map((text) => `${MARKER}${text}`),
  fc.bigInt({ min: -(2n ** 260n), max: 2n ** 260n }).map(String),
  fc.uint8Array({ maxLength: 100 }).map((bytes) => `0x${Buffer.from(bytes).toString("hex")}`),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString("base64")),
  fc.integer(),
  fc.double(),
  fc.integer({ min: 1, max: 60 }).map((levels) => nested(levels)),
);

function nested(levels: number): unknown {
  let value: unknown = MARKER;
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

type Path = readonly (string | number)[];

/** Paths of all values in `value`, itself included. */
function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  return [
    path,
    ...Object.entries(value).flatMap(([name, member]) =>
      pathsOf(member, [...path, Array.isArray(value) ? Number(name) : name]),
    ),
  ];
}

type Change = (value: unknown) => unknown;

/** `value` with `change` applied at `path`; a change to undefined takes the member away. */
function changed(value: any, path: Path, change: Change): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return change(value);
  const inner = changed(value[step], rest, change);
  if (Array.isArray(value)) {
    return inner === undefined ? value.toSpliced(Number(step), 1) : value.with(Number(step), inner);
  }
  const { [step]: _old, ...others } = value;
  return inner === undefined ? others : { ...others, [step]: inner };
}

function flipped(text: string, position: number, character: string): string {
  if (text.length === 0) return character;
  const index = position % text.length;
  return text.slice(0, index) + character + text.slice(index + 1);
}

/** One change: another value, nothing, one more member, one more item, one other character, one number more. */
const change: Arbitrary<Change> = fc.oneof(
  junk.map(
    (value): Change =>
      () =>
        value,
  ),
  fc.constant<Change>(() => undefined),
  fc.tuple(fc.constantFrom("extra", "constructor", "__proto", "type", "", "a/b", "toString"), junk).map(
    ([name, value]): Change =>
      (old) =>
        typeof old === "object" && old !== null && !Array.isArray(old) ? { ...old, [name]: value } : old,
  ),
  junk.map(
    (value): Change =>
      (old) =>
        Array.isArray(old) ? [...old, value] : old,
  ),
  fc.constant<Change>((old) => (Array.isArray(old) ? [...old, ...old] : old)),
  fc.tuple(fc.nat(10_000), fc.constantFrom("0", "1", "f", "A", "=", "/", "\ud800", "é", " ", "-")).map(
    ([position, character]): Change =>
      (old) =>
        typeof old === "string" ? flipped(old, position, character) : old,
  ),
  fc.integer({ min: -2, max: 2 }).map(
    (step): Change =>
      (old) =>
        typeof old === "number" ? old + step : typeof old === "string" ? `${old}${step}` : old,
  ),
);

/** `seed` with one to three changes at random places. */
export function nearly(seed: unknown): Arbitrary<unknown> {
  const step = fc.tuple(fc.nat(1_000_000), change);
  return fc.array(step, { minLength: 1, maxLength: 3 }).map((changes) => {
    let value: unknown = seed;
    for (const [place, apply] of changes) {
      const paths = pathsOf(value);
      value = changed(value, paths[place % paths.length] ?? [], apply);
    }
    return value;
  });
}

/** Values that pass `schema`, mostly; `components` are what its references mean. */
export function fromSchema(schema: any, components: Readonly<Record<string, any>>): Arbitrary<unknown> {
  if (typeof schema.$ref === "string") {
    return fromSchema(components[schema.$ref.split("/").at(-1) ?? ""], components);
  }
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices !== undefined) return fc.oneof(...choices.map((choice: any) => fromSchema(choice, components)));
  switch (schema.type) {
    case "object":
      return objectFrom(schema, components);
    case "array": {
      const maxLength = Math.min(schema.maxItems ?? 3, Math.max(3, schema.minItems ?? 0));
      return fc.array(fromSchema(schema.items, components), { minLength: schema.minItems ?? 0, maxLength });
    }
    case "string":
      return textFrom(schema);
    case "integer":
      return fc.integer({
        min: Math.max(schema.minimum ?? -10, -(2 ** 31)),
        max: Math.min(schema.maximum ?? 100, 2 ** 31 - 1),
      });
    case "number":
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    default:
      return fc.jsonValue({ maxDepth: 3 });
  }
}

function textFrom(schema: any): Arbitrary<string> {
  const text =
    schema.pattern === undefined
      ? fc.string({ unit: "grapheme", maxLength: 30 }).map((tail) => `${MARKER}${tail}`)
      : fc.stringMatching(new RegExp(schema.pattern), { size: "small" });
  return text.map((whole) => whole.slice(0, schema.maxLength ?? whole.length));
}

function objectFrom(schema: any, components: Readonly<Record<string, any>>): Arbitrary<unknown> {
  const properties = Object.entries<any>(schema.properties ?? {});
  const values = schema.additionalProperties === true ? {} : (schema.additionalProperties ?? null);
  const patterns = Object.values<any>(schema.patternProperties ?? {});
  if (properties.length === 0) {
    const member = patterns[0] ?? (typeof values === "object" ? values : {}) ?? {};
    return fc.dictionary(fc.string({ maxLength: 8 }), fromSchema(member, components), { maxKeys: 3 });
  }
  return fc.record(
    Object.fromEntries(properties.map(([name, property]) => [name, fromSchema(property, components)])),
    { requiredKeys: schema.required ?? [] },
  );
}
