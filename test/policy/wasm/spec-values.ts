/**
 * Values of the WebAssembly test suite. JavaScript numbers lose NaN bits, so floats pass through an adapter module that
 * turns them into integers inside WebAssembly.
 */
import { wat } from "./wat.ts";

export interface SpecValue {
  readonly type: string;
  readonly value?: string;
}

const BITS: ReadonlyMap<string, string> = new Map([
  ["f32", "i32"],
  ["f64", "i64"],
]);

/** The types in `(i32, f32) -> (f64)`. */
export function signature(text: string): { parameters: string[]; results: string[] } {
  const [parameters, results] = text
    .split(" -> ")
    .map((side) => side.slice(1, -1).split(", ").filter(Boolean));
  return { parameters: parameters ?? [], results: results ?? [] };
}

function bitsType(kind: string): string {
  return BITS.get(kind) ?? kind;
}

const adapters = new Map<string, WebAssembly.Module>();

/** `callable` with every float parameter and result replaced by its bits; unchanged if its type has none. */
export function onBits(callable: unknown, type: string): unknown {
  if (!type.includes("f32") && !type.includes("f64")) return callable;
  const module = adapters.get(type) ?? new WebAssembly.Module(adapter(type));
  adapters.set(type, module);
  return new WebAssembly.Instance(module, { a: { f: callable } }).exports["f"];
}

function adapter(type: string): Uint8Array {
  const { parameters, results } = signature(type);
  const inward = parameters.map((kind, index) => {
    return `local.get ${index} ${BITS.has(kind) ? `${kind}.reinterpret_${bitsType(kind)}` : ""}`;
  });
  const locals = results.map((kind) => `(local ${kind})`).join(" ");
  const keep = results.map((_, index) => `local.set ${parameters.length + index}`).toReversed();
  const outward = results.map((kind, index) => {
    const get = `local.get ${parameters.length + index}`;
    return BITS.has(kind) ? `${get} ${bitsType(kind)}.reinterpret_${kind}` : get;
  });
  return wat(`(module
    (import "a" "f" (func $f ${parameters.map((kind) => `(param ${kind})`).join(" ")} ${results.map((kind) => `(result ${kind})`).join(" ")}))
    (func (export "f") ${parameters.map((kind) => `(param ${bitsType(kind)})`).join(" ")}
      ${results.map((kind) => `(result ${bitsType(kind)})`).join(" ")} ${locals}
      ${inward.join(" ")} call $f ${keep.join(" ")} ${outward.join(" ")}))`);
}

const externals = new Map<string, { id: string }>();

/** An argument as JavaScript passes it, floats as bits. */
export function argument({ type, value = "0" }: SpecValue): unknown {
  if (type === "externref" || type === "funcref") return value === "null" ? null : external(value);
  if (type === "i64" || type === "f64") return BigInt.asIntN(64, BigInt(value));
  return Number(BigInt.asIntN(32, BigInt(value)));
}

function external(id: string): { id: string } {
  const known = externals.get(id) ?? { id };
  externals.set(id, known);
  return known;
}

/** A call's results in comparable form: numbers as unsigned decimal bits, references by identity. */
export function resultTexts(result: unknown, types: readonly string[]): string[] {
  const values: unknown[] = types.length === 1 ? [result] : Array.isArray(result) ? result : [];
  return types.map((type, index) => valueText(values[index], type));
}

function valueText(value: unknown, type: string): string {
  if (typeof value === "number") return BigInt.asUintN(32, BigInt(value)).toString();
  if (typeof value === "bigint") return BigInt.asUintN(64, value).toString();
  if (value === null) return "null";
  for (const [id, known] of externals) if (known === value) return id;
  return type;
}

const CLASSES = {
  f32: { exponent: 0x7f80_0000n, quiet: 0x0040_0000n, fraction: 0x007f_ffffn },
  f64: { exponent: 0x7ff0_0000_0000_0000n, quiet: 0x0008_0000_0000_0000n, fraction: 0x000f_ffff_ffff_ffffn },
};

/** True when the bits in `actual` are what the suite expects, NaN classes included. */
export function meets(actual: string, expected: SpecValue): boolean {
  if (expected.value === undefined) return actual !== "null";
  if (!expected.value.startsWith("nan:")) return actual === expected.value;
  const { exponent, quiet, fraction } = expected.type === "f32" ? CLASSES.f32 : CLASSES.f64;
  const bits = BigInt(actual);
  const isNan = (bits & exponent) === exponent;
  return isNan && (expected.value === "nan:canonical" ? (bits & fraction) === quiet : (bits & quiet) !== 0n);
}
