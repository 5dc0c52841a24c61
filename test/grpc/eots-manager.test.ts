/**
 * The EOTS manager as a finality provider's daemon meets it: every method with its code, without, and with a wrong one;
 * lengths, heights and chain ids at their ends; and the reference's signatures, byte for byte.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Metadata, status as Status } from "@grpc/grpc-js";
import fc from "fast-check";
import { schnorr, secp256k1 } from "@noble/curves/secp256k1.js";
import { bind, DENY } from "../running/policies.ts";
import { RunningService } from "../running/service.ts";
import { readVectors, skipWithout } from "../vectors.ts";
import { batchBody, bytes, codeOf, EotsClient, eotsBody, explicit, explicitBytes, whole } from "./client.ts";

const HMAC_KEY = "Wt+Nxkn1DpNCFJtxQSxTKoSoKzx1C9XwHTMbT6ir9m0=";
const CHAIN = Buffer.from("bbn-1");
const UNKNOWN_UID = Buffer.alloc(32, 0xab);
const HEIGHT_MAX = 2n ** 64n - 1n;

const folder = mkdtempSync(join(tmpdir(), "claviger-eots-"));
let service: RunningService;
let client: EotsClient;
let uid: Buffer;
let publicKey: Buffer;
let keyId: string;
let nextHeight = 1000n;

before(async () => {
  const hmacKeyFile = join(folder, "hmac-key");
  writeFileSync(hmacKeyFile, `${HMAC_KEY}\n`, { mode: 0o600 });
  service = await RunningService.start({
    environment: {
      CLAVIGER_EOTS__ENABLED: "true",
      CLAVIGER_EOTS__PORT: "0",
      CLAVIGER_EOTS__HMAC_KEY_FILE: hmacKeyFile,
    },
  });
  client = new EotsClient(service.eots, { hmacKey: HMAC_KEY });
  const wallet = await service.call("POST", "/v1/wallets", { name: "finality" });
  const key = await service.call("POST", `/v1/wallets/${wallet.body.id}/keys`, { chain: "babylon" });
  assert.equal(key.status, 201, key.text);
  keyId = key.body.id;
  uid = Buffer.from(key.body.address, "hex");
  publicKey = Buffer.from(key.body.publicKey.slice(2), "hex");
});
after(async () => {
  client.close();
  await service.stop();
  rmSync(folder, { recursive: true });
});

function vote(height: bigint, fill = 1): Buffer {
  const message = Buffer.alloc(40, fill);
  message.writeBigUInt64BE(height);
  return message;
}

/** A height that no other test signs. */
function freshHeight(): bigint {
  nextHeight += 1n;
  return nextHeight;
}

function refuses(call: Promise<unknown>, code: Status, details: RegExp): Promise<void> {
  return assert.rejects(call, (error: unknown) => {
    assert.ok(error instanceof Error && "code" in error && "details" in error);
    assert.deepEqual(
      [Status[Number(error.code)], details.test(String(error.details))],
      [Status[code], true],
      error.message,
    );
    return true;
  });
}

/** Fails unless randomness ‖ signature is the key's BIP-340 signature over SHA-256 of the message. */
function assertVote(randomness: Uint8Array, signature: Uint8Array, message: Uint8Array, key = uid): void {
  assert.equal(signature.length, 32);
  const digest = createHash("sha256").update(message).digest();
  assert.ok(schnorr.verify(Buffer.concat([randomness, signature]), digest, key), "the vote does not verify");
}

/** One well-formed body for each method that asks for a code. */
function bodies(): [string, Buffer][] {
  const vote1 = eotsBody(uid, CHAIN, 1n, vote(1n));
  return [
    ["CreateRandomnessPairList", Buffer.concat([bytes(1, uid), bytes(2, CHAIN), whole(3, 1n), whole(4, 1n)])],
    ["SignEOTS", vote1],
    ["UnsafeSignEOTS", vote1],
    ["SignSchnorrSig", Buffer.concat([bytes(1, uid), bytes(2, Buffer.alloc(32, 1))])],
    ["SignBatchEOTS", batchBody(uid, CHAIN, [{ height: 1n, message: vote(1n) }])],
    ["UnlockKey", Buffer.concat([bytes(1, uid), bytes(2, Buffer.from("passphrase"))])],
    ["Backup", Buffer.concat([bytes(1, Buffer.from("eots.db")), bytes(2, Buffer.from("/tmp"))])],
  ];
}

