/** contract-allowlist in the real sandbox: only listed calls pass, and what is opaque for another reason does not. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import { Compile } from "typebox/schema";
import { toFunctionSelector } from "viem";
import type { Json } from "../../../src/domain/canonical.ts";
import type { IntentCall, OpaqueCause } from "../../../src/domain/intent.ts";
import { PolicyUnderTest, type InputParts, type IntentParts } from "../../harness.ts";

const policy = new PolicyUnderTest("contract-allowlist");
before(() => policy.start());
after(() => policy.stop());

const ROUTER = "0x52908400098527886e0f7030069857d2e4169ee7";
const SAFE = "0x8617e340b3d01fa5f11f306f4090fd50e238070d";
const VAULT = "0xde709f2102306220921060314715629080e2fb77";
const OTHER = "0x27b1fdb04752bbc536007a920d24acb045561c26";
const PROGRAM_TABLE = "7LSfLv2S6K7zMPrgmJDkZoJNhWvWRzpU7qt9uMR5yz8G";
const TRANSFER = { function: "transfer(address,uint256)", selector: "0xa9059cbb" };

const SETTINGS = {
  contracts: [
    {
      chain: "ethereum",
      chainId: "1",
      address: ROUTER.toUpperCase().replace("0X", "0x"),
      methods: ["0x38ED1739", "transfer(address,uint256)"],
    },
    { chain: "ethereum", address: SAFE, methods: ["*"] },
    { chain: "ethereum", address: VAULT, methods: ["harvest(uint256,bool)"] },
    {
      chain: "solana",
      address: "JUP6LkbZbjS1jKKwapdHNy74zcZ3tLUZoi5QNyVTaV4",
      methods: ["0xe517cb977ae3ad2a"],
    },
    { chain: "solana", address: "ComputeBudget111111111111111111111111111111" },
    {
      chain: "starknet",
      address: "0x0049d36570d4e46f",
      methods: ["0x83afd3f4caedc6eebf44246fe54e38c95e3179a5ec9ea81740eca5b482d12e"],
    },
  ],
} satisfies Json;

function says(intent: IntentParts, other: Partial<InputParts> = {}): Promise<string> {
  return policy.says({ settings: SETTINGS, intent, ...other });
}

const swap = { to: ROUTER, selector: "0x38ed1739" };
const opaque = { opaque: true, opaqueReason: "unknown function" };

describe("contract-allowlist: refusals", () => {
  const cases: readonly (readonly [string, IntentParts, string, Partial<InputParts>?])[] = [
    ["a contract that is not listed", { calls: [{ to: OTHER, ...TRANSFER }] }, "deny contract_not_allowed"],
    [
      "a contract that is listed for another network",
      { calls: [{ to: ROUTER, ...TRANSFER }] },
      "deny contract_not_allowed",
      { chainId: "10" },
    ],
    [
      "a contract that is listed for another chain",
      { calls: [{ to: ROUTER, ...TRANSFER }] },
      "deny contract_not_allowed",
      { chain: "starknet" },
    ],
    [
      "a known method that is not listed",
      { calls: [{ to: ROUTER, function: "approve(address,uint256)", selector: "0x095ea7b3" }] },
      "deny method_not_allowed",
    ],
    [
      "an unknown method that is not listed",
      { ...opaque, calls: [{ to: ROUTER, selector: "0xdeadbeef" }] },
      "deny method_not_allowed",
    ],
    ["a call without call data", { ...opaque, calls: [{ to: ROUTER }] }, "deny method_not_allowed"],
    [
      "one of two calls that is not listed",
      { ...opaque, calls: [swap, { to: OTHER, selector: "0x38ed1739" }] },
      "deny contract_not_allowed",
    ],
    [
      "a contract's creation",
      { calls: [{ to: null, function: "constructor" }] },
      "deny contract_creation_not_allowed",
    ],
    [
      "opaqueness without calls",
      { opaque: true, opaqueCauses: ["unknownTypedData"], opaqueReason: "typed data Order" },
      "deny opaque",
    ],
    [
      "opaqueness of a known call, though its contract is listed with every method",
      {
        opaque: true,
        opaqueCauses: ["delegateCall"],
        calls: [{ to: SAFE, function: "execTransaction()", selector: "0x6a761202" }],
      },
      "deny opaque",
    ],
    [
      "a listed unknown call beside StarkNet's paymaster_data",
      { opaque: true, opaqueCauses: ["unknownCall", "reservedFields"], calls: [swap] },
      "deny opaque",
    ],
    [
      "a listed instruction of a known program in a form that is not known",
      {
        opaque: true,
        opaqueCauses: ["unknownForm"],
        calls: [{ to: "11111111111111111111111111111111", selector: "0x02000000", data: "0x0200000005" }],
      },
      "deny opaque",
      {
        chain: "solana",
        settings: {
          contracts: [
            { chain: "solana", address: "11111111111111111111111111111111", methods: ["0x02000000"] },
          ],
        },
      },
    ],
    [
      "an execution of a listed account in a mode that is not known",
      {
        opaque: true,
        opaqueCauses: ["unknownForm"],
        calls: [{ to: ROUTER, selector: "0xe9ae5c53", function: "execute(bytes32,bytes)" }],
      },
      "deny opaque",
      { settings: { contracts: [{ chain: "ethereum", address: ROUTER }] } },
    ],
    [
      "a listed unknown program whose accounts stand in lookup tables",
      {
        opaque: true,
        opaqueCauses: ["unresolvedAccounts", "unknownProgram"],
        calls: [{ to: "JUP6LkbZbjS1jKKwapdHNy74zcZ3tLUZoi5QNyVTaV4", selector: "0xe517cb977ae3ad2a" }],
      },
      "deny opaque",
      { chain: "solana" },
    ],
    [
      "calls at an unknown contract that stand in no list of calls",
      { opaque: true, opaqueCauses: ["unknownContract"] },
      "deny opaque",
    ],
    [
      "a known function that moves nothing, at a contract that is not listed",
      {
        opaque: true,
        opaqueCauses: ["unknownContract"],
        calls: [{ to: OTHER, function: "decreaseAllowance(address,uint256)", selector: "0xa457c2d7" }],
      },
      "deny contract_not_allowed",
    ],
    ["opaqueness without a cause", { opaque: true, opaqueCauses: [], calls: [swap] }, "deny opaque"],
    [
      "a program in another case",
      {
        ...opaque,
        calls: [{ to: "jUP6LkbZbjS1jKKwapdHNy74zcZ3tLUZoi5QNyVTaV4", selector: "0xe517cb977ae3ad2a" }],
      },
      "deny contract_not_allowed",
      { chain: "solana" },
    ],
  ];
  for (const [name, intent, expected, other] of cases) {
    test(name, async () => assert.equal(await says(intent, other), expected));
  }
});

describe("contract-allowlist: what passes", () => {
  test("no calls at all", async () => {
    assert.equal(await says({ transfers: [{ to: OTHER, amount: "5" }] }), "allow");
  });

  test("a known method by name and by selector", async () => {
    assert.equal(await says({ calls: [{ to: ROUTER, ...TRANSFER }] }), "allow");
    const named = { to: ROUTER, selector: "0x38ed1739", function: "swapExactTokensForTokens()" };
    assert.equal(await says({ calls: [named] }), "allow");
  });

  test("an unknown method by selector, as an opaque intent", async () => {
    assert.equal(await says({ ...opaque, calls: [swap] }), "allowOpaque");
  });

  test("an unknown method by its ABI signature, which the policy hashes itself", async () => {
    const calls = [{ to: VAULT, selector: toFunctionSelector("harvest(uint256,bool)") }];
    const { verdict } = await policy.evaluate({ settings: SETTINGS, intent: { ...opaque, calls } });
    assert.ok(verdict.decision === "allow" && verdict.allowOpaque, JSON.stringify(verdict));
  });

  test("an unknown method beside a known one that is listed by name", async () => {
    assert.equal(await says({ ...opaque, calls: [swap, { to: ROUTER, ...TRANSFER }] }), "allowOpaque");
  });

  test("an unknown method beside a contract that is listed for all methods", async () => {
    const safe = { to: SAFE, function: "execTransaction()", selector: "0x6a761202" };
    assert.equal(await says({ ...opaque, calls: [safe, swap] }), "allowOpaque");
  });

  test("Solana and StarkNet", async () => {
    const calls = [
      {
        to: "ComputeBudget111111111111111111111111111111",
        selector: "0x02",
        function: "computeBudget.setLimit",
      },
      { to: "JUP6LkbZbjS1jKKwapdHNy74zcZ3tLUZoi5QNyVTaV4", selector: "0xe517cb977ae3ad2a" },
    ];
    assert.equal(await says({ ...opaque, calls }, { chain: "solana" }), "allowOpaque");
    const call = {
      to: "0x49d36570d4e46f",
      selector: "0x0083afd3f4caedc6eebf44246fe54e38c95e3179a5ec9ea81740eca5b482d12e",
      function: "transfer",
    };
    assert.equal(await says({ calls: [call] }, { chain: "starknet", chainId: "SN_MAIN" }), "allow");
  });
});

describe("contract-allowlist: methods are bytes", () => {
  const PROGRAM = "JUP6LkbZbjS1jKKwapdHNy74zcZ3tLUZoi5QNyVTaV4";

  async function standing(chain: string, methods: string[], call: IntentParts["calls"]): Promise<string> {
    const settings = { contracts: [{ chain, address: PROGRAM, methods }] };
    const calls = (call ?? []).map((members) => ({ to: PROGRAM, ...members }));
    return policy.says({ settings, chain, intent: { ...opaque, calls } });
  }

  const refused: readonly (readonly [string, string, Partial<IntentCall> & { data?: string }])[] = [
    ["ethereum", "0x00000000", { selector: "0x00" }],
    ["ethereum", "0x00000000", { selector: null }],
    ["ethereum", "0x00000005", { selector: "0x05" }],
    ["solana", "0x05", { selector: "0x0000000000000005" }],
    ["solana", "0x05", { selector: "0x0000000000000005", data: "0x0000000000000005eeee" }],
    ["solana", "0x00", { selector: null, data: "0x" }],
    ["solana", "0x00", { selector: null }],
    ["solana", "0x0500", { selector: "0x05", data: "0x05" }],
    ["solana", "0x0501", { selector: "0x0500000000000000", data: "0x050000000000000001" }],
    ["starknet", "0x1", { selector: "0x10" }],
    ["starknet", "0x0", { selector: null }],
  ];
  for (const [chain, method, call] of refused) {
    test(`${chain}: ${method} is not ${call.data ?? call.selector ?? "nothing"}`, async () => {
      assert.equal(await standing(chain, [method], [call]), "deny method_not_allowed");
    });
  }

  const allowed: readonly (readonly [string, string, Partial<IntentCall> & { data?: string }])[] = [
    ["ethereum", "0xA9059CBB", { selector: "0xa9059cbb" }],
    ["solana", "0x05", { selector: "0x05000000", data: "0x05000000ee" }],
    ["solana", "0x05000000EE", { selector: "0x05000000", data: "0x05000000ee" }],
    ["solana", "0x05", { selector: "0x05" }],
    ["starknet", "0x0001", { selector: "0x1" }],
  ];
  for (const [chain, method, call] of allowed) {
    test(`${chain}: ${method} is ${call.data ?? call.selector ?? "nothing"}`, async () => {
      assert.equal(await standing(chain, [method], [call]), "allowOpaque");
    });
  }

  test("on Solana a method is a prefix of the data, and nothing else", async () => {
    const bytes = fc.uint8Array({ maxLength: 20 });
    const hex = (value: Uint8Array): string => `0x${Buffer.from(value).toString("hex")}`;
    await fc.assert(
      fc.asyncProperty(bytes, bytes, fc.boolean(), async (rule, rest, isPrefix) => {
        fc.pre(rule.length > 0);
        const data = isPrefix ? Uint8Array.of(...rule, ...rest) : rest;
        const matches = Buffer.from(data).subarray(0, rule.length).equals(Buffer.from(rule));
        const call = { selector: hex(data.subarray(0, 8)), data: hex(data) };
        const expected = matches ? "allowOpaque" : "deny method_not_allowed";
        assert.equal(await standing("solana", [hex(rule)], [call]), expected);
      }),
    );
  });

  test("a listed contract answers for unknownContract", async () => {
    const calls = [{ to: SAFE, function: "decreaseAllowance(address,uint256)", selector: "0xa457c2d7" }];
    const intent = { opaque: true, opaqueCauses: ["unknownContract"], calls } as const;
    assert.equal(await says(intent), "allowOpaque");
  });
});

describe("contract-allowlist: lookup tables", () => {
  const TABLE = "AddressLookupTab1e1111111111111111111111111";
  const digest = `0x0${"a".repeat(63)}`;
  const settings = {
    ...SETTINGS,
    lookupTables: [{ address: TABLE, digest: digest.toUpperCase().replace("X", "x") }],
  };
  const through = (tables: Json[], causes: readonly OpaqueCause[] = ["lookup_table"]): IntentParts => ({
    opaque: true,
    opaqueCauses: causes,
    calls: [{ to: "ComputeBudget111111111111111111111111111111", selector: "0x02", data: "0x02" }],
    solana: { addressLookupTables: tables },
  });

  const refused: readonly (readonly [string, IntentParts])[] = [
    ["a table that is not pinned", through([{ table: PROGRAM_TABLE, digest }])],
    ["other contents", through([{ table: TABLE, digest: `0x1${"a".repeat(63)}` }])],
    [
      "one of two tables that is not pinned",
      through([
        { table: TABLE, digest },
        { table: PROGRAM_TABLE, digest },
      ]),
    ],
    ["a table without contents", through([{ table: TABLE, digest: null }])],
    ["no table", through([])],
    [
      "contents that nobody brought",
      through([{ table: TABLE, digest }], ["unresolvedAccounts", "lookup_table"]),
    ],
  ];
  for (const [name, intent] of refused) {
    test(`refuses ${name}`, async () => {
      assert.equal(await says(intent, { chain: "solana", settings }), "deny opaque");
    });
  }

  test("answers for tables that are pinned with their contents", async () => {
    assert.equal(
      await says(through([{ table: TABLE, digest }]), { chain: "solana", settings }),
      "allowOpaque",
    );
  });
});

describe("contract-allowlist: settings", () => {
  const schema = Compile(
    JSON.parse(readFileSync(join(import.meta.dirname, "../settings.schema.json"), "utf8")),
  );
  const contract = { chain: "ethereum", address: "0x1" };
  const refused: readonly (readonly [string, Json, RegExp])[] = [
    ["no object", "x", /^settings must be an object/],
    ["no contracts", {}, /^settings\/contracts must be a list/],
    ["an unknown setting", { contracts: [], allow: 1 }, /^settings\/allow is not a setting/],
    [
      "a contract without address",
      { contracts: [{ chain: "ethereum" }] },
      /^settings\/contracts\/0\/address/,
    ],
    [
      "an unknown chain",
      { contracts: [{ ...contract, chain: "eth" }] },
      /^settings\/contracts\/0\/chain is not/,
    ],
    [
      "an empty list of methods",
      { contracts: [{ ...contract, methods: [] }] },
      /^settings\/contracts\/0\/methods/,
    ],
    ["a method that is no text", { contracts: [{ ...contract, methods: [1] }] }, /\/methods\/0/],
    ...[
      ["ethereum", "0x00"],
      ["ethereum", "0xa9059cbb00"],
      ["ethereum", "0xa9059cbg"],
      ["ethereum", "0Xa9059cbb"],
      ["solana", "0x"],
      ["solana", "0x5"],
      ["solana", "0x0g"],
      ["starknet", "0x"],
      ["starknet", "0xsetApprovalForAll"],
    ].map(([chain = "", method = ""]): readonly [string, Json, RegExp] => [
      `the method ${method} on ${chain}`,
      { contracts: [{ chain, address: "0x1", methods: ["f()", method] }] },
      /^settings\/contracts\/0\/methods\/1 must/,
    ]),
    [
      "a pin without digest",
      { contracts: [], lookupTables: [{ address: "a" }] },
      /^settings\/lookupTables\/0\/digest/,
    ],
    [
      "a pin whose digest is short",
      { contracts: [], lookupTables: [{ address: "a", digest: "0x12" }] },
      /^settings\/lookupTables\/0\/digest/,
    ],
  ];
  for (const [name, settings, reason] of refused) {
    test(`refuses ${name}`, async () => {
      assert.match(await policy.problemOf(settings), reason);
      assert.equal(schema.Check(settings), false, "the schema accepts it");
    });
  }
  test("accepts an empty and a full list", async () => {
    const lookupTables = [{ address: PROGRAM_TABLE, digest: `0x${"0a".repeat(32)}` }];
    for (const settings of [{ contracts: [] }, SETTINGS, { ...SETTINGS, lookupTables }]) {
      assert.equal(await policy.problemOf(settings), "");
      assert.equal(schema.Check(settings), true);
    }
  });
});
