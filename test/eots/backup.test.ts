/**
 * Backups of a finality provider's key: whichever of ten is restored, and wherever, no height that was signed is signed
 * again with another message.
 * @module
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Chains } from "../../src/chains/chains.ts";
import { utf8 } from "../../src/domain/bytes.ts";
import { readHistory } from "../../src/guard/eots/history.ts";
import { importEots } from "../../src/guard/eots/import.ts";
import { backupEotsKey, restoreEotsKey } from "../../src/administration/eots-backup.ts";
import { backupText, readBackup, type BackupFile } from "../../src/administration/eots-backup-file.ts";
import type { EotsRestored } from "../../src/record/guard-state.ts";
import { eotsImportTarget } from "../../src/record/eots-import.ts";
import { historyText } from "../../src/guard/eots/history.ts";
import { openLedger, LEDGER_FILE } from "../../src/ledger/open.ts";
import { EotsTable } from "../../src/ledger/tables/eots.ts";
import { KDF_FLOOR } from "../../src/vault/seal/seal.ts";
import { ACTOR, EotsInstallation, type Vote } from "./installation.ts";

const SECRET = new Uint8Array(32).fill(0x37);
const BACKUPS = 10;
const SIGNED = /^0x[0-9a-f]{64}$/;

let chains: Chains;
let home: EotsInstallation;
let publicKey: Uint8Array;
/** Every signature in the world, by chain and height. */
const world = new Map<string, { readonly message: string; readonly signature: string }>();
const backups: BackupFile[] = [];
/** The history that was exported with each backup. */
const histories: string[] = [];

const bytes = (text: string): Uint8Array => utf8(text);
const honest = (height: bigint): string => `0x${height.toString(16).padStart(80, "0")}`;
const other = (height: bigint): string => `0x${(height + 2n ** 80n).toString(16).padStart(80, "0")}`;

/** Signs and keeps account: a second message for a height fails the test. */
async function sign(where: EotsInstallation, votes: readonly Vote[]): Promise<string[]> {
  const outcomes = await where.sign(publicKey, votes);
  for (const [index, { chainId, height, message }] of votes.entries()) {
    const signature = outcomes[index] ?? "";
    if (!SIGNED.test(signature)) continue;
    const place = `${chainId} ${height}`;
    const known = world.get(place);
    assert.ok(known === undefined || known.message === message, `two messages at ${place}`);
    assert.ok(known === undefined || known.signature === signature, `two signatures at ${place}`);
    world.set(place, { message, signature });
  }
  return outcomes;
}

/** What an operator who knows everything states. */
function truth(): { readonly chainId: Uint8Array; readonly height: bigint }[] {
  const highest = new Map<string, bigint>();
  for (const place of world.keys()) {
    const [chainId = "", height = ""] = place.split(" ");
    if (BigInt(height) > (highest.get(chainId) ?? -1n)) highest.set(chainId, BigInt(height));
  }
  return [...highest].map(([chainId, height]) => ({ chainId: bytes(chainId), height }));
}

function backup(): Promise<{ readonly text: string }> {
  const { passphraseFile } = home;
  const key = Buffer.from(publicKey).toString("hex");
  return backupEotsKey(home, {
    actor: ACTOR,
    namespace: ACTOR.namespace,
    key,
    passphraseFile,
    kdf: KDF_FLOOR,
  });
}

function restore(
  where: EotsInstallation,
  file: BackupFile,
  stated: readonly { readonly chainId: Uint8Array; readonly height: bigint }[],
  passphraseFile = where.passphraseFile,
): Promise<EotsRestored> {
  const { namespace } = ACTOR;
  return restoreEotsKey(where, { actor: ACTOR, namespace, file, passphraseFile, stated, imported: [] });
}

async function restoreWithHistory(
  where: EotsInstallation,
  file: BackupFile,
  text: string,
): Promise<EotsRestored> {
  const target = eotsImportTarget(where.ledger, ACTOR);
  const imported = await importEots(readHistory([bytes(text)]), target, { enableKeys: false });
  const { passphraseFile } = where;
  const { namespace } = ACTOR;
  return restoreEotsKey(where, { actor: ACTOR, namespace, file, passphraseFile, stated: [], imported });
}

function exported(): string {
  const database = openLedger(join(home.folder, LEDGER_FILE), { readonly: true });
  try {
    return [...historyText(new EotsTable(database), [publicKey])].join("");
  } finally {
    database.close();
  }
}

before(async () => {
  chains = await Chains.start();
  home = await EotsInstallation.create(chains);
  publicKey = await home.import(SECRET);
  for (let number = 0n; number < BACKUPS; number += 1n) {
    backups.push(readBackup((await backup()).text));
    histories.push(exported());
    const votes: Vote[] = [];
    for (const step of [1n, 2n, 4n]) {
      const height = 100n + number * 5n + step;
      votes.push({ chainId: "bbn-1", height, message: honest(height) });
      // A second chain begins while backups are made, and the oldest ones know nothing of it.
      if (number >= 4n) votes.push({ chainId: "rollup", height: height * 10n, message: honest(height) });
    }
    assert.ok((await sign(home, votes)).every((outcome) => SIGNED.test(outcome)));
  }
});
after(async () => {
  await home.remove();
  await chains.close();
});

