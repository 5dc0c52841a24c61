/**
 * An import that is merged in pieces: its keys sign nothing until the last one, whatever is asked between two of them, and what
 * it leaves is what one transaction leaves.
 */
import assert from "node:assert/strict";
import Database from "better-sqlite3";
import fc from "fast-check";
import { test } from "node:test";
import { SigningRoot } from "../../../src/domain/signing-root.ts";
import type { ImportReach } from "../../../src/guard/eip3076/merge.ts";
import { toHex } from "../../../src/domain/bytes.ts";
import type { DutyClaim } from "../../../src/domain/guard.ts";
import { raiseSlashingFloors } from "../../../src/record/acts/slashing-bounds.ts";
import { rounds } from "../../extent.ts";
import { documentOf, verdictOf } from "./examples.ts";
import { attestation, block, loadImplementation, Guard, publicKey, root } from "./guard.ts";

const CODE = await loadImplementation();
const ACTOR = { namespace: "root", principal: "claviger test", tokenVersion: null } as const;

interface DraftKey {
  readonly key: number;
  readonly slots: readonly (readonly [slot: number, message: number])[];
  readonly votes: readonly (readonly [source: number, target: number, message: number])[];
}

function textOf(entries: readonly DraftKey[]): string {
  const signed = (message: number): string =>
    message === 0 ? "" : `,"signing_root":"${toHex(root(message))}"`;
  const texts = entries.map(({ key, slots, votes }) => {
    const blocks = slots.map(([slot, message]) => `{"slot":"${slot}"${signed(message)}}`);
    const attestations = votes.map(
      ([source, target, message]) =>
        `{"source_epoch":"${source}","target_epoch":"${target}"${signed(message)}}`,
    );
    return `{"pubkey":"${toHex(publicKey(key))}","signed_blocks":[${blocks.join()}],"signed_attestations":[${attestations.join()}]}`;
  });
  return documentOf(texts.join());
}

const VOTES = Array.from({ length: 20 }, (_, index) => [index, index + 1, 1] as const);
const LONG = textOf([{ key: 0, slots: [[5, 1]], votes: VOTES }]);

/** A guard with the import of `text` begun: its keys are marked, and nothing of it is in. */
async function begun(text: string, guard = new Guard(CODE)): Promise<Guard> {
  await guard.stageAndMark(text);
  return guard;
}

function finish(guard: Guard, rows = 3): void {
  while (guard.mergePiece(rows));
  while (guard.merging.clearSome(3));
}

const MERGING = { code: "guard.merging" };

test("merging: the key signs nothing between any two pieces, and nothing is recorded; another key does", async () => {
  const guard = await begun(LONG);
  let slot = 10n;
  let pieces = 0;
  do {
    assert.throws(() => guard.sign(block(0, 900n, 1)), MERGING);
    assert.throws(() => guard.sign(attestation(0, 900n, 901n, 1)), MERGING);
    assert.equal(verdictOf(guard, block(1, (slot += 1n), 1)), "recorded");
    pieces += 1;
  } while (guard.mergePiece(4));
  assert.ok(pieces > 6, `${pieces} pieces`);
  assert.equal(verdictOf(guard, block(0, 900n, 1)), "recorded");
  assert.equal(verdictOf(guard, attestation(0, 3n, 4n, 1)), "same");
  assert.equal(verdictOf(guard, attestation(0, 3n, 4n, 2)), "guard.double_vote");
});

test("merging: a key that is frozen or free meanwhile is still marked, and is what was said when the import has ended", async () => {
  const guard = await begun(LONG);
  assert.equal(guard.setEnabled(false, [publicKey(0)]), 1);
  assert.throws(() => guard.sign(block(0, 900n, 1)), MERGING);
  guard.mergePiece(4);
  assert.equal(guard.setEnabled(true, [publicKey(0)]), 1);
  assert.throws(() => guard.sign(block(0, 900n, 1)), MERGING);
  guard.setEnabled(false, [publicKey(0)]);
  finish(guard);
  assert.equal(verdictOf(guard, block(0, 900n, 1)), "guard.disabled");
});

