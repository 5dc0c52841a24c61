/** Random instructions of every kind that Claviger knows, over the accounts of svm-world.ts. */
import fc from "fast-check";
import type { Instruction } from "@solana/kit";
import * as budget from "@solana-program/compute-budget";
import { getAddMemoInstruction, SUPPORTED_MEMO_PROGRAM_ADDRESSES } from "@solana-program/memo";
import {
  findAssociatedTokenPda,
  getCreateAssociatedTokenIdempotentInstruction,
  getCreateAssociatedTokenInstruction,
} from "@solana-program/token";
import * as system from "@solana-program/system";
import { AddressLookupTableProgram, PublicKey } from "@solana/web3.js";
import { own } from "./fixtures.ts";
import { ours, SEED, signer, STAKE, theirs, TOKEN, TOKEN_2022 } from "./svm-world.ts";
import { amount, type Arbitrary, key, receiver, signing } from "./svm-choices.ts";
import { STAKE_INSTRUCTIONS } from "./svm-stake.ts";
import { TOKEN_INSTRUCTIONS } from "./svm-token-instructions.ts";
import { fromWeb3 } from "./web3.ts";

const SYSTEM = system.SYSTEM_PROGRAM_ADDRESS;
const program = fc.constantFrom(SYSTEM, TOKEN, STAKE);
const space = fc.constantFrom(0n, 80n, 82n, 165n, 200n);
const nonce = fc.constantFrom(ours.nonce, ours.legacyNonce, theirs.nonce, theirs.blankNonce);
const seeds = fc.constantFrom(
  [ours.seedOfSystem, SYSTEM] as const,
  [ours.seedOfToken, TOKEN] as const,
  [ours.seedOfStake, STAKE] as const,
);
const seeded = fc
  .record({ seed: seeds, space, amount })
  .map(({ seed: [account, programAddress], ...rest }) => ({
    account,
    base: own.address,
    baseAccount: signer(own.address),
    seed: SEED,
    programAddress,
    ...rest,
  }));

const SYSTEM_INSTRUCTIONS: Readonly<Record<string, Arbitrary>> = {
  transfer: fc
    .record({ source: signing, destination: receiver, amount })
    .map((input) => system.getTransferSolInstruction(input)),
  transferWithSeed: fc.record({ from: seeded, destination: receiver, amount }).map(({ from, ...to }) =>
    system.getTransferSolWithSeedInstruction({
      ...to,
      source: from.account,
      baseAccount: from.baseAccount,
      fromSeed: SEED,
      fromOwner: from.programAddress,
    }),
  ),
  createAccount: fc
    .record({ payer: signing, newAccount: signing, lamports: amount, space, programAddress: program })
    .map((input) => system.getCreateAccountInstruction(input)),
  createAccountWithSeed: fc
    .record({ payer: signing, to: seeded, attack: fc.boolean() })
    .map(({ payer, to, attack }) =>
      system.getCreateAccountWithSeedInstruction({
        ...to,
        payer,
        ...(attack
          ? {
              newAccount: theirs.seeded,
              base: theirs.wallet,
              baseAccount: signer(theirs.wallet),
              programAddress: STAKE,
            }
          : { newAccount: to.account }),
      }),
    ),
  createAccountAllowPrefund: fc
    .record({ payer: signing, newAccount: signing, lamports: amount, space, programAddress: program })
    .map((input) => system.getCreateAccountAllowPrefundInstruction(input)),
  assign: fc
    .record({ account: signing, programAddress: program })
    .map((input) => system.getAssignInstruction(input)),
  assignWithSeed: seeded.map((input) => system.getAssignWithSeedInstruction(input)),
  allocate: fc.record({ newAccount: signing, space }).map((input) => system.getAllocateInstruction(input)),
  allocateWithSeed: seeded.map(({ account, ...input }) =>
    system.getAllocateWithSeedInstruction({ ...input, newAccount: account }),
  ),
  initializeNonceAccount: fc
    .record({ nonceAccount: nonce, nonceAuthority: key })
    .map((input) => system.getInitializeNonceAccountInstruction(input)),
  advanceNonceAccount: fc
    .record({ nonceAccount: nonce, nonceAuthority: signing })
    .map((input) => system.getAdvanceNonceAccountInstruction(input)),
  withdrawNonceAccount: fc
    .record({
      nonceAccount: nonce,
      recipientAccount: receiver,
      nonceAuthority: signing,
      withdrawAmount: amount,
    })
    .map((input) => system.getWithdrawNonceAccountInstruction(input)),
  authorizeNonceAccount: fc
    .record({ nonceAccount: nonce, nonceAuthority: signing, newNonceAuthority: key })
    .map((input) => system.getAuthorizeNonceAccountInstruction(input)),
  upgradeNonceAccount: nonce.map((nonceAccount) =>
    system.getUpgradeNonceAccountInstruction({ nonceAccount }),
  ),
};

