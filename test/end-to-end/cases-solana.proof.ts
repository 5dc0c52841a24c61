/** Solana requests that moved control of an account unseen, and lookup tables, over HTTP. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AccountRole } from "@solana/kit";
import {
  getAllocateWithSeedInstruction,
  getTransferSolInstruction,
  SYSTEM_PROGRAM_ADDRESS,
} from "@solana-program/system";
import { friend, own, testKey, type TestKey, wireOf } from "../chains/solana/fixtures.ts";
import { ALLOW, ALLOW_OPAQUE, bind, readyPolicy } from "../running/policies.ts";
import { RunningService } from "../running/service.ts";
import { sign, type Key } from "./custody.ts";

/** 80 bytes on a seed account of the key: whoever initializes the nonce account there owns its lamports. */
function allocateWithSeed(key: TestKey): Record<string, unknown> {
  const instruction = getAllocateWithSeedInstruction({
    newAccount: testKey(81).address,
    baseAccount: key.signer,
    base: key.address,
    seed: "savings",
    space: 80n,
    programAddress: SYSTEM_PROGRAM_ADDRESS,
  });
  const transaction = wireOf([instruction], { feePayer: key.address });
  return { type: "solana.transaction", transaction };
}

let service: RunningService;

before(async () => {
  service = await RunningService.start();
});
after(() => service.stop());

/** The key whose seed is 32 times `seedByte`. */
async function importKey(seedByte: number): Promise<Key> {
  const privateKey = `0x${Buffer.alloc(32, seedByte).toString("hex")}`;
  const reply = await service.call("POST", "/v1/keys/import", { chain: "solana", privateKey });
  assert.equal(reply.status, 201, reply.text);
  return reply.body;
}

async function refusal(key: Key, request: Record<string, unknown>): Promise<string> {
  const reply = await service.call("POST", `/v1/keys/${key.id}/sign`, request);
  assert.equal(reply.status, 403, reply.text);
  return reply.body.code;
}

test("allocateWithSeed is refused under transfer-limits without rules", async () => {
  const key = await importKey(0x31);
  const settings = { rules: [], maxFee: [{ chain: "solana", max: "10000" }] };
  await bind(service, readyPolicy("transfer-limits"), { keyId: key.id }, { settings });
  assert.match(await refusal(key, allocateWithSeed(testKey(0x31))), /^policy\.(denied|control)$/);
});

test("allocateWithSeed is refused under a policy that just allows, which names no control", async () => {
  const key = await importKey(0x32);
  await bind(service, ALLOW, { keyId: key.id });
  assert.equal(await refusal(key, allocateWithSeed(testKey(0x32))), "policy.control");
});

test("a transfer through a lookup table is opaque, with its contents or without", async () => {
  const key = await importKey(1);
  assert.equal(key.address, own.address);
  const table = testKey(80).address;
  const usual = getTransferSolInstruction({ source: own.signer, destination: friend.address, amount: 5n });
  const looked = {
    ...usual,
    accounts: [
      { address: own.address, role: AccountRole.WRITABLE_SIGNER },
      { address: friend.address, role: AccountRole.WRITABLE, lookupTableAddress: table, addressIndex: 1 },
    ],
  };
  const request = { type: "solana.transaction", transaction: wireOf([looked]) };
  const brought = { ...request, lookupTables: [{ address: table, addresses: [table, friend.address] }] };
  await bind(service, ALLOW, { keyId: key.id });
  assert.equal(await refusal(key, request), "policy.opaque");
  assert.equal(await refusal(key, brought), "policy.opaque");
  await bind(service, ALLOW_OPAQUE, { keyId: key.id });
  assert.ok((await sign(service, key, brought)).signedTransaction);
});
