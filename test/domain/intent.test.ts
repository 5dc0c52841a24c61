/** Opacity: each cause once, reasons for people cut at a length that fits every answer. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { opacityOf, type Opacity } from "../../src/domain/intent.ts";

test("opacity: nothing hidden is not opaque and has no reason", () => {
  assert.deepEqual(opacityOf([]), { opaque: false, opaqueCauses: [] });
});

test("opacity: every cause stands once, and no number of reasons hides one", () => {
  const calls = Array.from({ length: 64 }, (_, index): Opacity => {
    return { cause: "unknownCall", reason: `call ${index}` };
  });
  const found = opacityOf([...calls, ...calls, { cause: "reservedFields", reason: "paymaster_data" }]);
  assert.deepEqual(found, {
    opaque: true,
    opaqueCauses: ["unknownCall", "reservedFields"],
    opaqueReason: "call 0; call 1; call 2; call 3; and 61 more",
  });
});
