/** Which refusals are decisions: a batch goes on past those, and ends at a fault. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ERRORS, isOf, isRefusal, SignerError, type ErrorCode } from "../../src/domain/errors.ts";

const DECISIONS: readonly ErrorCode[] = [
  "policy.denied",
  "policy.failed",
  "guard.double_vote",
  "guard.disabled",
];
const FAULTS: readonly ErrorCode[] = [
  "policy.not_found",
  "request.malformed",
  "auth.forbidden",
  "service.sealed",
];

test("policies and guards refuse; a fault of request, caller or service is no refusal", () => {
  for (const code of DECISIONS) assert.ok(isRefusal(new SignerError(code, "no")), code);
  for (const code of FAULTS) assert.ok(!isRefusal(new SignerError(code, "no")), code);
  assert.ok(!isRefusal(new Error("guard.double_vote")), "a bug has no family");
});

test("every guard.* code is of the guard, and no other code is", () => {
  for (const [code, { family }] of Object.entries(ERRORS)) {
    assert.equal(family === "guard", code.startsWith("guard."), code);
    assert.equal(family === "service", code.startsWith("service."), code);
  }
});

test("isOf asks for any of the families that it is given", () => {
  const unknownKey = new SignerError("key.not_found", "no such key");
  assert.ok(isOf(unknownKey, "guard", "key"));
  assert.ok(!isOf(unknownKey, "guard", "policy"));
});
