/** What our accounts are and hold, before and after, and whether an intent says all of the difference. */
import assert from "node:assert/strict";
import { type Address, getAddressDecoder, isSome, type Option } from "@solana/kit";
import { getNonceDecoder } from "@solana-program/system";
import { AccountState, getMintDecoder, getTokenDecoder } from "@solana-program/token";
import type { Intent } from "../../../src/domain/intent.ts";
import { own } from "./fixtures.ts";
import {
  type Machine,
  NATIVE_MINT,
  NATIVE_MINT_2022,
  ours,
  STAKE,
  TABLES,
  TOKEN,
  TOKEN_2022,
} from "./svm-world.ts";

const WRAPPED = [ours.wrapped, ours.wrapped2022, NATIVE_MINT, NATIVE_MINT_2022];
const TOKEN_SIZE = 165;
const MINT_SIZE = 82;
const NONCE_SIZE = 80;

interface Holding {
  readonly lamports: bigint;
  /** Tokens by mint. */
  readonly mint?: string;
  readonly tokens: bigint;
  /** Who decides, and in which state the account is: what must not change unsaid. */
  readonly fields: Readonly<Record<string, string>>;
}

export type Holdings = ReadonlyMap<Address, Holding>;

export function holdings(svm: Machine): Holdings {
  return new Map(Object.values(ours).map((account) => [account, holding(svm, account)]));
}

function holding(svm: Machine, account: Address): Holding {
  const found = svm.getAccount(account);
  if (!found.exists || found.lamports === 0n) return { lamports: 0n, tokens: 0n, fields: {} };
  const { lamports, programAddress: program, data } = found;
  // Lookup tables grow without anybody's loss.
  const fields = { program, ...(program === TABLES ? {} : { space: String(data.length) }) };
  if ((program === TOKEN || program === TOKEN_2022) && data.length === TOKEN_SIZE) {
    const { mint, owner, amount, state, closeAuthority } = getTokenDecoder().decode(data);
    // Nobody minds that an account is thawed.
    const frozen = state === AccountState.Frozen ? "frozen" : own.address;
    const more = { owner, frozen, closeAuthority: optional(closeAuthority) };
    return { lamports, mint, tokens: amount, fields: { ...fields, ...more } };
  }
  return { lamports, tokens: 0n, fields: { ...fields, ...stateOf(program, data) } };
}

function stateOf(program: string, data: Uint8Array): Readonly<Record<string, string>> {
  const at = (offset: number) => getAddressDecoder().decode(data.subarray(offset, offset + 32));
  if ((program === TOKEN || program === TOKEN_2022) && data.length === MINT_SIZE) {
    const { mintAuthority, freezeAuthority } = getMintDecoder().decode(data);
    return { mintAuthority: optional(mintAuthority), freezeAuthority: optional(freezeAuthority) };
  }
  if (program === STAKE && data.length === 200) {
    const custodian = at(92);
    // Our own custodian can lift it.
    const lockup =
      custodian === own.address ? custodian : Buffer.from(data.subarray(76, 124)).toString("hex");
    return { staker: at(12), withdrawer: at(44), lockup };
  }
  if (program === TABLES)
    return { authority: data[21] === 1 ? at(22) : "none", deactivation: String(data.subarray(4, 12)) };
  if (data.length === NONCE_SIZE) return { authority: getNonceDecoder().decode(data).authority };
  return {};
}

function optional(value: Option<Address>): string {
  return isSome(value) ? value.value : "none";
}

/** Fails where our accounts lost what the intent does not say. An opaque intent says that anything may happen. */
export function assertWithin(intent: Intent, before: Holdings, after: Holdings): void {
  if (intent.opaque) return;
  for (const [account, was] of before) {
    const is = after.get(account);
    assert.ok(is !== undefined);
    if (isControlled(intent, account)) continue;
    // A closed account: what it held is counted below.
    if (is.lamports === 0n) continue;
    const changed = Object.entries(was.fields).filter(([name, value]) => {
      const now = is.fields[name];
      return now !== value && now !== own.address;
    });
    assert.deepEqual(changed, [], `${account} changed without control: ${JSON.stringify(is.fields)}`);
  }
  assertAmount(lostLamports(intent, before, after), lamportsSaid(intent), "lamports");
  for (const mint of new Set([...before.values()].map((tokens) => tokens.mint))) {
    // Wrapped lamports are counted as lamports.
    if (mint === undefined || mint === NATIVE_MINT || mint === NATIVE_MINT_2022) continue;
    const lost = lostTokens(intent, mint, before, after);
    assertAmount(lost, tokensSaid(intent, mint, before), `tokens of ${mint}`);
  }
}

function assertAmount(lost: bigint, said: bigint, what: string): void {
  assert.ok(lost <= said, `lost ${lost} ${what}, but the intent says ${said}`);
}

function isControlled(intent: Intent, account: string): boolean {
  return intent.control.some((control) => control.of === account && control.what !== "delegate");
}

/** True where the intent says that all of the account may be taken. */
function isGiven(intent: Intent, account: string): boolean {
  return (
    intent.allowances.some(({ asset, owner }) => asset === "*" && owner === account) ||
    (isControlled(intent, account) && intent.allowances.some((allowance) => isUnlimited(allowance.amount)))
  );
}

function isUnlimited(amount: string): boolean {
  return BigInt(amount) === (1n << 64n) - 1n;
}

function lostLamports(intent: Intent, before: Holdings, after: Holdings): bigint {
  // Other instructions may have moved lamports of ours to an account that is given away with all that it holds.
  if (intent.calls.length > 1 && [...before.keys()].some((account) => isGiven(intent, account))) return 0n;
  let lost = 0n;
  for (const [account, was] of before) {
    const difference = was.lamports - (after.get(account)?.lamports ?? 0n);
    // What is given away with its account may come back to another of ours, or not.
    if (difference > 0n && isGiven(intent, account)) continue;
    lost += difference;
  }
  return lost;
}

function lamportsSaid({ transfers, allowances, fee }: Intent): bigint {
  const moved = transfers.filter(({ asset }) => asset === "native").map(({ amount }) => BigInt(amount));
  // Tokens of the native mint are lamports.
  const wrapped = [...transfers, ...allowances]
    .filter(({ asset }) => WRAPPED.some((name) => asset.endsWith(name)))
    .filter(({ amount }) => !isUnlimited(amount))
    .map(({ amount }) => BigInt(amount));
  return [...moved, ...wrapped, BigInt(fee?.max ?? 0)].reduce((sum, amount) => sum + amount, 0n);
}

function lostTokens(intent: Intent, mint: string, before: Holdings, after: Holdings): bigint {
  let lost = 0n;
  for (const [account, was] of before) {
    const now = after.get(account);
    const kept = now?.mint === mint ? now.tokens : 0n;
    if (was.mint === mint) {
      if (!isGiven(intent, account)) lost += was.tokens - kept;
    } else {
      lost -= kept;
    }
  }
  return lost;
}

function tokensSaid(intent: Intent, mint: string, before: Holdings): bigint {
  const accounts = [...before]
    .filter(([, { mint: its }]) => its === mint)
    .map(([account]) => `spl-account:${account}`);
  const names = new Set([`spl:${mint}`, ...accounts]);
  return [...intent.transfers, ...intent.allowances]
    .filter(({ asset, amount }) => names.has(asset) && !isUnlimited(amount))
    .reduce((sum, { amount }) => sum + BigInt(amount), 0n);
}
