/** The gRPC port: which settings do not start, who gets through TLS, and what callers meet while sealed and at the end. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { credentials, status as Status } from "@grpc/grpc-js";
import { ConfigError } from "../../src/config/error.ts";
import { openCallers, type CallerSettings } from "../../src/grpc/callers.ts";
import { RunningService } from "../running/service.ts";
import { EotsClient } from "./client.ts";

const folder = mkdtempSync(join(tmpdir(), "claviger-door-"));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

const SERVED = { CLAVIGER_EOTS__ENABLED: "true", CLAVIGER_EOTS__PORT: "0" };

const NOTHING: CallerSettings = {
  host: "127.0.0.1",
  hmacKeyFile: "",
  tlsCertFile: "",
  tlsKeyFile: "",
  tlsClientCaFile: "",
};
const KEY = file("key", "secret");
const ABSENT = join(folder, "absent");
const TLS = { tlsCertFile: KEY, tlsKeyFile: KEY };

describe("settings that do not start", () => {
  const cases: readonly (readonly [string, Partial<CallerSettings>, RegExp])[] = [
    [
      "beyond this machine without any proof",
      { host: "0.0.0.0" },
      /^eots\.host: .*hmacKeyFile or eots\.tlsClientCaFile/,
    ],
    ["the same by name", { host: "example.invalid" }, /^eots\.host: /],
    ["the same in IPv6", { host: "::" }, /^eots\.host: /],
    ["TLS alone tells nobody from anybody", { host: "0.0.0.0", ...TLS }, /^eots\.host: /],
    ["a key file that is missing", { hmacKeyFile: ABSENT }, /^eots\.hmacKeyFile: .*ENOENT/],
    ["a key file that is empty", { hmacKeyFile: file("empty", "\n") }, /^eots\.hmacKeyFile: .*is empty/],
    ["a certificate without its key", { tlsCertFile: KEY }, /^eots\.tlsCertFile, eots\.tlsKeyFile: /],
    ["a key without its certificate", { tlsKeyFile: KEY }, /^eots\.tlsCertFile, eots\.tlsKeyFile: /],
    ["a client authority alone", { tlsClientCaFile: KEY }, /^eots\.tlsCertFile, eots\.tlsKeyFile: /],
    ["a certificate that is missing", { ...TLS, tlsCertFile: ABSENT }, /^eots\.tlsCertFile: .*ENOENT/],
    ["a certificate's key that is missing", { ...TLS, tlsKeyFile: ABSENT }, /^eots\.tlsKeyFile: .*ENOENT/],
    [
      "a client authority that is missing",
      { ...TLS, tlsClientCaFile: ABSENT },
      /^eots\.tlsClientCaFile: .*ENOENT/,
    ],
    ["a certificate that is none", TLS, /^eots\.tlsCertFile: /],
  ];
  for (const [name, settings, message] of cases) {
    test(name, () => {
      assert.throws(
        () => openCallers({ ...NOTHING, ...settings }),
        (error: unknown) => {
          assert.ok(error instanceof ConfigError, String(error));
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, /secret/);
          return true;
        },
      );
    });
  }

  test("the service ends with the reason, and a port that is taken names its settings", async () => {
    const running = await RunningService.start({ environment: SERVED });
    const beyond = { ...SERVED, CLAVIGER_EOTS__HOST: "0.0.0.0" };
    await assert.rejects(
      RunningService.start({ environment: beyond }),
      /eots\.host: anything but a loopback/,
    );
    const taken = { ...SERVED, CLAVIGER_EOTS__PORT: running.eots.split(":")[1] ?? "" };
    await assert.rejects(
      RunningService.start({ environment: taken }),
      /set CLAVIGER_EOTS__HOST and CLAVIGER_EOTS__PORT/,
    );
    // The one that runs goes on: on a loopback address it is served as by eotsd, and its log warns.
    const client = new EotsClient(running.eots);
    await client.ping();
    client.close();
    assert.match(running.stderr.join(""), /every program on this machine can sign/);
    await running.stop();
  });

  test("off by default: no port, and the ready line says none", async () => {
    const service = await RunningService.start();
    assert.equal(service.eots, "");
    await service.stop();
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

  test("settings: a key of another certificate, an authority that is a key", () => {
    const files = { ...NOTHING, tlsCertFile: join(folder, "server.pem") };
    const other = { ...files, tlsKeyFile: join(folder, "client.key") };
    assert.throws(() => openCallers(other), /^ConfigError: eots\.tlsCertFile: .*key values mismatch/);
    const noAuthority = {
      ...files,
      tlsKeyFile: join(folder, "server.key"),
      tlsClientCaFile: join(folder, "ca.key"),
    };
    assert.throws(() => openCallers(noAuthority), /^ConfigError: eots\.tlsClientCaFile: has no certificate/);
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

test("callers reach the keys of one namespace, and more calls than may be under way are refused or answered", async () => {
  const environment = { ...SERVED, CLAVIGER_EOTS__NAMESPACE: "providers" };
  const service = await RunningService.start({ environment });
  await service.call("POST", "/v1/namespaces", { name: "providers" });
  const { body } = await service.call("POST", "/v1/principals", {
    name: "keys",
    roles: ["KeyAdmin"],
    namespace: "providers",
  });
  const uidIn = async (headers: Readonly<Record<string, string>>): Promise<Buffer> => {
    const wallet = await service.call("POST", "/v1/wallets", { name: "providers" }, headers);
    const path = `/v1/wallets/${wallet.body.id}/keys`;
    const key = await service.call("POST", path, { chain: "babylon" }, headers);
    assert.equal(key.status, 201, key.text);
    return Buffer.from(key.body.address, "hex");
  };
  const theirs = await uidIn({ authorization: `Bearer ${body.token}` });
  const ours = await uidIn({});
  const clients = Array.from({ length: 7 }, () => new EotsClient(service.eots));
  const [client] = clients;
  assert.ok(client !== undefined);
  await client.signEots(theirs, Buffer.alloc(0), 1n, Buffer.alloc(40));
  await assert.rejects(client.signEots(ours, Buffer.alloc(0), 1n, Buffer.alloc(40)), /key\.not_found/);

  const calls = clients.flatMap((caller, connection) =>
    Array.from({ length: 100 }, (_, index) =>
      caller.randomness(theirs, Buffer.from([connection]), BigInt(index * 50), 50),
    ),
  );
  for (const outcome of await Promise.allSettled(calls)) {
    if (outcome.status === "fulfilled") assert.equal(outcome.value.length, 50);
    else assert.match(String(outcome.reason), /UNAVAILABLE: service\.overloaded: .*retry later/);
  }
  await client.signEots(theirs, Buffer.alloc(0), 2n, Buffer.alloc(40));
  for (const caller of clients) caller.close();
  assert.equal(await service.stop(), 0);
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
