/** The committed modules of policies/ are what their sources compile to. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";
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
