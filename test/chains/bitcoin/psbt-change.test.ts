/** bitcoin.psbt: which outputs count as change. A lie about change is a theft that looks like none. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Transaction } from "@scure/btc-signer";
import {
  accountAddress,
  coinOf,
  decodePsbt,
  fullPath,
  importedKey,
  inputOf,
  keys,
  psbtOf,
  stranger,
} from "./fixtures.ts";
import type { TestKey } from "./fixtures.ts";

const segwit = keys[84];

/** An output of the account with derivation fields, true or not. */
function changeOutput(purpose: 44 | 49 | 84 | 86, script: Uint8Array, publicKey: Uint8Array, path: number[]) {
  const der = { fingerprint: 0x11223344, path };
  const derivation =
    purpose === 86
      ? {
          tapBip32Derivation: [[publicKey.slice(1), { hashes: [], der }]] as [
            Uint8Array,
            { hashes: Uint8Array[]; der: typeof der },
          ][],
        }
      : { bip32Derivation: [[publicKey, der]] as [Uint8Array, typeof der][] };
  return { script, amount: 90_000n, ...derivation };
}

function ownChange(key: TestKey, output: Parameters<Transaction["addOutput"]>[0]): boolean | undefined {
  return decodePsbt(key, psbtOf([inputOf(coinOf(key))], [output])).intent.transfers[0]?.ownChange;
}

suite("bitcoin.psbt: change is what we derive again, not what is claimed", () => {
  const purposes = [84, 86, 49, 44] as const;

  for (const purpose of purposes) {
    const key = keys[purpose];
    const change = accountAddress(purpose, 1, 7);
    const path = fullPath(purpose, 1, 7);
    const foreign = importedKey(stranger.privateKey, { purpose });
    const lies = [
      ["no derivation", { script: change.script, amount: 90_000n }],
      [
        "a foreign script under a true derivation",
        changeOutput(purpose, foreign.script.script, change.publicKey, path),
      ],
      [
        "a foreign key and script under the account's path",
        changeOutput(purpose, foreign.script.script, foreign.record.publicKey, path),
      ],
      [
        "another index in the path",
        changeOutput(purpose, change.script, change.publicKey, fullPath(purpose, 1, 8)),
      ],
      [
        "another key under a true path and script",
        changeOutput(purpose, change.script, foreign.record.publicKey, path),
      ],
      [
        "another account's path around a true key",
        changeOutput(purpose, change.script, change.publicKey, fullPath(purpose, 1, 7, 1)),
      ],
      [
        "another account",
        changeOutput(
          purpose,
          accountAddress(purpose, 1, 7, 1).script,
          accountAddress(purpose, 1, 7, 1).publicKey,
          fullPath(purpose, 1, 7, 1),
        ),
      ],
      [
        "the account's path around another account's key",
        changeOutput(
          purpose,
          accountAddress(purpose, 1, 7, 1).script,
          accountAddress(purpose, 1, 7, 1).publicKey,
          path,
        ),
      ],
      [
        "a third branch",
        changeOutput(
          purpose,
          accountAddress(purpose, 2, 0).script,
          accountAddress(purpose, 2, 0).publicKey,
          fullPath(purpose, 2, 0),
        ),
      ],
      [
        "an index that no wallet would search",
        changeOutput(
          purpose,
          accountAddress(purpose, 1, 1_000_001).script,
          accountAddress(purpose, 1, 1_000_001).publicKey,
          fullPath(purpose, 1, 1_000_001),
        ),
      ],
      [
        "a hardened index",
        changeOutput(purpose, change.script, change.publicKey, [...path.slice(0, 4), 7 + 0x80000000]),
      ],
      ["a path that is too short", changeOutput(purpose, change.script, change.publicKey, path.slice(0, 4))],
      ["a path that is too long", changeOutput(purpose, change.script, change.publicKey, [...path, 0])],
    ] as const;
    for (const [name, output] of lies) {
      test(`BIP-${purpose}: ${name} is a transfer`, () => assert.equal(ownChange(key, output), false));
    }
    test(`BIP-${purpose}: a change address of the account is change`, () => {
      assert.equal(ownChange(key, changeOutput(purpose, change.script, change.publicKey, path)), true);
    });
    test(`BIP-${purpose}: a receiving address of the account is change`, () => {
      const { script, publicKey } = accountAddress(purpose, 0, 1_000_000);
      assert.equal(
        ownChange(key, changeOutput(purpose, script, publicKey, fullPath(purpose, 0, 1_000_000))),
        true,
      );
    });
    test(`BIP-${purpose}: the key's own address is change without any derivation`, () => {
      assert.equal(ownChange(key, { script: key.script.script, amount: 90_000n }), true);
    });
  }
  test("two derivations on one output are a transfer, in either order", () => {
    // PSBT records are sorted by key: the true one is the middle of three.
    const sorted = [0, 1, 2]
      .map((index) => ({ index, ...accountAddress(84, 1, index) }))
      .toSorted((first, other) => Buffer.compare(first.publicKey, other.publicKey));
    const [first, change, last] = sorted;
    if (first === undefined || change === undefined || last === undefined) throw new Error("three keys");
    const der = { fingerprint: 0, path: fullPath(84, 1, change.index) };
    const alone: [Uint8Array, typeof der][] = [[change.publicKey, der]];
    assert.equal(ownChange(segwit, { script: change.script, amount: 90_000n, bip32Derivation: alone }), true);
    const others = [first.publicKey, last.publicKey];
    for (const other of others) {
      const bip32Derivation: [Uint8Array, typeof der][] = [
        [change.publicKey, der],
        [other, der],
      ];
      assert.equal(ownChange(segwit, { script: change.script, amount: 90_000n, bip32Derivation }), false);
    }
  });
  test("the account's key in another script type is a transfer", () => {
    const { publicKey } = accountAddress(84, 1, 7);
    const legacy = importedKey(segwit.privateKey, { purpose: 44 });
    const output = changeOutput(84, legacy.script.script, publicKey, fullPath(84, 1, 7));
    assert.equal(ownChange(segwit, output), false);
  });
  test("taproot: a key that only occurs in script leaves is no change", () => {
    const { script, publicKey } = accountAddress(86, 1, 7);
    const der = { fingerprint: 0, path: fullPath(86, 1, 7) };
    const tapBip32Derivation: [Uint8Array, { hashes: Uint8Array[]; der: typeof der }][] = [
      [publicKey.slice(1), { hashes: [new Uint8Array(32)], der }],
    ];
    assert.equal(ownChange(keys[86], { script, amount: 90_000n, tapBip32Derivation }), false);
  });
  test("an imported key has no account: only its own address is change", () => {
    const key = importedKey(segwit.privateKey);
    const change = accountAddress(84, 1, 7);
    assert.equal(
      ownChange(key, changeOutput(84, change.script, change.publicKey, fullPath(84, 1, 7))),
      false,
    );
    assert.equal(ownChange(key, { script: key.script.script, amount: 90_000n }), true);
  });
});
