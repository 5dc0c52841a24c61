/** babylon-votes in the real sandbox: listed chains, heights in their window, and votes that name their own height. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Compile } from "typebox/schema";
import type { Json } from "../../../src/domain/canonical.ts";
import { PolicyUnderTest, type InputParts } from "../../harness.ts";

const policy = new PolicyUnderTest("babylon-votes");
before(() => policy.start());
after(() => policy.stop());

const SETTINGS = {
  chains: [
    { chainId: "bbn-1", fromHeight: "100", toHeight: "18446744073709551614", onlyVotes: true },
    { chainId: "rollup", windows: [{ seconds: 60, max: "30" }] },
    { chainId: "", fromHeight: "7" },
    { chainId: "consumer", onlyVotes: true, signingContexts: ["ab".repeat(32)] },
    { chainId: "0xff", toHeight: "9" },
  ],
  schnorr: { windows: [{ seconds: 3600, max: "5" }] },
} satisfies Json;

function vote(chainId: string, height: string, voteHeight: string | null = height): Record<string, Json> {
  const named = voteHeight === null ? {} : { voteHeight };
  return { kind: "eots", chainId, height, message: "0x00", ...named };
}

/** Under a context that Claviger does not know: the member `voteHeight` is missing. */
function contextVote(signingContext: string, voteHeight = "5", chainId = "consumer"): Record<string, Json> {
  const inside = { height: voteHeight, blockHash: `0x${"11".repeat(32)}`, signingContext };
  return { ...vote(chainId, "5", null), vote: inside };
}

function evaluated(babylon: Json, settings: Json = SETTINGS, other: Partial<InputParts> = {}): InputParts {
  const opaque = !(typeof babylon === "object" && babylon !== null && "voteHeight" in babylon);
  const cause = opaque ? { opaque, opaqueCauses: ["hashedMessage"] as const, opaqueReason: "a hash" } : {};
  return {
    chain: "babylon",
    type: "babylon.eots",
    settings,
    intent: { fee: null, babylon, ...cause },
    ...other,
  };
}

describe("babylon-votes: refusals", () => {
  const cases: readonly (readonly [string, Json, string, Json?])[] = [
    ["a chain that is not listed", vote("bbn-2", "200"), "deny chain_not_allowed"],
    ["a chain whose name begins like a listed one", vote("bbn-10", "200"), "deny chain_not_allowed"],
    ["no chain listed at all", vote("bbn-1", "200"), "deny chain_not_allowed", { chains: [] }],
    ["a height below the window", vote("bbn-1", "99"), "deny height_out_of_range"],
    [
      "the last height of 64 bits above it",
      vote("bbn-1", "18446744073709551615"),
      "deny height_out_of_range",
    ],
    ["a height that sorts between them as text", vote("bbn-1", "11"), "deny height_out_of_range"],
    ["a message that is no vote", vote("bbn-1", "200", null), "deny not_a_vote"],
    ["a vote under a context that is not listed", contextVote("cd".repeat(32)), "deny not_a_vote"],
    ["a vote under no context where some are listed", contextVote(""), "deny not_a_vote"],
    [
      "a vote under another chain's context",
      { ...contextVote("ab".repeat(32), "200", "bbn-1"), height: "200" },
      "deny not_a_vote",
    ],
    [
      "a vote under a listed context that names another height",
      contextVote("ab".repeat(32), "6"),
      "deny vote_height_differs",
    ],
    ["a vote that names another height", vote("bbn-1", "200", "201"), "deny vote_height_differs"],
    ["a height above the end of a chain that is no text", vote("0xff", "10"), "deny height_out_of_range"],
    [
      "BIP-340 where it is not allowed",
      { kind: "schnorr", message: "0x00" },
      "deny schnorr_not_allowed",
      { chains: [] },
    ],
    ["a kind that is not known", { kind: "other", message: "0x00" }, "deny not_babylon"],
  ];
  for (const [name, babylon, expected, settings] of cases) {
    test(name, async () => assert.equal(await policy.says(evaluated(babylon, settings)), expected));
  }

  test("a key of another chain", async () => {
    const says = await policy.says(evaluated(vote("bbn-1", "200"), SETTINGS, { chain: "ethereum" }));
    assert.equal(says, "deny not_babylon");
  });

  test("a request without a statement", async () => {
    const parts = { ...evaluated(vote("bbn-1", "200")), intent: { fee: null } };
    assert.equal(await policy.says(parts), "deny not_babylon");
  });

  test("a statement without a height is a trap, which denies", async () => {
    const { height: _height, ...rest } = vote("bbn-1", "200");
    assert.match(await policy.says(evaluated(rest)), /^failed trap/);
  });
});

