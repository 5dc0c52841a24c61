/**
 * The System program: lamports, account creation, and nonce accounts. Assigning an account to a program hands over
 * everything in it.
 * @module
 */
import {
  getAdvanceNonceAccountDiscriminatorBytes,
  getAdvanceNonceAccountInstructionDataEncoder,
  getAllocateDiscriminatorBytes,
  getAllocateInstructionDataEncoder,
  getAllocateWithSeedDiscriminatorBytes,
  getAllocateWithSeedInstructionDataEncoder,
  getAssignDiscriminatorBytes,
  getAssignInstructionDataEncoder,
  getAssignWithSeedDiscriminatorBytes,
  getAssignWithSeedInstructionDataEncoder,
  getAuthorizeNonceAccountDiscriminatorBytes,
  getAuthorizeNonceAccountInstructionDataEncoder,
  getCreateAccountAllowPrefundDiscriminatorBytes,
  getCreateAccountAllowPrefundInstructionDataEncoder,
  getCreateAccountDiscriminatorBytes,
  getCreateAccountInstructionDataEncoder,
  getCreateAccountWithSeedDiscriminatorBytes,
  getCreateAccountWithSeedInstructionDataEncoder,
  getInitializeNonceAccountDiscriminatorBytes,
  getInitializeNonceAccountInstructionDataEncoder,
  getTransferSolDiscriminatorBytes,
  getTransferSolInstructionDataEncoder,
  getTransferSolWithSeedDiscriminatorBytes,
  getTransferSolWithSeedInstructionDataEncoder,
  getUpgradeNonceAccountDiscriminatorBytes,
  getUpgradeNonceAccountInstructionDataEncoder,
  getWithdrawNonceAccountDiscriminatorBytes,
  getWithdrawNonceAccountInstructionDataEncoder,
  parseAdvanceNonceAccountInstruction,
  parseAllocateInstruction,
  parseAllocateWithSeedInstruction,
  parseAssignInstruction,
  parseAssignWithSeedInstruction,
  parseAuthorizeNonceAccountInstruction,
  parseCreateAccountAllowPrefundInstruction,
  parseCreateAccountInstruction,
  parseCreateAccountWithSeedInstruction,
  parseInitializeNonceAccountInstruction,
  parseTransferSolInstruction,
  parseTransferSolWithSeedInstruction,
  parseUpgradeNonceAccountInstruction,
  parseWithdrawNonceAccountInstruction,
} from "@solana-program/system";
import type { Allowance } from "../../domain/intent.ts";
import { MAX_AMOUNT, lamports } from "./amounts.ts";
import { type Effects, exactly, known, programReader } from "./program-reader.ts";

const DISCRIMINATOR_BYTES = 4;

const transfers = [
  known(
    "transfer",
    getTransferSolDiscriminatorBytes(),
    exactly(parseTransferSolInstruction, getTransferSolInstructionDataEncoder()),
    ({ accounts, data }) => lamports(accounts.source.address, accounts.destination.address, data.amount),
  ),
  known(
    "transferWithSeed",
    getTransferSolWithSeedDiscriminatorBytes(),
    exactly(parseTransferSolWithSeedInstruction, getTransferSolWithSeedInstructionDataEncoder()),
    ({ accounts, data }) => lamports(accounts.baseAccount.address, accounts.destination.address, data.amount),
  ),
];

