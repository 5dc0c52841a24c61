/** Reading of JSON: RFC 8259, and refusal of what I-JSON (RFC 7493) warns of: two readers could disagree on it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { SignerError } from "../../src/domain/errors.ts";
import { DEPTH_MAX, readJson } from "../../src/http/json-body.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function refusal(body: Uint8Array): { message: string; field: unknown } {
  try {
    readJson(body);
  } catch (error) {
    assert.ok(error instanceof SignerError && error.code === "request.malformed", String(error));
    return { message: error.message, field: error.members["field"] };
  }
  return assert.fail("was read");
}

describe("refused, naming the field", () => {
  const nested = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);
  const cases: readonly (readonly [string, string, string, RegExp])[] = [
    ["no JSON", "{", "/", /valid JSON/],
    ["two values", "{} {}", "/", /valid JSON/],
    ["single quotes", "{'a':1}", "/", /valid JSON/],
    ["a trailing comma", '{"a":1,}', "/", /valid JSON/],
    ["a byte order mark", "\ufeff{}", "/", /valid JSON/],
    ["a comment", "{} // x", "/", /valid JSON/],
    ["an unfinished string", '{"a', "/", /valid JSON/],
    ["an unfinished escape", '{"a\\', "/", /valid JSON/],
    ["a bad escape in a name", '{"\\x":1}', "/", /valid JSON/],
    ["nothing but a comma", ",", "/", /valid JSON/],
    ["closing brackets only", "]}", "/", /valid JSON/],
    ["one level too many", nested(DEPTH_MAX + 1), "/", /deeper than 32/],
    ["100,000 levels", nested(100_000), "/", /deeper than 32/],
    ["100,000 unclosed objects", '{"a":'.repeat(100_000), "/", /deeper than 32/],
    ["a name twice", '{"a":1,"a":2}', "/a", /\/a: comes twice/],
    ["a name twice, once escaped", '{"a":1,"\\u0061":2}', "/a", /\/a: comes twice/],
    [
      "a name twice, further in",
      '[0,{"w":[1,2],"x":{"a":[1,{"b":1}],"a":2}}]',
      "/1/x/a",
      /\/1\/x\/a: comes twice/,
    ],
    ["a lone surrogate", '{"a":["x\\ud800"]}', "/a/0", /lone surrogate/],
    ["a lone surrogate in a name", '{"\\udc00":1}', "/", /lone surrogate/],
    ["an integer past 2^53", '{"a":{"b":9007199254740993}}', "/a/b", /decimal string/],
    ["a large exponent", '{"a":1e400}', "/a", /decimal string/],
    ["a large negative integer", "[-9007199254740992]", "/0", /decimal string/],
    ["__proto__", '{"a":{"__proto__":{}}}', "/a/__proto__", /not a name/],
    ["__proto__, escaped", '{"\\u005f_proto__":1}', "/__proto__", /not a name/],
    ["constructor.prototype", '{"constructor":{"prototype":{}}}', "/constructor", /not a name/],
    ["a name that needs escaping in a pointer", '{"a/b~c":1e999}', "/a~1b~0c", /decimal string/],
  ];
  for (const [name, text, field, rule] of cases) {
    test(name, () => {
      const found = refusal(bytes(text));
      assert.equal(found.field, field);
      assert.match(found.message, rule);
    });
  }
  test("malformed UTF-8", () => {
    assert.match(refusal(Buffer.from([0x22, 0xff, 0x22])).message, /UTF-8/);
    assert.match(
      refusal(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])).message,
      /UTF-8/,
      "a surrogate in UTF-8",
    );
    assert.match(refusal(Buffer.from([0x22, 0xc0, 0xaf, 0x22])).message, /UTF-8/, "an overlong form");
  });
  test("a long name is cut in the answer", () => {
    assert.ok(refusal(bytes(`{"${"x".repeat(10_000)}":1e999}`)).message.length < 200);
  });
});

describe("read", () => {
  for (const text of [
    '{"a":"[[[[{{{{","b":"\\"}"}',
    "[".repeat(DEPTH_MAX) + "]".repeat(DEPTH_MAX),
    '[{"a":1},{"a":2},{"b":{"a":1},"a":{"a":1}}]',
    '{"a":"a","b":"a"}',
    '["a","a"]',
    '{"":0,"constructor":1,"prototype":2}',
    "[9007199254740991,-9007199254740991,0.5,1e3,-0]",
    '"😀 \\ud83d\\ude00"',
    "null",
  ]) {
    test(text.slice(0, 50), () => assert.deepEqual(readJson(bytes(text)), JSON.parse(text)));
  }
  test("every value that JSON.stringify writes is read back, whatever it holds", () => {
    const value = fc.json({ stringUnit: "binary" });
    fc.assert(
      fc.property(value, (text) => {
        const parsed: unknown = JSON.parse(text);
        const rounded = /(?:^|[[:,])-?\d{16,}|e\+?\d{2}/.test(text);
        if (!text.includes("__proto__") && !rounded) assert.deepEqual(readJson(bytes(text)), parsed);
      }),
      { numRuns: 300, seed: 7 },
    );
  });
  test("what is read is what JSON.parse reads; anything else is refused: random text", () => {
    const piece = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"',
      "\\",
      '"a"',
      "1",
      " ",
      "\\u0061",
      "null",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join("");
        let parsed: unknown;
        try {
          parsed = JSON.parse(text);
        } catch {
          refusal(bytes(text));
          return;
        }
        try {
          assert.deepEqual(readJson(bytes(text)), parsed);
        } catch (error) {
          assert.ok(error instanceof SignerError && /twice/.test(error.message), text);
        }
      }),
      { numRuns: 3000, seed: 7 },
    );
  });
});
