/** The evaluate step: when all policies together say yes, what they were shown, and what they may reserve. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalJson, type Json } from "../../src/domain/canonical.ts";
import { SignerError } from "../../src/domain/errors.ts";
import { intentOf, type ControlKind } from "../../src/domain/intent.ts";
import type { KeyRecord } from "../../src/domain/keys.ts";
import type { PolicyVerdict } from "../../src/domain/verdict.ts";
import { SANDBOX_LIMITS } from "../../src/policy/limits.ts";
import type { EvaluationResult } from "../../src/policy/sandbox.ts";
import type { Binding } from "../../src/domain/policies.ts";
import { evaluateAlone, evaluateToSign, type EvaluationContext } from "../../src/signing/evaluation.ts";
import type { Decoded, Denied, Permitted } from "../../src/signing/stages.ts";
import {
  binding,
  DECODED,
  decoded,
  decodedToEvaluate,
  INTENT,
  KEY,
  PRINCIPAL,
  type DecodedChanges,
} from "./sample.ts";

type Verdict = EvaluationResult["verdict"];

const ALLOW: Extract<PolicyVerdict, { decision: "allow" }> = {
  decision: "allow",
  limits: [],
  allowOpaque: false,
  allowControl: [],
};
const ALLOW_OPAQUE: PolicyVerdict = { ...ALLOW, allowOpaque: true };
const DENY: PolicyVerdict = { decision: "deny", reason: "never", code: "never" };
const ASK: PolicyVerdict = {
  decision: "requireApproval",
  quorum: 2,
  groups: ["treasury"],
  expiresIn: 60,
  reason: "large",
};
const LIMITED: PolicyVerdict = {
  ...ALLOW,
  limits: [{ counter: "daily", amount: "5", window: 60, max: "9" }],
};

const REQUEST = await decoded();

function failure(kind: "out_of_fuel" | "out_of_depth" | "trap" | "timeout" | "output_malformed"): Verdict {
  return { decision: "failed", failure: kind, message: "it did" };
}

type Ask = EvaluationContext["ask"];

/** Answers each question by itself. The sample bindings' digests name them. */
function askEach(answer: (bindingId: string, input: string) => Verdict): Ask {
  return async (questions) =>
    questions.map(({ digest, input, length }) => {
      const written = input();
      assert.ok(
        typeof written === "string" && written.length <= length,
        "an input has the room that it said",
      );
      return result(answer(digest.replace("sha256:", ""), written));
    });
}

/** Evaluates with one fixed verdict for each binding, and remembers what each was shown. */
async function judge(
  verdicts: readonly (readonly [Binding, Verdict])[],
  request: Decoded = REQUEST,
): Promise<{ judged: Permitted | Denied; inputs: string[] }> {
  const { context, inputs } = answering(verdicts);
  return { judged: await evaluateToSign(request, context), inputs };
}

/** One fixed verdict for each binding, and what each was shown. */
function answering(verdicts: readonly (readonly [Binding, Verdict])[]): {
  readonly context: EvaluationContext;
  readonly inputs: string[];
} {
  const byId = new Map(verdicts.map(([asked, verdict]) => [asked.id, verdict]));
  const inputs: string[] = [];
  const context = {
    bindingsFor: () => verdicts.map(([asked]) => asked),
    ask: askEach((id, input) => {
      inputs.push(input);
      const verdict = byId.get(id);
      assert.ok(verdict);
      return verdict;
    }),
  };
  return { context, inputs };
}

async function codeOf(
  verdicts: readonly (readonly [Binding, Verdict])[],
  request: Decoded = REQUEST,
): Promise<string> {
  const { judged } = await judge(verdicts, request);
  return "refusal" in judged ? judged.refusal.code : "allow";
}

const A = binding("bnd_a");
const B = binding("bnd_b");
const SHADOW = binding("bnd_s", { mode: "shadow" });
const OPAQUE = await decoded({
  decoded: { ...DECODED, intent: { ...INTENT, opaque: true, opaqueReason: "unknown call" } },
});

