/** Nothing that JSON can say makes the adapter fail in another way than with a SignerError. */
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { starknetAdapter } from "../../../src/chains/starknet/adapter.ts";
import { decodeMulticall, encodeMulticall } from "../../../src/chains/starknet/calls.ts";
import { ADDRESS_BOUND, PRIME } from "../../../src/chains/starknet/felts.ts";
import { SignerError } from "../../../src/domain/errors.ts";
import { isObject } from "../../../src/chains/starknet/members.ts";
import { few, rounds } from "../../extent.ts";
import { DOCUMENT_CASES } from "./document-table.ts";
import { CONTRACT, FUNCTION_CASES, multicall } from "./function-table.ts";
import { KEY, RECIPIENT, invoke } from "./sample.ts";

const TYPED_DATA = {
  types: {
    StarknetDomain: ["name", "version", "chainId", "revision"].map((name) => ({ name, type: "shortstring" })),
    Order: [
      { name: "maker", type: "ContractAddress" },
      { name: "leaves", type: "merkletree", contains: "Leaf" },
      { name: "side", type: "enum", contains: "Side" },
      { name: "amount", type: "TokenAmount" },
    ],
    Leaf: [{ name: "to", type: "felt*" }],
    Side: [
      { name: "Buy", type: "()" },
      { name: "Sell", type: "(u128,string)" },
    ],
  },
  primaryType: "Order",
  domain: { name: "Example", version: "1", chainId: "SN_MAIN", revision: 1 },
  message: {
    maker: "0x1",
    leaves: [{ to: [1, 2] }],
    side: { Sell: [5, "note"] },
    amount: { token_address: "0x2", amount: { low: 1, high: 0 } },
  },
};

function known(name: string): unknown {
  return {
    type: "starknet.typedData",
    typedData: DOCUMENT_CASES.find((example) => example.name === name)?.document,
  };
}

/** Samples whose calldata and messages are read by a table. */
const REQUESTS = [
  invoke(),
  { type: "starknet.typedData", typedData: TYPED_DATA },
  invoke({
    calldata: multicall([CONTRACT, "change_owners", [1, 5, 1, 0, RECIPIENT, 0, 0, RECIPIENT, 7, 8, 99]]),
  }),
  known("Argent Session"),
  known("SNIP-9 OutsideExecution, version 2"),
  known("SNIP-86 sign-in"),
  known("Braavos SessionExecution, version 2"),
];

/** Decodes, and lets only a SignerError pass. */
function survives(request: unknown): void {
  assert.ok(isObject(request));
  try {
    const type = request["type"];
    starknetAdapter.decode({ ...request, type: typeof type === "string" ? type : "" }, KEY);
  } catch (error) {
    if (!(error instanceof SignerError)) throw error;
    assert.match(error.code, /^transaction\./);
    assert.ok(error.message.length < 1_000, "a message carries no payload");
  }
}

/** Every place in a JSON value, as a path. */
function places(value: unknown, path: readonly string[] = []): string[][] {
  const inner =
    typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([name, item]) => places(item, [...path, name]))
      : [];
  return [[...path], ...inner];
}

/** `value` with what stands at `path` replaced, or removed where `replacement` is undefined. */
function replace(value: unknown, path: readonly string[], replacement: unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return replacement;
  if (Array.isArray(value))
    return value.map((item, index) => (String(index) === name ? replace(item, rest, replacement) : item));
  if (!isObject(value)) return value;
  return { ...value, [name]: replace(value[name], rest, replacement) };
}

const STRANGE = [
  null,
  true,
  [],
  {},
  "",
  "0x",
  "0xzz",
  "-1",
  "1e3",
  "NaN",
  "constructor",
  "__proto__",
  "toString",
  1.5,
  -1,
  Number.MAX_SAFE_INTEGER + 2,
  "9".repeat(200),
  `0x${"f".repeat(64)}`,
  [[[[]]]],
  { __proto__: null, length: 3 },
  "\ud800",
  "(u128",
  "u128,)",
  "*",
  "Order",
];

const RUNS = rounds("STARKNET_RUNS");

for (const [index, sample] of REQUESTS.entries()) {
  test(`the unchanged sample ${index} decodes`, () => {
    assert.equal(starknetAdapter.decode(JSON.parse(JSON.stringify(sample)), KEY).payloads.length, 1);
  });

  test(`strange values at places of sample ${index}`, () => {
    const inside = places(sample).filter((path) => path.length > 0);
    for (const path of few(inside, 12)) {
      for (const value of STRANGE) survives(replace(sample, path, value));
    }
  });

  test(`random JSON at random places of sample ${index}`, () => {
    const anywhere = fc.constantFrom(...places(sample).filter((path) => path.length > 0));
    fc.assert(
      fc.property(anywhere, fc.jsonValue(), (path, value) => survives(replace(sample, path, value))),
      { numRuns: RUNS },
    );
  });
}

test("random JSON as a whole request", () => {
  const type = fc.constantFrom(...starknetAdapter.requestTypes);
  fc.assert(
    fc.property(type, fc.jsonValue(), fc.jsonValue(), (name, value, other) => {
      survives({ type: name, transaction: value });
      survives({ type: name, typedData: value, accountAddress: other });
    }),
    { numRuns: RUNS },
  );
});

test("random felts for every known function are read, are opaque, or are refused", () => {
  const names = fc.constantFrom(...FUNCTION_CASES.map(({ name }) => name));
  const felt = fc.oneof(fc.bigInt({ min: 0n, max: 5n }), fc.bigInt({ min: 0n, max: PRIME - 1n }));
  fc.assert(
    fc.property(names, fc.array(felt, { maxLength: 10 }), (name, felts) => {
      survives(invoke({ calldata: multicall([CONTRACT, name, felts.map(String)]).map(String) }));
    }),
    { numRuns: RUNS },
  );
});

test("random calldata decodes to calls that encode to the same felts, or is refused", () => {
  const word = fc.oneof(fc.bigInt({ min: 0n, max: 4n }), fc.bigInt({ min: 0n, max: PRIME - 1n }));
  fc.assert(
    fc.property(fc.array(word, { maxLength: 20 }), (calldata) => {
      survives(invoke({ calldata: calldata.map(String) }));
      let calls;
      try {
        calls = decodeMulticall(calldata, "/calldata");
      } catch {
        return;
      }
      assert.deepEqual(encodeMulticall(calls), calldata);
    }),
    { numRuns: RUNS },
  );
});

test("random multicalls survive encoding and decoding", () => {
  const felt = fc.bigInt({ min: 0n, max: PRIME - 1n });
  const address = fc.bigInt({ min: 0n, max: ADDRESS_BOUND - 1n });
  const call = fc.record(
    { to: address, selector: felt, calldata: fc.array(felt, { maxLength: 6 }) },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(fc.array(call, { maxLength: 64 }), (calls) => {
      assert.deepEqual(decodeMulticall(encodeMulticall(calls), "/calldata"), calls);
    }),
  );
});
