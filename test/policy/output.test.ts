/** What a guest may answer: every other byte sequence is a malformed output, which denies. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { parseSettingsVerdict, parseVerdict } from "../../src/policy/output.ts";
import { parseStrictJson } from "../../src/policy/strict-json.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const limit = { counter: "daily", amount: "1000", window: 86400, max: "5000" };
const terms = { quorum: 2, groups: ["treasury"], expiresIn: 3600 };
const approval = { decision: "requireApproval", ...terms, reason: "large" };

function refused(output: string | Uint8Array): string {
  const parsed = parseVerdict(typeof output === "string" ? bytes(output) : output);
  assert.equal(parsed.ok, false);
  return parsed.ok ? "" : parsed.message;
}

describe("policy_v1 output: refusals", () => {
  const malformed: readonly (readonly [string, unknown, RegExp])[] = [
    ["an unknown decision", { decision: "maybe" }, /\/decision is "maybe"/],
    ["no decision", {}, /\/decision is missing/],
    ["a decision that is no text", { decision: true }, /\/decision must be text/],
    ["an unknown field", { decision: "allow", note: 1 }, /\/note is not a field/],
    ["a field of another decision", { decision: "allow", reason: "fine" }, /\/reason is not a field/],
    ["limits on a deny", { decision: "deny", reason: "no", limits: [] }, /\/limits is not a field/],
    ["allowControl on a deny", { decision: "deny", reason: "no", allowControl: ["owner"] }, /\/allowControl/],
    [
      "allowControl that is no list",
      { decision: "allow", allowControl: "owner" },
      /\/allowControl must be a list/,
    ],
    ["allowControl of an unknown kind", { decision: "allow", allowControl: ["owners"] }, /\/allowControl\/0/],
    ["allowControl of everything", { decision: "allow", allowControl: ["*"] }, /\/allowControl\/0/],
    ["allowControl twice", { decision: "allow", allowControl: ["owner", "owner"] }, /one kind twice/],
    ["fees of no asset", { decision: "allow", limits: [{ ...limit, fees: true }] }, /fees needs asset/],
    [
      "fees that are no boolean",
      { decision: "allow", limits: [{ ...limit, asset: "native", fees: 1 }] },
      /fees/,
    ],
    ["a limit's empty asset", { decision: "allow", limits: [{ ...limit, asset: "" }] }, /asset/],
    ["allowOpaque on a deny", { decision: "deny", reason: "no", allowOpaque: true }, /\/allowOpaque/],
    [
      "allowOpaque that is no boolean",
      { decision: "allow", allowOpaque: 1 },
      /\/allowOpaque must be true or false/,
    ],
    ["null where a field is optional", { decision: "allow", limits: null }, /\/limits must be a list/],
    ["a deny without reason", { decision: "deny" }, /\/reason is missing/],
    ["a reason with a line break", { decision: "deny", reason: "a\nb" }, /\/reason must be text/],
    ["a reason of 1,025 characters", { decision: "deny", reason: "x".repeat(1025) }, /\/reason must be text/],
    ["a code with capitals", { decision: "deny", reason: "no", code: "TooMuch" }, /\/code must match/],
    [
      "an amount that is a number",
      { decision: "allow", limits: [{ ...limit, amount: 1000 }] },
      /\/limits\/0\/amount/,
    ],
    [
      "an amount with a leading zero",
      { decision: "allow", limits: [{ ...limit, amount: "01" }] },
      /\/limits\/0\/amount/,
    ],
    [
      "an amount with a sign",
      { decision: "allow", limits: [{ ...limit, amount: "-1" }] },
      /\/limits\/0\/amount/,
    ],
    [
      "an amount in hex",
      { decision: "allow", limits: [{ ...limit, amount: "0x10" }] },
      /\/limits\/0\/amount/,
    ],
    [
      "an amount of 2^256",
      { decision: "allow", limits: [{ ...limit, max: (2n ** 256n).toString() }] },
      /\/limits\/0\/max/,
    ],
    [
      "a window of zero seconds",
      { decision: "allow", limits: [{ ...limit, window: 0 }] },
      /\/limits\/0\/window/,
    ],
    [
      "a window that is text",
      { decision: "allow", limits: [{ ...limit, window: "60" }] },
      /\/limits\/0\/window/,
    ],
    [
      "a window past a year",
      { decision: "allow", limits: [{ ...limit, window: 31_622_401 }] },
      /\/limits\/0\/window/,
    ],
    ["an empty counter", { decision: "allow", limits: [{ ...limit, counter: "" }] }, /\/limits\/0\/counter/],
    ["one counter twice", { decision: "allow", limits: [limit, limit] }, /names one counter twice/],
    [
      "65 limits",
      { decision: "allow", limits: Array.from({ length: 65 }, (_, i) => ({ ...limit, counter: `${i}` })) },
      /more than 64/,
    ],
    [
      "an unknown field in a limit",
      { decision: "allow", limits: [{ ...limit, min: "1" }] },
      /\/limits\/0\/min/,
    ],
    ["a limit that is no object", { decision: "allow", limits: ["daily"] }, /\/limits\/0 is not an object/],
    [
      "over without quorum",
      { decision: "allow", limits: [{ ...limit, over: { groups: ["a"], expiresIn: 1 } }] },
      /\/over\/quorum/,
    ],
    [
      "an unknown field in over",
      { decision: "allow", limits: [{ ...limit, over: { ...terms, reason: "x" } }] },
      /\/over\/reason/,
    ],
    ["a quorum of zero", { ...approval, quorum: 0 }, /\/quorum must be an integer from 1/],
    ["no groups", { ...approval, groups: [] }, /\/groups is empty/],
    ["one group twice", { ...approval, groups: ["a", "a"] }, /names one group twice/],
    ["a group that is no text", { ...approval, groups: [1] }, /\/groups\/0/],
    ["an approval that never ends", { ...approval, expiresIn: 2_592_001 }, /\/expiresIn/],
    ["a list", [], /is not an object/],
    ["text", "allow", /is not an object/],
  ];
  for (const [name, value, message] of malformed) {
    test(name, () => assert.match(refused(JSON.stringify(value)), message));
  }

  const texts: readonly (readonly [string, string | Uint8Array, RegExp])[] = [
    ["nothing", "", /character 0 is the end/],
    ["a byte order mark", `\ufeff{"decision":"allow"}`, /character 0/],
    ["bytes that are not UTF-8", new Uint8Array([0x7b, 0xff, 0x7d]), /not valid UTF-8/],
    ["a surrogate in UTF-8", new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]), /not valid UTF-8/],
    ["an escaped lone surrogate", `{"decision":"deny","reason":"\\ud800"}`, /lone surrogate/],
    ["two values", `{"decision":"allow"}{}`, /expected the end/],
    ["a trailing comma", `{"decision":"allow",}`, /expected a string/],
    ["a comment", `{"decision":"allow"}//`, /expected the end/],
    [
      "a duplicate name",
      `{"decision":"deny","reason":"a","decision":"allow"}`,
      /two members named "decision"/,
    ],
    [
      "a duplicate name by escape",
      `{"decision":"deny","reason":"a","\\u0064ecision":"allow"}`,
      /two members named/,
    ],
    ["a fraction", `{"decision":"allow","limits":[{"window":1.5}]}`, /integers without exponent/],
    ["1.0", `{"decision":"allow","limits":[{"window":1.0}]}`, /integers without exponent/],
    ["an exponent", `{"decision":"allow","limits":[{"window":1e3}]}`, /integers without exponent/],
    [
      "an integer past 2^53",
      `{"decision":"allow","limits":[{"window":9007199254740993}]}`,
      /not a safe integer/,
    ],
    ["minus zero", `{"decision":"allow","limits":[{"window":-0}]}`, /not a safe integer/],
    ["a deep nest", "[".repeat(5000), /nests deeper/],
    ["16 KiB and one byte", `{"decision":"allow"}${" ".repeat(16 * 1024 - 19)}`, /more than 16384/],
  ];
  for (const [name, output, message] of texts) test(name, () => assert.match(refused(output), message));
});

describe("policy_v1 output: verdicts", () => {
  test("allow without limits", () => {
    assert.deepEqual(parseVerdict(bytes(`{"decision":"allow"}`)), {
      ok: true,
      verdict: { decision: "allow", limits: [], allowOpaque: false, allowControl: [] },
    });
  });

  test("allow with limits, over and allowOpaque", () => {
    const limits = [limit, { ...limit, counter: "weekly", over: terms }];
    const parsed = parseVerdict(bytes(JSON.stringify({ decision: "allow", limits, allowOpaque: true })));
    assert.deepEqual(parsed, {
      ok: true,
      verdict: { decision: "allow", limits, allowOpaque: true, allowControl: [] },
    });
  });

  test("2^256 - 1 is an amount", () => {
    const max = (2n ** 256n - 1n).toString();
    assert.equal(
      parseVerdict(bytes(JSON.stringify({ decision: "allow", limits: [{ ...limit, max }] }))).ok,
      true,
    );
  });

  test("deny with and without code", () => {
    for (const verdict of [
      { decision: "deny", reason: "no" },
      { decision: "deny", reason: "", code: "amount_over_limit" },
    ]) {
      assert.deepEqual(parseVerdict(bytes(JSON.stringify(verdict))), { ok: true, verdict });
    }
  });

  test("requireApproval", () => {
    assert.deepEqual(parseVerdict(bytes(JSON.stringify(approval))), { ok: true, verdict: approval });
  });

  test("white space around values", () => {
    assert.equal(parseVerdict(bytes(` {\n"decision" :\t"allow" , "limits" : [ ] } \r\n`)).ok, true);
  });
});

function settings(value: unknown): ReturnType<typeof parseSettingsVerdict> {
  return parseSettingsVerdict(bytes(JSON.stringify(value)));
}

describe("policy_v1 settings output", () => {
  test("refuses what is neither", () => {
    for (const value of [
      {},
      { valid: "yes" },
      { valid: true, reason: "x" },
      { valid: false },
      { valid: false, reason: 1 },
    ]) {
      assert.equal(settings(value).ok, false, JSON.stringify(value));
    }
  });

  test("valid and invalid", () => {
    assert.deepEqual(settings({ valid: true }), { ok: true, verdict: { ok: true } });
    assert.deepEqual(settings({ valid: false, reason: "no rules" }), {
      ok: true,
      verdict: { ok: false, reason: "no rules" },
    });
  });
});

describe("policy_v1 output: properties", () => {
  test("any bytes give a result, never an exception, and only known decisions", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (output) => {
        assert.equal(parseVerdict(output).ok, false);
      }),
    );
  });

  test("any JSON gives a result; what passes says what JSON.parse says", () => {
    const member = fc.oneof(
      fc.constantFrom("allow", "deny", "requireApproval", true, 1, "1", null, [], ["a"], [limit], 1.5),
      fc.json().map((text): unknown => JSON.parse(text)),
    );
    const names = [
      "decision",
      "limits",
      "reason",
      "code",
      "quorum",
      "groups",
      "expiresIn",
      "allowOpaque",
      "extra",
    ];
    const entry = fc.tuple(fc.constantFrom(...names), member);
    fc.assert(
      fc.property(fc.uniqueArray(entry, { selector: ([name]) => name, maxLength: 6 }), (entries) => {
        const value = Object.fromEntries(entries);
        const parsed = parseVerdict(bytes(JSON.stringify(value)));
        if (parsed.ok) {
          const defaults =
            parsed.verdict.decision === "allow" ? { limits: [], allowOpaque: false, allowControl: [] } : {};
          assert.deepEqual(parsed.verdict, { ...defaults, ...value });
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("strict JSON reads what JSON.parse reads, where numbers are integers", () => {
    const integers = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom(null, true, false),
        fc.integer(),
        fc.string({ unit: "grapheme" }),
        fc.array(tie("value"), { maxLength: 4 }),
      ),
    }));
    fc.assert(
      fc.property(integers.value, fc.constantFrom(undefined, 2), (value, indent) => {
        try {
          assert.deepEqual(parseStrictJson(bytes(JSON.stringify(value, null, indent))), value);
        } catch (error) {
          assert.match(String(error), /nests deeper|lone surrogate/);
        }
      }),
    );
  });
});
