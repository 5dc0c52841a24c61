/** History, floors and backups of finality providers' keys while the service runs: refusals, then what is so afterwards. */
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { schnorr, secp256k1 } from "@noble/curves/secp256k1.js";
import { readBackup, statementText } from "../../src/administration/eots-backup-file.ts";
import { openBackup } from "../../src/vault/seal/key-backup.ts";
import { RunningService, type Reply } from "../running/service.ts";
import { Guard, loadImplementation } from "../guard/eots/guard.ts";
import { assertProblem } from "./problems.ts";

const SECRET = Buffer.alloc(32, 0x35);
const KEY = Buffer.from(schnorr.getPublicKey(SECRET)).toString("hex");
const UNKNOWN = "ab".repeat(32);
const WORDS = "the words of the backup";

const folder = mkdtempSync(join(tmpdir(), "claviger-eots-history-"));
const passphraseFile = join(folder, "backup.passphrase");
let service: RunningService;
let keyId: string;
let tenant: { readonly authorization: string };

before(async () => {
  writeFileSync(passphraseFile, `${WORDS}\n`, { mode: 0o600 });
  service = await RunningService.start({
    environment: { CLAVIGER_KEYS__BACKUP_PASSPHRASE_FILE: passphraseFile },
  });
  const body = { chain: "babylon", privateKey: `0x${SECRET.toString("hex")}` };
  keyId = (await service.call("POST", "/v1/keys/import", body)).body.id;
  await service.call("POST", "/v1/namespaces", { name: "tenant" });
  const made = await service.call("POST", "/v1/principals", {
    name: "admin",
    namespace: "tenant",
    roles: ["KeyAdmin"],
  });
  tenant = { authorization: `Bearer ${made.body.token}` };
});
after(async () => {
  await service.stop();
  rmSync(folder, { recursive: true });
});

function vote(chainId: string, height: number, fill = 1): Promise<Reply> {
  const message = `0x${height.toString(16).padStart(16, "0")}${`0${fill}`.repeat(32)}`;
  const body = { type: "babylon.eots", chainId, height: String(height), message };
  return service.call("POST", `/v1/keys/${keyId}/sign`, body);
}

const raise = (chainId: unknown, height: string, publicKey = KEY, headers = {}): Promise<Reply> =>
  service.call("POST", "/v1/eots/floors", { publicKey, chainId, height }, headers);

