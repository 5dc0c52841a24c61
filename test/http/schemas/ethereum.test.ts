/** The Ethereum request schemas: what they refuse by shape, and that their own examples pass. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Value } from "typebox/value";
import { EthereumSignRequests } from "../../../src/http/schemas/ethereum.ts";

const ADDRESS = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045";
const TRANSACTION = { chainId: 1, nonce: 0, to: ADDRESS, gas: "21000", gasPrice: "0x1" };
const DOCUMENT = {
  types: { Mail: [{ name: "text", type: "string" }] },
  primaryType: "Mail",
  domain: { chainId: 1 },
  message: { text: "anything", nested: { free: [1, null] } },
};

/** How many of the request schemas accept `body`. */
const accepting = (body: unknown): number =>
  EthereumSignRequests.filter((schema) => Value.Check(schema, body)).length;

const USER_OPERATION = {
  type: "ethereum.userOperation",
  entryPoint: ADDRESS,
  version: "0.7",
  chainId: 1,
  account: "eip191",
  userOperation: {
    sender: ADDRESS,
    nonce: 0,
    callData: "0x",
    callGasLimit: 1,
    verificationGasLimit: 1,
    preVerificationGas: 1,
    maxFeePerGas: 1,
    maxPriorityFeePerGas: 1,
  },
};

describe("ethereum schemas: refused", () => {
  const bodies: readonly (readonly [string, unknown])[] = [
    ["another type", { type: "ethereum.raw", transaction: TRANSACTION }],
    [
      "unknown member beside transaction",
      { type: "ethereum.transaction", transaction: TRANSACTION, wait: 1 },
    ],
    [
      "unknown transaction member",
      { type: "ethereum.transaction", transaction: { ...TRANSACTION, gasprice: "1" } },
    ],
    ["signed transaction", { type: "ethereum.transaction", transaction: { ...TRANSACTION, r: "0x1" } }],
    ["type 5", { type: "ethereum.transaction", transaction: { ...TRANSACTION, type: 5 } }],
    ["raw transaction as an object", { type: "ethereum.rawTransaction", transaction: TRANSACTION }],
    ["no chain id", { type: "ethereum.transaction", transaction: { ...TRANSACTION, chainId: undefined } }],
    ["float", { type: "ethereum.transaction", transaction: { ...TRANSACTION, value: 0.5 } }],
    ["number past 2^53", { type: "ethereum.transaction", transaction: { ...TRANSACTION, value: 2 ** 53 } }],
    ["leading zero", { type: "ethereum.transaction", transaction: { ...TRANSACTION, value: "01" } }],
    ["odd data", { type: "ethereum.transaction", transaction: { ...TRANSACTION, data: "0x1" } }],
    ["both encodings of a message", { type: "ethereum.message", message: { text: "a", hex: "0x61" } }],
    ["bare message", { type: "ethereum.message", message: "a" }],
    [
      "unknown domain member",
      { type: "ethereum.typedData", typedData: { ...DOCUMENT, domain: { host: "x" } } },
    ],
    ["typed data as text", { type: "ethereum.typedData", typedData: JSON.stringify(DOCUMENT) }],
    [
      "signed authorization",
      { type: "ethereum.authorization", authorization: { chainId: 1, address: ADDRESS, nonce: 0, r: "0x" } },
    ],
    [
      "signature of a user operation",
      { ...USER_OPERATION, userOperation: { ...USER_OPERATION.userOperation, signature: "0x" } },
    ],
    ["user operation without a chain", { ...USER_OPERATION, chainId: undefined }],
  ];
  for (const [rule, body] of bodies) {
    test(rule, () => assert.equal(accepting(body), 0));
  }
});

describe("ethereum schemas: accepted by exactly one", () => {
  const bodies: readonly (readonly [string, unknown])[] = [
    ["transaction", { type: "ethereum.transaction", transaction: TRANSACTION }],
    [
      "contract creation",
      { type: "ethereum.transaction", transaction: { ...TRANSACTION, to: null, data: "0x00" } },
    ],
    [
      "JSON-RPC",
      {
        type: "ethereum.transaction",
        transaction: {
          ...TRANSACTION,
          from: ADDRESS,
          type: "0x0",
          gas: null,
          gasLimit: 1,
          input: "0x",
          r: null,
        },
      },
    ],
    ["raw transaction", { type: "ethereum.rawTransaction", transaction: "0x02c0" }],
    ["message", { type: "ethereum.message", message: { text: "" } }],
    ["typed data with a free message", { type: "ethereum.typedData", typedData: DOCUMENT }],
    [
      "authorization",
      { type: "ethereum.authorization", authorization: { chainId: 0, address: ADDRESS, nonce: "0x0" } },
    ],
    ["user operation", USER_OPERATION],
  ];
  for (const [name, body] of bodies) {
    test(name, () => assert.equal(accepting(body), 1));
  }
});