describe("codes", () => {
  test("without one, every method but those that eotsd serves so is UNAUTHENTICATED", async () => {
    const without = new EotsClient(service.eots);
    for (const [method, body] of bodies()) {
      await refuses(without.call(method, body), Status.UNAUTHENTICATED, /^HMAC not provided$/);
    }
    assert.equal((await without.ping()).length, 0);
    assert.equal((await without.saveKeyName("name", publicKey)).length, 0);
    await refuses(without.saveKeyName("name", schnorrKey(UNKNOWN_UID)), Status.UNKNOWN, /^key\.not_found: /);
    without.close();
  });

  test("a wrong one is UNAUTHENTICATED, whatever is wrong about it", async () => {
    for (const [method, body] of bodies()) {
      const right = codeOf(HMAC_KEY, body);
      const other = codeOf(HMAC_KEY, Buffer.concat([body, Buffer.of(0)]));
      for (const code of [other, codeOf("another key", body), right.slice(1), `${right}=`, "x"]) {
        const metadata = new Metadata();
        metadata.set("x-fpd-hmac", code);
        await refuses(client.call(method, body, metadata), Status.UNAUTHENTICATED, /^invalid HMAC$/);
      }
    }
  });

  test("two codes are none, an empty one is none", async () => {
    const body = eotsBody(uid, CHAIN, 1n, vote(1n));
    const twice = new Metadata();
    twice.add("x-fpd-hmac", codeOf(HMAC_KEY, body));
    twice.add("x-fpd-hmac", codeOf(HMAC_KEY, body));
    await refuses(client.call("SignEOTS", body, twice), Status.UNAUTHENTICATED, /^invalid HMAC$/);
    const empty = new Metadata();
    empty.set("x-fpd-hmac", "");
    await refuses(client.call("SignEOTS", body, empty), Status.UNAUTHENTICATED, /^HMAC not provided$/);
  });

  test("a body that cannot be decoded is not looked at before its code", async () => {
    const body = Buffer.alloc(20, 0xff);
    await refuses(client.call("SignEOTS", body, new Metadata()), Status.UNAUTHENTICATED, /not provided/);
    await refuses(client.call("SignEOTS", body), Status.UNKNOWN, /^request\.malformed: /);
  });

  test("nothing of all this was signed or recorded", async () => {
    const { body } = await service.call("GET", "/v1/requests");
    assert.deepEqual(body.items, []);
  });
});

