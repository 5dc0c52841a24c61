/** The committed modules of policies/ are what their sources compile to. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";
import { PolicyUnderTest, type InputParts } from "../../policies/harness.ts";
import { compilePolicySource, modulePath, POLICIES } from "../../policies/build.ts";
import { inspectPolicy } from "../../src/policy/module.ts";

describe("policies/NAME/NAME.wasm", () => {
  for (const name of POLICIES) {
    test(`${name} is fresh`, async () => {
      const committed = await readFile(modulePath(name));
      const compiled = await compilePolicySource(name);
      assert.ok(committed.equals(compiled), `policies/${name}/${name}.wasm is stale: run npm run policies`);
    });

    test(`${name} uses no floats and checks its settings`, async () => {
      const { info } = inspectPolicy(await readFile(modulePath(name)));
      assert.equal(info.features.includes("float arithmetic"), false);
      assert.equal(info.validatesSettings, true);
    });
  }
});

describe("policies/NAME: large requests", () => {
  const address = (index: number): string => `0x${index.toString(16).padStart(40, "a")}`;
  const token = address(0);
  const transfers = Array.from({ length: 200 }, (_, index) => ({
    asset: `erc20:${token}`,
    to: address(index),
    amount: "1000000000000000000",
  }));
  const calls = transfers.slice(0, 64).map(({ to, amount }) => ({
    to: token,
    selector: "0xa9059cbb",
    function: "transfer(address,uint256)",
    args: { to, value: amount },
  }));
  const detail = {
    data: `0x${"ab".repeat(30_000)}`,
    words: Array.from({ length: 800 }, (_, index) => `${index}`.padEnd(76, "7")),
  };
  const settings = {
    "transfer-limits": {
      rules: [
        {
          chain: "ethereum",
          asset: `erc20:${token}`,
          recipients: transfers.map(({ to }) => to.toUpperCase().replace("X", "x")),
        },
      ],
      maxFee: [{ chain: "ethereum", max: "21000" }],
    },
    "contract-allowlist": { contracts: [{ chain: "ethereum", address: token, methods: ["0xa9059cbb"] }] },
    "deny-opaque": {},
  } as const;

  for (const name of ["transfer-limits", "contract-allowlist", "deny-opaque"] as const) {
    test(`${name} reads 200 transfers, 64 calls and 120 KB of detail for less than half of the default fuel`, async () => {
      const policy = new PolicyUnderTest(name);
      await policy.start();
      const parts: InputParts = { settings: settings[name], intent: { transfers, calls, ethereum: detail } };
      const { verdict, fuelUsed } = await policy.evaluate(parts);
      await policy.stop();
      assert.equal(verdict.decision, "allow", JSON.stringify(verdict));
      assert.ok(fuelUsed < 5_000_000, `${fuelUsed}`);
    });
  }
});
