/** Random instructions of Token and Token-2022. */
import fc from "fast-check";
import type { Address, TransactionSigner } from "@solana/kit";
import * as token from "@solana-program/token";
import { own } from "./fixtures.ts";
import { amount, type Arbitrary, key, receiver, signing } from "./svm-choices.ts";
import { NATIVE_MINT, NATIVE_MINT_2022, ours, signer, theirs, TOKEN, TOKEN_2022 } from "./svm-world.ts";

interface Authority {
  readonly authority: Address | TransactionSigner;
  readonly multiSigners: TransactionSigner[];
}

interface TokenWorld {
  readonly programAddress: Address;
  readonly accounts: readonly Address[];
  readonly mints: readonly Address[];
  readonly blank: Address;
  readonly blankMint: Address;
  readonly blankMultisig: Address;
  readonly blankImmutable: Address;
}

const TOKENS = {
  token: {
    programAddress: TOKEN,
    accounts: [ours.token, ours.ata, ours.wrapped, ours.multisigToken, ours.frozen, theirs.token],
    mints: [ours.mint, ours.mint, NATIVE_MINT],
    blank: theirs.blankToken,
    blankMint: theirs.blankMint,
    blankMultisig: theirs.blankMultisig,
    blankImmutable: theirs.blankToken,
  },
  token2022: {
    programAddress: TOKEN_2022,
    accounts: [ours.token2022, ours.frozen2022, ours.empty2022, ours.wrapped2022, theirs.token2022],
    mints: [ours.mint2022, ours.mint2022, NATIVE_MINT_2022],
    blank: theirs.blankToken2022,
    blankMint: theirs.blankMint2022,
    blankMultisig: theirs.blankMultisig2022,
    blankImmutable: theirs.blankImmutable,
  },
} as const satisfies Record<string, TokenWorld>;

function tokenInstructions({ programAddress, ...world }: TokenWorld): Readonly<Record<string, Arbitrary>> {
  const config = { programAddress };
  const account = fc.constantFrom(...world.accounts);
  const mint = fc.constantFrom(...world.mints);
  const blank = fc.constantFrom(world.blank, world.blank, ...world.accounts);
  // A multisig signs through its members.
  const authority = fc.oneof(
    signing.map((ownSigner): Authority => ({ authority: ownSigner, multiSigners: [] })),
    fc.constant<Authority>({ authority: ours.multisig, multiSigners: [signer(own.address)] }),
  );
  const owner = authority.map(({ authority: named, multiSigners }) => ({ owner: named, multiSigners }));
  const move = fc.record({ source: account, mint, destination: account, amount, decimals: fc.constant(0) });
  const both = <A, B>(a: fc.Arbitrary<A>, b: fc.Arbitrary<B>) =>
    fc.tuple(a, b).map(([first, second]) => ({ ...first, ...second }));
  const minting = authority.map((chosen) => ({
    mintAuthority: chosen.authority,
    multiSigners: chosen.multiSigners,
  }));
  const newMint = fc.record({
    mint: fc.constantFrom(world.blankMint, ...world.mints),
    decimals: fc.constant(0),
    mintAuthority: key,
    freezeAuthority: fc.option(key),
  });
  const multisig = fc.record({
    multisig: fc.constantFrom(world.blankMultisig, ours.multisig),
    m: fc.constant(1),
    signers: fc.array(key, { minLength: 1, maxLength: 3 }),
  });
  const newAccount = fc.record({ account: blank, mint, owner: key });
  const freezing = both(fc.record({ account, mint }), owner);
  const rest = both(fc.record({ source: account, destination: receiver }), authority);
  const setting = fc.record({
    owned: fc.constantFrom(...world.accounts, ...world.mints),
    authorityType: fc.constantFrom(0, 1, 2, 3),
    newAuthority: fc.option(key),
  });
  const unwrapLamports = both(rest, fc.record({ amount: fc.option(amount) })).map((input) =>
    token.getUnwrapLamportsInstruction(input, config),
  );
  return {
    ...(programAddress === TOKEN ? { unwrapLamports } : {}),
    transfer: both(move, authority).map((input) => token.getTransferInstruction(input, config)),
    transferChecked: both(move, authority).map((input) => token.getTransferCheckedInstruction(input, config)),
    mintTo: both(move, minting).map((input) =>
      token.getMintToInstruction({ ...input, token: input.destination }, config),
    ),
    mintToChecked: both(move, minting).map((input) =>
      token.getMintToCheckedInstruction({ ...input, token: input.destination }, config),
    ),
    burn: both(move, authority).map((input) =>
      token.getBurnInstruction({ ...input, account: input.source }, config),
    ),
    burnChecked: both(move, authority).map((input) =>
      token.getBurnCheckedInstruction({ ...input, account: input.source }, config),
    ),
    approve: both(both(move, owner), fc.record({ delegate: key })).map((input) =>
      token.getApproveInstruction(input, config),
    ),
    approveChecked: both(both(move, owner), fc.record({ delegate: key })).map((input) =>
      token.getApproveCheckedInstruction(input, config),
    ),
    revoke: both(move, owner).map((input) => token.getRevokeInstruction(input, config)),
    setAuthority: both(setting, owner).map((input) => token.getSetAuthorityInstruction(input, config)),
    closeAccount: both(fc.record({ account, destination: receiver }), owner).map((input) =>
      token.getCloseAccountInstruction(input, config),
    ),
    withdrawExcessLamports: rest.map((input) => token.getWithdrawExcessLamportsInstruction(input, config)),
    freezeAccount: freezing.map((input) => token.getFreezeAccountInstruction(input, config)),
    thawAccount: freezing.map((input) => token.getThawAccountInstruction(input, config)),
    syncNative: account.map((place) => token.getSyncNativeInstruction({ account: place }, config)),
    initializeMint: newMint.map((input) => token.getInitializeMintInstruction(input, config)),
    initializeMint2: newMint.map((input) => token.getInitializeMint2Instruction(input, config)),
    initializeAccount: newAccount.map((input) => token.getInitializeAccountInstruction(input, config)),
    initializeAccount2: newAccount.map((input) => token.getInitializeAccount2Instruction(input, config)),
    initializeAccount3: newAccount.map((input) => token.getInitializeAccount3Instruction(input, config)),
    initializeMultisig: multisig.map((input) => token.getInitializeMultisigInstruction(input, config)),
    initializeMultisig2: multisig.map((input) => token.getInitializeMultisig2Instruction(input, config)),
    initializeImmutableOwner: fc
      .constantFrom(world.blankImmutable, ...world.accounts)
      .map((place) => token.getInitializeImmutableOwnerInstruction({ account: place }, config)),
    getAccountDataSize: mint.map((place) => token.getGetAccountDataSizeInstruction({ mint: place }, config)),
    amountToUiAmount: mint.map((place) =>
      token.getAmountToUiAmountInstruction({ mint: place, amount: 1n }, config),
    ),
    uiAmountToAmount: mint.map((place) =>
      token.getUiAmountToAmountInstruction({ mint: place, uiAmount: "1" }, config),
    ),
  };
}

export const TOKEN_INSTRUCTIONS = {
  token: tokenInstructions(TOKENS.token),
  token2022: tokenInstructions(TOKENS.token2022),
};
