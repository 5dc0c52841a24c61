/** Who may let something be signed again that was forbidden: one rule, asked in the transaction that would do it. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { builtInRoles, commandActor, type Actor, type LiveCaller } from "../../src/access/actors.ts";
import { assertMayLoosen, LOOSENS, type Loosening } from "../../src/access/loosening.ts";
import { ROLES, ROOT_NAMESPACE, type Role } from "../../src/access/roles.ts";
import { toHex } from "../../src/domain/bytes.ts";
import type { KeyRecord } from "../../src/domain/keys.ts";
import type { SealedKey } from "../../src/domain/sealed.ts";
import { openLedger } from "../../src/ledger/open.ts";
import { insertSeal } from "../../src/ledger/sealed-rows.ts";
import { ActLedger, KEY, OPERATOR, OTHER } from "../record/act-ledger.ts";

/** Roles that suffice in a namespace of the installation, in the root namespace, and there for a key that another holds too. */
const SUFFICES: Readonly<Record<Loosening, readonly [own: string, root: string, shared: string]>> = {
  keyState: ["KeyAdmin", "KeyAdmin", "KeyAdmin+NamespaceAdmin"],
  bound: ["KeyAdmin", "KeyAdmin", "KeyAdmin+NamespaceAdmin"],
  freeze: ["", "NamespaceAdmin", "NamespaceAdmin"],
  freezeOfImported: ["KeyAdmin", "KeyAdmin", "KeyAdmin+NamespaceAdmin"],
  eotsFreeze: ["", "", ""],
  settings: ["", "", ""],
};

function caller(namespace: string, roles: readonly Role[]): LiveCaller {
  return { namespace, principal: "prn_0", roles, isInstallation: false };
}

describe("the rule", () => {
  /** The smallest sets of roles that may. */
  const smallest = (what: Loosening, namespace: string, isHeldElsewhere: boolean): string => {
    const sets = [...ROLES.map((role) => [role]), ["KeyAdmin", "NamespaceAdmin"] as const, ROLES];
    const allowed = sets.find((roles) => {
      try {
        assertMayLoosen(caller(namespace, roles), what, { isHeldElsewhere, whose: "0x00" });
        return true;
      } catch {
        return false;
      }
    });
    return allowed === undefined ? "" : allowed.join("+");
  };
  for (const [name, [own, root, shared]] of Object.entries(SUFFICES)) {
    const what = Object.keys(LOOSENS).find((loosening): loosening is Loosening => loosening === name);
    assert.ok(what !== undefined);
    test(`${what}: ${own || "nobody"}, in the root namespace ${root || "nobody"}; of a shared key ${shared || "nobody"}`, () => {
      assert.equal(smallest(what, OTHER, false), own);
      assert.equal(smallest(what, ROOT_NAMESPACE, false), root);
      assert.equal(smallest(what, ROOT_NAMESPACE, true), shared);
      // What another namespace relies on is nobody's there.
      assert.equal(smallest(what, OTHER, true), "");
    });
  }

  test("a command of the installation may all of it, since whoever runs it holds the data directory", () => {
    const command = { ...caller(ROOT_NAMESPACE, []), isInstallation: true };
    for (const what of Object.keys(LOOSENS)) {
      const found = Object.keys(LOOSENS).find((name): name is Loosening => name === what);
      assert.ok(found);
      assertMayLoosen(command, found, { isHeldElsewhere: true, whose: "" });
    }
  });
});

