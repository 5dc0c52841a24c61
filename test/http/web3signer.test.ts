/** Web3Signer's API as validator clients use it: every duty, every status, both media types, bad input. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { DUTY_SAMPLES, dutyBody } from "../chains/ethereum-validator/duties.ts";
import { sendExactly } from "../running/exact-request.ts";
import { RunningService, TOKEN, type Reply } from "../running/service.ts";
import { assertSigned, block, signDuty, validatorKeys, vote } from "../running/validators.ts";
import { assertProblem } from "./problems.ts";

const ABSENT = `0x${"ab".repeat(48)}`;
const JSON_TYPE = "application/json; charset=utf-8";
const TEXT_TYPE = "text/plain; charset=utf-8";

let service: RunningService;
let keys: string[];
let nextKey = 0;
/** May ask for what nobody can take back. */
let exits: Record<string, string>;

before(async () => {
  service = await RunningService.start();
  keys = await validatorKeys(service, 92);
  const member = { name: "exits", roles: ["KeyUser"], groups: ["validator-exits"] };
  const made = await service.call("POST", "/v1/principals", member);
  exits = { authorization: `Bearer ${made.body.token}` };
});
after(() => service.stop());

/** A key that has signed nothing. */
function freshKey(): string {
  const key = keys[nextKey++];
  assert.ok(key, "make more keys in before()");
  return key;
}

async function auditSize(): Promise<number> {
  return (await service.call("GET", "/v1/sys/status")).body.auditSize;
}

