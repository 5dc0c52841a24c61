/** The EOTS guard by hand-written examples: refusals first, then what they leave open. */
import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { toHex } from "../../../src/domain/bytes.ts";
import type { EotsPlace } from "../../../src/domain/eots.ts";
import type { EotsClaim } from "../../../src/domain/guard.ts";
import type { EotsRecord } from "../../../src/ledger/tables/eots.ts";
import {
  chainId,
  claim,
  floorLine,
  Guard,
  HEIGHT_MAX,
  history,
  message,
  place,
  publicKey,
  recordLine,
  type Implementation,
} from "./guard.ts";

/** Throws at the first that does not hold. */
export async function checkExamples(code: Implementation): Promise<void> {
  const checks = [
    oneMessage,
    batches,
    oneVote,
    separateTracks,
    floors,
    requiredFloors,
    disabledKeys,
    claimsOutOfBounds,
    evidence,
    importedHistory,
    contradictions,
    messagesAsHashes,
    belowTheFloor,
    movedKeys,
    pruned,
    pages,
  ];
  for (const check of checks) await Promise.resolve(check(new Guard(code)));
}

/** Claims of one batch: each is judged by what the ones before it left, though the history was read before all of them. */
function batches(guard: Guard): void {
  const verdicts = (...claims: readonly EotsClaim[]): readonly string[] =>
    guard
      .signAll(claims)
      .map((verdict) => (verdict.verdict === "refused" ? verdict.refusal.code : verdict.verdict));
  assert.deepEqual(
    verdicts(claim(0, 5n, 1), claim(0, 5n, 2), claim(0, 5n, 1), claim(1, 5n, 2), claim(0, 5n, 2, 1)),
    ["recorded", "guard.eots_conflict", "same", "recorded", "recorded"],
  );
  guard.setFloor(place(0, 9n));
  assert.deepEqual(verdicts(claim(0, 9n, 1), claim(0, 10n, 1), claim(0, 10n, 0), claim(0, 5n, 1)), [
    "guard.eots_below_floor",
    "recorded",
    "guard.eots_conflict",
    "same",
  ]);
}

function oneMessage(guard: Guard): void {
  for (const height of [0n, 1n, 255n, 256n, 2n ** 53n + 1n, 2n ** 63n, HEIGHT_MAX]) {
    assert.equal(guard.verdict(claim(0, height, 1)), "recorded");
    assert.equal(guard.verdict(claim(0, height, 2)), "guard.eots_conflict");
    assert.equal(guard.verdict(claim(0, height, 0)), "guard.eots_conflict");
    assert.equal(guard.verdict(claim(0, height, 1)), "same");
  }
  assert.equal(guard.verdict(claim(0, 100n, 1)), "recorded", "an earlier height that is free");
  assert.equal(guard.verdict(claim(1, 5n, 0)), "recorded");
  assert.equal(guard.verdict(claim(1, 5n, 1)), "guard.eots_conflict", "an empty message is a message");
}

/** A vote is its bytes: under another signing context, or none, the same vote is another message. */
function oneVote(guard: Guard): void {
  const vote = Buffer.concat([Buffer.alloc(7), Buffer.of(9), Buffer.alloc(32, 1)]);
  const forms = ["", "ab".repeat(32), "cd".repeat(32)].map(
    (context) => new Uint8Array(Buffer.concat([Buffer.from(context), vote])),
  );
  for (const [index, first] of forms.entries()) {
    const at = claim(0, 900n + BigInt(index), 0);
    assert.equal(guard.verdict({ ...at, message: first }), "recorded");
    for (const other of forms) {
      const judged = guard.sign({ ...at, message: other });
      if (other === first) assert.equal(judged.verdict, "same");
      else {
        assert.ok(judged.verdict === "refused" && judged.refusal.code === "guard.eots_conflict");
        assert.match(judged.refusal.detail, /same block, under different signing contexts/);
      }
    }
  }
}

/** Another key, another chain, even one whose id begins alike: its own history. */
function separateTracks(guard: Guard): void {
  for (const key of [0, 1]) {
    for (const chain of [0, 1, 2, 3]) {
      assert.equal(guard.verdict(claim(key, 7n, 1 + key + chain, chain)), "recorded");
    }
  }
  const swapped = { ...claim(0, 7n, 9), chainId: chainId(2), publicKey: publicKey(5) };
  assert.equal(guard.sign(swapped).verdict, "recorded");
}

