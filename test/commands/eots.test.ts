/** Proofs, backups and restores as an operator runs them: the command line beside a service, and on its directory. */
import assert from "node:assert/strict";
import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { schnorr, secp256k1 } from "@noble/curves/secp256k1.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { accountBytes, addressOfAccountKey, dataDocument } from "../../src/commands/eots/pop/account.ts";
import { toBase64, utf8 } from "../../src/domain/bytes.ts";
import { voteMessage } from "../chains/babylon/sample.ts";
import { ALLOW, answering, bind } from "../running/policies.ts";
import { RunningService, TOKEN } from "../running/service.ts";
import { few, inProofs } from "../extent.ts";
import { claviger, refused, succeeded, temporary, type Ended } from "./claviger.ts";

const ACCOUNT_SECRET = new Uint8Array(32).fill(0x22);
const ACCOUNT_KEY = secp256k1.getPublicKey(ACCOUNT_SECRET);
const ADDRESS = addressOfAccountKey(ACCOUNT_KEY);

const folder = temporary("eots");
const directory = join(folder, "data");
const passphraseFile = join(folder, "backup.passphrase");
let service: RunningService;
let walletId: string;
let key: { readonly id: string; readonly address: string };

before(async () => {
  writeFileSync(passphraseFile, "the backup's own words", { mode: 0o600 });
  service = await RunningService.start({
    dataDirectory: directory,
    environment: { CLAVIGER_KEYS__BACKUP_PASSPHRASE_FILE: passphraseFile },
  });
  walletId = (await service.call("POST", "/v1/wallets", { name: "eots" })).body.id;
  key = await made({ chain: "babylon" });
});
after(async () => {
  await service.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function made(
  body: Readonly<Record<string, unknown>>,
): Promise<{ readonly id: string; readonly address: string }> {
  const reply = await service.call("POST", `/v1/wallets/${walletId}/keys`, body);
  assert.equal(reply.status, 201, reply.text);
  return reply.body;
}

/** With the settings of the running service. */
function beside(...words: string[]): Promise<Ended> {
  return claviger(["-o", "json", "eots", ...words], {
    CLAVIGER_STORAGE__DATA_DIR: directory,
    CLAVIGER_SERVER__PORT: new URL(service.url).port,
    CLAVIGER_DEV__TOKEN: TOKEN,
  });
}

function stopped(data: string, ...words: string[]): Promise<Ended> {
  return claviger(["-o", "json", "eots", ...words], {
    CLAVIGER_STORAGE__DATA_DIR: data,
    CLAVIGER_SEAL__PASSPHRASE_FILE: join(data, "dev.passphrase"),
  });
}

function vote(caller: RunningService, keyId: string, height: bigint, hash: string, chainId = "bbn-1") {
  const body = {
    type: "babylon.eots",
    chainId,
    height: String(height),
    message: voteMessage(height, hash),
  };
  return caller.call("POST", `/v1/keys/${keyId}/sign`, body);
}

test("pop: usage, unknown keys and wrong kinds of key are refused", async () => {
  const words = ["pop", "export", "--key", key.id];
  refused(await beside(...words, "--address", "cosmos1x"), 2, "usage", /bbn1/);
  refused(await beside(...words, "--address", ADDRESS, "--form", "bip0"), 2, "usage", /bip340/);
  refused(await beside(...words, "--address", ADDRESS, "--form", "bip322"), 1, "pop.key", /one of bitcoin/);
  // What the account must sign is said.
  refused(await beside(...words, "--address", ADDRESS), 2, "usage", new RegExp(key.address));
  const absent = ["pop", "export", "--key", `key_${"0".repeat(29)}`, "--address", ADDRESS];
  refused(await beside(...absent), 1, "key.not_found", /key/);
  refused(await beside("pop", "verify"), 2, "usage", /--proof/);
});

test("pop: the form that registers a provider is exported, and holds for its account alone", async () => {
  const proof = succeeded(
    await beside("pop", "export", "--key", key.id, "--address", ADDRESS, "--form", "bip340"),
  );
  assert.equal(proof.publicKey, key.address);
  const verify = ["pop", "verify", "--proof", proof.proof, "--public-key", proof.publicKey];
  assert.deepEqual(succeeded(await beside(...verify, "--address", ADDRESS)), { valid: true, form: "bip340" });
  const other = addressOfAccountKey(secp256k1.getPublicKey(new Uint8Array(32).fill(9)));
  refused(await beside(...verify, "--address", other), 1, "pop.invalid", /bip340/);
});

inProofs("pop: under a signing context a proof holds with that context alone", async () => {
  const context = ["--signing-context", "ab".repeat(32)];
  const words = ["pop", "export", "--key", key.id, "--address", ADDRESS];
  refused(await beside(...words, ...context), 2, "usage", /--form/);
  const capitals = ["--form", "bip340", "--signing-context", "AB".repeat(32)];
  refused(await beside(...words, ...capitals), 2, "usage", /64 lowercase/);
  const proof = succeeded(await beside(...words, "--form", "bip340", ...context));
  const verify = [
    "pop",
    "verify",
    "--proof",
    proof.proof,
    "--public-key",
    proof.publicKey,
    "--address",
    ADDRESS,
  ];
  assert.equal(succeeded(await beside(...verify, ...context)).valid, true);
  refused(await beside(...verify), 1, "pop.invalid", /bip340/);
  const digest = sha256(
    Buffer.concat([Buffer.from("ab".repeat(32)), accountBytes(ADDRESS) ?? Buffer.alloc(0)]),
  );
  assert.ok(
    schnorr.verify(Buffer.from(proof.proof, "hex").subarray(2), digest, Buffer.from(proof.publicKey, "hex")),
  );
});

const BITCOIN = [
  [84, "bip322"],
  [86, "bip322"],
  [49, "ecdsa"],
  [84, "ecdsa"],
] as const;
for (const [purpose, form] of few(BITCOIN, 2)) {
  test(`pop: ${form} by a Bitcoin key of purpose ${purpose}`, async () => {
    const index = form === "bip322" ? 0 : 1;
    const bitcoin = await made({ chain: "bitcoin", purpose, index });
    const binding = await bind(service, ALLOW, { keyId: bitcoin.id });
    const words = ["pop", "export", "--key", bitcoin.id, "--address", ADDRESS, "--form", form];
    refused(await beside(...words), 1, "policy.control", /authority of /);
    assert.equal((await service.call("DELETE", `/v1/bindings/${binding}`)).status, 204);
    await bind(service, answering({ decision: "allow", allowControl: ["authority"] }), { keyId: bitcoin.id });
    const { proof, publicKey } = succeeded(await beside(...words));
    const verify = ["pop", "verify", "--proof", proof, "--address", ADDRESS, "--public-key"];
    assert.deepEqual(succeeded(await beside(...verify, publicKey)), { valid: true, form });
    refused(await beside(...verify, key.address), 1, "pop.invalid", new RegExp(form));
  });
}

test("pop: the published format, with the account's own signature", async () => {
  const document = utf8(dataDocument(ADDRESS, key.address));
  const signature = toBase64(secp256k1.sign(sha256(document), ACCOUNT_SECRET, { prehash: false }));
  const words = [
    "pop",
    "export",
    "--key",
    key.id,
    "--address",
    ADDRESS,
    "--baby-public-key",
    toBase64(ACCOUNT_KEY),
  ];
  const proof = succeeded(await beside(...words, "--baby-signature", signature));
  assert.deepEqual(Object.keys(proof).toSorted(), [
    "babyAddress",
    "babyPublicKey",
    "babySignEotsPk",
    "eotsPublicKey",
    "eotsSignBaby",
  ]);
  const file = join(folder, "pop.json");
  writeFileSync(file, JSON.stringify(proof));
  assert.deepEqual(succeeded(await beside("pop", "verify", file)), { valid: true, form: "exported" });
  writeFileSync(file, JSON.stringify({ ...proof, eotsPublicKey: "00".repeat(32) }));
  refused(await beside("pop", "verify", file), 1, "pop.invalid", /eotsSignBaby/);
  const wrong = toBase64(secp256k1.sign(sha256(utf8("x")), ACCOUNT_SECRET, { prehash: false }));
  refused(await beside(...words, "--baby-signature", wrong), 1, "pop.invalid", /babySignEotsPk/);
});

test("a running service is asked: floors, history and a backup, and what it refuses leaves no file", async () => {
  const file = join(folder, "running.jsonl");
  const other = await made({ chain: "babylon", index: 5 });
  const floor = ["floor", "--public-key", other.address, "--chain-id", "asked", "--height"];
  assert.equal(succeeded(await beside(...floor, "70")).keys[0].chains[0].floor, "70");
  refused(await beside(...floor, "69"), 1, "request.conflict", /never lowered/);
  const absent = ["export", file, "--public-key", "zz"];
  refused(await beside(...absent), 2, "usage", /64 hex digits/);
  const required = await beside("require-floor", "--public-key", other.address);
  assert.deepEqual(succeeded(required), { event: "required", keys: 1 });
  assert.equal((await vote(service, other.id, 90n, "aa", "asked")).status, 200);
  assert.deepEqual(succeeded(await beside("export", file)), { event: "exported", file, records: 1 });
  assert.equal(statSync(file).mode & 0o777, 0o600);
  refused(await beside("export", file), 1, "eots.file", /exists already/);

  const backup = join(folder, "running.json");
  const words = ["backup", backup, "--key"];
  refused(await beside(...words, "ab".repeat(32)), 1, "key.not_found", /no key/);
  const named = [...words, other.address];
  refused(await beside(...named, "--passphrase-file", passphraseFile), 2, "usage", /leave it out/);
  assert.deepEqual(succeeded(await beside(...named)).chains, [{ chainId: "asked", floor: "90" }]);
  // Restored like one that was made with the service stopped: nothing without a statement of what came after it.
  assert.match(readFileSync(backup, "utf8"), /claviger.eots-backup/);
  const elsewhere = ["backup", join(folder, "beside.json"), "--key", other.id];
  const without = await claviger(["-o", "json", "eots", ...elsewhere], {
    CLAVIGER_STORAGE__DATA_DIR: directory,
  });
  refused(without, 1, "ledger.in_use", /--token-file/);
  refused(
    await stopped(directory, "restore", backup, "--passphrase-file", passphraseFile),
    1,
    "ledger.in_use",
    /stop it first/,
  );
});

inProofs("backup and restore: a key moves with its floor, and signs nothing at or below it", async () => {
  assert.equal((await vote(service, key.id, 100n, "aa")).status, 200);
  await service.stop();
  const file = join(folder, "key.json");
  const words = ["backup", file, "--key", key.address, "--passphrase-file", passphraseFile];
  const backup = succeeded(await stopped(directory, ...words));
  assert.deepEqual(backup.chains, [{ chainId: "bbn-1", floor: "100" }]);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  refused(await stopped(directory, ...words), 1, "eots.file", /exists already/);
  service = await RunningService.start({ dataDirectory: directory });
  assert.equal((await vote(service, key.id, 101n, "aa")).status, 200);

  const target = join(folder, "target");
  await (await RunningService.start({ dataDirectory: target })).stop();
  const restore = ["restore", file, "--passphrase-file", passphraseFile];
  refused(await stopped(target, ...restore), 1, "request.malformed", /chain bbn-1 is missing/);
  refused(await stopped(target, ...restore, "--floor", "bbn-1=99"), 1, "request.conflict", /100/);
  refused(await stopped(target, ...restore, "--floor", "bbn-1"), 2, "usage", /CHAIN=HEIGHT/);
  chmodSync(passphraseFile, 0o644);
  refused(await stopped(target, ...restore, "--floor", "bbn-1=101"), 1, "eots.passphrase", /chmod 600/);
  chmodSync(passphraseFile, 0o600);
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replace('"floor": "100"', '"floor": "1"'));
  refused(await stopped(target, ...restore, "--floor", "bbn-1=1"), 1, "service.unseal_failed", /altered/);
  writeFileSync(file, text);
  const restored = succeeded(await stopped(target, ...restore, "--floor", "bbn-1=101"));
  assert.deepEqual([restored.publicKey, restored.existed, restored.enabled], [key.address, false, true]);

  const moved = await RunningService.start({ dataDirectory: target });
  try {
    for (const [height, hash, code] of [
      [100n, "bb", "guard.eots_below_floor"],
      [101n, "bb", "guard.eots_below_floor"],
      [101n, "aa", "guard.eots_below_floor"],
    ] as const) {
      assert.equal((await vote(moved, restored.keyId, height, hash)).body.code, code);
    }
    assert.equal((await vote(moved, restored.keyId, 102n, "aa")).status, 200);
    const elsewhere = { type: "babylon.eots", chainId: "rollup", height: "1", message: "0x01" };
    const unknown = await moved.call("POST", `/v1/keys/${restored.keyId}/sign`, elsewhere);
    assert.equal(unknown.body.code, "guard.unknown_history");
    const { text: log } = await moved.call("GET", "/v1/audit/entries?limit=500");
    assert.match(log, /eots\.restore/);
  } finally {
    await moved.stop();
  }
});

test("restore with the newest history: what was signed is signed again, and nothing else at those heights", async () => {
  for (const height of [100n, 101n]) assert.equal((await vote(service, key.id, height, "aa")).status, 200);
  await service.stop();
  const file = join(folder, "with-history.json");
  const history = join(folder, "history.jsonl");
  const words = ["backup", file, "--key", key.id, "--passphrase-file", passphraseFile];
  succeeded(await stopped(directory, ...words));
  succeeded(await stopped(directory, "export", history, "--disable-keys"));
  const target = join(folder, "with-history");
  await (await RunningService.start({ dataDirectory: target })).stop();
  const restore = ["restore", file, "--passphrase-file", passphraseFile, "--history"];
  refused(await stopped(target, ...restore, join(folder, "absent")), 1, "eots.file", /is not a file/);
  const restored = succeeded(await stopped(target, ...restore, history));
  assert.deepEqual(restored.chains, [{ chainId: "bbn-1", floor: "101" }]);
  const moved = await RunningService.start({ dataDirectory: target });
  try {
    assert.equal((await vote(moved, restored.keyId, 100n, "aa")).status, 200);
    assert.equal((await vote(moved, restored.keyId, 100n, "bb")).body.code, "guard.eots_conflict");
    assert.equal((await vote(moved, restored.keyId, 99n, "aa")).body.code, "guard.eots_below_floor");
    assert.equal((await vote(moved, restored.keyId, 102n, "aa")).status, 200);
  } finally {
    await moved.stop();
  }
  service = await RunningService.start({ dataDirectory: directory });
  assert.equal((await vote(service, key.id, 103n, "aa")).body.code, "guard.disabled");
});
