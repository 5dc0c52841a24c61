/** The steps on their threads: what is urgent goes first in each, and a signature that does not verify ends at the verifier. */
import assert from "node:assert/strict";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { test, type TestContext } from "node:test";
import { SecretKey } from "@chainsafe/blst";
import { signingRootOf } from "../../src/chains/ethereum-validator/signing-root.ts";
import type { Signature, SigningPayload } from "../../src/chains/adapter.ts";
import { rankOf, togetherOf } from "../../src/domain/urgency.ts";
import type { Curve } from "../../src/domain/keys.ts";
import type { PublicKey } from "../../src/domain/kinds.ts";
import type { KeysThread, VerifierThread } from "../../src/keeper/contract.ts";
import { assertHeldBy, keysFor } from "../../src/keeper/keys-for.ts";
import type { CommittedMessage, SignedBatch, SignedMessage } from "../../src/keeper/messages.ts";
import { SigningPort } from "../../src/keeper/signing-port.ts";
import { startThread } from "../../src/threads/call-queue.ts";
import type { Answer, Answers } from "../../src/threads/link.ts";
import { Load } from "../../src/threads/ports.ts";
import { remote } from "../../src/threads/remote.ts";
import { insertSeal } from "../../src/ledger/sealed-rows.ts";
import { KDF_FLOOR } from "../../src/vault/seal/seal.ts";
import { openVault } from "../../src/vault/vault.ts";
import { emptyDirectory, passphrase } from "../vault/directory.ts";
import { startSigningVault } from "./signing-vault.ts";
import { unguarded } from "../chains/ethereum-validator/payloads.ts";

function committed(id: number, rank: number): CommittedMessage {
  const toSign = { keyId: `key_${id}`, payloads: [] };
  return { id, rank, requestId: `req_${id}`, repeated: false, toSign, sentAt: 0, recordedAt: 0 };
}

for (const urgency of ["request", "registration"] as const) {
  test(`a vote that comes while 40 of ${urgency} are signed is signed after the batch that is under way`, (t) =>
    voteBehind(t, rankOf(urgency)));
}

async function voteBehind(t: TestContext, rank: number): Promise<void> {
  const { port1: record, port2 } = new MessageChannel();
  const { port1: verifier, port2: back } = new MessageChannel();
  t.after(() => [record, verifier].forEach((port) => port.close()));
  const load = new Load();
  const order: string[] = [];
  const signing = new SigningPort({
    holder: "bls",
    sign({ keyId }) {
      if (order.length === 0) record.postMessage({ committed: [committed(100, rankOf("vote"))] });
      order.push(keyId);
      return [];
    },
    signStatement: () => assert.fail("nothing is stated here"),
  });
  const done = Promise.withResolvers<void>();
  let heard = 0;
  verifier.on("message", ({ signed }: SignedBatch) => {
    heard += signed.length;
    if (heard === 41) done.resolve();
  });
  signing.connect({
    committed: { port: port2, load: load.shared },
    signed: { port: back, load: new Load().shared },
  });
  load.add(41);
  const others = Array.from({ length: 40 }, (_, id) => committed(id, rank));
  record.postMessage({ committed: others });
  await done.promise;
  assert.equal(order.indexOf("key_100"), togetherOf(rank));
  assert.ok(togetherOf(rank) <= 16, "a vote waits for few");
  assert.deepEqual(
    order.filter((name) => name !== "key_100"),
    others.map(({ toSign }) => toSign.keyId),
  );
  assert.equal(load.value, 0);
  const again = { committed: { port: port2, load: load.shared }, signed: { port: back, load: load.shared } };
  assert.throws(() => signing.connect(again), /connected/);
}