test("merging: what a key has is not exported, alone or with all; another key's is", async () => {
  const guard = await begun(LONG);
  guard.sign(block(1, 7n, 1));
  const exported = (only: readonly Uint8Array[] | null): string =>
    [...CODE.exporter.exportInterchange(guard.slashing, { minimal: false, only })].join("");
  while (guard.merging.underWay()?.state === "merging") {
    assert.throws(() => exported(null), MERGING);
    assert.throws(() => exported([publicKey(0)]), MERGING);
    assert.match(exported([publicKey(1)]), /"slot":"7"/);
    guard.mergePiece(4);
  }
  assert.match(exported(null), /"target_epoch":"20"/);
});

test("merging: pruning leaves the key alone, and takes it when the import has ended", async () => {
  const guard = new Guard(CODE);
  for (let epoch = 0n; epoch < 10n; epoch += 1n) guard.sign(attestation(0, epoch, epoch + 1n, 1));
  await begun(LONG, guard);
  guard.mergePiece(4);
  assert.equal(guard.prune(2n).deleted, 0);
  finish(guard);
  assert.ok(guard.prune(2n).deleted > 10);
});

test("merging: the mode of the directory stays", async () => {
  const guard = await begun(LONG);
  guard.mergePiece(4);
  assert.throws(() => guard.configure({ mode: "minimal" }), { code: "request.conflict" });
  guard.configure({ slotBound: 1000n });
  finish(guard);
  guard.configure({ mode: "minimal" });
});

test("merging: another import cannot begin", async () => {
  const guard = await begun(LONG);
  await assert.rejects(guard.import(textOf([{ key: 1, slots: [[1, 1]], votes: [] }])), {
    code: "request.conflict",
  });
  assert.throws(() => guard.sign(block(0, 900n, 1)), MERGING);
  finish(guard);
  await guard.import(textOf([{ key: 1, slots: [[1, 1]], votes: [] }]));
});

test("merging: the database lets nobody take a mark away, or an import back", async () => {
  const guard = await begun(LONG);
  const fails = (sql: string): void =>
    assert.throws(() => guard.database.exec(sql), { code: "SQLITE_CONSTRAINT_TRIGGER" }, sql);
  fails("DELETE FROM slashing_import");
  fails("DELETE FROM slashing_import_key");
  guard.mergePiece(100);
  guard.mergePiece(100);
  fails("UPDATE slashing_import SET raised = x''");
  while (guard.mergePiece(100));
  fails("UPDATE slashing_import SET state = 'merging'");
});

test("merging: only the keys that the caller may reach are marked, and only they get anything", async () => {
  const guard = new Guard(CODE);
  const text = textOf([
    { key: 0, slots: [[5, 1]], votes: VOTES },
    { key: 1, slots: [[6, 1]], votes: VOTES },
  ]);
  await guard.stageAndMark(text, [toHex(publicKey(1))]);
  assert.equal(verdictOf(guard, block(0, 1n, 1)), "recorded");
  assert.throws(() => guard.sign(block(1, 1n, 1)), MERGING);
  while (guard.mergePiece(3));
  assert.deepEqual(
    guard.pieces.report(new Uint8Array(), -1).map(({ publicKey: name, blocks }) => [name, blocks]),
    [[toHex(publicKey(1)), 1]],
  );
  assert.equal(verdictOf(guard, block(0, 5n, 2)), "recorded");
});

const NO_CHUNK = { entry: new Uint32Array(), roots: new Uint8Array(), rooted: new Uint8Array() };