const DUTY = await decoded({ decoded: { ...DECODED, bindingRequired: false } });

const OPAQUE_DUTY = await decoded({
  decoded: {
    ...DECODED,
    bindingRequired: false,
    intent: { ...INTENT, opaque: true, opaqueReason: "a hash" },
  },
});

const CASES: readonly [name: string, expected: string, verdicts: [Binding, Verdict][], request?: Decoded][] =
  [
    ["no binding at all", "policy.unbound", []],
    ["a shadow binding alone, although it allows", "policy.unbound", [[SHADOW, ALLOW]]],
    ["a duty that needs no binding, denied by the one that is there", "policy.denied", [[A, DENY]], DUTY],
    ["a duty that needs no binding, whose policy fails", "policy.failed", [[A, failure("trap")]], DUTY],
    ["a duty that needs no binding, without one", "allow", [], DUTY],
    ["a duty that needs no binding, with a shadow binding that denies", "allow", [[SHADOW, DENY]], DUTY],
    ["an opaque duty that needs no binding, without one", "allow", [], OPAQUE_DUTY],
    ["an opaque duty that needs no binding, with a shadow binding", "allow", [[SHADOW, ALLOW]], OPAQUE_DUTY],
    ["an opaque duty, whose policy says nothing of it", "policy.opaque", [[A, ALLOW]], OPAQUE_DUTY],
    ["an opaque duty, whose policy allows it", "allow", [[A, ALLOW_OPAQUE]], OPAQUE_DUTY],
    [
      "one denies, the other allows",
      "policy.denied",
      [
        [A, ALLOW],
        [B, DENY],
      ],
    ],
    [
      "the first denies",
      "policy.denied",
      [
        [A, DENY],
        [B, ALLOW],
      ],
    ],
    [
      "approval is asked for",
      "policy.approval_unavailable",
      [
        [A, ALLOW],
        [B, ASK],
      ],
    ],
    ["out of fuel", "policy.failed", [[A, failure("out_of_fuel")]]],
    ["out of depth", "policy.failed", [[A, failure("out_of_depth")]]],
    [
      "trap",
      "policy.failed",
      [
        [A, ALLOW],
        [B, failure("trap")],
      ],
    ],
    ["time-out", "policy.failed", [[A, failure("timeout")]]],
    ["malformed output", "policy.failed", [[A, failure("output_malformed")]]],
    ["opaque, and allow says nothing of it", "policy.opaque", [[A, ALLOW]], OPAQUE],
    [
      "opaque, and only a shadow binding allows it",
      "policy.opaque",
      [
        [A, ALLOW],
        [SHADOW, ALLOW_OPAQUE],
      ],
      OPAQUE,
    ],
    [
      "opaque, allowed by one and denied by another",
      "policy.denied",
      [
        [A, ALLOW_OPAQUE],
        [B, DENY],
      ],
      OPAQUE,
    ],
    [
      "opaque, allowed by one enforcing binding",
      "allow",
      [
        [A, ALLOW],
        [B, ALLOW_OPAQUE],
      ],
      OPAQUE,
    ],
    [
      "all allow",
      "allow",
      [
        [A, ALLOW],
        [B, LIMITED],
      ],
    ],
    [
      "a shadow binding denies",
      "allow",
      [
        [A, ALLOW],
        [SHADOW, DENY],
      ],
    ],
    [
      "a shadow binding fails",
      "allow",
      [
        [A, ALLOW],
        [SHADOW, failure("trap")],
      ],
    ],
  ];

for (const [name, expected, verdicts, request] of CASES) {
  test(`evaluate: ${name}: ${expected}`, async () => {
    assert.equal(await codeOf(verdicts, request), expected);
  });
}