const creations = [
  known(
    "createAccount",
    getCreateAccountDiscriminatorBytes(),
    exactly(parseCreateAccountInstruction, getCreateAccountInstructionDataEncoder()),
    ({ accounts: { payer, newAccount }, data }, own) => ({
      ...lamports(payer.address, newAccount.address, data.lamports),
      allowances: newAccount.address === own ? [assignment(own, data.programAddress)] : [],
    }),
  ),
  known(
    "createAccountWithSeed",
    getCreateAccountWithSeedDiscriminatorBytes(),
    exactly(parseCreateAccountWithSeedInstruction, getCreateAccountWithSeedInstructionDataEncoder()),
    ({ accounts, data }) => lamports(accounts.payer.address, accounts.newAccount.address, data.amount),
  ),
  known(
    "createAccountAllowPrefund",
    getCreateAccountAllowPrefundDiscriminatorBytes(),
    exactly(parseCreateAccountAllowPrefundInstruction, getCreateAccountAllowPrefundInstructionDataEncoder()),
    ({ accounts: { payer, newAccount }, data }): Effects | undefined => {
      // The account may hold lamports already, and it is the program's afterwards.
      const allowances = [assignment(newAccount.address, data.programAddress)];
      if (data.lamports === 0n) return { allowances };
      if (payer === undefined) return undefined;
      return { ...lamports(payer.address, newAccount.address, data.lamports), allowances };
    },
  ),
];

const ownership = [
  known(
    "assign",
    getAssignDiscriminatorBytes(),
    exactly(parseAssignInstruction, getAssignInstructionDataEncoder()),
    ({ accounts, data }) => ({ allowances: [assignment(accounts.account.address, data.programAddress)] }),
  ),
  known(
    "assignWithSeed",
    getAssignWithSeedDiscriminatorBytes(),
    exactly(parseAssignWithSeedInstruction, getAssignWithSeedInstructionDataEncoder()),
    ({ accounts, data }) => ({ allowances: [assignment(accounts.account.address, data.programAddress)] }),
  ),
  known(
    "allocate",
    getAllocateDiscriminatorBytes(),
    exactly(parseAllocateInstruction, getAllocateInstructionDataEncoder()),
    ({ accounts }, own) =>
      accounts.newAccount.address === own
        ? {
            opacity: {
              cause: "accountChange",
              reason: "system.allocate on the signing account: its lamports can no longer be transferred",
            },
          }
        : {},
  ),
  known(
    "allocateWithSeed",
    getAllocateWithSeedDiscriminatorBytes(),
    exactly(parseAllocateWithSeedInstruction, getAllocateWithSeedInstructionDataEncoder()),
  ),
];

const nonces = [
  known(
    "initializeNonceAccount",
    getInitializeNonceAccountDiscriminatorBytes(),
    exactly(parseInitializeNonceAccountInstruction, getInitializeNonceAccountInstructionDataEncoder()),
  ),
  known(
    "advanceNonceAccount",
    getAdvanceNonceAccountDiscriminatorBytes(),
    exactly(parseAdvanceNonceAccountInstruction, getAdvanceNonceAccountInstructionDataEncoder()),
  ),
  known(
    "withdrawNonceAccount",
    getWithdrawNonceAccountDiscriminatorBytes(),
    exactly(parseWithdrawNonceAccountInstruction, getWithdrawNonceAccountInstructionDataEncoder()),
    ({ accounts, data }) =>
      lamports(accounts.nonceAuthority.address, accounts.recipientAccount.address, data.withdrawAmount),
  ),
  known(
    "authorizeNonceAccount",
    getAuthorizeNonceAccountDiscriminatorBytes(),
    exactly(parseAuthorizeNonceAccountInstruction, getAuthorizeNonceAccountInstructionDataEncoder()),
    ({ accounts, data }) => ({
      // The authority can withdraw all of the nonce account's lamports.
      allowances: [
        {
          asset: "native",
          owner: accounts.nonceAuthority.address,
          spender: data.newNonceAuthority,
          amount: MAX_AMOUNT,
        },
      ],
    }),
  ),
  known(
    "upgradeNonceAccount",
    getUpgradeNonceAccountDiscriminatorBytes(),
    exactly(parseUpgradeNonceAccountInstruction, getUpgradeNonceAccountInstructionDataEncoder()),
  ),
];

export const systemProgram = programReader(
  "system",
  [...transfers, ...creations, ...ownership, ...nonces],
  () => DISCRIMINATOR_BYTES,
);

/** The account becomes the program's, with all that it holds. */
function assignment(account: string, program: string): Allowance {
  return { asset: "*", owner: account, spender: program, amount: MAX_AMOUNT };
}
