/**
 * Every POST under random and near-valid bodies: no answer is a fault, no thread is lost, no payload comes back in an
 * error, and what was refused has changed nothing. FUZZ_SEED repeats or varies a run; a failure prints its seed.
 * @module
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import fc, { type Arbitrary } from "fast-check";
import { withChecksum } from "../../src/chains/bitcoin/descriptor-checksum.ts";
import { CONTROL_KINDS } from "../../src/domain/intent.ts";
import { ALLOW, answering, bind } from "../running/policies.ts";
import { RunningService, type Reply } from "../running/service.ts";
import { rounds } from "../extent.ts";
import { fromSchema, junk, MARKER, nearly } from "./arbitrary.ts";
import { assertDocumented, DOCUMENT, operations } from "./document.ts";
import { assertProblem } from "./problems.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? "20261121");
/** Bodies that are under way at once, and how often. */
const TOGETHER = 12;
const RUNS = rounds("FUZZ_RUNS");

const MNEMONIC = `${"abandon ".repeat(11)}about`;
const schemas = DOCUMENT.components.schemas;

let service: RunningService;
const keys: Record<string, string> = {};
let account = "";
let walletId = "";
let digest = "";

before(async () => {
  service = await RunningService.start();
  walletId = (await made("/v1/wallets", { name: "fuzz", mnemonic: MNEMONIC })).id;
  // The documented examples are for these keys: BIP-84's first address, and the Ed25519 seed of 32 ones.
  for (const chain of ["ethereum", "bitcoin", "starknet", "ethereum-validator", "babylon"]) {
    const key = await made(`/v1/wallets/${walletId}/keys`, { chain });
    keys[chain] = key.id;
    if (chain === "starknet") account = key.address;
  }
  const solana = { chain: "solana", privateKey: `0x${"01".repeat(32)}` };
  keys["solana"] = (await made("/v1/keys/import", solana)).id;
  const everything = answering({ decision: "allow", allowOpaque: true, allowControl: CONTROL_KINDS });
  for (const keyId of Object.values(keys)) await bind(service, everything, { keyId });
  digest = (await service.call("POST", "/v1/policies?name=fuzz", ALLOW)).body.digest;
});
after(() => service.stop());

async function made(path: string, body: unknown): Promise<any> {
  const reply = await service.call("POST", path, body);
  assert.equal(reply.status, 201, reply.text);
  return reply.body;
}

async function auditSize(): Promise<number> {
  return (await service.call("GET", "/v1/sys/status")).body.auditSize;
}

async function workersLost(): Promise<number> {
  const { text } = await service.call("GET", "/metrics");
  const lines = text.split("\n").filter((line) => line.startsWith("claviger_policy_workers_lost_total"));
  return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

/** What any answer must be; returns how many audit entries it stands for. */
function check(path: string, route: string, reply: Reply, entries: (reply: Reply) => number): number {
  assert.ok(reply.status < 500, `${path}: ${reply.text}`);
  assertDocumented("POST", route, reply);
  if (reply.status >= 400) {
    assertProblem(reply, reply.body.code);
    // The field's name is shown, also where the caller chose it (a type of typed data); what stood in it is not.
    const { field } = reply.body;
    const rest =
      typeof field === "string" ? reply.text.replaceAll(JSON.stringify(field).slice(1, -1), "") : reply.text;
    assert.ok(!rest.includes(MARKER), `${path} echoes what it was sent: ${reply.text}`);
    assert.ok(reply.text.length < 2000, reply.text);
  }
  return entries(reply);
}

async function fuzz(target: {
  readonly path: string;
  readonly route: string;
  readonly bodies: Arbitrary<unknown>;
  readonly entries: (reply: Reply) => number;
  readonly runs?: number;
  /** Whether `service.overloaded` is an answer too. */
  readonly overload?: boolean;
}): Promise<Map<number, number>> {
  const [size, lost] = [await auditSize(), await workersLost()];
  const statuses = new Map<number, number>();
  let expected = size;
  await fc.assert(
    fc.asyncProperty(
      fc.array(target.bodies, { minLength: TOGETHER, maxLength: TOGETHER }),
      async (bodies) => {
        // `undefined` would send no body, which is another test's matter.
        const replies = await Promise.all(
          bodies.map((body) => service.call("POST", target.path, body === undefined ? null : body)),
        );
        for (const reply of replies) {
          statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1);
          if (target.overload === true && reply.status === 503) assertProblem(reply, "service.overloaded");
          else expected += check(target.path, target.route, reply, target.entries);
        }
        assert.equal(await auditSize(), expected, "a refusal changed something");
      },
    ),
    { numRuns: target.runs ?? RUNS, seed, endOnFailure: true },
  );
  assert.equal(await workersLost(), lost, "a policy worker was lost");
  assert.equal((await service.call("GET", "/health/ready")).status, 200);
  return statuses;
}

