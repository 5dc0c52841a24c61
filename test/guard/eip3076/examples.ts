/** What neither vectors nor histories ask: bounds, floors, disabled keys, other chains, numbers out of range. */
import assert from "node:assert/strict";
import type { DutyClaim } from "../../../src/domain/guard.ts";
import { toHex } from "../../../src/domain/bytes.ts";
import { attestation, block, GENESIS, Guard, publicKey, root, type Implementation } from "./guard.ts";

/** `recorded`, `same`, or the code of the refusal. */
export function verdictOf(store: Guard, claim: DutyClaim): string {
  const verdict = store.sign(claim);
  return verdict.verdict === "refused" ? verdict.refusal.code : verdict.verdict;
}

export async function checkExamples(code: Implementation): Promise<void> {
  const checks = [
    bounds,
    floors,
    refusesUnknown,
    knowsWhatItSigned,
    disabledKeys,
    otherChains,
    numbers,
    evidence,
    severalRoots,
    forgottenVotes,
    importedSurround,
    pruned,
    prunedSurround,
    prunedPairs,
    batches,
  ];
  for (const check of checks) await Promise.resolve(check(new Guard(code)));
}

function bounds(store: Guard): void {
  store.configure({ slotBound: 10n, epochBound: 5n });
  assert.equal(verdictOf(store, block(0, 9n, 1)), "recorded");
  assert.equal(verdictOf(store, block(0, 10n, 1)), "guard.above_watermark");
  assert.equal(verdictOf(store, attestation(0, 3n, 4n, 1)), "recorded");
  assert.equal(verdictOf(store, attestation(0, 4n, 5n, 1)), "guard.above_watermark");
  store.configure({ slotBound: null, epochBound: null });
  assert.equal(verdictOf(store, block(0, 10n, 1)), "recorded");
  store.configure({ mode: "minimal", slotBound: 20n, epochBound: 20n });
  assert.equal(verdictOf(store, block(0, 20n, 1)), "guard.above_watermark");
  assert.equal(verdictOf(store, attestation(0, 4n, 20n, 1)), "guard.above_watermark");
}

function floors(store: Guard): void {
  store.configure({ unknownHistory: "floor", floorSlot: 100n, floorEpoch: 10n });
  assert.equal(verdictOf(store, block(0, 100n, 1)), "guard.below_watermark");
  assert.equal(verdictOf(store, attestation(0, 9n, 11n, 1)), "guard.below_watermark");
  assert.equal(verdictOf(store, attestation(0, 10n, 10n, 1)), "guard.below_watermark");
  assert.equal(verdictOf(store, block(0, 102n, 1)), "recorded");
  assert.equal(verdictOf(store, attestation(0, 10n, 12n, 1)), "recorded");
  // The floor is the watermark, not the first signature.
  assert.equal(verdictOf(store, block(0, 101n, 1)), "recorded");
  assert.equal(verdictOf(store, attestation(0, 10n, 11n, 1)), "recorded");
  assert.equal(verdictOf(store, block(0, 100n, 1)), "guard.below_watermark");
  // Also for a key that was disabled and enabled again before it ever signed.
  store.setEnabled(false, [publicKey(1)]);
  store.setEnabled(true, [publicKey(1)]);
  assert.equal(verdictOf(store, block(1, 100n, 1)), "guard.below_watermark");
  assert.equal(verdictOf(store, block(1, 102n, 1)), "recorded");
  store.configure({ unknownHistory: "accept", floorSlot: null, floorEpoch: null });
  assert.equal(
    verdictOf(store, block(1, 100n, 1)),
    "guard.below_watermark",
    "the floor became its watermark",
  );
  assert.equal(verdictOf(store, block(1, 101n, 1)), "recorded");
}

