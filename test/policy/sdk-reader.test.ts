/** The SDK's JSON reader, in the sandbox, reads what JSON.parse reads: whatever stands in the text, in whatever order it is asked. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { main as compile } from "assemblyscript/asc";
import fc from "fast-check";
import { canonicalJson, type Json } from "../../src/domain/canonical.ts";
import { PolicySandbox } from "../../src/policy/sandbox.ts";

const POLICIES = join(import.meta.dirname, "../../policies");
const FUEL = 100_000_000;

/** Hashes (FNV-1a over UTF-16 units) all that it reads, and what stands at some paths, before or after that. */
const GUEST = `
import { Json, Input, allow, respond, respondToSettings } from "../sdk/assemblyscript/index";
export { policy_abi_v1, policy_alloc } from "../sdk/assemblyscript/index";
let hash: u64 = 0xcbf29ce484222325;
function put(unit: u32): void { hash = (hash ^ u64(unit)) * 0x100000001b3; }
function text(value: string): void { put(value.length); for (let i = 0; i < value.length; i++) put(value.charCodeAt(i)); }
function dump(value: Json): void {
  put(value.kind);
  if (value.isBoolean) put(value.boolean() ? 1 : 0);
  if (value.kind == 3) text(value.isInteger ? value.integer().toString() : "x");
  if (value.isString) text(value.string());
  let item = value.first;
  while (item != null) { if (value.isObject) text(item.name); dump(item); item = item.next; }
  put(value.length);
}
function lookups(document: Json, path: Json | null): void {
  while (path != null) {
    let found = document;
    let name = path.first;
    while (name != null) { found = found.get(name.string()); name = name.next; }
    dump(found);
    path = path.next;
  }
}
export function policy_evaluate(pointer: i32, length: i32): i64 { return respond(Input.read(pointer, length), allow()); }
export function policy_validate_settings(pointer: i32, length: i32): i64 {
  const settings = Json.read(pointer, length);
  if (settings.get("late").isTrue) dump(settings);
  lookups(settings.get("document"), settings.get("paths").first);
  dump(settings);
  return respondToSettings(hash.toString(16));
}`;

const sandbox = new PolicySandbox();
let digest = "";

before(async () => {
  const module = await compiled();
  ({ digest } = await sandbox.prepare(module));
});
after(() => sandbox.close());

async function compiled(): Promise<Uint8Array> {
  let module: Uint8Array | undefined;
  const flags = ["--runtime", "stub", "--use", "abort=sdk/assemblyscript/abi/trap"];
  const { error } = await compile(
    ["reader/guest.ts", "--baseDir", POLICIES, "--outFile", "guest.wasm", ...flags],
    {
      readFile: (file, baseDir) =>
        file === "reader/guest.ts" ? GUEST : readFile(join(baseDir, file), "utf8").catch(() => null),
      writeFile(file, contents) {
        if (file === "guest.wasm" && typeof contents !== "string") module = new Uint8Array(contents);
      },
      listFiles: () => [],
    },
  );
  assert.equal(error, null);
  assert.ok(module !== undefined);
  return module;
}

/** The same in JavaScript, over what JSON.parse gives. */
class Expected {
  #hash = 0xcbf29ce484222325n;

  constructor(settings: { document: Json; paths: string[][]; late: boolean }) {
    if (settings.late) this.#dump(settings);
    for (const path of settings.paths) {
      this.#dump(path.reduce<Json | undefined>(memberOf, settings.document));
    }
    this.#dump(settings);
  }

  get text(): string {
    return this.#hash.toString(16);
  }

  #put(unit: number): void {
    this.#hash = BigInt.asUintN(64, (this.#hash ^ BigInt(unit)) * 0x100000001b3n);
  }

  #text(value: string): void {
    this.#put(value.length);
    for (let index = 0; index < value.length; index++) this.#put(value.charCodeAt(index));
  }

  #dump(value: Json | undefined): void {
    this.#put(kindOf(value));
    const members = typeof value === "object" && value !== null ? Object.keys(value).toSorted() : [];
    if (typeof value === "boolean") this.#put(value ? 1 : 0);
    if (typeof value === "number") this.#text(integerText(value));
    if (typeof value === "string") this.#text(value);
    if (Array.isArray(value)) for (const item of value) this.#dump(item);
    else
      for (const name of members) {
        this.#text(name);
        this.#dump(memberOf(value, name));
      }
    this.#put(members.length);
  }
}

function memberOf(value: Json | undefined, name: string): Json | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.entries(value).find(([member]) => member === name)?.[1];
}

function kindOf(value: Json | undefined): number {
  if (value === undefined) return 0;
  if (value === null) return 1;
  if (Array.isArray(value)) return 5;
  return { boolean: 2, number: 3, string: 4 }[typeof value as string] ?? 6;
}

/** Literals past 15 characters, fractions and exponents are no integers to the reader. */
function integerText(value: number): string {
  const literal = JSON.stringify(value);
  return literal.length <= 15 && /^-?[0-9]+$/.test(literal) ? literal : "x";
}

/** What has a meaning in JSON, in UTF-8 or for the reader, which looks at four and eight bytes at once. */
const piece = fc.constantFrom(
  ...Array.from("abcto{}[]:,\"\\/'\n\t\0\u007f\u0080\u009fé\u07ff\u0800€\uffff🔑\u{10ffff}0x1.-+eE* "),
  '","to":"',
  "\\u0022",
  "asset",
  "recipients",
);
const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));
const name = fc.oneof(fc.constantFrom("to", "a", "asset", "", "\u007f", "é", '"', "\\"), text);
const { document: documents } = fc.letrec<{ document: Json }>((tie) => ({
  document: fc.oneof(
    { depthSize: "small", maxDepth: 6 },
    text,
    fc.constantFrom<Json>(
      null,
      true,
      false,
      0,
      -1,
      1e21,
      -1e-7,
      0.5,
      999_999_999_999_999,
      2 ** 53,
      -(2 ** 53),
    ),
    fc.integer(),
    fc.array(tie("document"), { maxLength: 5 }),
    fc.dictionary(name, tie("document"), { maxKeys: 6, noNullPrototype: true }),
  ),
}));

function pathsIn(value: Json): string[][] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([member, inner]) => [
    [member],
    ...pathsIn(inner ?? null).map((rest) => [member, ...rest]),
  ]);
}

test("property: the guest reads every value and every path as JSON.parse does", async () => {
  const settings = fc.tuple(documents, fc.array(name, { maxLength: 3 }), fc.boolean(), fc.gen());
  await fc.assert(
    fc.asyncProperty(settings, async ([document, missing, late, gen]) => {
      const known = pathsIn(document);
      const paths = known
        .slice(0, 40)
        .map(() => known[gen(fc.nat, { max: known.length - 1 })] ?? [])
        .concat([missing]);
      const parsed: { document: Json; paths: string[][]; late: boolean } = JSON.parse(
        JSON.stringify({ document, paths, late }),
      );
      const verdict = await sandbox.validateSettings(digest, canonicalJson(parsed), FUEL);
      assert.deepEqual(verdict, { ok: false, reason: new Expected(parsed).text });
    }),
    { numRuns: 300 },
  );
});
