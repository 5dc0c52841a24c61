/** Hash of a version 3 transaction with three resource bounds (protocol 0.13.4 and later): Poseidon over felts. */
import { poseidonHashMany } from "@scure/starknet";
import { contractAddress } from "./accounts.ts";
import { shortString } from "./felts.ts";
import type { DataAvailability, ResourceBound, Transaction } from "./transaction.ts";

const VERSION = 3n;
const L1_GAS = shortString("L1_GAS");
const L2_GAS = shortString("L2_GAS");
const L1_DATA = shortString("L1_DATA");
const EMPTY = poseidonHashMany([]);

/** The felt that the account's key signs; it is also the transaction's hash on chain. */
export function transactionHash(transaction: Transaction): bigint {
  return poseidonHashMany([
    shortString(transaction.kind),
    VERSION,
    senderOf(transaction),
    feeHash(transaction),
    hashOf(transaction.paymasterData),
    transaction.chainId,
    transaction.nonce,
    (modeBit(transaction.nonceMode) << 32n) + modeBit(transaction.feeMode),
    ...tail(transaction),
  ]);
}

/** The account that the transaction is sent by, or that it deploys. */
export function senderOf(transaction: Transaction): bigint {
  if (transaction.kind !== "deploy_account") return transaction.senderAddress;
  const { contractAddressSalt, classHash, constructorCalldata } = transaction;
  return contractAddress(contractAddressSalt, classHash, constructorCalldata);
}

function tail(transaction: Transaction): readonly bigint[] {
  switch (transaction.kind) {
    case "invoke": {
      const facts = transaction.proofFacts;
      return [
        hashOf(transaction.accountDeploymentData),
        hashOf(transaction.calldata),
        ...(facts.length > 0 ? [hashOf(facts)] : []),
      ];
    }
    case "deploy_account":
      return [
        hashOf(transaction.constructorCalldata),
        transaction.classHash,
        transaction.contractAddressSalt,
      ];
    case "declare":
      return [
        hashOf(transaction.accountDeploymentData),
        transaction.classHash,
        transaction.compiledClassHash,
      ];
  }
}

function feeHash(transaction: Transaction): bigint {
  return poseidonHashMany([
    transaction.tip,
    packBound(L1_GAS, transaction.l1Gas),
    packBound(L2_GAS, transaction.l2Gas),
    packBound(L1_DATA, transaction.l1DataGas),
  ]);
}

function packBound(name: bigint, bound: ResourceBound): bigint {
  return (name << 192n) + (bound.maxAmount << 128n) + bound.maxPricePerUnit;
}

function modeBit(mode: DataAvailability): bigint {
  return mode === "L1" ? 0n : 1n;
}

function hashOf(felts: readonly bigint[]): bigint {
  return felts.length === 0 ? EMPTY : poseidonHashMany([...felts]);
}
