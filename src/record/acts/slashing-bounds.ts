/**
 * Floors and bounds of validator keys. A floor only rises; a bound moves both ways, and whoever may not loosen one is refused
 * in the transaction that would, so that two calls at once cannot pass each other.
 * @module
 */
import type { LiveCaller } from "../../access/actors.ts";
import { assertMayLoosen } from "../../access/loosening.ts";
import { toHex } from "../../domain/bytes.ts";
import type { Json } from "../../domain/canonical.ts";
import type { GuardedChain, ValidatorBounds } from "../../domain/guard.ts";
import type { Bounds } from "../guard-state.ts";
import { actOf, type Judged, type Leaf } from "./act.ts";
import { ask, type FloorFact, type ValidatorFact } from "./facts.ts";
import { row } from "./rows.ts";

export const raiseSlashingFloors = actOf<"raiseSlashingFloors">()({
  permission: ({ publicKeys }) => [
    "slashing.floor",
    ...(publicKeys === null ? (["slashing.everyKey"] as const) : []),
  ],
  facts: ({ publicKeys, slot, epoch }) => ({ floors: ask("floors", { publicKeys, slot, epoch }) }),
  judge({ publicKeys, slot, epoch }, { floors }) {
    const changed = onePerKey(floors).filter(({ row: before }) => rises(before, { slot, epoch }));
    const what = { slot: text(slot), epoch: text(epoch) };
    return {
      reply: { keys: changed.length },
      rows: changed.map(({ publicKey, row: before, latestSource }) =>
        row("validatorChanged", {
          publicKey,
          id: before?.id ?? null,
          // No vote below the target watermark keeps a source above the source watermark: prune and export count on it.
          raised: { lowSlot: slot, lowSource: later(epoch, latestSource), lowTarget: epoch },
        }),
      ),
      leaves: leavesOf("slashing.floor", what, publicKeys === null ? null : changed),
    };
  },
});

interface Floor {
  readonly slot: bigint | null;
  readonly epoch: bigint | null;
}

function rises(before: FloorFact["row"], { slot, epoch }: Floor): boolean {
  return (
    isAbove(slot, before?.lowSlot) || isAbove(epoch, before?.lowSource) || isAbove(epoch, before?.lowTarget)
  );
}

export const setSlashingBounds = actOf<"setSlashingBounds">()({
  permission: ({ publicKeys }) => [
    "slashing.bound",
    ...(publicKeys === null ? (["slashing.everyKey"] as const) : []),
  ],
  facts: ({ actor: { namespace }, publicKeys }) => ({
    chain: ask("guardedChain", {}),
    keyCount: publicKeys === null ? ask("validatorCount", {}) : null,
    validators: publicKeys === null ? null : ask("validators", { publicKeys }),
    elsewhere:
      publicKeys === null
        ? null
        : ask("areHeldElsewhere", { namespace, chain: "ethereum-validator", publicKeys }),
  }),
  judge({ bounds }, { chain, keyCount, validators, elsewhere }, { caller }) {
    if (validators === null) return boundAll(chain, keyCount ?? 0, bounds, caller);
    const held = validators.map((validator, index) => ({
      ...validator,
      isHeldElsewhere: elsewhere?.[index] !== false,
    }));
    return boundEach(onePerKey(held), bounds, caller);
  },
});

/** The bound of the directory: it holds for keys that are added later, too. */
function boundAll(
  before: GuardedChain,
  keyCount: number,
  bounds: Bounds,
  caller: LiveCaller,
): Judged<"setSlashingBounds"> {
  const next = nextBounds(before, bounds);
  if (!differs(before, next)) return { reply: { keys: 0 } };
  const lifts = isLooser(before, next);
  if (lifts) assertMayLoosen(caller, "bound", { isHeldElsewhere: false, whose: "" });
  return {
    reply: { keys: keyCount },
    rows: [row("guardedChainChanged", next)],
    leaves: leavesOf(lifts ? "slashing.lift" : "slashing.bound", shown(bounds), null),
  };
}

type HeldValidator = ValidatorFact & { readonly isHeldElsewhere: boolean };

function boundEach(
  validators: readonly HeldValidator[],
  bounds: Bounds,
  caller: LiveCaller,
): Judged<"setSlashingBounds"> {
  const changed = validators.flatMap((validator) => {
    const before = validator.row ?? NO_BOUNDS;
    const next = nextBounds(before, bounds);
    return differs(before, next) ? [{ ...validator, next, lifts: isLooser(before, next) }] : [];
  });
  const lifted = changed.filter(({ lifts }) => lifts);
  for (const { publicKey, isHeldElsewhere } of lifted) {
    assertMayLoosen(caller, "bound", { isHeldElsewhere, whose: toHex(publicKey) });
  }
  return {
    reply: { keys: changed.length },
    rows: changed.map(({ publicKey, row: before, next }) =>
      row("validatorChanged", { publicKey, id: before?.id ?? null, bounds: next }),
    ),
    leaves: [
      ...leavesOf(
        "slashing.bound",
        shown(bounds),
        changed.filter(({ lifts }) => !lifts),
      ),
      ...leavesOf("slashing.lift", shown(bounds), lifted),
    ],
  };
}

const NO_BOUNDS: ValidatorBounds = { slotBound: null, epochBound: null };

function nextBounds(before: ValidatorBounds, { slot, epoch }: Bounds): ValidatorBounds {
  return {
    slotBound: slot === undefined ? before.slotBound : slot,
    epochBound: epoch === undefined ? before.epochBound : epoch,
  };
}

function differs(before: ValidatorBounds, next: ValidatorBounds): boolean {
  return before.slotBound !== next.slotBound || before.epochBound !== next.epochBound;
}

/** Whether something may be signed afterwards that was refused before. */
function isLooser(before: ValidatorBounds, next: ValidatorBounds): boolean {
  return isLater(before.slotBound, next.slotBound) || isLater(before.epochBound, next.epochBound);
}

function isLater(before: bigint | null, next: bigint | null): boolean {
  return before !== null && (next === null || next > before);
}

function isAbove(value: bigint | null, before: bigint | null | undefined): boolean {
  return value !== null && (before === null || before === undefined || value > before);
}

function later(a: bigint | null, b: bigint | null): bigint | null {
  if (a === null || b === null) return a ?? b;
  return a > b ? a : b;
}

/** Whoever is named twice has the change after the first time. */
function onePerKey<Fact extends ValidatorFact>(facts: readonly Fact[]): readonly Fact[] {
  return [...new Map(facts.map((fact) => [toHex(fact.publicKey), fact])).values()];
}

/** Null: every key. Of keys that are named, none for none. */
function leavesOf(
  action: string,
  what: Readonly<Record<string, Json>>,
  changed: readonly ValidatorFact[] | null,
): readonly Leaf[] {
  if (changed === null) return [{ action, ...what, everyKey: true }];
  if (changed.length === 0) return [];
  return [{ action, ...what, publicKeys: changed.map(({ publicKey }) => toHex(publicKey)) }];
}

/** As it was asked for: what was left out is left out. */
function shown({ slot, epoch }: Bounds): Readonly<Record<string, Json>> {
  return {
    ...(slot === undefined ? {} : { slot: text(slot) }),
    ...(epoch === undefined ? {} : { epoch: text(epoch) }),
  };
}

function text(value: bigint | null): string | null {
  return value === null ? null : String(value);
}