describe("refusals", () => {
  test("UnsafeSignEOTS is PERMISSION_DENIED, always", async () => {
    for (const key of [uid, UNKNOWN_UID, Buffer.alloc(0)]) {
      const call = client.signEots(key, CHAIN, 1n, vote(1n), "UnsafeSignEOTS");
      await refuses(call, Status.PERMISSION_DENIED, /UnsafeSignEOTS/);
    }
  });

  test("a key that is not here is UNKNOWN, as from eotsd", async () => {
    const calls = [
      client.randomness(UNKNOWN_UID, CHAIN, 1n, 1),
      client.signEots(UNKNOWN_UID, CHAIN, 1n, vote(1n)),
      client.signSchnorr(UNKNOWN_UID, Buffer.alloc(32)),
      client.signBatch(UNKNOWN_UID, CHAIN, [{ height: 1n, message: vote(1n) }]),
      client.unlock(UNKNOWN_UID, ""),
      client.saveKeyName("name", schnorrKey(UNKNOWN_UID)),
    ];
    await Promise.all(calls.map((call) => refuses(call, Status.UNKNOWN, /^key\.not_found: /)));
  });

  for (const length of [0, 1, 31, 33, 65]) {
    test(`a uid of ${length} bytes`, async () => {
      const wrong = Buffer.alloc(length, 2);
      const calls = [
        client.randomness(wrong, CHAIN, 1n, 1),
        client.signEots(wrong, CHAIN, 1n, vote(1n)),
        client.signSchnorr(wrong, Buffer.alloc(32)),
        client.signBatch(wrong, CHAIN, [{ height: 1n, message: vote(1n) }]),
        client.unlock(wrong, ""),
      ];
      await Promise.all(calls.map((call) => refuses(call, Status.UNKNOWN, /^request\.malformed: uid: /)));
    });
  }

  test("a Schnorr message that has not 32 bytes", async () => {
    for (const length of [0, 31, 33, 40, 64]) {
      const call = client.signSchnorr(uid, Buffer.alloc(length, 1));
      await refuses(call, Status.UNKNOWN, /^request\.malformed: .*32 bytes/);
    }
  });

  test("a chain id of 65 bytes, a message of 8193", async () => {
    const height = freshHeight();
    const chainId = Buffer.alloc(65, 0x61);
    const message = Buffer.alloc(8193);
    await refuses(client.signEots(uid, chainId, height, vote(height)), Status.UNKNOWN, /chainId.* 64 bytes/);
    await refuses(client.randomness(uid, chainId, height, 1), Status.UNKNOWN, /chainId.* 64 bytes/);
    await refuses(client.signEots(uid, CHAIN, height, message), Status.UNKNOWN, /8192 bytes/);
    const batch = [{ height, message }];
    await refuses(client.signBatch(uid, CHAIN, batch), Status.UNKNOWN, /8192 bytes/);
  });

  test("one height twice in a batch is INVALID_ARGUMENT, and nothing of the batch is signed", async () => {
    const height = freshHeight();
    for (const second of [vote(height), vote(height, 2)]) {
      const items = [vote(height), second].map((message) => ({ height, message }));
      await refuses(client.signBatch(uid, CHAIN, items), Status.INVALID_ARGUMENT, /twice/);
    }
    await client.signEots(uid, CHAIN, height, vote(height, 3));
  });

  test("an empty batch and a count of 0 for a key that is not here", async () => {
    await refuses(client.signBatch(UNKNOWN_UID, CHAIN, []), Status.UNKNOWN, /^key\.not_found: /);
    await refuses(client.randomness(UNKNOWN_UID, CHAIN, 1n, 0), Status.UNKNOWN, /^key\.not_found: /);
  });

  test("what could not be answered in 16 MiB is RESOURCE_EXHAUSTED, and nothing of it is signed", async () => {
    for (const count of [493_448, 2 ** 32 - 1]) {
      await refuses(client.randomness(uid, CHAIN, 1n, count), Status.RESOURCE_EXHAUSTED, /larger than max/);
    }
    const chainId = Buffer.from("too-many");
    const item = explicitBytes(3, whole(2, 1n));
    const many = Buffer.concat(Array.from({ length: 500_000 }, () => item));
    const call = client.call("SignBatchEOTS", Buffer.concat([bytes(1, uid), bytes(2, chainId), many]));
    await refuses(call, Status.RESOURCE_EXHAUSTED, /larger than max/);
  });

  test("no randomness past 2^64-1", async () => {
    await refuses(client.randomness(uid, CHAIN, HEIGHT_MAX, 2), Status.UNKNOWN, /startHeight/);
    await refuses(client.randomness(uid, CHAIN, 1n, 2, HEIGHT_MAX), Status.UNKNOWN, /startHeight/);
  });

  test("one item of a long batch that cannot be read leaves nothing signed", async () => {
    const chainId = Buffer.from("unreadable");
    const items = Array.from({ length: 2500 }, (_, index) => ({
      height: BigInt(index),
      message: index === 2499 ? Buffer.alloc(8193) : vote(BigInt(index)),
    }));
    await refuses(client.signBatch(uid, chainId, items), Status.UNKNOWN, /items 2499: .*8192 bytes/);
    const twice = [...items.slice(0, 2499), { height: 7n, message: vote(7n) }];
    await refuses(client.signBatch(uid, chainId, twice), Status.INVALID_ARGUMENT, /twice/);
    await client.signEots(uid, chainId, 0n, vote(0n, 2));
  });

  test("a message of more than 16 MiB is RESOURCE_EXHAUSTED", async () => {
    const body = eotsBody(uid, CHAIN, 1n, Buffer.alloc(16 * 1024 * 1024));
    await refuses(client.call("SignEOTS", body), Status.RESOURCE_EXHAUSTED, /larger/);
    await client.ping();
  });

  test("a method that does not exist is UNIMPLEMENTED", async () => {
    await refuses(client.call("Rollback", Buffer.alloc(0)), Status.UNIMPLEMENTED, /Rollback/);
  });

  test("SaveEOTSKeyName: no name, no point, a point that is not here", async () => {
    const notOnCurve = Buffer.concat([Buffer.of(4), Buffer.alloc(64, 1)]);
    await refuses(client.saveKeyName("", publicKey), Status.UNKNOWN, /key_name/);
    for (const wrong of [Buffer.alloc(0), uid, notOnCurve, Buffer.alloc(33), Buffer.alloc(65, 4)]) {
      await refuses(client.saveKeyName("name", wrong), Status.UNKNOWN, /eots_pk/);
    }
  });

  test("Backup writes nowhere", async () => {
    await refuses(client.backup("eots.db", folder), Status.PERMISSION_DENIED, /claviger eots/);
  });
});

