/** Floors and bounds of single keys as a property: whatever comes in between, nothing new is signed outside of them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { LiveCaller } from "../../../src/access/actors.ts";
import { AuditTable } from "../../../src/ledger/tables/audit.ts";
import { raiseSlashingFloors, setSlashingBounds } from "../../../src/record/acts/slashing-bounds.ts";
import { attestation, block, loadImplementation, Guard, publicKey } from "./guard.ts";

const CODE = await loadImplementation();
const ACTOR = { namespace: "root", principal: "claviger test", tokenVersion: null } as const;
const KEY_ADMIN: LiveCaller = {
  namespace: "root",
  principal: "test",
  roles: ["KeyAdmin"],
  isInstallation: false,
};
const ADMINISTRATOR: LiveCaller = { ...KEY_ADMIN, roles: ["NamespaceAdmin"] };
const KEYS = [0, 1];

type Bound = bigint | null | undefined;
type Step =
  | {
      readonly do: "floor";
      readonly key: number | null;
      readonly slot: bigint | null;
      readonly epoch: bigint | null;
    }
  | { readonly do: "bound"; readonly key: number | null; readonly slot: Bound; readonly epoch: Bound }
  | { readonly do: "block"; readonly key: number; readonly slot: bigint; readonly message: number }
  | {
      readonly do: "vote";
      readonly key: number;
      readonly source: bigint;
      readonly target: bigint;
      readonly message: number;
    }
  | { readonly do: "prune" | "minimal" | "complete" };

const number = fc.bigInt({ min: 0n, max: 9n });
const key = fc.constantFrom(...KEYS);
const whose = fc.option(key, { freq: 3 });
const anyBound = fc.constantFrom<Bound>(null, undefined, 2n, 4n, 6n, 8n);
const message = fc.nat({ max: 1 });
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant("floor" as const),
    key: whose,
    slot: fc.option(number),
    epoch: fc.option(number),
  }),
  fc.record({ do: fc.constant("bound" as const), key: whose, slot: anyBound, epoch: anyBound }),
  fc.record({ do: fc.constant("block" as const), key, slot: number, message }),
  fc.record({ do: fc.constant("vote" as const), key, source: number, target: number, message }),
  fc.record({ do: fc.constantFrom("prune" as const, "minimal" as const, "complete" as const) }),
);

/** What the operator said, kept beside the store. */
class Stated {
  readonly floors = KEYS.map(() => ({ slot: -1n, epoch: -1n }));
  readonly bounds = KEYS.map((): { slot: bigint | null; epoch: bigint | null } => ({
    slot: null,
    epoch: null,
  }));
  readonly all: { slot: bigint | null; epoch: bigint | null } = { slot: null, epoch: null };

  bound(index: number, what: "slot" | "epoch"): bigint {
    const values = [this.bounds[index]?.[what], this.all[what]].flatMap((bound) => bound ?? []);
    return values.reduce((low, value) => (value < low ? value : low), 10n ** 9n);
  }
}

function max(a: bigint, b: bigint | null): bigint {
  return b !== null && b > a ? b : a;
}

function perform(guard: Guard, stated: Stated, step: Step): void {
  if (step.do === "floor") {
    // A key has a row, or the installation holds it; here nothing but rows says which keys there are.
    const named = step.key === null ? KEYS : [step.key];
    guard.perform(raiseSlashingFloors, { actor: ACTOR, publicKeys: named.map(publicKey), ...step });
    for (const index of named) {
      const floor = stated.floors[index];
      assert.ok(floor);
      floor.slot = max(floor.slot, step.slot);
      floor.epoch = max(floor.epoch, step.epoch);
    }
  } else if (step.do === "bound") {
    const { slot, epoch } = step;
    const bounds = { ...(slot === undefined ? {} : { slot }), ...(epoch === undefined ? {} : { epoch }) };
    const publicKeys = step.key === null ? null : [publicKey(step.key)];
    guard.perform(setSlashingBounds, { actor: ACTOR, publicKeys, bounds }, KEY_ADMIN);
    Object.assign(step.key === null ? stated.all : (stated.bounds[step.key] ?? {}), bounds);
  } else if (step.do === "block") {
    const verdict = guard.sign(block(step.key, step.slot, step.message));
    assert.equal(
      verdict.verdict === "refused" && verdict.refusal.code === "guard.above_watermark",
      step.slot >= stated.bound(step.key, "slot"),
    );
    if (verdict.verdict === "recorded") assert.ok(step.slot > (stated.floors[step.key]?.slot ?? -1n));
  } else if (step.do === "vote") {
    const verdict = guard.sign(attestation(step.key, step.source, step.target, step.message));
    const inverted = step.source > step.target;
    assert.equal(
      verdict.verdict === "refused" && verdict.refusal.code === "guard.above_watermark",
      !inverted && step.target >= stated.bound(step.key, "epoch"),
    );
    const floor = stated.floors[step.key]?.epoch ?? -1n;
    if (verdict.verdict === "recorded") assert.ok(step.target > floor && step.source >= floor);
  } else if (step.do === "prune") guard.prune(1n);
  else guard.configure({ mode: step.do });
}

