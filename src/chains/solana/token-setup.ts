/**
 * Instructions of the Token programs that move and grant nothing: making accounts and mints, revoking, freezing, asking.
 * @module
 */
import {
  getAmountToUiAmountDiscriminatorBytes,
  getAmountToUiAmountInstructionDataEncoder,
  getFreezeAccountDiscriminatorBytes,
  getFreezeAccountInstructionDataEncoder,
  getGetAccountDataSizeDiscriminatorBytes,
  getGetAccountDataSizeInstructionDataEncoder,
  getInitializeAccount2DiscriminatorBytes,
  getInitializeAccount2InstructionDataEncoder,
  getInitializeAccount3DiscriminatorBytes,
  getInitializeAccount3InstructionDataEncoder,
  getInitializeAccountDiscriminatorBytes,
  getInitializeAccountInstructionDataEncoder,
  getInitializeImmutableOwnerDiscriminatorBytes,
  getInitializeImmutableOwnerInstructionDataEncoder,
  getInitializeMint2DiscriminatorBytes,
  getInitializeMint2InstructionDataEncoder,
  getInitializeMintDiscriminatorBytes,
  getInitializeMintInstructionDataEncoder,
  getInitializeMultisig2DiscriminatorBytes,
  getInitializeMultisig2InstructionDataEncoder,
  getInitializeMultisigDiscriminatorBytes,
  getInitializeMultisigInstructionDataEncoder,
  getRevokeDiscriminatorBytes,
  getRevokeInstructionDataEncoder,
  getSyncNativeDiscriminatorBytes,
  getSyncNativeInstructionDataEncoder,
  getThawAccountDiscriminatorBytes,
  getThawAccountInstructionDataEncoder,
  getUiAmountToAmountDiscriminatorBytes,
  getUiAmountToAmountInstructionDataEncoder,
  parseAmountToUiAmountInstruction,
  parseFreezeAccountInstruction,
  parseGetAccountDataSizeInstruction,
  parseInitializeAccount2Instruction,
  parseInitializeAccount3Instruction,
  parseInitializeAccountInstruction,
  parseInitializeImmutableOwnerInstruction,
  parseInitializeMint2Instruction,
  parseInitializeMintInstruction,
  parseInitializeMultisig2Instruction,
  parseInitializeMultisigInstruction,
  parseRevokeInstruction,
  parseSyncNativeInstruction,
  parseThawAccountInstruction,
  parseUiAmountToAmountInstruction,
} from "@solana-program/token";
import { type KnownInstruction, exactly, known } from "./program-reader.ts";

/** Layouts that Token and Token-2022 share. */
export const tokenSetup: readonly KnownInstruction[] = [
  known(
    "initializeMint",
    getInitializeMintDiscriminatorBytes(),
    exactly(parseInitializeMintInstruction, getInitializeMintInstructionDataEncoder()),
  ),
  known(
    "initializeMint2",
    getInitializeMint2DiscriminatorBytes(),
    exactly(parseInitializeMint2Instruction, getInitializeMint2InstructionDataEncoder()),
  ),
  known(
    "initializeAccount",
    getInitializeAccountDiscriminatorBytes(),
    exactly(parseInitializeAccountInstruction, getInitializeAccountInstructionDataEncoder()),
  ),
  known(
    "initializeAccount2",
    getInitializeAccount2DiscriminatorBytes(),
    exactly(parseInitializeAccount2Instruction, getInitializeAccount2InstructionDataEncoder()),
  ),
  known(
    "initializeAccount3",
    getInitializeAccount3DiscriminatorBytes(),
    exactly(parseInitializeAccount3Instruction, getInitializeAccount3InstructionDataEncoder()),
  ),
  known(
    "initializeMultisig",
    getInitializeMultisigDiscriminatorBytes(),
    exactly(parseInitializeMultisigInstruction, getInitializeMultisigInstructionDataEncoder()),
  ),
  known(
    "initializeMultisig2",
    getInitializeMultisig2DiscriminatorBytes(),
    exactly(parseInitializeMultisig2Instruction, getInitializeMultisig2InstructionDataEncoder()),
  ),
  known(
    "initializeImmutableOwner",
    getInitializeImmutableOwnerDiscriminatorBytes(),
    exactly(parseInitializeImmutableOwnerInstruction, getInitializeImmutableOwnerInstructionDataEncoder()),
  ),
  known(
    "getAccountDataSize",
    getGetAccountDataSizeDiscriminatorBytes(),
    exactly(parseGetAccountDataSizeInstruction, getGetAccountDataSizeInstructionDataEncoder()),
  ),
  known(
    "amountToUiAmount",
    getAmountToUiAmountDiscriminatorBytes(),
    exactly(parseAmountToUiAmountInstruction, getAmountToUiAmountInstructionDataEncoder()),
  ),
  known(
    "uiAmountToAmount",
    getUiAmountToAmountDiscriminatorBytes(),
    exactly(parseUiAmountToAmountInstruction, getUiAmountToAmountInstructionDataEncoder()),
  ),
  known(
    "syncNative",
    getSyncNativeDiscriminatorBytes(),
    exactly(parseSyncNativeInstruction, getSyncNativeInstructionDataEncoder()),
  ),
  known(
    "freezeAccount",
    getFreezeAccountDiscriminatorBytes(),
    exactly(parseFreezeAccountInstruction, getFreezeAccountInstructionDataEncoder()),
  ),
  known(
    "thawAccount",
    getThawAccountDiscriminatorBytes(),
    exactly(parseThawAccountInstruction, getThawAccountInstructionDataEncoder()),
  ),
  known(
    "revoke",
    getRevokeDiscriminatorBytes(),
    exactly(parseRevokeInstruction, getRevokeInstructionDataEncoder()),
  ),
];
