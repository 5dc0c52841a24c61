/**
 * The System program: lamports, account creation, and nonce accounts. Assigning an account to a program hands over
 * everything in it.
 * @module
 */
import {
  getAllocateDiscriminatorBytes,
  getAllocateInstructionDataEncoder,
  getAllocateWithSeedDiscriminatorBytes,
  getAllocateWithSeedInstructionDataEncoder,
  getAssignDiscriminatorBytes,
  getAssignInstructionDataEncoder,
  getAssignWithSeedDiscriminatorBytes,
  getAssignWithSeedInstructionDataEncoder,
  getCreateAccountAllowPrefundDiscriminatorBytes,
  getCreateAccountAllowPrefundInstructionDataEncoder,
  getCreateAccountDiscriminatorBytes,
  getCreateAccountInstructionDataEncoder,
  getCreateAccountWithSeedDiscriminatorBytes,
  getCreateAccountWithSeedInstructionDataEncoder,
  getTransferSolDiscriminatorBytes,
  getTransferSolInstructionDataEncoder,
  getTransferSolWithSeedDiscriminatorBytes,
  getTransferSolWithSeedInstructionDataEncoder,
  parseAllocateInstruction,
  parseAllocateWithSeedInstruction,
  parseAssignInstruction,
  parseAssignWithSeedInstruction,
  parseCreateAccountAllowPrefundInstruction,
  parseCreateAccountInstruction,
  parseCreateAccountWithSeedInstruction,
  parseTransferSolInstruction,
  parseTransferSolWithSeedInstruction,
} from "@solana-program/system";
import { control, type Effects, lamports, leave } from "./effects.ts";
import { nonceAccounts } from "./nonce-accounts.ts";
import { SYSTEM_PROGRAM } from "./program-addresses.ts";
import { exactly, known, programReader } from "./program-reader.ts";

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
      // The program refuses an account that holds lamports, so of other accounts nothing is lost but what is paid in here.
      ...(newAccount.address === own ? takenOver(own, data.programAddress) : {}),
    }),
  ),
  known(
    "createAccountWithSeed",
    getCreateAccountWithSeedDiscriminatorBytes(),
    exactly(parseCreateAccountWithSeedInstruction, getCreateAccountWithSeedInstructionDataEncoder()),
    ({ accounts: { payer, newAccount }, data }) => ({
      ...lamports(payer.address, newAccount.address, data.amount),
      // The base alone could spend what arrives at the address; from now on the program can.
      ...control("account", newAccount.address, data.programAddress),
    }),
  ),
  known(
    "createAccountAllowPrefund",
    getCreateAccountAllowPrefundDiscriminatorBytes(),
    exactly(parseCreateAccountAllowPrefundInstruction, getCreateAccountAllowPrefundInstructionDataEncoder()),
    ({ accounts: { payer, newAccount }, data }): Effects | undefined => {
      // The account may hold lamports already.
      const taken = takenOver(newAccount.address, data.programAddress);
      if (data.lamports === 0n) return taken;
      if (payer === undefined) return undefined;
      return { ...lamports(payer.address, newAccount.address, data.lamports), ...taken };
    },
  ),
];

const ownership = [
  known(
    "assign",
    getAssignDiscriminatorBytes(),
    exactly(parseAssignInstruction, getAssignInstructionDataEncoder()),
    ({ accounts, data }) => takenOver(accounts.account.address, data.programAddress),
  ),
  known(
    "assignWithSeed",
    getAssignWithSeedDiscriminatorBytes(),
    exactly(parseAssignWithSeedInstruction, getAssignWithSeedInstructionDataEncoder()),
    ({ accounts, data }) => takenOver(accounts.account.address, data.programAddress),
  ),
  known(
    "allocate",
    getAllocateDiscriminatorBytes(),
    exactly(parseAllocateInstruction, getAllocateInstructionDataEncoder()),
    // Anyone can make a nonce account of theirs out of an account of the System program that has space for it.
    ({ accounts }) => takenOver(accounts.newAccount.address, SYSTEM_PROGRAM),
  ),
  known(
    "allocateWithSeed",
    getAllocateWithSeedDiscriminatorBytes(),
    exactly(parseAllocateWithSeedInstruction, getAllocateWithSeedInstructionDataEncoder()),
    // It assigns too.
    ({ accounts, data }) => takenOver(accounts.newAccount.address, data.programAddress),
  ),
];

export const systemProgram = programReader(
  "system",
  [...transfers, ...creations, ...ownership, ...nonceAccounts],
  () => DISCRIMINATOR_BYTES,
);

/** The account becomes the program's, with all that it holds. */
function takenOver(account: string, program: string) {
  return { ...control("account", account, program), ...leave("*", account, program) };
}
