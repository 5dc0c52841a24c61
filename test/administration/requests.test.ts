/** A signature that is read leaves as one that is made does: acts wait for it, and what they took away is not shown. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { PrincipalIndex, type Principal } from "../../src/access/principals.ts";
import type { Role } from "../../src/access/roles.ts";
import type { AdministrationParts } from "../../src/administration/parts.ts";
import { Requests } from "../../src/administration/requests.ts";
import { Directory } from "../../src/directory/directory.ts";
import { SignerError } from "../../src/domain/errors.ts";
import type { RecordedRequest } from "../../src/domain/requests.ts";
import { receiptJson, requestJson } from "../../src/http/views/requests.ts";
import { Departures, type Outlet } from "../../src/signing/departures.ts";
import { KEY, PRINCIPAL } from "../signing/sample.ts";

const SIGNATURE = "0x5161";
const SIGNED: RecordedRequest = {
  id: "req_1",
  namespace: KEY.namespace,
  keyId: KEY.id,
  principal: PRINCIPAL.id,
  type: "ethereum.message",
  receivedAt: "2026-01-01T00:00:00.000Z",
  idempotencyKey: null,
  bodyHash: new Uint8Array(32).fill(9),
  decision: "allow",
  problem: null,
  evidence: JSON.stringify({ payloads: ["07"], intent: {}, evaluations: [] }),
  result: JSON.stringify({ signature: SIGNATURE }),
  sequence: 1,
};
const UNSIGNED = { ...SIGNED, result: null };
const FREEZE = {
  id: "frz_1",
  scope: { kind: "key", id: KEY.id, namespace: KEY.namespace },
  orderedBy: "prn_2",
  orderedIn: KEY.namespace,
  createdAt: "2026-01-01T00:00:00.000Z",
} as const;

/** A connection whose peer reads when the test says so. */
class Connection implements Outlet {
  /** What is to be told when the peer has read. */
  readonly lefts: (() => void)[] = [];

  whenLeft(left: () => void): void {
    this.lefts.push(left);
  }

  destroy(): void {
    assert.fail("nobody was slow");
  }
}

let directory: Directory;
let principals: PrincipalIndex;
let departures: Departures;
let connection: Connection;
let stored: RecordedRequest;
let requests: Requests;
let vaultState: "sealed" | "unsealed";
/** Lets the ledger answer. */
let found: () => void;

beforeEach(() => {
  directory = new Directory();
  directory.addKey(KEY);
  principals = new PrincipalIndex();
  departures = new Departures();
  connection = new Connection();
  stored = SIGNED;
  const { promise, resolve } = Promise.withResolvers<void>();
  found = resolve;
  const ledger = {
    readRequest: () => promise.then(() => stored),
    readRequests: () => promise.then(() => [stored]),
  };
  vaultState = "unsealed";
  const parts = { directory, principals, departures, ledger, vault: { state: () => vaultState } };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of the ledger and the vault only these are asked
  requests = new Requests(parts as unknown as AdministrationParts);
});

function setCaller(roles: readonly Role[], tokenVersion = 1): Principal {
  const principal = { ...PRINCIPAL, roles, version: 1, tokenVersion };
  principals.add(principal, new Uint8Array(32).fill(tokenVersion));
  return principal;
}

const READS: readonly (readonly [string, (caller: Principal) => Promise<readonly RecordedRequest[]>])[] = [
  ["a request", async (caller) => [await requests.get(caller, "req_1", connection)]],
  [
    "the list",
    async (caller) => (await requests.list(caller, { cursor: undefined, limit: 10 }, connection)).items,
  ],
];

async function hasEnded(promise: Promise<unknown>): Promise<boolean> {
  let ended = false;
  void promise.then(() => (ended = true));
  for (let left = 0; left < 5; left += 1) await new Promise((resolve) => setImmediate(resolve));
  return ended;
}

const shown = (read: readonly RecordedRequest[]): string => JSON.stringify(read.map(requestJson));

