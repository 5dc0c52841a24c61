/** The gRPC port: which settings do not start, who gets through TLS, and what callers meet while sealed and at the end. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { credentials, status as Status } from "@grpc/grpc-js";
import { RunningService } from "../running/service.ts";
import { EotsClient } from "./client.ts";

const folder = mkdtempSync(join(tmpdir(), "claviger-door-"));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const SERVED = { CLAVIGER_EOTS__ENABLED: "true", CLAVIGER_EOTS__PORT: "0" };

describe("settings that do not start", () => {
  const key = file("key", "secret");
  const cases: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
    [
      "beyond this machine without any proof",
      { HOST: "0.0.0.0" },
      /eots\.host: .*hmacKeyFile or eots\.tlsClientCaFile/,
    ],
    ["the same by name", { HOST: "example.invalid" }, /eots\.host: /],
    ["the same in IPv6", { HOST: "::" }, /eots\.host: /],
    [
      "TLS alone tells nobody from anybody",
      { HOST: "0.0.0.0", TLS_CERT_FILE: key, TLS_KEY_FILE: key },
      /eots\.host: /,
    ],
    ["a key file that is missing", { HMAC_KEY_FILE: join(folder, "absent") }, /eots\.hmacKeyFile: .*ENOENT/],
    ["a key file that is empty", { HMAC_KEY_FILE: file("empty", "\n") }, /eots\.hmacKeyFile: .*is empty/],
    ["a certificate without its key", { TLS_CERT_FILE: key }, /eots\.tlsCertFile, eots\.tlsKeyFile: /],
    [
      "a client authority without a certificate",
      { TLS_CLIENT_CA_FILE: key },
      /eots\.tlsCertFile, eots\.tlsKeyFile: /,
    ],
    [
      "a client authority that is missing",
      { TLS_CERT_FILE: key, TLS_KEY_FILE: key, TLS_CLIENT_CA_FILE: join(folder, "absent") },
      /eots\.tlsClientCaFile: .*ENOENT/,
    ],
    ["a certificate that is none", { TLS_CERT_FILE: key, TLS_KEY_FILE: key }, /eots\.tlsCertFile/],
    [
      "a port that is taken",
      { PORT: "PORT OF THE SERVICE" },
      /set CLAVIGER_EOTS__HOST and CLAVIGER_EOTS__PORT/,
    ],
  ];
  let running: RunningService;
  before(async () => {
    running = await RunningService.start({ environment: SERVED });
  });
  after(() => running.stop());

  for (const [name, settings, message] of cases) {
    test(name, async () => {
      const taken = running.eots.split(":")[1] ?? "";
      const environment = Object.fromEntries(
        Object.entries(settings).map(([setting, value]) => [
          `CLAVIGER_EOTS__${setting}`,
          value.replace("PORT OF THE SERVICE", taken),
        ]),
      );
      const start = RunningService.start({ environment: { ...SERVED, ...environment } });
      await assert.rejects(start, (error: unknown) => {
        assert.match(String(error), message);
        assert.doesNotMatch(String(error), /secret/);
        return true;
      });
    });
  }

  test("off by default: no port, and the ready line says none", async () => {
    const service = await RunningService.start();
    assert.equal(service.eots, "");
    await service.stop();
  });

  test("on a loopback address without a code: served as by eotsd, and the log warns", async () => {
    const client = new EotsClient(running.eots);
    await client.ping();
    client.close();
    assert.match(running.stderr.join(""), /every program on this machine can sign/);
  });
});

/** Makes an authority, and certificates of it, with the openssl command. */
function certificates(): string | false {
  const run = (...parts: string[]): boolean => spawnSync("openssl", parts, { cwd: folder }).status === 0;
  const request = ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  file("names", "subjectAltName=DNS:localhost,IP:127.0.0.1");
  for (const authority of ["ca", "other"]) {
    const own = [...request, "-x509", "-days", "2", "-subj", `/CN=${authority}`];
    if (!run(...own, "-keyout", `${authority}.key`, "-out", `${authority}.pem`))
      return "needs the openssl command";
  }
  for (const [name, authority] of [
    ["server", "ca"],
    ["client", "ca"],
    ["stranger", "other"],
  ] as const) {
    run(...request, "-subj", `/CN=${name}`, "-keyout", `${name}.key`, "-out", `${name}.csr`);
    const by = ["-CA", `${authority}.pem`, "-CAkey", `${authority}.key`, "-CAcreateserial"];
    run(
      "x509",
      "-req",
      "-in",
      `${name}.csr`,
      ...by,
      "-days",
      "2",
      "-extfile",
      "names",
      "-out",
      `${name}.pem`,
    );
  }
  return false;
}

