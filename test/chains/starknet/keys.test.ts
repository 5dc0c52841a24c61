/** StarkNet keys: plans, refusals, and addresses against the starknet package. */
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { CairoCustomEnum, CairoOption, CairoOptionVariant, CallData, ec, hash } from "starknet";
import { starknetAdapter } from "../../../src/chains/starknet/adapter.ts";
import { ACCOUNT_CLASSES, ACCOUNT_TYPES } from "../../../src/chains/starknet/accounts.ts";
import type { KeyOptions } from "../../../src/chains/adapter.ts";
import { bytesOf, keyOf, padded, signerError } from "./sample.ts";

const REFUSED: readonly (readonly [string, KeyOptions, RegExp])[] = [
  [
    "unknown account type",
    { accountType: "ledger" },
    /^\/accountType: must be one of openzeppelin, argent, braavos/,
  ],
  ["purpose", { purpose: 84 }, /^\/purpose: /],
  ["network", { network: "mainnet" }, /^\/network: /],
  ["negative account", { account: -1 }, /^\/account: /],
  ["fractional index", { index: 1.5 }, /^\/index: /],
  ["hardened range index", { index: 2 ** 31 }, /^\/index: /],
  ["path and index", { path: "m/0", index: 1 }, /^\/path: cannot be combined/],
  ["malformed path", { path: "m/44h/0" }, /^\/path: /],
  ["path level out of range", { path: "m/2147483648'" }, /^\/path: /],
  ["empty path", { path: "" }, /^\/path: /],
  [
    "unknown scheme",
    { accountType: "argent", scheme: "eip2645" },
    /^\/scheme: must be one of argent-wallet, argent-32-/,
  ],
  [
    "a scheme of another type",
    { accountType: "braavos", scheme: "argent-wallet" },
    /^\/scheme: is for account type argent/,
  ],
];

for (const [name, options, message] of REFUSED) {
  test(`planKey refuses: ${name}`, () => {
    assert.throws(() => starknetAdapter.planKey(options), signerError("request.malformed", message));
  });
}

for (const name of ["account", "index", "path"] as const) {
  test(`planImport refuses: ${name}`, () => {
    const options = name === "path" ? { path: "m/0" } : { [name]: 0 };
    assert.throws(() => starknetAdapter.planImport(options), signerError("request.malformed", /no path/));
  });
}

test("addressOf refuses a public key that is no felt of 32 bytes", () => {
  const { attributes } = keyOf();
  for (const bytes of [
    new Uint8Array(31),
    new Uint8Array(32),
    new Uint8Array(32).fill(255),
    new Uint8Array(33),
  ]) {
    assert.throws(
      () => starknetAdapter.addressOf(bytes, attributes),
      signerError("request.malformed", /publicKey/),
    );
  }
});

test("addressOf refuses attributes without an account type or class hash", () => {
  const { publicKey, attributes } = keyOf();
  for (const broken of [{}, { ...attributes, accountType: "safe" }, { ...attributes, classHash: "latest" }]) {
    assert.throws(
      () => starknetAdapter.addressOf(publicKey, broken),
      signerError("request.malformed", /accountType/),
    );
  }
});

test("planKey: default is OpenZeppelin at m/44'/9004'/0'/0/0", () => {
  const plan = starknetAdapter.planKey({});
  assert.deepEqual(plan, {
    path: "m/44'/9004'/0'/0/0",
    derivation: "starknet-bip32-grind",
    curve: "stark",
    attributes: {
      accountType: "openzeppelin",
      classHash: "0x05b4b537eaa2399e3aa99c4e2e0208ebd6c71bc1467938cd52c798c601e43564",
      classVersion: "1.0.0",
    },
  });
});

test("planKey: account and index are levels 3 and 5; Argent derives from its Ethereum key", () => {
  const argent = starknetAdapter.planKey({ accountType: "argent", account: 2, index: 9 });
  assert.equal(argent.path, "m/44'/9004'/2'/0/9");
  assert.equal(argent.derivation, "starknet-argent-wallet-grind");
  const earlier = starknetAdapter.planKey({ accountType: "argent", scheme: "argent-32-byte-seed" });
  assert.equal(earlier.derivation, "starknet-argent-grind");
  assert.equal(starknetAdapter.planKey({ accountType: "braavos" }).derivation, "starknet-bip32-grind");
});

test("planKey: a path of its own is kept as it is", () => {
  assert.equal(starknetAdapter.planKey({ path: "m/2645'/1'/0" }).path, "m/2645'/1'/0");
});

test("planImport: the account type fixes the class", () => {
  const plan = starknetAdapter.planImport({ accountType: "braavos" });
  assert.equal(plan.curve, "stark");
  assert.equal(plan.attributes["classHash"], ACCOUNT_CLASSES.braavos.classHash);
});

/** Constructor calldata as the starknet package's documentation builds it for each wallet. */
function referenceCalldata(type: (typeof ACCOUNT_TYPES)[number], publicKey: string): readonly string[] {
  if (type === "openzeppelin") return CallData.compile({ publicKey });
  if (type === "braavos") return CallData.compile({ public_key: publicKey });
  const owner = new CairoCustomEnum({ Starknet: { pubkey: publicKey } });
  return CallData.compile({ owner, guardian: new CairoOption(CairoOptionVariant.None) });
}

for (const type of ACCOUNT_TYPES) {
  test(`address: ${type} agrees with the starknet package on random keys`, () => {
    const { attributes } = keyOf(type);
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 2n ** 251n - 1n }), (secret) => {
        const publicKey = ec.starkCurve.getStarkKey(padded(`0x${secret.toString(16)}`));
        const expected = hash.calculateContractAddressFromHash(
          publicKey,
          ACCOUNT_CLASSES[type].classHash,
          [...referenceCalldata(type, publicKey)],
          0,
        );
        assert.equal(starknetAdapter.addressOf(bytesOf(publicKey), attributes), padded(expected));
      }),
      { numRuns: 15 },
    );
  });
}
