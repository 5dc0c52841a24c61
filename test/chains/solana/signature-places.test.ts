/** Our signature counts wherever it stands among an instruction's accounts, not only where the documents have it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AccountRole, address, type Address, type Instruction } from "@solana/kit";
import * as system from "@solana-program/system";
import * as token from "@solana-program/token";
import { decodeTransaction, friend, intentOf, own, testKey, wireOf } from "./fixtures.ts";
import { stakeInstruction } from "./svm-stake.ts";
import { newMachine, ours, reset, run, skip, theirs } from "./svm-world.ts";

const TOKEN_2022 = address("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb");
const mint = testKey(10).address;
const hook = testKey(70).address;
const AMOUNT = 1_500_000_000n;
const amountBytes = [...new Uint8Array(new BigUint64Array([AMOUNT]).buffer)];

/** `instruction` with our key, which signs, behind its accounts. */
function withUs(instruction: Instruction): Instruction {
  const us = { address: own.address, role: AccountRole.READONLY_SIGNER };
  return { ...instruction, accounts: [...(instruction.accounts ?? []), us] };
}

function transfer2022(authority: Address, others: readonly Address[]): Instruction {
  const transfer = token.getTransferCheckedInstruction(
    {
      source: testKey(11).address,
      mint,
      destination: testKey(12).address,
      authority,
      amount: 1n,
      decimals: 0,
    },
    { programAddress: TOKEN_2022 },
  );
  const accounts = others.map((other) => ({ address: other, role: AccountRole.READONLY }));
  return { ...transfer, accounts: [...transfer.accounts, ...accounts] };
}

test("opaque: a transfer of Token-2022 hands our signature to whatever the mint's hook is", () => {
  const withFee = {
    ...transfer2022(friend.address, [hook]),
    data: new Uint8Array([26, 1, ...Array(17).fill(0)]),
  };
  for (const instruction of [
    withUs(transfer2022(friend.address, [hook])),
    withUs(transfer2022(friend.address, [])),
    withUs(transfer2022(own.address, [hook])),
    withUs(withFee),
  ]) {
    const { opaqueCauses, transfers } = intentOf([instruction]);
    assert.deepEqual(opaqueCauses, ["delegateCall"]);
    assert.equal(transfers.length, 1);
  }
});

test("token2022.transferChecked: a hook that does not get our signature leaves the transfer what it is", () => {
  assert.equal(intentOf([transfer2022(own.address, [hook, testKey(71).address])]).opaque, false);
  assert.equal(intentOf([transfer2022(friend.address, [hook])]).opaque, false);
});

test("token.transferChecked: a member of a multisig signs behind the accounts, and no hook is called", () => {
  const instruction = withUs({
    ...transfer2022(friend.address, []),
    programAddress: token.TOKEN_PROGRAM_ADDRESS,
  });
  assert.equal(intentOf([instruction]).opaque, false);
});

const HIDDEN: readonly (readonly [string, Instruction])[] = [
  [
    "system.withdrawNonceAccount",
    system.getWithdrawNonceAccountInstruction({
      nonceAccount: ours.nonce,
      recipientAccount: theirs.wallet,
      nonceAuthority: friend.signer,
      withdrawAmount: 1000n,
    }),
  ],
  ["stake.withdraw", stakeInstruction(4, [ours.stake, theirs.wallet, theirs.wallet], amountBytes)],
  ["stake.split", stakeInstruction(3, [ours.stake, theirs.blankStake, theirs.wallet], amountBytes)],
];
for (const [name, instruction] of HIDDEN) {
  test(`svm: ${name} takes ours although another's key stands as the authority`, { skip }, () => {
    const svm = newMachine();
    const account = instruction.accounts?.[0]?.address ?? own.address;
    const before = svm.getBalance(account) ?? 0n;
    const wire = wireOf([withUs(instruction)], { feePayer: theirs.wallet });
    assert.equal(run(svm, wire), undefined);
    const { transfers } = decodeTransaction(wire).intent;
    assert.deepEqual(
      transfers.map(({ from, amount }) => [from, amount]),
      [[own.address, String(before - (svm.getBalance(account) ?? 0n))]],
    );
    reset(svm);
    assert.notEqual(
      run(svm, wireOf([instruction], { feePayer: theirs.wallet })),
      undefined,
      "not without us",
    );
  });
}

test("allowances: of a nonce or stake account that passes on, the owner is whose signature allows it", () => {
  const next = testKey(72).address;
  const authorizeNonce = system.getAuthorizeNonceAccountInstruction({
    nonceAccount: ours.nonce,
    nonceAuthority: friend.signer,
    newNonceAuthority: next,
  });
  const authorizeStake = stakeInstruction(10, [ours.stake, theirs.wallet, next], [1, 0, 0, 0]);
  for (const instruction of [authorizeNonce, authorizeStake]) {
    const [allowance] = intentOf([withUs(instruction)]).allowances;
    assert.deepEqual([allowance?.owner, allowance?.spender], [own.address, next]);
  }
});

test("change: tokens on an account that has our key's address are not known to be ours", () => {
  const transfer = token.getTransferCheckedInstruction({
    source: testKey(11).address,
    mint,
    destination: own.address,
    authority: own.signer,
    amount: 1n,
    decimals: 0,
  });
  assert.equal(intentOf([transfer]).transfers[0]?.ownChange, false);
  const lamports = system.getTransferSolInstruction({
    source: own.signer,
    destination: own.address,
    amount: 1n,
  });
  assert.equal(intentOf([lamports]).transfers[0]?.ownChange, true);
});
