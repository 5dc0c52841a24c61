/** Over gRPC, too, no vote and no public randomness leaves after the answer of an act, and a daemon that does not read holds none up. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { rounds } from "../extent.ts";
import { DENY } from "../running/policies.ts";
import { RunningService, type Reply } from "../running/service.ts";
import { TELLING, writtenAfter } from "../running/written.ts";
import { EotsClient } from "./client.ts";

const CHAIN = Buffer.from("bbn-1");
const VOTERS = 50;
const READ_FIRST = [5, 0, 1, 20, 40];
const ROUNDS = rounds("REVOCATION_ROUNDS");

let service: RunningService;
let clients: EotsClient[];
let keyId: string;
let uid: Buffer;
let height = 0n;

before(async () => {
  service = await RunningService.start({
    environment: { ...TELLING, CLAVIGER_EOTS__ENABLED: "true", CLAVIGER_EOTS__PORT: "0" },
  });
  clients = Array.from({ length: VOTERS }, () => new EotsClient(service.eots));
  const wallet = await service.call("POST", "/v1/wallets", { name: "finality" });
  const key = await service.call("POST", `/v1/wallets/${wallet.body.id}/keys`, { chain: "babylon" });
  keyId = key.body.id;
  uid = Buffer.from(key.body.address, "hex");
});
after(async () => {
  for (const client of clients) client.close();
  await service.stop();
});

function next(): { height: bigint; message: Buffer } {
  height += 1n;
  const message = Buffer.alloc(40, 1);
  message.writeBigUInt64BE(height);
  return { height, message };
}

/** Asks for something that an act must not let out afterwards; its last 32 bytes. */
type Ask = (client: EotsClient) => Promise<Buffer>;

const askingVote: Ask = (client) => {
  const vote = next();
  return client.signEots(uid, CHAIN, vote.height, vote.message);
};

/** Heights that nobody has asked for before. */
const askingRandomness: Ask = async (client) => {
  const values = await client.randomness(uid, CHAIN, 1000n * next().height, 20);
  return values.at(-1) ?? Buffer.alloc(0);
};

/** Hex of all that was read while `act` was asked for and answered. */
async function race(
  ask: Ask,
  readFirst: number,
  act: () => Promise<Reply>,
): Promise<{ act: Reply; read: string[] }> {
  const read: string[] = [];
  let answers = 0;
  const enough = Promise.withResolvers<void>();
  if (readFirst === 0) enough.resolve();
  const asking = clients.map(async (client) => {
    try {
      read.push((await ask(client)).toString("hex"));
    } catch {
      // Refused: the key or its policy says no by now.
    }
    answers += 1;
    if (answers === readFirst) enough.resolve();
  });
  await enough.promise;
  const reply = await act();
  await Promise.all(asking);
  return { act: reply, read };
}

async function assertNoneLate(
  ask: Ask,
  act: () => Promise<Reply>,
  restore: () => Promise<Reply>,
): Promise<void> {
  let answered = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const outcome = await race(ask, READ_FIRST[round % READ_FIRST.length] ?? 0, act);
    assert.ok(outcome.act.status < 300, outcome.act.text);
    const id = outcome.act.headers.get("x-request-id") ?? "";
    assert.deepEqual(await writtenAfter(service, id, outcome.read), [], `round ${round}`);
    answered += outcome.read.length;
    const [client] = clients;
    assert.ok(client !== undefined);
    await assert.rejects(ask(client));
    const restored = await restore();
    assert.ok(restored.status < 300, restored.text);
  }
  assert.ok(answered > 0, "nobody was answered, so nothing was raced");
}

for (const [what, ask] of [
  ["vote", askingVote],
  ["public randomness", askingRandomness],
] as const)
  test(`no ${what} leaves after the answer when the key is disabled (${ROUNDS} rounds)`, () =>
    assertNoneLate(
      ask,
      () => service.call("POST", `/v1/keys/${keyId}/disable`),
      () => service.call("POST", `/v1/keys/${keyId}/enable`),
    ));

test(`no vote leaves after the answer when a binding denies (${ROUNDS} rounds)`, async () => {
  const policy = (await service.call("POST", "/v1/policies?name=deny", DENY)).body.digest;
  let bindingId = "";
  await assertNoneLate(
    askingVote,
    async () => {
      const reply = await service.call("POST", "/v1/bindings", { policy, scope: { keyId } });
      bindingId = reply.body.id;
      return reply;
    },
    () => service.call("DELETE", `/v1/bindings/${bindingId}`),
  );
});

/** Between a daemon and the service; what the service sends is read when the test says so. */
async function tunnel() {
  const { hostname, port } = new URL(`http://${service.eots}`);
  const received: Buffer[] = [];
  const upstream = Promise.withResolvers<Socket>();
  const ended = Promise.withResolvers<void>();
  const server = createServer((daemon) => {
    const socket = connect(Number(port), hostname);
    daemon.on("error", () => undefined).on("data", (piece: Buffer) => socket.write(piece));
    socket
      .on("error", () => undefined)
      .on("data", (piece: Buffer) => {
        received.push(piece);
        daemon.write(piece);
      });
    socket.on("close", () => {
      daemon.destroy();
      ended.resolve();
    });
    upstream.resolve(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
  const address = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${address.port}`,
    upstream: upstream.promise,
    closed: ended.promise,
    received,
    server,
  };
}

test("a daemon that reads nothing: the act is answered, and its connection has ended without the vote", async () => {
  const { address, upstream, closed, received, server } = await tunnel();
  const daemon = new EotsClient(address);
  await daemon.ping();
  const socket = await upstream;
  socket.pause();
  // More than the connection may carry without a word of the daemon, so that the vote is behind it.
  service.stderr.length = 0;
  const list = daemon.randomness(uid, CHAIN, 1n, 10_000).catch((error: unknown) => error);
  while (!service.stderr.join("").includes("written begin"))
    await once(service.process.stderr ?? socket, "data");
  const vote = next();
  const voting = daemon.signEots(uid, CHAIN, vote.height, vote.message).catch((error: unknown) => error);
  const voted = async (): Promise<boolean> => {
    const [last] = (await service.call("GET", "/v1/requests?limit=1")).body.items;
    return last?.status === "signed" && JSON.stringify(last).includes(`"${vote.height}"`);
  };
  while (!(await voted())) await new Promise((resolve) => setImmediate(resolve));
  const act = await service.call("POST", `/v1/keys/${keyId}/disable`);
  assert.equal(act.status, 200, act.text);
  socket.resume();
  await closed;
  assert.ok((await list) instanceof Error);
  assert.ok((await voting) instanceof Error);
  assert.equal((await service.call("POST", `/v1/keys/${keyId}/enable`)).status, 200);
  const signature = await clients[0]?.signEots(uid, CHAIN, vote.height, vote.message);
  assert.ok(signature !== undefined && !Buffer.concat(received).includes(signature), "the vote left");
  daemon.close();
  server.close();
});