describe("votes", () => {
  test("the same message has the same signature, another one is a double sign for ever", async () => {
    const height = freshHeight();
    const [randomness = Buffer.alloc(0)] = await client.randomness(uid, CHAIN, height, 1);
    const first = await client.signEots(uid, CHAIN, height, vote(height));
    assertVote(randomness, first, vote(height));
    assert.deepEqual(await client.signEots(uid, CHAIN, height, vote(height)), first);
    for (const other of [vote(height, 2), Buffer.alloc(0), vote(height).subarray(1)]) {
      const call = client.signEots(uid, CHAIN, height, other);
      await refuses(call, Status.FAILED_PRECONDITION, /^double sign$/);
    }
    assert.deepEqual(await client.signEots(uid, CHAIN, height, vote(height)), first);
  });

  test("an error names our code and the recorded decision, which is one principal's, in metadata", async () => {
    const height = freshHeight();
    await client.signEots(uid, CHAIN, height, vote(height));
    const error: unknown = await client
      .signEots(uid, CHAIN, height, vote(height, 2))
      .catch((reason) => reason);
    assert.ok(error instanceof Error && "metadata" in error && error.metadata instanceof Metadata);
    assert.deepEqual(error.metadata.get("claviger-code"), ["guard.eots_conflict"]);
    const requestId = String(error.metadata.get("claviger-request-id")[0]);
    const { body, text } = await service.call("GET", `/v1/requests/${requestId}`);
    assert.deepEqual([body.principal, body.type], ["finality-provider-daemon", "babylon.eots"], text);
  });

  test("REST and gRPC share one history", async () => {
    const height = freshHeight();
    const overGrpc = await client.signEots(uid, CHAIN, height, vote(height));
    const request = { type: "babylon.eots", chainId: "bbn-1", height: String(height) };
    const path = `/v1/keys/${keyId}/sign`;
    const same = await service.call("POST", path, { ...request, message: hex(vote(height)) });
    assert.equal(same.body.signature, hex(overGrpc), same.text);
    const other = await service.call("POST", path, { ...request, message: hex(vote(height, 2)) });
    assert.deepEqual([other.status, other.body.code], [412, "guard.eots_conflict"]);
    const reverse = freshHeight();
    const sent = { ...request, height: String(reverse), message: hex(vote(reverse)) };
    assert.equal((await service.call("POST", path, sent)).status, 200);
    const conflict = client.signEots(uid, CHAIN, reverse, vote(reverse, 2));
    await refuses(conflict, Status.FAILED_PRECONDITION, /^double sign$/);
  });

  for (const [name, height] of [
    ["zero", 0n],
    ["2^53 + 1", 2n ** 53n + 1n],
    ["2^64 - 1", HEIGHT_MAX],
  ] as const) {
    test(`height ${name}`, async () => {
      const [randomness = Buffer.alloc(0)] = await client.randomness(uid, CHAIN, height, 1);
      assertVote(randomness, await client.signEots(uid, CHAIN, height, vote(height)), vote(height));
      const batch = await client.signBatch(uid, CHAIN, [{ height, message: vote(height) }]);
      assert.deepEqual(
        batch.map((signed) => signed.height),
        [height],
      );
      const conflict = client.signEots(uid, CHAIN, height, vote(height, 2));
      await refuses(conflict, Status.FAILED_PRECONDITION, /^double sign$/);
    });
  }

  test("a height of zero may be sent or left out", async () => {
    const chainId = Buffer.from("zero");
    const sent = await client.call(
      "SignEOTS",
      Buffer.concat([eotsBody(uid, chainId, 0n, vote(0n)), explicit(4, 0n)]),
    );
    assert.deepEqual(await client.call("SignEOTS", eotsBody(uid, chainId, 0n, vote(0n))), sent);
  });

  test("chain ids are bytes: none, no UTF-8, a byte order mark, and no two are one", async () => {
    const height = freshHeight();
    const ids = [
      "",
      "00",
      "ff",
      "efbbbf",
      "62626e2d31",
      "efbbbf62626e2d31",
      "ed a0 80".replaceAll(" ", ""),
      "efbfbd",
    ];
    const seen = new Set<string>();
    for (const id of ids) {
      const chainId = Buffer.from(id, "hex");
      const [randomness = Buffer.alloc(0)] = await client.randomness(uid, chainId, height, 1);
      seen.add(hex(randomness));
      assertVote(randomness, await client.signEots(uid, chainId, height, vote(height)), vote(height));
      const conflict = client.signEots(uid, chainId, height, vote(height, 2));
      await refuses(conflict, Status.FAILED_PRECONDITION, /^double sign$/);
    }
    assert.equal(seen.size, ids.length);
  });

  test("any message up to 8192 bytes is a vote: none, one, all", async () => {
    for (const length of [0, 1, 8192]) {
      const height = freshHeight();
      const [randomness = Buffer.alloc(0)] = await client.randomness(uid, CHAIN, height, 1);
      const message = Buffer.alloc(length, 5);
      assertVote(randomness, await client.signEots(uid, CHAIN, height, message), message);
    }
  });
});

