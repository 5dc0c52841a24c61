/**
 * Version 3 transactions in the JSON-RPC shape, read strictly and printed canonically. Whatever two spellings of the
 * same transaction came in, one text comes out: that text is what policies see and what is hashed.
 * @module
 */
import { parseQuantity } from "../../domain/amounts.ts";
import { canonicalJson, type Json } from "../../domain/canonical.ts";
import { invalid, refused } from "../../domain/errors.ts";
import { addressText, chainEnvironment, feltText, parseAddress, parseChainId, parseFelt } from "./felts.ts";
import { isObject, member, readList, readObject, type Members } from "./members.ts";

/** The most that one unit of a resource may cost, and how many units may be used. */
export interface ResourceBound {
  /** 64 bits. */
  readonly maxAmount: bigint;
  /** Fri per unit, 128 bits. */
  readonly maxPricePerUnit: bigint;
}

interface Common {
  readonly chainId: bigint;
  readonly nonce: bigint;
  readonly l1Gas: ResourceBound;
  readonly l2Gas: ResourceBound;
  readonly l1DataGas: ResourceBound;
  /** Fri per unit of L2 gas, 64 bits. */
  readonly tip: bigint;
  readonly paymasterData: readonly bigint[];
  readonly nonceMode: DataAvailability;
  readonly feeMode: DataAvailability;
}

export type DataAvailability = "L1" | "L2";

export interface InvokeTransaction extends Common {
  readonly kind: "invoke";
  readonly senderAddress: bigint;
  readonly calldata: readonly bigint[];
  readonly accountDeploymentData: readonly bigint[];
  readonly proofFacts: readonly bigint[];
}

export interface DeployAccountTransaction extends Common {
  readonly kind: "deploy_account";
  readonly classHash: bigint;
  readonly contractAddressSalt: bigint;
  readonly constructorCalldata: readonly bigint[];
}

export interface DeclareTransaction extends Common {
  readonly kind: "declare";
  readonly senderAddress: bigint;
  readonly classHash: bigint;
  readonly compiledClassHash: bigint;
  readonly accountDeploymentData: readonly bigint[];
}

export type Transaction = InvokeTransaction | DeployAccountTransaction | DeclareTransaction;

/** For each list, and for all of a transaction: the network refuses longer ones, and hashing costs a quarter millisecond each. */
const LIST_LENGTH_MAX = 5_000;
const QUERY_BIT = 1n << 128n;

const COMMON_REQUIRED = ["type", "version", "chainId", "nonce", "resource_bounds"] as const;
const COMMON_OPTIONAL = [
  "tip",
  "paymaster_data",
  "nonce_data_availability_mode",
  "fee_data_availability_mode",
] as const;

/**
 * Reads an INVOKE, DEPLOY_ACCOUNT or DECLARE transaction. `tip`, the data lists and the data availability modes may be
 * absent and then mean 0, empty and L1.
 * @param field JSON pointer of the transaction
 * @throws SignerError `transaction.invalid`, or `transaction.refused` for versions 0 to 2 and query versions
 */
export function parseTransaction(value: unknown, field: string): Transaction {
  if (!isObject(value)) throw invalid(field, "must be an object");
  requireVersion3(member(value, "version"), `${field}/version`);
  const type = member(value, "type");
  if (type === "INVOKE") return parseInvoke(value, field);
  if (type === "DEPLOY_ACCOUNT") return parseDeployAccount(value, field);
  if (type === "DECLARE") return parseDeclare(value, field);
  throw invalid(`${field}/type`, "must be INVOKE, DEPLOY_ACCOUNT or DECLARE");
}

function requireVersion3(value: unknown, field: string): void {
  const version = parseFelt(value, field);
  if (version === 3n) return;
  if (version >= QUERY_BIT && version <= QUERY_BIT + 3n) {
    throw refused(
      field,
      "is a query version (2^128 + n), which is for fee estimation only; send version 0x3",
    );
  }
  if (version < 3n)
    throw refused(field, `is ${version}: versions 0x0 to 0x2 are not signed; send version 0x3`);
  throw invalid(field, "must be 0x3");
}

