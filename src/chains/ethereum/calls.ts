/** What a contract call does to assets, through every wrapper that Claviger can read, and "opaque" where it cannot. */
import { invalid, refused } from "../../domain/errors.ts";
import { decodeArguments } from "./abi.ts";
import { CALL_DEPTH_MAX, type CallSite, type Effects } from "./effects.ts";
import { FUNCTIONS } from "./functions.ts";

/** "0x" and four bytes. */
const SELECTOR_LENGTH = 10;

/**
 * Adds to `effects` what the call at `site` does, and what the calls inside it do.
 * Native value is a transfer from the site's sender; call data of unknown meaning makes the whole intent opaque.
 * @throws SignerError `transaction.invalid` for a known function with a non-canonical ABI encoding; `transaction.refused` for
 * calls nested deeper than CALL_DEPTH_MAX or more of them than CALLS_MAX
 */
export function visitCall(effects: Effects, site: CallSite, depth = 0): void {
  if (depth > CALL_DEPTH_MAX) throw refused(site.field, `must not nest calls deeper than ${CALL_DEPTH_MAX}`);
  if (site.value > 0n) effects.transfer("native", site.from, site.to, site.value.toString());
  if (site.data === "0x") return;
  const selector = site.data.slice(0, SELECTOR_LENGTH);
  const call = { to: site.to, value: site.value.toString(), selector };
  const known = FUNCTIONS.get(selector);
  if (known === undefined) {
    effects.call(call, site.field);
    effects.opaque("unknownCall", `unknown function ${selector} of ${site.to}`);
    return;
  }
  const args = decodeArguments(known.parameters, site.data.slice(SELECTOR_LENGTH));
  if (args === undefined) {
    throw invalid(
      site.field,
      `is not the canonical ABI encoding of ${known.signature}; encode it with a standard library`,
    );
  }
  effects.call(
    { ...call, function: known.signature, ...(known.transparent === true ? {} : { args }) },
    site.field,
  );
  if (known.effect === undefined && known.inner === undefined)
    effects.nothing(`${known.signature} grants nothing`);
  known.effect?.(effects, site, args);
  for (const inner of known.inner?.(effects, site, args) ?? []) visitCall(effects, inner, depth + 1);
}
