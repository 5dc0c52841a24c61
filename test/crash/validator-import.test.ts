/**
 * Keystores are imported with their history while the storage fails or the process is killed. Each key is one commit: its row,
 * its secret, what the document says of it and the end of its freeze are on disk together, or none of it is.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { toHex } from "../../src/domain/bytes.ts";
import { blsPublicKey } from "../../src/vault/sign/bls.ts";
import { MAINNET_GENESIS_ROOT } from "../chains/ethereum-validator/duties.ts";
import { few } from "../extent.ts";
import type { Reply } from "../running/service.ts";
import { keystoreOf, validatorKey } from "../vault/keystores/keystores.ts";
import { block } from "./duties.ts";
import { everyFault, FaultyInstallation, unwritten, written, type FaultCase } from "./every-fault.ts";
import { guardState, signDutyWith } from "./guard-rows.ts";

const PASSWORD = "correct horse";
const KEYSTORES = "/eth/v1/keystores";
const SIGNED_SLOT = 50;

let installation: FaultyInstallation;
let keystoreIndex = 9100;

before(async () => {
  installation = await FaultyInstallation.create();
  // The chain of the directory is known: what a failed import leaves is compared row by row.
  assert.equal((await keymanager("POST", newKeystores(1).body)).body.data[0].status, "imported");
});
after(() => installation.end());

function keymanager(method: string, body: unknown): Promise<Reply> {
  const token = readFileSync(join(installation.directory, "keymanager.token"), "utf8").trim();
  return installation.service.call(method, KEYSTORES, body, { authorization: `Bearer ${token}` });
}

interface Keystores {
  readonly publicKeys: readonly string[];
  readonly body: object;
}

/** Keystores that nobody has imported, and one document: each signed a block in slot 50. */
function newKeystores(count: number): Keystores {
  const secrets = Array.from({ length: count }, () => validatorKey((keystoreIndex += 1)));
  const publicKeys = secrets.map((secret) => toHex(blsPublicKey(secret)));
  const entry = (pubkey: string) => {
    return { pubkey, signed_blocks: [{ slot: String(SIGNED_SLOT) }], signed_attestations: [] };
  };
  const slashing_protection = JSON.stringify({
    metadata: { interchange_format_version: "5", genesis_validators_root: MAINNET_GENESIS_ROOT },
    data: publicKeys.map(entry),
  });
  const keystores = secrets.map((secret) => JSON.stringify(keystoreOf(secret, PASSWORD)));
  return { publicKeys, body: { keystores, passwords: secrets.map(() => PASSWORD), slashing_protection } };
}

interface Stored {
  readonly secrets: number;
  readonly state: string | null;
  readonly enabled: number | null;
  readonly blocks: number;
}

/** What is on disk of a public key, by SQL alone. */
function storedOf(publicKey: string): Stored {
  return installation.read((database) => {
    const of = (sql: string): any => database.prepare<[string]>(sql).pluck().get(publicKey) ?? null;
    const history = "FROM slashing_validator WHERE '0x' || lower(hex(public_key)) = ?";
    return {
      secrets: of("SELECT count(*) FROM key_secret JOIN key ON key.id = key_id WHERE address = ?"),
      state: of(
        "SELECT CASE WHEN deleted_at IS NULL THEN state ELSE 'deleted' END FROM key WHERE address = ?",
      ),
      enabled: of(`SELECT enabled ${history}`),
      blocks: of(`SELECT count(*) FROM slashing_block WHERE validator IN (SELECT id ${history})`),
    };
  });
}

const NOTHING: Stored = { secrets: 0, state: null, enabled: null, blocks: 0 };
const WHOLE: Stored = { secrets: 1, state: "active", enabled: 1, blocks: 1 };

function sign(publicKey: string, slot: number): Promise<Reply> {
  return signDutyWith(installation, publicKey, block(slot));
}

/** It comes in when it is asked for again, and signs nothing that its document has. */
async function assertComesIn({ publicKeys, body }: Keystores): Promise<void> {
  const reply = await keymanager("POST", body);
  for (const [index, publicKey] of publicKeys.entries()) {
    assert.match(reply.body.data[index].status, /^(?:imported|duplicate)$/, reply.text);
    assert.deepEqual(storedOf(publicKey), WHOLE);
    assert.equal((await sign(publicKey, SIGNED_SLOT)).body.code, "guard.double_proposal");
    assert.equal((await sign(publicKey, SIGNED_SLOT + 1)).status, 200);
  }
}

