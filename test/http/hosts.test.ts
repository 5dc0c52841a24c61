/** Every route knows its hosts: names of others, two of them, none, and what names no path, before anything else is looked at. */
import assert from "node:assert/strict";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { hostNames } from "../../src/http/hosts.ts";
import { connected } from "../running/connections.ts";
import { RunningService, TOKEN } from "../running/service.ts";

let service: RunningService;
before(async () => {
  service = await RunningService.start({
    environment: { CLAVIGER_SERVER__ALLOWED_HOSTS: "signer.internal, Claviger" },
  });
});
after(() => service.stop());

interface Raw {
  readonly status: number;
  readonly head: string;
  readonly body: any;
}

/** Sends these lines as they are. */
async function raw(...lines: readonly string[]): Promise<Raw> {
  const socket = await connected(service.url);
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  const [head = "", ...rest] = (await text(socket)).split("\r\n\r\n");
  return { status: Number(head.split(" ")[1]), head, body: json(rest.join("\r\n\r\n")) };
}

function json(value: string): any {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

const asking = (path: string, ...lines: readonly string[]) =>
  raw(`GET ${path} HTTP/1.1`, ...lines, "connection: close");

function assertRefused(reply: Raw, status: number, code: string, what: string): void {
  assert.equal(reply.status, status, what);
  assert.match(reply.head, /content-type: application\/problem\+json/i, what);
  assert.deepEqual([reply.body.code, reply.body.status], [code, status], what);
}

describe("hosts: another's name is refused on every route, open ones too", () => {
  test("each route of the API, and what is none", async () => {
    const { paths } = (await service.call("GET", "/openapi.json")).body;
    const routes = Object.entries<object>(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => [method.toUpperCase(), path.replaceAll(/\{\w+\}/g, "x")] as const),
    );
    const open = [
      "/",
      "/docs",
      "/docs/",
      "/docs/json",
      "/openapi.json",
      "/nothing",
      "/eth/v1/x",
      "/api/x",
    ].map((path) => ["GET", path] as const);
    assert.ok(routes.length > 60, `${routes.length} routes`);
    for (const [method, path] of [...routes, ...open]) {
      const reply = await raw(
        `${method} ${path} HTTP/1.1`,
        "host: attacker.example",
        `authorization: Bearer ${TOKEN}`,
        "connection: close",
        "accept: application/json",
        "content-length: 0",
      );
      // In the form of each door: a problem, or the Keymanager API's message.
      assert.deepEqual([reply.status, reply.body.code], [403, "request.host_refused"], `${method} ${path}`);
    }
  });
  for (const host of [
    "attacker.example:9000",
    "127.0.0.1.attacker.example",
    "localhost.attacker.example",
    "signer.internal.attacker.example",
    "2130706433",
    "0x7f.1",
    "0177.0.0.1",
    "localhost..",
  ]) {
    test(host, async () => {
      const reply = await asking("/metrics", `host: ${host}`);
      assert.match(String(reply.status), /^40[03]$/);
      assert.match(reply.body.code, /^request\.(?:host_refused|malformed)$/);
    });
  }
});

describe("hosts: which names there are", () => {
  for (const host of [
    "localhost",
    "LOCALHOST:1",
    "localhost.",
    "127.0.0.1",
    "10.1.2.3:9000",
    "[::1]",
    "[fd00::1]:9000",
    "signer.internal",
    "Signer.Internal:443",
    "claviger",
  ]) {
    test(`${host} is served: a probe by address needs no setting`, async () => {
      for (const path of ["/health/ready", "/upcheck", "/metrics"]) {
        assert.equal((await asking(path, `host: ${host}`)).status, 200, path);
      }
    });
  }
  test("a setting that is no list of names is refused; * lets any through", () => {
    for (const wrong of [
      "a:9000",
      "a b",
      "http://a",
      "a,,b",
      "-a",
      "*.example.org",
      "a/b",
      "x".repeat(254),
    ]) {
      assert.throws(() => hostNames(wrong, "127.0.0.1"), /^ConfigError: server\.allowedHosts: /, wrong);
    }
    assert.deepEqual(hostNames("", "signer.example"), {
      every: false,
      names: new Set(["localhost", "signer.example"]),
    });
    assert.equal(hostNames("*", "::").every, true);
  });
  test("a service with a wrong setting does not start", async () => {
    const environment = { CLAVIGER_SERVER__ALLOWED_HOSTS: "signer.internal:9000" };
    await assert.rejects(RunningService.start({ environment }), /server\.allowedHosts: must be host names/);
  });
});

describe("hosts: a request names its host once, and a path", () => {
  for (const [name, lines] of [
    ["two Host headers", ["host: localhost", "host: attacker.example"]],
    ["two that are alike, in any case", ["Host: localhost", "hOST: localhost"]],
    ["none", []],
    ["an empty one", ["host: "]],
    ["one with a user", ["host: user@localhost"]],
    ["two in one header", ["host: localhost, attacker.example"]],
    ["a port above 65535", ["host: localhost:65536"]],
    ["a port that is no number", ["host: localhost:http"]],
    ["an address without brackets", ["host: ::1"]],
    ["brackets around a name", ["host: [localhost]"]],
    ["a path behind it", ["host: localhost/"]],
  ] as const) {
    test(`${name}: 400`, async () => {
      for (const path of ["/health/live", "/v1/keys", "/nothing"]) {
        assertRefused(await asking(path, ...lines), 400, "request.malformed", path);
      }
    });
  }
  for (const target of [
    "http://localhost/health/live",
    "http://attacker.example/metrics",
    "HTTPS://127.0.0.1/",
  ]) {
    test(`${target} as a target: 400`, async () => {
      assertRefused(await asking(target, "host: localhost"), 400, "request.malformed", target);
    });
  }
  test("HTTP/1.0 may name none", async () => {
    assert.equal((await raw("GET /health/live HTTP/1.0")).status, 200);
    assertRefused(await raw("GET /v1/keys HTTP/1.0"), 401, "auth.missing", "and still needs a token");
  });
});
