/** Babylon over HTTP: keys, votes and commitments as their caller gets them, checked by a second implementation. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { schnorr, secp256k1 } from "@noble/curves/secp256k1.js";
import { bigintToBytes, bytesToBigint, concat } from "../../src/domain/bytes.ts";
import { eotsNonce } from "../../src/vault/eots/eots.ts";
import { eotsRequest, schnorrRequest, voteMessage } from "../chains/babylon/sample.ts";
import { ALLOW, ALLOW_OPAQUE, bind } from "../running/policies.ts";
import { RunningService, type Reply } from "../running/service.ts";
import { readVectors, skipWithout } from "../vectors.ts";
import { assertProblem } from "./problems.ts";

const { Fn } = secp256k1.Point;
const hex = (text: string) => new Uint8Array(Buffer.from(text.replace(/^0x/, ""), "hex"));
const sha256 = (data: Uint8Array) => new Uint8Array(createHash("sha256").update(data).digest());

let service: RunningService;
before(async () => {
  service = await RunningService.start();
});
after(() => service.stop());

interface Key {
  readonly id: string;
  readonly address: string;
  readonly publicKey: string;
  readonly path: string | null;
}

async function imported(secret: Uint8Array): Promise<Key> {
  const privateKey = `0x${Buffer.from(secret).toString("hex")}`;
  const ask = () => service.call("POST", "/v1/keys/import", { chain: "babylon", privateKey });
  let reply = await ask();
  if (reply.status === 409) {
    // The negative of an earlier vector's key: one finality provider, so the other has to go first.
    assert.equal((await service.call("DELETE", `/v1/keys/${reply.body.keyId}`)).status, 204);
    reply = await ask();
  }
  assert.ok(reply.status === 200 || reply.status === 201, reply.text);
  return reply.body;
}

function sign(keyId: string, body: unknown): Promise<Reply> {
  return service.call("POST", `/v1/keys/${keyId}/sign`, body);
}

/** A key whose public key has an odd y, so that nothing hides a secret that was brought to an even one. */
const ODD = bigintToBytes(Fn.ORDER - 7n, 32);

describe("babylon over HTTP: refusals", () => {
  test("a second message at one height is refused, however its chain id is written", async () => {
    const { id } = await imported(bigintToBytes(0x1001n, 32));
    assert.equal((await sign(id, eotsRequest())).status, 200);
    const reply = await sign(id, eotsRequest({ message: voteMessage(1204530n, "cd") }));
    assertProblem(reply, "guard.eots_conflict");
    assert.equal(reply.body.height, "1204530");
    assert.equal(reply.body.chainId, "bbn-1");
    const again = await sign(id, eotsRequest({ chainId: { hex: "0x62626e2d31" }, message: "0x" }));
    assertProblem(again, "guard.eots_conflict");
  });

  for (const [name, body] of [
    ["a height of 2^64", eotsRequest({ height: "18446744073709551616" })],
    ["a lone surrogate", eotsRequest({ chainId: "\ud800" })],
    ["33 letters of two bytes", eotsRequest({ chainId: "é".repeat(33) })],
    ["a height that is a number", eotsRequest({ height: 5 })],
    ["a message of 8193 bytes", eotsRequest({ message: `0x${"00".repeat(8193)}` })],
    ["a digest of 31 bytes", schnorrRequest(`0x${"00".repeat(31)}`)],
    ["another chain's request", { type: "ethereum.message", message: { text: "hello" } }],
  ] as const) {
    test(`${name} is request.malformed`, async () => {
      const { id } = await imported(ODD);
      assertProblem(await sign(id, body), "request.malformed");
    });
  }

  test("a bound policy is obeyed: it must allow opaque requests for a digest, and need not for a vote", async () => {
    const { id } = await imported(bigintToBytes(0x1002n, 32));
    await bind(service, ALLOW, { keyId: id });
    assert.equal((await sign(id, eotsRequest())).status, 200);
    assertProblem(await sign(id, schnorrRequest()), "policy.opaque");
    assertProblem(await sign(id, eotsRequest({ height: "1", message: "0x00" })), "policy.opaque");

    const other = await imported(bigintToBytes(0x1003n, 32));
    await bind(service, ALLOW_OPAQUE, { keyId: other.id });
    assert.equal((await sign(other.id, schnorrRequest())).status, 200);
  });
});

