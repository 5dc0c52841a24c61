/** Nothing is coerced, ignored or guessed: what a request says beyond its schema is refused, naming the place. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { RunningService, TOKEN, type Reply } from "../running/service.ts";
import { operations } from "./document.ts";
import { assertProblem } from "./problems.ts";

let service: RunningService;
let walletId: string;
let keyId: string;
before(async () => {
  service = await RunningService.start();
  walletId = (await service.call("POST", "/v1/wallets", { name: "strict" })).body.id;
  keyId = (await service.call("POST", `/v1/wallets/${walletId}/keys`, { chain: "ethereum" })).body.id;
});
after(() => service.stop());

const TRANSACTION = { chainId: 1, nonce: 0, gas: 21000, gasPrice: 1, to: `0x${"00".repeat(20)}` };

async function raw(
  path: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  const response = await fetch(service.url + path, {
    method: "POST",
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : new Uint8Array(body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: JSON.parse(text) };
}

describe("bodies: the field is named, nothing is coerced", () => {
  const sign = (transaction: object): readonly [string, unknown] => [
    `/v1/keys/{keyId}/sign`,
    { type: "ethereum.transaction", transaction: { ...TRANSACTION, ...transaction } },
  ];
  const cases: Readonly<Record<string, readonly [path: string, body: unknown, field: string]>> = {
    "an unknown field": ["/v1/wallets", { name: "x", colour: "red" }, "/colour"],
    "a missing field": ["/v1/wallets", { words: 12 }, "/name"],
    "a number for a string": ["/v1/wallets", { name: 5 }, "/name"],
    "a string for a number": ["/v1/wallets", { name: "x", words: "24" }, "/words"],
    "null for a string": ["/v1/wallets", { name: null }, "/name"],
    "a list for an object": ["/v1/wallets", [{ name: "x" }], "/"],
    "an empty name": ["/v1/wallets", { name: "" }, "/name"],
    "a control character": ["/v1/wallets", { name: "a\u0000b" }, "/name"],
    "a boolean for an integer": ["/v1/wallets/{walletId}/keys", { chain: "ethereum", index: true }, "/index"],
    "a fraction for an integer": ["/v1/wallets/{walletId}/keys", { chain: "ethereum", index: 0.5 }, "/index"],
    "an index past 31 bits": ["/v1/wallets/{walletId}/keys", { chain: "ethereum", index: 2 ** 31 }, "/index"],
    "an unknown chain": ["/v1/wallets/{walletId}/keys", { chain: "dogecoin" }, "/chain"],
    "no type": ["/v1/keys/{keyId}/sign", { transaction: TRANSACTION }, "/type"],
    "an unknown type": ["/v1/keys/{keyId}/sign", { type: "ethereum.raw" }, "/type"],
    "a field beside the transaction": [
      "/v1/keys/{keyId}/sign",
      { type: "ethereum.transaction", transaction: TRANSACTION, wait: 1 },
      "/wait",
    ],
    "a field in the transaction": [...sign({ from: "0x00" }), "/transaction/from"],
    "a fraction of gas": [...sign({ gas: 0.5 }), "/transaction/gas"],
    "a negative value": [...sign({ value: -1 }), "/transaction/value"],
    "an unknown field in a list's item": [
      ...sign({ accessList: [{ address: `0x${"00".repeat(20)}`, storageKeys: [], x: 1 }] }),
      "/transaction/accessList/0/x",
    ],
    "an unknown field in a scope": [
      "/v1/bindings",
      { policy: `sha256:${"0".repeat(64)}`, scope: { keyId: `key_${"0".repeat(29)}`, chain: "ethereum" } },
      "/scope/chain",
    ],
    "an unknown role": ["/v1/principals", { name: "x", roles: ["Root"] }, "/roles/0"],
    "a role twice": ["/v1/principals", { name: "x", roles: ["Auditor", "Auditor"] }, "/roles"],
    "a namespace in capitals": ["/v1/namespaces", { name: "ACME" }, "/name"],
    "a body where none is taken": ["/v1/sys/seal", { now: true }, "/"],
    "a body for the end of a key": ["/v1/keys/{keyId}/disable", { now: true }, "/"],
    "a body for its return": ["/v1/keys/{keyId}/enable", { now: true }, "/"],
    "a body for a new token": ["/v1/principals/prn_1/rotate", { now: true }, "/"],
  };
  for (const [name, [path, body, field]] of Object.entries(cases)) {
    test(name, async () => {
      const at = path.replace("{walletId}", walletId).replace("{keyId}", keyId);
      const reply = await service.call("POST", at, body);
      assertProblem(reply, "request.malformed");
      assert.equal(reply.body.field, field, reply.text);
      assert.ok(reply.body.detail.includes(field === "/" ? "body" : field), reply.text);
    });
  }
});

describe("JSON that two readers could understand differently", () => {
  for (const [name, body] of [
    ["more than 32 levels", `{"name":${"[".repeat(32)}${"]".repeat(32)}}`],
    ["__proto__", '{"name":"x","__proto__":{"words":12}}'],
    ["a field twice", '{"name":"x","name":"y"}'],
    ["a lone surrogate", '{"name":"\\ud800"}'],
    ["no JSON", "{name:x}"],
    ["nothing", ""],
  ] as const) {
    test(name, async () => assertProblem(await raw("/v1/wallets", body), "request.malformed"));
  }
  test("malformed UTF-8", async () => {
    const body = Buffer.concat([Buffer.from('{"name":"'), Buffer.from([0xff]), Buffer.from('"}')]);
    assertProblem(await raw("/v1/wallets", body), "request.malformed");
  });
});

describe("bodies: size and content type", () => {
  test("one byte more than 1 MiB is 413; 1 MiB is read", async () => {
    const exactly = (length: number): string => `{"name":"${"x".repeat(length - 11)}"}`;
    assertProblem(await raw("/v1/wallets", exactly(1_048_577)), "request.too_large");
    assertProblem(await raw("/v1/wallets", exactly(1_048_576)), "request.malformed");
  });
  test("a module of more than 2 MiB is 413", async () => {
    const reply = await service.call("POST", "/v1/policies?name=x", new Uint8Array(2 * 1024 * 1024 + 1));
    assertProblem(reply, "request.too_large");
  });
  for (const type of [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/wasm",
    "application/jsonx",
    "application/merge-patch+json",
    "",
  ]) {
    test(`${type === "" ? "no type" : type} is 415`, async () => {
      const headers = { "content-type": type };
      const reply = await raw("/v1/wallets", Buffer.from('{"name":"x"}'), headers);
      assertProblem(reply, "request.unsupported_media_type");
    });
  }
  test("application/json with a charset is read", async () => {
    const headers = { "content-type": "application/json; charset=utf-8" };
    assert.equal((await raw("/v1/wallets", '{"name":"x"}', headers)).status, 201);
  });
  test("JSON where a module is asked for is 415", async () => {
    assertProblem(await raw("/v1/policies?name=x", "{}"), "request.unsupported_media_type");
    assertProblem(await service.call("POST", "/v1/policies?name=x"), "request.unsupported_media_type");
  });
});

describe("paths and queries", () => {
  for (const { method, path } of operations().filter((operation) => operation.path.startsWith("/v1/"))) {
    test(`${method} ${path} refuses an unknown query parameter`, async () => {
      const at = path.replaceAll(/\{\w+\}/g, "x");
      const known = path === "/v1/policies" && method === "POST" ? "name=x&" : "";
      const proof = path.endsWith("/inclusion") ? "sequence=0&size=1&" : "";
      const range = path.endsWith("/consistency") ? "from=0&to=1&" : "";
      const body = path === "/v1/policies" && method === "POST" ? new Uint8Array(8) : undefined;
      const reply = await service.call(method, `${at}?${known}${proof}${range}verbose=1`, body);
      assertProblem(reply, "request.malformed");
      // A missing body is found first; everything else names the parameter.
      if (reply.body.detail.startsWith("query")) assert.equal(reply.body.field, "/verbose");
      else assert.match(reply.body.detail, /^body/);
    });
  }
  for (const query of [
    "limit=0",
    "limit=-1",
    "limit=1e3",
    "limit=",
    "limit=abc",
    "limit=1&limit=2",
    "limit=12345",
  ]) {
    test(`${query} is refused`, async () => {
      assertProblem(await service.call("GET", `/v1/keys?${query}`), "request.malformed");
    });
  }
  test("what is no URL is 400, an id that is far too long 404, and neither is echoed", async () => {
    const bad = await service.call("GET", "/v1/keys/%zz-marker");
    assertProblem(bad, "request.malformed");
    assert.ok(!bad.text.includes("marker"));
    const long = await service.call("GET", `/v1/keys/${"marker".repeat(40)}`);
    assertProblem(long, "request.not_found");
    assert.ok(!long.text.includes("marker"));
  });
  test("a method that a route has not is 404", async () => {
    assertProblem(await service.call("PUT", "/v1/keys", {}), "request.not_found");
    assertProblem(await service.call("PATCH", `/v1/keys/${keyId}`, {}), "request.not_found");
  });
  test("a path that only looks open needs a token", async () => {
    for (const path of [
      "/docs/../v1/keys",
      "/v1/keys?x=/docs/",
      "//v1/keys",
      "/metrics/../v1/keys",
      "/health",
    ]) {
      const reply = await service.call("GET", path, undefined, { authorization: "" });
      assertProblem(reply, "auth.missing");
    }
  });
});

describe("what is not HTTP", () => {
  async function send(text: string): Promise<string> {
    const { hostname, port } = new URL(service.url);
    const socket = connect(Number(port), hostname);
    const chunks: Buffer[] = [];
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("error", () => undefined);
    socket.write(text);
    await once(socket, "close");
    return Buffer.concat(chunks).toString();
  }
  for (const [name, text, status] of [
    ["garbage", "hello\r\n\r\n", 400],
    ["a header that never ends", `GET / HTTP/1.1\r\nx: ${"y".repeat(20_000)}\r\n\r\n`, 413],
    [
      "two lengths",
      "POST /v1/wallets HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{",
      400,
    ],
    [
      "a length and chunks",
      "POST /v1/wallets HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      400,
    ],
  ] as const) {
    test(`${name} gets a problem, and the connection is closed`, async () => {
      const answer = await send(text);
      const [head = "", body = ""] = answer.split("\r\n\r\n");
      assert.match(head, new RegExp(`^HTTP/1.1 ${status} `));
      assert.match(head, /content-type: application\/problem\+json/);
      const problem = JSON.parse(body);
      assert.equal(problem.status, status);
      assert.ok(head.includes(`x-request-id: ${problem.requestId}`));
    });
  }
});