/** Whether a file of `entries` keys from `first` on, without a record, is merged in pieces. */
function isLarge(
  guard: Guard,
  { first = 0, entries = 1, reach = EVERY_KEY }: { first?: number; entries?: number; reach?: ImportReach },
): boolean {
  const publicKeys = Array.from({ length: entries }, (_, index) => publicKey(first + index));
  const number = guard.stage.begin(reach);
  guard.stage.stage(number, {
    entries: { entry: Uint32Array.from(publicKeys.keys()), publicKeys: Buffer.concat(publicKeys) },
    blocks: { ...NO_CHUNK, slot: new BigUint64Array() },
    attestations: { ...NO_CHUNK, source: new BigUint64Array(), target: new BigUint64Array() },
  });
  return guard.stage.staged(number)?.isLarge === true;
}
const EVERY_KEY: ImportReach = { of: "everyKey" };

/** Writes votes of a key as they are after years. */
function lengthen(guard: Guard, index: number, votes: number): void {
  const { id } =
    guard.slashing.validator(publicKey(index)) ?? guard.slashing.insertValidator(publicKey(index));
  guard.database
    .prepare<{ id: bigint; votes: number }>(
      `WITH RECURSIVE n (at) AS (SELECT 0 UNION ALL SELECT at + 1 FROM n WHERE at + 1 < @votes)
       INSERT INTO slashing_attestation (validator, source, target, signing_root) SELECT @id, at, at + 1, x'' FROM n`,
    )
    .run({ id, votes });
}

test("merging: a file is large by its keys, or where the history of its keys is long", () => {
  const guard = new Guard(CODE);
  assert.ok(!isLarge(guard, { entries: 200 }));
  assert.ok(isLarge(guard, { entries: 201 }));
  // A key counts as 20 records, and 4 that are known as one.
  lengthen(guard, 0, 15_900);
  assert.ok(!isLarge(guard, {}));
  guard.slashing.insertBlock(guard.slashing.validator(publicKey(0))?.id ?? 0n, {
    slot: 5n,
    signingRoot: new SigningRoot(root(1)),
  });
  for (let slot = 6n; slot < 30n; slot += 1n) guard.sign(block(0, slot, 1));
  assert.ok(isLarge(guard, {}), "blocks count");
  assert.ok(!isLarge(guard, { first: 1 }), "another key's do not");
  assert.ok(
    !isLarge(guard, { reach: { of: "keys", publicKeys: new Set() } }),
    "nor those of a key that is left out",
  );
  guard.configure({ mode: "minimal" });
  assert.ok(!isLarge(guard, {}), "and none where watermarks alone are read");
});

test("merging: a floor that is raised between two pieces holds, and covers the sources below it", async () => {
  const votes = [
    [0, 1, 1],
    [18, 19, 1],
    [17, 25, 1],
    [26, 27, 1],
  ] as const;
  for (let at = 0; at < 8; at += 1) {
    const guard = await begun(textOf([{ key: 0, slots: [[5, 1]], votes }]));
    let piece = 0;
    do {
      if (piece !== at) continue;
      guard.perform(raiseSlashingFloors, { actor: ACTOR, publicKeys: [publicKey(0)], slot: 90n, epoch: 22n });
    } while (((piece += 1), guard.mergePiece(1)));
    const low = guard.slashing.validator(publicKey(0));
    if (piece <= at) continue;
    // Where it comes before all records, those up to it are left out, and with them what one of them is in conflict with.
    const target = at === 0 ? 22n : 25n;
    assert.deepEqual(
      [low?.lowSlot, low?.lowTarget, low?.lowSource],
      [90n, target, 22n],
      `before piece ${at}`,
    );
    // Below the target watermark no vote has a later source than the source watermark.
    assert.ok((guard.slashing.latestSourceBelow(low?.id ?? 0n, target) ?? 0n) <= (low?.lowSource ?? 0n));
  }
});

