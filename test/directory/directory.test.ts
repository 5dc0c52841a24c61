/** Which key a name stands for where a ledger of an earlier release has more than one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { KeyRecord, KeyState } from "../../src/domain/keys.ts";
import { Directory } from "../../src/directory/directory.ts";

function key(id: string, parity: number, state: KeyState): KeyRecord {
  return {
    id,
    namespace: "default",
    walletId: null,
    chain: "babylon",
    curve: "secp256k1",
    derivation: "imported",
    path: null,
    publicKey: new Uint8Array([parity, ...new Uint8Array(32).fill(1)]),
    address: "01".repeat(32),
    label: null,
    attributes: {},
    state,
    createdAt: "2026-01-01T00:00:00.000Z",
  };
}

function found(...states: readonly [even: KeyState, odd: KeyState]): string | undefined {
  const directory = new Directory();
  directory.addKey(key("even", 2, states[0]));
  directory.addKey(key("odd", 3, states[1]));
  return directory.finalityProvider("default", "01".repeat(32))?.id;
}

test("a finality provider's key and its negative, both active: neither is taken for the other", () =>
  assert.throws(() => found("active", "active"), { code: "request.conflict", message: /parity/ }));

test("of a key and its negative the active one is meant, then one that was not deleted", () => {
  assert.equal(found("disabled", "active"), "odd");
  assert.equal(found("deleted", "disabled"), "odd");
  assert.equal(found("disabled", "deleted"), "even");
});
