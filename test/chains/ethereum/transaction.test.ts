/** Ethereum transactions: every refusal by its rule, then what is read, signed and reported. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { getCreateAddress } from "ethers";
import { parseTransaction, recoverTransactionAddress, type TransactionSerialized } from "viem";
import type { SignRequest } from "../../../src/chains/adapter.ts";
import { ethereumAdapter } from "../../../src/chains/ethereum/adapter.ts";
import { authorizationDigest } from "../../../src/chains/ethereum/authorization.ts";
import { toHex } from "../../../src/domain/bytes.ts";
import { SignerError } from "../../../src/domain/errors.ts";
import { decode, hexField, KEY, OWNER, refuses, sign, signDigest } from "./keys.ts";

const TO = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8";
const CHECKSUMMED = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const HASH = `0x01${"ab".repeat(31)}`;
const DELEGATE = `0x${"de".repeat(20)}` as const;

const LEGACY = { chainId: 1, nonce: 7, to: TO, value: "1000", gas: 21000, gasPrice: "0x3b9aca00" };
const MARKET = {
  chainId: "1",
  nonce: "7",
  to: TO,
  value: "1000",
  gas: "21000",
  maxFeePerGas: "30",
  maxPriorityFeePerGas: "2",
};
const BLOB = { ...MARKET, maxFeePerBlobGas: "5", blobVersionedHashes: [HASH, HASH] };

function authorization(chainId: number, address: `0x${string}` = DELEGATE) {
  const signature = signDigest(authorizationDigest({ chainId, address, nonce: 8 }));
  const r = toHex(signature.bytes.subarray(0, 32));
  const s = toHex(signature.bytes.subarray(32));
  return { chainId, address, nonce: 8, yParity: signature.recovery, r, s };
}

const SET_CODE = { ...MARKET, authorizationList: [authorization(1)] };

const request = (transaction: unknown): SignRequest => ({ type: "ethereum.transaction", transaction });
const without = (base: object, name: string) =>
  Object.fromEntries(Object.entries(base).filter(([member]) => member !== name));

const REFUSALS: readonly (readonly [rule: string, transaction: unknown, code: string, field: string])[] = [
  ["not an object", "0x02", "transaction.invalid", ""],
  ["null", null, "transaction.invalid", ""],
  ["an array", [], "transaction.invalid", ""],
  [
    "legacy without chainId (replayable, EIP-155)",
    without(LEGACY, "chainId"),
    "transaction.invalid",
    "/chainId",
  ],
  ["legacy with chainId 0", { ...LEGACY, chainId: 0 }, "transaction.refused", "/chainId"],
  ["eip1559 with chainId 0", { ...MARKET, chainId: "0x0" }, "transaction.refused", "/chainId"],
  ["chainId of 2^53", { ...MARKET, chainId: "9007199254740992" }, "transaction.invalid", "/chainId"],
  ["no fee", without(LEGACY, "gasPrice"), "transaction.invalid", ""],
  ["gasPrice beside maxFeePerGas", { ...MARKET, gasPrice: "1" }, "transaction.invalid", "/gasPrice"],
  ["gasPrice beside a tip", { ...LEGACY, maxPriorityFeePerGas: "1" }, "transaction.invalid", "/gasPrice"],
  ["no tip", without(MARKET, "maxPriorityFeePerGas"), "transaction.invalid", "/maxPriorityFeePerGas"],
  ["no fee cap", without(MARKET, "maxFeePerGas"), "transaction.invalid", "/maxFeePerGas"],
  [
    "tip above the fee cap",
    { ...MARKET, maxPriorityFeePerGas: "31" },
    "transaction.refused",
    "/maxPriorityFeePerGas",
  ],
  [
    "fee cap of 2^256",
    { ...MARKET, maxFeePerGas: `0x1${"0".repeat(64)}` },
    "transaction.invalid",
    "/maxFeePerGas",
  ],
  ["type that disagrees", { ...MARKET, type: "legacy" }, "transaction.invalid", "/type"],
  ["type that is unknown", { ...MARKET, type: "eip9999" }, "transaction.invalid", "/type"],
  [
    "type legacy with an access list",
    { ...LEGACY, type: "legacy", accessList: [] },
    "transaction.invalid",
    "/type",
  ],
  ["unknown member", { ...MARKET, gasprice: "1" }, "transaction.invalid", "/gasprice"],
  ["unknown member that is null", { ...MARKET, gasprice: null }, "transaction.invalid", "/gasprice"],
  ["another sender", { ...MARKET, from: TO }, "transaction.invalid", "/from"],
  ["a sender that is no address", { ...MARKET, from: "me" }, "transaction.invalid", "/from"],
  ["gasLimit that is not gas", { ...MARKET, gasLimit: "21001" }, "transaction.invalid", "/gasLimit"],
  ["input that is not data", { ...MARKET, data: "0x", input: "0x00" }, "transaction.invalid", "/input"],
  ["no gas, but null", { ...MARKET, gas: null, gasLimit: null }, "transaction.invalid", "/gas"],
  ["no nonce, but null", { ...MARKET, nonce: null }, "transaction.invalid", "/nonce"],
  ["a signature", { ...MARKET, r: "0x1", s: "0x1", v: "0x1" }, "transaction.invalid", "/r"],
  ["a hash", { ...MARKET, hash: HASH }, "transaction.invalid", "/hash"],
  ["type number that disagrees", { ...MARKET, type: 1 }, "transaction.invalid", "/type"],
  ["type number of JSON-RPC that disagrees", { ...MARKET, type: "0x0" }, "transaction.invalid", "/type"],
  ["type number 5", { ...MARKET, type: 5 }, "transaction.invalid", "/type"],
  ["type number as decimal text", { ...MARKET, type: "2" }, "transaction.invalid", "/type"],
  ["type legacy for an access list", { ...LEGACY, type: 0, accessList: [] }, "transaction.invalid", "/type"],
  ["blobs beside authorizations", { ...SET_CODE, ...BLOB }, "transaction.invalid", "/maxFeePerBlobGas"],
  ["no nonce", without(MARKET, "nonce"), "transaction.invalid", "/nonce"],
  ["nonce of 2^64 (EIP-2681)", { ...MARKET, nonce: `0x1${"0".repeat(16)}` }, "transaction.invalid", "/nonce"],
  ["nonce of 2^53", { ...MARKET, nonce: "9007199254740992" }, "transaction.invalid", "/nonce"],
  ["negative nonce", { ...MARKET, nonce: -1 }, "transaction.invalid", "/nonce"],
  ["float", { ...MARKET, value: 1.5 }, "transaction.invalid", "/value"],
  ["leading zero", { ...MARKET, value: "01" }, "transaction.invalid", "/value"],
  ["exponent", { ...MARKET, value: "1e18" }, "transaction.invalid", "/value"],
  ["value of 2^256", { ...MARKET, value: (1n << 256n).toString() }, "transaction.invalid", "/value"],
  ["no gas", without(MARKET, "gas"), "transaction.invalid", "/gas"],
  ["gas of 2^64", { ...MARKET, gas: (1n << 64n).toString() }, "transaction.invalid", "/gas"],
  ["short address", { ...MARKET, to: TO.slice(0, -2) }, "transaction.invalid", "/to"],
  ["empty address", { ...MARKET, to: "0x" }, "transaction.invalid", "/to"],
  ["ENS name", { ...MARKET, to: "vitalik.eth" }, "transaction.invalid", "/to"],
  ["wrong EIP-55 checksum", { ...MARKET, to: CHECKSUMMED.replace("C5", "c5") }, "transaction.invalid", "/to"],
  ["odd hex", { ...MARKET, data: "0x123" }, "transaction.invalid", "/data"],
  ["data that is not hex", { ...MARKET, data: "hello" }, "transaction.invalid", "/data"],
  ["data over 128 KiB", { ...MARKET, data: `0x${"00".repeat(131_073)}` }, "transaction.refused", "/data"],
  ["creation without init code", { ...MARKET, to: null }, "transaction.refused", "/data"],
  [
    "init code over 49,152 bytes (EIP-3860)",
    { ...without(MARKET, "to"), data: `0x${"00".repeat(49_153)}` },
    "transaction.refused",
    "/data",
  ],
  ["access list that is no list", { ...MARKET, accessList: {} }, "transaction.invalid", "/accessList"],
  [
    "access list entry with an unknown member",
    { ...MARKET, accessList: [{ address: TO, storageKeys: [], x: 1 }] },
    "transaction.invalid",
    "/accessList/0/x",
  ],
  [
    "access list with a bad checksum",
    { ...MARKET, accessList: [{ address: CHECKSUMMED.replace("C5", "c5"), storageKeys: [] }] },
    "transaction.invalid",
    "/accessList/0/address",
  ],
  [
    "31-byte storage key",
    { ...MARKET, accessList: [{ address: TO, storageKeys: [`0x${"00".repeat(31)}`] }] },
    "transaction.invalid",
    "/accessList/0/storageKeys/0",
  ],
  [
    "access list of 1,001 addresses and storage keys",
    {
      ...MARKET,
      accessList: [0, 1].map((extra) => ({ address: TO, storageKeys: Array(499 + extra).fill(HASH) })),
    },
    "transaction.refused",
    "/accessList",
  ],
  [
    "blob transaction without blobs",
    { ...BLOB, blobVersionedHashes: [] },
    "transaction.refused",
    "/blobVersionedHashes",
  ],
  [
    "blob hash of another version",
    { ...BLOB, blobVersionedHashes: [HASH, HASH.replace("0x01", "0x02")] },
    "transaction.invalid",
    "/blobVersionedHashes/1",
  ],
  [
    "blob transaction without a blob fee",
    without(BLOB, "maxFeePerBlobGas"),
    "transaction.invalid",
    "/maxFeePerBlobGas",
  ],
  [
    "blob transaction without recipient",
    { ...without(BLOB, "to"), data: "0x00" },
    "transaction.refused",
    "/to",
  ],
  ["blob sidecar", { ...BLOB, blobs: ["0x00"] }, "transaction.invalid", "/blobs"],
  ["set-code without recipient", { ...SET_CODE, to: null, data: "0x00" }, "transaction.refused", "/to"],
  [
    "set-code without authorizations",
    { ...MARKET, authorizationList: [] },
    "transaction.refused",
    "/authorizationList",
  ],
  [
    "authorization of another chain",
    { ...MARKET, authorizationList: [authorization(5)] },
    "transaction.invalid",
    "/authorizationList/0/chainId",
  ],
  [
    "authorization with a high s",
    { ...MARKET, authorizationList: [{ ...authorization(1), s: `0x${"f".repeat(63)}0` }] },
    "transaction.invalid",
    "/authorizationList/0/s",
  ],
  [
    "authorization whose v is not its yParity's",
    { ...MARKET, authorizationList: [{ ...authorization(1), v: 29 }] },
    "transaction.invalid",
    "/authorizationList/0/v",
  ],
  [
    "authorization with yParity 2",
    { ...MARKET, authorizationList: [{ ...authorization(1), yParity: 2 }] },
    "transaction.invalid",
    "/authorizationList/0/yParity",
  ],
  [
    "authorization that nobody signed",
    { ...MARKET, authorizationList: [{ ...authorization(1), r: `0x${"00".repeat(32)}` }] },
    "transaction.invalid",
    "/authorizationList/0",
  ],
  [
    "17 authorizations",
    { ...MARKET, authorizationList: Array.from({ length: 17 }, () => authorization(1)) },
    "transaction.invalid",
    "/authorizationList",
  ],
];

describe("ethereum.transaction: refused", () => {
  for (const [rule, transaction, code, field] of REFUSALS) {
    test(rule, () => refuses(request(transaction), code, `/transaction${field}`));
  }

  test("a type that this chain does not know", () =>
    refuses({ type: "ethereum.raw" }, "transaction.invalid", "/type"));
});

describe("ethereum.transaction: assemble refuses", () => {
  const decoded = decode(request(MARKET));
  const codeOf = (run: () => unknown): unknown => {
    try {
      run();
    } catch (error) {
      return error instanceof SignerError ? error.code : error;
    }
    return undefined;
  };

  test("a signature without its recovery bit", () => {
    const code = codeOf(() => ethereumAdapter.assemble(decoded, [{ bytes: new Uint8Array(64).fill(1) }]));
    assert.equal(code, "service.signature_invalid");
  });

  test("a signature of 63 bytes", () => {
    const code = codeOf(() =>
      ethereumAdapter.assemble(decoded, [{ bytes: new Uint8Array(63).fill(1), recovery: 0 }]),
    );
    assert.equal(code, "service.signature_invalid");
  });

  test("no signature, two signatures, a foreign draft", () => {
    const signature = { bytes: new Uint8Array(64).fill(1), recovery: 0 };
    assert.throws(() => ethereumAdapter.assemble(decoded, []), TypeError);
    assert.throws(() => ethereumAdapter.assemble(decoded, [signature, signature]), TypeError);
    assert.throws(() => ethereumAdapter.assemble({ ...decoded, draft: "psbt" }, [signature]), TypeError);
  });
});

describe("ethereum.transaction: read", () => {
  for (const [type, transaction] of [
    ["legacy", LEGACY],
    ["eip2930", { ...LEGACY, accessList: [{ address: TO, storageKeys: [HASH] }] }],
    ["eip1559", MARKET],
    ["eip4844", BLOB],
    ["eip7702", SET_CODE],
  ] as const) {
    test(`${type}: signed bytes parse back, and their sender is the key`, async () => {
      const signed = sign(request({ ...transaction, type }));
      const raw = hexField(signed, "signedTransaction");
      assert.ok(isSerialized(raw));
      const parsed = parseTransaction(raw);
      assert.equal(parsed.type, type);
      assert.deepEqual([parsed.chainId, parsed.nonce, parsed.to, parsed.value], [1, 7, TO, 1000n]);
      assert.equal(await recoverTransactionAddress({ serializedTransaction: raw }), KEY.address);
      assert.match(hexField(signed, "signature"), /^0x[0-9a-f]{128}(?:1b|1c)$/);
      assert.match(hexField(signed, "hash"), /^0x[0-9a-f]{64}$/);
      const { slots } = decode(request({ ...transaction, type }));
      assert.deepEqual(slots, [`eip155:1:${OWNER}:7`], "its account's nonce on its chain");
    });
  }

  const TYPES = [LEGACY, { ...LEGACY, accessList: [] }, MARKET, BLOB, SET_CODE];
  for (const zeros of [1, 2]) {
    test(`r and s that begin with ${zeros} zero bytes, which RLP drops, in every type`, () => {
      for (const transaction of TYPES) {
        const half = new Uint8Array(32).fill(0x5a).fill(0, 0, zeros);
        const signature = { bytes: Uint8Array.from([...half, ...half]), recovery: 1 };
        const signed = ethereumAdapter.assemble(decode(request(transaction)), [signature]);
        const raw = hexField(signed, "signedTransaction");
        const short = `${(0x80 + 32 - zeros).toString(16)}${"5a".repeat(32 - zeros)}`;
        assert.ok(raw.endsWith(short + short));
      }
    });
  }

  test("quantities in decimal, hex and JSON integers give one digest", () => {
    const forms = [
      MARKET,
      { ...MARKET, chainId: 1, nonce: 7, value: 1000, gas: 21000, maxFeePerGas: 30, maxPriorityFeePerGas: 2 },
      { ...MARKET, chainId: "0x1", nonce: "0x07", value: "0x3e8", gas: "0x5208", maxFeePerGas: "0x1E" },
    ];
    const [first, ...others] = forms.map((form) => decode(request(form)).payloads);
    for (const other of others) assert.deepEqual(other, first);
  });

  test("addresses in lower case, upper case and EIP-55 give one digest and one intent", () => {
    const forms = [TO, `0x${TO.slice(2).toUpperCase()}`, CHECKSUMMED].map((to) =>
      decode(request({ ...MARKET, to })),
    );
    assert.deepEqual(forms[1], forms[0]);
    assert.deepEqual(forms[2], forms[0]);
  });

  test("the intent of a plain transfer", () => {
    const { intent, environment } = decode(request(MARKET));
    assert.deepEqual(environment, { chainId: "1", network: "mainnet" });
    assert.deepEqual(intent, {
      opaque: false,
      opaqueCauses: [],
      transfers: [{ asset: "native", from: OWNER, to: TO, amount: "1000", ownChange: false }],
      allowances: [],
      control: [],
      calls: [],
      fee: { asset: "native", max: "630000" },
      ethereum: {
        transaction: { ...MARKET, type: "eip1559", data: "0x", accessList: [] },
      },
    });
  });

  test("a transfer of nothing names its recipient, whose code it runs", () => {
    const { transfers } = decode(request(without(MARKET, "value"))).intent;
    assert.deepEqual(
      transfers.map(({ asset, to, amount }) => [asset, to, amount]),
      [["native", MARKET.to.toLowerCase(), "0"]],
    );
  });

  test("fees: legacy gas × gasPrice; blobs add 131,072 gas each", () => {
    assert.equal(decode(request(LEGACY)).intent.fee?.max, (21_000n * 1_000_000_000n).toString());
    assert.equal(decode(request(BLOB)).intent.fee?.max, (21_000n * 30n + 2n * 131_072n * 5n).toString());
  });

  test("networks: named where known, else by EIP-155 id", () => {
    const network = (chainId: number) => decode(request({ ...MARKET, chainId })).environment.network;
    assert.deepEqual([11155111, 560048, 8453, 31337].map(network), [
      "sepolia",
      "hoodi",
      "base",
      "eip155:31337",
    ]);
  });

  test("contract creation is a constructor call, and its value is a transfer to the new contract", () => {
    const { intent } = decode(request({ ...MARKET, to: null, data: "0x6000" }));
    assert.deepEqual(intent.calls, [{ to: null, value: "1000", selector: null, function: "constructor" }]);
    const to = getCreateAddress({ from: OWNER, nonce: MARKET.nonce }).toLowerCase();
    assert.deepEqual(intent.transfers, [
      { asset: "native", from: OWNER, to, amount: "1000", ownChange: false },
    ]);
    assert.equal(intent.opaque, false);
    const free = decode(request({ ...MARKET, to: null, data: "0x6000", value: 0 })).intent;
    assert.deepEqual(free.transfers, []);
  });

  test("long init code is named by length and hash", () => {
    const { intent } = decode(request({ ...MARKET, to: null, data: `0x${"60".repeat(20_000)}` }));
    assert.match(JSON.stringify(intent.ethereum), /"dataLength":20000,"dataHash":"0x[0-9a-f]{64}"/);
    assert.ok(JSON.stringify(intent).length < 2_000);
  });
});

describe("eip7702: delegation in a transaction", () => {
  test("each authorization makes a delegate of whoever signed it", () => {
    const { intent } = decode(request(SET_CODE));
    assert.deepEqual(intent.control, [{ what: "delegate", of: OWNER, to: DELEGATE }]);
    assert.equal(intent.opaque, false);
  });

  test("chain id 0 makes the intent opaque", () => {
    const { intent } = decode(
      request({ ...MARKET, authorizationList: [authorization(1), authorization(0)] }),
    );
    assert.equal(intent.control.length, 2);
    assert.deepEqual([intent.opaque, intent.opaqueReason], [true, "authorization valid on every chain"]);
  });

  test("delegation to the zero address ends one", () => {
    const cleared = authorization(1, `0x${"00".repeat(20)}`);
    const { intent } = decode(request({ ...MARKET, authorizationList: [cleared] }));
    assert.deepEqual(intent.control, [{ what: "delegate", of: OWNER, to: null }]);
  });
});

function isSerialized(raw: string): raw is TransactionSerialized {
  return raw.startsWith("0x");
}
