/** Forms of requests that clients send, over HTTP: signed where they can be read in one way, refused with the member that cannot. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { base58 } from "@scure/base";
import { Address, OutScript, TEST_NETWORK } from "@scure/btc-signer";
import { typedData as starknetTypedData, type TypedData as StarknetDocument } from "starknet";
import { hashTypedData, recoverAddress } from "viem";
import { inputOf, psbtOf } from "../chains/bitcoin/fixtures.ts";
import { signInText } from "../domain/messages/sign-in.ts";
import { ALLOW_OPAQUE, bind, readyPolicy } from "../running/policies.ts";
import { RunningService } from "../running/service.ts";
import { makeKey, makeWallet, sign, type Key } from "./custody.ts";

let service: RunningService;
let walletId: string;
let ethereum: Key;

before(async () => {
  service = await RunningService.start();
  walletId = await makeWallet(service, { name: "treasury" });
  await bind(service, ALLOW_OPAQUE, { walletId });
  ethereum = await makeKey(service, walletId, { chain: "ethereum" });
});
after(() => service.stop());

/** Status, code and detail of a refusal. */
async function refusalOf(key: Key, request: object): Promise<string> {
  const reply = await service.call("POST", `/v1/keys/${key.id}/sign`, request);
  return `${reply.status} ${reply.body.code} ${reply.body.detail}`;
}

describe("ethereum", () => {
  const TO = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8";
  const rpc = (more: object) => ({
    type: "ethereum.transaction",
    transaction: {
      type: "0x2",
      chainId: "0x1",
      nonce: "0x7",
      to: TO,
      value: "0x1",
      gasLimit: "0x5208",
      maxFeePerGas: "0x1e",
      maxPriorityFeePerGas: "0x2",
      gasPrice: null,
      accessList: null,
      hash: null,
      ...more,
    },
  });

  test("another sender, two gas limits and a signed transaction are refused", async () => {
    assert.match(
      await refusalOf(ethereum, rpc({ from: TO })),
      /^400 transaction\.invalid \/transaction\/from/,
    );
    assert.match(
      await refusalOf(ethereum, rpc({ gas: 1 })),
      /^400 transaction\.invalid \/transaction\/gasLimit/,
    );
    assert.match(await refusalOf(ethereum, rpc({ hash: "0x00" })), /^400 request\.malformed .*hash/);
    const { signedTransaction } = await sign(service, ethereum, rpc({}));
    const again = { type: "ethereum.rawTransaction", transaction: signedTransaction };
    assert.match(await refusalOf(ethereum, again), /^400 transaction\.invalid .*signed already/);
  });

  test("object and bytes give the same answer", async () => {
    const object = await sign(service, ethereum, rpc({ from: ethereum.address, input: "0x" }));
    const bytes = `0x02df0107021e82520894${TO.slice(2)}0180c0`;
    const raw = await sign(service, ethereum, { type: "ethereum.rawTransaction", transaction: bytes });
    for (const name of ["signedTransaction", "hash", "signature"]) assert.equal(raw[name], object[name]);
  });

  test("a document in a wallet's order of the domain is signed, and its digest answered", async () => {
    const typedData = {
      types: {
        EIP712Domain: [
          { name: "chainId", type: "uint256" },
          { name: "name", type: "string" },
        ],
        Mail: [{ name: "text", type: "string" }],
      },
      primaryType: "Mail",
      domain: { name: "Mail", chainId: "9007199254740993" },
      message: { text: "hello" },
    } as const;
    const answer = await sign(service, ethereum, { type: "ethereum.typedData", typedData });
    const domain = { name: "Mail", chainId: 9_007_199_254_740_993n };
    assert.equal(answer.digest, hashTypedData({ ...typedData, domain }));
    assert.equal(
      await recoverAddress({ hash: answer.digest, signature: answer.signature }),
      ethereum.address,
    );
  });
});