describe("TLS with certificates of clients", { skip: certificates() }, () => {
  const pem = (name: string): Buffer => readFileSync(join(folder, name));
  let service: RunningService;
  before(async () => {
    service = await RunningService.start({
      environment: {
        ...SERVED,
        CLAVIGER_EOTS__HOST: "0.0.0.0",
        CLAVIGER_EOTS__TLS_CERT_FILE: join(folder, "server.pem"),
        CLAVIGER_EOTS__TLS_KEY_FILE: join(folder, "server.key"),
        CLAVIGER_EOTS__TLS_CLIENT_CA_FILE: join(folder, "ca.pem"),
      },
    });
  });
  after(() => service.stop());

  async function ping(channel: ReturnType<typeof credentials.createSsl>): Promise<void> {
    const client = new EotsClient(service.eots.replace("0.0.0.0", "localhost"), { credentials: channel });
    try {
      await client.ping();
    } finally {
      client.close();
    }
  }

  test("refused: no certificate, one of another authority, plaintext", async () => {
    const refused = [
      credentials.createSsl(pem("ca.pem")),
      credentials.createSsl(pem("ca.pem"), pem("stranger.key"), pem("stranger.pem")),
      credentials.createInsecure(),
    ];
    for (const channel of refused) {
      await assert.rejects(ping(channel), (error: unknown) => {
        assert.ok(error instanceof Error && "code" in error);
        assert.equal(error.code, Status.UNAVAILABLE);
        return true;
      });
    }
  });

  test("a certificate of the authority gets through", async () => {
    await ping(credentials.createSsl(pem("ca.pem"), pem("client.key"), pem("client.pem")));
  });
});

test("sealed: Ping answers, nothing is signed or computed, and the daemon may try again", async () => {
  const service = await RunningService.start({ environment: SERVED });
  const wallet = await service.call("POST", "/v1/wallets", { name: "sealed" });
  const key = await service.call("POST", `/v1/wallets/${wallet.body.id}/keys`, { chain: "babylon" });
  assert.equal((await service.call("POST", "/v1/sys/seal")).status, 200);
  const client = new EotsClient(service.eots);
  const uid = Buffer.from(key.body.address, "hex");
  await client.ping();
  const calls = [
    client.signEots(uid, Buffer.alloc(0), 1n, Buffer.alloc(40)),
    client.signBatch(uid, Buffer.alloc(0), [{ height: 1n, message: Buffer.alloc(40) }]),
    client.signSchnorr(uid, Buffer.alloc(32)),
    client.randomness(uid, Buffer.alloc(0), 1n, 1),
    client.unlock(uid, "passphrase"),
  ];
  for (const outcome of await Promise.allSettled(calls)) {
    assert.equal(outcome.status, "rejected");
    const { reason } = outcome;
    assert.ok(reason instanceof Error && "code" in reason);
    assert.equal(reason.code, Status.UNAVAILABLE);
    assert.match(reason.message, /service\.sealed: /);
  }
  client.close();
  await service.stop();
});

test("SIGTERM: what is under way is answered, also to a client that keeps its connection", async () => {
  const service = await RunningService.start({ environment: SERVED });
  const wallet = await service.call("POST", "/v1/wallets", { name: "drain" });
  const key = await service.call("POST", `/v1/wallets/${wallet.body.id}/keys`, { chain: "babylon" });
  const client = new EotsClient(service.eots);
  const uid = Buffer.from(key.body.address, "hex");
  await client.ping();
  const votes = Array.from({ length: 90 }, (_, index) =>
    client.signEots(uid, Buffer.alloc(0), BigInt(index), Buffer.alloc(40)),
  );
  // All are sent on one connection, in order: with the first one answered, the others have arrived or will.
  await votes[0];
  const stopped = service.stop();
  const outcomes = await Promise.allSettled(votes);
  assert.equal(await stopped, 0);
  for (const outcome of outcomes) {
    if (outcome.status === "fulfilled") assert.equal(outcome.value.length, 32);
    else assert.match(String(outcome.reason), /UNAVAILABLE/);
  }
  assert.doesNotMatch(service.stderr.join(""), /unexpected/);
  client.close();
});
