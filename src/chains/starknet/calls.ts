/**
 * What an account is asked to call. Calldata of Cairo 1 accounts is `[n, (to, selector, length, data…)…]`; every felt
 * of it must be accounted for. What a call does is read by its exact declaration, or not at all.
 * @module
 */
import { canonicalJson, type Json } from "../../domain/canonical.ts";
import { invalid, tooLarge } from "../../domain/errors.ts";
import type { IntentCall, Opacity } from "../../domain/intent.ts";
import { fit, type Fields } from "./calldata.ts";
import {
  isWithoutEffects,
  joined,
  effectsOf,
  NO_EFFECTS,
  type CallEffects,
  type Site,
  undecided,
} from "./effects.ts";
import { addressText, feltText, requireAddress } from "./felts.ts";
import { knownFunction } from "./functions.ts";
import type { KnownFunction } from "./functions/row.ts";
import { isKnownContract } from "./known-contracts.ts";
import { shownFelts, shownMax } from "./shown.ts";

export interface ContractCall {
  readonly to: bigint;
  /** starknet_keccak of the entry point's name. */
  readonly selector: bigint;
  readonly calldata: readonly bigint[];
}

/** Who makes the calls, and where. */
export interface Caller {
  readonly account: bigint;
  readonly chainId: bigint;
}

/** Enough for any multicall that a person can review. */
export const CALLS_MAX = 64;

/**
 * Splits multicall calldata.
 * @throws SignerError `transaction.invalid` for a length that does not match, a left-over felt, or the Cairo 0 layout;
 * `transaction.too_large` for more than CALLS_MAX calls
 */
export function decodeMulticall(calldata: readonly bigint[], field: string): readonly ContractCall[] {
  let position = 0;
  const next = (): bigint => {
    const felt = calldata[position];
    if (felt === undefined) throw invalid(`${field}/${position}`, `is missing: ${LAYOUT}`);
    position += 1;
    return felt;
  };
  const count = next();
  // A count that the felts cannot hold is the Cairo 0 layout, or nonsense, before it is too many calls.
  if (count * 3n > BigInt(calldata.length))
    throw invalid(`${field}/0`, `is more calls than follow; calldata must be: ${LAYOUT}`);
  if (count > BigInt(CALLS_MAX)) throw tooLarge(field, "calls", CALLS_MAX);
  const calls: ContractCall[] = [];
  for (let index = 0n; index < count; index += 1n) {
    const to = next();
    requireAddress(to, `${field}/${position - 1}`);
    const selector = next();
    const length = next();
    if (length > BigInt(calldata.length - position)) {
      throw invalid(
        `${field}/${position - 1}`,
        `is longer than the calldata that follows, which must be: ${LAYOUT}`,
      );
    }
    const end = position + Number(length);
    calls.push({ to, selector, calldata: calldata.slice(position, end) });
    position = end;
  }
  if (position !== calldata.length)
    throw invalid(`${field}/${position}`, `is left over; calldata must be: ${LAYOUT}`);
  return calls;
}

const LAYOUT =
  "calldata of Cairo 1 accounts is [n, (to, selector, length, data…)…]; the Cairo 0 layout is not signed";

/** Inverse of `decodeMulticall`. */
export function encodeMulticall(calls: readonly ContractCall[]): readonly bigint[] {
  const felts = [BigInt(calls.length)];
  for (const call of calls)
    felts.push(call.to, call.selector, BigInt(call.calldata.length), ...call.calldata);
  return felts;
}

/**
 * What `calls` do when `caller` makes them.
 * @param field JSON pointer of all calls, and `fieldOf` of one, for refusals
 * @throws SignerError `transaction.invalid` where a token's function has arguments that are not its own;
 * `transaction.too_large` for more than CALLS_MAX calls
 */
export function describeCalls(
  calls: readonly ContractCall[],
  caller: Caller,
  field: string,
  fieldOf: (index: number) => string,
): CallEffects {
  if (calls.length > CALLS_MAX) throw tooLarge(field, "calls", CALLS_MAX);
  if (calls.length === 0) {
    const reason = "it makes no call, and accounts may take it for something else";
    return { ...NO_EFFECTS, opacity: [{ cause: "unstated", reason }] };
  }
  const shown = shownMax(calls.length);
  return joined(
    calls.map((call, index) => describeCall(call, caller, { index, field: fieldOf(index), shown })),
  );
}

