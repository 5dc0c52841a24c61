/** StarkNet from request to signature: hashes, addresses and the curve of the starknet package judge the service. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  CairoCustomEnum,
  CairoOption,
  CairoOptionVariant,
  CallData,
  constants,
  ec,
  hash,
  typedData as reference,
} from "starknet";
import { padded, RECIPIENT, STRK, TRANSFER } from "../chains/starknet/sample.ts";
import { bind, readyPolicy } from "../running/policies.ts";
import { RunningService } from "../running/service.ts";
import { denialOf, makeKey, makeWallet, sign, type Key } from "./custody.ts";

const ACCOUNT_TYPES = ["openzeppelin", "argent", "braavos"] as const;
type AccountType = (typeof ACCOUNT_TYPES)[number];

const CLASS_HASHES: Record<AccountType, string> = {
  openzeppelin: "0x05b4b537eaa2399e3aa99c4e2e0208ebd6c71bc1467938cd52c798c601e43564",
  argent: "0x036078334509b514626504edc9fb252328d1a240e4e948bef8d0c08dff45927f",
  braavos: "0x013bfe114fb1cf405bfc3a7f8dbe2d91db146c17521d40dcf57e16d6b59fa8e6",
};
const MAX = 10n ** 18n;
const BOUNDS = {
  l1_gas: { max_amount: 0n, max_price_per_unit: 0x5af3107a4000n },
  l2_gas: { max_amount: 0x186a00n, max_price_per_unit: 0x174876e800n },
  l1_data_gas: { max_amount: 0x400n, max_price_per_unit: 0x5af3107a4000n },
};

let service: RunningService;
const keys: Partial<Record<AccountType, Key>> = {};

before(async () => {
  service = await RunningService.start();
  const walletId = await makeWallet(service, { name: "treasury" });
  for (const accountType of ACCOUNT_TYPES) {
    keys[accountType] = await makeKey(service, walletId, { chain: "starknet", accountType });
  }
  const asset = `starknet-erc20:${STRK}`;
  const rules = [{ chain: "starknet", asset, recipients: [RECIPIENT], maxPerTransaction: MAX.toString() }];
  const maxFee = [{ chain: "starknet", max: MAX.toString() }];
  const settings = { rules, maxFee, allowContractCreation: true, allowMessages: true };
  await bind(service, readyPolicy("transfer-limits"), { walletId }, { settings });
});
after(() => service.stop());

function keyOf(type: AccountType): Key {
  const key = keys[type];
  assert.ok(key);
  return key;
}

/** Constructor arguments as each wallet's documentation states them. */
function constructorCalldata(type: AccountType, publicKey: string): string[] {
  if (type === "openzeppelin") return CallData.compile({ publicKey });
  if (type === "braavos") return CallData.compile({ public_key: publicKey });
  const owner = new CairoCustomEnum({ Starknet: { pubkey: publicKey } });
  return CallData.compile({ owner, guardian: new CairoOption(CairoOptionVariant.None) });
}

/** Members that all three transactions share, as the API takes them. */
function common(nonce: number) {
  const bounds = Object.entries(BOUNDS).map(([name, bound]) => [
    name,
    { max_amount: hex(bound.max_amount), max_price_per_unit: hex(bound.max_price_per_unit) },
  ]);
  return {
    version: "0x3",
    chainId: "SN_SEPOLIA",
    nonce: hex(BigInt(nonce)),
    resource_bounds: Object.fromEntries(bounds),
    tip: "0x2",
    paymaster_data: [],
    nonce_data_availability_mode: "L1",
    fee_data_availability_mode: "L1",
  };
}

/** The same members, as the starknet package takes them. */
function commonForReference(nonce: number) {
  return {
    version: "0x3" as const,
    chainId: constants.StarknetChainId.SN_SEPOLIA,
    nonce: hex(BigInt(nonce)),
    nonceDataAvailabilityMode: 0 as const,
    feeDataAvailabilityMode: 0 as const,
    resourceBounds: BOUNDS,
    tip: 2n,
    paymasterData: [],
  };
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}

/** The curve's verification; the API gives x of the public key, so either y may be meant. */
function verifies(key: Key, messageHash: string, [r, s]: readonly [string, string]): boolean {
  const signature = new ec.starkCurve.Signature(BigInt(r), BigInt(s));
  const x = key.publicKey.slice(2);
  return ["02", "03"].some((parity) => ec.starkCurve.verify(signature, messageHash, parity + x));
}

function invoke(key: Key, amount: bigint) {
  const calldata = ["0x1", STRK, TRANSFER, "0x3", RECIPIENT, hex(amount), "0x0"];
  const transaction = { type: "INVOKE", ...common(7), sender_address: key.address, calldata };
  return { type: "starknet.transaction", transaction: { ...transaction, account_deployment_data: [] } };
}

function deploy(type: AccountType) {
  const { publicKey } = keyOf(type);
  const transaction = {
    type: "DEPLOY_ACCOUNT",
    ...common(0),
    class_hash: CLASS_HASHES[type],
    contract_address_salt: publicKey,
    constructor_calldata: constructorCalldata(type, publicKey),
  };
  return { type: "starknet.transaction", transaction };
}

