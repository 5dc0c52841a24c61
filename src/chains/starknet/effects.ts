/**
 * What a known call or document does, as its row in a table states it. A row without effects does not compile; one whose
 * effects turn out empty when it is read makes the intent opaque.
 * @module
 */
import type { Control, ControlKind, Findings, Nothing, Transfer } from "../../domain/intent.ts";
import { textOrNull, type Values } from "./values.ts";

/** The part of an intent that calls and documents decide. */
export type CallEffects = Required<Found>;

export const NO_EFFECTS: CallEffects = {
  transfers: [],
  allowances: [],
  calls: [],
  control: [],
  opacity: [],
  harmless: [],
};

/** What was found; at least one list is not empty. */
export type Found = Omit<Findings, "fee" | "warnings">;

/** Where the effects of a row happen. */
export interface Site {
  /** Who acts: 0x-hex of 64 digits. */
  readonly account: string;
  /** The contract that is called. */
  readonly to: string;
  readonly chainId: bigint;
  readonly calldata: readonly bigint[];
  /** JSON pointer, for refusals. */
  readonly field: string;
}

export type Effect<At = Site> = Nothing | (((values: Values, site: At) => Found | Nothing) & Decisive);

interface Decisive {
  /** The control that calls of this name can change, whatever their arguments are. */
  readonly decides?: readonly ControlKind[];
}

/** An effect that is control: where arguments cannot be read, at least the kinds of it are stated. */
export function deciding(kinds: readonly [ControlKind, ...ControlKind[]], effect: Effect): Effect {
  return typeof effect === "function"
    ? Object.assign((values: Values, site: Site) => effect(values, site), { decides: kinds })
    : effect;
}

/** Of the contract called: control of the kinds that `effects` decide over goes to somebody unknown. */
export function undecided(effects: readonly Effect[], of: string): readonly Control[] {
  const kinds = effects.flatMap((effect) => (typeof effect === "function" ? (effect.decides ?? []) : []));
  return [...new Set(kinds)].map((what) => changeOf(what, of, null));
}

/** What `effect` finds. An effect that states nothing makes the intent opaque. */
export function effectsOf<At>(effect: Effect<At>, values: Values, site: At, name: string): CallEffects {
  const found = typeof effect === "function" ? effect(values, site) : effect;
  if ("nothing" in found) return { ...NO_EFFECTS, harmless: [found.nothing] };
  const effects = { ...NO_EFFECTS, ...found };
  if (Object.values(effects).some((list) => list.length > 0)) return effects;
  const reason = `${name} has no effect that is known, and nothing says why`;
  return { ...NO_EFFECTS, opacity: [{ cause: "unstated", reason }] };
}

/** Joins the effects of several calls, in order. */
export function joined(all: readonly CallEffects[]): CallEffects {
  return {
    transfers: all.flatMap((effects) => effects.transfers),
    allowances: all.flatMap((effects) => effects.allowances),
    calls: all.flatMap((effects) => effects.calls),
    control: all.flatMap((effects) => effects.control),
    opacity: all.flatMap((effects) => effects.opacity),
    harmless: all.flatMap((effects) => effects.harmless),
  };
}

/** True where nothing moves and nobody's control changes; what cannot be told counts as an effect. */
export function isWithoutEffects(effects: CallEffects): boolean {
  const { transfers, allowances, control, opacity } = effects;
  return transfers.length + allowances.length + control.length + opacity.length === 0;
}

export function changeOf(what: ControlKind, of: string, to: string | null): Control {
  return { what, of, to };
}

/** Of the contract called: `what` passes to whom the argument `name` says; null where it is an empty option. */
export function passesTo(what: ControlKind, name: string): Effect {
  return deciding([what], (values, { to }) => ({ control: [changeOf(what, to, textOrNull(values, name))] }));
}

/** Of the contract called: somebody loses `what`, or it changes in a way that names nobody. */
export function changes(what: ControlKind): Effect {
  return deciding([what], (_values, { to }) => ({ control: [changeOf(what, to, null)] }));
}

/** Of the contract called: `what` passes to the account that calls. */
export function accepts(what: ControlKind): Effect {
  return deciding([what], (_values, { to, account }) => ({ control: [changeOf(what, to, account)] }));
}

/** The asset name of an ERC-20 contract, written as 0x-hex of 64 digits. */
export function erc20(contract: string): string {
  return `starknet-erc20:${contract}`;
}

/** A transfer whose recipient is never one of our own keys as far as this chain can tell. */
export function transfer(asset: string, from: string, to: string, amount: string): Transfer {
  return { asset, from, to, amount, ownChange: false };
}
