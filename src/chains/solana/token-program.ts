/**
 * The Token program and Token-2022, which keeps its layouts. `from` and `owner` are the authority that signs, since the
 * owner of a token account is not in the transaction; the account itself is among the call's arguments.
 * @module
 */
import {
  AuthorityType,
  getApproveCheckedDiscriminatorBytes,
  getApproveCheckedInstructionDataEncoder,
  getApproveDiscriminatorBytes,
  getApproveInstructionDataEncoder,
  getBurnCheckedDiscriminatorBytes,
  getBurnCheckedInstructionDataEncoder,
  getBurnDiscriminatorBytes,
  getBurnInstructionDataEncoder,
  getCloseAccountDiscriminatorBytes,
  getCloseAccountInstructionDataEncoder,
  getMintToCheckedDiscriminatorBytes,
  getMintToCheckedInstructionDataEncoder,
  getMintToDiscriminatorBytes,
  getMintToInstructionDataEncoder,
  getSetAuthorityDiscriminatorBytes,
  getSetAuthorityInstructionDataEncoder,
  getTransferCheckedDiscriminatorBytes,
  getTransferCheckedInstructionDataEncoder,
  getTransferDiscriminatorBytes,
  getTransferInstructionDataEncoder,
  getUnwrapLamportsDiscriminatorBytes,
  getUnwrapLamportsInstructionDataEncoder,
  getWithdrawExcessLamportsDiscriminatorBytes,
  getWithdrawExcessLamportsInstructionDataEncoder,
  parseApproveCheckedInstruction,
  parseApproveInstruction,
  parseBurnCheckedInstruction,
  parseBurnInstruction,
  parseCloseAccountInstruction,
  parseMintToCheckedInstruction,
  parseMintToInstruction,
  parseSetAuthorityInstruction,
  parseTransferCheckedInstruction,
  parseTransferInstruction,
  parseUnwrapLamportsInstruction,
  parseWithdrawExcessLamportsInstruction,
  type ParsedSetAuthorityInstruction,
} from "@solana-program/token";
import { type AccountMeta, type Address, getStructCodec, getU64Codec, getU8Codec, isSome } from "@solana/kit";
import { lamports, MAX_AMOUNT, movement } from "./amounts.ts";
import { type Effects, exactly, known, type ProgramInstruction, programReader } from "./program-reader.ts";
import { tokenSetup } from "./token-setup.ts";

interface CheckedTransfer {
  readonly accounts: {
    readonly mint: AccountMeta;
    readonly destination: AccountMeta;
    readonly authority: AccountMeta;
  };
  readonly data: { readonly amount: bigint };
}

interface Minting {
  readonly accounts: {
    readonly mint: AccountMeta;
    readonly token: AccountMeta;
    readonly mintAuthority: AccountMeta;
  };
  readonly data: { readonly amount: bigint };
}

interface Burning {
  readonly accounts: { readonly mint: AccountMeta; readonly authority: AccountMeta };
  readonly data: { readonly amount: bigint };
}

const movements = [
  known(
    "transfer",
    getTransferDiscriminatorBytes(),
    exactly(parseTransferInstruction, getTransferInstructionDataEncoder()),
    ({ accounts, data }) =>
      movement(
        accountAsset(accounts.source),
        accounts.authority.address,
        accounts.destination.address,
        data.amount,
      ),
  ),
  known(
    "transferChecked",
    getTransferCheckedDiscriminatorBytes(),
    exactly(parseTransferCheckedInstruction, getTransferCheckedInstructionDataEncoder()),
    tokenTransfer,
  ),
  known(
    "mintTo",
    getMintToDiscriminatorBytes(),
    exactly(parseMintToInstruction, getMintToInstructionDataEncoder()),
    minting,
  ),
  known(
    "mintToChecked",
    getMintToCheckedDiscriminatorBytes(),
    exactly(parseMintToCheckedInstruction, getMintToCheckedInstructionDataEncoder()),
    minting,
  ),
  known(
    "burn",
    getBurnDiscriminatorBytes(),
    exactly(parseBurnInstruction, getBurnInstructionDataEncoder()),
    burning,
  ),
  known(
    "burnChecked",
    getBurnCheckedDiscriminatorBytes(),
    exactly(parseBurnCheckedInstruction, getBurnCheckedInstructionDataEncoder()),
    burning,
  ),
];

const grants = [
  known(
    "approve",
    getApproveDiscriminatorBytes(),
    exactly(parseApproveInstruction, getApproveInstructionDataEncoder()),
    ({ accounts: { source, delegate, owner }, data }) =>
      allowance(accountAsset(source), owner, delegate.address, data.amount),
  ),
  known(
    "approveChecked",
    getApproveCheckedDiscriminatorBytes(),
    exactly(parseApproveCheckedInstruction, getApproveCheckedInstructionDataEncoder()),
    ({ accounts: { mint, delegate, owner }, data }) =>
      allowance(mintAsset(mint), owner, delegate.address, data.amount),
  ),
  known(
    "setAuthority",
    getSetAuthorityDiscriminatorBytes(),
    exactly(parseSetAuthorityInstruction, getSetAuthorityInstructionDataEncoder()),
    newAuthority,
  ),
];