const isProblem = (code: string) => (error: unknown) => error instanceof SignerError && error.code === code;

for (const [name, read] of READS) {
  test(`${name}: a signature of a key that is frozen while it is looked up is not shown, nor waited for`, async () => {
    const reading = read(setCaller(["KeyUser"]));
    directory.freezes.add(FREEZE);
    const settled = departures.settled();
    assert.equal(await hasEnded(settled), false);
    found();
    const text = shown(await reading);
    assert.ok(!text.includes(SIGNATURE) && text.includes('"status":"signed"'), text);
    assert.equal(await hasEnded(settled), true);
    assert.equal(connection.lefts.length, 0);
  });

  test(`${name}: a caller that is deleted, or has lost the role, while it is looked up reads nothing`, async () => {
    const deleted = read(setCaller(["KeyUser"]));
    principals.remove(PRINCIPAL.id);
    found();
    await assert.rejects(deleted, isProblem("auth.missing"));
    const demoted = read(setCaller(["KeyUser"]));
    setCaller(["KeyAdmin"]);
    await assert.rejects(demoted, isProblem("auth.forbidden"));
    const rotated = read(setCaller(["KeyUser"]));
    setCaller(["KeyUser"], 2);
    await assert.rejects(rotated, isProblem("auth.missing"));
    assert.equal(await hasEnded(departures.settled()), true);
  });

  test(`${name}: a service that is sealed while it is looked up shows no signature, to nobody, and nothing waits`, async () => {
    for (const [role, principal] of [
      ["KeyUser", PRINCIPAL.id],
      ["Auditor", "prn_2"],
    ] as const) {
      stored = { ...SIGNED, principal };
      vaultState = "unsealed";
      const reading = read(setCaller([role]));
      vaultState = "sealed";
      found();
      const text = shown(await reading);
      assert.ok(!text.includes(SIGNATURE) && text.includes('"status":"signed"'), text);
      assert.equal(await hasEnded(departures.settled()), true);
    }
    assert.equal(connection.lefts.length, 0);
  });

  test(`${name}: an act that comes after the look waits until the signature is with who reads it`, async () => {
    for (const [role, principal] of [
      ["KeyUser", PRINCIPAL.id],
      ["Auditor", "prn_2"],
    ] as const) {
      stored = { ...SIGNED, principal };
      const reading = read(setCaller([role]));
      const before = departures.settled();
      found();
      assert.ok(shown(await reading).includes(SIGNATURE));
      const after = departures.settled();
      assert.deepEqual([await hasEnded(before), await hasEnded(after)], [false, false], role);
      for (const left of connection.lefts.splice(0)) left();
      assert.deepEqual([await hasEnded(before), await hasEnded(after)], [true, true], role);
    }
  });

  test(`${name}: without a signature no act waits for it`, async () => {
    stored = UNSIGNED;
    found();
    assert.ok(shown(await read(setCaller(["KeyUser"]))).includes('"status":"recorded"'));
    assert.equal(await hasEnded(departures.settled()), true);
  });
}

test("one that has lost a reading role meanwhile sees its own requests alone", async () => {
  stored = { ...SIGNED, principal: "prn_2" };
  const caller = setCaller(["Auditor"]);
  const listing = requests.list(caller, { cursor: undefined, limit: 10 }, connection);
  const getting = requests.get(caller, "req_1", connection);
  setCaller(["KeyUser"]);
  found();
  assert.deepEqual(await listing, { items: [], next: null });
  await assert.rejects(getting, isProblem("request.not_found"));
});

test("a receipt has no signature in it, and no act waits for it", async () => {
  const reading = requests.receipt(setCaller(["Auditor"]), "req_1");
  assert.equal(await hasEnded(departures.settled()), true);
  found();
  const text = JSON.stringify(receiptJson(await reading));
  assert.ok(text.includes('"payloads":["07"]') && !text.includes(SIGNATURE), text);
});
