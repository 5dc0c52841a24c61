/** The keeper's door: what it refuses unrecorded, what is recorded and not signed, and that nothing else makes the keys sign. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { SYSTEM_NAMESPACE } from "../../src/access/roles.ts";
import { formatCheckpoint, parseCheckpoint } from "../../src/audit/checkpoint.ts";
import { appendLeaf, emptyFrontier, frontierRoot } from "../../src/audit/tree.ts";
import { verifySignature } from "../../src/chains/verify.ts";
import type { SigningPayload } from "../../src/chains/adapter.ts";
import { applyChanges } from "../../src/directory/changes.ts";
import { loadDirectory } from "../../src/directory/load.ts";
import { utf8 } from "../../src/domain/bytes.ts";
import { SignerError } from "../../src/domain/errors.ts";
import type { KeyRecord } from "../../src/domain/keys.ts";
import { rankOf } from "../../src/domain/urgency.ts";
import { KEPT_MAX } from "../../src/keeper/bounds.ts";
import type { Kept } from "../../src/keeper/contract.ts";
import { ownStatement } from "../../src/vault/statements.ts";
import { ACTOR, KeptInstallation } from "./kept.ts";

let installation: KeptInstallation;
let key: KeyRecord;
before(async () => {
  installation = await KeptInstallation.create();
  key = await installation.key("secp256k1");
});
after(() => installation.end());

let digests = 0;
/** Another one each time. */
function payload(publicKey = key.publicKey): SigningPayload {
  digests += 1;
  const digest = new Uint8Array(32).fill(1);
  new DataView(digest.buffer).setUint32(0, digests);
  return { scheme: "secp256k1.ecdsa", digest, publicKey };
}

const keep = (...input: Parameters<KeptInstallation["call"]>): Promise<Kept> =>
  installation.keeper.keep(installation.call(...input), rankOf());

function assertVerifies(kept: Kept | undefined, payloads: readonly SigningPayload[]): void {
  assert.ok(kept?.outcome === "signed", JSON.stringify(kept));
  assert.equal(kept.signatures.length, payloads.length);
  for (const [index, signature] of kept.signatures.entries()) {
    const signed = payloads[index];
    assert.ok(signed && verifySignature(signed, signature));
  }
}

test("a key that the decision does not name signs nothing, and nothing is recorded", async () => {
  const other = await installation.key("secp256k1");
  const call = installation.call(key, [payload(other.publicKey)]);
  await assert.rejects(installation.keeper.keep({ ...call, signedBy: [other.id] }, rankOf()), {
    code: "service.internal",
  });
  await assert.rejects(installation.keeper.keep({ ...call, signedBy: [] }, rankOf()), {
    code: "service.internal",
  });
  assert.ok(!installation.recorded().includes(call.decision.id));
});

test("a key beside the wallet's keys, which alone are judged, signs nothing, and nothing is recorded", async () => {
  const judged = await installation.key("secp256k1");
  const call = installation.call(key, [payload()], { wallet: { id: "wal_1", keyIds: [judged.id] } });
  await assert.rejects(installation.keeper.keep(call, rankOf()), { code: "service.internal" });
  assert.ok(!installation.recorded().includes(call.decision.id));
});

test("payloads for keys of two threads are signed by neither, in whatever order, and nothing is recorded", async () => {
  const bls = await installation.key("bls12-381");
  const duty = {
    kind: "other",
    objectRoot: new Uint8Array(32),
    domain: new Uint8Array(32).fill(0x6d),
  } as const;
  const vote: SigningPayload = { scheme: "bls", publicKey: bls.publicKey, duty };
  const both = [
    [payload(), vote],
    [vote, payload()],
  ];
  const calls = both.map((payloads) => installation.call(key, payloads));
  const { ledger } = installation.keeper;
  for (const call of calls) {
    await assert.rejects(installation.keeper.keep(call, rankOf()), { code: "service.internal" });
    // Past the door, as somebody else on its thread could call.
    const past: unknown = Reflect.get(ledger, "keep");
    assert.ok(typeof past === "function");
    await assert.rejects(Promise.resolve(past({ ...call, sentAt: 0 })), { code: "service.internal" });
    assert.ok(!installation.recorded().includes(call.decision.id));
  }
});

