/** Intents of the Stake program, as web3.js builds its instructions and in the form without sysvars. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Authorized, Lockup, PublicKey, StakeAuthorizationLayout, StakeProgram } from "@solana/web3.js";
import { AccountRole, address, type Instruction } from "@solana/kit";
import { friend, intentOf, own, stranger, testKey } from "./fixtures.ts";
import { member } from "./json.ts";
import { fromWeb3 } from "./web3.ts";

const MAX = ((1n << 64n) - 1n).toString();
const STAKE = address("Stake11111111111111111111111111111111111111");
const stake = testKey(60).address;
const other = testKey(61).address;
const vote = testKey(62).address;
const key = (name: string) => new PublicKey(name);
const ours = key(own.address);
const theirs = key(friend.address);
const base = { stakePubkey: key(stake), authorizedPubkey: ours };

type Change = readonly [what: string, of: string, to: string | null];

test("opaque: redelegate, an unknown authority, trailing bytes and missing accounts", () => {
  const redelegate = plain(15, [stake, other, vote, own.address]);
  assert.deepEqual(intentOf([redelegate]).opaqueCauses, ["unknownCall"]);
  for (const instruction of [
    plain(1, [stake, own.address], [...bytesOf(friend.address), 2, 0, 0, 0]),
    plain(5, [stake, own.address], [0]),
    plain(5, [stake]),
  ]) {
    assert.deepEqual(intentOf([instruction]).opaqueCauses, ["unknownForm"]);
  }
});

test("stake.withdraw: lamports that the withdrawer signs for, with and without sysvars", () => {
  const withdraw = { stakePubkey: key(stake), authorizedPubkey: ours, toPubkey: theirs, lamports: 7 };
  for (const instruction of [
    ...fromWeb3(StakeProgram.withdraw(withdraw)),
    plain(4, [stake, friend.address, own.address], [7, 0, 0, 0, 0, 0, 0, 0]),
  ]) {
    const intent = intentOf([instruction]);
    assert.equal(intent.opaque, false);
    assert.deepEqual(intent.transfers, [
      { asset: "native", from: own.address, to: friend.address, amount: "7", ownChange: false },
    ]);
    assert.equal(member(intent.calls[0]?.args, "withdrawAuthority"), own.address);
  }
});

test("stake.split: the new account's authorities are not named", () => {
  const split = fromWeb3(StakeProgram.split({ ...base, splitStakePubkey: key(other), lamports: 9 }, 0)).slice(
    -1,
  );
  const intent = intentOf(split);
  assert.deepEqual(
    intent.transfers.map(({ to, amount }) => [to, amount]),
    [[other, "9"]],
  );
  assert.deepEqual(changes(split), [["authority", other, null]]);
});

test("stake.delegateStake: the vote account is a delegate", () => {
  const delegate = fromWeb3(StakeProgram.delegate({ ...base, votePubkey: key(vote) }));
  for (const instructions of [delegate, [plain(2, [stake, vote, own.address])]]) {
    assert.deepEqual(changes(instructions), [["delegate", stake, vote]]);
  }
});

test("stake.authorize*: a new withdrawer may take everything, a new staker decides", () => {
  const { Staker, Withdrawer } = StakeAuthorizationLayout;
  const authorize = (type: typeof Staker, newAuthorizedPubkey: PublicKey) =>
    fromWeb3(StakeProgram.authorize({ ...base, newAuthorizedPubkey, stakeAuthorizationType: type }));
  const seeded = fromWeb3(
    StakeProgram.authorizeWithSeed({
      stakePubkey: key(stake),
      authorityBase: ours,
      authoritySeed: "s",
      authorityOwner: key(stranger.address),
      newAuthorizedPubkey: theirs,
      stakeAuthorizationType: Withdrawer,
    }),
  );
  const allowances = [{ asset: "native", owner: own.address, spender: friend.address, amount: MAX }];
  const checked = plain(10, [stake, own.address, friend.address], [1, 0, 0, 0]);
  const checkedSeed = plain(
    11,
    [stake, own.address, friend.address],
    [1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 115, ...bytesOf(stranger.address)],
  );
  for (const instructions of [authorize(Withdrawer, theirs), seeded, [checked], [checkedSeed]]) {
    const intent = intentOf(instructions);
    assert.equal(intent.opaque, false);
    assert.deepEqual(changes(instructions), [["authority", stake, friend.address]]);
    assert.deepEqual(intent.allowances, allowances);
    assert.equal(member(intent.calls[0]?.args, "stakeAuthorize"), "Withdrawer");
  }
  assert.deepEqual(changes(authorize(Staker, theirs)), [["authority", stake, friend.address]]);
  assert.deepEqual(intentOf(authorize(Staker, theirs)).allowances, []);
  assert.deepEqual(changes(authorize(Withdrawer, ours)), []);
});

test("stake.initialize*: whoever is not our own key, and a custodian while a lockup lasts", () => {
  const initialize = (authorized: Authorized, lockup?: Lockup) =>
    fromWeb3(StakeProgram.initialize({ stakePubkey: key(stake), authorized, ...(lockup && { lockup }) }));
  const oursAlone = new Authorized(ours, ours);
  const control = (...to: (string | null)[]): Change[] =>
    to.map((authority) => ["authority", stake, authority]);
  assert.deepEqual(changes(initialize(oursAlone)), []);
  assert.deepEqual(changes(initialize(new Authorized(theirs, ours))), control(friend.address));
  assert.deepEqual(changes(initialize(oursAlone, new Lockup(0, 0, theirs))), []);
  assert.deepEqual(changes(initialize(oursAlone, new Lockup(1, 0, theirs))), control(friend.address));
  assert.deepEqual(changes(initialize(oursAlone, new Lockup(0, 9, ours))), []);
  assert.deepEqual(changes(initialize(oursAlone, new Lockup(0, 9, PublicKey.default))), [
    ...control(null),
    ["irreversible", stake, null],
  ]);
  // A time that has passed locks nothing.
  assert.deepEqual(changes(initialize(new Authorized(ours, theirs), new Lockup(0, 1, PublicKey.default))), [
    ...control(friend.address, null),
    ["irreversible", stake, null],
  ]);
  assert.deepEqual(changes([plain(9, [stake, friend.address, own.address])]), control(friend.address));
});

test("stake.setLockup*: the custodian, or whoever it is, can keep the lamports in", () => {
  const set = (...fields: number[]) => [plain(6, [stake, own.address], fields)];
  const until = [1, 1, 0, 0, 0, 0, 0, 0, 0];
  assert.deepEqual(changes(set(...until, 0, 0)), [["authority", stake, null]]);
  assert.deepEqual(changes(set(0, 0, 1, ...bytesOf(friend.address))), [["authority", stake, friend.address]]);
  assert.deepEqual(changes(set(...until, 0, 1, ...bytesOf(own.address))), []);
  assert.deepEqual(changes(set(0, 0, 0)), []);
  assert.deepEqual(changes(set(...until, 0, 1, ...new Uint8Array(32))), [
    ["authority", stake, null],
    ["irreversible", stake, null],
  ]);
  const checked = plain(12, [stake, own.address, friend.address], [0, 0]);
  assert.deepEqual(changes([checked]), [["authority", stake, friend.address]]);
});

test("stake: what stays under the same authorities is nothing, with the reason", () => {
  const merge = StakeProgram.merge({ ...base, sourceStakePubKey: key(other) });
  for (const instructions of [
    fromWeb3(merge),
    [plain(7, [stake, other, own.address])],
    fromWeb3(StakeProgram.deactivate(base)),
    [plain(5, [stake, own.address])],
    [plain(14, [stake, vote, other])],
    [plain(13, [])],
    [plain(16, [stake, other, own.address], [1, 0, 0, 0, 0, 0, 0, 0])],
    [plain(17, [stake, other, own.address], [1, 0, 0, 0, 0, 0, 0, 0])],
  ]) {
    const intent = intentOf(instructions);
    assert.equal(intent.opaque, false);
    assert.deepEqual([intent.transfers, intent.allowances, intent.control], [[], [], []]);
    assert.match(intent.harmless ?? "", /stake/i);
  }
});

function changes(instructions: readonly Instruction[]): readonly Change[] {
  return intentOf(instructions).control.map(({ what, of, to }) => [what, of, to]);
}

function plain(number: number, accounts: readonly string[], fields: readonly number[] = []): Instruction {
  return {
    programAddress: STAKE,
    accounts: accounts.map((account) => ({
      address: address(account),
      role: account === own.address ? AccountRole.READONLY_SIGNER : AccountRole.WRITABLE,
    })),
    data: new Uint8Array([number, 0, 0, 0, ...fields]),
  };
}

function bytesOf(name: string): Uint8Array {
  return key(name).toBytes();
}
