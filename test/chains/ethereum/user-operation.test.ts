/** ERC-4337 user operations: refusals, hashes against viem's, what each kind of account signs, and what the account does. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  concat,
  encodeAbiParameters,
  encodeFunctionData,
  hashMessage,
  hashTypedData,
  keccak256,
  numberToHex,
  parseAbi,
  type Hex,
} from "viem";
import {
  entryPoint06Address,
  entryPoint07Address,
  entryPoint08Address,
  entryPoint09Address,
  getUserOperationHash,
  type UserOperation,
} from "viem/account-abstraction";
import type { SignRequest } from "../../../src/chains/adapter.ts";
import { PLACES } from "../../../src/chains/ethereum/places.ts";
import { asHex, decode, digestOf, refuses, sign } from "./keys.ts";
import { TRANSFER } from "./samples.ts";

const SENDER = asHex(`0x${"5e".repeat(20)}`);
const TARGET = asHex(`0x${"7a".repeat(20)}`);
const BENEFICIARY = asHex(`0x${"b0".repeat(20)}`);
const FACTORY = asHex(`0x${"fa".repeat(20)}`);
const PAYMASTER = asHex(`0x${"9a".repeat(20)}`);
const ENTRY_POINTS = {
  "0.6": entryPoint06Address,
  "0.7": entryPoint07Address,
  "0.8": entryPoint08Address,
  "0.9": entryPoint09Address,
} as const;
type Version = keyof typeof ENTRY_POINTS;
const VERSIONS = ["0.6", "0.7", "0.8", "0.9"] as const;

const ABI = parseAbi([
  "function execute(address,uint256,bytes)",
  "function execute(bytes32,bytes)",
  "function executeBatch((address,uint256,bytes)[])",
  "function executeUserOp(address,uint256,bytes,uint8)",
  "function executeWithoutChainIdValidation(bytes[])",
  "function addOwnerAddress(address)",
  "function transfer(address,uint256)",
]);
const EXECUTE = encodeFunctionData({ abi: ABI, functionName: "execute", args: [TARGET, 5n, TRANSFER] });
const SAFE_EXECUTE = encodeFunctionData({
  abi: ABI,
  functionName: "executeUserOp",
  args: [TARGET, 5n, TRANSFER, 0],
});
const MOVED = [
  { asset: "native", from: SENDER, to: TARGET, amount: "5", ownChange: false },
  { asset: `erc20:${TARGET}`, from: SENDER, to: BENEFICIARY, amount: "7", ownChange: false },
];
const FIELDS = {
  sender: SENDER,
  nonce: "7",
  callData: EXECUTE,
  callGasLimit: "100000",
  verificationGasLimit: "150000",
  preVerificationGas: "50000",
  maxFeePerGas: "30",
  maxPriorityFeePerGas: "2",
};

function request(version: string, over: object = {}, top: object = {}): SignRequest {
  const entryPoint = (ENTRY_POINTS as Record<string, string>)[version] ?? TARGET;
  return {
    type: "ethereum.userOperation",
    entryPoint,
    version,
    chainId: "8453",
    account: "raw",
    userOperation: { ...FIELDS, ...over },
    ...top,
  };
}
const intentOf = (version: Version, over: object = {}, top: object = {}) =>
  decode(request(version, over, top)).intent;

describe("user operations: refused", () => {
  const cases: readonly (readonly [string, SignRequest, string, string])[] = [
    ["a version that is not known", request("0.5"), "transaction.refused", "/version"],
    [
      "the EntryPoint of another version",
      request("0.7", {}, { entryPoint: entryPoint06Address }),
      "transaction.refused",
      "/entryPoint",
    ],
    ["a chain id of 0", request("0.7", {}, { chainId: 0 }), "transaction.refused", "/chainId"],
    [
      "an account that is not known",
      request("0.7", {}, { account: "diamond" }),
      "transaction.refused",
      "/account",
    ],
    [
      "a tip above the fee",
      request("0.7", { maxPriorityFeePerGas: "31" }),
      "transaction.refused",
      "/userOperation/maxPriorityFeePerGas",
    ],
    [
      "a signature, which is not signed",
      request("0.7", { signature: "0x" }),
      "transaction.invalid",
      "/userOperation/signature",
    ],
    [
      "initCode from 0.7 on",
      request("0.7", { initCode: "0x" }),
      "transaction.invalid",
      "/userOperation/initCode",
    ],
    [
      "a factory in 0.6",
      request("0.6", { factory: FACTORY }),
      "transaction.invalid",
      "/userOperation/factory",
    ],
    [
      "factory data without a factory",
      request("0.8", { factoryData: "0x01" }),
      "transaction.invalid",
      "/userOperation/factoryData",
    ],
    [
      "paymaster data without one",
      request("0.8", { paymasterData: "0x01" }),
      "transaction.invalid",
      "/userOperation/paymasterData",
    ],
    [
      "paymaster gas without one",
      request("0.8", { paymasterPostOpGasLimit: 1 }),
      "transaction.invalid",
      "/userOperation/paymasterPostOpGasLimit",
    ],
    [
      "initCode that is shorter than an address",
      request("0.6", { initCode: "0x01" }),
      "transaction.invalid",
      "/userOperation/initCode",
    ],
    [
      "a gas limit of 129 bits",
      request("0.7", { callGasLimit: (1n << 128n).toString() }),
      "transaction.invalid",
      "/userOperation/callGasLimit",
    ],
    [
      "an EIP-7702 factory",
      request("0.8", { factory: `0x7702${"0".repeat(36)}` }),
      "transaction.refused",
      "/userOperation/factory",
    ],
    [
      "a paymaster's signature in 0.9",
      request("0.9", { paymaster: PAYMASTER, paymasterData: "0x000022e325a297439656" }),
      "transaction.refused",
      "/userOperation/paymasterData",
    ],
    [
      "a Coinbase wallet on 0.7",
      request("0.7", {}, { account: "coinbase" }),
      "transaction.refused",
      "/version",
    ],
    [
      "a replayable nonce for a call that is not",
      request("0.6", { nonce: (8453n << 64n).toString() }, { account: "coinbase" }),
      "transaction.refused",
      "/userOperation/nonce",
    ],
    [
      "a replayable call with another nonce",
      request("0.6", { callData: "0x2c2abd1e" }, { account: "coinbase" }),
      "transaction.refused",
      "/userOperation/nonce",
    ],
    ["a Safe on 0.8", request("0.8", {}, { account: "safe" }), "transaction.refused", "/version"],
    [
      "times for another account",
      request("0.7", {}, { validUntil: 1 }),
      "transaction.invalid",
      "/validUntil",
    ],
    [
      "call data that is not canonical",
      request("0.7", { callData: `${EXECUTE}00` }),
      "transaction.invalid",
      "/userOperation/callData",
    ],
  ];
  for (const [rule, wrong, code, field] of cases) test(rule, () => refuses(wrong, code, field));
});

describe("user operations: opaque", () => {
  const causes = (version: Version, over: object, top: object = {}) =>
    intentOf(version, over, top).opaqueCauses;
  test("call data of an unknown function", () =>
    assert.deepEqual(causes("0.7", { callData: "0xdeadbeef" }), ["unknownCall"]));
  test("a token's function, which no account has", () =>
    assert.deepEqual(causes("0.7", { callData: TRANSFER }), ["unknownCall"]));
  test("executeUserOp, which accounts read as they like", () =>
    assert.deepEqual(causes("0.7", { callData: concat(["0x8dd7712f", EXECUTE]) }), ["unknownCall"]));
  test("an empty batch", () => {
    const callData = encodeFunctionData({ abi: ABI, functionName: "executeBatch", args: [[]] });
    assert.deepEqual(causes("0.7", { callData }), ["unknownContract"]);
  });
  test("a delegatecall", () => {
    const callData = encodeFunctionData({
      abi: ABI,
      functionName: "executeUserOp",
      args: [TARGET, 0n, "0x", 1],
    });
    assert.deepEqual(causes("0.7", { callData }, { account: "safe" }), ["delegateCall"]);
  });
  for (const version of VERSIONS) {
    test(`${version}: a paymaster, and no fee of the account`, () => {
      const over = version === "0.6" ? { paymasterAndData: PAYMASTER } : { paymaster: PAYMASTER };
      assert.deepEqual(causes(version, over), ["unstatedAmount"]);
      assert.equal(intentOf(version, over).fee, undefined);
    });
  }
  test("a Coinbase operation that is valid on every chain", () => {
    const args = [
      [encodeFunctionData({ abi: ABI, functionName: "addOwnerAddress", args: [TARGET] })],
    ] as const;
    const callData = encodeFunctionData({ abi: ABI, functionName: "executeWithoutChainIdValidation", args });
    const decoded = decode(
      request("0.6", { callData, nonce: (8453n << 64n).toString() }, { account: "coinbase" }),
    );
    assert.deepEqual(decoded.intent.opaqueCauses, ["authorization"]);
    assert.deepEqual(decoded.intent.control, [{ what: "owner", of: SENDER, to: TARGET }]);
    assert.equal(decoded.environment.network, "any");
  });
});

describe("user operations: understood", () => {
  for (const version of VERSIONS) {
    test(`${version}: the account pays and makes the call`, () => {
      const intent = intentOf(version);
      assert.deepEqual([intent.opaque, intent.transfers, intent.control], [false, MOVED, []]);
      assert.deepEqual(intent.fee, { asset: "native", max: (300_000n * 30n).toString() });
    });
    test(`${version}: a factory deploys it`, () => {
      const over =
        version === "0.6" ? { initCode: `${FACTORY}0102` } : { factory: FACTORY, factoryData: "0x0102" };
      assert.deepEqual(intentOf(version, over).control, [{ what: "deployment", of: SENDER, to: FACTORY }]);
    });
  }
  test("a change of owners of the account", () => {
    const callData = encodeFunctionData({ abi: ABI, functionName: "addOwnerAddress", args: [TARGET] });
    assert.deepEqual(intentOf("0.6", { callData }).control, [{ what: "owner", of: SENDER, to: TARGET }]);
  });
  test("no call data makes no call", () => {
    assert.equal(
      intentOf("0.7", { callData: "0x" }).harmless,
      "a user operation without call data makes no call",
    );
  });
  test("Kernel: what follows executeUserOp", () => {
    const callData = concat(["0x8dd7712f", EXECUTE]);
    const intent = intentOf("0.7", { callData }, { account: "kernel" });
    assert.deepEqual([intent.opaque, intent.transfers], [false, MOVED]);
  });
  test("Safe: its module's executeUserOp", () => {
    assert.deepEqual(intentOf("0.7", { callData: SAFE_EXECUTE }, { account: "safe" }).transfers, MOVED);
  });
  test("the detail names the key of the nonce and the hash", () => {
    const nonce = ((5n << 64n) + 9n).toString();
    const { ethereum } = intentOf("0.7", { nonce });
    assert.partialDeepStrictEqual(ethereum, { userOperation: { nonce, nonceKey: "5" } });
    assert.match(JSON.stringify(ethereum), /"hash":"0x[0-9a-f]{64}"/);
  });
  test("every EntryPoint is a known place", () => {
    for (const version of VERSIONS)
      assert.equal(PLACES.get(ENTRY_POINTS[version].toLowerCase())?.name, "EntryPoint");
  });
});

const quantity = fc.bigInt({ min: 0n, max: (1n << 120n) - 1n });
const data = fc
  .uint8Array({ maxLength: 80 })
  .map((bytes) => asHex(`0x${Buffer.from(bytes).toString("hex")}`));
const arbitraryFields = fc.record({
  nonce: fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }),
  callGasLimit: quantity,
  verificationGasLimit: quantity,
  preVerificationGas: quantity,
  maxFeePerGas: quantity,
  factory: fc.option(fc.record({ factoryData: data }), { nil: undefined }),
  paymaster: fc.option(fc.record({ paymasterData: data, limits: quantity }), { nil: undefined }),
});
type Arbitrary = typeof arbitraryFields extends fc.Arbitrary<infer Value> ? Value : never;

/** The same operation as the request states it and as viem takes it. */
function twice(version: Version, fields: Arbitrary) {
  const { factory, paymaster, ...gas } = fields;
  const common = { sender: SENDER, callData: EXECUTE, maxPriorityFeePerGas: gas.maxFeePerGas, ...gas };
  const limits = paymaster && {
    paymasterVerificationGasLimit: paymaster.limits,
    paymasterPostOpGasLimit: paymaster.limits,
  };
  const ends =
    version === "0.6"
      ? {
          initCode: factory === undefined ? ("0x" as const) : concat([FACTORY, factory.factoryData]),
          paymasterAndData:
            paymaster === undefined ? ("0x" as const) : concat([PAYMASTER, paymaster.paymasterData]),
        }
      : {
          ...(factory && { factory: FACTORY, factoryData: factory.factoryData }),
          ...(paymaster && { paymaster: PAYMASTER, paymasterData: paymaster.paymasterData, ...limits }),
        };
  const typed = { ...common, ...ends };
  const asText = Object.fromEntries(
    Object.entries(typed).map(([name, value]) => [
      name,
      typeof value === "bigint" ? value.toString() : value,
    ]),
  );
  return { asText, typed: { ...typed, signature: "0x" } as UserOperation };
}