describe("a freeze and an import", () => {
  let home: ActLedger;
  before(async () => {
    home = await ActLedger.start();
    // Keys need a key-encryption key that is there; what is sealed under it is never opened here.
    const database = openLedger(home.ledger.databasePath, { readonly: false });
    const sealed = new Uint8Array(60);
    insertSeal(database, {
      seal: { header: "{}", sealedRoot: sealed },
      kek: { version: 1, sealed, uses: 0 },
    });
    database.close();
  });
  after(() => home.end());

  const keymanager = (namespace: string): Actor => {
    assert.deepEqual(builtInRoles("keymanager-client"), ["KeyAdmin"]);
    return { namespace, principal: "keymanager-client", tokenVersion: null };
  };
  let keys = 0;
  const validatorKey = (namespace: string, publicKey: Uint8Array): KeyRecord => {
    return {
      ...KEY,
      id: `key_validator_${(keys += 1)}`,
      namespace,
      chain: "ethereum-validator",
      curve: "bls12-381",
      publicKey,
      address: toHex(publicKey),
    };
  };
  const bring = (actor: Actor, key: KeyRecord) => {
    const { id: keyId, namespace, publicKey } = key;
    const sealed: SealedKey = {
      dataKey: {
        row: { id: keyId, namespace, kekVersion: 1, sealed: new Uint8Array(60) },
        kekUses: 1,
      },
      keySecret: {
        keyId,
        dataKeyId: keyId,
        publicKey,
        curve: "bls12-381",
        namespace,
        walletId: null,
        sealed: new Uint8Array(60),
      },
    };
    return home.ledger.importValidatorKey({ actor, key, sealed, history: null });
  };
  const isEnabled = async (publicKey: Uint8Array): Promise<boolean | undefined> => {
    const [state] = await home.ledger.readSlashingKeys({ publicKeys: [publicKey] });
    return state?.enabled;
  };
  const freeze = (publicKey: Uint8Array) =>
    home.ledger.setSlashingEnabled({ actor: OPERATOR, publicKeys: [publicKey], enabled: false });

  test("of a key that another namespace holds: the import is refused whole, and a command may", async () => {
    const publicKey = new Uint8Array(48).fill(1);
    await bring(keymanager(OTHER), validatorKey(OTHER, publicKey));
    await freeze(publicKey);
    const mine = validatorKey(ROOT_NAMESPACE, publicKey);
    const size = await home.size();
    await assert.rejects(bring(keymanager(ROOT_NAMESPACE), mine), {
      code: "auth.forbidden",
      message: /^the public key is frozen/,
    });
    assert.equal(await home.size(), size);
    assert.equal(await isEnabled(publicKey), false);
    const { keys: stored } = await home.ledger.readDirectory();
    assert.equal(
      stored.some(({ id }) => id === mine.id),
      false,
    );
    await bring(commandActor(ROOT_NAMESPACE, "claviger validators import"), mine);
    assert.equal(await isEnabled(publicKey), true);
  });

  test("of a key that nobody else holds: whoever brings it lifts the freeze", async () => {
    const publicKey = new Uint8Array(48).fill(2);
    await freeze(publicKey);
    await bring(keymanager(OTHER), validatorKey(OTHER, publicKey));
    assert.equal(await isEnabled(publicKey), true);
  });

  test("of a key that is disabled, deleted or active by now: the act itself finds out, and lifts the last one alone", async () => {
    const publicKey = new Uint8Array(48).fill(9);
    const key = validatorKey(ROOT_NAMESPACE, publicKey);
    await bring(keymanager(ROOT_NAMESPACE), key);
    await freeze(publicKey);
    const lift = () =>
      home.ledger.setSlashingEnabled({
        actor: OPERATOR,
        publicKeys: [new Uint8Array(48).fill(8), publicKey],
        enabled: true,
      });
    const setState = (state: "active" | "disabled") =>
      home.ledger.setKeyState({ actor: OPERATOR, id: key.id, state, answer: null });
    await setState("disabled");
    await assert.rejects(lift(), { code: "request.conflict", message: /^\/publicKeys\/1: / });
    await setState("active");
    assert.deepEqual(await lift(), { keys: 1 });
    await freeze(publicKey);
    await home.ledger.deleteKeys({ actor: OPERATOR, ids: [key.id], forEveryone: false });
    await assert.rejects(lift(), { code: "request.conflict" });
    assert.equal(await isEnabled(publicKey), false);
  });

  test("of a key that another namespace holds, and that is not frozen: there is nothing to lift", async () => {
    const publicKey = new Uint8Array(48).fill(3);
    await bring(keymanager(OTHER), validatorKey(OTHER, publicKey));
    await bring(keymanager(ROOT_NAMESPACE), validatorKey(ROOT_NAMESPACE, publicKey));
  });

  test("a bound of a key that another namespace came to hold meanwhile is not this one's to lift", async () => {
    const { actor } = await home.member(["KeyAdmin"], OTHER);
    const publicKey = new Uint8Array(48).fill(4);
    await bring(keymanager(OTHER), validatorKey(OTHER, publicKey));
    const order = { actor, publicKeys: [publicKey] };
    await home.ledger.setSlashingBounds({ ...order, bounds: { slot: 5n } });
    await home.ledger.setSlashingBounds({ ...order, bounds: { slot: 6n } });
    const shared = bring(keymanager(ROOT_NAMESPACE), validatorKey(ROOT_NAMESPACE, publicKey));
    const lifted = home.ledger.setSlashingBounds({ ...order, bounds: { slot: null } });
    await assert.rejects(lifted, { code: "auth.forbidden", message: /^a bound of 0x0404/ });
    await shared;
    await home.ledger.setSlashingBounds({ ...order, bounds: { slot: 4n } });
  });
});
