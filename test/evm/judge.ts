/** Compares what an EVM took from the accounts of ours with what the intent says. */
import { sameAsset, type Control, type Intent } from "../../src/domain/intent.ts";
import type { Fact } from "./facts.ts";

/** What the EVM did: facts that differ, and addresses whose code does. */
export interface Happened {
  readonly changed: readonly (readonly [before: Fact, after: Fact])[];
  readonly code: readonly string[];
}

/** Everything that happened and is not in the intent, for people; empty where the intent covers it. */
export function uncovered(intent: Intent, happened: Happened, payer: string): string[] {
  const found: string[] = [];
  for (const [account, asset, lost] of losses(happened)) {
    const said =
      sayable(intent, account, asset) + (account === payer && asset === "native" ? feeOf(intent) : 0n);
    if (lost > said) found.push(`${account} lost ${lost} of ${asset}; the intent says ${said}`);
  }
  for (const [before, after] of happened.changed) {
    if (after.kind === "allowance")
      found.push(...uncoveredAllowance(intent, after, after.value - BigInt(before.value)));
    if (
      after.kind === "control" &&
      !intent.control.some((entry) => decides(entry, String(before.value), after))
    )
      found.push(`${after.name} of ${after.of} went from ${before.value} to ${after.value}`);
  }
  for (const address of happened.code) {
    if (
      !intent.control.some(({ what, of }) => what === "deployment" || (what === "delegate" && of === address))
    )
      found.push(`the code of ${address} changed`);
  }
  return found;
}

/** Sums of what each account has less of. The native coin stands in two places: the account's and an EntryPoint's. */
function losses({ changed }: Happened): readonly (readonly [account: string, asset: string, lost: bigint])[] {
  const sums = new Map<string, bigint>();
  for (const [before, after] of changed) {
    if (after.kind !== "balance" || before.kind !== "balance") continue;
    const key = `${after.account} ${after.asset}`;
    sums.set(key, (sums.get(key) ?? 0n) + before.value - after.value);
  }
  return [...sums]
    .filter(([, lost]) => lost > 0n)
    .map(([key, lost]) => [key.slice(0, 42), key.slice(43), lost] as const);
}

/** The most that may leave `account` of `asset` by the intent's transfers and allowances. */
function sayable(intent: Intent, account: string, asset: string): bigint {
  const amounts = [
    // An operator may burn an ERC-721's token, whose owner the bytes do not name.
    ...intent.transfers
      .filter(
        (entry) =>
          entry.from === account || (asset.startsWith("erc721:") && entry.asset.startsWith("erc20:")),
      )
      .map((entry) => amountFor(entry, asset)),
    ...intent.allowances.filter((entry) => entry.owner === account).map((entry) => amountFor(entry, asset)),
  ];
  return amounts.reduce((sum, amount) => sum + amount, 0n);
}

function uncoveredAllowance(
  intent: Intent,
  after: Extract<Fact, { kind: "allowance" }>,
  more: bigint,
): string[] {
  if (more <= 0n) return [];
  const said = intent.allowances
    .filter((entry) => entry.spender === after.spender)
    // Who may act for the owner of an ERC-721's token may approve for the owner, whom the bytes do not name.
    .filter((entry) => entry.owner === after.account || after.asset.startsWith("erc721:"))
    .reduce((sum, entry) => sum + amountFor(entry, after.asset), 0n);
  return more > said
    ? [`${after.account} allows ${after.spender} ${more} more of ${after.asset}; the intent says ${said}`]
    : [];
}

/**
 * How much of `asset` an entry speaks of. `erc721:T/*` is all of T, of ERC-721 or ERC-1155. The bytes of an ERC-721's
 * transferFrom and approve are an ERC-20's: there the amount is the token's id.
 */
function amountFor(entry: { readonly asset: string; readonly amount: string }, asset: string): bigint {
  if (sameAsset(entry.asset, asset)) return BigInt(entry.amount);
  const [standard = "", contract = "", id] = asset.split(/[:/]/);
  if (id === undefined || standard === "erc20") return 0n;
  if (sameAsset(entry.asset, `erc721:${contract}/*`)) return BigInt(entry.amount);
  if (sameAsset(entry.asset, `${standard}:${contract}/*`)) return BigInt(entry.amount);
  return standard === "erc721" && sameAsset(entry.asset, `erc20:${contract}`) && entry.amount === id
    ? 1n
    : 0n;
}

/** Whether a control entry tells of this change: of the same thing, to the same one or to nobody that it names. */
function decides(
  { what, of, to }: Control,
  before: string,
  after: Extract<Fact, { kind: "control" }>,
): boolean {
  if (of !== after.of && of !== after.kept) return false;
  // New code decides over everything.
  if (what === "upgrade") return true;
  return to === null || after.value.includes(to) || before.includes(to);
}

function feeOf(intent: Intent): bigint {
  return BigInt(intent.fee?.max ?? 0);
}

/** For messages: the intent without what does not decide. */
export function shown(intent: Intent): string {
  const { transfers, allowances, control, calls, opaqueCauses } = intent;
  return JSON.stringify({ transfers, allowances, control, calls, opaqueCauses }, undefined, 1);
}

/** True where the payer's coins are all that changed. */
export const onlyFee = ({ changed, code }: Happened): boolean => changed.length <= 1 && code.length === 0;