describe("batches", () => {
  test("conflicting heights are left out, the others are signed, in order", async () => {
    const heights = Array.from({ length: 60 }, freshHeight);
    const [first = 0n, , third = 0n] = heights;
    const single = await client.signEots(uid, CHAIN, first, vote(first));
    await client.signEots(uid, CHAIN, third, vote(third, 2));
    const items = heights.map((height) => ({ height, message: vote(height) }));
    const answer = await client.signBatch(uid, CHAIN, items);
    assert.deepEqual(
      answer.map(({ height }) => height),
      heights.filter((height) => height !== third),
    );
    assert.deepEqual(answer[0]?.signature, single);
    const randomness = await client.randomness(uid, CHAIN, first, 60);
    for (const { height, signature } of answer) {
      assertVote(randomness[Number(height - first)] ?? Buffer.alloc(0), signature, vote(height));
    }
    assert.deepEqual(await client.signBatch(uid, CHAIN, items), answer);
  });

  test("catch-up batches of a thousand at once are all answered, and single votes between them", async () => {
    const catchUp = Array.from({ length: 5 }, async (_, index) => {
      const chainId = Buffer.from(`catch-up-${index}`);
      const items = Array.from({ length: 1000 }, (_one, height) => ({
        height: BigInt(height),
        message: vote(BigInt(height)),
      }));
      const answer = await client.signBatch(uid, chainId, items);
      assert.equal(answer.length, 1000);
    });
    const state = { done: false };
    const all = Promise.all(catchUp).finally(() => {
      state.done = true;
    });
    do {
      const height = freshHeight();
      await client.signEots(uid, CHAIN, height, vote(height));
      await client.signBatch(uid, CHAIN, [{ height, message: vote(height) }]);
    } while (!state.done);
    await all;
  });

  test("an empty batch is an empty answer, and a count of 0 an empty list", async () => {
    assert.deepEqual(await client.signBatch(uid, CHAIN, []), []);
    assert.deepEqual(await client.randomness(uid, CHAIN, 1n, 0), []);
    assert.deepEqual(await client.randomness(uid, CHAIN, HEIGHT_MAX, 0, HEIGHT_MAX), []);
  });

  test("a batch above 2,000 is answered whole and in order, without what was signed otherwise", async () => {
    const chainId = Buffer.from("long-batch");
    const heights = Array.from({ length: 2500 }, (_, index) => BigInt(index) * 3n);
    await client.signEots(uid, chainId, 6000n, vote(6000n, 9));
    const items = heights.map((height) => ({ height, message: vote(height) }));
    const answer = await client.signBatch(uid, chainId, items);
    assert.deepEqual(
      answer.map(({ height }) => height),
      heights.filter((height) => height !== 6000n),
    );
    const randomness = await client.randomness(uid, chainId, 0n, 2500, 3n);
    for (const { height, signature } of [answer[0], answer[1000], answer[2498]].flatMap(
      (signed) => signed ?? [],
    )) {
      assertVote(randomness[Number(height / 3n)] ?? Buffer.alloc(0), signature, vote(height));
    }
    const single = await client.signEots(uid, chainId, 7497n, vote(7497n));
    assert.deepEqual(single, answer.at(-1)?.signature);
  });

  test("all heights in conflict: an empty answer", async () => {
    const height = freshHeight();
    await client.signEots(uid, CHAIN, height, vote(height));
    assert.deepEqual(await client.signBatch(uid, CHAIN, [{ height, message: vote(height, 2) }]), []);
  });
});