function floors(guard: Guard): void {
  assert.equal(guard.verdict(claim(0, 90n, 1)), "recorded");
  guard.setFloor(place(0, 100n));
  assert.equal(guard.verdict(claim(0, 100n, 1)), "guard.eots_below_floor");
  assert.equal(guard.verdict(claim(0, 99n, 1)), "guard.eots_below_floor");
  assert.equal(guard.verdict(claim(0, 90n, 1)), "same");
  assert.equal(guard.verdict(claim(0, 90n, 2)), "guard.eots_conflict");
  assert.equal(guard.verdict(claim(0, 101n, 1)), "recorded");
  assert.equal(guard.verdict(claim(0, 50n, 1, 1)), "recorded", "another chain has no floor");
  assert.equal(guard.verdict(claim(1, 50n, 1)), "recorded", "another key has none");
  assert.throws(() => guard.setFloor(place(0, 99n)), { code: "request.conflict", message: /100 already/ });
  guard.setFloor(place(0, 100n));
  guard.setFloor(place(0, 255n));
  guard.setFloor(place(0, 256n));
  assert.equal(guard.eots.floor(place(0, 0n)), 256n);
  guard.setFloor(place(0, HEIGHT_MAX));
  assert.equal(guard.verdict(claim(0, HEIGHT_MAX, 1)), "guard.eots_below_floor");
}

function requiredFloors(guard: Guard): void {
  assert.equal(guard.verdict(claim(0, 5n, 1)), "recorded");
  guard.requireFloor(0);
  assert.equal(guard.verdict(claim(0, 6n, 1)), "guard.unknown_history");
  assert.equal(guard.verdict(claim(0, 5n, 1)), "same", "what was signed may be signed again");
  assert.equal(guard.verdict(claim(0, 5n, 2)), "guard.eots_conflict");
  guard.setFloor(place(0, 0n));
  assert.equal(guard.verdict(claim(0, 6n, 1)), "recorded");
  assert.equal(guard.verdict(claim(0, 6n, 1, 1)), "guard.unknown_history", "a floor for each chain");
}

function disabledKeys(guard: Guard): void {
  assert.equal(guard.verdict(claim(0, 5n, 1)), "recorded");
  guard.setEnabled(false);
  assert.equal(guard.verdict(claim(0, 5n, 1)), "guard.disabled");
  assert.equal(guard.verdict(claim(0, 6n, 1)), "guard.disabled");
  assert.equal(guard.verdict(claim(1, 6n, 1)), "recorded", "a key that was not known");
  guard.setEnabled(false, [publicKey(2)]);
  assert.equal(guard.verdict(claim(2, 6n, 1)), "guard.disabled");
  guard.setEnabled(true, [publicKey(0)]);
  assert.equal(guard.verdict(claim(0, 6n, 1)), "recorded");
}

function claimsOutOfBounds(guard: Guard): void {
  const good = claim(0, 1n, 1);
  for (const [field, bad] of [
    ["/height", { ...good, height: HEIGHT_MAX + 1n }],
    ["/height", { ...good, height: -1n }],
    ["/publicKey", { ...good, publicKey: new Uint8Array(33) }],
    ["/publicKey", { ...good, publicKey: new Uint8Array(31) }],
    ["/chainId", { ...good, chainId: new Uint8Array(65) }],
    ["/message", { ...good, message: new Uint8Array(8193) }],
  ] as const) {
    assert.throws(() => guard.sign(bad), { code: "request.malformed", members: { field } });
  }
  assert.deepEqual(guard.keys(), []);
  assert.equal(guard.sign({ ...good, chainId: new Uint8Array(64) }).verdict, "recorded");
  assert.equal(guard.sign({ ...good, message: new Uint8Array(8192) }).verdict, "recorded");
}

/** Hashes and places, never a message. */
function evidence(guard: Guard): void {
  guard.sign(claim(0, 5n, 1));
  guard.setFloor(place(0, 4n));
  const conflict = guard.sign(claim(0, 5n, 2));
  assert.ok(conflict.verdict === "refused");
  assert.deepEqual(conflict.refusal.evidence, {
    chainId: "bbn-1",
    height: "5",
    messageHash: `0x${hash("sha256", message(2))}`,
    recordedMessageHash: `0x${hash("sha256", message(1))}`,
  });
  const below = guard.sign(claim(0, 3n, 2));
  assert.ok(below.verdict === "refused");
  assert.deepEqual(below.refusal.evidence, { chainId: "bbn-1", height: "3", floor: "4" });
  for (const text of [JSON.stringify(conflict), JSON.stringify(below)]) {
    for (const index of [1, 2]) assert.ok(!text.includes(toHex(message(index)).slice(2)));
  }
  const bytes = guard.sign({ ...claim(0, 3n, 2, 2), height: 5n });
  assert.equal(bytes.verdict, "recorded");
  const named = guard.sign(claim(0, 5n, 1, 2));
  assert.ok(named.verdict === "refused");
  assert.equal(named.refusal.evidence["chainId"], "0xfffe00");
}