/** Actions of the audit log, oldest first. */
async function actions(): Promise<readonly Record<string, unknown>[]> {
  const { text } = await service.call("GET", "/v1/audit/entries?limit=500");
  return [...text.matchAll(/\{[^{}]*"action":"eots\.[^{}]*\}/g)].map(([entry]) => JSON.parse(entry));
}

describe("refused", () => {
  test("what is no key, chain or height", async () => {
    for (const body of [
      {},
      { publicKey: KEY.slice(2), chainId: "bbn-1", height: "1" },
      { publicKey: KEY, chainId: 1, height: "1" },
      { publicKey: KEY, chainId: "bbn-1", height: 1 },
      { publicKey: KEY, chainId: "bbn-1", height: "18446744073709551616" },
      { publicKey: KEY, chainId: "bbn-1", height: "1", force: true },
    ]) {
      assertProblem(await service.call("POST", "/v1/eots/floors", body), "request.malformed");
    }
    for (const query of ["publicKeys=", "publicKeys=0x", `publicKeys=${KEY},`, "keys=1"]) {
      assertProblem(await service.call("GET", `/v1/eots/export?${query}`), "request.malformed");
    }
    assertProblem(await service.call("GET", "/v1/eots/keys?cursor=x"), "request.malformed");
  });

  test("keys of another namespace are not reached, and not named", async () => {
    for (const publicKey of [KEY, UNKNOWN]) {
      assertProblem(await raise("bbn-1", "5", publicKey, tenant), "key.not_found");
      const body = { publicKeys: [publicKey] };
      assertProblem(await service.call("POST", "/v1/eots/require-floor", body, tenant), "key.not_found");
      const wanted = { ...body, disableKeys: true };
      assertProblem(await service.call("POST", "/v1/eots/export", wanted, tenant), "key.not_found");
      const query = `/v1/eots/export?publicKeys=${publicKey}`;
      assertProblem(await service.call("GET", query, undefined, tenant), "key.not_found");
    }
    const backup = await service.call("POST", `/v1/keys/${keyId}/eots/backup`, undefined, tenant);
    assertProblem(backup, "key.not_found");
    assert.deepEqual((await service.call("GET", "/v1/eots/keys", undefined, tenant)).body.items, []);
    const { text } = await service.call("GET", "/v1/eots/export", undefined, tenant);
    assert.deepEqual(JSON.parse(text), {
      format: "claviger.eots-history",
      version: 1,
      records: 0,
      floors: 0,
    });
  });

  test("a floor that is lower, and no floor is moved by it", async () => {
    const first = await raise({ hex: "0x6c6f77" }, "100");
    assert.deepEqual(first.body, { publicKey: KEY, chainId: "low", floor: "100" }, first.text);
    const lower = await raise("low", "99");
    assertProblem(lower, "request.conflict");
    assert.equal(lower.body.floor, "100");
    assert.equal((await raise("low", "100")).status, 200);
    assertProblem(await vote("low", 100), "guard.eots_below_floor");
    assert.equal((await vote("low", 101)).status, 200);
  });

  test("a backup of another chain's key, of a deleted one, and under words that others can read", async () => {
    const wallet = (await service.call("POST", "/v1/wallets", { name: "w" })).body.id;
    const made = async (body: object) =>
      (await service.call("POST", `/v1/wallets/${wallet}/keys`, body)).body.id;
    const other = await made({ chain: "ethereum" });
    assertProblem(await service.call("POST", `/v1/keys/${other}/eots/backup`), "request.malformed");
    const deleted = await made({ chain: "babylon" });
    await service.call("DELETE", `/v1/keys/${deleted}`);
    assertProblem(await service.call("POST", `/v1/keys/${deleted}/eots/backup`), "key.disabled");
    chmodSync(passphraseFile, 0o644);
    const open = await service.call("POST", `/v1/keys/${keyId}/eots/backup`);
    chmodSync(passphraseFile, 0o600);
    assertProblem(open, "service.unseal_failed");
    assert.match(open.body.detail, /chmod 600/);
  });
});

describe("floors", () => {
  test("what was signed below a new floor is signed again, and nothing else there", async () => {
    const first = await vote("raised", 7);
    assert.equal((await raise("raised", "50")).status, 200);
    assert.equal((await vote("raised", 7)).body.signature, first.body.signature);
    assertProblem(await vote("raised", 7, 2), "guard.eots_conflict");
    for (const height of [6, 8, 50]) {
      assertProblem(await vote("raised", height), "guard.eots_below_floor");
    }
    assert.equal((await vote("raised", 51)).status, 200);
  });

  test("root administrators set one before the key is here", async () => {
    assert.equal((await raise("bbn-1", "18446744073709551615", UNKNOWN)).status, 200);
    const found: { publicKey: string; chains: unknown }[] = [];
    for (let cursor = ""; ;) {
      const { body } = await service.call("GET", `/v1/eots/keys?limit=1${cursor}`);
      found.push(...body.items);
      if (body.next === null) break;
      cursor = `&cursor=${body.next}`;
    }
    const names = found.map(({ publicKey }) => publicKey);
    assert.deepEqual(names, [...new Set(names)].toSorted());
    assert.ok(names.includes(KEY));
    const unknown = found.find(({ publicKey }) => publicKey === UNKNOWN);
    assert.deepEqual(unknown?.chains, [
      { chainId: "bbn-1", lowest: null, highest: null, floor: "18446744073709551615" },
    ]);
  });

  test("a key that must have a floor signs nothing new on a chain without one", async () => {
    assert.equal((await vote("known-before", 1)).status, 200);
    const body = { publicKeys: [KEY] };
    assert.equal((await service.call("POST", "/v1/eots/require-floor", body)).body.changed, 1);
    assert.equal((await service.call("POST", "/v1/eots/require-floor", body)).body.changed, 0);
    assertProblem(await vote("fresh", 1), "guard.unknown_history");
    assert.equal((await vote("known-before", 1)).status, 200);
    assert.equal((await raise("fresh", "0")).status, 200);
    assert.equal((await vote("fresh", 1)).status, 200);
  });

  test("each act is in the audit log, once", async () => {
    const floors = (await actions()).filter(({ action }) => action === "eots.floor");
    const chains = floors.map(
      ({ chainId, before: from, floor }) => `${String(chainId)} ${String(from)} ${String(floor)}`,
    );
    const of = (name: string): string => `0x${Buffer.from(name).toString("hex")}`;
    assert.ok(chains.includes(`${of("low")} null 100`));
    assert.equal(chains.filter((chain) => chain.startsWith(of("low"))).length, 1);
    assert.equal((await actions()).filter(({ action }) => action === "eots.require_floor").length, 1);
  });
});

describe("export", () => {
  test("everything that was answered before it was asked for is in it, whatever is signed meanwhile", async () => {
    await raise("busy", "0");
    const answered: number[] = [];
    const state = { done: false };
    const voting = (async () => {
      for (let height = 1; !state.done || height < 40; height += 1) {
        assert.equal((await vote("busy", height)).status, 200);
        answered.push(height);
      }
    })();
    while (answered.length < 20) await new Promise((resolve) => setImmediate(resolve));
    const sure = [...answered];
    const { text, headers } = await service.call("GET", `/v1/eots/export?publicKeys=${KEY}`);
    state.done = true;
    await voting;
    assert.match(headers.get("content-type") ?? "", /^application\/jsonl/);
    const guard = new Guard(await loadImplementation());
    await guard.import(text);
    const at = (height: number, fill: number) => ({
      kind: "eots" as const,
      publicKey: new Uint8Array(Buffer.from(KEY, "hex")),
      chainId: new Uint8Array(Buffer.from("busy")),
      height: BigInt(height),
      message: new Uint8Array([
        ...Buffer.from(height.toString(16).padStart(16, "0"), "hex"),
        ...Array(32).fill(fill),
      ]),
    });
    // Elsewhere these heights are closed to any other message, and what lies between them too.
    for (const height of sure) {
      assert.equal(guard.verdict(at(height, 2)), "guard.eots_conflict");
      assert.equal(guard.verdict(at(height, 1)), "same");
    }
  });

  test("with disableKeys nothing is signed after the answer begins, and all that was is in it", async () => {
    await raise("last", "0");
    const answered: number[] = [];
    const voting = Promise.all(
      Array.from({ length: 30 }, async (_, index) => {
        const reply = await vote("last", index + 1);
        if (reply.status === 200) answered.push(index + 1);
        else assertProblem(reply, "guard.disabled");
      }),
    );
    const { text } = await service.call("POST", "/v1/eots/export", { disableKeys: true, publicKeys: [KEY] });
    await voting;
    const chain = JSON.stringify({ publicKey: KEY, chainId: "last" }).slice(0, -1);
    const heights = text.split("\n").filter((line) => line.startsWith(chain) && line.includes('"height"'));
    const recorded = heights.map((line) => Number(JSON.parse(line).height));
    for (const height of answered) assert.ok(recorded.includes(height), String(height));
    assertProblem(await vote("last", 1000), "guard.disabled");
    const again = await service.call("POST", "/v1/eots/export", { disableKeys: true, publicKeys: [KEY] });
    assert.equal(again.text, text);
    const { body } = await service.call("GET", "/v1/eots/keys");
    assert.equal(body.items.find((item: { publicKey: string }) => item.publicKey === KEY).enabled, false);
    const exports = (await actions()).filter(({ action }) => action === "eots.export");
    assert.deepEqual(exports.map(({ disabled }) => disabled).slice(-3), [0, 1, 0]);
    // Nor is what was signed read by who asked for it.
    const { items } = (await service.call("GET", "/v1/requests?limit=100")).body;
    const votes = items.filter((item: any) => item.keyId === keyId && item.status === "signed");
    assert.ok(votes.length > 0);
    for (const item of votes) assert.equal(item.signature, undefined);
  });
});

describe("backup", () => {
  test("the key, under the installation's words alone, with what was signed", async () => {
    const asked = ["a", "b"].map(() => service.call("POST", `/v1/keys/${keyId}/eots/backup`));
    const replies = await Promise.all(asked);
    const made = replies.find(({ status }) => status === 200);
    const refusedOnce = replies.find((reply) => reply !== made);
    assert.ok(made !== undefined && refusedOnce !== undefined, replies.map(({ text }) => text).join());
    assertProblem(refusedOnce, "service.overloaded");
    const { statement, sealed } = readBackup(made.text);
    assert.deepEqual(Buffer.from(statement.publicKey), Buffer.from(secp256k1.getPublicKey(SECRET)));
    const floors = new Map(
      statement.floors.map(({ chainId, height }) => [Buffer.from(chainId).toString(), height]),
    );
    assert.deepEqual([floors.get("raised"), floors.get("low")], [51n, 101n]);
    const opened = openBackup(new TextEncoder().encode(WORDS), statementText(statement), sealed);
    assert.deepEqual(Buffer.from(opened), SECRET);
    for (const form of ["hex", "base64"] as const) assert.ok(!made.text.includes(SECRET.toString(form)));
    assert.throws(() => openBackup(new TextEncoder().encode("other"), statementText(statement), sealed), {
      code: "service.unseal_failed",
    });
    const entry = (await actions()).at(-1);
    assert.equal(entry?.["action"], `eots.backup ${keyId}`);
  });

  test("sealed, none is made, while floors can still be raised", async () => {
    await service.call("POST", "/v1/sys/seal");
    assertProblem(await service.call("POST", `/v1/keys/${keyId}/eots/backup`), "service.sealed");
    assert.equal((await raise("while-sealed", "1")).status, 200);
  });
});