describe("starknet", () => {
  const legacy = (type: string, amount: unknown) => ({
    type: "starknet.typedData",
    typedData: {
      types: {
        StarkNetDomain: [
          { name: "chainId", type: "shortstring" },
          { name: "name", type: "shortstring" },
        ],
        Order: [{ name: "amount", type }],
        Unused: [{ name: "x", type: "Nothing" }],
      },
      primaryType: "Order",
      domain: { name: "Exchange", chainId: "SN_MAIN", revision: "0" },
      message: { amount },
    },
  });

  test("a document is signed as starknet.js hashes it; one that wallets read in two ways is refused", async () => {
    const key = await makeKey(service, walletId, { chain: "starknet", accountType: "openzeppelin" });
    const request = legacy("u128", "5");
    const document: StarknetDocument = JSON.parse(JSON.stringify(request.typedData));
    const answer = await sign(service, key, request);
    assert.equal(answer.messageHash, starknetTypedData.getMessageHash(document, key.address));
    assert.match(
      await refusalOf(key, legacy("u128", " 5")),
      /^400 transaction\.invalid \/typedData\/message\/amount/,
    );
  });
});

describe("warnings", () => {
  test("a transaction without a fee is signed, and the answers say so", async () => {
    const request = {
      type: "ethereum.transaction",
      transaction: { chainId: 1, nonce: 1, to: ethereum.address, gas: 21_000, gasPrice: 0 },
    };
    const reply = await service.call("POST", `/v1/keys/${ethereum.id}/evaluate`, request);
    const answer = await sign(service, ethereum, request);
    for (const { warnings } of [reply.body, reply.body.intent, answer])
      assert.deepEqual(
        warnings.map(({ code }: { code: string }) => code),
        ["zero_fee"],
      );
    const usual = await sign(service, ethereum, {
      ...request,
      transaction: { ...request.transaction, gasPrice: 1 },
    });
    assert.equal(usual.warnings, undefined);
  });

  test("dust of a Bitcoin key, and a proof without its prefix", async () => {
    const key = await makeKey(service, walletId, { chain: "bitcoin", network: "regtest" });
    const script = OutScript.encode(Address({ ...TEST_NETWORK, bech32: "bcrt" }).decode(key.address));
    const psbt = psbtOf(
      [inputOf({ script, amount: 10_000n })],
      [
        { script, amount: 100n },
        { script, amount: 9_000n },
      ],
    );
    const { warnings, signedTransaction } = await sign(service, key, { type: "bitcoin.psbt", psbt });
    assert.deepEqual(
      [warnings.length, warnings[0].code, typeof signedTransaction],
      [1, "dust_output", "string"],
    );
    const proof = { type: "bitcoin.message", message: "hello" };
    const { signature } = await sign(service, key, proof);
    assert.equal((await sign(service, key, { ...proof, prefix: false })).signature, signature.slice(3));
  });
});

describe("solana", () => {
  test("a message without an envelope needs a permission of its own, and is never a transaction", async () => {
    const key = await makeKey(service, walletId, { chain: "solana" });
    const request = { type: "solana.rawMessage", message: { text: signInText("Solana", key.address) } };
    const { signature, signedMessage } = await sign(service, key, request);
    assert.equal(Buffer.from(signedMessage, "base64").toString(), request.message.text);
    assert.equal(base58.decode(signature).length, 64);
    const own = Buffer.concat([Buffer.from("tx"), base58.decode(key.address)]).toString("base64");
    const refused = { type: "solana.rawMessage", message: { base64: own } };
    assert.match(await refusalOf(key, refused), /^403 transaction\.refused .*own 32 bytes/);
    const settings = { rules: [], maxFee: [], allowMessages: true };
    await bind(service, readyPolicy("transfer-limits"), { keyId: key.id }, { settings });
    const denied = await service.call("POST", `/v1/keys/${key.id}/sign`, request);
    assert.equal(`${denied.status} ${denied.body.policyCode}`, "403 raw_message_not_allowed");
    const other = await makeKey(service, walletId, { chain: "solana", account: 1 });
    const raw = { settings: { ...settings, rawMessages: true } };
    await bind(service, readyPolicy("transfer-limits"), { keyId: other.id }, raw);
    await sign(service, other, { ...request, message: { text: signInText("Solana", other.address) } });
  });

  test("the command line's envelope", async () => {
    const key = await makeKey(service, walletId, { chain: "solana", account: 2 });
    const request = { type: "solana.message", message: { text: "hello" } };
    const { signedMessage } = await sign(service, key, { ...request, envelope: "cli" });
    const bytes = Buffer.from(signedMessage, "base64");
    assert.equal(bytes.subarray(16).toString("latin1"), "\u0000\u0000\u0005\u0000hello");
    assert.match(await refusalOf(key, { ...request, envelope: "v2" }), /^400 request\.malformed .*envelope/);
  });
});