async function importedHistory(guard: Guard): Promise<void> {
  const file = history(
    recordLine(0, 10n, 1),
    recordLine(0, 12n, 2),
    recordLine(0, 12n, 2),
    recordLine(1, 300n, 1, 2),
    floorLine(0, 7n),
    floorLine(2, 50n),
  );
  const [first, second, third] = await guard.import(file);
  assert.deepEqual(
    [first?.records, first?.known, first?.lowest, first?.highest, first?.floor],
    [2, 0, "10", "12", "12"],
  );
  assert.deepEqual([second?.chainId, second?.floor], ["0xfffe00", "300"]);
  assert.deepEqual([third?.records, third?.highest, third?.floor], [0, null, "50"]);
  assert.equal(guard.verdict(claim(0, 10n, 1)), "same");
  assert.equal(guard.verdict(claim(0, 12n, 1)), "guard.eots_conflict");
  assert.equal(guard.verdict(claim(0, 11n, 1)), "guard.eots_below_floor");
  assert.equal(guard.verdict(claim(0, 13n, 1)), "recorded");
  assert.equal(guard.verdict(claim(2, 50n, 1)), "guard.eots_below_floor");
  const again = await guard.import(file);
  assert.deepEqual(
    again.map((track) => [track.records, track.known, track.belowFloor]),
    [
      [0, 2, 0],
      [0, 1, 0],
      [0, 0, 0],
    ],
  );
}

/** One record that contradicts another, in the file or with what is known: nothing of the file is kept. */
async function contradictions(guard: Guard): Promise<void> {
  guard.sign(claim(0, 10n, 1));
  const before = guard.export();
  for (const file of [
    history(recordLine(0, 9n, 1), recordLine(0, 10n, 2), recordLine(0, 11n, 1)),
    history(recordLine(0, 20n, 1), floorLine(0, 30n), recordLine(0, 20n, 2)),
  ]) {
    await assert.rejects(guard.import(file), (error: Error & { code?: string; members?: object }) => {
      assert.equal(error.code, "guard.eots_conflict");
      assert.match(error.message, /chain bbn-1, height (?:10|20)/);
      assert.ok(!error.message.includes(toHex(message(2)).slice(2)));
      return true;
    });
    assert.equal(guard.export(), before);
  }
  guard.setFloor(place(0, 500n));
  await assert.rejects(guard.import(history(recordLine(0, 10n, 2))), { code: "guard.eots_conflict" });
  const cut = `${history(recordLine(0, 600n, 1))}{"publicKey":`;
  await assert.rejects(guard.import(cut), { code: "request.malformed", message: /line 3/ });
  assert.equal(guard.verdict(claim(0, 600n, 2)), "recorded");
}

/** A record that has the hash alone: the message itself is the same, whatever its length, and any other a second one. */
async function messagesAsHashes(guard: Guard): Promise<void> {
  const long = new Uint8Array(9000).fill(4);
  const at = (height: bigint, text: Uint8Array) => ({ ...claim(0, height, 0), message: text });
  const hashLine = (height: bigint, text: Uint8Array): string =>
    recordLine(0, height, 0).replace('"message":"0x"', `"messageHash":"0x${hash("sha256", text, "hex")}"`);
  assert.throws(() => guard.sign(at(10n, long)), { code: "request.malformed" }, "new, it cannot be kept");
  guard.sign(claim(0, 5n, 1));
  await guard.import(history(hashLine(5n, message(1)), hashLine(10n, long), hashLine(11n, message(0))));
  const exported = guard.export();
  assert.equal(guard.verdict(at(10n, long)), "same");
  assert.equal(guard.verdict(at(11n, message(0))), "same");
  for (const other of [message(0), message(1), long.subarray(1), new Uint8Array(9000).fill(5)]) {
    const judged = guard.sign(at(10n, other));
    assert.ok(judged.verdict === "refused" && judged.refusal.code === "guard.eots_conflict");
    assert.equal(judged.refusal.evidence["recordedMessageHash"], `0x${hash("sha256", long, "hex")}`);
  }
  assert.equal(guard.verdict(claim(0, 11n, 1)), "guard.eots_conflict", "no empty message stands for a hash");
  // The message itself, or its hash, in another file: known, and only another one contradicts.
  const [track] = await guard.import(
    history(recordLine(0, 5n, 1), recordLine(0, 11n, 0), hashLine(10n, long)),
  );
  assert.deepEqual([track?.records, track?.known], [0, 3]);
  assert.equal(guard.export(), exported);
  for (const line of [hashLine(5n, message(2)), recordLine(0, 10n, 0), recordLine(0, 11n, 1)]) {
    await assert.rejects(guard.import(history(line)), { code: "guard.eots_conflict" });
  }
  await assert.rejects(guard.import(history(hashLine(20n, message(1)), recordLine(0, 20n, 2))), {
    code: "guard.eots_conflict",
  });
  assert.equal(guard.export(), exported);
}