async function refusesUnknown(store: Guard): Promise<void> {
  store.configure({ unknownHistory: "refuse" });
  assert.equal(verdictOf(store, block(0, 100n, 1)), "guard.unknown_history");
  const key = `{"pubkey":"${toHex(publicKey(0))}","signed_blocks":[],"signed_attestations":[]}`;
  await store.import(documentOf(key));
  assert.equal(verdictOf(store, block(0, 100n, 1)), "recorded");
  assert.equal(verdictOf(store, block(1, 100n, 1)), "guard.unknown_history");
  // A freeze is not history, whether it is lifted or not; an import makes the key known.
  store.setEnabled(false, [publicKey(1)]);
  assert.equal(verdictOf(store, block(1, 100n, 1)), "guard.disabled");
  store.setEnabled(true, [publicKey(1)]);
  assert.equal(verdictOf(store, block(1, 100n, 1)), "guard.unknown_history");
  await store.import(documentOf(key.replace(toHex(publicKey(0)), toHex(publicKey(1)))));
  assert.equal(verdictOf(store, block(1, 100n, 1)), "recorded");
}

/** A signature is history: a key that signed while the unknown was accepted goes on signing once it is refused. */
function knowsWhatItSigned(store: Guard): void {
  store.configure({ unknownHistory: "accept" });
  assert.equal(verdictOf(store, block(0, 100n, 1)), "recorded");
  assert.equal(verdictOf(store, attestation(1, 9n, 10n, 1)), "recorded");
  store.configure({ unknownHistory: "refuse" });
  assert.equal(verdictOf(store, block(0, 101n, 1)), "recorded");
  assert.equal(verdictOf(store, attestation(1, 10n, 11n, 1)), "recorded");
  assert.equal(verdictOf(store, block(2, 101n, 1)), "guard.unknown_history");
}

async function importedSurround(store: Guard): Promise<void> {
  const pair = `{"source_epoch":"4","target_epoch":"7"},{"source_epoch":"5","target_epoch":"6"}`;
  const key = `{"pubkey":"${toHex(publicKey(0))}","signed_blocks":[],"signed_attestations":[${pair}]}`;
  const [report] = await store.import(documentOf(key));
  assert.equal(report?.conflictCount, 2);
  assert.deepEqual([report.lowSourceEpoch, report.lowTargetEpoch], ["5", "7"]);
}

function disabledKeys(store: Guard): void {
  assert.equal(verdictOf(store, block(0, 1n, 1)), "recorded");
  assert.equal(store.setEnabled(false), 1);
  assert.equal(verdictOf(store, block(0, 2n, 1)), "guard.disabled");
  assert.equal(store.setEnabled(false, [publicKey(1)]), 1, "a key that never signed is disabled too");
  assert.equal(verdictOf(store, attestation(1, 1n, 2n, 1)), "guard.disabled");
  assert.equal(store.setEnabled(true, [publicKey(0)]), 1);
  assert.equal(verdictOf(store, block(0, 2n, 1)), "recorded");
}

function otherChains(store: Guard): void {
  const other = { ...block(0, 2n, 1), genesisValidatorsRoot: root(200) };
  assert.equal(verdictOf(store, block(0, 1n, 1)), "recorded");
  assert.equal(verdictOf(store, other), "guard.genesis_root");
  assert.equal(verdictOf(store, block(0, 2n, 1)), "recorded");
}

function numbers(store: Guard): void {
  const top = 2n ** 63n;
  for (const claim of [
    block(0, top, 1),
    block(0, 2n ** 64n - 1n, 1),
    block(0, -1n, 1),
    attestation(0, top, top, 1),
    attestation(0, 0n, top, 1),
    { ...block(0, 1n, 1), publicKey: new Uint8Array(47) },
    { ...block(0, 1n, 1), signingRoot: new Uint8Array() },
    { ...block(0, 1n, 1), genesisValidatorsRoot: new Uint8Array(31) },
  ]) {
    assert.throws(() => store.sign(claim), { code: "request.malformed" });
  }
  assert.equal(store.slashing.validators().length, 0, "nothing is stored");
  assert.equal(verdictOf(store, block(0, top - 1n, 1)), "recorded");
  assert.equal(verdictOf(store, attestation(0, top - 2n, top - 1n, 1)), "recorded");
  assert.equal(verdictOf(store, block(0, top - 1n, 2)), "guard.double_proposal");
  assert.equal(verdictOf(store, attestation(0, top - 2n, top - 1n, 2)), "guard.double_vote");
  assert.equal(verdictOf(store, attestation(0, top - 3n, top - 1n, 1)), "guard.double_vote");
}

