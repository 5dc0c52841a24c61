/** Who may tie a data directory to its chain with a history: the same answer whether the file is small, large, or comes with a key. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { toHex } from "../../src/domain/bytes.ts";
import type { RootNamedBy } from "../../src/domain/guard.ts";
import type { KeyRecord } from "../../src/domain/keys.ts";
import type { Role } from "../../src/access/roles.ts";
import { openLedger } from "../../src/ledger/open.ts";
import { insertSeal } from "../../src/ledger/sealed-rows.ts";
import { ActLedger, KEY, OPERATOR, OTHER, type Member } from "../record/act-ledger.ts";

const ROOT = new Uint8Array(32).fill(7);
const NONE = { entry: new Uint32Array(), roots: new Uint8Array(), rooted: new Uint8Array() };

let home: ActLedger;
before(begin);
after(() => home.end());

async function begin(): Promise<void> {
  home = await ActLedger.start();
  // Keys need a key-encryption key that is there; what is sealed under it is never opened here.
  const database = openLedger(home.ledger.databasePath, { readonly: false });
  const sealed = new Uint8Array(60);
  insertSeal(database, {
    seal: { header: "{}", sealedRoot: sealed },
    kek: { version: 1, sealed, uses: 0 },
  });
  database.close();
}

/** A file of so many keys without a record, as it is staged for the keys of the caller's namespace. */
async function staged({ actor }: Pick<Member, "actor">, keys: number): Promise<number> {
  const reach = { of: "namespace", namespace: actor.namespace } as const;
  const number = await home.ledger.beginSlashingImport({ reach });
  const publicKeys = Array.from({ length: keys }, (_, index) => {
    const publicKey = new Uint8Array(48);
    new DataView(publicKey.buffer).setUint32(0, index);
    return publicKey;
  });
  const chunk = {
    entries: { entry: Uint32Array.from(publicKeys.keys()), publicKeys: Buffer.concat(publicKeys) },
    blocks: { ...NONE, slot: new BigUint64Array() },
    attestations: { ...NONE, source: new BigUint64Array(), target: new BigUint64Array() },
  };
  await home.ledger.stageSlashingImport({ number, chunk });
  return number;
}

function validatorKey(namespace: string): KeyRecord {
  const publicKey = new Uint8Array(48);
  const place = { namespace, publicKey, address: toHex(publicKey) };
  return { ...KEY, ...place, id: `key_of_${namespace}`, chain: "ethereum-validator", curve: "bls12-381" };
}

type Import = (member: Pick<Member, "actor">, namedBy?: RootNamedBy) => Promise<unknown>;
const merge =
  (keys: number): Import =>
  async (member, namedBy) => {
    const number = await staged(member, keys);
    const options = { genesisValidatorsRoot: ROOT, expectedRoot: ROOT, ...(namedBy && { namedBy }) };
    return home.ledger.mergeSlashingImport({ actor: member.actor, number, options });
  };
const IMPORTS: Readonly<Record<string, Import>> = {
  "a small file": merge(1),
  "a large file": merge(300),
  "a key with a file": async (member, namedBy) => {
    const key = validatorKey(member.actor.namespace);
    const number = await staged(member, 1);
    const document = { number, genesisValidatorsRoot: ROOT, size: { entries: 1, records: 0 } };
    const history = { ...document, expectedRoot: ROOT, ...(namedBy && { namedBy }) };
    const { id: keyId, namespace, publicKey, curve } = key;
    const row = { id: keyId, namespace, kekVersion: 1, sealed: new Uint8Array(60) };
    const secret = {
      keyId,
      dataKeyId: keyId,
      publicKey,
      curve,
      namespace,
      walletId: null,
      sealed: row.sealed,
    };
    const sealed = { dataKey: { row, kekUses: 1 }, keySecret: secret };
    return home.ledger.importValidatorKey({ actor: member.actor, key, sealed, history });
  },
};

async function pinned(): Promise<Uint8Array | null> {
  return (await home.ledger.readSlashingChain()).genesisValidatorsRoot;
}

const REFUSED: readonly (readonly [string, readonly Role[], string])[] = [
  ["a KeyAdmin of the root namespace", ["KeyAdmin"], "default"],
  ["all roles of another namespace", ["KeyAdmin", "NamespaceAdmin"], OTHER],
];
for (const [what, bring] of Object.entries(IMPORTS)) {
  for (const [who, roles, namespace] of REFUSED) {
    test(`${who} with ${what} names no chain, and nothing is left of it`, async () => {
      const member = await home.member(roles, namespace);
      const size = await home.size();
      await assert.rejects(bring(member), { code: "auth.forbidden", message: /no chain yet/ });
      await assert.rejects(bring(member, "caller"), { code: "auth.forbidden" });
      assert.equal(await pinned(), null);
      assert.equal(await home.size(), size);
      assert.deepEqual((await home.ledger.readSlashingCounts()).known, 0);
    });
  }
}

for (const [what, bring] of Object.entries(IMPORTS)) {
  test(`who reaches every key names the chain with ${what}, whoever brings a key where the configuration does; it is noted`, async () => {
    for (const namedBy of ["caller", "configuration"] as const) {
      await home.end();
      await begin();
      const roles: readonly Role[] = namedBy === "caller" ? ["KeyAdmin", "NamespaceAdmin"] : ["KeyAdmin"];
      const member = await home.member(roles);
      const size = await home.size();
      await bring(member, namedBy);
      assert.deepEqual(await pinned(), ROOT);
      assert.equal((await home.actions(size))[0], "slashing.pinChain");
    }
  });
}

test("the configuration ties a directory once, with a leaf; another chain is refused, and the same again writes nothing", async () => {
  await home.end();
  await begin();
  const size = await home.size();
  const pin = (root: Uint8Array) =>
    home.ledger.pinSlashingChain({ actor: OPERATOR, genesisValidatorsRoot: root, network: null });
  await pin(ROOT);
  assert.deepEqual(await home.actions(size), ["slashing.pinChain"]);
  await pin(ROOT);
  await assert.rejects(pin(new Uint8Array(32)), { code: "guard.genesis_root" });
  assert.equal(await home.size(), size + 1);
  assert.deepEqual(await pinned(), ROOT);
});
