/** Keys and EIP-7702 authorizations of the Ethereum adapter. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HDKey } from "@scure/bip32";
import { recoverAddress } from "viem";
import { hashAuthorization } from "viem/utils";
import type { KeyOptions, SignRequest } from "../../../src/chains/adapter.ts";
import { ethereumAdapter } from "../../../src/chains/ethereum/adapter.ts";
import { SignerError } from "../../../src/domain/errors.ts";
import { decode, digestOf, hexField, KEY, OWNER, refuses, sign } from "./keys.ts";

function refusesOptions(run: () => unknown, field: string): void {
  assert.throws(run, (error: unknown) => {
    assert.ok(error instanceof SignerError);
    assert.deepEqual([error.code, error.members["field"]], ["request.malformed", field]);
    return true;
  });
}

describe("ethereum keys: refused", () => {
  const PLANS: readonly (readonly [rule: string, options: KeyOptions, field: string])[] = [
    ["option of Bitcoin", { purpose: 84 }, "/purpose"],
    ["network", { network: "mainnet" }, "/network"],
    ["option of StarkNet", { accountType: "braavos" }, "/accountType"],
    ["negative account", { account: -1 }, "/account"],
    ["account of 2^31", { account: 2 ** 31 }, "/account"],
    ["fractional index", { index: 0.5 }, "/index"],
    ["path with an index", { path: "m/0", index: 1 }, "/path"],
    ["path with an account", { path: "m/0", account: 1 }, "/path"],
    ["path m", { path: "m" }, "/path"],
    ["relative path", { path: "44'/60'" }, "/path"],
    ["path with h", { path: "m/44h" }, "/path"],
    ["path with an empty level", { path: "m//0" }, "/path"],
    ["path with a leading zero", { path: "m/00" }, "/path"],
    ["path with a trailing slash", { path: "m/0/" }, "/path"],
    ["path with a level of 2^31", { path: "m/2147483648" }, "/path"],
    ["path of 11 levels", { path: `m${"/0".repeat(11)}` }, "/path"],
  ];
  for (const [rule, options, field] of PLANS) {
    test(rule, () => refusesOptions(() => ethereumAdapter.planKey(options), field));
  }
  test("imported key with a path", () =>
    refusesOptions(() => ethereumAdapter.planImport({ path: "m/0" }), "/path"));
});

describe("ethereum keys", () => {
  test("BIP-44 path from account and index", () => {
    const plan = { derivation: "bip32-secp256k1", curve: "secp256k1", attributes: {} };
    assert.deepEqual(ethereumAdapter.planKey({}), { ...plan, path: "m/44'/60'/0'/0/0" });
    assert.deepEqual(ethereumAdapter.planKey({ account: 2, index: 7 }), {
      ...plan,
      path: "m/44'/60'/2'/0/7",
    });
    assert.deepEqual(ethereumAdapter.planKey({ path: "m/44'/60'/0'" }), { ...plan, path: "m/44'/60'/0'" });
    assert.deepEqual(ethereumAdapter.planImport({}), { curve: "secp256k1", attributes: {} });
  });

  test("EIP-55 address of the first key of the test mnemonic", () => {
    // "test test test test test test test test test test test junk", m/44'/60'/0'/0/0
    assert.equal(KEY.address, "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
  });

  for (const address of [
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
  ]) {
    test(`eip55: ${address} as recipient; with one case flipped it is refused`, () => {
      const transfer = (to: string): SignRequest => ({
        type: "ethereum.transaction",
        transaction: { chainId: 1, nonce: 0, to, value: 1, gas: 21000, gasPrice: 1 },
      });
      assert.equal(decode(transfer(address)).intent.transfers[0]?.to, address.toLowerCase());
      const flipped = address.replace(/[a-f]/, (letter) => letter.toUpperCase());
      refuses(transfer(flipped), "transaction.invalid", "/transaction/to");
    });
  }

  test("a key of another path has another address", () => {
    const root = HDKey.fromMasterSeed(new Uint8Array(32).fill(7));
    const addresses = [{}, { index: 1 }, { account: 1 }].map((options) => {
      const { publicKey } = root.derive(ethereumAdapter.planKey(options).path);
      assert.ok(publicKey !== null);
      return ethereumAdapter.addressOf(publicKey, {});
    });
    assert.equal(new Set(addresses).size, 3);
  });
});

const DELEGATE = `0x${"de".repeat(20)}` as const;
const authorize = (value: unknown): SignRequest => ({ type: "ethereum.authorization", authorization: value });

describe("eip7702: authorization refused", () => {
  const good = { chainId: 1, address: DELEGATE, nonce: 0 };
  const REFUSALS: readonly (readonly [rule: string, value: unknown, field: string])[] = [
    ["not an object", [], ""],
    ["no chain id", { address: DELEGATE, nonce: 0 }, "/chainId"],
    ["no nonce", { chainId: 1, address: DELEGATE }, "/nonce"],
    ["no address", { chainId: 1, nonce: 0 }, "/address"],
    ["null address", { ...good, address: null }, "/address"],
    ["signed already", { ...good, yParity: 0 }, "/yParity"],
    ["alias of address", { ...good, contractAddress: DELEGATE }, "/contractAddress"],
    ["nonce of 2^64", { ...good, nonce: (1n << 64n).toString() }, "/nonce"],
    ["chain id of 2^53", { ...good, chainId: (1n << 53n).toString() }, "/chainId"],
  ];
  for (const [rule, value, field] of REFUSALS) {
    test(rule, () => refuses(authorize(value), "transaction.invalid", `/authorization${field}`));
  }
});

describe("eip7702: authorization", () => {
  test("digest, signature and intent", async () => {
    const value = { chainId: 1, address: DELEGATE, nonce: 3 };
    const decoded = decode(authorize(value));
    const digest = hashAuthorization(value);
    assert.equal(digestOf(decoded), digest);
    assert.deepEqual(decoded.intent, {
      opaque: false,
      opaqueCauses: [],
      transfers: [],
      allowances: [],
      control: [{ what: "delegate", of: OWNER, to: DELEGATE }],
      calls: [],
      ethereum: { authorization: { chainId: "1", address: DELEGATE, nonce: "3" } },
    });
    const signed = sign(authorize(value));
    const { yParity } = signed;
    assert.ok(yParity === 0 || yParity === 1);
    const [r, s] = [hexField(signed, "r"), hexField(signed, "s")];
    assert.equal(signed["signature"], `${r}${s.slice(2)}${(27 + yParity).toString(16)}`);
    assert.equal(await recoverAddress({ hash: digest, signature: { r, s, yParity } }), KEY.address);
  });

  test("chain id 0 is valid on every chain: opaque", () => {
    const { intent, environment } = decode(authorize({ chainId: 0, address: DELEGATE, nonce: 0 }));
    assert.deepEqual(intent.opaqueCauses, ["authorization"]);
    assert.deepEqual([intent.opaque, intent.opaqueReason], [true, "authorization valid on every chain"]);
    assert.deepEqual(environment, { chainId: "0", network: "any" });
  });

  test("the zero address ends a delegation", () => {
    const { intent } = decode(authorize({ chainId: 1, address: `0x${"00".repeat(20)}`, nonce: 0 }));
    assert.deepEqual(intent.control, [{ what: "delegate", of: OWNER, to: null }]);
  });
});
