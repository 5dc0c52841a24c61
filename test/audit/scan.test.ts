/** The proof without parsing: it never says more than parsing and writing again, and it is found for what the service writes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseMembers } from "../../src/audit/entry.ts";
import { scanMembers, type Members } from "../../src/audit/scan.ts";
import { canonicalJson, type Json } from "../../src/domain/canonical.ts";

const NAMES = ["action", "at", "decision", "from", "requestId", "sequence", "type"] as const;

/** What the scan must agree with. */
function parsed(text: string): Members | undefined {
  const members = parseMembers(text);
  return members && Object.fromEntries(NAMES.map((name) => [name, members[name]]));
}

function assertAgrees(text: string): void {
  const scanned = scanMembers(text);
  if (scanned !== undefined) assert.deepEqual({ ...scanned }, { ...parsed(text) }, text);
}

const NOT_CANONICAL = [
  "",
  "{",
  "{}x",
  " {}",
  "{ }",
  "[]",
  '"x"',
  "{,}",
  '{"a":1,}',
  '{"a":}',
  '{"a" :1}',
  '{"a": 1}',
  '{"b":1,"a":1}',
  '{"a":1,"a":1}',
  '{"a":{"b":1,"a":1}}',
  '{"a":[{"b":1,"a":1}]}',
  '{"a":[1,]}',
  '{"a":[,1]}',
  '{"a":[1 ,2]}',
  '{"a":[1;2]}',
  '{"a":1;"b":2}',
  '{"a":01}',
  '{"a":-0}',
  '{"a":1.0}',
  '{"a":1e3}',
  '{"a":12345678901234567890}',
  '{"a":tru}',
  '{"a":true1}',
  '{"a":nullx}',
  '{"a":True}',
  '{"a":"\\u0041"}',
  '{"a":"\\/"}',
  '{"a":"\t"}',
  '{"a":"\\ud800"}',
  '{"a":"\ud800"}',
  '{"a":"x}',
  '{"a":"x"',
  '{"a":[1}',
  '{"a":{"b":1]}',
  '{"a"}',
  "{a:1}",
  '{"a":1}{"b":2}',
  '{"10":1,"9":1,"8":1}',
];
for (const text of NOT_CANONICAL) {
  test(`${JSON.stringify(text)} is not proven`, () => {
    assert.equal(parsed(text), undefined);
    assert.equal(scanMembers(text), undefined);
  });
}

const PROVEN = [
  "{}",
  '{"a":[],"b":{},"c":"","d":0,"e":true,"f":false,"g":null,"h":[1,[2,"x"]]}',
  '{"10":1,"9":1}',
  '{"A":1,"a":1,"é":1}',
  '{"a":123456789012345,"at":"t","type":"x,}{"}',
  '{"__proto__":1}',
];
for (const text of PROVEN) {
  test(`${text} is proven`, () => {
    assert.notEqual(scanMembers(text), undefined);
    assertAgrees(text);
  });
}

test("a decision as the service writes it is proven, and gives what is read of it", () => {
  const decision = canonicalJson({
    v: 1,
    type: "decision",
    at: "2026-01-01T00:00:00.000Z",
    namespace: "default",
    requestId: "req_1",
    decision: "allow",
    evaluations: [{ bindingId: "bnd_1", decision: "deny", fuelUsed: "7", mode: "enforce" }],
    limits: [{ counter: "daily", amount: "1", window: 86_400, max: "10" }],
    payloads: ["00"],
  });
  const { type, at, requestId, decision: said } = scanMembers(decision) ?? {};
  assert.deepEqual([type, at, requestId, said], ["decision", "2026-01-01T00:00:00.000Z", "req_1", "allow"]);
});

test("what it does not prove, it leaves: escapes, other planes, fractions, deep nesting", () => {
  const deep = `${"[".repeat(40)}${"]".repeat(40)}`;
  for (const text of [
    '{"a":"\\n"}',
    '{"a":"😀"}',
    '{"a":-1}',
    '{"a":0.5}',
    `{"a":${deep}}`,
    '{"sequence":1}',
  ]) {
    assert.notEqual(parsed(text), undefined, text);
    assert.equal(scanMembers(text), undefined, text);
  }
});

const value = fc.jsonValue({ maxDepth: 3, noUnicodeString: false }) as fc.Arbitrary<Json>;
const name = fc.oneof(fc.constantFrom(...NAMES), fc.string({ maxLength: 3 }));
const entry = fc.dictionary(name, fc.oneof(value, fc.string()), { maxKeys: 8 }).map((members) => {
  try {
    return canonicalJson(members);
  } catch {
    return "{}";
  }
});
const piece = fc.constantFrom(
  ...'{}[],:"\\ 019-.e\ttruefalsn\ud83d'.split(""),
  "\\u0041",
  '"a":1',
  ",{",
  "null",
);

test("property: of any entry, whole or damaged, it says what parsing and writing again says", () => {
  const edits = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 3 }), fc.oneof(piece, fc.constant(""))), {
    maxLength: 3,
  });
  const property = fc.property(entry, edits, (text, changes) => {
    let damaged = text;
    for (const [where, length, put] of changes) {
      const at = where % (damaged.length + 1);
      damaged = damaged.slice(0, at) + put + damaged.slice(at + length);
    }
    assertAgrees(text);
    assertAgrees(damaged);
  });
  fc.assert(property, { numRuns: 3000 });
});

test("property: members in another order are never proven", () => {
  const property = fc.property(fc.uniqueArray(name, { minLength: 2, maxLength: 5 }), (names) => {
    const text = `{${names.map((member) => `${JSON.stringify(member)}:"x"`).join(",")}}`;
    assertAgrees(text);
    if (names.toSorted().join("\0") !== names.join("\0")) assert.equal(scanMembers(text), undefined);
  });
  fc.assert(property, { numRuns: 500 });
});
