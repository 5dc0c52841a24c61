/** Nonce accounts of the System program: their authority advances them, withdraws from them and names the next one. */
import {
  getAdvanceNonceAccountDiscriminatorBytes,
  getAdvanceNonceAccountInstructionDataEncoder,
  getAuthorizeNonceAccountDiscriminatorBytes,
  getAuthorizeNonceAccountInstructionDataEncoder,
  getInitializeNonceAccountDiscriminatorBytes,
  getInitializeNonceAccountInstructionDataEncoder,
  getUpgradeNonceAccountDiscriminatorBytes,
  getUpgradeNonceAccountInstructionDataEncoder,
  getWithdrawNonceAccountDiscriminatorBytes,
  getWithdrawNonceAccountInstructionDataEncoder,
  parseAdvanceNonceAccountInstruction,
  parseAuthorizeNonceAccountInstruction,
  parseInitializeNonceAccountInstruction,
  parseUpgradeNonceAccountInstruction,
  parseWithdrawNonceAccountInstruction,
} from "@solana-program/system";
import { authorities, control, lamports, leave, nothing, signing } from "./effects.ts";
import { exactly, known } from "./program-reader.ts";

/** Layouts that belong to `systemProgram`. */
export const nonceAccounts = [
  known(
    "initializeNonceAccount",
    getInitializeNonceAccountDiscriminatorBytes(),
    exactly(parseInitializeNonceAccountInstruction, getInitializeNonceAccountInstructionDataEncoder()),
    ({ accounts, data }, own) =>
      authorities(
        accounts.nonceAccount.address,
        [data.nonceAuthority],
        own,
        "the authority of the nonce account is our own key",
      ),
  ),
  known(
    "advanceNonceAccount",
    getAdvanceNonceAccountDiscriminatorBytes(),
    exactly(parseAdvanceNonceAccountInstruction, getAdvanceNonceAccountInstructionDataEncoder()),
    () => nothing("advancing a nonce leaves the account its lamports and its authority"),
  ),
  known(
    "withdrawNonceAccount",
    getWithdrawNonceAccountDiscriminatorBytes(),
    exactly(parseWithdrawNonceAccountInstruction, getWithdrawNonceAccountInstructionDataEncoder()),
    ({ accounts: { nonceAuthority, recipientAccount }, data }, own, all) =>
      lamports(signing(nonceAuthority.address, own, all), recipientAccount.address, data.withdrawAmount),
  ),
  known(
    "authorizeNonceAccount",
    getAuthorizeNonceAccountDiscriminatorBytes(),
    exactly(parseAuthorizeNonceAccountInstruction, getAuthorizeNonceAccountInstructionDataEncoder()),
    ({ accounts: { nonceAccount, nonceAuthority }, data: { newNonceAuthority } }, own, all) =>
      newNonceAuthority === own
        ? nothing("the authority of the nonce account becomes our own key")
        : {
            ...control("authority", nonceAccount.address, newNonceAuthority),
            // The authority can withdraw all of the nonce account's lamports.
            ...leave("native", signing(nonceAuthority.address, own, all), newNonceAuthority),
          },
  ),
  known(
    "upgradeNonceAccount",
    getUpgradeNonceAccountDiscriminatorBytes(),
    exactly(parseUpgradeNonceAccountInstruction, getUpgradeNonceAccountInstructionDataEncoder()),
    () => nothing("upgrading a nonce account changes its format; its lamports and authority stay"),
  ),
];