describe("user operations: hashes", () => {
  for (const version of VERSIONS) {
    test(`${version}: as viem computes them, with factories and paymasters`, () => {
      fc.assert(
        fc.property(arbitraryFields, fc.integer({ min: 1, max: 2 ** 40 }), (fields, chainId) => {
          const { asText, typed } = twice(version, fields);
          const decoded = decode(request(version, asText, { chainId }));
          const expected = getUserOperationHash({
            chainId,
            entryPointAddress: ENTRY_POINTS[version],
            entryPointVersion: version,
            userOperation: typed,
          });
          assert.equal(digestOf(decoded), expected);
        }),
        { numRuns: 60 },
      );
    });
  }

  for (const version of ["0.6", "0.7"] as const) {
    test(`${version}: what eip191 and kernel sign is the personal message of the hash`, () => {
      const raw = asHex(digestOf(decode(request(version))));
      for (const account of ["eip191", "kernel"]) {
        const signed = sign(request(version, {}, { account }));
        assert.equal(digestOf(decode(request(version, {}, { account }))), hashMessage({ raw }));
        assert.equal(signed["userOperationHash"], raw);
      }
    });

    test(`${version}: what a Safe signs is the SafeOp of its module`, () => {
      const top = { account: "safe", validAfter: "3", validUntil: "9" };
      const over =
        version === "0.6" ? { initCode: FACTORY, paymasterAndData: PAYMASTER } : { factory: FACTORY };
      const decoded = decode(request(version, { callData: SAFE_EXECUTE, ...over }, top));
      assert.equal(digestOf(decoded), safeHash(version, 3, 9));
      const plain = asHex(digestOf(decode(request(version, { callData: SAFE_EXECUTE, ...over }))));
      const signed = sign(request(version, { callData: SAFE_EXECUTE, ...over }, top));
      assert.equal(signed["userOperationHash"], plain);
    });
  }

  test("Coinbase without a chain: keccak-256 of the inner hash and the EntryPoint", () => {
    const callData = encodeFunctionData({
      abi: ABI,
      functionName: "executeWithoutChainIdValidation",
      args: [[]],
    });
    const nonce = 8453n << 64n;
    const words = [
      "address",
      "uint256",
      "bytes32",
      "bytes32",
      "uint256",
      "uint256",
      "uint256",
      "uint256",
      "uint256",
      "bytes32",
    ];
    const inner = keccak256(
      encodeAbiParameters(
        words.map((type) => ({ type })),
        [
          SENDER,
          nonce,
          keccak256("0x"),
          keccak256(callData),
          100000n,
          150000n,
          50000n,
          30n,
          2n,
          keccak256("0x"),
        ],
      ),
    );
    const expected = keccak256(
      encodeAbiParameters([{ type: "bytes32" }, { type: "address" }], [inner, entryPoint06Address]),
    );
    const decoded = decode(request("0.6", { callData, nonce: nonce.toString() }, { account: "coinbase" }));
    assert.equal(digestOf(decoded), expected);
  });
});