/** Below a floor that stood before, a file's word is not enough to sign. */
async function belowTheFloor(guard: Guard): Promise<void> {
  guard.sign(claim(0, 5n, 1));
  guard.sign(claim(0, 6n, 1));
  guard.setFloor(place(0, 10n));
  guard.prune();
  const lines = [recordLine(0, 5n, 2), recordLine(0, 6n, 1), recordLine(0, 10n, 2), recordLine(0, 11n, 2)];
  const [track] = await guard.import(history(...lines));
  assert.deepEqual([track?.records, track?.known, track?.belowFloor], [1, 1, 2]);
  assert.equal(guard.verdict(claim(0, 5n, 2)), "guard.eots_below_floor");
  assert.equal(guard.verdict(claim(0, 10n, 2)), "guard.eots_below_floor");
  assert.equal(guard.verdict(claim(0, 11n, 2)), "same");
}

async function movedKeys(guard: Guard): Promise<void> {
  guard.sign(claim(0, 5n, 1));
  guard.requireFloor(0);
  guard.setEnabled(false, [publicKey(0)]);
  const text = guard.export();
  const [track] = await guard.import(text);
  assert.equal(track?.enabled, false, "an import by itself enables nothing");
  assert.equal(guard.verdict(claim(0, 6n, 1)), "guard.disabled");
  const [enabled] = await guard.import(text, true);
  assert.equal(enabled?.enabled, true);
  assert.equal(guard.verdict(claim(0, 6n, 1)), "recorded");
  assert.equal(guard.keys()[0]?.requiresFloor, true);
  assert.match(text, /"requiresFloor":true/);
  assert.equal(guard.export(publicKey(1)).split("\n").length, 2, "of one key alone");
}

function pruned(guard: Guard): void {
  for (let height = 1n; height <= 40n; height += 1n) {
    guard.sign(claim(0, height, 1));
    guard.sign(claim(0, height, 1, 1));
  }
  assert.equal(guard.prune().deleted, 0, "nothing without a floor");
  guard.setFloor(place(0, 30n));
  guard.setFloor(place(0, 99n, 1));
  const { steps, deleted } = guard.prune(7);
  assert.equal(deleted, 30 + 39);
  assert.ok(steps >= 69 / 7, "small steps");
  assert.equal(guard.verdict(claim(0, 30n, 1)), "guard.eots_below_floor");
  assert.equal(guard.verdict(claim(0, 31n, 1)), "same");
  assert.equal(guard.verdict(claim(0, 40n, 1, 1)), "same", "the newest record stays");
  assert.equal(guard.prune().deleted, 0);
}

/** Every record once, in order, page by page. */
function pages(guard: Guard): void {
  for (const key of [0, 1]) {
    for (const chain of [0, 1, 2]) {
      for (let height = 250n; height < 260n; height += 1n) guard.sign(claim(key, height, 1, chain));
    }
  }
  const seen: string[] = [];
  for (let last: EotsPlace | null = null; ;) {
    const page: EotsRecord[] = guard.eots.records(null, last, 7);
    seen.push(...page.map((record) => `${toHex(record.publicKey)}${toHex(record.chainId)} ${record.height}`));
    if (page.length < 7) break;
    last = page.at(-1) ?? null;
  }
  assert.equal(seen.length, 60);
  assert.deepEqual(seen, [...new Set(seen)]);
  assert.equal(guard.eots.records(publicKey(1), null, 100).length, 30);
  for (let height = 1000n; height < 2100n; height += 1n) guard.sign(claim(3, height, 1));
  assert.equal(guard.export(publicKey(3)).split("\n").length, 1 + 1100 + 1);
  assert.deepEqual(
    guard.keys()[1]?.chains.map((chain) => [chain.records, chain.lowest, chain.highest, chain.floor])[0],
    [10, 250n, 259n, null],
  );
}
