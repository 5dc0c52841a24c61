/** Acts that bring keys in: of the caller's own namespace, and of a wallet that it has. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { KeyRecord } from "../../src/domain/keys.ts";
import type { SealedKey } from "../../src/domain/sealed.ts";
import type { Ledger } from "../../src/record/ledger.ts";
import { ActLedger, KEY, OPERATOR, OTHER, type Member } from "./act-ledger.ts";

let home: ActLedger;
let ledger: Ledger;
let author: Member;

before(async () => {
  home = await ActLedger.start();
  ({ ledger } = home);
  author = await home.member(["KeyAdmin"]);
});
after(() => home.end());

const NEW: KeyRecord = { ...KEY, id: "key_new", publicKey: new Uint8Array(33).fill(3), address: "0x2" };

/** What no refused act writes. */
function sealedOf({ id, namespace, publicKey, walletId }: KeyRecord): SealedKey {
  const sealed = new Uint8Array(1);
  const secret = {
    keyId: id,
    dataKeyId: id,
    publicKey,
    curve: "secp256k1",
    namespace,
    walletId,
    sealed,
  } as const;
  return { dataKey: null, keySecret: secret };
}

function create(member: Member, key: KeyRecord): Promise<unknown> {
  const { actor } = member;
  return ledger.createKey({ actor, key, found: null, sealed: sealedOf(key), answer: null });
}

async function refused(code: string, work: () => Promise<unknown>): Promise<void> {
  const size = await home.size();
  await assert.rejects(work(), { code });
  assert.equal(await home.size(), size);
  assert.deepEqual(
    (await ledger.readDirectory()).keys.map(({ id }) => id),
    [KEY.id],
  );
}

test("a key of another namespace than the caller's is refused, whichever act brings it", async () => {
  const key = { ...NEW, namespace: OTHER };
  await refused("auth.forbidden", () => create(author, key));
  const { actor } = author;
  await refused("auth.forbidden", () =>
    ledger.importValidatorKey({ actor, key, sealed: sealedOf(key), history: null }),
  );
});

test("a key of a wallet that is not there, or is another namespace's, is refused", async () => {
  const wallet = { id: "wal_other", namespace: OTHER, name: "w", createdAt: "now" };
  home.insertWallet(wallet);
  for (const walletId of ["wal_none", wallet.id]) {
    await refused("wallet.not_found", () => create(author, { ...NEW, walletId, path: "m/0" }));
  }
});

test("a key's state and its end are the caller's own namespace's alone", async () => {
  const stranger = await home.member(["KeyAdmin"], OTHER);
  const { actor } = stranger;
  const state = "disabled";
  assert.deepEqual(await ledger.setKeyState({ actor, id: KEY.id, state, answer: null }), { changed: false });
  assert.deepEqual(await ledger.deleteKeys({ actor, ids: [KEY.id], forEveryone: true }), [
    { changed: false, heldElsewhere: false },
  ]);
  const [key] = (await ledger.readDirectory()).keys;
  assert.equal(key?.state, "active");
  await ledger.setKeyState({ actor: OPERATOR, id: KEY.id, state, answer: null });
});
