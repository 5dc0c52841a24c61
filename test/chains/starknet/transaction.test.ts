/** starknet.transaction: refusals, what policies see, and the v3 hash against the starknet package. */
import assert from "node:assert/strict";
import test from "node:test";
import { sign } from "@scure/starknet";
import { ec } from "starknet";
import type { SignRequest } from "../../../src/chains/adapter.ts";
import { textAttribute } from "../../../src/domain/keys.ts";
import { starknetAdapter } from "../../../src/chains/starknet/adapter.ts";
import { bigintToBytes, concat, toHex } from "../../../src/domain/bytes.ts";
import {
  BOUNDS,
  KEY,
  PRIVATE_KEY,
  RECIPIENT,
  STRK,
  TRANSFER,
  invoke,
  keyOf,
  padded,
  request,
  signerError,
} from "./sample.ts";

const P = 2n ** 251n + 17n * 2n ** 192n + 1n;
const hex = (value: bigint): string => `0x${value.toString(16)}`;
const { l1_gas, l2_gas, l1_data_gas } = BOUNDS;

type Refusal = readonly [name: string, request: SignRequest, code: "invalid" | "refused", message: RegExp];

const REFUSED: readonly Refusal[] = [
  ["another request type", { type: "starknet.raw" }, "invalid", /^\/type: /],
  ["no transaction", { type: "starknet.transaction" }, "invalid", /^\/transaction: is required/],
  [
    "a transaction that is a list",
    { type: "starknet.transaction", transaction: [] },
    "invalid",
    /^\/transaction: /,
  ],
  ["a field beside the transaction", { ...invoke(), hash: "0x1" }, "invalid", /^\/hash: is not known/],
  ["an unknown kind", invoke({ type: "L1_HANDLER" }), "invalid", /^\/transaction\/type: /],
  ["an unknown member", invoke({ max_fee: "0x1" }), "invalid", /^\/transaction\/max_fee: is not known/],
  [
    "a member of another kind",
    invoke({ class_hash: "0x1" }),
    "invalid",
    /^\/transaction\/class_hash: is not known/,
  ],
  ["a member named __proto__", invoke(JSON.parse('{"__proto__":1}')), "invalid", /__proto__: is not known/],
  ["version 0x0", invoke({ version: "0x0" }), "refused", /versions 0x0 to 0x2/],
  ["version 0x1", invoke({ version: "0x1" }), "refused", /versions 0x0 to 0x2/],
  ["version 0x2", invoke({ version: "0x2" }), "refused", /versions 0x0 to 0x2/],
  ["query version 3", invoke({ version: hex(2n ** 128n + 3n) }), "refused", /query version/],
  ["query version 1", invoke({ version: hex(2n ** 128n + 1n) }), "refused", /query version/],
  ["version 4", invoke({ version: "0x4" }), "invalid", /must be 0x3/],
  ["no version", invoke({ version: undefined }), "invalid", /\/version: /],
  ["no chain", invoke({ chainId: undefined }), "invalid", /\/chainId: is required/],
  ["a chain name in lower case", invoke({ chainId: "sn_main" }), "invalid", /\/chainId: /],
  ["a chain in decimal text", invoke({ chainId: "23448594291968334" }), "invalid", /\/chainId: /],
  [
    "another sender",
    invoke({ sender_address: RECIPIENT }),
    "refused",
    /\/sender_address: must be the key's account/,
  ],
  ["a sender beyond addresses", invoke({ sender_address: hex(2n ** 251n) }), "invalid", /\/sender_address: /],
  ["a nonce of P", invoke({ nonce: hex(P) }), "invalid", /\/nonce: must be a felt/],
  ["a negative nonce", invoke({ nonce: -1 }), "invalid", /\/nonce: /],
  ["a fractional nonce", invoke({ nonce: 1.5 }), "invalid", /\/nonce: /],
  ["an unsafe integer", invoke({ nonce: 2 ** 53 }), "invalid", /\/nonce: /],
  ["a nonce with a leading zero", invoke({ nonce: "007" }), "invalid", /\/nonce: /],
  ["a tip of 2^64", invoke({ tip: hex(2n ** 64n) }), "invalid", /\/tip: must be below 2\^64/],
  [
    "two bounds",
    invoke({ resource_bounds: { l1_gas, l2_gas } }),
    "refused",
    /l1_data_gas: is required.*two resource bounds/,
  ],
  [
    "a fourth bound",
    invoke({ resource_bounds: { ...BOUNDS, l3_gas: l1_gas } }),
    "invalid",
    /l3_gas: is not known/,
  ],
  [
    "an amount of 2^64",
    invoke({ resource_bounds: { ...BOUNDS, l1_gas: { ...l1_gas, max_amount: hex(2n ** 64n) } } }),
    "invalid",
    /l1_gas\/max_amount: must be below 2\^64/,
  ],
  [
    "a price of 2^128",
    invoke({
      resource_bounds: { ...BOUNDS, l1_data_gas: { ...l1_data_gas, max_price_per_unit: hex(2n ** 128n) } },
    }),
    "invalid",
    /l1_data_gas\/max_price_per_unit: must be below 2\^128/,
  ],
  [
    "a mode as a number",
    invoke({ nonce_data_availability_mode: 0 }),
    "invalid",
    /nonce_data_availability_mode: /,
  ],
  [
    "an unknown mode",
    invoke({ fee_data_availability_mode: "L3" }),
    "invalid",
    /fee_data_availability_mode: /,
  ],
  ["calldata that is text", invoke({ calldata: "0x1" }), "invalid", /\/calldata: must be a list/],
  ["calldata with a felt of P", invoke({ calldata: [hex(P)] }), "invalid", /\/calldata\/0: must be a felt/],
  [
    "lists that are too long together",
    invoke({ paymaster_data: Array(3_000).fill("0x1"), proof_facts: Array(2_000).fill("0x1") }),
    "refused",
    /\/transaction: .*at most 5000 felts/,
  ],
  ["too much calldata", invoke({ calldata: Array(5_001).fill(0) }), "invalid", /\/calldata: .*at most 5000/],
  ["empty calldata", invoke({ calldata: [] }), "invalid", /\/calldata\/0: is missing/],
  ["a truncated call", invoke({ calldata: [1, STRK, TRANSFER] }), "invalid", /\/calldata\/3: is missing/],
  [
    "a length past the end",
    invoke({ calldata: [1, STRK, TRANSFER, 4, 1, 2, 3] }),
    "invalid",
    /\/calldata\/3: is longer/,
  ],
  [
    "a huge length",
    invoke({ calldata: [1, STRK, TRANSFER, hex(P - 1n), 1] }),
    "invalid",
    /\/calldata\/3: is longer/,
  ],
  [
    "a left-over felt",
    invoke({ calldata: [1, STRK, TRANSFER, 3, 1, 2, 0, 9] }),
    "invalid",
    /\/calldata\/7: is left over/,
  ],
  [
    "a call to no address",
    invoke({ calldata: [1, hex(2n ** 251n), "0x9", 0] }),
    "invalid",
    /\/calldata\/1: .*address/,
  ],
  [
    "the Cairo 0 layout",
    invoke({ calldata: [1, STRK, TRANSFER, 0, 3, 3, RECIPIENT, 1000, 0] }),
    "invalid",
    /Cairo 0 layout is not signed/,
  ],
  [
    "transfer of two felts",
    invoke({ calldata: [1, STRK, TRANSFER, 2, 1, 2] }),
    "invalid",
    /transfer\(recipient: address, amount: u256\): amount is missing/,
  ],
  [
    "transfer of four felts",
    invoke({ calldata: [1, STRK, TRANSFER, 4, 1, 2, 0, 0] }),
    "invalid",
    /transfer\(recipient: address, amount: u256\): 1 felts are left over/,
  ],
  [
    "an amount whose low half is 2^128",
    invoke({ calldata: [1, STRK, TRANSFER, 3, 1, hex(2n ** 128n), 0] }),
    "invalid",
    /below 2\^128/,
  ],
  [
    "an amount whose high half is 2^128",
    invoke({ calldata: [1, STRK, TRANSFER, 3, 1, 0, hex(2n ** 128n)] }),
    "invalid",
    /below 2\^128/,
  ],
];