const remainders = [
  known(
    "closeAccount",
    getCloseAccountDiscriminatorBytes(),
    exactly(parseCloseAccountInstruction, getCloseAccountInstructionDataEncoder()),
    ({ accounts }, own) => remainder("closeAccount", accounts.destination, own),
  ),
  known(
    "withdrawExcessLamports",
    getWithdrawExcessLamportsDiscriminatorBytes(),
    exactly(parseWithdrawExcessLamportsInstruction, getWithdrawExcessLamportsInstructionDataEncoder()),
    ({ accounts }, own) => remainder("withdrawExcessLamports", accounts.destination, own),
  ),
];

const unwrap = [
  known(
    "unwrapLamports",
    getUnwrapLamportsDiscriminatorBytes(),
    exactly(parseUnwrapLamportsInstruction, getUnwrapLamportsInstructionDataEncoder()),
    ({ accounts: { authority, destination }, data }, own) =>
      isSome(data.amount)
        ? lamports(authority.address, destination.address, data.amount.value)
        : remainder("unwrapLamports", destination, own),
  ),
];

const shared = [...tokenSetup, ...movements, ...grants, ...remainders];

/** The transfer-fee extension of Token-2022; its second byte names the instruction. */
const TRANSFER_FEE_EXTENSION = 26;
const TRANSFER_CHECKED_WITH_FEE = 1;
const feeTransferCodec = getStructCodec([
  ["discriminator", getU8Codec()],
  ["instruction", getU8Codec()],
  ["amount", getU64Codec()],
  ["decimals", getU8Codec()],
  ["fee", getU64Codec()],
]);

const transferFee = known(
  "transferCheckedWithFee",
  new Uint8Array([TRANSFER_FEE_EXTENSION, TRANSFER_CHECKED_WITH_FEE]),
  exactly(parseTransferCheckedWithFee, feeTransferCodec),
  tokenTransfer,
);

/** First bytes of Token-2022 whose second byte names the instruction (spl-token-2022-interface, instruction.rs). */
const EXTENSIONS = new Set([26, 27, 28, 30, 33, 34, 36, 37, 39, 40, 41, 42, 43, 44, 46]);

export const tokenProgram = programReader("token", [...shared, ...unwrap], () => 1);

/** Other extension instructions are not known, hence opaque. */
export const token2022Program = programReader("token2022", [...shared, transferFee], (first) =>
  EXTENSIONS.has(first) ? 2 : 1,
);

function mintAsset(mint: AccountMeta): string {
  return `spl:${mint.address}`;
}

/** For instructions that name no mint. */
function accountAsset(account: AccountMeta): string {
  return `spl-account:${account.address}`;
}

function tokenTransfer({ accounts: { mint, destination, authority }, data }: CheckedTransfer): Effects {
  return movement(mintAsset(mint), authority.address, destination.address, data.amount);
}

/** Minted tokens count as the mint authority's spending. */
function minting({ accounts: { mint, token, mintAuthority }, data }: Minting): Effects {
  return movement(mintAsset(mint), mintAuthority.address, token.address, data.amount);
}

/** Burned tokens go to no one; the mint stands in as the recipient, so that limits count them. */
function burning({ accounts: { mint, authority }, data }: Burning): Effects {
  return movement(mintAsset(mint), authority.address, mint.address, data.amount);
}

function allowance(asset: string, owner: AccountMeta, spender: Address, amount: bigint): Effects {
  return { allowances: [{ asset, owner: owner.address, spender, amount: amount.toString() }] };
}

/** A new authority can do with the account or mint as it likes; taking an authority away grants nothing. */
function newAuthority({ accounts, data }: ParsedSetAuthorityInstruction<string>): Effects {
  const ofMint =
    data.authorityType === AuthorityType.MintTokens || data.authorityType === AuthorityType.FreezeAccount;
  const asset = ofMint ? mintAsset(accounts.owned) : accountAsset(accounts.owned);
  const args = { authorityType: AuthorityType[data.authorityType] };
  if (!isSome(data.newAuthority)) return { args };
  const spender = data.newAuthority.value;
  return { args, allowances: [{ asset, owner: accounts.owner.address, spender, amount: MAX_AMOUNT }] };
}

/** The amount is whatever the account holds then, so only our own address may receive it without being opaque. */
function remainder(name: string, destination: AccountMeta, own: string): Effects {
  if (destination.address === own) return {};
  return {
    opacity: {
      cause: "unstatedAmount",
      reason: `token ${name} sends an amount that the transaction does not state to another account`,
    },
  };
}

function parseTransferCheckedWithFee(instruction: ProgramInstruction) {
  const [source, mint, destination, authority] = instruction.accounts;
  if (source === undefined || mint === undefined || destination === undefined || authority === undefined) {
    throw new RangeError("four accounts are needed");
  }
  return {
    accounts: { source, mint, destination, authority },
    data: feeTransferCodec.decode(instruction.data),
  };
}
