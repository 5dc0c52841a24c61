/**
 * The Stake program. Every stake account has a staker, who delegates, splits and merges, and a withdrawer, who takes the
 * lamports and names both. Facts: solana-program/stake, interface/src/instruction.rs and program/src/processor.rs of 2026.
 * @module
 */
import {
  type AccountMeta,
  addCodecSizePrefix,
  type Codec,
  getAddressCodec,
  getConstantCodec,
  getHiddenPrefixCodec,
  getI64Codec,
  getOptionCodec,
  getStructCodec,
  getU32Codec,
  getU64Codec,
  getUtf8Codec,
} from "@solana/kit";
import { control, lamports, nothing, signing } from "./effects.ts";
import {
  type EffectsOf,
  type KnownInstruction,
  known,
  type ProgramInstruction,
  programReader,
  structured,
} from "./program-reader.ts";
import { initialAuthorities, nextAuthority, nextLockup } from "./stake-authorities.ts";

const DISCRIMINATOR_BYTES = 4;
const CLOCK = "SysvarC1ock11111111111111111111111111111111";
const RENT = "SysvarRent111111111111111111111111111111111";

type Sysvar = "rent" | "clock" | "stakeHistory" | "stakeConfig";

/** Sysvars that older clients send, and the first of them, by which the program tells that they are there. */
interface Sysvars {
  readonly at: number;
  readonly first: string;
  readonly names: readonly Sysvar[];
}

const clockAt = (at: number, ...more: readonly Sysvar[]): Sysvars => ({
  at,
  first: CLOCK,
  names: ["clock", ...more],
});
const rentAt = (at: number): Sysvars => ({ at, first: RENT, names: ["rent"] });

const empty = getStructCodec([]);
const amount = getStructCodec([["lamports", getU64Codec()]]);
const authorityKind = ["stakeAuthorize", getU32Codec()] as const;
const seed = [
  ["authoritySeed", addCodecSizePrefix(getUtf8Codec(), getU64Codec())],
  ["authorityOwner", getAddressCodec()],
] as const;
const times = [
  ["unixTimestamp", getOptionCodec(getI64Codec())],
  ["epoch", getOptionCodec(getU64Codec())],
] as const;

const SAME_AUTHORITIES = "the stake program takes only accounts of the same staker, withdrawer and lockup";
const same = () =>
  nothing(`what moves between stake accounts stays under its authorities: ${SAME_AUTHORITIES}`);

const creation = [
  stake(
    "initialize",
    0,
    ["stake"],
    rentAt(1),
    getStructCodec([
      ["staker", getAddressCodec()],
      ["withdrawer", getAddressCodec()],
      ["unixTimestamp", getI64Codec()],
      ["epoch", getU64Codec()],
      ["custodian", getAddressCodec()],
    ]),
    ({ accounts, data }, own) => initialAuthorities(accounts.stake.address, data, own),
  ),
  stake(
    "initializeChecked",
    9,
    ["stake", "staker", "withdrawer"],
    rentAt(1),
    empty,
    (
      {
        accounts: {
          stake: { address },
          staker,
          withdrawer,
        },
      },
      own,
    ) => initialAuthorities(address, { staker: staker.address, withdrawer: withdrawer.address }, own),
  ),
];

const authorizations = [
  stake(
    "authorize",
    1,
    ["stake", "authority"],
    clockAt(1),
    getStructCodec([["newAuthority", getAddressCodec()], authorityKind]),
    (
      {
        accounts: {
          stake: { address },
          authority,
        },
        data,
      },
      own,
      all,
    ) =>
      nextAuthority(
        { ...data, stake: address, by: signing(authority.address, own, all) },
        data.newAuthority,
        own,
      ),
  ),
  stake(
    "authorizeChecked",
    10,
    ["stake", "authority", "newAuthority"],
    clockAt(1),
    getStructCodec([authorityKind]),
    (
      {
        accounts: {
          stake: { address },
          authority,
          newAuthority,
        },
        data,
      },
      own,
      all,
    ) =>
      nextAuthority(
        { ...data, stake: address, by: signing(authority.address, own, all) },
        newAuthority.address,
        own,
      ),
  ),
  stake(
    "authorizeWithSeed",
    8,
    ["stake", "base"],
    clockAt(2),
    getStructCodec([["newAuthority", getAddressCodec()], authorityKind, ...seed]),
    (
      {
        accounts: {
          stake: { address },
          base,
        },
        data,
      },
      own,
      all,
    ) =>
      nextAuthority({ ...data, stake: address, by: signing(base.address, own, all) }, data.newAuthority, own),
  ),
  stake(
    "authorizeCheckedWithSeed",
    11,
    ["stake", "base", "newAuthority"],
    clockAt(2),
    getStructCodec([authorityKind, ...seed]),
    (
      {
        accounts: {
          stake: { address },
          base,
          newAuthority,
        },
        data,
      },
      own,
      all,
    ) =>
      nextAuthority(
        { ...data, stake: address, by: signing(base.address, own, all) },
        newAuthority.address,
        own,
      ),
  ),
  stake(
    "setLockup",
    6,
    ["stake", "authority"],
    undefined,
    getStructCodec([...times, ["custodian", getOptionCodec(getAddressCodec())]]),
    ({ accounts, data }, own) => nextLockup(accounts.stake.address, data, own),
  ),
  stake(
    "setLockupChecked",
    12,
    ["stake", "authority"],
    undefined,
    getStructCodec([...times]),
    ({ accounts, data }, own, all) =>
      nextLockup(accounts.stake.address, { ...data, custodian: all[2]?.address ?? null }, own),
  ),
];