describe("web3signer: malformed duties are 400 with the field, and nothing of them is stored", () => {
  const attestation = (change: object) => {
    const duty = vote(1n, 2n);
    return { ...duty, attestation: { ...duty["attestation"], ...change } };
  };
  const fork = (change: object) => {
    const duty = vote(1n, 2n);
    return { ...duty, fork_info: { ...duty["fork_info"], ...change } };
  };
  const version = (change: object) => fork({ fork: { ...vote(1n, 2n)["fork_info"].fork, ...change } });
  const target = (epoch: unknown) => attestation({ target: { epoch, root: `0x${"00".repeat(32)}` } });
  const header = (change: object) => {
    const duty = block(1n);
    const block_header = { ...duty["beacon_block"].block_header, ...change };
    return { ...duty, beacon_block: { ...duty["beacon_block"], block_header } };
  };
  const { fork_info: _, ...forkless } = vote(1n, 2n);
  const { attestation: __, ...empty } = vote(1n, 2n);

  const rows: readonly (readonly [name: string, duty: unknown, field: string])[] = [
    ["no type", {}, "/type"],
    ["a type that is no text", { type: 7 }, "/type"],
    ["an unknown type", { ...vote(1n, 2n), type: "GENERIC" }, "/type"],
    ["no payload", empty, "/attestation"],
    ["another type's payload", { ...block(1n), type: "ATTESTATION" }, "/attestation"],
    ["a payload that is a list", { ...vote(1n, 2n), attestation: [] }, "/attestation"],
    ["no fork_info", forkless, "/fork_info"],
    ["no fork", fork({ fork: undefined }), "/fork_info/fork"],
    [
      "a fork version of 3 bytes",
      version({ current_version: "0x060000" }),
      "/fork_info/fork/current_version",
    ],
    [
      "a fork version of 5 bytes",
      version({ previous_version: "0x0600000000" }),
      "/fork_info/fork/previous_version",
    ],
    ["a fork epoch that is no number", version({ epoch: "soon" }), "/fork_info/fork/epoch"],
    [
      "a genesis root of 31 bytes",
      fork({ genesis_validators_root: `0x${"11".repeat(31)}` }),
      "/fork_info/genesis_validators_root",
    ],
    [
      "a root of 33 bytes",
      attestation({ beacon_block_root: `0x${"11".repeat(33)}` }),
      "/attestation/beacon_block_root",
    ],
    ["a root with odd digits", attestation({ beacon_block_root: "0x123" }), "/attestation/beacon_block_root"],
    [
      "a root without 0x",
      attestation({ beacon_block_root: "11".repeat(32) }),
      "/attestation/beacon_block_root",
    ],
    ["a negative slot", attestation({ slot: "-1" }), "/attestation/slot"],
    ["a slot in hex", attestation({ slot: "0x10" }), "/attestation/slot"],
    ["a slot with a leading zero", attestation({ slot: "01" }), "/attestation/slot"],
    ["a slot of 2^64", attestation({ slot: "18446744073709551616" }), "/attestation/slot"],
    ["an index of 2^64", attestation({ index: "18446744073709551616" }), "/attestation/index"],
    ["a target epoch of 2^63", target("9223372036854775808"), "/attestation/target/epoch"],
    ["a target epoch of 2^64 - 1", target("18446744073709551615"), "/attestation/target/epoch"],
    ["a target epoch of 2^64", target("18446744073709551616"), "/attestation/target/epoch"],
    ["a target epoch with 100 digits", target("9".repeat(100)), "/attestation/target/epoch"],
    ["a target epoch with a fraction", target(1.5), "/attestation/target/epoch"],
    ["a block slot of 2^63", header({ slot: "9223372036854775808" }), "/beacon_block/block_header/slot"],
    ["a block slot of 2^64 - 1", header({ slot: "18446744073709551615" }), "/beacon_block/block_header/slot"],
    [
      "a fork that is no name",
      { ...block(1n), beacon_block: { ...block(1n)["beacon_block"], version: 7 } },
      "/beacon_block/version",
    ],
    [
      "a body that is called by the name of a fork with headers",
      { ...block(1n), beacon_block: { version: "FULU", block: {} } },
      "/beacon_block/block_header",
    ],
    ["no header", { ...block(1n), beacon_block: { version: "FULU" } }, "/beacon_block/block_header"],
    ["another signing root", { ...vote(1n, 2n), signingRoot: `0x${"00".repeat(32)}` }, "/signingRoot"],
    ["a signing root of 20 bytes", { ...vote(1n, 2n), signingRoot: `0x${"00".repeat(20)}` }, "/signingRoot"],
    [
      "another signing root by its alias",
      { ...vote(1n, 2n), signing_root: `0x${"00".repeat(32)}` },
      "/signing_root",
    ],
  ];
  for (const [name, duty, field] of rows) {
    test(name, async () => {
      const key = freshKeyOnce();
      const sizeBefore = await auditSize();
      const reply = await signDuty(service, key, duty);
      assertProblem(reply, "request.malformed");
      assert.equal(reply.body.field, field, reply.text);
      assert.ok(
        reply.body.detail.startsWith(field) || reply.body.detail.startsWith(`body ${field}`),
        reply.text,
      );
      assert.equal(await auditSize(), sizeBefore, "a decision was recorded");
    });
  }

  test("the key of all those can still sign its first vote", async () => {
    const duty = vote(0n, 1n);
    const reply = await signDuty(service, freshKeyOnce(), duty);
    assert.equal(reply.status, 200, reply.text);
    assertSigned(freshKeyOnce(), duty, reply.body.signature);
  });

  let madeKey: string | undefined;
  function freshKeyOnce(): string {
    madeKey ??= freshKey();
    return madeKey;
  }
});

describe("web3signer: bodies that are no JSON object", () => {
  const raw = (body: string, type = "application/json"): Promise<Reply> =>
    send(`/api/v1/eth2/sign/${ABSENT}`, body, type);
  for (const [name, text] of [
    ["nothing", ""],
    ["half an object", '{"type":"ATTEST'],
    ["a list", "[]"],
    ["a text", '"ATTESTATION"'],
    ["a name that comes twice", '{"type":"ATTESTATION","type":"BLOCK"}'],
    ["a name that comes twice inside", '{"type":"RANDAO_REVEAL","randao_reveal":{"epoch":"1","epoch":"2"}}'],
    ["a number that JSON rounds", '{"type":"RANDAO_REVEAL","randao_reveal":{"epoch":18446744073709551615}}'],
  ] as const) {
    test(name, async () => assertProblem(await raw(text), "request.malformed"));
  }
  test("another content type is 415", async () =>
    assertProblem(await raw("{}", "text/plain"), "request.unsupported_media_type"));
  test("more than the limit is 413", async () => {
    const headers = { "content-length": String(8 * 1024 * 1024 + 1) };
    const path = `/api/v1/eth2/sign/${ABSENT}`;
    assertProblem(await send(path, "", "application/json", "application/json", headers), "request.too_large");
  });
});

