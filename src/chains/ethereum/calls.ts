/** What a contract call does to assets and control, through every wrapper that can be read, and "opaque" where it cannot. */
import { invalid, refused } from "../../domain/errors.ts";
import { decodeArguments } from "./abi.ts";
import { shortened } from "./arguments.ts";
import { CALL_DEPTH_MAX, type CallSite, type Effects } from "./effects.ts";
import { ACCOUNT_FUNCTIONS, FUNCTIONS } from "./functions.ts";
import type { FunctionTable, KnownFunction } from "./functions/row.ts";
import { placeAt, type Place } from "./places.ts";

/** "0x" and four bytes. */
export const SELECTOR_LENGTH = 10;

/**
 * Adds to `effects` what the call at `site` does, and what the calls inside it do.
 * Native value is a transfer from the site's sender, of 0 where a call carries nothing at all: it runs its target's code. Call
 * data of unknown meaning makes the whole intent opaque, and so does a known function without effects at a contract that is not
 * known.
 * @throws SignerError `transaction.invalid` for a known function with a non-canonical ABI encoding; `transaction.refused` for
 * calls nested deeper than CALL_DEPTH_MAX; `transaction.too_large` for more of them than CALLS_MAX
 */
export function visitCall(effects: Effects, site: CallSite, depth = 0): void {
  if (depth > CALL_DEPTH_MAX)
    throw refused(
      site.field,
      `must not nest calls deeper than ${CALL_DEPTH_MAX}; send the inner ones by themselves`,
    );
  if (site.value > 0n || site.data === "0x") {
    effects.transfer("native", site.from, site.to, site.value.toString());
  }
  if (site.data === "0x") return;
  const place = placeAt(site.to, effects.chainId);
  if (place?.raw !== undefined) visitRaw(effects, site, place.raw);
  else visitFunction(effects, site, place?.functions ?? FUNCTIONS, { place, depth });
}

/** The same for the call with which an EntryPoint runs a user operation: what its account answers to. */
export function visitAccountCall(effects: Effects, site: CallSite): void {
  visitFunction(effects, site, ACCOUNT_FUNCTIONS, { place: undefined, depth: 0 });
}

interface Where {
  readonly place: Place | undefined;
  readonly depth: number;
}

function visitFunction(effects: Effects, site: CallSite, table: FunctionTable, where: Where): void {
  const selector = site.data.slice(0, SELECTOR_LENGTH);
  const known = table.get(selector);
  if (known === undefined) return visitUnknown(effects, site);
  const args = decodeArguments(known.parameters, site.data.slice(SELECTOR_LENGTH));
  if (args === undefined) {
    throw invalid(
      site.field,
      `is not the canonical ABI encoding of ${known.signature}; encode it with a standard library`,
    );
  }
  effects.call(
    {
      to: site.to,
      value: site.value.toString(),
      selector,
      function: known.signature,
      ...(known.transparent ? {} : { args: shortened({ ...args }) }),
    },
    site.field,
  );
  const before = effects.found;
  const stated = effects.harmless.length;
  for (const inner of known.effect(effects, site, args) ?? []) visitCall(effects, inner, where.depth + 1);
  if (effects.found === before)
    visitNoEffect(effects, site, known, { ...where, stated: effects.harmless.length > stated });
}

/** Nothing was found: that holds only where it is known what was called, and said why. */
function visitNoEffect(
  effects: Effects,
  site: CallSite,
  known: KnownFunction,
  { place, stated }: Where & { readonly stated: boolean },
): void {
  if (place === undefined) {
    effects.opaque("unknownContract", `${known.signature} of ${site.to}, a contract that is not known`);
  } else if (!stated) {
    effects.opaque("unstated", `${known.signature} of ${place.name} states no effect`);
  }
}

function visitUnknown(effects: Effects, site: CallSite): void {
  const selector = site.data.slice(0, SELECTOR_LENGTH);
  const call = { to: site.to, value: site.value.toString(), selector };
  effects.unknownCall(call, site.field, `unknown function ${selector} of ${site.to}`);
}

function visitRaw(effects: Effects, site: CallSite, read: NonNullable<Place["raw"]>): void {
  const name = read(effects, site);
  if (name === undefined) return visitUnknown(effects, site);
  const selector = site.data.slice(0, SELECTOR_LENGTH);
  effects.call({ to: site.to, value: site.value.toString(), selector, function: name }, site.field);
}
