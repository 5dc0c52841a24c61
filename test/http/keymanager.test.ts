/** The Keymanager API over the running service: its token, its statuses, history before keys and after them. */
import assert from "node:assert/strict";
import { readFileSync, rmSync, statSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { toHex } from "../../src/domain/bytes.ts";
import { blsPublicKey } from "../../src/vault/sign/bls.ts";
import { MAINNET_GENESIS_ROOT } from "../chains/ethereum-validator/duties.ts";
import { KEYS_MAX } from "../../src/http/schemas/keymanager.ts";
import { RunningService, TOKEN, type Reply } from "../running/service.ts";
import { assertSigned, block, signDuty, validatorKeys, vote } from "../running/validators.ts";
import { keystoreOf, validatorKey } from "../vault/keystores/keystores.ts";
import { assertProblem } from "./problems.ts";

const PATH = "/eth/v1/keystores";
const PASSWORD = "correct horse";

let service: RunningService;
let keymanager: Record<string, string>;
let nextKey = 0;

before(async () => {
  service = await RunningService.start();
  keymanager = tokenOf(service);
});
after(() => service.stop());

function tokenOf(running: RunningService): Record<string, string> {
  const token = readFileSync(join(running.dataDirectory, "keymanager.token"), "utf8").trim();
  return { authorization: `Bearer ${token}` };
}

interface Sample {
  readonly publicKey: string;
  readonly keystore: string;
}

/** A keystore that nobody has imported. */
function fresh(): Sample {
  const secret = validatorKey(nextKey++);
  return { publicKey: toHex(blsPublicKey(secret)), keystore: JSON.stringify(keystoreOf(secret, PASSWORD)) };
}

function importing(
  samples: readonly Sample[],
  document?: unknown,
  passwords?: readonly string[],
): Promise<Reply> {
  return service.call(
    "POST",
    PATH,
    {
      keystores: samples.map((sample) => sample.keystore),
      passwords: passwords ?? samples.map(() => PASSWORD),
      ...(document === undefined
        ? {}
        : { slashing_protection: typeof document === "string" ? document : JSON.stringify(document) }),
    },
    keymanager,
  );
}

function deleting(publicKeys: readonly string[]): Promise<Reply> {
  return service.call("DELETE", PATH, { pubkeys: publicKeys }, keymanager);
}

function statuses(reply: Reply): string[] {
  assert.equal(reply.status, 200, reply.text);
  return reply.body.data.map((entry: { status: string }) => entry.status);
}

async function listed(): Promise<string[]> {
  const reply = await service.call("GET", PATH, undefined, keymanager);
  assert.equal(reply.status, 200, reply.text);
  return reply.body.data.map((entry: any) => entry.validating_pubkey);
}

function history(entries: readonly object[], root = MAINNET_GENESIS_ROOT): object {
  return { metadata: { interchange_format_version: "5", genesis_validators_root: root }, data: entries };
}

describe("keymanager: its own token", () => {
  for (const method of ["GET", "POST", "DELETE"]) {
    for (const [name, authorization, status] of [
      ["none", "", 401],
      ["another scheme", "Basic dGVzdDp0ZXN0", 401],
      ["a wrong one", `Bearer ${"0".repeat(64)}`, 403],
      ["the administrator's", `Bearer ${TOKEN}`, 403],
    ] as const) {
      test(`${method} with ${name} is ${status}, as {message}`, async () => {
        const body = method === "GET" ? undefined : {};
        const reply = await service.call(method, PATH, body, { authorization });
        assert.equal(reply.status, status);
        assert.equal(typeof reply.body.message, "string");
        assert.equal(reply.headers.get("content-type"), "application/json; charset=utf-8");
        assert.equal(reply.headers.get("www-authenticate"), status === 401 ? "Bearer" : null);
      });
    }
  }
  test("it opens nothing else", async () => {
    assertProblem(await service.call("GET", "/v1/keys", undefined, keymanager), "auth.missing");
    assertProblem(
      await service.call("GET", "/api/v1/eth2/publicKeys", undefined, keymanager),
      "auth.missing",
    );
  });
  test("it is 256 bits in hex, in a file that only its owner reads", () => {
    const file = join(service.dataDirectory, "keymanager.token");
    assert.match(readFileSync(file, "utf8"), /^0x[0-9a-f]{64}\n$/);
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });
});

describe("keymanager: a token file of the operator", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "claviger-keymanager-"));
  });
  after(() => rmSync(folder, { recursive: true }));
  const start = (file: string) =>
    RunningService.start({ environment: { CLAVIGER_VALIDATORS__KEYMANAGER_TOKEN_FILE: file } });

  test("its token is the one that counts", async () => {
    const file = join(folder, "mine");
    writeFileSync(file, `${"my-own-token".repeat(4)}\n`, { mode: 0o600 });
    const running = await start(file);
    const headers = { authorization: `Bearer ${"my-own-token".repeat(4)}` };
    const reply = await running.call("GET", PATH, undefined, headers);
    await running.stop();
    assert.equal(reply.status, 200);
  });
  test("one that is too short, or cannot be read, stops the start", async () => {
    const short = join(folder, "short");
    writeFileSync(short, "secret\n", { mode: 0o600 });
    await assert.rejects(start(short), (error: Error) => {
      assert.match(error.message, /shorter than 32 characters/);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
    await assert.rejects(start(folder), /EISDIR|directory/);
  });
});