/** @throws SignerError `transaction.refused` where the lists together are longer than one may be */
function requireHashable(transaction: Transaction, field: string): void {
  const lists = Object.values(transaction).filter((list) => Array.isArray(list));
  const felts = lists.reduce((sum, list) => sum + list.length, 0);
  if (felts > LIST_LENGTH_MAX)
    throw refused(field, `must have at most ${LIST_LENGTH_MAX} felts in all of its lists`);
}

function parseInvoke(value: Members, field: string): InvokeTransaction {
  const body = readObject(
    value,
    field,
    [...COMMON_REQUIRED, "sender_address", "calldata"],
    [...COMMON_OPTIONAL, "account_deployment_data", "proof_facts"],
  );
  return {
    kind: "invoke",
    ...parseCommon(body, field),
    senderAddress: parseAddress(body["sender_address"], `${field}/sender_address`),
    calldata: parseFelts(body["calldata"], `${field}/calldata`),
    accountDeploymentData: parseFelts(
      body["account_deployment_data"] ?? [],
      `${field}/account_deployment_data`,
    ),
    proofFacts: parseFelts(body["proof_facts"] ?? [], `${field}/proof_facts`),
  };
}

function parseDeployAccount(value: Members, field: string): DeployAccountTransaction {
  const body = readObject(
    value,
    field,
    [...COMMON_REQUIRED, "class_hash", "contract_address_salt", "constructor_calldata"],
    COMMON_OPTIONAL,
  );
  return {
    kind: "deploy_account",
    ...parseCommon(body, field),
    classHash: parseFelt(body["class_hash"], `${field}/class_hash`),
    contractAddressSalt: parseFelt(body["contract_address_salt"], `${field}/contract_address_salt`),
    constructorCalldata: parseFelts(body["constructor_calldata"], `${field}/constructor_calldata`),
  };
}

function parseDeclare(value: Members, field: string): DeclareTransaction {
  const body = readObject(
    value,
    field,
    [...COMMON_REQUIRED, "sender_address", "class_hash", "compiled_class_hash"],
    [...COMMON_OPTIONAL, "account_deployment_data"],
  );
  return {
    kind: "declare",
    ...parseCommon(body, field),
    senderAddress: parseAddress(body["sender_address"], `${field}/sender_address`),
    classHash: parseFelt(body["class_hash"], `${field}/class_hash`),
    compiledClassHash: parseFelt(body["compiled_class_hash"], `${field}/compiled_class_hash`),
    accountDeploymentData: parseFelts(
      body["account_deployment_data"] ?? [],
      `${field}/account_deployment_data`,
    ),
  };
}

function parseCommon(body: Members, field: string): Common {
  const bounds = `${field}/resource_bounds`;
  if (isObject(body["resource_bounds"]) && !Object.hasOwn(body["resource_bounds"], "l1_data_gas")) {
    throw refused(
      `${bounds}/l1_data_gas`,
      "is required: transactions with two resource bounds predate protocol 0.13.4 and are not signed",
    );
  }
  const resources = readObject(body["resource_bounds"], bounds, ["l1_gas", "l2_gas", "l1_data_gas"]);
  return {
    chainId: parseChainId(body["chainId"], `${field}/chainId`),
    nonce: parseFelt(body["nonce"], `${field}/nonce`),
    l1Gas: parseBound(resources["l1_gas"], `${bounds}/l1_gas`),
    l2Gas: parseBound(resources["l2_gas"], `${bounds}/l2_gas`),
    l1DataGas: parseBound(resources["l1_data_gas"], `${bounds}/l1_data_gas`),
    tip: parseQuantity(body["tip"] ?? "0x0", `${field}/tip`, 64),
    paymasterData: parseFelts(body["paymaster_data"] ?? [], `${field}/paymaster_data`),
    nonceMode: parseMode(
      body["nonce_data_availability_mode"] ?? "L1",
      `${field}/nonce_data_availability_mode`,
    ),
    feeMode: parseMode(body["fee_data_availability_mode"] ?? "L1", `${field}/fee_data_availability_mode`),
  };
}