for (const type of ACCOUNT_TYPES) {
  describe(`starknet: ${type}`, () => {
    test("one fri over the maximum is denied", async () => {
      const key = keyOf(type);
      assert.equal(await denialOf(service, key, invoke(key, MAX + 1n)), "amount_over_limit");
    });

    test("the address is the account's counterfactual address", () => {
      const { address, publicKey } = keyOf(type);
      const calldata = constructorCalldata(type, publicKey);
      const expected = hash.calculateContractAddressFromHash(publicKey, CLASS_HASHES[type], calldata, 0);
      assert.equal(address, padded(expected));
    });

    test("invoke", async () => {
      const key = keyOf(type);
      const request = invoke(key, MAX);
      const signed = await sign(service, key, request);
      const expected = hash.calculateInvokeTransactionHash({
        ...commonForReference(7),
        senderAddress: key.address,
        compiledCalldata: request.transaction.calldata,
        accountDeploymentData: [],
      });
      assert.equal(signed.transactionHash, expected);
      assert.equal(verifies(key, expected, signed.signature), true);
      assert.equal(
        verifies(keyOf(type === "argent" ? "braavos" : "argent"), expected, signed.signature),
        false,
      );
    });

    if (type === "braavos") {
      test("deploy_account needs a longer signature than [r, s], and is refused", async () => {
        const reply = await service.call("POST", `/v1/keys/${keyOf(type).id}/sign`, deploy(type));
        assert.equal(reply.status, 403);
        assert.equal(reply.body.code, "transaction.refused");
      });
    } else {
      test("deploy_account", async () => {
        const key = keyOf(type);
        const signed = await sign(service, key, deploy(type));
        const expected = hash.calculateDeployAccountTransactionHash({
          ...commonForReference(0),
          contractAddress: key.address,
          classHash: CLASS_HASHES[type],
          compiledConstructorCalldata: constructorCalldata(type, key.publicKey),
          salt: key.publicKey,
        });
        assert.equal(signed.transactionHash, expected);
        assert.equal(verifies(key, expected, signed.signature), true);
      });
    }

    test("declare", async () => {
      const key = keyOf(type);
      const [classHash, compiledClassHash] = ["0xabc1", "0xabc2"];
      const transaction = {
        type: "DECLARE",
        ...common(8),
        sender_address: key.address,
        class_hash: classHash,
        compiled_class_hash: compiledClassHash,
        account_deployment_data: [],
      };
      const signed = await sign(service, key, { type: "starknet.transaction", transaction });
      const expected = hash.calculateDeclareTransactionHash({
        ...commonForReference(8),
        senderAddress: key.address,
        classHash,
        compiledClassHash,
        accountDeploymentData: [],
      });
      assert.equal(signed.transactionHash, expected);
      assert.equal(verifies(key, expected, signed.signature), true);
    });

    for (const revision of ["0", "1"] as const) {
      test(`typed data of SNIP-12 revision ${revision}`, async () => {
        const key = keyOf(type);
        const typedData = document(revision, key.address);
        const signed = await sign(service, key, { type: "starknet.typedData", typedData });
        const expected = reference.getMessageHash(typedData, key.address);
        assert.equal(signed.messageHash, expected);
        assert.equal(verifies(key, expected, signed.signature), true);
      });
    }
  });
}

/** Documents that the policy can judge: calls as in an invoke, and a sign-in. */
function document(revision: "0" | "1", account: string) {
  return revision === "0" ? outsideExecution() : signIn(account);
}

function outsideExecution() {
  const felts = (names: string) => names.split(" ").map((name) => ({ name, type: "felt" }));
  const types = {
    StarkNetDomain: felts("name version chainId"),
    OutsideExecution: [
      ...felts("caller nonce execute_after execute_before calls_len"),
      { name: "calls", type: "OutsideCall*" },
    ],
    OutsideCall: [...felts("to selector calldata_len"), { name: "calldata", type: "felt*" }],
  };
  const calls = [{ to: STRK, selector: TRANSFER, calldata_len: 3, calldata: [RECIPIENT, "0x5", "0x0"] }];
  const message = { caller: "0x1", nonce: "0x1", execute_after: 0, execute_before: 1, calls_len: 1, calls };
  const domain = { name: "Account.execute_from_outside", version: "1", chainId: "SN_SEPOLIA" };
  return { types, primaryType: "OutsideExecution", domain, message };
}

function signIn(address: string) {
  const StarknetDomain = ["name", "version", "chainId", "revision"].map((name) => ({
    name,
    type: "shortstring",
  }));
  const Message = ["version", "address", "statement", "uri", "nonce", "issuedAt"].map((name) => ({
    name,
    type: name === "address" ? "felt" : "string",
  }));
  const message = {
    version: "1.0.0",
    address,
    statement: "Sign in to the treasury",
    uri: "https://example.com",
    nonce: "32891756",
    issuedAt: "2026-05-24T12:34:56Z",
  };
  const domain = { name: "Treasury", version: "1.0.0", chainId: "SN_SEPOLIA", revision: "1" };
  return { types: { StarknetDomain, Message }, primaryType: "Message", domain, message };
}
