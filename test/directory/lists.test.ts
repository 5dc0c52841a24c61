/** Lists and numbers that the directory keeps: after any changes, what looking at everything would give. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PrincipalIndex, type Principal } from "../../src/access/principals.ts";
import { pageOf } from "../../src/administration/pages.ts";
import { accountOfKey } from "../../src/chains/account-plans.ts";
import { Directory } from "../../src/directory/directory.ts";
import { KEY_STATES, type Chain, type KeyRecord } from "../../src/domain/keys.ts";
import type { OrderedItems } from "../../src/domain/ordered.ts";

const NAMESPACES = ["default", "other"];
const WALLETS = ["wal_a", "wal_b", null];
const CHAINS: readonly Chain[] = ["ethereum", "ethereum-validator", "babylon", "bitcoin"];

/** Few ids, so that keys change, and come in another order than that of their ids. */
const Key = fc
  .record({
    number: fc.integer({ min: 0, max: 40 }),
    state: fc.constantFrom(...KEY_STATES),
  })
  .map(({ number, state }) => keyOf(number, state));

/** Everything but the state follows from the number, as a key's own facts never change. */
function keyOf(number: number, state: KeyRecord["state"]): KeyRecord {
  const chain = CHAINS[number % 4] ?? "ethereum";
  const walletId = WALLETS[number % 3] ?? null;
  // Two numbers that differ by 40 would share an address: of Babylon a key and its negative do.
  const address = `0x${"ab".repeat(2)}${String(chain === "babylon" ? number % 24 : number)}`;
  const path = walletId === null ? null : pathOf(chain, number);
  return {
    id: `key_${String(number).padStart(2, "0")}`,
    namespace: NAMESPACES[number % 2] ?? "default",
    walletId,
    chain,
    curve: chain === "ethereum-validator" ? "bls12-381" : "secp256k1",
    derivation: walletId === null ? "imported" : "bip32-secp256k1",
    path,
    publicKey: Uint8Array.of(number),
    address,
    label: null,
    attributes: chain === "bitcoin" ? { network: "mainnet", purpose: 84 } : {},
    state,
    createdAt: "2026-01-01T00:00:00.000Z",
  };
}

function pathOf(chain: Chain, number: number): string {
  return chain === "bitcoin" ? `m/84'/0'/${number % 3}'/0/${number}` : `m/44'/60'/${number % 3}'/0/${number}`;
}

/** Every page of a list, one after the other. */
function paged<Item>(list: OrderedItems<Item>, limit: number): readonly Item[] {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const page = pageOf(list, { cursor, limit });
    assert.ok(page.items.length <= limit);
    items.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return items;
}

function assertKeys(directory: Directory, keys: readonly KeyRecord[]): void {
  const live = keys.filter(({ state }) => state !== "deleted");
  const validators = keys.filter(({ chain }) => chain === "ethereum-validator");
  const active = validators.filter(({ state }) => state === "active");
  assert.equal(directory.counts.live, live.length);
  assert.equal(directory.counts.activeValidators, active.length);
  assert.equal(directory.counts.finalityProviders, live.filter(({ chain }) => chain === "babylon").length);
  for (const namespace of NAMESPACES) {
    const own = (key: KeyRecord): boolean => key.namespace === namespace;
    assert.deepEqual(
      paged(directory.keys(namespace), 3),
      keys.filter(own).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    );
    assert.equal(directory.counts.liveIn(namespace), live.filter(own).length);
    const names = (chosen: readonly KeyRecord[]): readonly string[] =>
      [...new Set(chosen.filter(own).map(({ address }) => address))].toSorted();
    assert.deepEqual(
      paged(directory.validators(namespace), 2).map(({ name }) => name),
      names(validators),
    );
    assert.deepEqual(directory.activeValidators(namespace), names(active));
    assert.deepEqual(
      Array.from(directory.finalityProviders(namespace), ({ name }) => name),
      names(keys.filter(({ chain }) => chain === "babylon")),
    );
  }
  for (const { address } of validators) {
    assert.deepEqual(
      new Set(directory.validatorHolders(address)),
      new Set(validators.filter((key) => key.address === address)),
    );
  }
}

function assertWallets(directory: Directory, keys: readonly KeyRecord[]): void {
  for (const wallet of ["wal_a", "wal_b"]) {
    const own = keys.filter(({ walletId }) => walletId === wallet);
    const counted: Record<string, number> = {};
    for (const { key, live } of directory.walletBranches(wallet)) {
      const id = accountOfKey(key)?.id;
      if (id !== undefined && live > 0) counted[id] = (counted[id] ?? 0) + live;
    }
    const expected: Record<string, number> = {};
    for (const key of own) {
      const id = key.state === "deleted" ? undefined : accountOfKey(key)?.id;
      if (id !== undefined) expected[id] = (expected[id] ?? 0) + 1;
    }
    assert.deepEqual(counted, expected);
    for (const { chain, path } of own) {
      const at = own.filter((key) => key.chain === chain && key.path === path);
      assert.deepEqual(new Set(directory.keysAtPath(wallet, chain, path ?? "")), new Set(at));
    }
  }
}

test("keys: lists, pages, numbers and accounts are those of a look at every key", () => {
  fc.assert(
    fc.property(fc.array(Key, { maxLength: 80 }), (steps) => {
      const directory = new Directory();
      const keys = new Map<string, KeyRecord>();
      for (const key of steps) {
        // A memo of the active ones that outlived a change would show here.
        directory.activeValidators(key.namespace);
        directory.addKey(key);
        keys.set(key.id, key);
      }
      assertKeys(directory, [...keys.values()]);
      assertWallets(directory, [...keys.values()]);
    }),
  );
});

test("a state that is set is counted, and the list of validators that sign is made anew", () => {
  const directory = new Directory();
  const key = keyOf(1, "active");
  directory.addKey(key);
  const before = directory.activeValidators(key.namespace);
  assert.equal(before, directory.activeValidators(key.namespace));
  directory.setKeyState(key.id, "disabled");
  assert.deepEqual(directory.activeValidators(key.namespace), []);
  assert.deepEqual(before, [key.address]);
  assert.equal(directory.counts.activeValidators, 0);
  assert.equal(directory.counts.live, 1);
});

const Change = fc.record({
  number: fc.integer({ min: 0, max: 12 }),
  removes: fc.boolean(),
  version: fc.nat(9),
});

test("principals: a namespace's list is that of a look at every principal", () => {
  fc.assert(
    fc.property(fc.array(Change, { maxLength: 40 }), (steps) => {
      const index = new PrincipalIndex();
      const principals = new Map<string, Principal>();
      for (const { number, removes, version } of steps) {
        const id = `prn_${number}`;
        const namespace = NAMESPACES[number % 2] ?? "default";
        if (removes) {
          index.remove(id);
          principals.delete(id);
          continue;
        }
        const principal = { id, namespace, name: id, roles: [], groups: [], createdAt: "", version };
        index.add(principal, new Uint8Array(32).fill(number));
        principals.set(id, principal);
      }
      for (const namespace of NAMESPACES) {
        assert.deepEqual(
          paged(index.list(namespace), 2),
          [...principals.values()]
            .filter((principal) => principal.namespace === namespace)
            .toSorted((a, b) => (a.id < b.id ? -1 : 1)),
        );
      }
    }),
  );
});
