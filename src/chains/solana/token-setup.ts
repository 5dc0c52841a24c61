/**
 * Instructions of the Token programs that move nothing: making accounts and mints, whose authorities may be others, and
 * revoking, freezing, asking.
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
import { type AccountMeta, type Address, isSome, type Option } from "@solana/kit";
import { authorities, control, type Effects, nothing } from "./effects.ts";
import { type KnownInstruction, exactly, known } from "./program-reader.ts";

const asks = nothing("asking the Token program for a number changes nothing");

/** Layouts that Token and Token-2022 share. */
export const tokenSetup: readonly KnownInstruction[] = [
  known(
    "initializeMint",
    getInitializeMintDiscriminatorBytes(),
    exactly(parseInitializeMintInstruction, getInitializeMintInstructionDataEncoder()),
    makesMint,
  ),
  known(
    "initializeMint2",
    getInitializeMint2DiscriminatorBytes(),
    exactly(parseInitializeMint2Instruction, getInitializeMint2InstructionDataEncoder()),
    makesMint,
  ),
  known(
    "initializeAccount",
    getInitializeAccountDiscriminatorBytes(),
    exactly(parseInitializeAccountInstruction, getInitializeAccountInstructionDataEncoder()),
    ({ accounts }, own) => makesAccount(accounts.account, accounts.owner.address, own),
  ),
  known(
    "initializeAccount2",
    getInitializeAccount2DiscriminatorBytes(),
    exactly(parseInitializeAccount2Instruction, getInitializeAccount2InstructionDataEncoder()),
    ({ accounts, data }, own) => makesAccount(accounts.account, data.owner, own),
  ),
  known(
    "initializeAccount3",
    getInitializeAccount3DiscriminatorBytes(),
    exactly(parseInitializeAccount3Instruction, getInitializeAccount3InstructionDataEncoder()),
    ({ accounts, data }, own) => makesAccount(accounts.account, data.owner, own),
  ),
  known(
    "initializeMultisig",
    getInitializeMultisigDiscriminatorBytes(),
    exactly(parseInitializeMultisigInstruction, getInitializeMultisigInstructionDataEncoder()),
    ({ accounts }, own, all) => makesMultisig(accounts.multisig, all.slice(2), own),
  ),
  known(
    "initializeMultisig2",
    getInitializeMultisig2DiscriminatorBytes(),
    exactly(parseInitializeMultisig2Instruction, getInitializeMultisig2InstructionDataEncoder()),
    ({ accounts }, own, all) => makesMultisig(accounts.multisig, all.slice(1), own),
  ),
  known(
    "initializeImmutableOwner",
    getInitializeImmutableOwnerDiscriminatorBytes(),
    exactly(parseInitializeImmutableOwnerInstruction, getInitializeImmutableOwnerInstructionDataEncoder()),
    () => nothing("only an account that has no owner yet can be set so that its owner never changes"),
  ),
  known(
    "getAccountDataSize",
    getGetAccountDataSizeDiscriminatorBytes(),
    exactly(parseGetAccountDataSizeInstruction, getGetAccountDataSizeInstructionDataEncoder()),
    () => asks,
  ),
  known(
    "amountToUiAmount",
    getAmountToUiAmountDiscriminatorBytes(),
    exactly(parseAmountToUiAmountInstruction, getAmountToUiAmountInstructionDataEncoder()),
    () => asks,
  ),
  known(
    "uiAmountToAmount",
    getUiAmountToAmountDiscriminatorBytes(),
    exactly(parseUiAmountToAmountInstruction, getUiAmountToAmountInstructionDataEncoder()),
    () => asks,
  ),
  known(
    "syncNative",
    getSyncNativeDiscriminatorBytes(),
    exactly(parseSyncNativeInstruction, getSyncNativeInstructionDataEncoder()),
    () => nothing("syncing counts lamports that already stand on the wrapped account"),
  ),
  known(
    "freezeAccount",
    getFreezeAccountDiscriminatorBytes(),
    exactly(parseFreezeAccountInstruction, getFreezeAccountInstructionDataEncoder()),
    ({ accounts }) => control("account", accounts.account.address, null),
  ),
  known(
    "thawAccount",
    getThawAccountDiscriminatorBytes(),
    exactly(parseThawAccountInstruction, getThawAccountInstructionDataEncoder()),
    () => nothing("thawing lets the owner of the account use its tokens again"),
  ),
  known(
    "revoke",
    getRevokeDiscriminatorBytes(),
    exactly(parseRevokeInstruction, getRevokeInstructionDataEncoder()),
    () => nothing("revoking ends an allowance"),
  ),
];

interface NewMint {
  readonly accounts: { readonly mint: AccountMeta };
  readonly data: { readonly mintAuthority: Address; readonly freezeAuthority: Option<Address> };
}

function makesMint(
  { accounts: { mint }, data: { mintAuthority, freezeAuthority } }: NewMint,
  own: string,
): Effects {
  const freeze = isSome(freezeAuthority) ? [freezeAuthority.value] : [];
  return authorities(
    mint.address,
    [mintAuthority, ...freeze],
    own,
    "our own key mints and freezes the new token",
  );
}

function makesAccount(account: AccountMeta, owner: string, own: string): Effects {
  return authorities(account.address, [owner], own, "the new token account is our own key's");
}

/** The program's limit. */
const SIGNERS_MAX = 11;

/** The package's parser leaves out the signers, which follow the named accounts. */
function makesMultisig(
  multisig: AccountMeta,
  signers: readonly AccountMeta[],
  own: string,
): Effects | undefined {
  if (signers.length > SIGNERS_MAX) return undefined;
  const addresses = signers.map((signer) => signer.address);
  return authorities(multisig.address, addresses, own, "our own key is all that the new multisig asks for");
}
