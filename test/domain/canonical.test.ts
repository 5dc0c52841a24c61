/** RFC 8785 canonical JSON: the RFC's own examples, a second implementation, and what has no canonical form. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalJson, type Json } from "../../src/domain/canonical.ts";

for (const [name, value] of [
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
  ["a lone high surrogate", "\ud800"],
  ["a lone low surrogate", "x\udc00"],
  ["NaN deep inside", { a: [{ b: Number.NaN }] }],
] as const) {
  test(`rfc8785: ${name} has no form`, () => {
    assert.throws(() => canonicalJson(value), TypeError);
  });
}

test("rfc8785: a name with a lone surrogate has no form", () => {
  assert.throws(() => canonicalJson({ "\udead": 1 }), TypeError);
});

// RFC 8785, section 3.2.2 and 3.2.3.
test("rfc8785: the example of section 3.2.2", () => {
  const value: Json = JSON.parse(`{
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/",
    "literals": [null, true, false]
  }`);
  assert.equal(
    canonicalJson(value),
    String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
  );
});

test("rfc8785: names are sorted by UTF-16 code units, section 3.2.3", () => {
  const value: Json = JSON.parse(`{
    "\\u20ac": "Euro Sign", "\\r": "Carriage Return", "\\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
    "\\ud83d\\ude00": "Emoji: Grinning Face", "\\u0080": "Control", "\\u00f6": "Latin Small Letter O With Diaeresis"
  }`);
  const order = Object.values(JSON.parse(canonicalJson(value).replaceAll('"1":', '"one":')));
  assert.deepEqual(order, [
    "Carriage Return",
    "One",
    "Control",
    "Latin Small Letter O With Diaeresis",
    "Euro Sign",
    "Emoji: Grinning Face",
    "Hebrew Letter Dalet With Dagesh",
  ]);
});

// RFC 8785, appendix B: IEEE 754 bits and their text.
for (const [bits, text] of [
  ["0000000000000000", "0"],
  ["8000000000000000", "0"],
  ["0000000000000001", "5e-324"],
  ["8000000000000001", "-5e-324"],
  ["7fefffffffffffff", "1.7976931348623157e+308"],
  ["ffefffffffffffff", "-1.7976931348623157e+308"],
  ["4340000000000000", "9007199254740992"],
  ["c340000000000000", "-9007199254740992"],
  ["4430000000000000", "295147905179352830000"],
  ["44b52d02c7e14af5", "9.999999999999997e+22"],
  ["44b52d02c7e14af6", "1e+23"],
  ["44b52d02c7e14af7", "1.0000000000000001e+23"],
  ["444b1ae4d6e2ef4e", "999999999999999700000"],
  ["444b1ae4d6e2ef4f", "999999999999999900000"],
  ["444b1ae4d6e2ef50", "1e+21"],
  ["3eb0c6f7a0b5ed8c", "9.999999999999997e-7"],
  ["3eb0c6f7a0b5ed8d", "0.000001"],
  ["41b3de4355555553", "333333333.3333332"],
  ["41b3de4355555554", "333333333.33333325"],
  ["41b3de4355555555", "333333333.3333333"],
  ["41b3de4355555556", "333333333.3333334"],
  ["41b3de4355555557", "333333333.33333343"],
  ["becbf647612f3696", "-0.0000033333333333333333"],
  ["43143ff3c1cb0959", "1424953923781206.2"],
] as const) {
  test(`rfc8785: number ${bits} is ${text}`, () => {
    assert.equal(canonicalJson(Buffer.from(bits, "hex").readDoubleBE()), text);
  });
}

test("rfc8785: members that are undefined are left out, names that look like prototypes are names", () => {
  assert.equal(canonicalJson({ b: undefined, a: 1, c: undefined }), '{"a":1}');
  assert.equal(
    canonicalJson(JSON.parse('{"constructor":2,"__proto__":1}')),
    '{"__proto__":1,"constructor":2}',
  );
});

/** A second implementation: escapes by the RFC's rules and sorts by big-endian UTF-16 bytes. */
function independent(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(independent).join()}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).map(([name, member]) => ({
      order: Buffer.from(name, "utf16le").swap16(),
      text: `${quoted(name)}:${independent(member)}`,
    }));
    members.sort((a, b) => Buffer.compare(a.order, b.order));
    return `{${members.map((member) => member.text).join()}}`;
  }
  return typeof value === "string" ? quoted(value) : String(Object.is(value, -0) ? 0 : value);
}

const SHORT: Readonly<Record<string, string>> = { "\b": "b", "\t": "t", "\n": "n", "\f": "f", "\r": "r" };

function quoted(text: string): string {
  let out = "";
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (character === '"' || character === "\\") out += `\\${character}`;
    else if (code >= 0x20) out += character;
    else out += `\\${SHORT[character] ?? `u${code.toString(16).padStart(4, "0")}`}`;
  }
  return `"${out}"`;
}

const text = fc.string({ unit: "binary" });
const anyJson = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    text,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(null, true, false, 0, -0),
    fc.array(tie("value"), { maxLength: 5 }),
    fc.dictionary(text, tie("value"), { maxKeys: 6 }),
  ),
})).value;

test("rfc8785: any JSON: as a second implementation writes it, and it reads back as the same value", () => {
  fc.assert(
    fc.property(anyJson, (value) => {
      const canonical = canonicalJson(value as Json);
      assert.equal(canonical, independent(value));
      assert.equal(canonicalJson(JSON.parse(canonical)), canonical);
      assert.deepEqual(JSON.parse(canonical), JSON.parse(JSON.stringify(value)));
    }),
    { numRuns: 500 },
  );
});

test("rfc8785: the order in which names were added does not show", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(text, fc.integer()), { selector: ([name]) => name, maxLength: 8 }),
      (entries) => {
        const backwards = Object.fromEntries(entries.toReversed());
        assert.equal(canonicalJson(Object.fromEntries(entries)), canonicalJson(backwards));
      },
    ),
  );
});