test("of no decisions there is no answer, and no other call gets it", async () => {
  const { keeper } = installation;
  const signed = payload();
  const [none, kept] = await Promise.all([keeper.keepTogether([], rankOf()), keep(key, [signed])]);
  assert.deepEqual(none, []);
  assertVerifies(kept, [signed]);
  for (const method of ["keep", "keepTogether"]) {
    const empty: unknown = Reflect.get(keeper.ledger, method);
    assert.ok(typeof empty === "function");
    await assert.rejects(Promise.resolve(empty()), { code: "service.internal" });
  }
  // Two decisions that one reply is awaited for.
  const calls = [1, 2].map(() => ({ ...installation.call(key, [payload()]), sentAt: 0 }));
  const together: unknown = Reflect.get(keeper.ledger, "keepTogether");
  assert.ok(typeof together === "function");
  await assert.rejects(Promise.resolve(together(...calls)), { code: "service.internal" });
  for (const { decision } of calls) assert.ok(!installation.recorded().includes(decision.id));
});

test("bytes that others can still change are not recorded", async () => {
  const shared = new Uint8Array(new SharedArrayBuffer(32)).fill(7);
  const { publicKey } = key;
  const call = installation.call(key, [{ scheme: "secp256k1.ecdsa", digest: shared, publicKey }]);
  await assert.rejects(installation.keeper.keep(call, rankOf()), { code: "service.internal" });
  assert.ok(!installation.recorded().includes(call.decision.id));
});

test("a payload for another key than the one that the decision names is recorded, and refused by the key", async () => {
  const other = await installation.key("secp256k1");
  const call = installation.call(key, [payload(other.publicKey)]);
  await assert.rejects(installation.keeper.keep(call, rankOf()), { code: "service.internal" });
  assert.ok(installation.recorded().includes(call.decision.id));
});

test("what changed meanwhile is stale: nothing is recorded, no key is used", async () => {
  const judgedUnder = { principal: null, bindings: ["bnd_none:1"] };
  const call = installation.call(key, [payload()], { judgedUnder });
  assert.deepEqual(await installation.keeper.keep(call, rankOf()), { outcome: "stale" });
  assert.ok(!installation.recorded().includes(call.decision.id));
});

test("who hears that a decision is stale finds the act that made it so in the directory, of a batch too", async () => {
  const { ledger } = installation.keeper;
  await keep(key, [payload()]);
  const memory = loadDirectory(await ledger.readDirectory());
  ledger.followChanges((changes) => applyChanges(memory, changes));
  const stateOf = () => memory.directory.key(key.namespace, key.id).state;
  const set = (state: "active" | "disabled") =>
    ledger.setKeyState({ actor: ACTOR, id: key.id, state, answer: null });
  const heard = (kept: Kept): unknown => [kept.outcome, stateOf()];
  for (let round = 0; round < 10; round += 1) {
    const acting = set("disabled");
    // In one message with the act, and decided after it.
    const stale = keep(key, [payload()]).then(heard);
    const calls = [1, 2].map(() => installation.call(key, [payload()]));
    const together = installation.keeper
      .keepTogether(calls, rankOf())
      .then((replies) => Promise.all(replies.map((reply) => reply.then(heard))));
    const disabled = ["stale", "disabled"];
    assert.deepEqual([await stale, ...(await together)], [disabled, disabled, disabled]);
    await acting;
    await set("active");
  }
});

test("a refusal is on disk when it is answered", async () => {
  const problem = { code: "policy.denied", detail: "never", members: {} };
  const call = installation.call(key, [payload()], { problem });
  const kept = await installation.keeper.keep(call, rankOf());
  assert.deepEqual(kept, { outcome: "refused", requestId: call.decision.id, problem });
  assert.ok(installation.recorded().includes(call.decision.id));
});

test("a hash that the curve cannot sign is the key's refusal, of that call alone", async () => {
  const stark = await installation.key("stark");
  const digest = new Uint8Array(32).fill(0xff);
  const bad: SigningPayload = { scheme: "stark.ecdsa", digest, publicKey: stark.publicKey };
  const good = payload();
  const [refused, signed] = await Promise.allSettled([keep(stark, [bad]), keep(key, [good])]);
  assert.ok(refused.status === "rejected" && refused.reason instanceof SignerError);
  assert.equal(refused.reason.code, "transaction.refused");
  assertVerifies(signed.status === "fulfilled" ? signed.value : undefined, [good]);
});

