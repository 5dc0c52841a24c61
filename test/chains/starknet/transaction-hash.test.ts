/** The v3 hash and the adapter around it against the starknet package, on random transactions of each kind. */
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { constants, hash, type BigNumberish } from "starknet";
import {
  encodeTransaction,
  parseTransaction,
  roundTrip,
  type Transaction,
} from "../../../src/chains/starknet/transaction.ts";
import { senderOf, transactionHash } from "../../../src/chains/starknet/transaction-hash.ts";
import { ADDRESS_BOUND, PRIME, parseChainId } from "../../../src/chains/starknet/felts.ts";
import { rounds } from "../../extent.ts";

const CHAINS = [constants.StarknetChainId.SN_MAIN, constants.StarknetChainId.SN_SEPOLIA] as const;
const RUNS = { numRuns: Math.ceil(rounds("STARKNET_RUNS") / 4) };

const felt = fc.oneof(fc.bigInt({ min: 0n, max: PRIME - 1n }), fc.bigInt({ min: 0n, max: 300n }));
const felts = fc.array(felt, { maxLength: 7 });
const address = fc.bigInt({ min: 0n, max: ADDRESS_BOUND - 1n });
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const bound = fc.record({ maxAmount: uint64, maxPricePerUnit: fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }) });
const mode = fc.constantFrom("L1" as const, "L2" as const);
const common = {
  chainId: fc.constantFrom(...CHAINS).map((chain) => parseChainId(chain, "/chainId")),
  nonce: felt,
  l1Gas: bound,
  l2Gas: bound,
  l1DataGas: bound,
  tip: uint64,
  paymasterData: felts,
  nonceMode: mode,
  feeMode: mode,
};

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}

function limits(bounds: { maxAmount: bigint; maxPricePerUnit: bigint }): {
  max_amount: bigint;
  max_price_per_unit: bigint;
} {
  return { max_amount: bounds.maxAmount, max_price_per_unit: bounds.maxPricePerUnit };
}

type Shared = Parameters<typeof hash.calculateDeployAccountTransactionHash>[0];

/** The arguments that all three reference functions share. */
function shared(
  transaction: Transaction,
): Omit<Shared, "contractAddress" | "classHash" | "compiledConstructorCalldata" | "salt"> {
  const chain = CHAINS.find((name) => BigInt(name) === transaction.chainId);
  assert.ok(chain);
  return {
    version: "0x3",
    chainId: chain,
    nonce: hex(transaction.nonce),
    nonceDataAvailabilityMode: transaction.nonceMode === "L1" ? 0 : 1,
    feeDataAvailabilityMode: transaction.feeMode === "L1" ? 0 : 1,
    resourceBounds: {
      l1_gas: limits(transaction.l1Gas),
      l2_gas: limits(transaction.l2Gas),
      l1_data_gas: limits(transaction.l1DataGas),
    },
    tip: transaction.tip,
    paymasterData: list(transaction.paymasterData),
  };
}

function list(values: readonly bigint[]): BigNumberish[] {
  return values.map(hex);
}

function texts(values: readonly bigint[]): string[] {
  return values.map(hex);
}

test("v3 hash: invoke, with and without proof_facts", () => {
  const transactions = fc.record({
    kind: fc.constant("invoke" as const),
    ...common,
    senderAddress: address,
    calldata: felts,
    accountDeploymentData: felts,
    proofFacts: felts,
  });
  fc.assert(
    fc.property(transactions, (transaction) => {
      const expected = hash.calculateInvokeTransactionHash({
        ...shared(transaction),
        senderAddress: hex(transaction.senderAddress),
        compiledCalldata: texts(transaction.calldata),
        accountDeploymentData: list(transaction.accountDeploymentData),
        proofFacts: list(transaction.proofFacts),
      });
      assert.equal(hex(transactionHash(transaction)), expected);
    }),
    RUNS,
  );
});

test("v3 hash: deploy_account, and the address that it deploys", () => {
  const transactions = fc.record({
    kind: fc.constant("deploy_account" as const),
    ...common,
    classHash: felt,
    contractAddressSalt: felt,
    constructorCalldata: fc.array(felt, { maxLength: 3 }),
  });
  fc.assert(
    fc.property(transactions, (transaction) => {
      const { classHash, contractAddressSalt, constructorCalldata } = transaction;
      const contractAddress = hash.calculateContractAddressFromHash(
        hex(contractAddressSalt),
        hex(classHash),
        texts(constructorCalldata),
        0,
      );
      assert.equal(hex(senderOf(transaction)), contractAddress);
      const expected = hash.calculateDeployAccountTransactionHash({
        ...shared(transaction),
        contractAddress,
        classHash: hex(classHash),
        compiledConstructorCalldata: texts(constructorCalldata),
        salt: hex(contractAddressSalt),
      });
      assert.equal(hex(transactionHash(transaction)), expected);
    }),
    RUNS,
  );
});

test("v3 hash: declare", () => {
  const transactions = fc.record({
    kind: fc.constant("declare" as const),
    ...common,
    senderAddress: address,
    classHash: felt,
    compiledClassHash: felt,
    accountDeploymentData: felts,
  });
  fc.assert(
    fc.property(transactions, (transaction) => {
      const expected = hash.calculateDeclareTransactionHash({
        ...shared(transaction),
        senderAddress: hex(transaction.senderAddress),
        classHash: hex(transaction.classHash),
        compiledClassHash: hex(transaction.compiledClassHash),
        accountDeploymentData: list(transaction.accountDeploymentData),
      });
      assert.equal(hex(transactionHash(transaction)), expected);
      const again = parseTransaction(encodeTransaction(transaction), "/transaction");
      assert.equal(transactionHash(again), transactionHash(transaction));
      assert.deepEqual(roundTrip(transaction, "/transaction").transaction, again);
    }),
    RUNS,
  );
});