describe("babylon over HTTP: answers", () => {
  test("a vote is s of a BIP-340 signature, under the nonce of key, chain and height", async () => {
    const { id, address, publicKey } = await imported(ODD);
    assert.equal(publicKey, `0x03${address}`);
    const message = hex(voteMessage(2n ** 64n - 1n));
    const reply = await sign(
      id,
      eotsRequest({ height: "18446744073709551615", message: voteMessage(2n ** 64n - 1n) }),
    );
    assert.equal(reply.status, 200, reply.text);
    assert.match(reply.body.signature, /^0x[0-9a-f]{64}$/);
    const place = { chainId: new Uint8Array(Buffer.from("bbn-1")), height: 2n ** 64n - 1n };
    const randomness = secp256k1.getPublicKey(eotsNonce(ODD, place), true).slice(1);
    const signature = concat(randomness, hex(reply.body.signature));
    assert.ok(schnorr.verify(signature, sha256(message), hex(address)));
  });

  test("the same vote is signed again to the same bytes, with and without a policy", async () => {
    const { id } = await imported(bigintToBytes(0x1004n, 32));
    const first = await sign(id, eotsRequest());
    const second = await sign(id, eotsRequest({ chainId: { hex: "0x62626e2d31" } }));
    assert.equal(second.body.signature, first.body.signature);
    assert.notEqual(second.body.requestId, first.body.requestId);
  });

  test("the log holds a hash over chain id, height and message, and no message", async () => {
    const { id, address } = await imported(bigintToBytes(0x1005n, 32));
    const { body } = await sign(id, eotsRequest());
    const size = (await service.call("GET", "/v1/audit/checkpoint")).text.split("\n")[1];
    const from = Math.max(0, Number(size) - 10);
    const { items } = (await service.call("GET", `/v1/audit/entries?from=${from}`)).body;
    const entries: readonly any[] = items.map((item: any) => item.entry);
    const entry = entries.find(
      (candidate) => candidate.type === "decision" && candidate.requestId === body.requestId,
    );
    assert.ok(entry, JSON.stringify(entries));
    const message = hex(voteMessage(1204530n));
    const statement = concat(Uint8Array.of(5), Buffer.from("bbn-1"), bigintToBytes(1204530n, 8), message);
    assert.deepEqual(entry.payloads, [Buffer.from(sha256(statement)).toString("hex")]);
    assert.equal(entry.guard.publicKey, `0x${address}`);
    assert.equal(entry.guard.height, "1204530");
    assert.ok(!JSON.stringify(entry).includes(voteMessage(1204530n).slice(2)));
  });

  test("a commitment is a BIP-340 signature of the digest, under a nonce that is no vote's", async () => {
    const { id, address } = await imported(ODD);
    const digest = sha256(hex(voteMessage(5n)));
    const [commitment, again] = await Promise.all([
      sign(id, schnorrRequest(`0x${Buffer.from(digest).toString("hex")}`)),
      sign(id, schnorrRequest(`0x${Buffer.from(digest).toString("hex")}`)),
    ]);
    assert.equal(commitment.status, 200, commitment.text);
    assert.ok(schnorr.verify(hex(commitment.body.signature), digest, hex(address)));
    assert.ok(schnorr.verify(hex(again.body.signature), digest, hex(address)));
    assert.notEqual(commitment.body.signature, again.body.signature);
    // Over the very hash that a vote signs; with the vote's nonce the two would be equal.
    const vote = await sign(id, eotsRequest({ height: "5", message: voteMessage(5n) }));
    assert.notEqual(commitment.body.signature.slice(66), vote.body.signature.slice(2));
  });

  test("a key at path m is the master key, and lies at m/44'/1'/0'/0/0 by default", async () => {
    const wallet = await service.call("POST", "/v1/wallets", { name: "finality providers", words: 24 });
    const path = `/v1/wallets/${wallet.body.id}/keys`;
    const made = await service.call("POST", path, { chain: "babylon", path: "m" });
    assert.equal(made.status, 201, made.text);
    assert.equal(made.body.path, "m");
    assert.match(made.body.address, /^[0-9a-f]{64}$/);
    assert.equal((await service.call("POST", path, { chain: "babylon" })).body.path, "m/44'/1'/0'/0/0");
    assert.equal((await sign(made.body.id, eotsRequest())).status, 200);
  });
});

interface EotsCase {
  readonly sk: string;
  readonly pk: string;
  readonly chain_id_hex: string;
  readonly height: string;
  readonly msg: string;
  readonly sig: string;
  readonly msg2: string;
}
function isFile(value: unknown): value is { readonly vectors: readonly EotsCase[] } {
  return typeof value === "object" && value !== null && "vectors" in value;
}

describe("babylon over HTTP: eots.json", { skip: skipWithout("babylon") }, () => {
  const file = readVectors("babylon", "eots.json");
  const vectors = isFile(file) ? file.vectors : [];

  test("every case is signed once, and its second message never", async () => {
    for (const vector of vectors) {
      const { id, address } = await imported(hex(vector.sk));
      assert.equal(address, vector.pk);
      const body = {
        type: "babylon.eots",
        chainId: { hex: `0x${vector.chain_id_hex}` },
        height: vector.height,
        message: `0x${vector.msg}`,
      };
      const reply = await sign(id, body);
      assert.equal(reply.status, 200, reply.text);
      assert.equal(reply.body.signature, `0x${vector.sig}`);
      assertProblem(await sign(id, { ...body, message: `0x${vector.msg2}` }), "guard.eots_conflict");
    }
    assert.ok(vectors.length > 0);
    assert.ok(vectors.every((vector) => bytesToBigint(hex(vector.sk)) > 0n));
  });
});
