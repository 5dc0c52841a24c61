/** The settings schema of transfer-limits and the policy's own check of its settings agree. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Compile } from "typebox/schema";
import type { Json } from "../../../src/domain/canonical.ts";
import { PolicyUnderTest } from "../../harness.ts";

const policy = new PolicyUnderTest("transfer-limits");
before(() => policy.start());
after(() => policy.stop());

const schema = Compile(
  JSON.parse(readFileSync(join(import.meta.dirname, "../settings.schema.json"), "utf8")),
);
const rule = { chain: "ethereum", asset: "native" };
const withRule = (members: Record<string, Json>): Json => ({ rules: [{ ...rule, ...members }], maxFee: [] });
const withList = (name: string, item: Json): Json => ({ rules: [], maxFee: [], [name]: [item] });
const over = { quorum: 1, groups: ["a"], expiresIn: 60 };

/** Settings that the schema and the policy both refuse; the reason begins with the place. */
const REFUSED: readonly (readonly [string, Json, RegExp])[] = [
  ["no object", [], /^settings must be an object/],
  ["no rules", { maxFee: [] }, /^settings\/rules must be a list/],
  ["no maxFee", { rules: [] }, /^settings\/maxFee must be a list/],
  ["an unknown setting", { rules: [], maxFee: [], allowAll: true }, /^settings\/allowAll is not a setting/],
  [
    "a switch that is text",
    { rules: [], maxFee: [], allowOpaque: "false" },
    /^settings\/allowOpaque must be/,
  ],
  ["a rule without asset", { rules: [{ chain: "ethereum" }], maxFee: [] }, /^settings\/rules\/0\/asset/],
  ["a rule without chain", { rules: [{ asset: "native" }], maxFee: [] }, /^settings\/rules\/0\/chain/],
  ["an unknown chain", withRule({ chain: "Ethereum" }), /^settings\/rules\/0\/chain is not a chain/],
  ["a rule for everything", withRule({ asset: "*" }), /^settings\/rules\/0\/asset must name/],
  ["an unknown member of a rule", withRule({ maxAmount: "1" }), /^settings\/rules\/0\/maxAmount is not/],
  [
    "an amount that is a number",
    withRule({ maxPerTransaction: 5 }),
    /^settings\/rules\/0\/maxPerTransaction/,
  ],
  [
    "an amount with a point",
    withRule({ maxPerTransaction: "0.5" }),
    /^settings\/rules\/0\/maxPerTransaction/,
  ],
  [
    "an amount with a leading zero",
    withRule({ maxPerTransaction: "05" }),
    /^settings\/rules\/0\/maxPerTransaction/,
  ],
  ["recipients that are no list", withRule({ recipients: "0x1" }), /^settings\/rules\/0\/recipients/],
  ["a recipient that is no text", withRule({ recipients: [1] }), /^settings\/rules\/0\/recipients\/0/],
  ["no windows in a list of windows", withRule({ windows: [] }), /^settings\/rules\/0\/windows/],
  ["a window without max", withRule({ windows: [{ seconds: 1 }] }), /^settings\/rules\/0\/windows\/0\/max/],
  ["a window of no time", withRule({ windows: [{ seconds: 0, max: "1" }] }), /\/windows\/0\/seconds must be/],
  ["a window of text", withRule({ windows: [{ seconds: "60", max: "1" }] }), /\/windows\/0\/seconds must be/],
  [
    "approvals by nobody",
    withRule({ windows: [{ seconds: 1, max: "1", over: { ...over, groups: [] } }] }),
    /\/over\/groups/,
  ],
  [
    "a quorum of none",
    withRule({ windows: [{ seconds: 1, max: "1", over: { ...over, quorum: 0 } }] }),
    /\/over\/quorum/,
  ],
  ["a counter's name for fees", withRule({ name: "fee/a" }), /^settings\/rules\/0\/name must not begin/],
  ["fees without windows", withRule({ fees: true }), /^settings\/rules\/0\/fees needs windows/],
  [
    "fees that are text",
    withRule({ fees: "true", windows: [{ seconds: 1, max: "1" }] }),
    /^settings\/rules\/0\/fees must be/,
  ],
  [
    "a fee window without max",
    { rules: [], maxFee: [{ chain: "ethereum", max: "1", windows: [{ seconds: 60 }] }] },
    /^settings\/maxFee\/0\/windows\/0\/max/,
  ],
  [
    "a contract without address",
    withList("contracts", { chain: "ethereum" }),
    /^settings\/contracts\/0\/address/,
  ],
  [
    "a contract with methods",
    withList("contracts", { chain: "ethereum", address: "0x1", methods: ["*"] }),
    /^settings\/contracts\/0\/methods is not/,
  ],
  ["a message that is no text", withList("messages", 1), /^settings\/messages\/0 must be text/],
  ["every message", withList("messages", "*"), /^settings\/messages\/0 must say how the text begins/],
  ["nobody's asset", withRule({ from: [] }), /^settings\/rules\/0\/from must be a list of 1 to 100/],
  ["an owner that is no text", withRule({ from: [1] }), /^settings\/rules\/0\/from\/0 must be text/],
  ...["App.example", "https://app.example", "app.example/", "аpp.example", "app example"].map(
    (domain): [string, Json, RegExp] => [
      `the domain ${domain}`,
      withList("signInDomains", domain),
      /^settings\/signInDomains\/0 must be a host in small letters/,
    ],
  ),
  ["a domain that is no text", withList("signInDomains", null), /^settings\/signInDomains\/0 must be text/],
  [
    "a pin without digest",
    withList("lookupTables", { address: "a" }),
    /^settings\/lookupTables\/0\/digest must be/,
  ],
  ["a fee rule without max", { rules: [], maxFee: [{ chain: "ethereum" }] }, /^settings\/maxFee\/0\/max/],
];

