/** Ethereum from request to mined block: keys and policies of a running service, transactions executed by anvil. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { verifyMessage, verifyTypedData } from "ethers";
import { recoverMessageAddress, recoverTypedDataAddress } from "viem";
import { signInText } from "../domain/messages/sign-in.ts";
import { Anvil, ANVIL_CHAIN_ID, BLOB_HASH, SKIP_WITHOUT_ANVIL, withSidecar } from "../running/anvil.ts";
import { ALLOW_OPAQUE, bind, readyPolicy } from "../running/policies.ts";
import { RunningService } from "../running/service.ts";
import { denialOf, makeKey, makeWallet, sign, type Key } from "./custody.ts";

const ETHER = 10n ** 18n;
const TO = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const STRANGER = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
const USDC = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48";
const DELEGATE = `0x${"de".repeat(20)}`;
const FEES = { maxFeePerGas: "20000000000", maxPriorityFeePerGas: "1000000000" };
const SETTINGS = {
  rules: [
    {
      chain: "ethereum",
      chainId: String(ANVIL_CHAIN_ID),
      asset: "native",
      recipients: [TO],
      maxPerTransaction: ETHER.toString(),
    },
    { chain: "ethereum", asset: `erc20:${USDC}`, recipients: [TO], maxPerTransaction: "5000000" },
  ],
  maxFee: [{ chain: "ethereum", max: (ETHER / 10n).toString() }],
  allowMessages: true,
};

let service: RunningService;
/** Under transfer-limits. */
let key: Key;
/** Under transfer-limits that names a delegate. */
let delegator: Key;
/** Under a policy that allows what cannot be read as well. */
let trusted: Key;

before(async () => {
  service = await RunningService.start();
  const walletId = await makeWallet(service, { name: "treasury" });
  key = await makeKey(service, walletId, { chain: "ethereum" });
  delegator = await makeKey(service, walletId, { chain: "ethereum", index: 1 });
  await bind(service, readyPolicy("transfer-limits"), { keyId: key.id }, { settings: SETTINGS });
  const delegates = [{ chain: "ethereum", chainId: String(ANVIL_CHAIN_ID), addresses: [DELEGATE] }];
  const delegating = { settings: { ...SETTINGS, delegates } };
  await bind(service, readyPolicy("transfer-limits"), { keyId: delegator.id }, delegating);
  trusted = await makeKey(service, walletId, { chain: "ethereum", index: 2 });
  await bind(service, ALLOW_OPAQUE, { keyId: trusted.id });
});
after(() => service.stop());

/** A transfer that the policy allows, unless `fields` say otherwise. */
function transfer(fields: object): { type: string; transaction: object } {
  const base = { chainId: ANVIL_CHAIN_ID, nonce: 0, to: TO, value: "1000", gas: 60_000 };
  return { type: "ethereum.transaction", transaction: { ...base, ...fields } };
}

function permit(value: string, spender = TO) {
  return {
    types: {
      Permit: [
        { name: "owner", type: "address" },
        { name: "spender", type: "address" },
        { name: "value", type: "uint256" },
        { name: "nonce", type: "uint256" },
        { name: "deadline", type: "uint256" },
      ],
    },
    primaryType: "Permit",
    domain: { name: "USD Coin", version: "2", chainId: 1, verifyingContract: USDC },
    message: { owner: key.address, spender, value, nonce: "0", deadline: "1900000000" },
  } as const;
}

describe("ethereum: what transfer-limits denies", () => {
  const cases: readonly (readonly [string, string, object])[] = [
    ["one wei over the maximum", "amount_over_limit", { ...FEES, value: (ETHER + 1n).toString() }],
    ["another recipient", "recipient_not_allowed", { ...FEES, to: STRANGER }],
    ["another network", "asset_not_allowed", { ...FEES, chainId: 1 }],
    [
      "a fee over the maximum",
      "fee_over_limit",
      { maxFeePerGas: "2000000000000", maxPriorityFeePerGas: "1" },
    ],
    ["a new contract", "contract_creation_not_allowed", { ...FEES, to: null, value: "0", data: "0x00" }],
    ["call data that nobody can read", "opaque", { ...FEES, data: "0xdeadbeef" }],
  ];
  for (const [name, code, fields] of cases) {
    test(`${name}: ${code}`, async () => {
      assert.equal(await denialOf(service, key, transfer(fields)), code);
    });
  }

  test("a permit over the token's maximum, and one for another spender", async () => {
    const over = { type: "ethereum.typedData", typedData: permit("5000001") };
    assert.equal(await denialOf(service, key, over), "amount_over_limit");
    const other = { type: "ethereum.typedData", typedData: permit("1", STRANGER) };
    assert.equal(await denialOf(service, key, other), "recipient_not_allowed");
  });

  test("a delegation of the account, which its settings do not name", async () => {
    const authorization = { chainId: ANVIL_CHAIN_ID, address: DELEGATE, nonce: 1 };
    const request = { type: "ethereum.authorization", authorization };
    const reply = await service.call("POST", `/v1/keys/${key.id}/sign`, request);
    assert.equal(reply.status, 403, reply.text);
    assert.equal(reply.body.code, "policy.control");
  });
});