describe("web3signer: who may sign", () => {
  test("no token is 401", async () =>
    assertProblem(await signDuty(service, ABSENT, vote(1n, 2n), { authorization: "" }), "auth.missing"));
  test("a principal without KeyUser is 403", async () => {
    const made = await service.call("POST", "/v1/principals", { name: "auditor", roles: ["Auditor"] });
    const reply = await signDuty(service, freshKey(), vote(1n, 2n), {
      authorization: `Bearer ${made.body.token}`,
    });
    assertProblem(reply, "auth.forbidden");
  });
  for (const name of ["VOLUNTARY_EXIT", "DEPOSIT", "BLS_TO_EXECUTION_CHANGE"]) {
    test(`${name} needs group validator-exits`, async () => {
      const reply = await signDuty(service, freshKey(), dutyBody(name));
      assertProblem(reply, "auth.forbidden");
      assert.equal(reply.body.group, "validator-exits");
    });
  }
  test("another tenant neither sees nor uses a key, and shares its history", async () => {
    await service.call("POST", "/v1/namespaces", { name: "tenant" });
    const roles = ["KeyAdmin", "KeyUser"];
    const made = await service.call("POST", "/v1/principals", { name: "t", roles, namespace: "tenant" });
    const tenant = { authorization: `Bearer ${made.body.token}` };
    const key = freshKey();
    assert.deepEqual((await service.call("GET", "/api/v1/eth2/publicKeys", undefined, tenant)).body, []);
    assertProblem(await signDuty(service, key, vote(1n, 2n), tenant), "key.not_found");
    const [own = ""] = await validatorKeys(service, 1, tenant);
    assert.deepEqual((await service.call("GET", "/api/v1/eth2/publicKeys", undefined, tenant)).body, [own]);
    assertProblem(await signDuty(service, own, vote(1n, 2n)), "key.not_found");
  });
});

describe("web3signer: 404 for a key that is not here", () => {
  for (const identifier of [ABSENT, ABSENT.slice(2), "0x", "0x1234", "key", `${ABSENT}00`]) {
    test(identifier, async () =>
      assertProblem(await signDuty(service, identifier, vote(1n, 2n)), "key.not_found"),
    );
  }
});

describe("web3signer: every duty is signed over the root that its body has", () => {
  for (const sample of DUTY_SAMPLES) {
    test(sample.name, async () => {
      const key = freshKey();
      const duty = sample.body();
      const reply = await signDuty(service, key, duty, sample.irrevocable === true ? exits : {});
      assert.equal(reply.status, 200, reply.text);
      assertSigned(key, duty, reply.body.signature);
    });
  }
  test("members without a meaning are ignored, the type has no case, and a right signingRoot is fine", async () => {
    const key = freshKey();
    const duty = dutyBody("RANDAO_REVEAL");
    const plain = await signDuty(service, key, duty);
    const odd = { ...duty, type: "randao_reveal", extra: { deep: [[[1]]] }, signing_root: null };
    const reply = await signDuty(service, key, odd);
    assert.equal(reply.text, plain.text);
  });
  test("a key is named in either case, with 0x or without", async () => {
    const key = freshKey();
    const duty = dutyBody("RANDAO_REVEAL");
    const { text } = await signDuty(service, key, duty);
    const hex = key.slice(2);
    for (const name of [hex, hex.toUpperCase(), `0x${hex.toUpperCase()}`, `0X${hex}`]) {
      assert.equal((await signDuty(service, name, duty)).text, text, name);
    }
  });
});

