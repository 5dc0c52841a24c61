/** How long a body may take: a client that sends none of it is answered and let go, whatever the route. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { documentOf, ROOT, upload } from "../running/interchange.ts";
import { RunningService, TOKEN } from "../running/service.ts";

let service: RunningService;
before(async () => {
  service = await RunningService.start({ environment: { CLAVIGER_SERVER__REQUEST_TIMEOUT_MS: "500" } });
});
after(() => service.stop());

/** What comes back, until the service ends the connection, for a head that promises more than follows it. */
async function answerTo(path: string, sent: string): Promise<string> {
  const { hostname, port } = new URL(service.url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  socket.on("error", () => undefined);
  socket.write(
    `POST ${path} HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${TOKEN}\r\n` +
      `content-type: application/json\r\ncontent-length: 1000\r\n\r\n${sent}`,
  );
  await once(socket, "close");
  return Buffer.concat(chunks).toString();
}

test("a JSON body that does not come in time is a problem, and the connection ends", async () => {
  for (const sent of ["", '{"name":']) {
    const answer = await answerTo("/v1/wallets", sent);
    assert.match(answer, /^HTTP\/1\.1 400 /);
    assert.match(answer, /"code":"request\.malformed".*not sent in time/);
  }
});

test("an import of which nothing comes any more ends, and lets the next one in", async () => {
  await answerTo(`/v1/slashing-protection/import?genesisValidatorsRoot=${ROOT}`, '{"metadata":');
  const query = `?genesisValidatorsRoot=${ROOT}`;
  let reply = await upload(service, [documentOf("")], { query });
  while (reply.status === 409) reply = await upload(service, [documentOf("")], { query });
  assert.equal(reply.status, 200, reply.text);
});

test("a body in time leaves the connection whole", async () => {
  for (let index = 0; index < 3; index += 1) {
    const made = await service.call("POST", "/v1/wallets", { name: `wallet ${index}` });
    assert.equal(made.status, 201, made.text);
  }
});