test("evaluate: any verdicts: allowed only when an enforcing binding is there and all of them allow", async () => {
  const verdict = fc.constantFrom<Verdict>(ALLOW, ALLOW_OPAQUE, LIMITED, DENY, ASK, failure("trap"));
  const judgedBy = fc.record({ verdict, mode: fc.constantFrom("enforce" as const, "shadow" as const) });
  await fc.assert(
    fc.asyncProperty(fc.array(judgedBy, { maxLength: 6 }), fc.boolean(), async (list, opaque) => {
      const verdicts = list.map(
        (item, index) => [binding(`bnd_${index}`, { mode: item.mode }), item.verdict] as const,
      );
      const enforcing = list.filter((item) => item.mode === "enforce").map((item) => item.verdict);
      const yes =
        enforcing.length > 0 &&
        enforcing.every((item) => item.decision === "allow") &&
        (!opaque || enforcing.some((item) => item.decision === "allow" && item.allowOpaque));
      assert.equal((await codeOf(verdicts, opaque ? OPAQUE : REQUEST)) === "allow", yes);
    }),
  );
});

test("evaluate: limits of enforcing bindings are reserved, those of shadow bindings are not", async () => {
  const { judged } = await judge([
    [A, LIMITED],
    [SHADOW, LIMITED],
    [B, ALLOW],
  ]);
  assert.ok("reservations" in judged);
  assert.deepEqual(judged.reservations, [
    { counter: "daily", amount: "5", window: 60, max: "9", bindingId: "bnd_a", policy: "sha256:bnd_a" },
  ]);
  assert.equal(judged.evaluations.length, 3, "shadow evaluations are recorded too");
});

test("evaluate: a refusal names policy, binding, reason and the policy's own code", async () => {
  const { judged } = await judge([[A, DENY]]);
  assert.ok("refusal" in judged);
  assert.equal("reservations" in judged, false);
  assert.deepEqual(judged.refusal.members, {
    policy: "sha256:bnd_a",
    bindingId: "bnd_a",
    reason: "never",
    policyCode: "never",
  });
});

test("evaluate: more than one request may ask is transaction.too_large, and nobody is asked", async () => {
  const { evaluationsMax, inputBytesMax } = SANDBOX_LIMITS;
  const many = Array.from({ length: evaluationsMax }, (_, index) => binding(`bnd_${index}`));
  const large = binding("bnd_large", { settings: JSON.stringify({ text: "x".repeat(inputBytesMax) }) });
  const refused = async (bindings: readonly Binding[]): Promise<unknown> => {
    const asking = evaluateToSign(REQUEST, {
      bindingsFor: () => bindings,
      ask: () => assert.fail("asked"),
    });
    const error = await asking.then(
      () => assert.fail("not refused"),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof SignerError);
    assert.equal(error.code, "transaction.too_large");
    return error.members;
  };
  assert.deepEqual(await refused([...many, A]), {
    limit: "evaluations",
    max: evaluationsMax,
    count: evaluationsMax + 1,
  });
  assert.match(JSON.stringify(await refused([large])), /"limit":"inputBytes"/);
  const { judged } = await judge(many.map((asked) => [asked, ALLOW]));
  assert.ok(!("refusal" in judged), "as many as it may");
});

test("evaluate: an overloaded sandbox is no verdict: nothing is decided", async () => {
  const overloaded = new SignerError("service.overloaded", "later");
  await assert.rejects(
    evaluateToSign(REQUEST, {
      bindingsFor: () => [A, B],
      ask: () => Promise.reject(overloaded),
    }),
    overloaded,
  );
});

function result(verdict: Verdict): EvaluationResult {
  return { verdict, fuelUsed: 17, logs: [] };
}

/** The policy input by docs/policies.md, as a plain object. */
function keyObject(key: KeyRecord): Json {
  return {
    id: key.id,
    walletId: key.walletId,
    chain: key.chain,
    path: key.path,
    publicKey: `0x${Buffer.from(key.publicKey).toString("hex")}`,
    address: key.address,
    label: key.label,
  };
}