describe("ethereum: mined by anvil", { skip: SKIP_WITHOUT_ANVIL }, () => {
  let anvil: Anvil;
  before(async () => {
    anvil = await Anvil.start();
    for (const { address } of [key, delegator]) {
      await anvil.rpc("anvil_setBalance", address, `0x${(10n * ETHER).toString(16)}`);
    }
  });
  after(() => anvil.stop());

  for (const [type, name, fields] of [
    ["0x0", "legacy", { gasPrice: "20000000000" }],
    ["0x1", "eip2930", { gasPrice: "20000000000", accessList: [{ address: TO, storageKeys: [] }] }],
    ["0x2", "eip1559", FEES],
  ] as const) {
    test(`${name}: exactly the policy's maximum arrives`, async () => {
      const balance = await anvil.balance(TO);
      const nonce = await anvil.nonce(key.address);
      const signed = await sign(service, key, transfer({ ...fields, nonce, value: ETHER.toString() }));
      const receipt = await anvil.mine(signed.signedTransaction);
      assert.deepEqual(
        [receipt["status"], receipt["type"], receipt["from"], receipt["transactionHash"]],
        ["0x1", type, key.address.toLowerCase(), signed.hash],
      );
      assert.equal((await anvil.balance(TO)) - balance, ETHER);
    });
  }

  test("eip4844: mined with its sidecar", async () => {
    const blobs = { maxFeePerBlobGas: "10000000000", blobVersionedHashes: [BLOB_HASH] };
    const nonce = await anvil.nonce(key.address);
    const signed = await sign(service, key, transfer({ ...FEES, ...blobs, nonce }));
    const receipt = await anvil.mine(withSidecar(signed.signedTransaction));
    assert.deepEqual(
      [receipt["status"], receipt["type"], receipt["blobGasUsed"], receipt["transactionHash"]],
      ["0x1", "0x3", "0x20000", signed.hash],
    );
  });

  test("eip7702: an authorization and the transaction that carries it delegate the account", async () => {
    const nonce = await anvil.nonce(delegator.address);
    // The account sends it itself, so the transaction uses the nonce before the authorization's.
    const authorization = { chainId: ANVIL_CHAIN_ID, address: DELEGATE, nonce: nonce + 1 };
    const authorized = await sign(service, delegator, { type: "ethereum.authorization", authorization });
    const { yParity, r, s } = authorized;
    const authorizationList = [{ ...authorization, yParity, r, s }];
    const signed = await sign(
      service,
      delegator,
      transfer({ ...FEES, gas: 200_000, nonce, authorizationList }),
    );
    const receipt = await anvil.mine(signed.signedTransaction);
    assert.deepEqual([receipt["status"], receipt["type"]], ["0x1", "0x4"]);
    const code = await anvil.rpc("eth_getCode", delegator.address, "latest");
    assert.equal(code, `0xef0100${DELEGATE.slice(2)}`);
  });
});

describe("ethereum: messages and documents, recovered by viem and by ethers", () => {
  for (const [name, message, raw] of [
    ["text", { text: "Sign in to example.org ✓" }, "Sign in to example.org ✓"],
    ["bytes", { hex: "0x00ff10" }, Uint8Array.of(0x00, 0xff, 0x10)],
  ] as const) {
    test(`EIP-191 ${name}`, async () => {
      const request = { type: "ethereum.message", message };
      const { signature } = await sign(service, trusted, request);
      const forViem = typeof raw === "string" ? raw : { raw };
      assert.equal(await recoverMessageAddress({ message: forViem, signature }), trusted.address);
      assert.equal(verifyMessage(raw, signature), trusted.address);
      assert.match(await denialOf(service, key, request), /opaque|message/);
    });
  }

  test("EIP-4361: transfer-limits lets a sign-in pass", async () => {
    const text = signInText("Ethereum", key.address);
    const { signature } = await sign(service, key, { type: "ethereum.message", message: { text } });
    assert.equal(verifyMessage(text, signature), key.address);
  });

  test("EIP-712 permit (EIP-2612)", async () => {
    const typedData = permit("5000000");
    const { signature } = await sign(service, key, { type: "ethereum.typedData", typedData });
    const { message, domain, types } = typedData;
    const bigints = { ...message, value: BigInt(message.value), nonce: 0n, deadline: 1_900_000_000n };
    assert.equal(
      await recoverTypedDataAddress({ ...typedData, message: asHexAddresses(bigints), signature }),
      key.address,
    );
    assert.equal(verifyTypedData(domain, { Permit: [...types.Permit] }, message, signature), key.address);
  });
});

function asHexAddresses<Fields extends { owner: string; spender: string }>(fields: Fields) {
  return { ...fields, owner: fields.owner as `0x${string}`, spender: fields.spender as `0x${string}` };
}