const SAFE_MODULES = {
  "0.6": "0xa581c4A4DB7175302464fF3C06380BC3270b4037",
  "0.7": "0x75cf11467937ce3F2f357CE24ffc3DBF8fD5c226",
} as const;

function safeHash(version: "0.6" | "0.7", validAfter: number, validUntil: number): Hex {
  const order =
    version === "0.6"
      ? [
          "uint256 callGasLimit",
          "uint256 verificationGasLimit",
          "uint256 preVerificationGas",
          "uint256 maxFeePerGas",
          "uint256 maxPriorityFeePerGas",
        ]
      : [
          "uint128 verificationGasLimit",
          "uint128 callGasLimit",
          "uint256 preVerificationGas",
          "uint128 maxPriorityFeePerGas",
          "uint128 maxFeePerGas",
        ];
  const members = [
    "address safe",
    "uint256 nonce",
    "bytes initCode",
    "bytes callData",
    ...order,
    "bytes paymasterAndData",
    "uint48 validAfter",
    "uint48 validUntil",
    "address entryPoint",
  ].map((member) => {
    const [type = "", name = ""] = member.split(" ");
    return { type, name };
  });
  return hashTypedData({
    types: { SafeOp: members },
    primaryType: "SafeOp",
    domain: { chainId: 8453, verifyingContract: SAFE_MODULES[version] },
    message: {
      safe: SENDER,
      nonce: 7n,
      initCode: FACTORY,
      callData: SAFE_EXECUTE,
      callGasLimit: 100000n,
      verificationGasLimit: 150000n,
      preVerificationGas: 50000n,
      maxFeePerGas: 30n,
      maxPriorityFeePerGas: 2n,
      paymasterAndData: version === "0.6" ? PAYMASTER : "0x",
      validAfter,
      validUntil,
      entryPoint: ENTRY_POINTS[version],
    },
  });
}