function marks(guard: Guard): bigint[] {
  return KEYS.flatMap((index) => {
    const row = guard.slashing.validator(publicKey(index));
    return [row?.lowSlot ?? -1n, row?.lowSource ?? -1n, row?.lowTarget ?? -1n];
  });
}

test("eip3076: floors only rise, bounds hold for old keys and new ones, and an export carries the floors", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { maxLength: 25 }), async (steps) => {
      const guard = new Guard(CODE);
      const stated = new Stated();
      for (const step of steps) {
        const before = marks(guard);
        perform(guard, stated, step);
        for (const [at, value] of marks(guard).entries()) assert.ok(value >= (before[at] ?? -1n));
      }
      if (guard.slashing.chain().genesisValidatorsRoot !== null) {
        const other = new Guard(CODE);
        await other.import(guard.export());
        for (const [index, { slot, epoch }] of stated.floors.entries()) {
          if (slot >= 0n) assert.equal(other.sign(block(index, slot, 7)).verdict, "refused");
          if (epoch >= 0n) assert.equal(other.sign(attestation(index, epoch, epoch, 7)).verdict, "refused");
        }
        other.database.close();
      }
      guard.database.close();
    }),
    { numRuns: 60 },
  );
});

test("eip3076: a bound that would be loosened without the right leaves every key as it was", () => {
  const guard = new Guard(CODE);
  const order = { actor: ACTOR, publicKeys: KEYS.map(publicKey) };
  const size = () => new AuditTable(guard.database).leaves("root", 0, 500).length;
  guard.perform(
    setSlashingBounds,
    { ...order, publicKeys: [publicKey(1)], bounds: { slot: 5n } },
    ADMINISTRATOR,
  );
  const entries = size();
  for (const bounds of [{ slot: null }, { slot: 6n }, { slot: 4n, epoch: 3n }]) {
    const set = () =>
      guard.slashing.atomically(() => guard.perform(setSlashingBounds, { ...order, bounds }, ADMINISTRATOR));
    if (bounds.slot === 4n) assert.deepEqual(set(), { keys: 2 });
    else assert.throws(set, { code: "auth.forbidden", message: /^a bound of 0x0202/ });
    if (bounds.slot !== 4n) assert.equal(guard.slashing.validator(publicKey(0)), undefined);
  }
  assert.equal(size(), entries + 1);
  assert.deepEqual(guard.perform(setSlashingBounds, { ...order, bounds: { slot: 4n } }, ADMINISTRATOR), {
    keys: 0,
  });
  assert.equal(size(), entries + 1, "what changes nothing leaves no entry");
  guard.database.close();
});

test("eip3076: the floor of a key without history joins those of all such keys, and opens nothing", () => {
  const guard = new Guard(CODE);
  const floor = (slot: bigint) =>
    guard.perform(raiseSlashingFloors, { actor: ACTOR, publicKeys: [publicKey(0)], slot, epoch: slot });
  const codeOf = (slot: bigint) => {
    const verdict = guard.sign(block(0, slot, 1));
    return verdict.verdict === "refused" ? verdict.refusal.code : verdict.verdict;
  };
  guard.configure({ unknownHistory: "refuse" });
  floor(3n);
  assert.equal(codeOf(9n), "guard.unknown_history");
  guard.configure({ unknownHistory: "floor", floorSlot: 5n, floorEpoch: 5n });
  assert.equal(codeOf(5n), "guard.below_watermark");
  floor(7n);
  assert.deepEqual([codeOf(7n), codeOf(8n)], ["guard.below_watermark", "recorded"]);
  guard.database.close();
});

test("eip3076: an export takes the floor of keys without history along, and makes no unknown one known", async () => {
  const guard = new Guard(CODE);
  guard.configure({ unknownHistory: "floor", floorSlot: 5n, floorEpoch: 5n });
  // The chain is known by a key that signs; two have a row, and nothing is known of what they signed.
  assert.equal(guard.sign(block(2, 9n, 1)).verdict, "recorded");
  guard.setEnabled(false, [publicKey(0)]);
  const bounds = { slot: 99n };
  const order = { actor: ACTOR, publicKeys: [publicKey(1)], bounds };
  guard.perform(setSlashingBounds, order, ADMINISTRATOR);
  const importer = async (minimal: boolean, settings: Parameters<Guard["configure"]>[0] = {}) => {
    const other = new Guard(CODE);
    other.configure(settings);
    await other.import(guard.export(minimal));
    return other;
  };
  for (const minimal of [false, true]) {
    const other = await importer(minimal);
    for (const index of KEYS) {
      assert.equal(other.sign(block(index, 5n, 7)).verdict, "refused");
      assert.equal(other.sign(attestation(index, 4n, 6n, 7)).verdict, "refused");
      assert.equal(other.sign(block(index, 6n, 7)).verdict, "recorded");
      assert.equal(other.sign(attestation(index, 5n, 6n, 7)).verdict, "recorded");
    }
    other.database.close();
  }
  guard.configure({ unknownHistory: "refuse" });
  const other = await importer(false, { unknownHistory: "refuse" });
  for (const index of KEYS) {
    const verdict = other.sign(block(index, 50n, 7));
    assert.equal(verdict.verdict === "refused" && verdict.refusal.code, "guard.unknown_history");
  }
  assert.equal(other.sign(block(2, 50n, 7)).verdict, "recorded");
  other.database.close();
  guard.database.close();
});