test("no method of the threads with keys signs for a caller, and no second port does", async () => {
  await installation.keeper.ready();
  const vault: object = installation.keeper.vault;
  const toSign = { keyId: key.id, payloads: [payload()] };
  const load = new Int32Array(new SharedArrayBuffer(4));
  const way = { port: null, load };
  for (const [method, input] of [
    ["sign", toSign],
    ["connectSteps", { committed: way, signed: way }],
  ] as const) {
    const call: unknown = Reflect.get(vault, method);
    assert.ok(typeof call === "function");
    await assert.rejects(Promise.resolve(call(input)), { code: "service.internal" });
  }
});

test("the audit log's key signs no decision, and of statements only the head that is on disk", async () => {
  const { keeper } = installation;
  const { log } = await keeper.ledger.readSeal();
  assert.ok(log);
  const { origin, keyId, publicKey } = log;
  const forged = { origin, size: 1, root: new Uint8Array(32) };
  const message = utf8(formatCheckpoint(forged));
  const stolen: SigningPayload = { scheme: "ed25519", message, publicKey };
  await assert.rejects(keep({ id: keyId }, [stolen], { namespace: SYSTEM_NAMESPACE }), {
    code: "key.not_found",
  });
  const statement = { kind: "checkpoint", text: formatCheckpoint(forged), ...forged };
  for (const [of, method] of [
    [keeper.vault, "signStatement"],
    [keeper.ledger, "signStatement"],
  ] as const) {
    const sign: unknown = Reflect.get(of, method);
    assert.ok(typeof sign === "function");
    await assert.rejects(Promise.resolve(sign(statement)), { code: "service.internal" });
  }
  // What comes with the call is not looked at, whoever sends it.
  const stateHead: unknown = Reflect.get(keeper.ledger, "stateHead");
  assert.ok(typeof stateHead === "function");
  for (const stated of [await keeper.stateHead(), await stateHead(statement, forged)]) {
    const { size, root } = await keeper.ledger.readHead();
    assert.ok(stated.outcome === "stated", JSON.stringify(stated));
    assert.equal(stated.text, formatCheckpoint({ origin, size, root }));
    const own: SigningPayload = { scheme: "ed25519", message: utf8(stated.text), publicKey };
    assert.ok(verifySignature(own, { bytes: stated.signature }));
  }
});

test("a head that is stated while decisions are committed is one of the log's, and no later than the log on disk", async () => {
  const { keeper } = installation;
  const kept = Array.from({ length: 20 }, () => [keep(key, [payload()]), keeper.stateHead()] as const);
  const heads = await Promise.all(kept.map(([, head]) => head));
  const sizes = heads.map((head) => (head.outcome === "stated" ? parseCheckpoint(head.text).size : -1));
  await Promise.all(kept.map(([decision]) => decision));
  assert.deepEqual(
    sizes,
    sizes.toSorted((a, b) => a - b),
  );
  const leaves = await keeper.ledger.readLeaves({ namespace: null, from: 0, limit: 100_000 });
  for (const head of heads) {
    assert.ok(head.outcome === "stated");
    const { size, root } = parseCheckpoint(head.text);
    assert.ok(size > 0 && size <= leaves.length);
    const frontier = emptyFrontier();
    for (const { hash } of leaves.slice(0, size)) appendLeaf(frontier, hash, () => undefined);
    assert.deepEqual(frontierRoot(frontier), root);
  }
});

test("a statement of another kind, or of what is no head, has no text", () => {
  const log = { origin: "claviger.test/audit", keyId: "key", publicKey: key.publicKey };
  const root = new Uint8Array(32);
  const head = { kind: "checkpoint", size: 1, root } as const;
  assert.equal(ownStatement(head, log).text, formatCheckpoint({ origin: log.origin, size: 1, root }));
  for (const wrong of [
    { kind: "transaction" },
    { kind: undefined },
    { size: -1 },
    { size: 1.5 },
    { size: "1" },
    { root: new Uint8Array(31) },
    { root: "AAAA" },
  ])
    assert.throws(() => ownStatement(Object.assign({ ...head }, wrong), log), { code: "service.internal" });
});

