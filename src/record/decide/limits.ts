/**
 * What one request adds to the counters of its limits. One that can only take the place of an earlier one (they spend
 * the same slot) joins its group, and adds what it is larger by.
 * @module
 */
import type { Problem } from "../../domain/requests.ts";
import type { Group } from "../../ledger/tables/limits.ts";
import type { LimitCall, Reservation } from "../decision.ts";
import type { BindingId, NamespaceName } from "../../domain/kinds.ts";
import type { WorkingLimits } from "./working-limits.ts";

/** What one request adds to one counter. */
export interface Spend {
  readonly bindingId: BindingId;
  readonly counter: string;
  readonly amount: bigint;
  /** What of `amount` counts already, because the request joins a group. */
  readonly credited: bigint;
  /** The group that it joins; undefined where it begins one, or is in none. */
  readonly joined: Group | undefined;
  /** The slot that names its group; undefined where it is in none. */
  readonly slot: string | undefined;
}

/** A limit as the ledger has it at one moment: what this request adds to the counter, and what the window holds. */
export interface CountedLimit {
  readonly claim: Reservation;
  /** The same for all claims on a counter: they add up, whatever their windows are. */
  readonly spend: Spend;
  readonly spent: bigint;
}

/** Each claim with what its counter holds, in order. */
export function countLimits(limits: WorkingLimits, call: LimitCall): readonly CountedLimit[] {
  const { reservations, slots = [] } = call;
  const groups = reservations.length === 0 || slots.length === 0 ? [] : limits.groups(slots);
  const spends = new Map<string, Spend>();
  return reservations.map((claim) => {
    const key = `${claim.bindingId}\n${claim.counter}`;
    const spend = spends.get(key) ?? spendOn(claim, call, groups, limits.second);
    spends.set(key, spend);
    return { claim, spend, spent: limits.spent(claim.bindingId, claim.counter, claim.window) };
  });
}

/** What the request adds to the counter of one of its claims. */
function spendOn(
  { bindingId, counter }: Reservation,
  { reservations, slots = [] }: LimitCall,
  groups: readonly Group[],
  second: number,
): Spend {
  const isHere = (counted: Reservation | Group) =>
    counted.bindingId === bindingId && counted.counter === counter;
  const claims = reservations.filter(isHere);
  const amount = claims.reduce((sum, claim) => sum + BigInt(claim.amount), 0n);
  const spend = { bindingId, counter, amount };
  // An amount of zero reserves nothing, so it prolongs no group either.
  if (amount === 0n) return { ...spend, credited: 0n, joined: undefined, slot: undefined };
  // What has left the shortest of its windows is over: then the credit holds in each of them.
  const after = second - Math.min(...claims.map(({ window }) => window));
  const joined = largestOf(groups.filter((group) => isHere(group) && group.last > after));
  const largest = joined?.largest ?? 0n;
  return { ...spend, credited: largest < amount ? largest : amount, joined, slot: joined?.slot ?? slots[0] };
}

/**
 * The group with the largest amount; of several the first. One and no more: two groups can both be paid, each by another of
 * its members.
 */
function largestOf(groups: readonly Group[]): Group | undefined {
  let found: Group | undefined;
  for (const group of groups) if (found === undefined || group.largest > found.largest) found = group;
  return found;
}

/** The first limit that the request would break, as the refusal that the caller gets; null when all fit. */
export function overLimit(counted: readonly CountedLimit[]): Problem | null {
  const over = counted.find(
    ({ claim, spend, spent }) => spent + spend.amount - spend.credited > BigInt(claim.max),
  );
  return over === undefined ? null : limitProblem(over);
}

/** Adds what `overLimit` allowed. */
export function reserve(
  limits: WorkingLimits,
  namespace: NamespaceName,
  counted: readonly CountedLimit[],
): void {
  for (const { bindingId, counter, amount, joined, slot } of new Set(counted.map(({ spend }) => spend))) {
    if (amount === 0n) continue;
    const place = { namespace, bindingId, counter };
    if (joined !== undefined) limits.join(place, amount, joined);
    else if (slot !== undefined) limits.begin(place, amount, slot);
    else limits.add(place, amount);
  }
}

/** For people and problem documents: what the request can replace, and how much of its amount counts already. */
export function replacement({ joined, credited }: Spend): { replaces?: string; credited?: string } {
  return joined === undefined ? {} : { replaces: joined.slot, credited: credited.toString() };
}

function limitProblem({ claim, spend, spent }: CountedLimit): Problem {
  const { asset, fees } = claim;
  const { amount, credited, joined } = spend;
  const counted = `${amount}${asset === undefined ? "" : ` of ${asset}`}${fees === true ? ", the fee included," : ""}`;
  const replaces =
    joined === undefined
      ? ""
      : ` (it can replace what was signed for ${joined.slot}, so ${credited} of it is in that already)`;
  return {
    // Past the limit the policy would rather ask people; there is nobody to ask yet.
    code: claim.over === undefined ? "policy.limit" : "policy.approval_unavailable",
    detail:
      `counter ${claim.counter}: ${counted} would exceed ${claim.max} in ${claim.window} s, of which ${spent} is spent` +
      `${replaces}; ask for less or wait until the window has moved on`,
    members: {
      policy: claim.policy,
      bindingId: claim.bindingId,
      counter: claim.counter,
      ...(asset === undefined ? {} : { asset }),
      ...(fees === undefined ? {} : { fees }),
      amount: amount.toString(),
      ...replacement(spend),
      spent: spent.toString(),
      max: claim.max,
      window: claim.window,
    },
  };
}