function parseBound(value: unknown, field: string): ResourceBound {
  const bound = readObject(value, field, ["max_amount", "max_price_per_unit"]);
  return {
    maxAmount: parseQuantity(bound["max_amount"], `${field}/max_amount`, 64),
    maxPricePerUnit: parseQuantity(bound["max_price_per_unit"], `${field}/max_price_per_unit`, 128),
  };
}

function parseMode(value: unknown, field: string): DataAvailability {
  if (value === "L1" || value === "L2") return value;
  throw invalid(field, "must be L1 or L2");
}

function parseFelts(value: unknown, field: string): readonly bigint[] {
  return readList(value, field, LIST_LENGTH_MAX).map((item, index) => parseFelt(item, `${field}/${index}`));
}

/** Canonical JSON-RPC form: minimal 0x-hex felts, padded addresses, every member present except empty `proof_facts`. */
export function encodeTransaction(transaction: Transaction): { readonly [name: string]: Json } {
  const common = encodeCommon(transaction);
  switch (transaction.kind) {
    case "invoke":
      return {
        type: "INVOKE",
        ...common,
        sender_address: addressText(transaction.senderAddress),
        calldata: transaction.calldata.map(feltText),
        account_deployment_data: transaction.accountDeploymentData.map(feltText),
        ...(transaction.proofFacts.length > 0 ? { proof_facts: transaction.proofFacts.map(feltText) } : {}),
      };
    case "deploy_account":
      return {
        type: "DEPLOY_ACCOUNT",
        ...common,
        class_hash: addressText(transaction.classHash),
        contract_address_salt: feltText(transaction.contractAddressSalt),
        constructor_calldata: transaction.constructorCalldata.map(feltText),
      };
    case "declare":
      return {
        type: "DECLARE",
        ...common,
        sender_address: addressText(transaction.senderAddress),
        class_hash: addressText(transaction.classHash),
        compiled_class_hash: addressText(transaction.compiledClassHash),
        account_deployment_data: transaction.accountDeploymentData.map(feltText),
      };
  }
}

function encodeCommon(transaction: Common): { readonly [name: string]: Json } {
  return {
    version: "0x3",
    chainId: chainEnvironment(transaction.chainId).chainId,
    nonce: feltText(transaction.nonce),
    resource_bounds: {
      l1_gas: encodeBound(transaction.l1Gas),
      l2_gas: encodeBound(transaction.l2Gas),
      l1_data_gas: encodeBound(transaction.l1DataGas),
    },
    tip: feltText(transaction.tip),
    paymaster_data: transaction.paymasterData.map(feltText),
    nonce_data_availability_mode: transaction.nonceMode,
    fee_data_availability_mode: transaction.feeMode,
  };
}

function encodeBound(bound: ResourceBound): Json {
  return { max_amount: feltText(bound.maxAmount), max_price_per_unit: feltText(bound.maxPricePerUnit) };
}

/**
 * Prints `transaction`, reads the print and compares. The returned transaction is the one read back, so that what is
 * hashed is what policies saw.
 * @throws SignerError `transaction.invalid` on any difference; `transaction.refused` for more felts than can be hashed
 */
export function roundTrip(
  transaction: Transaction,
  field: string,
): { readonly transaction: Transaction; readonly canonical: { readonly [name: string]: Json } } {
  requireHashable(transaction, field);
  const canonical = encodeTransaction(transaction);
  const again = parseTransaction(canonical, field);
  if (canonicalJson(encodeTransaction(again)) !== canonicalJson(canonical)) {
    throw invalid(field, "does not survive encoding and decoding; write it with a standard library");
  }
  return { transaction: again, canonical };
}

/** The most this transaction can cost, in fri of the STRK token: every bound at its full price, and the tip on L2 gas. */
export function feeMax(transaction: Transaction): bigint {
  let fee = transaction.tip * transaction.l2Gas.maxAmount;
  for (const bound of [transaction.l1Gas, transaction.l2Gas, transaction.l1DataGas]) {
    fee += bound.maxAmount * bound.maxPricePerUnit;
  }
  return fee;
}