describe("user operations as typed data", () => {
  const gas = (high: bigint, low: bigint): Hex =>
    concat([numberToHex(high, { size: 16 }), numberToHex(low, { size: 16 })]);
  const packed = (over: object = {}, verifyingContract: string = entryPoint08Address): SignRequest => ({
    type: "ethereum.typedData",
    typedData: {
      types: {
        PackedUserOperation: [
          ["address", "sender"],
          ["uint256", "nonce"],
          ["bytes", "initCode"],
          ["bytes", "callData"],
          ["bytes32", "accountGasLimits"],
          ["uint256", "preVerificationGas"],
          ["bytes32", "gasFees"],
          ["bytes", "paymasterAndData"],
        ].map(([type, name]) => ({ type, name })),
      },
      primaryType: "PackedUserOperation",
      domain: { name: "ERC4337", version: "1", chainId: 8453, verifyingContract },
      message: {
        sender: SENDER,
        nonce: "7",
        initCode: "0x",
        callData: EXECUTE,
        accountGasLimits: gas(150000n, 100000n),
        preVerificationGas: "50000",
        gasFees: gas(2n, 30n),
        paymasterAndData: "0x",
        ...over,
      },
    },
  });

  test("at another contract it is opaque", () => {
    assert.deepEqual(decode(packed({}, TARGET)).intent.opaqueCauses, ["unknownTypedData"]);
  });
  test("with a factory, or a delegated account's code, it is opaque", () => {
    const { opaqueCauses, control } = decode(packed({ initCode: FACTORY })).intent;
    assert.deepEqual(
      [opaqueCauses, control],
      [["unknownForm"], [{ what: "deployment", of: SENDER, to: FACTORY }]],
    );
  });
  for (const version of ["0.8", "0.9"] as const) {
    test(`${version}: the document is the operation, digest, effects and fee`, () => {
      const document = decode(packed({}, ENTRY_POINTS[version]));
      const operation = decode(request(version));
      assert.equal(digestOf(document), digestOf(operation));
      const { ethereum: _, ...said } = document.intent;
      const { ethereum: __, ...expected } = operation.intent;
      assert.deepEqual({ ...said, calls: said.calls.length }, { ...expected, calls: expected.calls.length });
    });
  }
});