/** Every height that anything was signed at or near, each with another message than the one that was signed. */
function attack(): Vote[] {
  return truth().flatMap(({ chainId, height: newest }) => {
    const name = new TextDecoder().decode(chainId);
    const heights = [0n, 1n];
    for (let height = newest - 60n; height <= newest; height += 1n) heights.push(height);
    return heights
      .filter((height) => height >= 0n)
      .map((height) => ({ chainId: name, height, message: other(height) }));
  });
}

async function check(where: EotsInstallation, number: number): Promise<void> {
  const refused = new Set(await sign(where, attack()));
  for (const code of refused) assert.match(code, /^guard\.eots_(?:conflict|below_floor)$/);
  const again = [...world].slice(0, 12).map(([place, { message }]) => {
    const [chainId = "", height = ""] = place.split(" ");
    return { chainId, height: BigInt(height), message };
  });
  // The recorded message may be signed again where it is recorded; elsewhere nothing is, at or below the floor.
  for (const outcome of await sign(where, again))
    assert.match(outcome, /^(?:0x[0-9a-f]{64}|guard\.eots_below_floor)$/);
  const unknown = await sign(where, [{ chainId: `new-${number}`, height: 5n, message: honest(5n) }]);
  assert.deepEqual(unknown, ["guard.unknown_history"]);
  for (const { chainId, height } of truth()) {
    const name = new TextDecoder().decode(chainId);
    const next = { chainId: name, height: height + 1n };
    const [first, second] = await sign(where, [
      { ...next, message: honest(next.height) },
      { ...next, message: other(next.height) },
    ]);
    assert.match(first ?? "", SIGNED);
    assert.equal(second, "guard.eots_conflict");
  }
}

describe("restoring each of ten backups", () => {
  for (let number = 0; number < BACKUPS; number += 1) {
    test(`backup ${number} into an empty directory`, async () => {
      const file = backups[number];
      assert.ok(file);
      const empty = await EotsInstallation.create(chains);
      try {
        const restored = await restore(empty, file, truth());
        assert.deepEqual([restored.existed, restored.enabled], [false, true]);
        await check(empty, number);
      } finally {
        await empty.remove();
      }
    });

    test(`backup ${number} into the directory that it comes from`, async () => {
      const file = backups[number];
      assert.ok(file);
      const restored = await restore(home, file, truth());
      assert.equal(restored.existed, true);
      await check(home, number);
    });
  }
});

describe("refused restores leave nothing", () => {
  let empty: EotsInstallation;
  before(async () => {
    empty = await EotsInstallation.create(chains);
  });
  after(async () => {
    await nothingHere();
    await empty.remove();
  });

  async function nothingHere(): Promise<void> {
    const { keys } = await empty.ledger.readDirectory();
    assert.deepEqual(
      keys.filter((row) => row.chain === "babylon"),
      [],
    );
  }
  const newest = (): BackupFile => {
    const file = backups.at(-1);
    assert.ok(file);
    return file;
  };

  test("without a statement for a chain that the backup knows", async () => {
    await assert.rejects(restore(empty, newest(), []), {
      code: "request.malformed",
      message: /chain bbn-1 is missing/,
    });
    const bbn = truth().filter(({ chainId }) => Buffer.from(chainId).toString() === "bbn-1");
    await assert.rejects(restore(empty, newest(), bbn), {
      code: "request.malformed",
      message: /chain rollup/,
    });
  });

  test("with a statement below what the backup itself knows", async () => {
    const low = newest().statement.floors.map((floor) => ({ ...floor, height: floor.height - 1n }));
    await assert.rejects(restore(empty, newest(), low), { code: "request.conflict" });
  });

  test("into a namespace that there is not, or the installation's own", async () => {
    const { passphraseFile } = empty;
    for (const namespace of ["absent", "claviger"]) {
      const call = { actor: ACTOR, namespace, file: newest(), passphraseFile, stated: truth(), imported: [] };
      await assert.rejects(restoreEotsKey(empty, call), { code: "request.malformed", message: /namespace/ });
    }
  });

  test("with a chain stated twice", async () => {
    await assert.rejects(restore(empty, newest(), [...truth(), ...truth()]), { code: "request.malformed" });
  });

  test("with a floor that was lowered in the file", async () => {
    const floors = newest().statement.floors.map((floor) => ({ ...floor, height: 0n }));
    const changed = { ...newest(), statement: { ...newest().statement, floors } };
    await assert.rejects(restore(empty, changed, truth()), { code: "service.unseal_failed" });
  });

  test("with a chain that was taken out of the file", async () => {
    const changed = { ...newest(), statement: { ...newest().statement, floors: [] } };
    await assert.rejects(restore(empty, changed, []), { code: "service.unseal_failed" });
  });

  test("with another passphrase", async () => {
    const wrong = join(empty.folder, "wrong.passphrase");
    writeFileSync(wrong, "other words", { mode: 0o600 });
    await assert.rejects(restore(empty, newest(), truth(), wrong), { code: "service.unseal_failed" });
  });

  test("with a history that ends before the backup", async () => {
    const old = histories[BACKUPS - 2] ?? "";
    await assert.rejects(restoreWithHistory(empty, newest(), old), {
      code: "request.conflict",
      message: /--history/,
    });
    await assert.rejects(restoreWithHistory(empty, newest(), histories[0] ?? ""), {
      code: "request.malformed",
    });
  });
});