describe("web3signer: the answer's media type", () => {
  let key: string;
  before(() => {
    key = freshKey();
  });
  for (const [accept, type] of [
    ["application/json", JSON_TYPE],
    ["*/*", JSON_TYPE],
    ["text/plain, application/json;q=0.5", JSON_TYPE],
    ["APPLICATION/JSON", JSON_TYPE],
    ["application/json;q=0", TEXT_TYPE],
    ["text/plain", TEXT_TYPE],
    ["application/octet-stream", TEXT_TYPE],
    [null, TEXT_TYPE],
  ] as const) {
    test(`Accept: ${accept ?? "(none)"}`, async () => {
      const reply = await send(
        `/api/v1/eth2/sign/${key}`,
        JSON.stringify(vote(5n, 6n)),
        "application/json",
        accept,
      );
      assert.equal(reply.status, 200, reply.text);
      assert.equal(reply.headers.get("content-type"), type);
      const signature = type === JSON_TYPE ? reply.body.signature : reply.text;
      assert.match(signature, /^0x[0-9a-f]{192}$/);
      if (type === JSON_TYPE) assert.deepEqual(Object.keys(reply.body), ["signature"]);
    });
    test(`Accept: ${accept ?? "(none)"} for a refusal`, async () => {
      const reply = await send(
        `/api/v1/eth2/sign/${key}`,
        JSON.stringify(vote(5n, 6n, 1)),
        "application/json",
        accept,
      );
      assert.equal(reply.status, 412);
      if (type === JSON_TYPE) assertProblem(reply, "guard.double_vote");
      else {
        assert.equal(reply.headers.get("content-type"), TEXT_TYPE);
        assert.match(reply.text, /^target epoch 6: /);
      }
    });
  }
});

describe("web3signer: 412 carries the conflict", () => {
  const decimal = (value: number | bigint) => String(value);
  test("double proposal", async () => {
    const key = freshKey();
    assert.equal((await signDuty(service, key, block(7n))).status, 200);
    const reply = await signDuty(service, key, block(7n, 1));
    assertProblem(reply, "guard.double_proposal");
    assert.equal(reply.body.conflictingSlot, "7");
    assert.match(reply.body.conflictingSigningRoot, /^0x[0-9a-f]{64}$/);
    assertProblem(await signDuty(service, key, block(6n)), "guard.below_watermark");
    assert.equal((await signDuty(service, key, block(7n))).status, 200, "the same block again");
  });
  test("votes", async () => {
    const key = freshKey();
    for (const [source, target] of [
      [10n, 11n],
      [12n, 15n],
    ] as const) {
      assert.equal((await signDuty(service, key, vote(source, target))).status, 200);
    }
    const refused = async (source: bigint, target: bigint, root: number, code: string) => {
      const reply = await signDuty(service, key, vote(source, target, root));
      assertProblem(reply, code);
      assert.equal(reply.body.sourceEpoch, decimal(source));
      assert.equal(reply.body.targetEpoch, decimal(target));
      return reply.body;
    };
    const double = await refused(12n, 15n, 1, "guard.double_vote");
    assert.deepEqual([double.conflictingSourceEpoch, double.conflictingTargetEpoch], ["12", "15"]);
    const surrounds = await refused(11n, 16n, 0, "guard.surrounds");
    assert.deepEqual([surrounds.conflictingSourceEpoch, surrounds.conflictingTargetEpoch], ["12", "15"]);
    const surrounded = await refused(13n, 14n, 0, "guard.surrounded");
    assert.deepEqual([surrounded.conflictingSourceEpoch, surrounded.conflictingTargetEpoch], ["12", "15"]);
    await refused(20n, 19n, 0, "guard.source_after_target");
    const below = await refused(9n, 20n, 0, "guard.surrounds");
    assert.ok(below.conflictingTargetEpoch);
    await refused(10n, 10n, 0, "guard.below_watermark");
  });
  test("another chain", async () => {
    const duty = vote(1n, 2n);
    const fork_info = { ...duty["fork_info"], genesis_validators_root: `0x${"77".repeat(32)}` };
    const reply = await signDuty(service, freshKey(), { ...duty, fork_info });
    assertProblem(reply, "guard.genesis_root");
    assert.equal(reply.body.genesisValidatorsRoot, `0x${"77".repeat(32)}`);
  });
  test("a refusal is on record under the id that its answer names", async () => {
    const key = freshKey();
    await signDuty(service, key, block(7n));
    const { body } = await signDuty(service, key, block(7n, 1));
    const stored = await service.call("GET", `/v1/requests/${body.requestId}`);
    assert.equal(stored.status, 200, stored.text);
    assert.match(stored.text, /guard\.double_proposal/);
  });
});