test("a thread refuses payloads of the other one's schemes and of none, each by itself, before it opens a key", async (t) => {
  const directory = emptyDirectory();
  const vault = startSigningVault({ databasePath: directory.databasePath });
  t.after(async () => {
    await vault.close();
    directory.remove();
  });
  insertSeal(directory.database, await vault.initialise({ passphrase: passphrase(), kdf: KDF_FLOOR }));
  await vault.unseal(passphrase());
  const stored = async (keyId: string, curve: Curve): Promise<PublicKey> => {
    const privateKey = new Uint8Array(32).fill(7);
    const { publicKey, rows } = await vault.importKey({ namespace: "n", keyId, curve, privateKey });
    directory.rows.insertKey(rows);
    return publicKey;
  };
  const publicKey = await stored("other", "secp256k1");
  const ecdsa: SigningPayload = { scheme: "secp256k1.ecdsa", digest: new Uint8Array(32).fill(1), publicKey };
  const vote = unguarded(await stored("validator", "bls12-381"), new Uint8Array(32).fill(2));
  const unknown: SigningPayload = Object.assign({ ...vote }, { scheme: "toString" });
  await vault.readyToSignDuties();
  const both = ["other", "validator"];
  const refused = [
    ["bls", { keyId: "other", payloads: [ecdsa] }],
    ["bls", { keyId: "validator", payloads: [vote, ecdsa], signedBy: both.toReversed() }],
    ["bls", { keyId: "validator", payloads: [vote, unknown] }],
    ["vault", { keyId: "validator", payloads: [vote] }],
    ["vault", { keyId: "other", payloads: [ecdsa, vote], signedBy: both }],
    ["vault", { keyId: "other", payloads: [ecdsa, unknown] }],
  ] as const;
  for (const [holder, call] of refused) {
    assert.throws(() => assertHeldBy(holder, call), { code: "service.internal" });
    await assert.rejects(vault.sign(call, rankOf(), holder), { code: "service.internal" });
  }
  assert.throws(() => keysFor({ payloads: [ecdsa, vote] }), { code: "service.internal" });
  assert.equal((await vault.status()).cachedKeys, 0);
  assert.equal((await vault.sign({ keyId: "other", payloads: [ecdsa, ecdsa] })).length, 2);
  assert.equal((await vault.sign({ keyId: "validator", payloads: [vote] })).length, 1);
  const statement = { kind: "checkpoint", size: 1, root: new Uint8Array(32) } as const;
  await assert.rejects(vault.signStatement(statement, "bls"), { code: "service.internal" });
  // This ledger has no log yet, whose key would sign it.
  await assert.rejects(vault.signStatement(statement, "vault"), { code: "service.sealed" });
});

test("a forged message on any other port of the vault's thread signs nothing, and is answered by nobody", async (t) => {
  const directory = emptyDirectory();
  const { vault, thread } = openVault({
    databasePath: directory.databasePath,
    signing: {
      vaultEntry: new URL("../../src/keeper/vault-thread.ts", import.meta.url),
      blsEntry: new URL("../../src/keeper/bls-thread.ts", import.meta.url),
      joinBls: () => Promise.reject(new Error("no BLS key here")),
    },
  });
  const channels = Array.from({ length: 4 }, () => new MessageChannel());
  t.after(async () => {
    await vault.close();
    for (const { port1 } of channels) port1.close();
    directory.remove();
  });
  insertSeal(directory.database, await vault.initialise({ passphrase: passphrase(), kdf: KDF_FLOOR }));
  await vault.unseal(passphrase());
  const privateKey = new Uint8Array(32).fill(7);
  const key = await vault.importKey({ namespace: "n", keyId: "key", curve: "secp256k1", privateKey });
  directory.rows.insertKey(key.rows);
  const [record, verifies, enlisted, delivering] = channels;
  assert.ok(record && verifies && enlisted && delivering);
  const calls = remote<KeysThread>(thread, {
    moves: {
      connectSteps: ({ committed: from, signed: to }) => [from.port, to.port],
      enlist: (port) => [port],
      receiveFrom: (port) => [port],
    },
  });
  const load = new Load().shared;
  await calls.connectSteps({
    committed: { port: record.port2, load },
    signed: { port: verifies.port2, load: new Load().shared },
  });
  await calls.enlist(enlisted.port2);
  await calls.receiveFrom(delivering.port2);
  const digest = new Uint8Array(32).fill(1);
  const payload = { scheme: "secp256k1.ecdsa", digest, publicKey: key.publicKey } as const;
  const asked = (id: number): CommittedMessage => ({
    ...committed(id, 1),
    toSign: { keyId: "key", payloads: [payload] },
  });
  const heard: number[] = [];
  const first = Promise.withResolvers<void>();
  verifies.port1.on("message", ({ signed }: SignedBatch) => {
    heard.push(...signed.map(({ id }) => id));
    first.resolve();
  });
  for (const forger of [enlisted, delivering, verifies])
    forger.port1.postMessage({ committed: [asked(666)] });
  await vault.status();
  record.port1.postMessage({ committed: [asked(1)] });
  await first.promise;
  await vault.status();
  assert.deepEqual(heard, [1]);
});