/** The writes of the one commit, and those that stage the document before it. */
const WRITES = [
  "INSERT INTO slashing_staged_entry",
  "INSERT INTO slashing_validator",
  "INSERT INTO slashing_block",
  "UPDATE slashing_validator SET low_slot",
  "INSERT INTO key (id",
  "INSERT INTO data_key",
  "INSERT INTO key_secret",
  "INSERT INTO audit_leaf",
];
const COMMIT = { following: "INSERT INTO key_secret" };

function importCase(fault: FaultCase["fault"], left: FaultCase["left"]): FaultCase {
  return { what: "a keystore with history is imported", fault, left };
}

interface Before extends Keystores {
  readonly guard: ReturnType<typeof guardState>;
}

everyFault<FaultCase, Before>({
  installation: () => installation,
  cases: [
    ...few(
      WRITES.flatMap((sql) => [
        importCase(written(sql, "SIGKILL"), "nothing"),
        importCase(unwritten(sql), "nothing"),
      ]),
      2,
    ),
    importCase(unwritten("COMMIT", "SIGKILL", COMMIT), "nothing"),
    importCase(written("COMMIT", "SIGKILL", COMMIT), "all"),
  ],
  arrange: () => ({ ...newKeystores(1), guard: installation.read(guardState) }),
  act: ({ body }) => keymanager("POST", body),
  onDisk({ publicKeys: [publicKey = ""], guard }) {
    const stored = storedOf(publicKey);
    if (stored.state !== null) assert.deepEqual(stored, WHOLE);
    else {
      assert.deepEqual(stored, NOTHING);
      assert.deepEqual(installation.read(guardState), guard);
    }
    return stored.state === null ? "nothing" : "all";
  },
  async holds(keystores, { left }) {
    const [publicKey = ""] = keystores.publicKeys;
    const refusal = left === "all" ? "guard.double_proposal" : "key.not_found";
    assert.equal((await sign(publicKey, SIGNED_SLOT)).body.code, refusal);
    await assertComesIn(keystores);
  },
});

/** The key comes back: its secret is new, its freeze is lifted, and its history is what it was. */
const BACK: readonly FaultCase[] = [
  ...["INSERT INTO key_secret", "UPDATE key SET state", "UPDATE slashing_validator SET enabled"].map(
    (sql) => ({
      fault: written(sql, "SIGKILL"),
      left: "deleted",
    }),
  ),
  { fault: unwritten("COMMIT", "SIGKILL", COMMIT), left: "deleted" },
  { fault: written("COMMIT", "SIGKILL", COMMIT), left: "active" },
].map((faultCase) => ({ ...faultCase, what: "a keystore that was deleted is imported again" }));

everyFault<FaultCase, Keystores>({
  installation: () => installation,
  cases: few(BACK, 2),
  async arrange() {
    const keystores = newKeystores(1);
    await keymanager("POST", keystores.body);
    await keymanager("DELETE", { pubkeys: keystores.publicKeys });
    return keystores;
  },
  act: ({ body }) => keymanager("POST", body),
  onDisk({ publicKeys: [publicKey = ""] }) {
    const stored = storedOf(publicKey);
    assert.deepEqual(stored, stored.state === "active" ? WHOLE : { ...DELETED, state: stored.state });
    return String(stored.state);
  },
  async holds(keystores, { left }) {
    const [publicKey = ""] = keystores.publicKeys;
    const later = await sign(publicKey, SIGNED_SLOT);
    // A deleted key is not found under its name, and frozen for whoever else has it.
    assert.equal(later.status, left === "active" ? 412 : later.status);
    assert.notEqual(later.status, 200);
    await assertComesIn(keystores);
  },
});

/** Frozen and without a secret; its history stays. */
const DELETED: Stored = { secrets: 0, state: "deleted", enabled: 0, blocks: 1 };

test("many keystores and one document, killed after the first commit that has a key: each is whole or not there", async () => {
  const keystores = newKeystores(6);
  await installation.diesAndStarts(written("COMMIT", "SIGKILL", COMMIT), () =>
    keymanager("POST", keystores.body),
  );
  const stored = keystores.publicKeys.map(storedOf);
  for (const key of stored) assert.deepEqual(key, key.state === null ? NOTHING : WHOLE);
  assert.ok(stored.some(({ state }) => state === "active"));
  await assertComesIn(keystores);
  await installation.verifyAudit();
});
