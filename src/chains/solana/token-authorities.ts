/**
 * Instructions of the Token programs by which others act: delegates of a token account, and who owns, closes, mints and
 * freezes.
 * @module
 */
import {
  AuthorityType,
  getApproveCheckedDiscriminatorBytes,
  getApproveCheckedInstructionDataEncoder,
  getApproveDiscriminatorBytes,
  getApproveInstructionDataEncoder,
  getSetAuthorityDiscriminatorBytes,
  getSetAuthorityInstructionDataEncoder,
  parseApproveCheckedInstruction,
  parseApproveInstruction,
  parseSetAuthorityInstruction,
  type ParsedSetAuthorityInstruction,
} from "@solana-program/token";
import { isSome } from "@solana/kit";
import { control, type Effects, forGood, leave, nothing } from "./effects.ts";
import { exactly, known } from "./program-reader.ts";
import { accountAsset, mintAsset } from "./token-assets.ts";

/** Layouts that Token and Token-2022 share. */
export const tokenAuthorities = [
  known(
    "approve",
    getApproveDiscriminatorBytes(),
    exactly(parseApproveInstruction, getApproveInstructionDataEncoder()),
    ({ accounts: { source, delegate, owner }, data }) =>
      leave(accountAsset(source), owner.address, delegate.address, data.amount.toString()),
  ),
  known(
    "approveChecked",
    getApproveCheckedDiscriminatorBytes(),
    exactly(parseApproveCheckedInstruction, getApproveCheckedInstructionDataEncoder()),
    ({ accounts: { mint, delegate, owner }, data }) =>
      leave(mintAsset(mint), owner.address, delegate.address, data.amount.toString()),
  ),
  known(
    "setAuthority",
    getSetAuthorityDiscriminatorBytes(),
    exactly(parseSetAuthorityInstruction, getSetAuthorityInstructionDataEncoder()),
    newAuthority,
  ),
];

const OF_MINT: ReadonlySet<AuthorityType> = new Set([AuthorityType.MintTokens, AuthorityType.FreezeAccount]);

/** A new authority can do with the account or mint as it likes, so policies see it beside allowances too. */
function newAuthority(
  {
    accounts: { owned, owner },
    data: { authorityType, newAuthority: next },
  }: ParsedSetAuthorityInstruction<string>,
  own: string,
): Effects {
  const args = { authorityType: AuthorityType[authorityType] };
  const ofMint = OF_MINT.has(authorityType);
  if (!isSome(next))
    return {
      args,
      ...(ofMint ? forGood("authority", owned.address) : control("authority", owned.address, null)),
    };
  if (next.value === own) return { args, ...nothing("the authority becomes our own key") };
  return {
    args,
    ...control("authority", owned.address, next.value),
    ...leave(ofMint ? mintAsset(owned) : accountAsset(owned), owner.address, next.value),
  };
}
