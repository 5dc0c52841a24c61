/**
 * Floors and bounds of validator keys on the ledger thread. A floor only rises; a bound moves both ways, and whoever may not
 * loosen one is refused in the transaction that would, so that two calls at once cannot pass each other.
 * @module
 */
import type { LiveCaller } from "../../access/actors.ts";
import { assertMayLoosen } from "../../access/loosening.ts";
import { toHex } from "../../domain/bytes.ts";
import type { Json } from "../../domain/canonical.ts";
import type { ValidatorBounds } from "../../domain/guard.ts";
import { coverSources } from "../../guard/eip3076/merge.ts";
import type { DirectoryTable } from "../../ledger/tables/directory.ts";
import type { SlashingTable } from "../../ledger/tables/slashing.ts";
import type { Bounds } from "../guard-state.ts";
import type { Actor, Input } from "../contract.ts";
import type { SlashingTables } from "./slashing.ts";
import type { ValidatorPublicKey } from "../../domain/kinds.ts";

type Tables = Pick<SlashingTables, "slashing" | "log">;
type BoundTables = Tables & { readonly directory: Pick<DirectoryTable, "isHeldElsewhere"> };

export function raiseFloors(
  tables: Tables,
  { actor, publicKeys, slot, epoch }: Input<"raiseSlashingFloors">,
): { readonly keys: number } {
  const { slashing } = tables;
  const changed = (publicKeys ?? everyKey(slashing)).filter((key) => {
    const before = slashing.validator(key);
    const rises =
      isAbove(slot, before?.lowSlot) ||
      isAbove(epoch, before?.lowSource) ||
      isAbove(epoch, before?.lowTarget);
    if (!rises) return false;
    const { id } = before ?? slashing.insertValidator(key);
    slashing.raise(id, { lowSlot: slot, lowSource: epoch, lowTarget: epoch });
    coverSources(slashing, id, key);
    return true;
  });
  append(tables, actor, "slashing.floor", { slot: text(slot), epoch: text(epoch) }, publicKeys, changed);
  return { keys: changed.length };
}

/** @throws SignerError `auth.forbidden` where it would loosen one, and the caller may not; then nothing is changed */
export function setBounds(
  tables: BoundTables,
  input: Input<"setSlashingBounds">,
  caller: LiveCaller,
): { readonly keys: number } {
  return input.publicKeys === null
    ? boundAll(tables, input, caller)
    : boundEach(tables, { ...input, publicKeys: input.publicKeys }, caller);
}

/** The bound of the directory: it holds for keys that are added later, too. */
function boundAll(
  tables: Tables,
  { actor, bounds }: Input<"setSlashingBounds">,
  caller: LiveCaller,
): { readonly keys: number } {
  const { slashing } = tables;
  const before = slashing.chain();
  const next = nextBounds(before, bounds);
  if (!differs(before, next)) return { keys: 0 };
  const lifts = isLooser(before, next);
  if (lifts) assertMayLoosen(caller, "bound", { isHeldElsewhere: false, whose: "" });
  slashing.setChain(next);
  append(tables, actor, lifts ? "slashing.lift" : "slashing.bound", shown(bounds), null, []);
  return { keys: slashing.counts().keys };
}

function boundEach(
  tables: BoundTables,
  {
    actor,
    bounds,
    publicKeys,
  }: Input<"setSlashingBounds"> & { readonly publicKeys: readonly ValidatorPublicKey[] },
  caller: LiveCaller,
): { readonly keys: number } {
  const { slashing, directory } = tables;
  const { namespace } = actor;
  const tightened: Uint8Array[] = [];
  const lifted: Uint8Array[] = [];
  for (const publicKey of publicKeys) {
    const row = slashing.validator(publicKey);
    const before = row ?? NO_BOUNDS;
    const next = nextBounds(before, bounds);
    if (!differs(before, next)) continue;
    const lifts = isLooser(before, next);
    if (lifts) {
      const isHeldElsewhere = directory.isHeldElsewhere({
        namespace,
        chain: "ethereum-validator",
        publicKey,
      });
      assertMayLoosen(caller, "bound", { isHeldElsewhere, whose: toHex(publicKey) });
    }
    slashing.setBounds((row ?? slashing.insertValidator(publicKey)).id, next);
    (lifts ? lifted : tightened).push(publicKey);
  }
  append(tables, actor, "slashing.bound", shown(bounds), publicKeys, tightened);
  append(tables, actor, "slashing.lift", shown(bounds), publicKeys, lifted);
  return { keys: tightened.length + lifted.length };
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

function everyKey(slashing: SlashingTable): readonly Uint8Array[] {
  return [...slashing.validators().map(({ publicKey }) => publicKey), ...slashing.keysWithoutRow()];
}

function append(
  tables: Tables,
  { namespace, principal }: Actor,
  action: string,
  what: Readonly<Record<string, Json>>,
  named: readonly Uint8Array[] | null,
  changed: readonly Uint8Array[],
): void {
  if (named !== null && changed.length === 0) return;
  const whose = named === null ? { everyKey: true } : { publicKeys: changed.map(toHex) };
  tables.log.append(namespace, "administration", tables.log.now(), { principal, action, ...what, ...whose });
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