/** The place of a call among the others, and how much of its data is shown. */
interface Place {
  readonly index: number;
  readonly field: string;
  readonly shown: number;
}

function describeCall(call: ContractCall, caller: Caller, place: Place): CallEffects {
  const known = knownFunction(call.selector);
  if (known === undefined) {
    const entryPoint = feltText(call.selector);
    return unknown(call, place, `has an entry point that is not known: ${entryPoint}`);
  }
  const site: Site = {
    account: addressText(caller.account),
    to: addressText(call.to),
    chainId: caller.chainId,
    calldata: call.calldata,
    field: place.field,
  };
  const readings = read(known, site, place);
  if (typeof readings === "string") {
    // Another contract may declare the name otherwise: what it decides over is its name's meaning all the same.
    const control = undecided(
      known.forms.map((form) => form.effect),
      site.to,
    );
    return joined([unknown(call, place, readings), { ...NO_EFFECTS, control }]);
  }
  const [first, ...others] = readings;
  if (others.some((other) => canonicalJson(findings(other)) !== canonicalJson(findings(first)))) {
    const reason = `fits more than one declaration of ${known.name}`;
    return joined([
      unknown(call, place, reason),
      ...readings.map((reading) => ({ ...reading.effects, calls: [] })),
    ]);
  }
  const described = { ...outline(call), function: known.name, args: first.args };
  return joined([
    { ...NO_EFFECTS, calls: [described] },
    first.effects,
    atUnknownContract(first, site, place),
  ]);
}

/** One way in which the calldata fits. */
interface Reading {
  readonly args: Json;
  readonly effects: CallEffects;
}

/** Every way in which the calldata fits a declaration of `known`, or why it fits none. */
function read(known: KnownFunction, site: Site, place: Place): readonly [Reading, ...Reading[]] | string {
  const readings: Reading[] = [];
  const because: string[] = [];
  for (const form of known.forms) {
    const fitted = fit(form.fields, site.calldata, place.shown);
    if (fitted.fits) {
      readings.push({
        args: fitted.values,
        effects: effectsOf(form.effect, fitted.values, site, known.name),
      });
    } else {
      because.push(`${known.name}(${form.fields.map(printField).join(", ")}): ${fitted.because}`);
    }
  }
  const [first, ...others] = readings;
  if (first !== undefined) return [first, ...others];
  if (known.strict === true) throw invalid(site.field, `${because.join("; ")}; encode the call by its ABI`);
  return `does not fit ${because.join("; ")}`;
}

function printField([name, layout]: Fields[number]): string {
  return typeof layout === "string" ? `${name}: ${layout}` : name;
}

function findings({ effects }: Reading): Json {
  const { transfers, allowances, control, opacity, harmless } = effects;
  return { found: [transfers, allowances, control, opacity, harmless].map((list) => list.map(asJson)) };
}

function asJson(finding: object | string): Json {
  return typeof finding === "string" ? finding : Object.fromEntries(Object.entries(finding));
}

/** A function that does nothing does so where it is what its name suggests. */
function atUnknownContract({ effects }: Reading, site: Site, place: Place): CallEffects {
  if (!isWithoutEffects(effects) || isKnownContract(site.to, site.chainId)) return NO_EFFECTS;
  const reason = `call ${place.index} does nothing that is known, at a contract that is not known: ${site.to}`;
  return { ...NO_EFFECTS, opacity: [{ cause: "unknownContract", reason }] };
}

function unknown(call: ContractCall, place: Place, because: string): CallEffects {
  const opacity: Opacity = { cause: "unknownCall", reason: `call ${place.index} ${because}` };
  const args = { calldata: shownFelts(call.calldata, place.shown) };
  return { ...NO_EFFECTS, calls: [{ ...outline(call), args }], opacity: [opacity] };
}

function outline(call: ContractCall): IntentCall {
  return { to: addressText(call.to), value: "0", selector: feltText(call.selector) };
}