/** What only the policy can tell, because it compares two members. */
const REFUSED_BY_POLICY: readonly (readonly [string, Json, RegExp])[] = [
  [
    "two rules with one counter",
    { rules: [rule, { ...rule, recipients: ["0x1"] }], maxFee: [] },
    /same counters.*own name/,
  ],
  [
    "two rules with one name",
    {
      rules: [
        { ...rule, name: "a" },
        { name: "a", chain: "solana", asset: "native" },
      ],
      maxFee: [],
    },
    /same counters/,
  ],
  [
    "one window twice",
    withRule({
      windows: [
        { seconds: 1, max: "1" },
        { seconds: 1, max: "2" },
      ],
    }),
    /repeats a window/,
  ],
];

const ACCEPTED: readonly (readonly [string, Json])[] = [
  ["nothing allowed", { rules: [], maxFee: [] }],
  [
    "everything set",
    {
      rules: [
        {
          ...rule,
          name: "out",
          chainId: "1",
          recipients: ["0x1"],
          maxPerTransaction: "0",
          windows: [{ seconds: 60, max: "1", over }],
          fees: true,
        },
      ],
      maxFee: [
        {
          chain: "solana",
          chainId: "mainnet-beta",
          asset: "native",
          max: "5000",
          windows: [{ seconds: 60, max: "1", over }],
        },
      ],
      contracts: [{ chain: "ethereum", chainId: "1", address: "0x1" }],
      messages: ["hello", "I agree *"],
      signInDomains: ["app.example", "localhost:3000", "[::1]:80"],
      lookupTables: [{ address: "a", digest: `0x${"0A".repeat(32)}` }],
      allowContractCreation: false,
      allowMessages: true,
      allowOpaque: false,
    },
  ],
];

describe("transfer-limits: settings", () => {
  for (const [name, settings, reason] of REFUSED) {
    test(`refuses ${name}`, async () => {
      assert.match(await policy.problemOf(settings), reason);
      assert.equal(schema.Check(settings), false, "the schema accepts it");
    });
  }
  for (const [name, settings, reason] of REFUSED_BY_POLICY) {
    test(`refuses ${name}`, async () => assert.match(await policy.problemOf(settings), reason));
  }
  for (const [name, settings] of ACCEPTED) {
    test(`accepts ${name}`, async () => {
      assert.equal(await policy.problemOf(settings), "");
      assert.equal(schema.Check(settings), true, "the schema refuses it");
    });
  }
});