describe("babylon-votes: what is allowed", () => {
  for (const [name, babylon, expected] of [
    ["the first height of the window", vote("bbn-1", "100"), "allow"],
    ["its last", vote("bbn-1", "18446744073709551614"), "allow"],
    ["any message of a chain that does not ask for votes", vote("rollup", "0", null), "allowOpaque"],
    ["a vote for another height there", vote("rollup", "5", "6"), "allow"],
    ["the chain without a name", vote("", "7"), "allow"],
    ["a vote under a listed context", contextVote("ab".repeat(32)), "allowOpaque"],
    ["a chain that is no text", vote("0xff", "9"), "allow"],
    ["BIP-340", { kind: "schnorr", message: "0x00" }, "allowOpaque"],
  ] as const) {
    test(name, async () => assert.equal(await policy.says(evaluated(babylon)), expected));
  }

  test("each signature counts one, by chain, under the windows of its rule", async () => {
    const { verdict } = await policy.evaluate(evaluated(vote("rollup", "5")));
    assert.ok(verdict.decision === "allow");
    assert.deepEqual(verdict.limits, [{ counter: "votes/rollup", amount: "1", window: 60, max: "30" }]);
    const schnorr = await policy.evaluate(evaluated({ kind: "schnorr", message: "0x00" }));
    assert.ok(schnorr.verdict.decision === "allow");
    assert.deepEqual(schnorr.verdict.limits, [{ counter: "schnorr", amount: "1", window: 3600, max: "5" }]);
  });
});

describe("babylon-votes: settings", () => {
  const schema = Compile(
    JSON.parse(readFileSync(join(import.meta.dirname, "../settings.schema.json"), "utf8")),
  );
  const bbn = { chainId: "bbn-1" };
  const cases: readonly (readonly [string, Json, string])[] = [
    ["nothing", {}, "settings/chains must be a list of 0 to 50 items"],
    ["a list", [], "settings must be an object"],
    ["an unknown member", { chains: [], votes: true }, "settings/votes is not a setting"],
    [
      "an unknown member of a chain",
      { chains: [{ ...bbn, from: "1" }] },
      "settings/chains/0/from is not a setting",
    ],
    [
      "a chain without an id",
      { chains: [{}] },
      "settings/chains/0/chainId must be text of at most 130 characters",
    ],
    [
      "a height as a number",
      { chains: [{ ...bbn, fromHeight: 5 }] },
      "settings/chains/0/fromHeight must be a decimal string",
    ],
    [
      "a switch as text",
      { chains: [{ ...bbn, onlyVotes: "yes" }] },
      "settings/chains/0/onlyVotes must be true or false",
    ],
    [
      "no window",
      { chains: [{ ...bbn, windows: [] }] },
      "settings/chains/0/windows must be a list of 1 to 8 items",
    ],
    [
      "a window of no time",
      { chains: [{ ...bbn, windows: [{ seconds: 0, max: "1" }] }] },
      "settings/chains/0/windows/0/seconds",
    ],
    [
      "no signing context in a list of them",
      { chains: [{ ...bbn, signingContexts: [] }] },
      "settings/chains/0/signingContexts must be a list of 1 to 20 items",
    ],
    [
      "a signing context in capitals",
      { chains: [{ ...bbn, signingContexts: ["AB".repeat(32)] }] },
      "settings/chains/0/signingContexts/0 must be 64 lowercase hex digits",
    ],
    [
      "a signing context that is a number",
      { chains: [{ ...bbn, signingContexts: [5] }] },
      "settings/chains/0/signingContexts/0 must be 64 lowercase hex digits",
    ],
    ["schnorr as a switch", { chains: [], schnorr: true }, "settings/schnorr must be an object"],
    [
      "an unknown member of schnorr",
      { chains: [], schnorr: { max: "1" } },
      "settings/schnorr/max is not a setting",
    ],
  ];
  for (const [name, settings, expected] of cases) {
    test(`${name} is refused, here and by the schema`, async () => {
      const problem = await policy.problemOf(settings);
      assert.ok(problem.startsWith(expected), problem);
      assert.equal(schema.Check(settings), false);
    });
  }

  for (const [name, settings, expected] of [
    ["a chain twice", { chains: [bbn, bbn] }, "settings/chains/1/chainId stands on the list already"],
    [
      "an end before the beginning",
      { chains: [{ ...bbn, fromHeight: "10", toHeight: "9" }] },
      "settings/chains/0/toHeight is below fromHeight",
    ],
    [
      "a window twice",
      {
        chains: [],
        schnorr: {
          windows: [
            { seconds: 5, max: "1" },
            { seconds: 5, max: "2" },
          ],
        },
      },
      "settings/schnorr/windows/1 repeats a window",
    ],
  ] as const) {
    test(`${name} is refused`, async () => assert.equal(await policy.problemOf(settings), expected));
  }

  for (const settings of [SETTINGS, { chains: [] }, { chains: [], schnorr: {} }]) {
    test(`accepted: ${JSON.stringify(settings).slice(0, 40)}`, async () => {
      assert.equal(await policy.problemOf(settings), "");
      assert.equal(schema.Check(settings), true);
    });
  }
});