describe("restoring with a history", () => {
  test("the newest export stands for statements, and its messages can be signed again", async () => {
    const empty = await EotsInstallation.create(chains);
    try {
      const file = backups[2];
      assert.ok(file);
      await restoreWithHistory(empty, file, exported());
      const refused = new Set(await sign(empty, attack()));
      for (const code of refused) assert.match(code, /^guard\.eots_(?:conflict|below_floor)$/);
      const [place, { message, signature }] = [...world][0] ?? ["", { message: "", signature: "" }];
      const [chainId = "", height = ""] = place.split(" ");
      assert.deepEqual(await sign(empty, [{ chainId, height: BigInt(height), message }]), [signature]);
      assert.deepEqual(await sign(empty, [{ chainId: "new", height: 1n, message }]), [
        "guard.unknown_history",
      ]);
    } finally {
      await empty.remove();
    }
  });
});

test("a floor that is higher already stays, whatever is stated", async () => {
  const [chain] = truth();
  assert.ok(chain && backups[0]);
  const height = chain.height + 1000n;
  await home.ledger.setEotsFloor({ actor: ACTOR, publicKey, chainId: chain.chainId, height });
  const restored = await restore(home, backups[0], truth());
  const same = restored.floors.find((floor) => Buffer.from(floor.chainId).equals(Buffer.from(chain.chainId)));
  assert.equal(same?.height, height);
});

test("a key that was disabled here stays disabled", async () => {
  const file = backups[0];
  assert.ok(file);
  await home.ledger.setEotsEnabled({ actor: ACTOR, publicKeys: [publicKey], enabled: false });
  const restored = await restore(home, file, truth());
  assert.equal(restored.enabled, false);
  const high = truth()[0];
  const chainId = new TextDecoder().decode(high?.chainId);
  const vote = { chainId, height: (high?.height ?? 0n) + 5000n, message: "0x01" };
  assert.deepEqual(await sign(home, [vote]), ["guard.disabled"]);
});

test("a backup of a key that is not there is refused", async () => {
  const { passphraseFile } = home;
  const { namespace } = ACTOR;
  for (const key of ["key_0", "00".repeat(32), ""]) {
    await assert.rejects(backupEotsKey(home, { actor: ACTOR, namespace, key, passphraseFile }), {
      code: "key.not_found",
    });
  }
  const key = Buffer.from(publicKey).toString("hex");
  await assert.rejects(backupEotsKey(home, { actor: ACTOR, namespace: "other", key, passphraseFile }), {
    code: "key.not_found",
  });
});

describe("the file", () => {
  const text = (): string => {
    const [file] = backups;
    assert.ok(file);
    return backupText(file.statement, file.sealed);
  };

  test("reads as what was written", () => {
    assert.deepEqual(readBackup(text()), backups[0]);
  });

  for (const [name, change] of [
    ["no JSON", (whole: string) => whole.slice(1)],
    ["a list", () => "[]"],
    ["another format", (whole: string) => whole.replace("claviger.eots-backup", "other")],
    ["another version", (whole: string) => whole.replace('"version": 1', '"version": 2')],
    ["an unknown member", (whole: string) => whole.replace('"seal":', '"note": "", "seal":')],
    ["a public key that is none", (whole: string) => whole.replace(/"publicKey": "0x../, '"publicKey": "0x')],
    [
      "sealed bytes that are no base64",
      (whole: string) => whole.replace('"sealedKey": "', '"sealedKey": "*'),
    ],
    [
      "a height that is a number",
      (whole: string) => whole.replace('"chains": []', '"chains": [{"chainId": "a", "floor": 5}]'),
    ],
    [
      "a chain twice",
      (whole: string) => {
        const chain = '{"chainId": "a", "floor": "5"}';
        return whole.replace('"chains": []', `"chains": [${chain}, ${chain}]`);
      },
    ],
  ] as const) {
    test(`${name} is refused`, () => {
      const changed = change(text());
      assert.notEqual(changed, text());
      assert.throws(() => readBackup(changed), { code: "request.malformed" });
    });
  }
});
