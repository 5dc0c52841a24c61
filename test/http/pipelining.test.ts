/**
 * Requests that a client sends ahead on one connection. Answers leave in their order, so that a signature behind an act would wait for
 * the act's answer, and that for it: what comes behind an act begins when the act is answered.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { connected, got, posted, type RawReply } from "../running/connections.ts";
import { ALLOW_OPAQUE, bind } from "../running/policies.ts";
import { RunningService } from "../running/service.ts";

let service: RunningService;
let keyId: string;
before(async () => {
  service = await RunningService.start();
  const walletId = (await service.call("POST", "/v1/wallets", { name: "pipelining" })).body.id;
  keyId = (await service.call("POST", `/v1/wallets/${walletId}/keys`, { chain: "ethereum" })).body.id;
  await bind(service, ALLOW_OPAQUE, { keyId });
});
after(() => service.stop());

/** Writes all requests at once; the answers in their order, fewer where the service ended the connection. */
async function sentAhead(requests: readonly Buffer[]): Promise<readonly RawReply[]> {
  const socket = await connected(service.url);
  socket.setEncoding("latin1");
  let received = "";
  const replies: RawReply[] = [];
  const done = Promise.withResolvers<void>();
  socket.on("data", (chunk: string) => {
    received += chunk;
    for (let reply = replyIn(received); reply !== undefined; reply = replyIn(received)) {
      replies.push(reply.reply);
      received = received.slice(reply.end);
    }
    if (replies.length === requests.length) done.resolve();
  });
  socket.on("error", () => done.resolve());
  socket.on("close", () => done.resolve());
  socket.write(Buffer.concat(requests));
  await done.promise;
  socket.destroy();
  return replies;
}

function replyIn(text: string): { readonly reply: RawReply; readonly end: number } | undefined {
  const head = text.indexOf("\r\n\r\n");
  if (head === -1) return undefined;
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(text.slice(0, head))?.[1] ?? "0");
  const end = head + 4 + length;
  if (text.length < end) return undefined;
  const requestId = /\r\nx-request-id: (\S+)/i.exec(text)?.[1] ?? "";
  return { reply: { status: Number(text.slice(9, 12)), requestId, text: text.slice(head + 4, end) }, end };
}

function message(text: string): Buffer {
  return posted(`/v1/keys/${keyId}/sign`, JSON.stringify({ type: "ethereum.message", message: { text } }));
}

/** An act that takes long before it commits: the signature behind it would be there by then. */
function slowAct(): Buffer {
  const passphrase = readFileSync(join(service.dataDirectory, "dev.passphrase"), "utf8");
  return posted("/v1/sys/unseal", JSON.stringify({ passphrase }));
}

const statuses = (replies: readonly RawReply[]): readonly number[] => replies.map(({ status }) => status);

test("an act between signatures: all are answered, and those behind it were judged after it", async () => {
  const disable = posted(`/v1/keys/${keyId}/disable`, "");
  const enable = posted(`/v1/keys/${keyId}/enable`, "");
  const replies = await sentAhead([
    message("before"),
    slowAct(),
    message("behind"),
    slowAct(),
    disable,
    message("stopped"),
    enable,
    message("again"),
  ]);
  assert.deepEqual(statuses(replies), [200, 200, 200, 200, 200, 403, 200, 200], JSON.stringify(replies));
  assert.match(replies[5]?.text ?? "", /"code":"key\.disabled"/);
});

test("signatures that are sent ahead are signed at once: none waits for the one before it", async () => {
  const replies = await sentAhead(Array.from({ length: 100 }, (_, number) => message(`ahead ${number}`)));
  assert.deepEqual(statuses(replies), Array(100).fill(200));
});

test("a connection whose client goes while requests wait behind an act leaves nothing waiting", async () => {
  const socket = await connected(service.url);
  socket.write(Buffer.concat([slowAct(), message("gone"), slowAct(), message("gone, too")]));
  socket.on("error", () => undefined);
  await new Promise((resolve) => setImmediate(resolve));
  socket.destroy();
  assert.equal((await service.call("POST", `/v1/keys/${keyId}/disable`)).status, 200);
  assert.equal((await service.call("POST", `/v1/keys/${keyId}/enable`)).status, 200);
});

test("more than may wait behind an act are refused, each in its turn", async () => {
  const replies = await sentAhead([slowAct(), ...Array.from({ length: 70 }, () => got("/v1/keys?limit=1"))]);
  assert.deepEqual(statuses(replies.slice(0, 65)), Array(65).fill(200));
  for (const { status, text } of replies.slice(65)) {
    assert.equal(status, 503, text);
    assert.match(text, /"code":"service\.overloaded"/);
  }
  assert.equal(replies.length, 71);
});
