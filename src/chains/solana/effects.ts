/**
 * What one instruction does. Every layout states it, or says with a reason that there is nothing: what states neither does
 * not compile, and is opaque where it runs nevertheless.
 * @module
 */
import type { Json } from "../../domain/canonical.ts";
import type { Allowance, Control, ControlKind, Opacity, Transfer } from "../../domain/intent.ts";

/** At least one: an empty list would state nothing. */
type Listed<T> = readonly [T, ...T[]];

/** Amounts are in the smallest unit; `from` and `owner` are whose signature allows it. */
interface Consequences {
  readonly transfers: Listed<Omit<Transfer, "ownChange">>;
  readonly allowances: Listed<Allowance>;
  readonly control: Listed<Control>;
  /** What cannot be told although the instruction decodes. */
  readonly opacity: Opacity;
  /** Why nothing moves and nobody's control changes; rent is a fee. */
  readonly harmless: string;
}

/** What an instruction tells besides its consequences. */
interface Facts {
  /** Arguments besides the instruction's own accounts and data. */
  readonly args?: { readonly [name: string]: Json };
  /** A token account whose address was proved to derive from its owner and mint. */
  readonly associated?: { readonly account: string; readonly owner: string };
  /** Lamports that creating or growing an account can cost at most. */
  readonly rent?: { readonly payer: string; readonly lamports: bigint };
  readonly budget?: ComputeBudget;
}

/** What compute-budget instructions ask for; at most one of each in a transaction. */
export interface ComputeBudget {
  readonly unitLimit?: number;
  /** Micro-lamports per compute unit. */
  readonly unitPrice?: bigint;
}

type OneOrMore<T> = { [K in keyof T]: Pick<T, K> & Partial<Omit<T, K>> }[keyof T];

/** One consequence or more: `{}` does not compile. */
export type Effects = Facts & OneOrMore<Consequences>;

/** 2^64 - 1: lamports and token amounts are unsigned 64-bit integers; the largest stands for "all there is". */
const MAX_AMOUNT = ((1n << 64n) - 1n).toString();

/** States that an instruction moves nothing and changes nobody's control, and how that is known. */
export function nothing(because: string): { readonly harmless: string } {
  return { harmless: because };
}

/**
 * Whose signature an instruction uses. The System program (nonce accounts) and the Stake program look for it among all of
 * an instruction's accounts, in whichever place: `stated`, the authority in its documented place, may be another's.
 * Sources: anza-xyz/agave programs/system/src/system_processor.rs (get_signers), solana-program/stake
 * program/src/processor.rs (collect_signers).
 */
export function signing(
  stated: string,
  own: string,
  accounts: readonly { readonly address: string }[],
): string {
  return accounts.some((account) => account.address === own) ? own : stated;
}

/** A movement of lamports that `from` signs for. */
export function lamports(from: string, to: string, amount: bigint): Pick<Consequences, "transfers"> {
  return movement("native", from, to, amount);
}

/** A movement of `asset` that `from` signs for. */
export function movement(
  asset: string,
  from: string,
  to: string,
  amount: bigint,
): Pick<Consequences, "transfers"> {
  return { transfers: [{ asset, from, to, amount: amount.toString() }] };
}

/** Leave to take `amount` of `asset`, all of it unless stated. */
export function leave(
  asset: string,
  owner: string,
  spender: string,
  amount: string = MAX_AMOUNT,
): Pick<Consequences, "allowances"> {
  return { allowances: [{ asset, owner, spender, amount }] };
}

/** `to` is null where nobody decides afterwards, or the instruction does not name who. */
export function control(what: ControlKind, of: string, to: string | null): Pick<Consequences, "control"> {
  return { control: [{ what, of, to }] };
}

/** Nobody decides over `of` from now on, or can use it, and nobody can ever change that. */
export function forGood(what: ControlKind, of: string): Pick<Consequences, "control"> {
  return {
    control: [
      { what, of, to: null },
      { what: "irreversible", of, to: null },
    ],
  };
}

/** Authority over `of` goes to those of `to` that are not our key; `because` says why it is nothing where none is left. */
export function authorities(
  of: string,
  to: readonly (string | null)[],
  own: string,
  because: string,
): Pick<Consequences, "control"> | Pick<Consequences, "harmless"> {
  const [first, ...others] = [...new Set(to)]
    .filter((authority) => authority !== own)
    .map((authority) => ({ what: "authority", of, to: authority }) as const);
  return first === undefined ? nothing(because) : { control: [first, ...others] };
}

/** All that is left in an account, an amount that nobody states: so only our own address may receive it without being opaque. */
export function remainder(
  name: string,
  to: string,
  own: string,
): Pick<Consequences, "opacity"> | Pick<Consequences, "harmless"> {
  if (to === own) return nothing(`${name} sends what is left to our own key`);
  const reason = `${name} sends an amount that the transaction does not state to another account`;
  return { opacity: { cause: "unstatedAmount", reason } };
}

/** False where a decoder says nothing of what happens, which its type does not allow. */
export function statesSomething(effects: Partial<Consequences>): boolean {
  const { transfers = [], allowances = [], control: changes = [], opacity, harmless = "" } = effects;
  const listed = transfers.length + allowances.length + changes.length;
  return listed > 0 || opacity !== undefined || harmless.length > 0;
}