/** Everything that the guard knows, without the ids that validators get by themselves. */
function rowsOf({ database }: Guard): readonly unknown[] {
  const joined = "JOIN slashing_validator ON id = validator";
  return [
    `SELECT public_key, low_slot, low_source, low_target, enabled, known FROM slashing_validator ORDER BY 1`,
    `SELECT public_key, slot, signing_root FROM slashing_block ${joined} ORDER BY 1, 2, 3`,
    `SELECT public_key, source, target, signing_root FROM slashing_attestation ${joined} ORDER BY 1, 2, 3, 4`,
    "SELECT * FROM slashing_chain",
  ].map((sql) => database.prepare<[]>(sql).safeIntegers().all());
}

const small = (max: number) => fc.integer({ min: 0, max });
const anyEntry: fc.Arbitrary<DraftKey> = fc.record({
  key: small(2),
  slots: fc.array(fc.tuple(small(12), small(2)), { maxLength: 6 }),
  votes: fc.array(fc.tuple(small(12), small(12), small(2)), { maxLength: 10 }),
});
const anyEntries = fc.array(anyEntry, { maxLength: 5 });

test("merging: pieces of any size leave what one transaction leaves, also where a process was killed between two", async () => {
  const empty = new Guard(CODE).database.serialize();
  await fc.assert(
    fc.asyncProperty(
      anyEntries,
      anyEntries,
      fc.boolean(),
      fc.integer({ min: 1, max: 9 }),
      small(12),
      async (first, second, minimal, rows, killedAt) => {
        const whole = new Guard(CODE, new Database(empty));
        let pieces = new Guard(CODE, new Database(empty));
        for (const guard of [whole, pieces]) {
          guard.configure({ mode: minimal ? "minimal" : "complete" });
          await guard.import(textOf(first));
        }
        const report = await whole.import(textOf(second));
        await pieces.stageAndMark(textOf(second));
        let piece = 0;
        do {
          if (piece === killedAt) pieces = pieces.reopen();
        } while (((piece += 1), pieces.mergePiece(rows)));
        assert.deepEqual(pieces.pieces.report(new Uint8Array(), -1), report);
        while (pieces.merging.clearSome(2));
        assert.deepEqual(rowsOf(pieces), rowsOf(whole));
        assert.equal(pieces.database.prepare("SELECT count(*) FROM slashing_staged_block").pluck().get(), 0);
        assert.equal(pieces.merging.underWay(), undefined);
        for (const { database } of [whole, pieces]) database.close();
      },
    ),
    { numRuns: Math.min(60, rounds("HISTORIES")) },
  );
});

/** Whether the guard would sign it, of which nothing stays. */
function wouldSign(guard: Guard, claim: DutyClaim): boolean {
  guard.database.exec("SAVEPOINT foreseen");
  const verdict = verdictOf(guard, claim);
  guard.database.exec("ROLLBACK TO foreseen; RELEASE foreseen");
  return verdict === "recorded" || verdict === "same";
}

/** Of each key: what the documents have, with two messages each, and what comes right after them. */
function claimsOf(entries: readonly DraftKey[]): readonly DutyClaim[] {
  const epochs = [0n, 12n, 13n, 14n];
  return [0, 1, 2].flatMap((key) => {
    const own = entries.filter((entry) => entry.key === key);
    return [1, 2].flatMap((message) => [
      ...own.flatMap(({ slots }) => slots.map(([slot]) => block(key, BigInt(slot), message))),
      block(key, 13n, message),
      ...own.flatMap(({ votes }) =>
        votes.map(([source, target]) => attestation(key, BigInt(source), BigInt(target), message)),
      ),
      ...epochs.map((source) => attestation(key, source, 15n, message)),
    ]);
  });
}

function lows(guard: Guard): readonly (bigint | null)[] {
  return [0, 1, 2].flatMap((key) => {
    const {
      lowSlot = null,
      lowSource = null,
      lowTarget = null,
    } = guard.slashing.validator(publicKey(key)) ?? {};
    return [lowSlot, lowSource, lowTarget];
  });
}