describe("randomness", () => {
  test("interval unset, 0 and 1 are the same, 5 takes every fifth, and the list is the same each time", async () => {
    const all = await client.randomness(uid, CHAIN, 1n, 21);
    assert.deepEqual(await client.randomness(uid, CHAIN, 1n, 21, 0n), all);
    assert.deepEqual(await client.randomness(uid, CHAIN, 1n, 21, 1n), all);
    assert.deepEqual(
      await client.randomness(uid, CHAIN, 1n, 5, 5n),
      all.filter((_, index) => index % 5 === 0),
    );
    assert.equal(new Set(all.map(hex)).size, 21);
    assert.deepEqual(
      await client.randomness(uid, CHAIN, HEIGHT_MAX, 1),
      await client.randomness(uid, CHAIN, HEIGHT_MAX, 1, HEIGHT_MAX),
    );
  });

  test("what REST says too", async () => {
    const body = { chainId: "bbn-1", startHeight: "7", count: 3, interval: "2" };
    const reply = await service.call("POST", `/v1/keys/${keyId}/eots/randomness`, body);
    assert.deepEqual(
      reply.body.publicRandomness,
      (await client.randomness(uid, CHAIN, 7n, 3, 2n)).map(hex),
      reply.text,
    );
  });
});

describe("Schnorr, names and keys", () => {
  test("a signature verifies, and its nonce is none of a vote", async () => {
    const digest = Buffer.alloc(32, 3);
    const signature = await client.signSchnorr(uid, digest);
    assert.ok(schnorr.verify(signature, digest, uid));
    const height = freshHeight();
    const message = vote(height);
    const hashed = createHash("sha256").update(message).digest();
    const [randomness = Buffer.alloc(0)] = await client.randomness(uid, CHAIN, height, 1);
    const eots = await client.signEots(uid, CHAIN, height, message);
    const same = await client.signSchnorr(uid, hashed);
    assert.notDeepEqual(same.subarray(0, 32), randomness);
    assert.notDeepEqual(same.subarray(32), eots);
  });

  test("SaveEOTSKeyName takes the key in each form, under any name, and changes nothing", async () => {
    const point = secp256k1.Point.fromHex(publicKey.toString("hex"));
    for (const form of [publicKey, Buffer.from(point.toBytes(false))]) {
      for (const name of ["key", "key", "another name"]) {
        assert.equal((await client.saveKeyName(name, form)).length, 0);
      }
    }
    const { body } = await service.call("GET", `/v1/keys/${keyId}`);
    assert.equal(body.label, null);
  });

  test("UnlockKey says yes to an unsealed service, whatever the passphrase, and again", async () => {
    for (const passphrase of ["", "passphrase", "passphrase"]) {
      assert.equal((await client.unlock(uid, passphrase)).length, 0);
    }
  });
});

test("a policy that is bound is obeyed: PERMISSION_DENIED, alone and in a batch", async () => {
  const height = freshHeight();
  const binding = await bind(service, DENY, { keyId });
  try {
    await refuses(client.signEots(uid, CHAIN, height, vote(height)), Status.PERMISSION_DENIED, /^policy\./);
    await refuses(client.signSchnorr(uid, Buffer.alloc(32, 1)), Status.PERMISSION_DENIED, /^policy\./);
    const batch = client.signBatch(uid, CHAIN, [{ height, message: vote(height) }]);
    await refuses(batch, Status.PERMISSION_DENIED, /^policy\./);
  } finally {
    await service.call("DELETE", `/v1/bindings/${binding}`);
  }
  // A refused message was never recorded as the height's one message.
  await client.signEots(uid, CHAIN, height, vote(height, 2));
});