const table = fc.record({
  lookupTable: fc.constantFrom(ours.table, ours.deadTable).map((address) => new PublicKey(address)),
  authority: key.map((address) => new PublicKey(address)),
});
const web3Key = key.map((address) => new PublicKey(address));
const first = ([instruction]: Instruction[]) => instruction;

const TABLE_INSTRUCTIONS: Readonly<Record<string, Arbitrary>> = {
  createLookupTable: fc
    .record({ authority: web3Key, payer: web3Key, recentSlot: fc.constantFrom(0, 99) })
    .map((input) => first(fromWeb3(AddressLookupTableProgram.createLookupTable(input)[0]))),
  freezeLookupTable: table.map((input) =>
    first(fromWeb3(AddressLookupTableProgram.freezeLookupTable(input))),
  ),
  extendLookupTable: fc
    .tuple(table, web3Key, fc.array(web3Key, { minLength: 1, maxLength: 5 }))
    .map(([input, payer, addresses]) =>
      first(fromWeb3(AddressLookupTableProgram.extendLookupTable({ ...input, payer, addresses }))),
    ),
  deactivateLookupTable: table.map((input) =>
    first(fromWeb3(AddressLookupTableProgram.deactivateLookupTable(input))),
  ),
  closeLookupTable: fc
    .tuple(table, web3Key)
    .map(([input, recipient]) =>
      first(fromWeb3(AddressLookupTableProgram.closeLookupTable({ ...input, recipient }))),
    ),
};

/** Token accounts of every wallet; one of ours exists. */
const associated = await Promise.all(
  [own.address, theirs.wallet, ours.multisig].flatMap((owner) =>
    [
      { mint: ours.mint, tokenProgram: TOKEN },
      { mint: ours.mint2022, tokenProgram: TOKEN_2022 },
    ].map(async (token) => ({
      ...token,
      owner,
      ata: (await findAssociatedTokenPda({ ...token, owner }))[0],
    })),
  ),
);
const account = fc
  .record({ of: fc.constantFrom(...associated), payer: signing })
  .map(({ of, payer }) => ({ ...of, payer }));

const ASSOCIATED_INSTRUCTIONS: Readonly<Record<string, Arbitrary>> = {
  create: account.map((input) => getCreateAssociatedTokenInstruction(input)),
  createIdempotent: account.map((input) => getCreateAssociatedTokenIdempotentInstruction(input)),
};

const units = fc.constantFrom(50_000, 1_000_000);

const BUDGET_INSTRUCTIONS: Readonly<Record<string, Arbitrary>> = {
  requestHeapFrame: fc.constant(budget.getRequestHeapFrameInstruction({ bytes: 65_536 })),
  setComputeUnitLimit: units.map((unit) => budget.getSetComputeUnitLimitInstruction({ units: unit })),
  setComputeUnitPrice: amount.map((microLamports) =>
    budget.getSetComputeUnitPriceInstruction({ microLamports }),
  ),
  setLoadedAccountsDataSizeLimit: fc.constant(
    budget.getSetLoadedAccountsDataSizeLimitInstruction({ accountDataSizeLimit: 10_000_000 }),
  ),
};

/** The machine does not have the newest one. */
const OLD_MEMOS = SUPPORTED_MEMO_PROGRAM_ADDRESSES.slice(0, 2);

const MEMO_INSTRUCTIONS: Readonly<Record<string, Arbitrary>> = {
  addMemo: fc
    .record({ signers: fc.array(signing, { maxLength: 2 }), programAddress: fc.constantFrom(...OLD_MEMOS) })
    .map(({ signers, programAddress }) =>
      getAddMemoInstruction({ memo: "memo", signers }, { programAddress }),
    ),
};

/** By the names that intents show; an undefined instruction is none. */
export const INSTRUCTIONS: ReadonlyMap<string, Arbitrary> = new Map(
  Object.entries({
    system: SYSTEM_INSTRUCTIONS,
    ...TOKEN_INSTRUCTIONS,
    stake: STAKE_INSTRUCTIONS,
    addressLookupTable: TABLE_INSTRUCTIONS,
    associatedToken: ASSOCIATED_INSTRUCTIONS,
    computeBudget: BUDGET_INSTRUCTIONS,
    memo: MEMO_INSTRUCTIONS,
  }).flatMap(([prefix, list]) =>
    Object.entries(list).map(([name, arbitrary]) => [`${prefix}.${name}`, arbitrary] as const),
  ),
);