const movements = [
  stake(
    "withdraw",
    4,
    ["stake", "recipient", "withdrawAuthority"],
    clockAt(2, "stakeHistory"),
    amount,
    // The custodian's place takes the withdrawer's signature too.
    ({ accounts: { recipient, withdrawAuthority }, data }, own, all) =>
      lamports(signing(withdrawAuthority.address, own, all), recipient.address, data.lamports),
  ),
  stake(
    "split",
    3,
    ["stake", "splitStake", "authority"],
    undefined,
    amount,
    ({ accounts, data }, own, all) => ({
      ...lamports(signing(accounts.authority.address, own, all), accounts.splitStake.address, data.lamports),
      // The new account gets the staker and the withdrawer of the old one, whom the instruction does not name.
      ...control("authority", accounts.splitStake.address, null),
    }),
  ),
  stake("merge", 7, ["destination", "source", "authority"], clockAt(2, "stakeHistory"), empty, same),
  stake("moveStake", 16, ["source", "destination", "authority"], undefined, amount, same),
  stake("moveLamports", 17, ["source", "destination", "authority"], undefined, amount, same),
];

const delegation = [
  stake(
    "delegateStake",
    2,
    ["stake", "vote", "authority"],
    clockAt(2, "stakeHistory", "stakeConfig"),
    empty,
    ({ accounts }) => control("delegate", accounts.stake.address, accounts.vote.address),
  ),
  stake("deactivate", 5, ["stake", "authority"], clockAt(1), empty, () =>
    nothing("a stake that is deactivated cools down where it is, under the same staker and withdrawer"),
  ),
  stake("deactivateDelinquent", 14, ["stake", "delinquentVote", "referenceVote"], undefined, empty, () =>
    nothing("anyone may deactivate stake at a vote account that stopped voting; it stays where it is"),
  ),
  stake("getMinimumDelegation", 13, [], undefined, empty, () =>
    nothing("asking the Stake program for a number changes nothing"),
  ),
];

/** Redelegate, which clusters have given up, is not known, hence opaque. */
export const stakeProgram = programReader(
  "stake",
  [...creation, ...authorizations, ...movements, ...delegation],
  () => DISCRIMINATOR_BYTES,
);

/** A layout whose accounts come with or without the sysvars: the program takes both. */
function stake<const N extends string, F, D extends F & object>(
  name: string,
  number: number,
  accounts: readonly N[],
  sysvars: Sysvars | undefined,
  fields: Codec<F, D>,
  effects: EffectsOf<{ readonly accounts: { readonly [K in N]: AccountMeta }; readonly data: D }>,
): KnownInstruction {
  const discriminator = getU32Codec().encode(number);
  const codec = getHiddenPrefixCodec(fields, [getConstantCodec(discriminator)]);
  const plain = structured(accounts, codec);
  const old =
    sysvars === undefined
      ? plain
      : structured<N | Sysvar, D>(
          [...accounts.slice(0, sysvars.at), ...sysvars.names, ...accounts.slice(sysvars.at)],
          codec,
        );
  const parse = (instruction: ProgramInstruction) => {
    const isOld = sysvars !== undefined && instruction.accounts[sysvars.at]?.address === sysvars.first;
    return isOld ? old(instruction) : plain(instruction);
  };
  return known(name, discriminator, parse, effects);
}