test("sealed in between: recorded and not signed; unsealed, the same request signs under its first id", async () => {
  const signed = payload();
  // Whatever the caller says that is signed, the record step reads it itself.
  const evidence = JSON.stringify({ payloads: ["00"], intent: {}, evaluations: [] });
  const changes = { idempotencyKey: "sealed", evidence };
  const first = installation.call(key, [signed], changes);
  const under = Array.from({ length: 50 }, () => keep(key, [payload()]));
  const [, sealed, ...others] = await Promise.allSettled([
    installation.keeper.vault.seal(),
    installation.keeper.keep(first, rankOf()),
    ...under,
  ]);
  for (const { status, reason } of others.map((outcome) => ({ reason: undefined, ...outcome })))
    assert.ok(status === "fulfilled" || (reason instanceof SignerError && reason.code === "service.sealed"));
  await assert.rejects(keep(key, [payload()]), { code: "service.sealed" });
  assert.ok(installation.recorded().includes(first.decision.id));
  await installation.unseal();
  if (sealed.status === "rejected") assert.equal(sealed.reason.code, "service.sealed");
  const again = installation.call(key, [signed], changes);
  const kept = await installation.keeper.keep(again, rankOf());
  assertVerifies(kept, [signed]);
  assert.ok(kept.outcome === "signed" && kept.requestId === first.decision.id && kept.repeated);
  const others2 = installation.call(key, [payload()], changes);
  await assert.rejects(installation.keeper.keep(others2, rankOf()), { code: "request.idempotency_conflict" });
});

test("several in one transaction: each has its own answer; one that cannot be kept undoes all", async () => {
  const bls = await installation.key("bls12-381");
  const duty = {
    kind: "other",
    objectRoot: new Uint8Array(32).fill(3),
    domain: new Uint8Array(32).fill(0x6d),
  };
  const blsPayload = { scheme: "bls", publicKey: bls.publicKey, duty } as SigningPayload;
  const payloads = [payload(), payload()];
  const problem = { code: "policy.denied", detail: "never", members: {} };
  const calls = [
    installation.call(key, payloads.slice(0, 1)),
    installation.call(key, [payload()], { problem }),
    installation.call(bls, [blsPayload]),
    installation.call(key, payloads.slice(1)),
  ];
  const kept = await Promise.all(await installation.keeper.keepTogether(calls, rankOf()));
  assertVerifies(kept[0], payloads.slice(0, 1));
  assert.equal(kept[1]?.outcome, "refused");
  assertVerifies(kept[2], [blsPayload]);
  assertVerifies(kept[3], payloads.slice(1));
  const used = { idempotencyKey: "together" };
  await keep(key, [payload()], used);
  const undone = installation.call(key, [payload()]);
  const conflicting = installation.call(key, [payload()], { ...used, bodyHash: new Uint8Array(32).fill(1) });
  for (const reply of await installation.keeper.keepTogether([undone, conflicting], rankOf()))
    await assert.rejects(reply, { code: "request.idempotency_conflict" });
  assert.ok(!installation.recorded().includes(undone.decision.id));
});

test("full: one decision more is service.overloaded and unrecorded; those before it are all signed", async () => {
  const earlier = installation.recorded().length;
  const calls = Array.from({ length: KEPT_MAX }, () => installation.call(key, [payload()]));
  const keeping = installation.keeper.keepTogether(calls, rankOf());
  const refused = installation.call(key, [payload()]);
  await assert.rejects(installation.keeper.keep(refused, rankOf()), { code: "service.overloaded" });
  await assert.rejects(installation.keeper.keepTogether([refused], rankOf()), { code: "service.overloaded" });
  const kept = await Promise.all(await keeping);
  assert.ok(kept.every(({ outcome }) => outcome === "signed"));
  assert.equal(installation.recorded().length, earlier + KEPT_MAX);
  assert.deepEqual(installation.keeper.depths, { signing: 0, verifying: 0 });
  assertVerifies(await installation.keeper.keep(refused, rankOf()), refused.decision.payloads);
});

test("closed: what is under way is answered; one decision more is service.stopping and unrecorded", async () => {
  const closing = await KeptInstallation.create();
  const own = await closing.key("secp256k1");
  const call = () => closing.call(own, [payload(own.publicKey)]);
  const under = [call(), call()];
  const [first, second] = under.map((kept) => closing.keeper.keep(kept, rankOf()));
  const closed = closing.keeper.close();
  const late = call();
  await assert.rejects(closing.keeper.keep(late, rankOf()), { code: "service.stopping" });
  assert.equal(closing.keeper.close(), closed);
  assertVerifies(await first, under[0]?.decision.payloads ?? []);
  assertVerifies(await second, under[1]?.decision.payloads ?? []);
  await closed;
  await assert.rejects(closing.keeper.keep(late, rankOf()), { code: "service.stopping" });
  await assert.rejects(closing.keeper.keepTogether([late], rankOf()), { code: "service.stopping" });
  assert.ok(!closing.recorded().includes(late.decision.id));
  await closing.end();
});
