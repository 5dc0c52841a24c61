/** What typed data does to assets: permits, authorised transfers, Safe transactions, and what only looks like them. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeFunctionData, erc20Abi } from "viem";
import type { Json } from "../../../src/domain/canonical.ts";
import type { SignRequest } from "../../../src/chains/adapter.ts";
import { decode, KEY, OWNER, refuses } from "./keys.ts";

const TOKEN = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48";
const SPENDER = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8";
const UNLIMITED = ((1n << 256n) - 1n).toString();

const fields = (text: string): object[] =>
  text.split(",").map((field) => ({ type: field.split(" ")[0], name: field.split(" ")[1] }));
const domain = { name: "Token", version: "1", chainId: 8453, verifyingContract: TOKEN };
const permit2 = {
  domain: { name: "Permit2", chainId: 8453, verifyingContract: "0x000000000022D473030F116dDEE9F6B43aC78BA3" },
};

function document(
  primaryType: string,
  types: Record<string, string>,
  message: object,
  over: object = {},
): SignRequest {
  const parsed = Object.fromEntries(Object.entries(types).map(([name, text]) => [name, fields(text)]));
  return { type: "ethereum.typedData", typedData: { types: parsed, primaryType, domain, message, ...over } };
}

const ERC2612 = "address owner,address spender,uint256 value,uint256 nonce,uint256 deadline";
const erc2612 = { owner: KEY.address, spender: SPENDER, value: "5", nonce: 0, deadline: 1_800_000_000 };
const DETAILS = "address token,uint160 amount,uint48 expiration,uint48 nonce";
const PERMISSIONS = "address token,uint256 amount";
const details = { token: TOKEN, amount: "7", expiration: 1_800_000_000, nonce: 0 };
/** Permits of tokens state no expiry of the allowance; Permit2's do. */
const LATER = { expiresAt: "1800000000" };
const allowance = (amount: string, rest: object = {}) => ({
  asset: `erc20:${TOKEN}`,
  owner: OWNER,
  spender: SPENDER,
  amount,
  ...rest,
});

describe("eip712: permits are allowances", () => {
  const cases: readonly (readonly [name: string, request: SignRequest, allowances: Json[]])[] = [
    ["ERC-2612 Permit", document("Permit", { Permit: ERC2612 }, erc2612), [allowance("5")]],
    [
      "DAI Permit without expiry",
      document(
        "Permit",
        { Permit: "address holder,address spender,uint256 nonce,uint256 expiry,bool allowed" },
        { holder: KEY.address, spender: SPENDER, nonce: 1, expiry: 0, allowed: true },
      ),
      [allowance(UNLIMITED)],
    ],
    [
      "DAI Permit that revokes",
      document(
        "Permit",
        { Permit: "address holder,address spender,uint256 nonce,uint256 expiry,bool allowed" },
        { holder: KEY.address, spender: SPENDER, nonce: 1, expiry: 1_800_000_000, allowed: false },
      ),
      [allowance("0")],
    ],
    [
      "ERC-4494 Permit of one NFT",
      document(
        "Permit",
        { Permit: "address spender,uint256 tokenId,uint256 nonce,uint256 deadline" },
        { spender: SPENDER, tokenId: 9, nonce: 1, deadline: 1_800_000_000 },
      ),
      [{ ...allowance("1"), asset: `erc721:${TOKEN}/9` }],
    ],
    [
      "Permit2 PermitSingle",
      document(
        "PermitSingle",
        { PermitSingle: "PermitDetails details,address spender,uint256 sigDeadline", PermitDetails: DETAILS },
        { details, spender: SPENDER, sigDeadline: 5 },
        permit2,
      ),
      [allowance("7", LATER)],
    ],
    [
      "Permit2 PermitSingle with expiration 0 lasts until its deadline",
      document(
        "PermitSingle",
        { PermitSingle: "PermitDetails details,address spender,uint256 sigDeadline", PermitDetails: DETAILS },
        { details: { ...details, expiration: 0 }, spender: SPENDER, sigDeadline: 5 },
        permit2,
      ),
      [allowance("7", { expiresAt: "5" })],
    ],
    [
      "Permit2 PermitBatch",
      document(
        "PermitBatch",
        {
          PermitBatch: "PermitDetails[] details,address spender,uint256 sigDeadline",
          PermitDetails: DETAILS,
        },
        { details: [details, { ...details, amount: 8 }], spender: SPENDER, sigDeadline: 5 },
        permit2,
      ),
      [allowance("7", LATER), allowance("8", LATER)],
    ],
    [
      "Permit2 PermitTransferFrom",
      document(
        "PermitTransferFrom",
        {
          PermitTransferFrom: "TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline",
          TokenPermissions: PERMISSIONS,
        },
        { permitted: { token: TOKEN, amount: 3 }, spender: SPENDER, nonce: 1, deadline: 1_800_000_000 },
        permit2,
      ),
      [allowance("3", LATER)],
    ],
    [
      "Permit2 PermitBatchTransferFrom",
      document(
        "PermitBatchTransferFrom",
        {
          PermitBatchTransferFrom:
            "TokenPermissions[] permitted,address spender,uint256 nonce,uint256 deadline",
          TokenPermissions: PERMISSIONS,
        },
        {
          permitted: [
            { token: TOKEN, amount: 3 },
            { token: TOKEN, amount: 4 },
          ],
          spender: SPENDER,
          nonce: 1,
          deadline: 1_800_000_000,
        },
        permit2,
      ),
      [allowance("3", LATER), allowance("4", LATER)],
    ],
  ];
  for (const [name, permit, allowances] of cases) {
    test(name, () => {
      const { intent } = decode(permit);
      assert.deepEqual(intent.allowances, allowances);
      assert.deepEqual([intent.opaque, intent.transfers, intent.calls], [false, [], []]);
    });
  }

  test("EIP-3009 TransferWithAuthorization is a transfer", () => {
    const types = {
      TransferWithAuthorization:
        "address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce",
    };
    const message = {
      from: KEY.address,
      to: SPENDER,
      value: "12",
      validAfter: 0,
      validBefore: 1,
      nonce: `0x${"01".repeat(32)}`,
    };
    const { intent, environment } = decode(document("TransferWithAuthorization", types, message));
    assert.deepEqual(intent.transfers, [
      { asset: `erc20:${TOKEN}`, from: OWNER, to: SPENDER, amount: "12", ownChange: false },
    ]);
    assert.deepEqual(environment, { chainId: "8453", network: "base" });
  });
});