test("ended imports: whenever it is ended, nothing is signed that the whole import forbids, and nothing is lowered", async () => {
  const empty = new Guard(CODE).database.serialize();
  await fc.assert(
    fc.asyncProperty(
      anyEntries,
      anyEntries,
      fc.integer({ min: 1, max: 9 }),
      small(8),
      async (first, second, rows, endedAt) => {
        const [whole, ended] = [new Guard(CODE, new Database(empty)), new Guard(CODE, new Database(empty))];
        for (const guard of [whole, ended]) await guard.import(textOf(first));
        await whole.import(textOf(second));
        await ended.stageAndMark(textOf(second));
        for (let piece = 0; piece < endedAt && ended.mergePiece(rows); piece += 1);
        const before = lows(ended);
        const isLeft = ended.merging.underWay()?.state === "merging";
        assert.equal(ended.endImport() !== null, isLeft);
        assert.equal(ended.slashing.mergingKeys(1).length, 0);
        for (const [index, low] of lows(ended).entries()) assert.ok((before[index] ?? -1n) <= (low ?? -1n));
        // So does a signer that takes the keys over.
        const next = new Guard(CODE, new Database(empty));
        await next.import(ended.export());
        for (const claim of claimsOf([...first, ...second])) {
          const signs = wouldSign(ended, claim) || wouldSign(next, claim);
          if (signs) assert.ok(wouldSign(whole, claim), JSON.stringify(claim, bigints));
        }
        while (ended.merging.clearSome(100));
        assert.equal(ended.merging.underWay(), undefined);
        for (const { database } of [whole, ended, next]) database.close();
      },
    ),
    { numRuns: Math.min(40, rounds("HISTORIES")) },
  );
});

function bigints(_name: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

test("ended imports: what comes after the document is signed, and a key whose records were all in keeps them", async () => {
  const guard = new Guard(CODE);
  const entries = [0, 1].map((key) => ({ key, slots: [[5, 1]] as const, votes: VOTES }));
  await begun(textOf(entries), guard);
  while (guard.merging.underWay()?.raised.length === 0) guard.mergePiece(100);
  assert.equal(guard.endImport()?.floorKeys, 1);
  assert.equal(verdictOf(guard, attestation(0, 3n, 4n, 1)), "same");
  assert.equal(verdictOf(guard, attestation(1, 3n, 4n, 1)), "guard.below_watermark");
  for (const key of [0, 1]) {
    assert.equal(verdictOf(guard, attestation(key, 20n, 21n, 1)), "recorded");
    assert.equal(verdictOf(guard, block(key, 6n, 1)), "recorded");
  }
  assert.equal(guard.endImport(), null);
});

const CONTRADICTIONS = {
  "a second vote for its target": [5, 6, 2],
  "a vote that surrounds it": [4, 7, 1],
} as const;

for (const [what, vote] of Object.entries(CONTRADICTIONS)) {
  test(`ended imports: a vote on record is not signed again where the document has ${what}`, async () => {
    const guard = new Guard(CODE);
    guard.sign(attestation(0, 5n, 6n, 1));
    await begun(textOf([{ key: 0, slots: [], votes: [vote] }]), guard);
    guard.endImport();
    assert.equal(verdictOf(guard, attestation(0, 5n, 6n, 1)), "guard.below_watermark");
    assert.equal(verdictOf(guard, attestation(0, 6n, 8n, 1)), "recorded");
  });
}

test("ended imports: a key of which the document has only blocks votes as before", async () => {
  const guard = new Guard(CODE);
  guard.sign(attestation(0, 7n, 9n, 1));
  await begun(textOf([{ key: 0, slots: [[5, 1]], votes: [] }]), guard);
  guard.endImport();
  assert.equal(verdictOf(guard, attestation(0, 7n, 9n, 1)), "same");
  assert.equal(verdictOf(guard, attestation(0, 7n, 10n, 1)), "recorded");
  assert.equal(verdictOf(guard, block(0, 5n, 1)), "guard.below_watermark");
});
