/** Validator duties over the API: no policy needed, a bound one obeyed, exits for their group only, one signature each. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { PublicKey, Signature, verify } from "@chainsafe/blst";
import { dutyBody, filler, type DutyBody } from "../chains/ethereum-validator/duties.ts";
import { expectedRoot } from "../chains/ethereum-validator/expected.ts";
import { ALLOW, ALLOW_OPAQUE, bind, DENY } from "../running/policies.ts";
import { RunningService, type Reply } from "../running/service.ts";

let service: RunningService;
let walletId: string;
let key: { id: string; address: string; publicKey: string; network: string; path: string };

async function makeKey(options: Record<string, unknown>): Promise<typeof key> {
  const made = await service.call("POST", `/v1/wallets/${walletId}/keys`, {
    chain: "ethereum-validator",
    ...options,
  });
  assert.equal(made.status, 201, made.text);
  return made.body;
}

function sign(duty: DutyBody, keyId = key.id, headers: Record<string, string> = {}): Promise<Reply> {
  return service.call("POST", `/v1/keys/${keyId}/sign`, { type: "ethereum-validator.duty", duty }, headers);
}

function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.slice(2), "hex"));
}

function assertSigned(reply: Reply, duty: DutyBody): void {
  assert.equal(reply.status, 200, reply.text);
  const root = new Uint8Array(expectedRoot(duty));
  const signature = Signature.fromBytes(bytes(reply.body.signature), true, true);
  assert.ok(verify(root, PublicKey.fromBytes(bytes(key.publicKey), true), signature));
}

before(async () => {
  service = await RunningService.start();
  const wallet = await service.call("POST", "/v1/wallets", { name: "validators" });
  walletId = wallet.body.id;
  key = await makeKey({ index: 3 });
});
after(() => service.stop());

test("a key of this chain: EIP-2334 path, its public key as address, its network", () => {
  assert.equal(key.path, "m/12381/3600/3/0/0");
  assert.equal(key.address, key.publicKey);
  assert.equal(key.publicKey.length, 2 + 96);
  assert.equal(key.network, "mainnet");
});

test("a malformed duty is refused by its JSON pointer", async () => {
  const { attestation: _, ...duty } = dutyBody("ATTESTATION");
  const reply = await sign(duty);
  assert.equal(reply.status, 400);
  assert.equal(reply.body.code, "request.malformed");
  assert.equal(reply.body.field, "/duty/attestation");
});

test("a withdrawal key signs no duty", async () => {
  const withdrawal = await makeKey({ path: "m/12381/3600/3/0" });
  const reply = await sign(dutyBody("RANDAO_REVEAL"), withdrawal.id);
  assert.equal(reply.body.code, "transaction.refused", reply.text);
});

test("an exit, a deposit and a change of withdrawal address need group validator-exits", async () => {
  for (const name of ["VOLUNTARY_EXIT", "DEPOSIT", "BLS_TO_EXECUTION_CHANGE"]) {
    const reply = await sign(dutyBody(name));
    assert.equal(reply.status, 403, name);
    assert.equal(reply.body.code, "auth.forbidden");
    assert.match(reply.body.detail, /group validator-exits/);
  }
});

test("a principal in group validator-exits may ask for them", async () => {
  const made = await service.call("POST", "/v1/principals", {
    name: "exits",
    roles: ["KeyUser"],
    groups: ["validator-exits"],
  });
  assert.equal(made.status, 201, made.text);
  const headers = { authorization: `Bearer ${made.body.token}` };
  for (const name of ["VOLUNTARY_EXIT", "DEPOSIT", "BLS_TO_EXECUTION_CHANGE"]) {
    assertSigned(await sign(dutyBody(name), key.id, headers), dutyBody(name));
  }
});

test("duties that cannot be slashed are signed without a policy, and audited", async () => {
  for (const name of ["RANDAO_REVEAL", "AGGREGATE_AND_PROOF_V2 FULU", "EXECUTION_PAYLOAD_ENVELOPE GLOAS"]) {
    const reply = await sign(dutyBody(name));
    assertSigned(reply, dutyBody(name));
    const entries = await service.call("GET", "/v1/audit/entries");
    assert.ok(entries.body.items.some((item: any) => item.entry.requestId === reply.body.requestId));
  }
});

test("many duties at once: each caller gets the signature of its own root", async () => {
  // Before the others: a later block would put it below the watermark.
  assertSigned(await sign(dutyBody("BLOCK_V2 ALTAIR")), dutyBody("BLOCK_V2 ALTAIR"));
  const names = ["AGGREGATION_SLOT", "SYNC_COMMITTEE_MESSAGE", "BLOCK_V2 FULU", "ATTESTATION"];
  const replies = await Promise.all(names.map((name) => sign(dutyBody(name))));
  for (const [index, reply] of replies.entries()) assertSigned(reply, dutyBody(names[index] ?? ""));
});

test("what was signed is signed again; another block of its slot and another vote of its epoch are not", async () => {
  assertSigned(await sign(dutyBody("BLOCK_V2 FULU")), dutyBody("BLOCK_V2 FULU"));
  const block = dutyBody("BLOCK_V2 FULU");
  block["beacon_block"].block_header.state_root = filler(32, 90);
  const proposal = await sign(block);
  assert.equal(proposal.status, 412);
  assert.equal(proposal.body.code, "guard.double_proposal");
  const vote = dutyBody("ATTESTATION");
  vote["attestation"].beacon_block_root = filler(32, 91);
  assert.equal((await sign(vote)).body.code, "guard.double_vote");
});

test("a bound policy is obeyed", async () => {
  const other = await makeKey({ index: 4 });
  await bind(service, DENY, { keyId: other.id });
  const reply = await sign(dutyBody("RANDAO_REVEAL"), other.id);
  assert.equal(reply.status, 403);
  assert.equal(reply.body.code, "policy.denied");
});

describe("generic roots over the API", () => {
  const generic = (domainType: string) => ({
    type: "ethereum-validator.generic",
    objectRoot: filler(32, 5),
    domain: `0x${domainType}${"cd".repeat(28)}`,
  });
  const ask = (keyId: string, domainType: string, headers: Record<string, string> = {}) =>
    service.call("POST", `/v1/keys/${keyId}/sign`, generic(domainType), headers);
  let bound: typeof key;
  before(async () => {
    bound = await makeKey({ index: 40 });
    await bind(service, ALLOW_OPAQUE, { keyId: bound.id });
  });

  test("proposals and attestations are refused, whatever policy allows them", async () => {
    for (const domainType of ["00000000", "01000000"]) {
      const reply = await ask(bound.id, domainType);
      assert.deepEqual([reply.status, reply.body.code], [403, "transaction.refused"], reply.text);
      assert.equal(reply.body.field, "/domain");
    }
  });

  test("without a policy it is denied, and with one that does not allow opaque requests too", async () => {
    const unbound = await makeKey({ index: 41 });
    assert.equal((await ask(unbound.id, "6d6d6f43")).body.code, "policy.unbound");
    await bind(service, ALLOW, { keyId: unbound.id });
    assert.equal((await ask(unbound.id, "6d6d6f43")).body.code, "policy.opaque");
  });

  test("exits, deposits and withdrawal address changes need group validator-exits", async () => {
    for (const domainType of ["03000000", "04000000", "0a000000"]) {
      const reply = await ask(bound.id, domainType);
      assert.deepEqual([reply.status, reply.body.group], [403, "validator-exits"], reply.text);
    }
    const made = await service.call("POST", "/v1/principals", {
      name: "generic exits",
      roles: ["KeyUser"],
      groups: ["validator-exits"],
    });
    const member = { authorization: `Bearer ${made.body.token}` };
    assert.equal((await ask(bound.id, "04000000", member)).status, 200);
  });

  test("an application's domain is signed over the root of SigningData", async () => {
    const reply = await ask(bound.id, "6d6d6f43");
    assert.equal(reply.status, 200, reply.text);
    const { objectRoot, domain } = generic("6d6d6f43");
    const root = createHash("sha256").update(bytes(objectRoot)).update(bytes(domain)).digest();
    const signature = Signature.fromBytes(bytes(reply.body.signature), true, true);
    assert.ok(verify(new Uint8Array(root), PublicKey.fromBytes(bytes(bound.publicKey), true), signature));
  });

  test("a root of another length is named by its field", async () => {
    const reply = await service.call("POST", `/v1/keys/${bound.id}/sign`, {
      ...generic("6d6d6f43"),
      domain: filler(31, 1),
    });
    assert.deepEqual([reply.status, reply.body.code], [400, "request.malformed"], reply.text);
    assert.match(reply.body.detail, /domain/);
  });
});