for (const [name, body, code, message] of REFUSED) {
  test(`starknet.transaction refuses ${name}`, () => {
    assert.throws(() => starknetAdapter.decode(body, KEY), signerError(`transaction.${code}`, message));
  });
}

function deploy(overrides: Readonly<Record<string, unknown>> = {}, key = KEY): SignRequest {
  const publicKey = toHex(key.publicKey);
  return request({
    type: "DEPLOY_ACCOUNT",
    version: "0x3",
    chainId: "SN_MAIN",
    nonce: "0x0",
    resource_bounds: BOUNDS,
    class_hash: textAttribute(key.attributes, "classHash") ?? "",
    contract_address_salt: publicKey,
    constructor_calldata:
      key.attributes["accountType"] === "argent" ? ["0x0", publicKey, "0x1"] : [publicKey],
    ...overrides,
  });
}

for (const [name, body] of [
  ["another salt", deploy({ contract_address_salt: "0x1" })],
  ["another class", deploy({ class_hash: "0x1" })],
  ["another owner", deploy({ constructor_calldata: ["0x1"] })],
] as const) {
  test(`starknet.transaction refuses a deployment with ${name}`, () => {
    const refusal = signerError("transaction.refused", /deploys another account than the key's/);
    assert.throws(() => starknetAdapter.decode(body, KEY), refusal);
  });
}

test("starknet.transaction refuses the deployment of a Braavos account", () => {
  const key = keyOf("braavos");
  const refusal = signerError("transaction.refused", /13 or more elements/);
  assert.throws(() => starknetAdapter.decode(deploy({}, key), key), refusal);
});

test("starknet.transaction refuses a declaration by another account", () => {
  const body = request({ ...declare(), sender_address: RECIPIENT });
  assert.throws(
    () => starknetAdapter.decode(body, KEY),
    signerError("transaction.refused", /sender_address/),
  );
});

function declare(): Readonly<Record<string, unknown>> {
  return {
    type: "DECLARE",
    version: "0x3",
    chainId: "SN_MAIN",
    sender_address: KEY.address,
    nonce: "0x1",
    resource_bounds: BOUNDS,
    class_hash: "0x1234",
    compiled_class_hash: "0x5678",
  };
}

test("intent: a STRK transfer", () => {
  const { intent, environment } = starknetAdapter.decode(invoke(), KEY);
  assert.equal(intent.opaque, false);
  assert.deepEqual(environment, { chainId: "SN_SEPOLIA", network: "sepolia" });
  const asset = `starknet-erc20:${STRK}`;
  assert.deepEqual(intent.transfers, [
    { asset, from: KEY.address, to: RECIPIENT, amount: "1000", ownChange: false },
  ]);
  assert.deepEqual(intent.allowances, []);
  assert.deepEqual(intent.calls, [
    {
      to: STRK,
      value: "0",
      selector: TRANSFER,
      function: "transfer",
      args: { recipient: RECIPIENT, amount: "1000" },
    },
  ]);
  // 1·100 + 10·5 + 3·7, and the tip of 2 on 10 units of L2 gas.
  assert.deepEqual(intent.fee, { asset, max: "191" });
});

test("intent: u256 amounts are two felts, low first", () => {
  const { intent } = starknetAdapter.decode(
    invoke({ calldata: [1, STRK, TRANSFER, 3, RECIPIENT, 5, 1] }),
    KEY,
  );
  assert.equal(intent.transfers[0]?.amount, (2n ** 128n + 5n).toString());
});

test("intent: one unknown entry point makes the whole multicall opaque, and keeps what is known", () => {
  const calldata = [2, STRK, TRANSFER, 3, RECIPIENT, 7, 0, RECIPIENT, "0x99", 1, "0xff"];
  const { intent } = starknetAdapter.decode(invoke({ calldata }), KEY);
  assert.equal(intent.opaque, true);
  assert.deepEqual(intent.opaqueCauses, ["unknownCall"]);
  assert.match(intent.opaqueReason ?? "", /call 1 .*0x99/);
  assert.equal(intent.transfers.length, 1);
  assert.deepEqual(intent.calls[1], {
    to: RECIPIENT,
    value: "0",
    selector: "0x99",
    args: { calldata: ["0xff"] },
  });
});

for (const name of ["paymaster_data", "account_deployment_data", "proof_facts"]) {
  test(`intent: ${name} makes a request opaque`, () => {
    const { intent } = starknetAdapter.decode(invoke({ [name]: ["0x1"] }), KEY);
    assert.equal(intent.opaque, true);
    assert.deepEqual(intent.opaqueCauses, ["reservedFields"]);
    assert.equal(intent.opaqueReason, `${name} is not empty`);
  });
}

test("intent: an unknown call does not hide that paymaster_data is used", () => {
  const calldata = [2, RECIPIENT, "0x98", 0, RECIPIENT, "0x99", 0];
  const { intent } = starknetAdapter.decode(invoke({ calldata, paymaster_data: ["0x1"] }), KEY);
  assert.deepEqual(intent.opaqueCauses, ["unknownCall", "reservedFields"]);
  assert.match(intent.opaqueReason ?? "", /^call 0 .*0x98; call 1 .*0x99; paymaster_data is not empty$/);
});

test("intent: deploy_account and declare are deployments, and not opaque", () => {
  for (const type of ["openzeppelin", "argent"]) {
    const key = keyOf(type);
    const { intent, environment } = starknetAdapter.decode(deploy({}, key), key);
    assert.equal(intent.opaque, false);
    const classHash = textAttribute(key.attributes, "classHash") ?? "";
    assert.deepEqual(intent.control, [{ what: "deployment", of: key.address, to: classHash }]);
    assert.equal(intent.calls[0]?.function, "deploy_account");
    assert.equal(intent.calls[0]?.to, null);
    assert.equal(environment.network, "mainnet");
  }
  const { intent } = starknetAdapter.decode(request(declare()), KEY);
  assert.deepEqual(intent.control, [{ what: "deployment", of: padded("0x1234"), to: null }]);
  assert.deepEqual(intent.calls, [
    {
      to: null,
      value: "0",
      selector: null,
      function: "declare",
      args: { classHash: padded("0x1234"), compiledClassHash: padded("0x5678") },
    },
  ]);
});

test("two spellings of one transaction give one hash and one canonical text", () => {
  const plain = starknetAdapter.decode(invoke(), KEY);
  const spelled = starknetAdapter.decode(
    invoke({
      version: 3,
      chainId: "0x534e5f5345504f4c4941",
      nonce: 7,
      tip: "2",
      sender_address: `0x${KEY.address.slice(2).toUpperCase()}`,
      calldata: [1, BigInt(STRK).toString(), TRANSFER, "0x03", BigInt(RECIPIENT).toString(), "0x3e8", "0x0"],
      paymaster_data: undefined,
      account_deployment_data: undefined,
      nonce_data_availability_mode: undefined,
      fee_data_availability_mode: undefined,
      proof_facts: [],
    }),
    KEY,
  );
  assert.deepEqual(spelled, plain);
});

test("a chain without a name keeps its felt", () => {
  const { environment } = starknetAdapter.decode(invoke({ chainId: "0x01" }), KEY);
  assert.deepEqual(environment, { chainId: "0x1", network: "custom" });
});

test("assemble: the answer verifies with the starknet package's curve", () => {
  const decoded = starknetAdapter.decode(invoke(), KEY);
  const [payload] = decoded.payloads;
  assert.ok(payload?.scheme === "stark.ecdsa" && decoded.payloads.length === 1);
  assert.deepEqual(payload.publicKey, KEY.publicKey);
  const { r, s } = sign(payload.digest, PRIVATE_KEY);
  const bytes = concat(bigintToBytes(r, 32), bigintToBytes(s, 32));
  const answer = starknetAdapter.assemble(structuredClone(decoded), [{ bytes }]);
  assert.deepEqual(answer, {
    transactionHash: hex(BigInt(toHex(payload.digest))),
    signature: [hex(r), hex(s)],
  });
  const signature = new ec.starkCurve.Signature(r, s);
  assert.ok(
    ec.starkCurve.verify(
      signature,
      hex(BigInt(toHex(payload.digest))),
      ec.starkCurve.getPublicKey(PRIVATE_KEY),
    ),
  );
});

test("assemble refuses another number of signatures, or another length", () => {
  const decoded = starknetAdapter.decode(invoke(), KEY);
  const bytes = new Uint8Array(64);
  for (const signatures of [[], [{ bytes }, { bytes }], [{ bytes: new Uint8Array(65) }]]) {
    assert.throws(
      () => starknetAdapter.assemble(decoded, signatures),
      signerError("service.internal", /one signature/),
    );
  }
});