function inputObject(request: Decoded, settings: Json, simulation: boolean): Json {
  return {
    version: 1,
    request: {
      id: request.requestId,
      type: request.decoded.type,
      receivedAt: request.receivedAt.toISOString(),
    },
    signer: {
      principal: request.principal.id,
      roles: request.principal.roles,
      namespace: request.principal.namespace,
    },
    key: keyObject(request.keys[0]),
    keys: request.keys.map(keyObject),
    environment: {
      timestamp: Math.floor(request.receivedAt.getTime() / 1000),
      ...request.decoded.environment,
      simulation,
    },
    // The intent is plain JSON already.
    intent: JSON.parse(JSON.stringify(request.decoded.intent)),
    approvals: [],
    settings,
  };
}

const wellFormed = fc.string({ unit: "grapheme" });
const settingsObject = fc
  .dictionary(wellFormed, fc.jsonValue({ noUnicodeString: false }))
  .map((value): Json => JSON.parse(JSON.stringify(value).toWellFormed()));

test("policy input: byte for byte the canonical JSON (RFC 8785) of the documented object", async () => {
  await fc.assert(
    fc.asyncProperty(
      settingsObject,
      wellFormed,
      fc.option(wellFormed),
      fc.date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true }),
      fc.boolean(),
      async (settings, text, label, receivedAt, simulation) => {
        const changes = {
          receivedAt,
          keys: [{ ...KEY, label, walletId: label === null ? null : text }],
          principal: { ...PRINCIPAL, namespace: text },
          decoded: {
            ...DECODED,
            intent: {
              ...INTENT,
              calls: [{ to: null, value: "0", selector: null, function: text, args: [settings] }],
              ethereum: { note: text },
            },
          },
        } satisfies DecodedChanges;
        const withSettings = binding("bnd_a", { settings: canonicalJson(settings) });
        const { context, inputs } = answering([[withSettings, ALLOW]]);
        const request = await decoded(changes);
        if (simulation) await evaluateAlone(await decodedToEvaluate(changes), context);
        else await evaluateToSign(request, context);
        assert.deepEqual(inputs, [canonicalJson(inputObject(request, settings, simulation))]);
      },
    ),
    { numRuns: 200 },
  );
});

test("policy input: bindings differ in their settings only", async () => {
  const withSettings = (id: string, settings: string) => binding(id, { settings });
  const { inputs } = await judge([
    [withSettings("bnd_a", '{"max":"1"}'), ALLOW],
    [withSettings("bnd_b", '{"max":"2"}'), ALLOW],
  ]);
  assert.equal(inputs[0]?.replace('{"max":"1"}', '{"max":"2"}'), inputs[1]);
});

function controlled(...kinds: readonly ControlKind[]): Promise<Decoded> {
  const control = kinds.map((what) => ({ what, of: KEY.address, to: "0xbb" }));
  return decoded({ decoded: { ...DECODED, intent: intentOf({ control }, {}) } });
}

function allowing(...allowControl: readonly ControlKind[]): PolicyVerdict {
  return { ...ALLOW, allowControl };
}

test("control is refused unless a policy names its kind, and the message says what to add", async () => {
  const { judged } = await judge([[binding("bnd_1"), ALLOW]], await controlled("delegate", "module"));
  assert.ok("refusal" in judged);
  assert.equal(judged.refusal.code, "policy.control");
  assert.deepEqual(judged.refusal.members, { control: ["delegate", "module"] });
  assert.match(judged.refusal.message, /"allowControl":\["delegate","module"\]/);
});