describe("sign requests", () => {
  for (const [type, target] of Object.entries<string>(schemas.SignRequest.discriminator.mapping)) {
    const name = target.split("/").at(-1) ?? "";
    const chain = type.split(".")[0] ?? "";

    function example(): any {
      const text = JSON.stringify(schemas[name].examples[0]);
      return JSON.parse(text.replace('"sender_address":"0x1f2e"', `"sender_address":"${account}"`));
    }
    /** The decision and its outcome; a recorded refusal has no outcome. */
    const decided = (reply: Reply): number => {
      if (reply.status === 200) return 2;
      return /^(?:policy|guard)\./.test(String(reply.body.code)) ? 1 : 0;
    };
    const route = "/v1/keys/{keyId}/sign";

    test(`${type}: the documented example is signed`, async () => {
      const reply = await service.call("POST", `/v1/keys/${keys[chain]}/sign`, example());
      assert.equal(reply.status, 200, reply.text);
      assertDocumented("POST", route, reply);
    });

    test(`${type}: bodies that are nearly right`, async () => {
      const path = `/v1/keys/${keys[chain]}/sign`;
      const statuses = await fuzz({
        path,
        route,
        bodies: nearly(example()),
        entries: decided,
        runs: 2 * RUNS,
      });
      assert.ok((statuses.get(400) ?? 0) > 0);
    });

    test(`${type}: bodies that the schema allows, on the keys of all chains`, async () => {
      const bodies = fromSchema(schemas[name], schemas);
      for (const keyId of Object.values(keys)) {
        await fuzz({ path: `/v1/keys/${keyId}/sign`, route, bodies, entries: decided, runs: 2 });
      }
    });
  }

  test("evaluate decides and records nothing", async () => {
    const bodies = fc.oneof(
      fromSchema(schemas.SignRequest, schemas),
      nearly(schemas.EthereumTypedDataRequest.examples[0]),
    );
    const route = "/v1/keys/{keyId}/evaluate";
    for (const keyId of Object.values(keys)) {
      await fuzz({ path: `/v1/keys/${keyId}/evaluate`, route, bodies, entries: () => 0, runs: 4 });
    }
  });
});

/** Route → a valid body, made when the ids are known. */
const BODIES: Readonly<Record<string, () => unknown>> = {
  "/v1/wallets": () => ({ name: "x", mnemonic: MNEMONIC, passphrase: "y" }),
  "/v1/wallets/{walletId}/keys": () => ({ chain: "bitcoin", purpose: 86, network: "testnet", index: 3 }),
  "/v1/keys/import": () => ({ chain: "starknet", privateKey: `0x${"02".repeat(32)}`, accountType: "argent" }),
  "/v1/bindings": () => ({
    policy: digest,
    scope: { keyId: keys["ethereum"] },
    settings: { a: [1, { b: "c" }] },
    fuelMax: 1_000_000,
    mode: "shadow",
  }),
  "/v1/principals": () => ({ name: "x", roles: ["Auditor", "KeyUser"], groups: ["a"], namespace: "default" }),
  "/v1/namespaces": () => ({ name: "abc" }),
  "/v1/requests/{requestId}/approvals": () => ({ verdict: "approve", comment: "x" }),
};

