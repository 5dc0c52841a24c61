/** A client that does not read holds an act up for a bounded time: then its connection ends, with the signature in it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { toHex } from "../../src/domain/bytes.ts";
import { blsPublicKey } from "../../src/vault/sign/bls.ts";
import { connected, got, posted } from "../running/connections.ts";
import { ALLOW_OPAQUE, bind } from "../running/policies.ts";
import { RunningService } from "../running/service.ts";
import { keystoreOf, validatorKey } from "../vault/keystores/keystores.ts";

/** Answers of some 300 kB each, more together than the kernel keeps for a client that reads nothing. */
const LARGE = Buffer.from("GET /openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n");
const AHEAD = 60;

let service: RunningService;
let keyId: string;
/** A key that no policy allows anything. */
let deniedKeyId: string;

before(async () => {
  service = await RunningService.start();
  const wallet = await service.call("POST", "/v1/wallets", { name: "slow readers" });
  const key = await service.call("POST", `/v1/wallets/${wallet.body.id}/keys`, { chain: "ethereum" });
  keyId = key.body.id;
  await bind(service, ALLOW_OPAQUE, { keyId });
  const body = { chain: "ethereum", index: 1 };
  deniedKeyId = (await service.call("POST", `/v1/wallets/${wallet.body.id}/keys`, body)).body.id;
});
after(() => service.stop());

function message(text: string): string {
  return JSON.stringify({ type: "ethereum.message", message: { text } });
}

/** A connection that has more to take than it can without being read, and behind that the answers to `requests`. */
async function ahead(requests: readonly Buffer[]): Promise<Socket> {
  const socket = await connected(service.url);
  socket.pause();
  // One piece, so that all of it is parsed before the service stops reading what is not read.
  socket.write(Buffer.concat([...Array.from({ length: AHEAD }, () => LARGE), ...requests]));
  return socket;
}

/** A connection whose last answer is a signature. */
async function clogged(text: string): Promise<Socket> {
  const socket = await ahead([posted(`/v1/keys/${keyId}/sign`, message(text))]);
  await decided("signed", text);
  return socket;
}

/** Resolves when this message is decided so, as the log has it. */
async function decided(status: string, text: string): Promise<void> {
  for (;;) {
    const { body } = await service.call("GET", "/v1/requests?limit=1");
    const [last] = body.items;
    if (last?.status === status && JSON.stringify(last).includes(text)) return;
  }
}

async function readToEnd(socket: Socket): Promise<string> {
  const pieces: Buffer[] = [];
  socket.on("data", (piece: Buffer) => pieces.push(piece));
  socket.on("error", () => undefined);
  socket.resume();
  await once(socket, "close");
  return Buffer.concat(pieces).toString("latin1");
}

test("a client that reads nothing: the act is answered, its connection has ended, and no signature was in it", async () => {
  const socket = await clogged("never read");
  const act = await service.call("POST", `/v1/keys/${keyId}/disable`);
  assert.equal(act.status, 200, act.text);
  const text = await readToEnd(socket);
  assert.match(text, /^HTTP\/1\.1 200 OK\r\n/);
  assert.ok(!text.includes('"status":"signed"'), "a signature left after the answer");
  assert.equal((await service.call("POST", `/v1/keys/${keyId}/enable`)).status, 200);
});

test("nor does a signature that was looked up before the act leave after its answer", async () => {
  const { body } = await service.call("POST", `/v1/keys/${keyId}/sign`, JSON.parse(message("looked up")));
  const denied = posted(`/v1/keys/${deniedKeyId}/sign`, message("behind it")).toString();
  const socket = await ahead([
    got(`/v1/requests/${body.requestId}`),
    got("/v1/requests?limit=1"),
    // Decided after both were looked up. No act waits for a refusal, and its connection would end with it.
    Buffer.from(denied.replace("accept:", "connection: close\r\naccept:")),
  ]);
  await decided("denied", "behind it");
  const ordered = await service.call("POST", "/v1/freeze", { scope: { keyId } });
  assert.equal(ordered.status, 201, ordered.text);
  const text = await readToEnd(socket);
  assert.match(text, /^HTTP\/1\.1 200 OK\r\n/);
  assert.ok(!text.includes(body.signature), "a signature left after the answer");
  assert.equal((await service.call("DELETE", `/v1/freeze/${ordered.body.id}`)).status, 204);
});

test("without an act it may take its time, and reads its signature in the end", async () => {
  const socket = await clogged("read late");
  let text = "";
  const found = Promise.withResolvers<void>();
  socket.on("data", (piece: Buffer) => {
    text = text.slice(-10_000) + piece.toString("latin1");
    if (text.includes('"status":"signed"')) found.resolve();
  });
  socket.once("close", () => found.reject(new Error("the connection ended")));
  socket.resume();
  await found.promise;
  socket.removeAllListeners("close");
  socket.destroy();
});

test("a client that leaves before its answer holds nobody up", async () => {
  const socket = await clogged("left");
  socket.resetAndDestroy();
  const act = await service.call("POST", `/v1/keys/${keyId}/disable`);
  assert.equal(act.status, 200, act.text);
  assert.equal((await service.call("POST", `/v1/keys/${keyId}/enable`)).status, 200);
});

test("whoever deletes a validator once more is answered behind the signatures too, though the key is gone", async () => {
  const path = "/eth/v1/keystores";
  const token = readFileSync(join(service.dataDirectory, "keymanager.token"), "utf8").trim();
  const headers = { authorization: `Bearer ${token}` };
  const secret = validatorKey(0);
  const pubkeys = [toHex(blsPublicKey(secret))];
  const keystores = [JSON.stringify(keystoreOf(secret, "words"))];
  const imported = await service.call("POST", path, { keystores, passwords: ["words"] }, headers);
  assert.equal(imported.body.data[0].status, "imported", imported.text);
  const socket = await clogged("before the deletion");
  const first = service.call("DELETE", path, { pubkeys }, headers);
  while ((await service.call("GET", path, undefined, headers)).text.includes(pubkeys[0] ?? ""));
  const again = await service.call("DELETE", path, { pubkeys }, headers);
  const text = await readToEnd(socket);
  assert.ok(!text.includes('"status":"signed"'), "a signature left after the answer");
  assert.equal(again.body.data[0].status, "not_active", again.text);
  assert.equal((await first).body.data[0].status, "deleted");
});