/** The verifier's thread, and the two ends that a test has of it. */
async function startVerifier(
  t: TestContext,
): Promise<{ readonly signed: MessagePort; readonly door: MessagePort }> {
  const thread = startThread({
    url: new URL("../../src/keeper/verifier-thread.ts", import.meta.url),
    name: "verifier",
    queueMax: 8,
    batchMax: 8,
    onDeath: () => assert.fail("the verifier died"),
  });
  const { port1: signed, port2: in2 } = new MessageChannel();
  const { port1: door, port2: out2 } = new MessageChannel();
  t.after(async () => {
    await thread.close();
    signed.close();
    door.close();
  });
  const calls = remote<VerifierThread>(thread, {
    moves: { connectDoor: (port) => [port], connectSigned: ({ port }) => [port] },
  });
  await calls.connectDoor(out2);
  await calls.connectSigned({ port: in2, load: new Load().shared });
  await assert.rejects(calls.connectDoor(new MessageChannel().port2), { code: "service.internal" });
  return { signed, door };
}

function blsSigned(seed: number): { readonly payload: SigningPayload; readonly signature: Signature } {
  const secret = SecretKey.fromKeygen(new Uint8Array(32).fill(seed));
  const payload = unguarded(secret.toPublicKey().toBytes(true), new Uint8Array(32).fill(seed));
  return { payload, signature: { bytes: secret.sign(signingRootOf(payload.duty)).toBytes(true) } };
}

test("the verifier answers each for itself: wrong, missing and swapped signatures are dropped", async (t) => {
  const { signed, door } = await startVerifier(t);
  const [first, second] = [blsSigned(1), blsSigned(2)];
  const cases: readonly (readonly [payloads: SigningPayload[], signatures: Signature[], good: boolean])[] = [
    [[first.payload], [first.signature], true],
    [[second.payload], [first.signature], false],
    [[first.payload, second.payload], [first.signature, second.signature], true],
    [[first.payload, second.payload], [second.signature, first.signature], false],
    [[first.payload], [], false],
    [[first.payload], [first.signature, second.signature], false],
    [[], [], false],
    ...Array.from({ length: 70 }, () => [[second.payload], [second.signature], true] as const).map(
      ([payloads, signatures, good]) => [[...payloads], [...signatures], good] as const,
    ),
  ].map(([payloads, signatures, good]) => [payloads, signatures, good] as never);
  const answers = new Map<number, Answer[1]>();
  const done = Promise.withResolvers<void>();
  door.on("message", ({ outcomes }: Answers) => {
    for (const [id, outcome] of outcomes) answers.set(id, outcome);
    if (answers.size === cases.length + 1) done.resolve();
  });
  const messages = cases.map(([payloads, signatures], id): SignedMessage => {
    const times = { sentAt: 0, recordedAt: 0, signedAt: 0 };
    return { id, rank: 1, requestId: `req_${id}`, repeated: false, payloads, signatures, ...times };
  });
  const refusal = { ok: false, code: "service.sealed", message: "sealed", members: {} } as const;
  signed.postMessage({ signed: [...messages, { id: 1000, rank: 1, refusal }] } satisfies SignedBatch);
  await done.promise;
  for (const [id, [, , good]] of cases.entries()) {
    const outcome = answers.get(id);
    const expected = good ? "signed" : "service.signature_invalid";
    assert.equal(outcome?.ok === true ? "signed" : outcome?.code, expected, `case ${id}`);
  }
  assert.deepEqual(answers.get(1000), refusal);
});