test("any body with a right code: an answer or a refusal, never a failure", async () => {
  const methods = bodies().map(([method]) => method);
  const nearly = fc.constantFrom(...bodies().map(([, body]) => body)).chain((body) =>
    fc.tuple(fc.nat(body.length), fc.uint8Array({ maxLength: 12 })).map(([at, more]) => {
      return Buffer.concat([body.subarray(0, at), more, body.subarray(at + more.length)]);
    }),
  );
  const body = fc.oneof(
    nearly,
    fc.uint8Array({ maxLength: 80 }).map((some) => Buffer.from(some)),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...methods), body, async (method, some) => {
      const error: unknown = await client.call(method, some).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (error === undefined) return;
      assert.ok(error instanceof Error && "code" in error);
      assert.notEqual(error.code, Status.INTERNAL, error.message);
      assert.notEqual(error.code, Status.UNAUTHENTICATED, error.message);
    }),
    { numRuns: 500 },
  );
  assert.doesNotMatch(service.stderr.join(""), /unexpected failure/);
});

interface Vector {
  readonly sk: string;
  readonly pk: string;
  readonly chain_id_hex: string;
  readonly height: string;
  readonly pub_rand: string;
  readonly msg: string;
  readonly sig: string;
}

test(
  "eots.json: randomness and signatures of the reference, byte for byte",
  { skip: skipWithout("babylon") },
  async () => {
    // The file's own shape.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const { vectors } = readVectors("babylon", "eots.json") as { vectors: readonly Vector[] };
    const imported = new Map<string, string>();
    let compared = 0;
    for (const vector of vectors) {
      // A key and its negative have one uid: only one of them can be here.
      if ((imported.get(vector.pk) ?? vector.sk) !== vector.sk) continue;
      if (!imported.has(vector.pk)) {
        const body = { chain: "babylon", privateKey: `0x${vector.sk}` };
        const reply = await service.call("POST", "/v1/keys/import", body);
        assert.equal(reply.status, 201, reply.text);
        imported.set(vector.pk, vector.sk);
      }
      const [key, chainId, message] = [vector.pk, vector.chain_id_hex, vector.msg].map((text) =>
        Buffer.from(text, "hex"),
      );
      assert.ok(key !== undefined && chainId !== undefined && message !== undefined);
      const height = BigInt(vector.height);
      const [randomness] = await client.randomness(key, chainId, height, 1);
      assert.equal(randomness?.toString("hex"), vector.pub_rand);
      const signature = await client.signEots(key, chainId, height, message);
      assert.equal(signature.toString("hex"), vector.sig);
      compared += 1;
    }
    assert.ok(compared >= 118, `${compared} of ${vectors.length}`);
  },
);

test("a key that was disabled or deleted over REST signs nothing here", async () => {
  const secret = Buffer.alloc(32, 0x12);
  const body = { chain: "babylon", privateKey: hex(secret) };
  const { id } = (await service.call("POST", "/v1/keys/import", body)).body;
  const shared = Buffer.from(schnorr.getPublicKey(secret));
  for (const [method, path] of [
    ["POST", `/v1/keys/${id}/disable`],
    ["DELETE", `/v1/keys/${id}`],
  ] as const) {
    assert.ok((await service.call(method, path)).status < 300);
    await refuses(client.signEots(shared, CHAIN, 1n, vote(1n)), Status.PERMISSION_DENIED, /^key\.disabled: /);
    await refuses(client.randomness(shared, CHAIN, 1n, 1), Status.PERMISSION_DENIED, /^key\.disabled: /);
  }
});

function hex(value: Uint8Array): `0x${string}` {
  return `0x${Buffer.from(value).toString("hex")}`;
}

/** A point of the curve with some x near `x`, compressed. */
function schnorrKey(x: Buffer): Buffer {
  const candidate = Buffer.concat([Buffer.of(2), x]);
  for (let last = 0; last < 256; last += 1) {
    candidate[32] = last;
    try {
      secp256k1.Point.fromHex(candidate.toString("hex"));
      return candidate;
    } catch {
      continue;
    }
  }
  throw new Error("no point near this x");
}