describe("keymanager: malformed calls are 400 with a message", () => {
  const rows: readonly (readonly [string, string, unknown])[] = [
    ["no keystores", "POST", { passwords: [] }],
    ["no passwords", "POST", { keystores: [] }],
    ["fewer passwords than keystores", "POST", { keystores: ["{}", "{}"], passwords: ["a"] }],
    ["keystores that are objects", "POST", { keystores: [{}], passwords: ["a"] }],
    ["history that is no text", "POST", { keystores: [], passwords: [], slashing_protection: {} }],
    ["no pubkeys", "DELETE", {}],
    ["a pubkey of 47 bytes", "DELETE", { pubkeys: [`0x${"11".repeat(47)}`] }],
    ["a pubkey without 0x", "DELETE", { pubkeys: ["11".repeat(48)] }],
  ];
  for (const [name, method, body] of rows) {
    test(name, async () => {
      const reply = await service.call(method, PATH, body, keymanager);
      assert.equal(reply.status, 400, reply.text);
      assert.deepEqual(Object.keys(reply.body), ["message", "code"]);
    });
  }
  for (const [name, document] of [
    ["is no JSON", "{"],
    [
      "has another version",
      {
        ...history([]),
        metadata: { interchange_format_version: "4", genesis_validators_root: MAINNET_GENESIS_ROOT },
      },
    ],
    ["lacks its metadata", { data: [] }],
    [
      "has a slot of 2^63",
      (key: string) =>
        history([{ pubkey: key, signed_blocks: [{ slot: "9223372036854775808" }], signed_attestations: [] }]),
    ],
  ] as const) {
    test(`history that ${name}: and no key becomes active`, async () => {
      const key = fresh();
      const reply = await importing(
        [key],
        typeof document === "function" ? document(key.publicKey) : document,
      );
      assert.equal(reply.status, 400, reply.text);
      assert.match(reply.body.message, /^\/slashing_protection: /);
      assert.ok(!(await listed()).includes(key.publicKey));
      assertProblem(await signDuty(service, key.publicKey, vote(1n, 2n)), "key.not_found");
    });
  }
});

