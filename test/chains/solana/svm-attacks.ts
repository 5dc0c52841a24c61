/** What an attacker can try alone, with an account that a signed transaction wrote to. */
import { type Address, type Instruction, isWritableRole } from "@solana/kit";
import * as system from "@solana-program/system";
import * as token from "@solana-program/token";
import { NATIVE_MINT, ours, signer, theirs, TOKEN, TOKEN_2022 } from "./svm-world.ts";
import { stakeInstruction, withdrawal } from "./svm-stake.ts";

const AMOUNTS = [1000n, 900n, 10n, 1n];
const LAMPORTS = [3_000_000_000n, 2_000_000_000n, 1_000_000_000n, 5_000_000n];
const attacker = signer(theirs.wallet);

/** Instructions that the attacker alone signs; most of them fail. */
export function followUps(instructions: readonly Instruction[]): readonly Instruction[] {
  const controlled = new Set<string>(Object.values(ours));
  const written = new Set(
    instructions.flatMap(({ accounts = [] }) =>
      accounts
        .filter((account) => isWritableRole(account.role) && controlled.has(account.address))
        .map((account) => account.address),
    ),
  );
  return [...written].flatMap((account) => [
    ...asNonce(account),
    ...asStake(account),
    ...asToken(account, TOKEN, [ours.mint, NATIVE_MINT], theirs.token),
    ...asToken(account, TOKEN_2022, [ours.mint2022], theirs.token2022),
  ]);
}

function asNonce(nonceAccount: Address): readonly Instruction[] {
  return [
    system.getInitializeNonceAccountInstruction({ nonceAccount, nonceAuthority: theirs.wallet }),
    ...LAMPORTS.map((withdrawAmount) =>
      system.getWithdrawNonceAccountInstruction({
        nonceAccount,
        recipientAccount: theirs.wallet,
        nonceAuthority: attacker,
        withdrawAmount,
      }),
    ),
  ];
}

function asStake(account: Address): readonly Instruction[] {
  return [
    stakeInstruction(9, [account, theirs.wallet, theirs.wallet]),
    ...LAMPORTS.map((amount) => withdrawal(account, theirs.wallet, theirs.wallet, amount)),
  ];
}

function asToken(
  account: Address,
  programAddress: Address,
  mints: readonly Address[],
  destination: Address,
): readonly Instruction[] {
  const config = { programAddress };
  return [
    ...mints.map((mint) =>
      token.getInitializeAccount3Instruction({ account, mint, owner: theirs.wallet }, config),
    ),
    token.getInitializeMint2Instruction({ mint: account, decimals: 0, mintAuthority: theirs.wallet }, config),
    ...AMOUNTS.map((amount) =>
      token.getTransferInstruction({ source: account, destination, authority: attacker, amount }, config),
    ),
    ...mints.flatMap((mint) =>
      AMOUNTS.map((amount) =>
        token.getBurnInstruction({ account, mint, authority: attacker, amount }, config),
      ),
    ),
    token.getMintToInstruction(
      { mint: account, token: destination, mintAuthority: attacker, amount: 1n },
      config,
    ),
    token.getCloseAccountInstruction({ account, destination: theirs.wallet, owner: attacker }, config),
  ];
}
