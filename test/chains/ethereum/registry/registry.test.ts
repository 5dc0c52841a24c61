/** The ERC-7730 registry as a corpus: each document and call is decoded, opaque, or harmless for a stated reason. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { KEY } from "../keys.ts";
import { CALLS } from "./calls.ts";
import { DOCUMENTS } from "./documents.ts";
import { callRequest, documentRequest } from "./sample.ts";
import { outcomeOf, page, PAGE } from "./table.ts";

describe("erc7730: the registry as a corpus", () => {
  test("it has documents and calls", () => {
    assert.ok(DOCUMENTS.length >= 69);
    assert.ok(CALLS.length >= 496);
  });

  test("no sample is refused for its form, and none is harmless without a reason", () => {
    for (const request of [
      ...DOCUMENTS.map((entry) => documentRequest(entry, KEY.address)),
      ...CALLS.map((entry) => callRequest(entry)),
    ]) {
      const outcome = outcomeOf(request);
      assert.match(outcome, /^(?:decoded|opaque|harmless): \S/, JSON.stringify(request).slice(0, 300));
    }
  });

  test("docs/registry.md is fresh: npm run registry", async () => {
    assert.equal(readFileSync(PAGE, "utf8"), await page());
  });
});