/** Each refusal with what it conflicts with. */
function evidence(store: Guard): void {
  const refusals: [DutyClaim, string, Record<string, string>][] = [
    [
      block(0, 5n, 2),
      "guard.double_proposal",
      { slot: "5", conflictingSlot: "5", conflictingSigningRoot: toHex(root(1)) },
    ],
    [block(0, 4n, 2), "guard.below_watermark", { slot: "4", lowSlot: "5" }],
    [attestation(0, 10n, 20n, 2), "guard.double_vote", votes(10, 20, 10, 20)],
    [attestation(0, 9n, 21n, 2), "guard.surrounds", votes(9, 21, 10, 20)],
    [attestation(0, 11n, 19n, 2), "guard.surrounded", votes(11, 19, 10, 20)],
    [attestation(0, 3n, 2n, 2), "guard.source_after_target", { sourceEpoch: "3", targetEpoch: "2" }],
    [
      attestation(0, 9n, 10n, 2),
      "guard.below_watermark",
      { sourceEpoch: "9", targetEpoch: "10", lowSourceEpoch: "10" },
    ],
    [
      attestation(0, 10n, 19n, 2),
      "guard.below_watermark",
      { sourceEpoch: "10", targetEpoch: "19", lowTargetEpoch: "20" },
    ],
  ];
  store.sign(block(0, 5n, 1));
  store.sign(attestation(0, 10n, 20n, 1));
  for (const [claim, code, expected] of refusals) {
    const verdict = store.sign(claim);
    assert.ok(verdict.verdict === "refused");
    assert.equal(verdict.refusal.code, code);
    assert.deepEqual(verdict.refusal.evidence, expected);
  }
}

function votes(
  source: number,
  target: number,
  conflictingSource: number,
  conflictingTarget: number,
): Record<string, string> {
  return {
    sourceEpoch: String(source),
    targetEpoch: String(target),
    conflictingSourceEpoch: String(conflictingSource),
    conflictingTargetEpoch: String(conflictingTarget),
    conflictingSigningRoot: toHex(root(1)),
  };
}

/** Two roots at one slot or target, as only an import leaves them: neither is signed again. */
async function severalRoots(store: Guard): Promise<void> {
  const blocks = [1, 2].map((message) => `{"slot":"7","signing_root":"${toHex(root(message))}"}`).join();
  const key = `{"pubkey":"${toHex(publicKey(0))}","signed_blocks":[${blocks}],"signed_attestations":[]}`;
  const [report] = await store.import(documentOf(key));
  assert.deepEqual(report?.conflicts, [{ kind: "double_proposal", slot: "7" }]);
  assert.equal(verdictOf(store, block(0, 7n, 1)), "guard.double_proposal");
  assert.equal(verdictOf(store, block(0, 7n, 2)), "guard.double_proposal");
}

/** A document with these votes of the first key; `message`: their root, without it they have none. */
function votesOf(epochs: readonly (readonly [number, number])[], message?: number): string {
  const signed = message === undefined ? "" : `,"signing_root":"${toHex(root(message))}"`;
  const list = epochs
    .map(([source, target]) => `{"source_epoch":"${source}","target_epoch":"${target}"${signed}}`)
    .join();
  return documentOf(`{"pubkey":"${toHex(publicKey(0))}","signed_blocks":[],"signed_attestations":[${list}]}`);
}

/** A vote from below the watermark is not kept, but nothing may surround it later. */
async function forgottenVotes(store: Guard): Promise<void> {
  await store.import(votesOf([[5, 10]]));
  await store.import(
    votesOf([
      [8, 9],
      [5, 12],
    ]),
  );
  assert.equal(verdictOf(store, attestation(0, 6n, 13n, 1)), "guard.below_watermark");
  assert.equal(verdictOf(store, attestation(0, 8n, 13n, 1)), "recorded");
}

function pruned(store: Guard): void {
  for (let epoch = 1n; epoch <= 40n; epoch += 1n) {
    store.sign(block(0, epoch, 1));
    store.sign(attestation(0, epoch - 1n, epoch, 1));
  }
  const { steps, deleted } = store.prune(10n, 7);
  assert.equal(deleted, 58);
  assert.ok(steps > 58 / 7, "small steps");
  const row = store.slashing.validator(publicKey(0));
  assert.deepEqual([row?.lowSlot, row?.lowSource, row?.lowTarget], [30n, 29n, 30n]);
  assert.equal(verdictOf(store, block(0, 30n, 1)), "same");
  assert.equal(verdictOf(store, block(0, 29n, 1)), "guard.below_watermark");
  assert.equal(store.prune(10n).deleted, 0);
}