test("control: every kind must be named by at least one enforcing policy, and one denial still denies", async () => {
  const request = await controlled("delegate", "module", "delegate");
  const [first, second] = [binding("bnd_1"), binding("bnd_2")];
  const shadow = binding("bnd_3", { mode: "shadow" });
  const cases: [string, (readonly [Binding, Verdict])[]][] = [
    ["policy.control", [[first, allowing("delegate")]]],
    ["policy.control", [[first, allowing("owner", "upgrade")]]],
    [
      "policy.control",
      [
        [first, allowing("delegate")],
        [shadow, allowing("module")],
      ],
    ],
    [
      "policy.denied",
      [
        [first, allowing("delegate", "module")],
        [second, DENY],
      ],
    ],
    ["allow", [[first, allowing("module", "delegate")]]],
    [
      "allow",
      [
        [first, allowing("delegate")],
        [second, allowing("module")],
      ],
    ],
  ];
  for (const [expected, verdicts] of cases) assert.equal(await codeOf(verdicts, request), expected);
});

test("fees: the host adds the fee to a counter of the fee's asset that asks for it, and to no other", async () => {
  const claim = { counter: "daily", window: 60, max: "9" };
  const { judged } = await judge([
    [
      binding("bnd_1"),
      {
        ...ALLOW,
        limits: [
          { ...claim, amount: "5", asset: "native", fees: true },
          { ...claim, amount: "5", asset: "native" },
          { ...claim, amount: "5", asset: "erc20:0x01", fees: true },
        ],
      },
    ],
  ]);
  assert.ok("reservations" in judged);
  assert.deepEqual(
    judged.reservations.map(({ amount }) => amount),
    ["21005", "5", "5"],
  );
});

test("several keys: allowed exactly where each key alone would be, and each binding is asked once, with its key", async () => {
  const OTHER: KeyRecord = { ...KEY, id: "key_2", address: "0xbb" };
  const scope = fc.constantFrom(
    { kind: "wallet", id: "wal_1" } as const,
    { kind: "key", id: KEY.id } as const,
    { kind: "key", id: OTHER.id } as const,
  );
  const mode = fc.constantFrom("enforce" as const, "shadow" as const);
  const verdict = fc.constantFrom<Verdict>(ALLOW, ALLOW, ALLOW_OPAQUE, DENY, failure("trap"));
  const bound = fc.array(fc.record({ scope, mode, verdict }), { maxLength: 5 });
  const opaque = { ...INTENT, opaque: true, opaqueReason: "unknown call" };
  const judged = async (bindings: readonly { binding: Binding; verdict: Verdict }[], request: Decoded) => {
    const asked: string[] = [];
    const outcome = await evaluateToSign(request, {
      bindingsFor: ({ id }) =>
        bindings.flatMap(({ binding: scoped }) =>
          scoped.scope.kind === "key" && scoped.scope.id !== id ? [] : [scoped],
        ),
      ask: askEach((id, input) => {
        asked.push(`${id} ${JSON.parse(input).key.id} ${JSON.parse(input).keys.length}`);
        const found = bindings.find((candidate) => candidate.binding.id === id);
        assert.ok(found);
        return found.verdict;
      }),
    });
    return { allowed: !("refusal" in outcome), asked };
  };
  await fc.assert(
    fc.asyncProperty(bound, fc.boolean(), async (rules, isOpaque) => {
      const bindings = rules.map((rule, order) => ({
        binding: binding(`bnd_${order}`, { scope: rule.scope, mode: rule.mode }),
        verdict: rule.verdict,
      }));
      const change = isOpaque ? { decoded: { ...DECODED, intent: opaque } } : {};
      const [first, second, both] = await Promise.all(
        ([[KEY], [OTHER], [KEY, OTHER]] as const).map(async (keys) =>
          judged(bindings, await decoded({ ...change, keys })),
        ),
      );
      assert.equal(both?.allowed, first?.allowed === true && second?.allowed === true);
      const expected = bindings.map(({ binding: { id, scope: at } }) => {
        return `${id} ${at.kind === "key" ? at.id : KEY.id} 2`;
      });
      assert.deepEqual(both?.asked.toSorted(), expected.toSorted());
    }),
    { numRuns: 200 },
  );
});