const created = (reply: Reply): number => (reply.status === 201 ? 1 : 0);

describe("resources", () => {
  for (const [route, body] of Object.entries(BODIES)) {
    test(`POST ${route}`, async () => {
      const path = route.replace("{walletId}", walletId).replace("{requestId}", `req_${"0".repeat(29)}`);
      const { schema } = DOCUMENT.paths[route].post.requestBody.content["application/json"];
      await fuzz({ path, route, bodies: nearly(body()), entries: created });
      await fuzz({ path, route, bodies: fromSchema(schema, schemas), entries: created, runs: 3 });
      await fuzz({ path, route, bodies: junk, entries: created, runs: 3 });
    });
  }

  test("POST /v1/sys/unseal: a passphrase that is not the passphrase", async () => {
    const bodies = nearly({ passphrase: "x" });
    await fuzz({ path: "/v1/sys/unseal", route: "/v1/sys/unseal", bodies, entries: () => 0, runs: 1 });
  });

  test("POST /v1/policies: bytes that are nearly a module", async () => {
    const module = answering({ decision: "allow", limits: [] });
    const bodies = fc
      .array(fc.tuple(fc.nat(module.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
      .map((changes) => {
        const bytes = module.slice();
        for (const [index, value] of changes) bytes[index] = value;
        return bytes;
      });
    const digests = new Set<string>();
    const entries = (reply: Reply): number => {
      if (reply.status !== 201 || digests.has(reply.body.digest)) return 0;
      digests.add(reply.body.digest);
      return 1;
    };
    const statuses = await fuzz({ path: "/v1/policies?name=x", route: "/v1/policies", bodies, entries });
    assert.ok((statuses.get(422) ?? 0) > 0);
  });
});

describe("finality providers' routes", () => {
  const example = schemas["BabylonEotsRequest"].examples[0];
  const { chainId, message } = example;

  test("POST /v1/keys/{keyId}/eots/batch", async () => {
    const route = "/v1/keys/{keyId}/eots/batch";
    const path = `/v1/keys/${keys["babylon"]}/eots/batch`;
    const each = (reply: Reply): number => {
      if (reply.status !== 200) return 0;
      const items: { signature?: string }[] = reply.body.items;
      return items.reduce((sum, item) => sum + (item.signature === undefined ? 1 : 2), 0);
    };
    const items = ["100", "101", "102"].map((height) => ({ height, message }));
    const statuses = await fuzz({ path, route, bodies: nearly({ chainId, items }), entries: each });
    assert.ok((statuses.get(400) ?? 0) > 0);
    const bodies = fromSchema(schemas["EotsBatchRequest"], schemas);
    await fuzz({ path, route, bodies, entries: each, runs: 3 });
    await fuzz({ path, route, bodies: junk, entries: each, runs: 3 });
  });

  test("POST /v1/keys/{keyId}/eots/randomness", async () => {
    const route = "/v1/keys/{keyId}/eots/randomness";
    const path = `/v1/keys/${keys["babylon"]}/eots/randomness`;
    const nothing = (): number => 0;
    const seedBody = { chainId, startHeight: "100", count: 3, interval: "2" };
    const statuses = await fuzz({ path, route, bodies: nearly(seedBody), entries: nothing });
    assert.ok((statuses.get(400) ?? 0) > 0);
    const few = (body: any) => ({ ...body, count: (Math.abs(body.count ?? 0) % 20) + 1 });
    const bodies = fromSchema(schemas["EotsRandomnessRequest"], schemas).map(few);
    await fuzz({ path, route, bodies, entries: nothing, runs: 3 });
    await fuzz({ path, route, bodies: junk, entries: nothing, runs: 3 });
  });
});

describe("wallets' routes", () => {
  const route = (name: string): string => `/v1/wallets/{walletId}/${name}`;
  const path = (name: string): string => `/v1/wallets/${walletId}/${name}`;

  for (const name of ["sign", "evaluate"]) {
    test(`POST ${route(name)}`, async () => {
      const decided = (reply: Reply): number => {
        if (name === "evaluate") return 0;
        if (reply.status === 200) return 2;
        return /^(?:policy|guard)\./.test(String(reply.body.code)) ? 1 : 0;
      };
      const target = { path: path(name), route: route(name), entries: decided };
      const psbt = schemas["BitcoinPsbtRequest"].examples[0];
      assert.equal((await service.call("POST", target.path, psbt)).status, 200);
      const statuses = await fuzz({ ...target, bodies: nearly(psbt) });
      assert.ok((statuses.get(400) ?? 0) > 0);
      await fuzz({ ...target, bodies: fromSchema(schemas["BitcoinPsbtRequest"], schemas), runs: 3 });
      await fuzz({ ...target, bodies: junk, runs: 3 });
    });
  }

  test(`POST ${route("descriptors")}`, async () => {
    const shared = await service.call("GET", path("accounts/bitcoin-mainnet-48-0-2"));
    const descriptor = withChecksum(`wsh(pk(${shared.body.keyExpression}/<0;1>/*))`);
    const whole = { name: "x", descriptor };
    // The first descriptor of an account makes the account's key as well.
    await made(path("descriptors"), whole);
    const target = { path: path("descriptors"), route: route("descriptors"), entries: created };
    await fuzz({ ...target, bodies: nearly(whole) });
    await fuzz({ ...target, bodies: fromSchema(schemas["DescriptorRequest"], schemas), runs: 3 });
    await fuzz({ ...target, bodies: junk, runs: 3 });
  });
});

describe("history of finality providers", () => {
  const nothing = (): number => 0;
  let publicKey = "";
  before(async () => {
    publicKey = (await service.call("GET", `/v1/keys/${keys["babylon"]}`)).body.address;
  });
  const chainId = "fuzzed-chain";

  test("POST /v1/eots/floors", async () => {
    const route = "/v1/eots/floors";
    const whole = { publicKey, chainId, height: "10" };
    assert.equal((await service.call("POST", route, whole)).status, 200);
    // A floor that is not higher changes nothing; one of another key or chain is new.
    const isOld = (body: any): boolean =>
      !(body?.height > 10) && body?.chainId === chainId && body.publicKey === publicKey;
    await fuzz({ path: route, route, bodies: fc.oneof(nearly(whole).filter(isOld), junk), entries: nothing });
  });

  test("POST /v1/eots/require-floor", async () => {
    const route = "/v1/eots/require-floor";
    const whole = { publicKeys: [publicKey] };
    assert.equal((await service.call("POST", route, whole)).status, 200);
    await fuzz({ path: route, route, bodies: fc.oneof(nearly(whole), junk), entries: nothing });
  });

  test("POST /v1/eots/export", async () => {
    const route = "/v1/eots/export";
    const whole = { disableKeys: false, publicKeys: [publicKey] };
    const bodies = fc.oneof(nearly(whole), junk).filter((body: any) => body?.disableKeys !== true);
    const written = (reply: Reply): number => (reply.status === 200 ? 1 : 0);
    await fuzz({ path: route, route, bodies, entries: written, overload: true });
  });
});

describe("slashing protection", () => {
  const PATH = "/v1/slashing-protection";
  const changed = (reply: Reply): number => (reply.status === 200 && reply.body.changed > 0 ? 1 : 0);
  let publicKey = "";
  before(async () => {
    const wanted = { chain: "ethereum-validator", index: 9 };
    publicKey = (await made(`/v1/wallets/${walletId}/keys`, wanted)).publicKey;
  });

  for (const name of ["disable", "enable"]) {
    test(`POST ${PATH}/${name}`, async () => {
      const route = `${PATH}/${name}`;
      const bodies = fc.oneof(nearly({ publicKeys: [publicKey] }), junk);
      await fuzz({ path: route, route, bodies, entries: changed });
    });
  }

  for (const name of ["floors", "bounds"]) {
    test(`POST ${PATH}/${name}`, async () => {
      const route = `${PATH}/${name}`;
      const whole = { publicKeys: [publicKey], slot: "3200", epoch: "100" };
      // An act on every key leaves an entry whatever it changes: slashing-bounds.proof.ts.
      const bodies = fc.oneof(nearly(whole), junk).filter((body: any) => body?.everyKey !== true);
      await fuzz({ path: route, route, bodies, entries: changed });
    });
  }

  test(`POST ${PATH}/export`, async () => {
    const route = `${PATH}/export`;
    const whole = { disableKeys: false, publicKeys: [publicKey], minimal: true };
    // Stopping keys leaves entries, which slashing-protection.test.ts counts.
    const bodies = fc
      .oneof(nearly(whole), junk)
      .filter((body: any) => body === null || typeof body !== "object" || body.disableKeys !== true);
    // More than two at once are overloaded.
    await fuzz({ path: route, route, bodies, entries: () => 0, overload: true });
  });

  test(`POST ${PATH}/import`, async () => {
    const route = `${PATH}/import`;
    const duty = schemas["EthereumValidatorDutyRequest"].examples[0].duty;
    const document = {
      metadata: {
        interchange_format_version: "5",
        genesis_validators_root: duty.fork_info.genesis_validators_root,
      },
      data: [
        {
          pubkey: `0x${"ab".repeat(48)}`,
          signed_blocks: [{ slot: "81", signing_root: `0x${"01".repeat(32)}` }, { slot: "82" }],
          signed_attestations: [{ source_epoch: "2", target_epoch: "3" }],
        },
      ],
    };
    const merged = (reply: Reply): number => (reply.status === 200 ? 1 : 0);
    const bodies = fc.oneof(nearly(document), junk);
    const statuses = await fuzz({ path: route, route, bodies, entries: merged, runs: 3 * RUNS });
    assert.ok((statuses.get(400) ?? 0) > 0);
  });
});

describe("validator clients' routes", () => {
  /** A duty that is nearly one, or junk; never two that could both be signed and differ in what they leave. */
  const duty = (): any => structuredClone(schemas["EthereumValidatorDutyRequest"].examples[0].duty);
  const bodies = (whole: () => unknown) => fc.oneof(nearly(whole()), junk);
  const outcomes = (reply: Reply): number => {
    if (reply.status === 200) return 2;
    return /^(?:policy|guard)\./.test(String(reply.body.code)) ? 1 : 0;
  };
  test("POST /api/v1/eth2/sign/{identifier}", async () => {
    const { publicKey } = await made(`/v1/wallets/${walletId}/keys`, {
      chain: "ethereum-validator",
      index: 1,
    });
    const route = "/api/v1/eth2/sign/{identifier}";
    const path = `/api/v1/eth2/sign/${publicKey}`;
    const statuses = await fuzz({ path, route, bodies: bodies(duty), entries: outcomes });
    assert.ok((statuses.get(400) ?? 0) > 0);
  });
  test("POST /api/v1/eth2/sign", async () => {
    const { publicKey } = await made(`/v1/wallets/${walletId}/keys`, {
      chain: "ethereum-validator",
      index: 2,
    });
    const each = (reply: Reply): number => {
      if (reply.status !== 200) return 0;
      const entries: { signature?: string; error?: { reason: string } }[] = reply.body;
      return entries.reduce((sum, entry) => {
        if (entry.signature !== undefined) return sum + 2;
        return sum + (/^(?:policy|guard)\./.test(entry.error?.reason ?? "") ? 1 : 0);
      }, 0);
    };
    const batch = () => ({ identifiers: [publicKey], signing_request: duty() });
    const path = "/api/v1/eth2/sign";
    const statuses = await fuzz({ path, route: path, bodies: bodies(batch), entries: each });
    assert.ok((statuses.get(400) ?? 0) > 0);
  });
});

test("POST /v1/freeze: last of all, since what it freezes signs nothing more", async () => {
  const path = "/v1/freeze";
  const { schema } = DOCUMENT.paths[path].post.requestBody.content["application/json"];
  await fuzz({ path, route: path, bodies: nearly({ scope: { walletId } }), entries: created });
  await fuzz({ path, route: path, bodies: fromSchema(schema, schemas), entries: created, runs: 3 });
  await fuzz({ path, route: path, bodies: junk, entries: created, runs: 3 });
});

test("every POST of the document is under test here", () => {
  const tested = [
    ...Object.keys(BODIES),
    "/v1/freeze",
    "/v1/keys/{keyId}/sign",
    "/v1/keys/{keyId}/evaluate",
    "/v1/keys/{keyId}/eots/batch",
    "/v1/keys/{keyId}/eots/randomness",
    "/v1/sys/unseal",
    "/v1/policies",
    // These take no body: strictness.test.ts.
    "/v1/sys/seal",
    "/v1/keys/{keyId}/disable",
    "/v1/keys/{keyId}/enable",
    "/v1/principals/{principalId}/rotate",
    "/v1/wallets/{walletId}/sign",
    "/v1/wallets/{walletId}/evaluate",
    "/v1/wallets/{walletId}/descriptors",
    "/v1/eots/floors",
    "/v1/eots/require-floor",
    "/v1/eots/export",
    "/v1/slashing-protection/floors",
    "/v1/slashing-protection/bounds",
    "/v1/slashing-protection/import",
    "/v1/slashing-protection/export",
    "/v1/slashing-protection/disable",
    "/v1/slashing-protection/enable",
    "/reload",
    "/api/v1/eth2/sign",
    "/api/v1/eth2/sign/{identifier}",
    // With settings of their own: eots-history.test.ts, commitments.test.ts.
    "/v1/keys/{keyId}/eots/backup",
    "/signer/v1/request_signature",
    "/signer/v1/request_signature/bls",
    "/signer/v1/request_signature/proxy-bls",
    "/signer/v1/request_signature/proxy-ecdsa",
    "/signer/v1/generate_proxy_key",
    // With a token of its own: keymanager.test.ts.
    "/eth/v1/keystores",
  ];
  const posts = operations().filter(({ method }) => method === "POST");
  assert.deepEqual(tested.toSorted(), posts.map(({ path }) => path).toSorted());
});

test("ids and queries: anything is answered, nothing is a fault", async () => {
  const templates = operations().filter(({ method, path }) => method === "GET" && path.includes("/v1/"));
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 80 }),
    fc.constantFrom("..", ".", "%00", "a/b"),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...templates), text, text, async ({ path }, id, value) => {
      const encoded = (part: string): string => encodeURIComponent(part.toWellFormed());
      const at = path.replaceAll(/\{\w+\}/g, encoded(id) === "" ? "x" : encoded(id));
      const reply = await service.call("GET", `${at}?cursor=${encoded(value)}`);
      assert.ok(reply.status < 500, `${at}: ${reply.text}`);
    }),
    { numRuns: 300, seed },
  );
});

test("the service lives, and its log has no fault", async () => {
  assert.equal(service.process.exitCode, null);
  assert.deepEqual(
    service.stderr
      .join("")
      .split("\n")
      .filter((line) => line.includes('"level":50') || line.includes('"level":60')),
    [],
  );
});
