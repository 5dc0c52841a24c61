/** A dry run foretells what `sign` would answer: policies, limits and double-sign guards are asked, and nothing is kept. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import { ALLOW as ALLOWING, answering as answeringAfter } from "../policy/guests.ts";
import { ALLOW, answering, bind, DENY } from "../running/policies.ts";
import { RunningService, type Reply } from "../running/service.ts";
import { block, validatorKeys, vote } from "../running/validators.ts";
import { assertProblem } from "./problems.ts";

let service: RunningService;
before(async () => {
  service = await RunningService.start();
});
after(() => service.stop());

const sign = (key: string, body: unknown) => service.call("POST", `/v1/keys/${key}/sign`, body);
const evaluate = (key: string, body: unknown) => service.call("POST", `/v1/keys/${key}/evaluate`, body);
const duty = (body: unknown) => ({ type: "ethereum-validator.duty", duty: body });

async function validator(): Promise<string> {
  const [publicKey] = await validatorKeys(service, 1);
  const { body } = await service.call("GET", "/v1/keys?limit=500");
  return body.items.find((key: any) => key.publicKey === publicKey).id;
}

async function newKey(chain: string): Promise<string> {
  const wallet = await service.call("POST", "/v1/wallets", { name: "dry" });
  const made = await service.call("POST", `/v1/wallets/${wallet.body.id}/keys`, { chain });
  assert.equal(made.status, 201, made.text);
  return made.body.id;
}

async function auditSize(): Promise<number> {
  const { body } = await service.call("GET", "/v1/audit/entries?limit=500");
  assert.equal(body.next, null);
  return body.items.length;
}

function transfer(value: string): unknown {
  const fees = { maxFeePerGas: "1", maxPriorityFeePerGas: "1" };
  const to = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045";
  return {
    type: "ethereum.transaction",
    transaction: { chainId: 1, nonce: 0, to, value, gas: 21000, ...fees },
  };
}

function assertDecision(reply: Reply, decision: string, code?: string): void {
  assert.equal(reply.status, 200, reply.text);
  assert.equal(reply.body.decision, decision, reply.text);
  assert.equal(reply.body.code, code, reply.text);
}

describe("the guard is asked", () => {
  test("a vote that would be slashed is denied with what it conflicts with", async () => {
    const key = await validator();
    assert.equal((await sign(key, duty(vote(1n, 2n)))).status, 200);
    const reply = await evaluate(key, duty(vote(1n, 2n, 7)));
    assertDecision(reply, "deny", "guard.double_vote");
    assert.equal(reply.body.guard.verdict, "refused");
    assert.equal(reply.body.guard.code, "guard.double_vote");
    assert.match(reply.body.guard.conflictingSigningRoot, /^0x[0-9a-f]{64}$/);
    assert.equal(reply.body.reason, reply.body.guard.detail);
  });

  test("a second block of a slot is denied, the first one again is the same", async () => {
    const key = await validator();
    assert.equal((await sign(key, duty(block(9n)))).status, 200);
    assertDecision(await evaluate(key, duty(block(9n, 1))), "deny", "guard.double_proposal");
    const again = await evaluate(key, duty(block(9n)));
    assertDecision(again, "allow");
    assert.deepEqual(again.body.guard, { verdict: "same" });
  });

  test("a second EOTS message of a height is denied, without what was recorded", async () => {
    const key = await newKey("babylon");
    const body = { type: "babylon.eots", chainId: "bbn-test", height: "5", message: "0x01" };
    assertDecision(await evaluate(key, body), "allow");
    assert.equal((await sign(key, body)).status, 200);
    const reply = await evaluate(key, { ...body, message: "0x02" });
    assertDecision(reply, "deny", "guard.eots_conflict");
    assert.match(reply.body.guard.recordedMessageHash, /^[0-9a-f]{64}$|^0x[0-9a-f]{64}$/);
    assert.deepEqual((await evaluate(key, body)).body.guard, { verdict: "same" });
  });

  test("a policy's refusal comes first, as when signing, and the guard is shown beside it", async () => {
    const key = await validator();
    assert.equal((await sign(key, duty(vote(3n, 4n)))).status, 200);
    await bind(service, DENY, { keyId: key });
    const reply = await evaluate(key, duty(vote(3n, 4n, 7)));
    assertDecision(reply, "deny", "policy.denied");
    assert.equal(reply.body.guard.code, "guard.double_vote");
  });

  test("a key whose duties are disabled is denied", async () => {
    const key = await validator();
    const { body } = await service.call("GET", `/v1/keys/${key}`);
    const disabled = await service.call("POST", "/v1/slashing-protection/disable", {
      publicKeys: [body.publicKey],
    });
    assert.equal(disabled.status, 200, disabled.text);
    const signed = await sign(key, duty(vote(1n, 2n)));
    const reply = await evaluate(key, duty(vote(1n, 2n)));
    if (reply.status === 200) assertDecision(reply, "deny", signed.body.code);
    else assertProblem(reply, signed.body.code);
  });
});

describe("limits are asked", () => {
  test("what a window holds is shown, and a request past it is denied with the same code as signing", async () => {
    const key = await newKey("ethereum");
    const limit = { counter: "daily", amount: "400", window: 86_400, max: "1000" };
    const bindingId = await bind(service, answering({ decision: "allow", limits: [limit] }), { keyId: key });
    for (const [nonce, spent] of ["0", "400"].entries()) {
      const first: any = transfer("1");
      const asked = { ...first, transaction: { ...first.transaction, nonce } };
      const reply = await evaluate(key, asked);
      assertDecision(reply, "allow");
      const [counted, ...others] = reply.body.limits;
      assert.deepEqual(others, []);
      assert.deepEqual({ ...counted, policy: undefined }, { ...limit, bindingId, spent, policy: undefined });
      assert.match(counted.policy, /^sha256:/);
      assert.equal((await sign(key, asked)).status, 200);
    }
    const other: any = transfer("1");
    const third = { ...other, transaction: { ...other.transaction, nonce: 2 } };
    assertDecision(await evaluate(key, third), "deny", "policy.limit");
    assertProblem(await sign(key, third), "policy.limit");
  });
});

describe("what an author sees", () => {
  test("the guest's log lines, in order, and the digest of the intent", async () => {
    const key = await newKey("ethereum");
    const module = answeringAfter(ALLOWING, {
      imports: '(import "claviger" "log" (func $log (param i32 i32)))',
      fields: '(data (i32.const 512) "first\\1bsecond")',
      before: "(call $log (i32.const 512) (i32.const 5)) (call $log (i32.const 517) (i32.const 7))",
    });
    await bind(service, module, { keyId: key });
    const reply = await evaluate(key, transfer("1"));
    assertDecision(reply, "allow");
    assert.deepEqual(reply.body.evaluations[0].logs, ["first", "\u001bsecond"]);
    assert.match(reply.body.intentDigest, /^sha256:[0-9a-f]{64}$/);
    const signed = await sign(key, transfer("1"));
    const { body } = await service.call("GET", `/v1/requests/${signed.body.requestId}`);
    assert.equal(body.decision.intentDigest, reply.body.intentDigest);
  });

  test("no guard and no limits: neither is in the answer", async () => {
    const key = await newKey("ethereum");
    await bind(service, ALLOW, { keyId: key });
    const reply = await evaluate(key, transfer("1"));
    assert.equal("guard" in reply.body || "limits" in reply.body, false);
  });
});

test("any duties: the dry run says what signing then says, and leaves nothing behind", async () => {
  const key = await validator();
  const duties = fc.oneof(
    fc.record({ source: fc.nat(4), length: fc.nat(3), root: fc.nat(1) }).map(({ source, length, root }) => {
      return vote(BigInt(source), BigInt(source + length), root);
    }),
    fc.record({ slot: fc.nat(6), root: fc.nat(1) }).map(({ slot, root }) => block(BigInt(slot), root)),
  );
  for (const body of fc.sample(duties, 60)) {
    const size = await auditSize();
    const foretold = await evaluate(key, duty(body));
    assert.equal(await auditSize(), size);
    const signed = await sign(key, duty(body));
    assert.equal(foretold.status, 200, foretold.text);
    assert.equal(foretold.body.decision, signed.status === 200 ? "allow" : "deny", signed.text);
    assert.equal(foretold.body.code, signed.status === 200 ? undefined : signed.body.code);
  }
});