/** An imported vote surrounds one that was signed here: once that one is pruned the import must not pass for a repeat. */
async function prunedSurround(store: Guard): Promise<void> {
  assert.equal(verdictOf(store, attestation(0, 41n, 43n, 1)), "recorded");
  await store.import(votesOf([[39, 44]], 2));
  assert.equal(verdictOf(store, attestation(0, 39n, 44n, 2)), "guard.surrounds");
  assert.equal(store.prune(4n).deleted, 1);
  assert.equal(verdictOf(store, attestation(0, 39n, 44n, 2)), "guard.below_watermark");
}

/** Of two records that contradict each other no step of pruning leaves one, which would pass for a repeat. */
async function prunedPairs(store: Guard): Promise<void> {
  assert.equal(verdictOf(store, attestation(0, 41n, 43n, 1)), "recorded");
  assert.equal(verdictOf(store, block(0, 43n, 1)), "recorded");
  await store.import(votesOf([[41, 43]], 2));
  const blocks = `[{"slot":"43","signing_root":"${toHex(root(2))}"}]`;
  await store.import(
    documentOf(`{"pubkey":"${toHex(publicKey(0))}","signed_blocks":${blocks},"signed_attestations":[]}`),
  );
  // With the same source, so that it is the target's watermark alone that stands for them.
  assert.equal(verdictOf(store, attestation(0, 41n, 61n, 1)), "recorded");
  assert.equal(verdictOf(store, block(0, 61n, 1)), "recorded");
  for (let step = 0; step < 4; step += 1) {
    for (const message of [1, 2]) {
      assert.match(verdictOf(store, attestation(0, 41n, 43n, message)), /^guard\./);
      assert.match(verdictOf(store, block(0, 43n, message)), /^guard\./);
    }
    store.pruneStep(0n, 4n, 1);
  }
}

/** Claims of one batch: each is judged by what the ones before it left, though the history was read before all of them. */
function batches(store: Guard): void {
  const verdicts = (...claims: readonly DutyClaim[]): readonly string[] =>
    store
      .signAll(claims)
      .map((verdict) => (verdict.verdict === "refused" ? verdict.refusal.code : verdict.verdict));
  assert.deepEqual(
    verdicts(block(0, 5n, 1), block(0, 5n, 2), block(0, 5n, 1), block(1, 5n, 2), block(0, 4n, 1)),
    ["recorded", "guard.double_proposal", "same", "recorded", "guard.below_watermark"],
  );
  assert.deepEqual(verdicts(attestation(0, 1n, 2n, 1), attestation(0, 10n, 20n, 1)), [
    "recorded",
    "recorded",
  ]);
  const [outer, inner] = [attestation(0, 30n, 40n, 1), attestation(0, 5n, 6n, 1)];
  assert.deepEqual(
    verdicts(
      outer,
      attestation(0, 29n, 41n, 1),
      attestation(0, 31n, 39n, 1),
      attestation(0, 30n, 39n, 1),
      attestation(0, 30n, 40n, 2),
      outer,
      inner,
      attestation(0, 4n, 7n, 1),
      attestation(1, 31n, 39n, 1),
    ),
    [
      "recorded",
      "guard.surrounds",
      "guard.surrounded",
      "recorded",
      "guard.double_vote",
      "same",
      "recorded",
      "guard.surrounds",
      "recorded",
    ],
  );
  store.configure({ mode: "minimal" });
  assert.deepEqual(
    verdicts(block(0, 8n, 1), block(0, 8n, 1), block(0, 9n, 1), attestation(0, 30n, 41n, 1), outer),
    ["recorded", "guard.below_watermark", "recorded", "recorded", "guard.below_watermark"],
  );
}

export function documentOf(keys: string, genesis: Uint8Array = GENESIS): string {
  return `{"metadata":{"interchange_format_version":"5","genesis_validators_root":"${toHex(genesis)}"},"data":[${keys}]}`;
}
