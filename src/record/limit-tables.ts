/** Spending limits in the tables of the ledger: what counters hold, and what is added to them. */
import type { LimitTable } from "../ledger/tables/limits.ts";
import type { Facts, Needs, SpendRow } from "./decide/facts.ts";

/** `second`: Unix time. */
export function readLimits(
  table: LimitTable,
  { windows, slots }: Pick<Needs, "windows" | "slots">,
  second: number,
): Pick<Facts, "windows" | "groups"> {
  return {
    windows: windows.map((place) => ({
      ...place,
      spent: table.spent(place.bindingId, place.counter, place.window, second),
    })),
    groups: slots.length === 0 ? [] : table.groups(slots),
  };
}

/** Follow with `keep` or `reload` of the table. */
export function writeSpends(table: LimitTable, spends: readonly SpendRow[], second: number): void {
  for (const spend of spends) {
    if (spend.kind === "add") table.add(spend.place, second, spend.amount);
    else table.regroup(spend.place.namespace, spend.before, spend.group);
  }
}