const SAFE_TX =
  "address to,uint256 value,bytes data,uint8 operation,uint256 safeTxGas,uint256 baseGas,uint256 gasPrice," +
  "address gasToken,address refundReceiver,uint256 nonce";
const SAFE = "0x41675c099f32341bf84bfc5382af534df5c7461a";
const ZERO = `0x${"00".repeat(20)}`;

function safeTx(over: object, of: object = { chainId: 1, verifyingContract: SAFE }): SignRequest {
  const data = encodeFunctionData({ abi: erc20Abi, functionName: "transfer", args: [SPENDER, 77n] });
  const message = {
    to: TOKEN,
    value: "0",
    data,
    operation: 0,
    safeTxGas: 0,
    baseGas: 0,
    gasPrice: 0,
    gasToken: ZERO,
    refundReceiver: ZERO,
    nonce: 3,
    ...over,
  };
  return document("SafeTx", { SafeTx: SAFE_TX }, message, {
    domain: of,
  });
}

describe("eip712: Safe transactions", () => {
  test("the inner call's transfer comes from the Safe", () => {
    const { intent } = decode(safeTx({}));
    assert.deepEqual(intent.transfers, [
      { asset: `erc20:${TOKEN}`, from: SAFE, to: SPENDER, amount: "77", ownChange: false },
    ]);
    assert.deepEqual(
      intent.calls.map((call) => [call.to, call.function]),
      [[TOKEN, "transfer(address,uint256)"]],
    );
    assert.equal(intent.opaque, false);
  });

  test("native value leaves the Safe", () => {
    const { intent } = decode(safeTx({ data: "0x", value: "9" }));
    assert.deepEqual(intent.transfers, [
      { asset: "native", from: SAFE, to: TOKEN, amount: "9", ownChange: false },
    ]);
  });

  test("delegatecall is opaque", () => assert.equal(decode(safeTx({ operation: 1 })).intent.opaque, true));
  test("a gas refund is opaque", () => assert.equal(decode(safeTx({ gasPrice: 1 })).intent.opaque, true));
  test("an unknown inner function is opaque", () => {
    assert.equal(
      decode(safeTx({ data: "0x12345678" })).intent.opaqueReason,
      `unknown function 0x12345678 of ${TOKEN}`,
    );
  });
  test("operation 2 is refused", () => {
    refuses(safeTx({ operation: 2 }), "transaction.invalid", "/typedData/message/data");
  });
  test("a dirty inner call is refused", () => {
    refuses(safeTx({ data: "0xa9059cbb00" }), "transaction.invalid", "/typedData/message/data");
  });
});

describe("eip712: what is not known is opaque", () => {
  const cases: readonly (readonly [string, SignRequest])[] = [
    [
      "Permit with another member",
      document("Permit", { Permit: `${ERC2612},bytes32 x` }, { ...erc2612, x: `0x${"00".repeat(32)}` }),
    ],
    [
      "Permit without verifyingContract",
      document("Permit", { Permit: ERC2612 }, erc2612, { domain: { name: "x" } }),
    ],
    ["a module's transaction", document("ModuleTx", { ModuleTx: "bytes data" }, { data: "0x468721a7" })],
    ["a document of harmless words", document("Mail", { Mail: "string text" }, { text: "hello" })],
    [
      "TypedDataSign that is not ERC-7739's",
      document("TypedDataSign", { TypedDataSign: "bytes32 salt" }, { salt: `0x${"00".repeat(32)}` }),
    ],
  ];
  for (const [name, typed] of cases) {
    test(name, () => {
      const { intent } = decode(typed);
      assert.equal(intent.opaque, true);
      assert.deepEqual(intent.opaqueCauses, ["unknownTypedData"]);
      assert.match(
        String(intent.opaqueReason),
        /^typed data \w+ (?:that is not known|whose domain names no chain)/,
      );
    });
  }

  test("a Safe transaction without a chain is valid on every one", () => {
    const { intent } = decode(safeTx({}, { verifyingContract: SAFE }));
    assert.match(String(intent.opaqueReason), /names no chain/);
    assert.deepEqual(intent.transfers, []);
  });
});
