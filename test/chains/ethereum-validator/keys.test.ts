/** EIP-2334 paths of validator keys, and what else is fixed when one is made. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createEthereumValidatorAdapter } from "../../../src/chains/ethereum-validator/adapter.ts";
import { isWithdrawalKey } from "../../../src/chains/ethereum-validator/keys.ts";
import type { KeyOptions } from "../../../src/chains/adapter.ts";
import { SignerError } from "../../../src/domain/errors.ts";

const ADAPTER = createEthereumValidatorAdapter();
const planKey = (options: KeyOptions) => ADAPTER.planKey(options);
const planImport = (options: KeyOptions) => ADAPTER.planImport(options);
const addressOf = (publicKey: Uint8Array) => ADAPTER.addressOf(publicKey, {});

function refusedOption(plan: (options: KeyOptions) => unknown, options: KeyOptions, name: string): void {
  assert.throws(
    () => plan(options),
    (error) =>
      error instanceof SignerError &&
      error.code === "request.malformed" &&
      error.members["field"] === `/${name}`,
  );
}

describe("EIP-2334: refusals", () => {
  for (const [options, name] of [
    [{ account: 0 }, "account"],
    [{ index: -1 }, "index"],
    [{ index: 2 ** 31 }, "index"],
    [{ index: 1.5 }, "index"],
    [{ index: 1, path: "m/12381/3600/1/0/0" }, "index"],
    [{ path: "m/12381/3600/0'/0/0" }, "path"],
    [{ path: "m/44'/60'/0'/0/0" }, "path"],
    [{ path: "m/12381" }, "path"],
    [{ path: "m/12381/3600/2147483648/0/0" }, "path"],
    [{ path: "m/12381/3600/00/0/0" }, "path"],
    [{ path: "12381/3600/0/0/0" }, "path"],
    [{ purpose: 84 }, "purpose"],
    [{ accountType: "argent" }, "accountType"],
    [{ network: "goerli" }, "network"],
    [{ network: "Mainnet" }, "network"],
  ] as const) {
    test(JSON.stringify(options), () => refusedOption(planKey, options, name));
  }

  test("an imported key has no path", () => {
    refusedOption(planImport, { path: "m/12381/3600/0/0/0" }, "path");
    refusedOption(planImport, { index: 0 }, "index");
    refusedOption(planImport, { account: 0 }, "account");
    refusedOption(planImport, { network: "goerli" }, "network");
  });
});

describe("EIP-2334", () => {
  test("the signing key of a validator index", () => {
    assert.deepEqual(planKey({}), {
      path: "m/12381/3600/0/0/0",
      derivation: "eip2333",
      curve: "bls12-381",
      attributes: { network: "mainnet" },
    });
    assert.equal(planKey({ index: 2_147_483_647 }).path, "m/12381/3600/2147483647/0/0");
    assert.deepEqual(planKey({ network: "hoodi" }).attributes, { network: "hoodi" });
  });

  test("custom paths, a withdrawal key's among them", () => {
    assert.equal(planKey({ path: "m/12381/3600/5/0" }).path, "m/12381/3600/5/0");
    assert.equal(isWithdrawalKey({ path: "m/12381/3600/5/0" }), true);
    assert.equal(isWithdrawalKey({ path: "m/12381/3600/5/0/0" }), false);
    assert.equal(isWithdrawalKey({ path: null }), false);
  });

  test("an imported key", () => {
    assert.deepEqual(planImport({}), { curve: "bls12-381", attributes: { network: "mainnet" } });
  });

  test("the address is the public key", () => {
    assert.equal(addressOf(new Uint8Array(48).fill(0xab)), `0x${"ab".repeat(48)}`);
    assert.throws(() => addressOf(new Uint8Array(96)), RangeError);
  });
});
