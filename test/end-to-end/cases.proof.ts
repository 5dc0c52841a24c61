/** Small inputs that were once signed: each is refused over HTTP, by what it moves or controls, or because nobody can tell. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { PolicyName } from "../../policies/build.ts";
import { bind, readyPolicy } from "../running/policies.ts";
import { RunningService, type Reply } from "../running/service.ts";
import { caseFiles, readCase, skipWithoutCases } from "../vectors.ts";
import { makeKey, makeWallet, type Key } from "./custody.ts";

const FEE = "1000000000000000000";
const MAX_FEE = ["ethereum", "starknet", "solana"].map((chain) => ({ chain, max: FEE }));
/** Whose documents the cases are: they are also tried in the name of the key that signs. */
const THEIRS = /0xac1a4312f46af5398919d76506043ec83b56725a/gi;

let service: RunningService;
before(async () => {
  service = await RunningService.start();
});
after(() => service.stop());

function sign(keyId: string, request: unknown): Promise<Reply> {
  return service.call("POST", `/v1/keys/${keyId}/sign`, request);
}

async function importKey(request: object): Promise<string> {
  const reply = await service.call("POST", "/v1/keys/import", request);
  assert.ok(reply.status < 300, reply.text);
  return reply.body.id;
}

describe("cases/typed-data", { skip: skipWithoutCases("typed-data") }, () => {
  const keys = new Map<string, Key>();

  before(async () => {
    const walletId = await makeWallet(service, { name: "cases" });
    for (const chain of ["ethereum", "starknet"])
      keys.set(chain, await makeKey(service, walletId, { chain }));
    const settings = { rules: [], maxFee: MAX_FEE, allowMessages: true };
    await bind(service, readyPolicy("transfer-limits"), { walletId }, { settings });
    await bind(service, readyPolicy("contract-allowlist"), { walletId }, { settings: { contracts: [] } });
    await bind(service, readyPolicy("deny-opaque"), { walletId });
  });

  test("a ballot is signed under the same policies: not everything is refused", async () => {
    const key = keys.get("ethereum") ?? assert.fail();
    const typedData = {
      types: {
        Ballot: [
          { name: "proposalId", type: "uint256" },
          { name: "support", type: "uint8" },
        ],
      },
      primaryType: "Ballot",
      domain: { name: "Governor", version: "1", chainId: 1, verifyingContract: `0x${"c0".repeat(20)}` },
      message: { proposalId: 1, support: 1 },
    };
    const reply = await sign(key.id, { type: "ethereum.typedData", typedData });
    assert.equal(reply.status, 200, reply.text);
  });

  for (const file of caseFiles("typed-data")) {
    test(`${file} is refused`, async () => {
      const request = readCase("typed-data", file);
      const key = keys.get(request.type.split(".")[0]) ?? assert.fail(request.type);
      const own = JSON.parse(JSON.stringify(request).replaceAll(THEIRS, key.address));
      for (const document of [request, own]) {
        const reply = await sign(key.id, document);
        assert.equal(reply.status, 403, reply.text);
        assert.match(reply.body.code, /^policy\.(?:denied|control|opaque)$/);
        const { intent } = (await service.call("POST", `/v1/keys/${key.id}/evaluate`, document)).body;
        const effects = [...intent.transfers, ...intent.allowances, ...intent.control];
        assert.ok(intent.opaque || effects.length > 0, "nothing but these policies would have refused it");
      }
    });
  }
});

describe("cases/ethereum", { skip: skipWithoutCases("ethereum") }, () => {
  for (const file of caseFiles("ethereum")) {
    test(`${file} is refused`, async () => {
      const keyId = await importKey({ chain: "ethereum", privateKey: `0x${"31".repeat(32)}` });
      const settings = { rules: [], maxFee: MAX_FEE, allowMessages: true };
      await bind(service, readyPolicy("transfer-limits"), { keyId }, { settings });
      await bind(service, readyPolicy("deny-opaque"), { keyId });
      const reply = await sign(keyId, readCase("ethereum", file));
      assert.equal(reply.status, 403, reply.text);
    });
  }
});

describe("cases/solana", { skip: skipWithoutCases("solana") }, () => {
  for (const file of caseFiles("solana")) {
    test(`${file} is refused`, async () => {
      const { importKey: key, policy, settings, request, expected } = readCase("solana", file);
      const keyId = await importKey(key);
      const name: PolicyName = policy;
      const binding = await bind(service, readyPolicy(name), { keyId }, { settings });
      const reply = await sign(keyId, request);
      assert.equal(reply.status, 403, reply.text);
      if (expected.startsWith("403 ")) assert.equal(reply.body.policyCode, expected.slice(4));
      await service.call("DELETE", `/v1/bindings/${binding}`);
    });
  }
});
