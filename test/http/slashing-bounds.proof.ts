/** Floors and bounds of validator keys on a running service: who may, what holds at once, and what a crash or race leaves. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Role } from "../../src/access/roles.ts";
import { member, TENANT } from "../access/tenants.ts";
import { claviger, succeeded } from "../commands/claviger.ts";
import { RunningService, TOKEN, type Reply } from "../running/service.ts";
import { block, signDuty, validatorKeys, vote } from "../running/validators.ts";
import { assertDocumented } from "./document.ts";
import { assertProblem } from "./problems.ts";

const PATH = "/v1/slashing-protection";
const NOBODYS = `0x${"ac".repeat(48)}`;

let service: RunningService;
let keys: string[];
before(async () => {
  service = await RunningService.start();
  keys = await validatorKeys(service, 12);
});
after(() => service.stop());

type Headers = Readonly<Record<string, string>>;

async function post(what: "floors" | "bounds", body: unknown, headers: Headers = {}): Promise<Reply> {
  const reply = await service.call("POST", `${PATH}/${what}`, body, headers);
  assertDocumented("POST", `${PATH}/${what}`, reply);
  return reply;
}

async function changed(what: "floors" | "bounds", body: unknown, headers: Headers = {}): Promise<number> {
  const reply = await post(what, body, headers);
  assert.equal(reply.status, 200, reply.text);
  return reply.body.changed;
}

async function state(publicKey: string): Promise<any> {
  const { body } = await service.call("GET", `${PATH}/keys?limit=500`);
  return body.items.find((item: any) => item.publicKey === publicKey);
}

async function acts(): Promise<any[]> {
  const { body } = await service.call("GET", "/v1/audit/entries?limit=500");
  return body.items
    .map((item: any) => item.entry)
    .filter((entry: any) => /^slashing\.(?:floor|bound|lift)$/.test(entry.action));
}

const signs = async (key: string, duty: object): Promise<unknown> => {
  const reply = await signDuty(service, key, duty);
  return reply.status === 200 ? "signed" : reply.body.code;
};

describe("floors and bounds: refusals", () => {
  for (const [name, body, field] of [
    ["no keys", { slot: "1" }, "/publicKeys"],
    ["keys and every key", { publicKeys: [NOBODYS], everyKey: true, slot: "1" }, "/publicKeys"],
    ["every key false", { everyKey: false, slot: "1" }, "/publicKeys"],
    ["an empty list", { publicKeys: [], slot: "1" }, "/publicKeys"],
    ["no number", { everyKey: true }, "/slot"],
    ["slot and epoch exchanged", { everyKey: true, slot: "281250", epoch: "9000000" }, "/epoch"],
    ["a slot of 2^63", { everyKey: true, slot: "9223372036854775808" }, "/slot"],
    ["a slot with a zero before it", { everyKey: true, slot: "01" }, "/slot"],
    ["a slot that is negative", { everyKey: true, slot: "-1" }, "/slot"],
    ["a slot as a number", { everyKey: true, slot: 1 }, "/slot"],
    ["another field", { everyKey: true, slots: "1" }, "/slots"],
  ] as const) {
    test(`${name}: 400, and the field is named`, async () => {
      for (const what of ["floors", "bounds"] as const) {
        const reply = await post(what, body);
        assertProblem(reply, "request.malformed");
        assert.equal(reply.body.field, field, reply.text);
      }
    });
  }
  test("a floor is never lifted", async () => {
    assertProblem(await post("floors", { everyKey: true, slot: null }), "request.malformed");
  });
  test("a key that nobody knows is named, and no other is changed", async () => {
    const [key = ""] = keys;
    for (const what of ["floors", "bounds"] as const) {
      const reply = await post(what, { publicKeys: [key, NOBODYS], slot: "5" });
      assertProblem(reply, "key.not_found");
      assert.equal(reply.body.field, "/publicKeys/1");
    }
    assert.deepEqual((await state(key)).lowSlot, null);
  });
});

describe("floors", () => {
  test("of a key that signed and one that did not: nothing new at or below; repeats stay; they only rise", async () => {
    const [signed = "", fresh = "", other = ""] = keys.slice(1);
    const [early, vote1] = [block(100n), vote(3n, 4n)];
    assert.deepEqual([await signs(signed, early), await signs(signed, vote1)], ["signed", "signed"]);
    const body = { publicKeys: [signed, fresh], slot: "200", epoch: "6" };
    assert.equal(await changed("floors", body), 2);
    assert.equal(await changed("floors", body), 0);
    for (const key of [signed, fresh]) {
      assert.equal(await signs(key, block(200n)), "guard.below_watermark");
      assert.equal(await signs(key, vote(5n, 7n)), "guard.below_watermark");
      assert.equal(await signs(key, vote(6n, 6n)), "guard.below_watermark");
    }
    assert.deepEqual(
      [await signs(signed, early), await signs(signed, vote1)],
      ["signed", "guard.below_watermark"],
    );
    assert.deepEqual(await signs(other, block(1n)), "signed");
    assert.equal(await changed("floors", { publicKeys: [signed, fresh], slot: "150", epoch: "5" }), 0);
    assert.equal(await changed("floors", { publicKeys: [signed], slot: "300" }), 1);
    const { lowSlot, lowSourceEpoch, lowTargetEpoch, hasHistory } = await state(signed);
    assert.deepEqual([lowSlot, lowSourceEpoch, lowTargetEpoch, hasHistory], ["300", "6", "6", true]);
    assert.equal((await state(fresh)).hasHistory, false, "a floor is no history");
    assert.deepEqual(
      [await signs(fresh, block(201n)), await signs(fresh, vote(6n, 7n))],
      ["signed", "signed"],
    );
    assert.equal((await state(fresh)).lowSlot, "200");
  });
});

describe("bounds", () => {
  test("of a key: nothing at or above, not even a repeat; moved down and up; lifted", async () => {
    const [key = "", other = ""] = keys.slice(4);
    assert.equal(await signs(key, block(60n)), "signed");
    assert.equal(await changed("bounds", { publicKeys: [key], slot: "60", epoch: "9" }), 1);
    assert.deepEqual(
      [await signs(key, block(60n)), await signs(key, block(61n)), await signs(key, vote(1n, 9n))],
      ["guard.above_watermark", "guard.above_watermark", "guard.above_watermark"],
    );
    assert.deepEqual([await signs(key, vote(1n, 8n)), await signs(other, block(61n))], ["signed", "signed"]);
    const { stopSlot, stopEpoch } = await state(key);
    assert.deepEqual([stopSlot, stopEpoch], ["60", "9"]);
    assert.deepEqual((await service.call("GET", "/api/v1/eth2/highWatermark")).body, {});
    assert.equal(await changed("bounds", { publicKeys: [key], slot: "70" }), 1);
    assert.deepEqual(
      [await signs(key, block(61n)), await signs(key, vote(8n, 9n))],
      ["signed", "guard.above_watermark"],
    );
    assert.equal(await changed("bounds", { publicKeys: [key], slot: null, epoch: null }), 1);
    assert.equal(await signs(key, vote(8n, 9n)), "signed");
    assert.deepEqual(
      (await acts()).slice(-3).map((act) => [act.action, act.slot, act.epoch, act.publicKeys]),
      [
        ["slashing.bound", "60", "9", [key]],
        ["slashing.lift", "70", undefined, [key]],
        ["slashing.lift", null, null, [key]],
      ],
    );
  });

  test("of the whole directory: keys to come too, beside those of single keys; Web3Signer's clients see it", async () => {
    const [key = ""] = keys.slice(6);
    assert.equal(await changed("bounds", { publicKeys: [key], slot: "40" }), 1);
    assert.ok((await changed("bounds", { everyKey: true, slot: "50", epoch: "1" })) >= keys.length);
    assert.equal(await changed("bounds", { everyKey: true, slot: "50", epoch: "1" }), 0);
    const [late = ""] = await validatorKeys(service, 1);
    assert.equal(await signs(late, block(50n)), "guard.above_watermark");
    assert.equal(await signs(key, block(41n)), "guard.above_watermark");
    assert.deepEqual((await service.call("GET", "/api/v1/eth2/highWatermark")).body, {
      epoch: "1",
      slot: "50",
    });
    assert.ok((await changed("bounds", { everyKey: true, slot: null, epoch: null })) > 0);
    assert.deepEqual(
      [await signs(late, block(50n)), await signs(key, block(41n))],
      ["signed", "guard.above_watermark"],
    );
    const last = (await acts()).at(-1);
    assert.deepEqual([last.action, last.everyKey, last.publicKeys], ["slashing.lift", true, undefined]);
  });
});

describe("floors and bounds: who may", () => {
  test("a namespace binds its own keys; only a KeyAdmin lifts; what another holds too, only the root namespace", async () => {
    await service.call("POST", "/v1/namespaces", { name: TENANT });
    const as = async (...roles: Role[]) => (await member(service, TENANT, roles)).authorization;
    const [keyAdmin, namespaceAdmin, keyUser] = [
      await as("KeyAdmin"),
      await as("NamespaceAdmin"),
      await as("KeyUser"),
    ];
    const raw = { chain: "ethereum-validator", privateKey: `0x${"17".repeat(32)}` };
    const made = await service.call("POST", "/v1/keys/import", raw, keyAdmin);
    assert.equal(made.status, 201, made.text);
    const { publicKey } = made.body;
    const own = { publicKeys: [publicKey] };
    for (const what of ["floors", "bounds"] as const) {
      assertProblem(await post(what, { ...own, slot: "5" }, keyUser), "auth.forbidden");
      assertProblem(await post(what, { publicKeys: [keys[7]], slot: "5" }, keyAdmin), "key.not_found");
    }
    assert.equal(await changed("bounds", { everyKey: true, slot: "80" }, namespaceAdmin), 1);
    assert.equal(await changed("bounds", { ...own, slot: "70" }, namespaceAdmin), 1);
    for (const slot of [null, "75"]) {
      const reply = await post("bounds", { ...own, slot }, namespaceAdmin);
      assertProblem(reply, "auth.forbidden");
      assert.match(reply.body.detail, /a bound of 0x.* needs the role KeyAdmin/);
    }
    assert.equal(await changed("bounds", { ...own, slot: "75" }, keyAdmin), 1);
    assert.equal((await state(keys[7] ?? "")).stopSlot, null, "not a key of others");
    // The root namespace holds the key too, and relies on the bound.
    assert.equal((await service.call("POST", "/v1/keys/import", raw)).status, 201);
    assertProblem(await post("bounds", { ...own, slot: null }, keyAdmin), "auth.forbidden");
    assert.equal(await changed("bounds", { ...own, slot: "60" }, keyAdmin), 1);
    assert.equal(await changed("bounds", { ...own, slot: null }), 1);
    assert.equal(await changed("floors", { everyKey: true, slot: "9" }, keyAdmin), 1);
    assert.equal((await signDuty(service, publicKey, block(9n))).body.code, "guard.below_watermark");
  });
});

test("a bound that is set while votes are signed: in the log, none at or above it was let pass behind it", async () => {
  const key = keys[9] ?? "";
  const votes = Array.from({ length: 40 }, (_, index) => vote(0n, BigInt(index + 1)));
  const signing = votes.map((duty) => signDuty(service, key, duty));
  const set = await post("bounds", { publicKeys: [key], slot: "960", epoch: "20" });
  assert.equal(set.status, 200, set.text);
  const later = await signs(key, vote(0n, 20n, 1));
  const replies = await Promise.all(signing);
  assert.equal(later, "guard.above_watermark");
  const { items } = (await service.call("GET", "/v1/audit/entries?limit=500")).body;
  const placeOf = (text: string) => items.findIndex((item: any) => JSON.stringify(item.entry).includes(text));
  const act = items.findLastIndex((item: any) => item.entry.action === "slashing.bound");
  for (const [index, reply] of replies.entries()) {
    if (reply.status !== 200) {
      assert.equal(reply.body.code, "guard.above_watermark");
      assert.ok(index + 1 >= 20, `target ${index + 1}`);
    } else if (index + 1 >= 20) {
      const place = placeOf(reply.headers.get("x-request-id") ?? "none");
      assert.ok(place >= 0 && place < act, `target ${index + 1} at ${place}, the bound at ${act}`);
    }
  }
});

test("claviger slashing floor and bound ask the running service", async () => {
  const key = keys[10] ?? "";
  const tokenFile = join(service.dataDirectory, "administrator.token");
  writeFileSync(tokenFile, TOKEN, { mode: 0o600 });
  const environment = {
    CLAVIGER_SERVER__PORT: new URL(service.url).port,
    CLAVIGER_STORAGE__DATA_DIR: service.dataDirectory,
  };
  const run = (...words: string[]) =>
    claviger(["slashing", ...words, "--token-file", tokenFile, "-o", "json"], environment);
  const usage = await run("floor", "--slot", "5");
  assert.equal(usage.code, 2);
  assert.match(usage.stderr, /usage: name keys with --public-key, or give --every-key/);
  const floor = await run("floor", "--public-key", key, "--slot", "5", "--epoch", "1");
  assert.deepEqual(succeeded(floor), { changed: 1 });
  assert.equal(await changed("bounds", { publicKeys: [key], slot: "9" }), 1);
  assert.deepEqual(
    [await signs(key, block(5n)), await signs(key, block(9n)), await signs(key, block(8n))],
    ["guard.below_watermark", "guard.above_watermark", "signed"],
  );
  assert.deepEqual(succeeded(await run("bound", "--public-key", key, "--slot", "none")), { changed: 1 });
  assert.equal(await signs(key, block(9n)), "signed");
});