describe("web3signer: batch", () => {
  const batch = (body: unknown, headers = {}) => service.call("POST", "/api/v1/eth2/sign", body, headers);
  test("one slashable key among many, one unknown: results in the order of the request", async () => {
    const many = Array.from({ length: 8 }, freshKey);
    const slashable = many[3] ?? "";
    assert.equal((await signDuty(service, slashable, vote(30n, 31n, 9))).status, 200);
    const duty = vote(30n, 31n);
    const identifiers = [
      ...many.slice(0, 5),
      ABSENT,
      ...many.slice(5).map((identifier) => identifier.slice(2).toUpperCase()),
    ];
    const reply = await batch({ identifiers, signing_request: duty });
    assert.equal(reply.status, 200, reply.text);
    assert.deepEqual(
      reply.body.map((answer: any) => answer.identifier),
      identifiers,
    );
    for (const { identifier, signature, error } of reply.body) {
      if (identifier === slashable) {
        assert.equal(signature, undefined);
        assert.equal(error.code, 412);
        assert.equal(error.reason, "guard.double_vote");
        assert.equal(error.conflictingTargetEpoch, "31");
        assert.match(error.requestId, /^req_/);
      } else if (identifier === ABSENT) {
        assert.deepEqual([error.code, error.reason], [404, "key.not_found"]);
      } else {
        const key = `0x${identifier.replace(/^0x/, "").toLowerCase()}`;
        assertSigned(key, duty, signature);
      }
    }
  });
  const refusals: readonly (readonly [string, (key: string) => unknown, RegExp])[] = [
    ["no identifiers", () => ({ signing_request: vote(1n, 2n) }), /\/identifiers: is missing/],
    ["an empty list", () => ({ identifiers: [], signing_request: vote(1n, 2n) }), /\/identifiers/],
    ["no duty", (key) => ({ identifiers: [key] }), /\/signing_request: is missing/],
    [
      "a key twice",
      (key) => ({ identifiers: [key, key.slice(2).toUpperCase()], signing_request: vote(1n, 2n) }),
      /\/identifiers\/1: names a key for the second time/,
    ],
    [
      "2,001 keys",
      () => ({
        identifiers: Array.from({ length: 2001 }, (_, index) => String(index)),
        signing_request: vote(1n, 2n),
      }),
      /\/identifiers/,
    ],
    [
      "a duty that is malformed for every key",
      (key) => ({ identifiers: [key], signing_request: { ...vote(1n, 2n), attestation: {} } }),
      /^\/signing_request\/attestation\/\w+: is missing/,
    ],
  ];
  for (const [name, body, detail] of refusals) {
    test(`${name} is 400 as a whole`, async () => {
      const reply = await batch(body(keys[0] ?? ""));
      assertProblem(reply, "request.malformed");
      assert.match(reply.body.detail, detail);
    });
  }
  test("without a right to sign it is 403 as a whole", async () => {
    const made = await service.call("POST", "/v1/principals", { name: "reader", roles: ["Auditor"] });
    const headers = { authorization: `Bearer ${made.body.token}` };
    assertProblem(
      await batch({ identifiers: [keys[0]], signing_request: vote(1n, 2n) }, headers),
      "auth.forbidden",
    );
  });
  test("an Idempotency-Key gives the same signatures for the same batch, and refuses another", async () => {
    const identifiers = [freshKey(), freshKey()];
    const headers = { "idempotency-key": "batch-1" };
    const first = await batch({ identifiers, signing_request: vote(3n, 4n) }, headers);
    assert.equal((await batch({ identifiers, signing_request: vote(3n, 4n) }, headers)).text, first.text);
    const other = await batch({ identifiers, signing_request: vote(4n, 5n) }, headers);
    assertProblem(other, "request.idempotency_conflict");
  });
});