describe("keymanager: import", () => {
  test("nothing is nothing", async () => assert.deepEqual(statuses(await importing([])), []));

  test("statuses in order: imported, duplicate in the request, wrong password, unreadable, duplicate of an active key", async () => {
    const [first, second] = [fresh(), fresh()];
    const broken = { publicKey: "", keystore: '{"version":3}' };
    const reply = await importing([first, first, second, broken], undefined, [
      PASSWORD,
      PASSWORD,
      "wrong",
      PASSWORD,
    ]);
    assert.deepEqual(statuses(reply), ["imported", "duplicate", "error", "error"]);
    assert.match(reply.body.data[2].message, /password/);
    assert.match(reply.body.data[3].message, /\/version/);
    assert.doesNotMatch(reply.text, /wrong"|correct horse/);
    assert.deepEqual(statuses(await importing([first])), ["duplicate"]);
    assert.deepEqual([await listed()].flat().includes(second.publicKey), false);
    const duty = vote(1n, 2n);
    const signed = await signDuty(service, first.publicKey, duty);
    assertSigned(first.publicKey, duty, signed.body.signature);
  });

  test("a keystore whose key is not its pubkey's is an error", async () => {
    const sound = keystoreOf(validatorKey(nextKey++), PASSWORD);
    const other = fresh();
    const keystore = JSON.stringify({ ...sound, pubkey: other.publicKey.slice(2) });
    assert.deepEqual(statuses(await importing([{ publicKey: "", keystore }])), ["error"]);
  });

  test("history is there before the key signs, and only that of keys that are imported", async () => {
    const [imported, stranger] = [fresh(), fresh()];
    const entry = (pubkey: string) => ({
      pubkey,
      signed_blocks: [{ slot: "100" }],
      signed_attestations: [{ source_epoch: "10", target_epoch: "11" }],
    });
    const reply = await importing(
      [imported],
      history([entry(imported.publicKey), entry(stranger.publicKey)]),
    );
    assert.deepEqual(statuses(reply), ["imported"]);
    assertProblem(await signDuty(service, imported.publicKey, block(100n)), "guard.double_proposal");
    assertProblem(await signDuty(service, imported.publicKey, vote(10n, 11n)), "guard.double_vote");
    assert.equal((await signDuty(service, imported.publicKey, vote(11n, 12n))).status, 200);
    assert.deepEqual(statuses(await importing([stranger])), ["imported"]);
    assert.equal((await signDuty(service, stranger.publicKey, block(50n))).status, 200);
  });

  test("history of another chain: error for each key, none becomes active, not even later", async () => {
    const key = fresh();
    const reply = await importing([key], history([], `0x${"99".repeat(32)}`));
    assert.deepEqual(statuses(reply), ["error"]);
    assert.match(reply.body.data[0].message, /slashing_protection/);
    assert.ok(!(await listed()).includes(key.publicKey));
    assertProblem(await signDuty(service, key.publicKey, vote(1n, 2n)), "key.not_found");
  });

  test("many at once, while two calls import history", async () => {
    const [left, right] = [Array.from({ length: 20 }, fresh), Array.from({ length: 20 }, fresh)];
    const entries = (samples: readonly Sample[]) =>
      history(
        samples.map(({ publicKey }) => ({
          pubkey: publicKey,
          signed_blocks: [{ slot: "7" }],
          signed_attestations: [],
        })),
      );
    const replies = await Promise.all([importing(left, entries(left)), importing(right, entries(right))]);
    for (const reply of replies) assert.deepEqual(new Set(statuses(reply)), new Set(["imported"]));
    for (const { publicKey } of [...left, ...right]) {
      assertProblem(await signDuty(service, publicKey, block(7n)), "guard.double_proposal");
    }
  });
});

test("keymanager: the service outlives its keystore threads, which end when nothing came for two seconds", async () => {
  assert.deepEqual(statuses(await importing([fresh()])), ["imported"]);
  await new Promise((resolve) => setTimeout(resolve, 3000));
  assert.equal(service.process.signalCode, null);
  assert.deepEqual(statuses(await importing([fresh()])), ["imported"]);
});

describe("keymanager: list", () => {
  test("wallet keys are readonly, with their path", async () => {
    const [derived] = await validatorKeys(service, 1);
    const { body } = await service.call("GET", PATH, undefined, keymanager);
    const found = body.data.find((entry: any) => entry.validating_pubkey === derived);
    assert.deepEqual(found, {
      validating_pubkey: derived,
      derivation_path: "m/12381/3600/0/0/0",
      readonly: true,
    });
  });
});

describe("keymanager: delete", () => {
  test("takes as many keys as one call may name", async () => {
    const names = Array.from({ length: KEYS_MAX }, (_, index) => `0x${index.toString(16).padStart(96, "c")}`);
    const answered = statuses(await deleting(names));
    assert.equal(answered.length, KEYS_MAX);
    assert.ok(answered.every((status) => status === "not_found"));
  });

  test("stops signing, gives the history, and gives it again; the key comes back with it", async () => {
    const key = fresh();
    await importing([key]);
    assert.equal((await signDuty(service, key.publicKey, block(5n))).status, 200);
    assert.equal((await signDuty(service, key.publicKey, vote(3n, 4n))).status, 200);
    const reply = await deleting([key.publicKey]);
    assert.deepEqual(statuses(reply), ["deleted"]);
    const document = JSON.parse(reply.body.slashing_protection);
    assert.equal(document.metadata.genesis_validators_root, MAINNET_GENESIS_ROOT);
    assert.equal(document.data.length, 1);
    assert.equal(document.data[0].pubkey, key.publicKey);
    assert.equal(document.data[0].signed_blocks[0].slot, "5");
    assert.equal(document.data[0].signed_attestations[0].target_epoch, "4");
    assert.ok(!(await listed()).includes(key.publicKey));
    assertProblem(await signDuty(service, key.publicKey, vote(4n, 5n)), "guard.disabled");
    const again = await deleting([key.publicKey]);
    assert.deepEqual(statuses(again), ["not_active"]);
    assert.equal(again.body.slashing_protection, reply.body.slashing_protection);
    assert.deepEqual(statuses(await importing([key])), ["imported"]);
    assertProblem(await signDuty(service, key.publicKey, vote(3n, 4n, 1)), "guard.double_vote");
    assert.equal((await signDuty(service, key.publicKey, vote(4n, 5n))).status, 200);
  });

  test("a key that another namespace holds too is not disabled, and is never said to be", async () => {
    const key = fresh();
    await service.call("POST", "/v1/namespaces", { name: "tenant" });
    const roles = ["KeyAdmin", "KeyUser"];
    const made = await service.call("POST", "/v1/principals", { name: "t", roles, namespace: "tenant" });
    const tenant = { authorization: `Bearer ${made.body.token}` };
    const secret = validatorKey(nextKey - 1);
    const body = { chain: "ethereum-validator", privateKey: toHex(secret) };
    const theirs = await service.call("POST", "/v1/keys/import", body, tenant);
    assert.equal(theirs.status, 201, theirs.text);
    assert.equal((await signDuty(service, key.publicKey, vote(1n, 2n), tenant)).status, 200);
    // Never had here: no word of it.
    assert.deepEqual(statuses(await deleting([key.publicKey])), ["not_found"]);

    await importing([key]);
    for (const _ of [1, 2]) {
      const reply = await deleting([key.publicKey]);
      assert.deepEqual(statuses(reply), ["error"]);
      assert.match(reply.body.data[0].message, /outside your namespace.*not disabled/);
      assert.doesNotMatch(reply.text, /tenant|key_/);
      assert.deepEqual(JSON.parse(reply.body.slashing_protection).data, []);
    }
    assertProblem(await signDuty(service, key.publicKey, vote(2n, 3n)), "guard.disabled");
    assert.equal((await signDuty(service, key.publicKey, vote(2n, 3n), tenant)).status, 200);

    await service.call("DELETE", `/v1/keys/${theirs.body.id}`, undefined, tenant);
    const reply = await deleting([key.publicKey]);
    assert.deepEqual(statuses(reply), ["not_active"]);
    assert.equal(JSON.parse(reply.body.slashing_protection).data[0].signed_attestations.length, 2);
  });

  test("a key that was disabled is deleted too; an import does not enable one", async () => {
    const imported = fresh();
    await importing([imported]);
    const { items } = (await service.call("GET", "/v1/keys?limit=500")).body;
    const { id } = items.find((key: any) => key.publicKey === imported.publicKey);
    await service.call("POST", `/v1/keys/${id}/disable`);
    const again = await importing([imported]);
    assert.deepEqual(statuses(again), ["error"]);
    assert.match(again.body.data[0].message, /was disabled; enable it/);
    assert.deepEqual(statuses(await deleting([imported.publicKey])), ["deleted"]);
    assertProblem(await service.call("POST", `/v1/keys/${id}/enable`), "request.conflict");
  });

  test("statuses in order: a key that is unknown, one in upper case, a wallet's, one that never signed, one twice", async () => {
    const [first, second] = [fresh(), fresh()];
    const [derived = ""] = await validatorKeys(service, 1);
    await importing([first, second]);
    const upper = `0x${first.publicKey.slice(2).toUpperCase()}`;
    const unknown = fresh().publicKey;
    const reply = await deleting([unknown, upper, derived, second.publicKey, second.publicKey]);
    assert.deepEqual(statuses(reply), ["not_found", "deleted", "error", "deleted", "deleted"]);
    assert.match(reply.body.data[2].message, /readonly/);
    const keys = JSON.parse(reply.body.slashing_protection).data.map((entry: any) => entry.pubkey);
    assert.deepEqual(keys.toSorted(), [first.publicKey, second.publicKey].toSorted());
  });

  test("a deleted key stays so after a restart", async () => {
    const dataDirectory = mkdtempSync(join(tmpdir(), "claviger-deleted-"));
    try {
      const first = await RunningService.start({ dataDirectory });
      const key = fresh();
      const body = { keystores: [key.keystore], passwords: [PASSWORD] };
      assert.deepEqual(statuses(await first.call("POST", PATH, body, tokenOf(first))), ["imported"]);
      await first.call("DELETE", PATH, { pubkeys: [key.publicKey] }, tokenOf(first));
      await first.kill();
      const second = await RunningService.start({ dataDirectory });
      assert.deepEqual((await second.call("GET", PATH, undefined, tokenOf(second))).body, { data: [] });
      assertProblem(await signDuty(second, key.publicKey, vote(1n, 2n)), "guard.disabled");
      await second.stop();
    } finally {
      rmSync(dataDirectory, { recursive: true, force: true });
    }
  });

  test("no vote that was under way is missing from the history that is given away", async () => {
    const key = fresh();
    await importing([key]);
    await signDuty(service, key.publicKey, vote(0n, 1n));
    const signing = Array.from({ length: 60 }, (_, index) =>
      signDuty(service, key.publicKey, vote(BigInt(index), BigInt(index + 1))),
    );
    const deleted = await deleting([key.publicKey]);
    const votes: any[] = JSON.parse(deleted.body.slashing_protection).data[0].signed_attestations;
    const exported = new Set(votes.map((entry) => entry.target_epoch));
    for (const [index, reply] of (await Promise.all(signing)).entries()) {
      if (reply.status === 200)
        assert.ok(exported.has(String(index + 1)), `vote ${index + 1} left after the export`);
      else assert.equal(reply.status, 412, reply.text);
    }
  });
});
