/** Validator duties over the API: no policy needed, a bound one obeyed, exits for their group only, one signature each. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PublicKey, Signature, verify } from "@chainsafe/blst";
import { dutyBody, filler, type DutyBody } from "../chains/ethereum-validator/duties.ts";
import { expectedRoot } from "../chains/ethereum-validator/expected.ts";
import { bind, DENY } from "../running/policies.ts";
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
    assert.ok(entries.body.items.some((one: any) => one.entry.requestId === reply.body.requestId));
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