describe("web3signer: the other routes", () => {
  test("publicKeys has the active validator keys, sorted, in lower case", async () => {
    const { body } = await service.call("GET", "/api/v1/eth2/publicKeys");
    assert.deepEqual(body, keys.toSorted());
  });
  const json = { "content-type": "application/json" };
  for (const [who, headers, type] of [
    ["no Accept, as many probes have it", {}, TEXT_TYPE],
    ["Accept: */*, as curl sends it", { accept: "*/*" }, TEXT_TYPE],
    ["Accept: text/plain", { accept: "text/plain" }, TEXT_TYPE],
    [
      "Accept: application/json, as newer releases of Lodestar send it",
      { accept: "application/json" },
      JSON_TYPE,
    ],
    ["Accept: several, JSON among them", { accept: "text/plain, application/json;q=0.9, */*" }, JSON_TYPE],
    ["Accept: APPLICATION/JSON", { accept: "APPLICATION/JSON" }, JSON_TYPE],
    ["Accept: JSON ruled out", { accept: "application/json;q=0, */*" }, TEXT_TYPE],
    ["Lodestar 1.5.1, which names JSON in another header", { accept: "*/*", ...json }, JSON_TYPE],
    ["no Accept, and JSON in the other header", json, JSON_TYPE],
    ["text asked for, JSON in the other header", { accept: "text/plain", ...json }, TEXT_TYPE],
  ] as const) {
    test(`upcheck without a token: ${who}`, async () => {
      const reply = await sendExactly(service, "/upcheck", "", headers, "GET");
      assert.deepEqual(
        [reply.status, reply.headers.get("content-type"), reply.text],
        [200, type, type === JSON_TYPE ? '{"status":"OK"}' : "OK"],
      );
    });
  }
  test("healthcheck names its checks, and is 503 while sealed; so is a duty, with Retry-After", async () => {
    const open = { authorization: "" };
    const healthy = await service.call("GET", "/healthcheck", undefined, open);
    assert.equal(healthy.status, 200);
    assert.equal(healthy.body.outcome, "UP");
    assert.deepEqual(
      healthy.body.checks.map(({ id }: any) => id),
      ["default-check", "slashing-protection-db-health-check", "keys-check/ledger"],
    );
    assert.ok(healthy.body.checks[2].data["keys-loaded"] >= keys.length);
    await service.call("POST", "/v1/sys/seal");
    try {
      const sealed = await service.call("GET", "/healthcheck", undefined, open);
      assert.deepEqual([sealed.status, sealed.body.status], [503, "DOWN"]);
      assertProblem(await signDuty(service, keys[0] ?? "", vote(1n, 2n)), "service.sealed");
      const text = await signDuty(service, keys[0] ?? "", vote(1n, 2n), { accept: "text/plain" });
      assert.deepEqual([text.status, text.headers.get("retry-after")], [503, "1"]);
    } finally {
      const passphrase = readFileSync(join(service.dataDirectory, "dev.passphrase"), "utf8");
      assert.equal((await service.call("POST", "/v1/sys/unseal", { passphrase })).status, 200);
    }
  });
  test("reload", async () => {
    assert.deepEqual((await service.call("GET", "/reload")).body, { status: "idle" });
    const reply = await service.call("POST", "/reload");
    assert.equal(reply.status, 202);
    assert.equal(reply.body.status, "accepted");
    assert.equal((await service.call("GET", "/reload")).body.status, "completed");
  });
  test("highWatermark is empty without a signing stop", async () => {
    assert.deepEqual((await service.call("GET", "/api/v1/eth2/highWatermark")).body, {});
  });
});

/** A request with exactly these headers: fetch always sends an Accept. */
function send(
  path: string,
  body: string,
  type: string,
  accept: string | null = "application/json",
  more: Record<string, string> = {},
): Promise<Reply> {
  return sendExactly(service, path, body, {
    "content-type": type,
    authorization: `Bearer ${TOKEN}`,
    ...(accept === null ? {} : { accept }),
    ...more,
  });
}
