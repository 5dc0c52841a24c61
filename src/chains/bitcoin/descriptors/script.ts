/**
 * Scripts of descriptors: multisig and miniscript, in P2WSH and in taproot leaves. The library types, analyses and compiles
 * them; what it calls not sane (malleable, a branch without signature, mixed timelocks, a key twice) is refused.
 * @module
 */
import { compileMiniscript, satisfier } from "@bitcoinerlab/miniscript";
import { ripemd160 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { OP, Script } from "@scure/btc-signer/script.js";
import { hex } from "../scripts.ts";
import { malformed } from "./expression.ts";
import type { Expression } from "./expression.ts";

/** A script whose keys have names: `k0` is the descriptor's first key. */
export interface ScriptTemplate {
  readonly tapscript: boolean;
  /** Miniscript over the names. Of sortedmulti, in the order that is written; `sorted` then orders them anew. */
  readonly miniscript: string;
  /** sortedmulti and sortedmulti_a: keys are in the order of their derived bytes. */
  readonly sorted: { readonly threshold: string; readonly names: readonly string[] } | undefined;
  /** A multisig and nothing else: how many signatures it takes. */
  readonly multisig: number | undefined;
  /** Names of the keys in it, each once. */
  readonly names: readonly string[];
}

type Argument = "key" | "number" | "hash32" | "hash20" | "script";

interface Fragment {
  readonly args: readonly Argument[];
  /** The last argument may be repeated. */
  readonly more?: true;
}

const SCRIPT_PAIR: Fragment = { args: ["script", "script"] };
const FRAGMENTS: Readonly<Record<string, Fragment>> = {
  pk: { args: ["key"] },
  pkh: { args: ["key"] },
  pk_k: { args: ["key"] },
  pk_h: { args: ["key"] },
  older: { args: ["number"] },
  after: { args: ["number"] },
  sha256: { args: ["hash32"] },
  hash256: { args: ["hash32"] },
  ripemd160: { args: ["hash20"] },
  hash160: { args: ["hash20"] },
  andor: { args: ["script", "script", "script"] },
  and_v: SCRIPT_PAIR,
  and_b: SCRIPT_PAIR,
  and_n: SCRIPT_PAIR,
  or_b: SCRIPT_PAIR,
  or_c: SCRIPT_PAIR,
  or_d: SCRIPT_PAIR,
  or_i: SCRIPT_PAIR,
  thresh: { args: ["number", "script"], more: true },
  multi: { args: ["number", "key"], more: true },
  multi_a: { args: ["number", "key"], more: true },
};

const PATTERNS: Readonly<Record<Exclude<Argument, "key" | "script">, readonly [RegExp, string]>> = {
  number: [/^[1-9][0-9]{0,9}$/, "a number from 1 without leading zeros"],
  hash32: [/^[0-9a-f]{64}$/, "32 bytes in lowercase hex"],
  hash20: [/^[0-9a-f]{40}$/, "20 bytes in lowercase hex"],
};

/** CHECKMULTISIG's own limit. */
const MULTISIG_KEYS_MAX = 20;
/** Policy of nodes for P2WSH: bytes of script, items of the witness beside it; and the consensus limit of operations. */
const WITNESS_SCRIPT_MAX = 3600;
const WITNESS_ITEMS_MAX = 100;
const OPERATIONS_MAX = 201;

/**
 * Reads a script. `nameOf` gives the name of a key expression.
 * @throws SignerError `request.malformed`
 */
export function readScript(
  expression: Expression,
  tapscript: boolean,
  nameOf: (key: string) => string,
): ScriptTemplate {
  const names = new Set<string>();
  const named = (key: string): string => {
    const name = nameOf(key);
    names.add(name);
    return name;
  };
  const sorted = readSorted(expression, tapscript, named);
  const miniscript = sorted === undefined ? write(expression, named) : multisigText(sorted, tapscript);
  const multisig = /^multi(?:_a)?\(([0-9]+),/.exec(miniscript)?.[1];
  const template = {
    tapscript,
    miniscript,
    sorted,
    multisig: multisig === undefined ? undefined : Number(multisig),
    names: [...names],
  };
  assertSane(template);
  return template;
}

function readSorted(
  expression: Expression,
  tapscript: boolean,
  named: (key: string) => string,
): ScriptTemplate["sorted"] {
  const name = tapscript ? "sortedmulti_a" : "sortedmulti";
  if (expression.kind !== "call" || expression.name !== name) return undefined;
  const [threshold, ...keys] = readArguments(expression, FRAGMENTS["multi"] ?? SCRIPT_PAIR, named);
  return { threshold: threshold ?? "", names: keys };
}

function multisigText(
  { threshold, names }: NonNullable<ScriptTemplate["sorted"]>,
  tapscript: boolean,
): string {
  return `${tapscript ? "multi_a" : "multi"}(${[threshold, ...names].join(",")})`;
}

function write(expression: Expression, named: (key: string) => string): string {
  if (expression.kind === "branch")
    throw malformed("has braces where a script must be; trees belong to tr(key,…)");
  if (expression.kind === "word") return writeWord(expression.text);
  const [, wrappers = "", name = ""] = /^((?:[a-z]+:)?)([a-z0-9_]+)$/.exec(expression.name) ?? [];
  const fragment = Object.hasOwn(FRAGMENTS, name) ? FRAGMENTS[name] : undefined;
  if (fragment === undefined) throw unknownFunction(name);
  assertWrappers(wrappers);
  return `${wrappers}${name}(${readArguments(expression, fragment, named).join(",")})`;
}

/** 0 and 1, which are scripts without arguments. */
function writeWord(text: string): string {
  if (!/^(?:[a-z]+:)?[01]$/.test(text)) throw malformed("has a word where a script must be");
  if (text.length > 1) assertWrappers(text.slice(0, -1));
  return text;
}

function assertWrappers(wrappers: string): void {
  if (!/^(?:[asctdvjnlu]+:)?$/.test(wrappers))
    throw malformed("has a wrapper that miniscript does not know; leave it out");
}

function unknownFunction(name: string): Error {
  const sorted = name.startsWith("sortedmulti");
  return malformed(
    sorted
      ? "has sortedmulti inside another script, or sortedmulti_a outside of tr(); it must be the whole script"
      : `has a function that must be one of ${Object.keys(FRAGMENTS).join(", ")}, sortedmulti, sortedmulti_a`,
  );
}

function readArguments(
  { name, args }: Extract<Expression, { readonly kind: "call" }>,
  fragment: Fragment,
  named: (key: string) => string,
): readonly string[] {
  const count = fragment.args.length;
  if (fragment.more === true ? args.length < count : args.length !== count) {
    const known = name.replace(/^.*:/, "");
    throw malformed(
      `has ${known} with ${args.length} arguments; it must have ${count}${fragment.more === true ? " or more" : ""}`,
    );
  }
  const keys = fragment.args.includes("key") ? args.length - 1 : 0;
  if (keys > MULTISIG_KEYS_MAX)
    throw malformed(`has a multisig of ${keys} keys; at most ${MULTISIG_KEYS_MAX} are signed for`);
  return args.map((argument, position) => {
    const kind = fragment.args[Math.min(position, count - 1)] ?? "script";
    if (kind === "script") return write(argument, named);
    if (argument.kind !== "word") throw malformed("has a function where a key, number or hash must be");
    if (kind === "key") return named(argument.text);
    const [pattern, rule] = PATTERNS[kind];
    if (!pattern.test(argument.text)) throw malformed(`has an argument that must be ${rule}`);
    return argument.text;
  });
}

function assertSane(template: ScriptTemplate): void {
  const { miniscript, tapscript, names } = template;
  const { issane, error } = analysed(miniscript, tapscript);
  if (!issane) {
    const reason = (error ?? "unknown").replace(/^sane: /, "").replace(/\.$/, "");
    throw malformed(
      `has a script that is not sane miniscript (${reason}); nobody could rely on how it is ` +
        `spent. Let a compiler of policies write it`,
    );
  }
  // Any keys: sizes do not depend on them.
  const keys = new Map(names.map((name, index) => [name, exampleKey(index, tapscript)]));
  const script = scriptOf(template, keys);
  if (!tapscript) assertWitnessLimits(script, template);
  if (template.multisig === undefined) assertSatisfiable(template);
}

function analysed(miniscript: string, tapscript: boolean): { issane: boolean; error: string | null } {
  try {
    return compileMiniscript(miniscript, { tapscript });
  } catch {
    return { issane: false, error: "it cannot be typed" };
  }
}

function exampleKey(index: number, tapscript: boolean): Uint8Array {
  const key = new Uint8Array(tapscript ? 32 : 33).fill(2);
  key[key.length - 1] = index;
  return key;
}

function assertWitnessLimits(script: Uint8Array, { names }: ScriptTemplate): void {
  const codes = Script.decode(script);
  const operations = codes.filter((code) => typeof code === "string" && OP[code] > OP.OP_16).length;
  // CHECKMULTISIG counts each of its keys.
  if (script.length > WITNESS_SCRIPT_MAX || operations + names.length > OPERATIONS_MAX) {
    throw malformed(
      `has a script of ${script.length} bytes and ${operations + names.length} operations; nodes take at most ` +
        `${WITNESS_SCRIPT_MAX} and ${OPERATIONS_MAX}`,
    );
  }
}

/** Every way to spend it must be computed when it is spent, and be small enough for nodes. */
function assertSatisfiable({ miniscript, tapscript }: ScriptTemplate): void {
  let ways;
  try {
    ways = satisfier(miniscript, { tapscript }).nonMalleableSats;
  } catch {
    throw malformed("has a script with more than 1000 ways to be spent; use fewer keys or a plain multisig");
  }
  if (ways.length === 0)
    throw malformed(
      "has a script that nobody can spend without malleability; use a policy compiler to write it",
    );
  if (!tapscript && ways.some(({ asm }) => asm.split(" ").length > WITNESS_ITEMS_MAX)) {
    throw malformed(`has a script whose witness needs more than ${WITNESS_ITEMS_MAX} items`);
  }
}

/** The miniscript in the order of the derived keys. */
export function miniscriptOf(
  { miniscript, sorted, tapscript }: ScriptTemplate,
  keys: ReadonlyMap<string, Uint8Array>,
): string {
  if (sorted === undefined) return miniscript;
  const text = (name: string): string => hex(keyOf(keys, name));
  const names = sorted.names.toSorted((a, b) => (text(a) < text(b) ? -1 : 1));
  return multisigText({ ...sorted, names }, tapscript);
}

/**
 * The script's bytes.
 * @param keys bytes of each named key: 33 in P2WSH, 32 in tapscript
 */
export function scriptOf(template: ScriptTemplate, keys: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const { asm } = compileMiniscript(miniscriptOf(template, keys), { tapscript: template.tapscript });
  return Script.encode(asm.split(" ").map((token) => codeOf(token, keys)));
}

type ScriptCode = Parameters<typeof Script.encode>[0][number];

function codeOf(token: string, keys: ReadonlyMap<string, Uint8Array>): ScriptCode {
  const pushed = /^<(.*)>$/.exec(token)?.[1];
  if (pushed === undefined) return /^[0-9]+$/.test(token) ? Number(token) : operation(token);
  const hashed = /^HASH160\((.*)\)$/.exec(pushed)?.[1];
  if (hashed !== undefined) return ripemd160(sha256(keyOf(keys, hashed)));
  return pushed.startsWith("k") ? keyOf(keys, pushed) : new Uint8Array(Buffer.from(pushed, "hex"));
}

function operation(token: string): ScriptCode {
  const name = token.replace(/^OP_/, "");
  if (!isOperation(name)) throw new Error(`the compiler names an unknown operation`);
  return name;
}

function isOperation(name: string): name is keyof typeof OP {
  return Object.hasOwn(OP, name);
}

export function keyOf(keys: ReadonlyMap<string, Uint8Array>, name: string): Uint8Array {
  const key = keys.get(name);
  if (key === undefined) throw new Error(`script names an unknown key`);
  return key;
}
