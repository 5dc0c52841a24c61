/** Random instructions of the Stake program. */
import fc from "fast-check";
import { AccountRole, type Address, type Instruction } from "@solana/kit";
import { SYSTEM_PROGRAM_ADDRESS as SYSTEM } from "@solana-program/system";
import { PublicKey } from "@solana/web3.js";
import { own } from "./fixtures.ts";
import { amount, type Arbitrary, key, receiver } from "./svm-choices.ts";
import { attackers, ours, SEED, STAKE, theirs } from "./svm-world.ts";

/** In the form without sysvars; every key signs. */
export function stakeInstruction(
  number: number,
  accounts: readonly Address[],
  fields: readonly number[] = [],
): Instruction {
  return {
    programAddress: STAKE,
    accounts: accounts.map((account) => ({
      address: account,
      role:
        account === own.address || attackers.includes(account)
          ? AccountRole.WRITABLE_SIGNER
          : AccountRole.WRITABLE,
    })),
    data: new Uint8Array([number, 0, 0, 0, ...fields]),
  };
}

const bytesOf = (address: Address) => [...new PublicKey(address).toBytes()];
const u64 = (value: bigint) => [...new Uint8Array(new BigUint64Array([value]).buffer)];
export function withdrawal(account: Address, to: Address, by: Address, value: bigint): Instruction {
  return stakeInstruction(4, [account, to, by], u64(value));
}

const stake = fc.constantFrom(
  ours.stake,
  ours.otherStake,
  ours.activeStake,
  ours.seededStake,
  theirs.stake,
  theirs.blankStake,
);
const vote = fc.constantFrom(theirs.vote, theirs.vote, ours.wallet);
const kind = fc.constantFrom([0, 0, 0, 0], [1, 0, 0, 0]);
const lockup = fc
  .option(fc.constantFrom(0n, 1n << 40n))
  .map((value) => (value === null ? [0] : [1, ...u64(value)]));
const custodian = fc.option(key).map((value) => (value === null ? [0] : [1, ...bytesOf(value)]));
const initial = fc.tuple(key, key, fc.constantFrom(0n, 1n << 40n), fc.constantFrom(0n, 9n), key);
const seedBytes = [...u64(BigInt(SEED.length)), ...Buffer.from(SEED), ...bytesOf(SYSTEM)];

export const STAKE_INSTRUCTIONS: Readonly<Record<string, Arbitrary>> = {
  initialize: fc
    .tuple(stake, initial)
    .map(([account, [staker, withdrawer, time, epoch, by]]) =>
      stakeInstruction(
        0,
        [account],
        [...bytesOf(staker), ...bytesOf(withdrawer), ...u64(time), ...u64(epoch), ...bytesOf(by)],
      ),
    ),
  initializeChecked: fc.tuple(stake, key, key).map((accounts) => stakeInstruction(9, accounts)),
  authorize: fc
    .tuple(stake, key, key, kind)
    .map(([account, by, next, which]) => stakeInstruction(1, [account, by], [...bytesOf(next), ...which])),
  authorizeChecked: fc
    .tuple(stake, key, key, kind)
    .map(([account, by, next, which]) => stakeInstruction(10, [account, by, next], which)),
  authorizeWithSeed: fc
    .tuple(stake, key, key, kind)
    .map(([account, by, next, which]) =>
      stakeInstruction(8, [account, by], [...bytesOf(next), ...which, ...seedBytes]),
    ),
  authorizeCheckedWithSeed: fc
    .tuple(stake, key, key, kind)
    .map(([account, by, next, which]) => stakeInstruction(11, [account, by, next], [...which, ...seedBytes])),
  setLockup: fc
    .tuple(stake, key, lockup, lockup, custodian)
    .map(([account, by, time, epoch, to]) => stakeInstruction(6, [account, by], [...time, ...epoch, ...to])),
  setLockupChecked: fc
    .tuple(stake, key, lockup, lockup, fc.option(key))
    .map(([account, by, time, epoch, to]) =>
      stakeInstruction(12, [account, by, ...(to === null ? [] : [to])], [...time, ...epoch]),
    ),
  withdraw: fc
    .tuple(stake, receiver, key, amount)
    .map(([account, to, by, value]) => withdrawal(account, to, by, value)),
  split: fc
    .tuple(stake, stake, key, amount)
    .map(([account, to, by, value]) => stakeInstruction(3, [account, to, by], u64(value))),
  merge: fc.tuple(stake, stake, key).map((accounts) => stakeInstruction(7, accounts)),
  moveStake: fc
    .tuple(fc.constantFrom(ours.activeStake, ours.stake), stake, key, amount)
    .map(([account, to, by, value]) => stakeInstruction(16, [account, to, by], u64(value))),
  moveLamports: fc
    .tuple(stake, stake, key, amount)
    .map(([account, to, by, value]) => stakeInstruction(17, [account, to, by], u64(value))),
  delegateStake: fc.tuple(stake, vote, key).map((accounts) => stakeInstruction(2, accounts)),
  deactivate: fc.tuple(stake, key).map((accounts) => stakeInstruction(5, accounts)),
  deactivateDelinquent: fc.tuple(stake, vote, vote).map((accounts) => stakeInstruction(14, accounts)),
  getMinimumDelegation: fc.constant(stakeInstruction(13, [])),
};
