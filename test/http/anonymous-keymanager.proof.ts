/** validators.allowAnonymousKeymanager: programs on this machine, which send no token, and nobody else (SSV's signer). */
import assert from "node:assert/strict";
import { request } from "node:http";
import { after, before, describe, test } from "node:test";
import { toHex } from "../../src/domain/bytes.ts";
import { blsPublicKey } from "../../src/vault/sign/bls.ts";
import { RunningService, TOKEN } from "../running/service.ts";
import { assertSigned, vote } from "../running/validators.ts";
import { keystoreOf, validatorKey } from "../vault/keystores/keystores.ts";

const PATH = "/eth/v1/keystores";
const PASSWORD = "correct horse";
const PUBLIC_KEY = toHex(blsPublicKey(validatorKey(7000)));
const BOTH = {
  CLAVIGER_VALIDATORS__ALLOW_ANONYMOUS_KEYMANAGER: "true",
  CLAVIGER_VALIDATORS__ALLOW_ANONYMOUS_SIGNING: "true",
};

let service: RunningService;
before(async () => {
  service = await RunningService.start({ environment: BOTH });
});
after(() => service.stop());

/** As a Go or Rust client asks: no header that it does not have to send. */
function bare(method: string, path: string, body?: object, headers: Readonly<Record<string, string>> = {}) {
  return new Promise<{ readonly status: number; readonly body: any }>((resolve, reject) => {
    const text = JSON.stringify(body) ?? "";
    const json =
      body === undefined ? {} : { "content-type": "application/json", "content-length": text.length };
    const sent = request(service.url + path, { method, headers: { ...json, ...headers } }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) });
      });
    });
    sent.on("error", reject);
    sent.end(text);
  });
}

describe("allowAnonymousKeymanager: refusals", () => {
  test("an address that others reach stops the start, for each of the two settings", async () => {
    for (const [variable, message] of [
      ["KEYMANAGER", /allowAnonymousKeymanager: needs a loopback server\.host/],
      ["SIGNING", /allowAnonymousSigning: needs a loopback server\.host/],
    ] as const) {
      const environment = {
        [`CLAVIGER_VALIDATORS__ALLOW_ANONYMOUS_${variable}`]: "true",
        CLAVIGER_SERVER__HOST: "0.0.0.0",
      };
      await assert.rejects(RunningService.start({ environment }), message);
    }
  });
  for (const [name, headers] of [
    ["a page in a browser", { origin: "http://localhost:3000" }],
    ["a page of no origin", { origin: "null" }],
    ["a page that is shown", { "sec-fetch-site": "same-origin", "sec-fetch-dest": "document" }],
    ["a proxy", { "x-forwarded-for": "203.0.113.7" }],
    ["a proxy by the standard", { forwarded: "for=203.0.113.7" }],
    ["a proxy that says the scheme alone, as Envoy", { "x-forwarded-proto": "https" }],
    ["a proxy of Envoy's, inside a mesh", { "x-envoy-expected-rq-timeout-ms": "15000" }],
    ["a proxy of a content network", { "cf-connecting-ip": "203.0.113.7" }],
    ["a host of the network", { host: "10.0.0.7" }],
  ] as const) {
    test(`${name} needs a token, to list, to import and to sign`, async () => {
      for (const [method, path, body] of [
        ["GET", PATH],
        ["POST", PATH, { keystores: [], passwords: [] }],
        ["DELETE", PATH, { pubkeys: [] }],
        ["GET", "/api/v1/eth2/publicKeys"],
        ["POST", `/api/v1/eth2/sign/${PUBLIC_KEY}`, vote(1n, 2n)],
      ] as const) {
        const reply = await bare(method, path, body, { accept: "application/json", ...headers });
        assert.deepEqual([reply.status, reply.body.code], [403, "auth.forbidden"], `${method} ${path}`);
      }
    });
  }
  test("a token that is wrong is still wrong, and so is the administrator's", async () => {
    for (const token of ["x".repeat(40), TOKEN]) {
      assert.equal((await bare("GET", PATH, undefined, { authorization: `Bearer ${token}` })).status, 403);
    }
  });
  test("nothing else is open, and it is not open unless it is asked for", async () => {
    assert.equal((await bare("GET", "/v1/keys")).status, 401);
    assert.equal((await bare("POST", "/v1/keys/import", {})).status, 401);
    const strict = await RunningService.start({
      environment: { CLAVIGER_VALIDATORS__ALLOW_ANONYMOUS_SIGNING: "true" },
    });
    const reply = await fetch(strict.url + PATH);
    const without = strict.stderr.join("");
    await strict.stop();
    assert.equal(reply.status, 401);
    assert.doesNotMatch(without, /allowAnonymousKeymanager/);
  });
});

test("a program here lists, imports, signs and deletes without a token, as SSV's signer does; the log names it", async () => {
  assert.match(service.stderr.join(""), /allowAnonymousKeymanager: every program on this machine can/);
  assert.match(service.stderr.join(""), /allowAnonymousSigning: every program on this machine can/);
  const keystore = JSON.stringify(keystoreOf(validatorKey(7000), PASSWORD));
  const body = { keystores: [keystore], passwords: [PASSWORD] };
  assert.deepEqual((await bare("POST", PATH, body)).body.data, [{ status: "imported", message: "" }]);
  assert.deepEqual((await bare("GET", "/api/v1/eth2/publicKeys")).body, [PUBLIC_KEY]);
  const duty = vote(1n, 2n);
  const signed = await bare("POST", `/api/v1/eth2/sign/${PUBLIC_KEY}`, duty, { accept: "application/json" });
  assertSigned(PUBLIC_KEY, duty, signed.body.signature);
  // The fetch of Node says Sec-Fetch-Mode, and is no browser.
  assert.equal((await fetch(service.url + PATH)).status, 200);
  const gone = await bare("DELETE", PATH, { pubkeys: [PUBLIC_KEY] });
  assert.deepEqual(gone.body.data, [{ status: "deleted", message: "" }]);
  assert.match(gone.body.slashing_protection, /"target_epoch":"2"/);
  const { items } = (await service.call("GET", "/v1/audit/entries?limit=500")).body;
  const acts = items.filter((item: any) => item.entry.principal === "anonymous-keymanager-client");
  assert.deepEqual(
    new Set(acts.map((act: any) => act.entry.action)),
    new Set(["key.import", "key.delete", "slashing.disable"]),
  );
});
