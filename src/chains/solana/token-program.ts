/**
 * The Token program and Token-2022, which keeps its layouts. `from` and `owner` are the authority that signs, since the
 * owner of a token account is not in the transaction; the account itself is among the call's arguments.
 * @module
 */
import {
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
  getTransferCheckedDiscriminatorBytes,
  getTransferCheckedInstructionDataEncoder,
  getTransferDiscriminatorBytes,
  getTransferInstructionDataEncoder,
  getUnwrapLamportsDiscriminatorBytes,
  getUnwrapLamportsInstructionDataEncoder,
  getWithdrawExcessLamportsDiscriminatorBytes,
  getWithdrawExcessLamportsInstructionDataEncoder,
  parseBurnCheckedInstruction,
  parseBurnInstruction,
  parseCloseAccountInstruction,
  parseMintToCheckedInstruction,
  parseMintToInstruction,
  parseTransferCheckedInstruction,
  parseTransferInstruction,
  parseUnwrapLamportsInstruction,
  parseWithdrawExcessLamportsInstruction,
} from "@solana-program/token";
import { type AccountMeta, getStructCodec, getU64Codec, getU8Codec, isSome } from "@solana/kit";
import { control, type Effects, lamports, movement, remainder } from "./effects.ts";
import { exactly, known, programReader, structured } from "./program-reader.ts";
import { accountAsset, mintAsset } from "./token-assets.ts";
import { tokenAuthorities } from "./token-authorities.ts";
import { tokenSetup } from "./token-setup.ts";

interface CheckedTransfer {
  readonly accounts: {
    readonly mint: AccountMeta;
    readonly destination: AccountMeta;
    readonly authority: AccountMeta;
  };
  readonly data: { readonly amount: bigint };
}

/** Source, mint, destination and authority. */
const NAMED_ACCOUNTS = 4;

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

const checked = {
  discriminator: getTransferCheckedDiscriminatorBytes(),
  parse: exactly(parseTransferCheckedInstruction, getTransferCheckedInstructionDataEncoder()),
};

const transferChecked = known("transferChecked", checked.discriminator, checked.parse, tokenTransfer);
const transferChecked2022 = known("transferChecked", checked.discriminator, checked.parse, hookedTransfer);

const excess = known(
  "withdrawExcessLamports",
  getWithdrawExcessLamportsDiscriminatorBytes(),
  exactly(parseWithdrawExcessLamportsInstruction, getWithdrawExcessLamportsInstructionDataEncoder()),
  ({ accounts }, own) => remainder("token withdrawExcessLamports", accounts.destination.address, own),
);

const closing = {
  discriminator: getCloseAccountDiscriminatorBytes(),
  parse: exactly(parseCloseAccountInstruction, getCloseAccountInstructionDataEncoder()),
};

/** Of the Token program: only token accounts without tokens can be closed. */
const close = known("closeAccount", closing.discriminator, closing.parse, ({ accounts }, own) =>
  remainder("token closeAccount", accounts.destination.address, own),
);

/** Of Token-2022: mints can be closed too, and made again by whoever has their key. */
const close2022 = known("closeAccount", closing.discriminator, closing.parse, ({ accounts }, own) => ({
  ...control("account", accounts.account.address, null),
  ...remainder("token closeAccount", accounts.destination.address, own),
}));

const unwrap = known(
  "unwrapLamports",
  getUnwrapLamportsDiscriminatorBytes(),
  exactly(parseUnwrapLamportsInstruction, getUnwrapLamportsInstructionDataEncoder()),
  ({ accounts: { authority, destination }, data }, own) =>
    isSome(data.amount)
      ? lamports(authority.address, destination.address, data.amount.value)
      : remainder("token unwrapLamports", destination.address, own),
);

const shared = [...tokenSetup, ...movements, ...tokenAuthorities, excess];

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
  structured(["source", "mint", "destination", "authority"], feeTransferCodec),
  hookedTransfer,
);

/** First bytes of Token-2022 whose second byte names the instruction (spl-token-2022-interface, instruction.rs). */
const EXTENSIONS = new Set([26, 27, 28, 30, 33, 34, 36, 37, 39, 40, 41, 42, 43, 44, 46]);

export const tokenProgram = programReader("token", [...shared, transferChecked, close, unwrap], () => 1);

/** Other extension instructions are not known, hence opaque. */
export const token2022Program = programReader(
  "token2022",
  [...shared, transferChecked2022, close2022, transferFee],
  (first) => (EXTENSIONS.has(first) ? 2 : 1),
);

function tokenTransfer({ accounts: { mint, destination, authority }, data }: CheckedTransfer): Effects {
  return movement(mintAsset(mint), authority.address, destination.address, data.amount);
}

/**
 * A mint's transfer hook, a program of its maker's choice, is called with what follows the four accounts, and with the
 * signatures of those that its maker named: if ours is among them, the program can do anything in our name. Members of a
 * multisig have the same place. Source: solana-program/libraries tlv-account-resolution/src/state.rs,
 * add_to_cpi_instruction.
 */
function hookedTransfer(parsed: CheckedTransfer, own: string, all: readonly AccountMeta[]): Effects {
  const effects = tokenTransfer(parsed);
  if (!all.slice(NAMED_ACCOUNTS).some((account) => account.address === own)) return effects;
  const reason =
    "a transfer of Token-2022 hands our own signature to the transfer hook of the mint, if it has one";
  return { ...effects, opacity: { cause: "delegateCall", reason } };
}

/** Minted tokens count as the mint authority's spending. */
function minting({ accounts: { mint, token, mintAuthority }, data }: Minting): Effects {
  return movement(mintAsset(mint), mintAuthority.address, token.address, data.amount);
}

/** Burned tokens go to no one; the intent names the mint as the recipient, so that limits count them. */
function burning({ accounts: { mint, authority }, data }: Burning): Effects {
  return movement(mintAsset(mint), authority.address, mint.address, data.amount);
}
