/** A signing root that nobody knows equals nothing: what was signed without one never counts as a repeat. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SigningRoot, UNKNOWN_ROOT } from "../../src/domain/signing-root.ts";

const ROOT = new SigningRoot(new Uint8Array(32).fill(1));

test("an unknown root equals no root, no other unknown one, and not itself", () => {
  const unknown = new SigningRoot(new Uint8Array());
  for (const other of [ROOT, UNKNOWN_ROOT, unknown]) {
    assert.ok(!unknown.equals(other));
    assert.ok(!other.equals(unknown));
  }
  assert.equal(unknown.toString(), "unknown");
});

test("known roots are equal where their 32 bytes are, 32 zeros too", () => {
  const zeros = new SigningRoot(new Uint8Array(32));
  assert.ok(ROOT.equals(new SigningRoot(new Uint8Array(32).fill(1))));
  assert.ok(zeros.equals(new SigningRoot(new Uint8Array(32))));
  assert.ok(!ROOT.equals(zeros));
});

for (const length of [1, 31, 33]) {
  test(`refuses ${length} bytes`, () =>
    assert.throws(() => new SigningRoot(new Uint8Array(length)), RangeError));
}
