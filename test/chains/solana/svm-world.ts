/** A Solana virtual machine with one account of every kind that our key controls, and an attacker who has keys of their own. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  type Address,
  address,
  createNoopSigner,
  getAddressEncoder,
  getTransactionDecoder,
  type Instruction,
  lamports,
  none,
  type ReadonlyUint8Array,
  some,
} from "@solana/kit";
import { getNonceEncoder, NonceState, NonceVersion, SYSTEM_PROGRAM_ADDRESS } from "@solana-program/system";
import {
  AccountState,
  findAssociatedTokenPda,
  getMintEncoder,
  getMultisigEncoder,
  getTokenEncoder,
  TOKEN_PROGRAM_ADDRESS,
} from "@solana-program/token";
import { base58 } from "@scure/base";
import { PublicKey, VoteInit, VoteProgram } from "@solana/web3.js";
import { BLOCKHASH, friend, own, testKey, wireOf } from "./fixtures.ts";
import { fromWeb3 } from "./web3.ts";

const litesvm = await import("litesvm").catch(() => undefined);
export const skip = litesvm === undefined && "litesvm's native part does not load on this platform";

export type Machine = InstanceType<NonNullable<typeof litesvm>["LiteSVM"]>;

export const TOKEN = TOKEN_PROGRAM_ADDRESS;
export const TOKEN_2022 = address("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb");
export const STAKE = address("Stake11111111111111111111111111111111111111");
export const TABLES = address("AddressLookupTab1e1111111111111111111111111");
export const NATIVE_MINT_2022 = address("9pan9bMn5HatX4EJdBwg9VgCa7Uz5HL8N1m5D3NdXej9");
export const NATIVE_MINT = address("So11111111111111111111111111111111111111112");
const SYSTEM = SYSTEM_PROGRAM_ADDRESS;

const SOL = 1_000_000_000n;
const name = (byte: number): Address => testKey(byte).address;

/** Base58 of SHA-256(base, seed, owner): the address of a seed account. */
function seedAddress(base: Address, seed: string, owner: Address): Address {
  const bytes = [base, owner].map((text) => Buffer.from(base58.decode(text)));
  const hash = createHash("sha256")
    .update(bytes[0] ?? "")
    .update(seed)
    .update(bytes[1] ?? "");
  return address(base58.encode(new Uint8Array(hash.digest())));
}

export const SEED = "savings";
const ata = (await findAssociatedTokenPda({ owner: own.address, mint: name(110), tokenProgram: TOKEN }))[0];

/** What our key controls. */
export const ours = {
  wallet: own.address,
  seedOfSystem: seedAddress(own.address, SEED, SYSTEM),
  seedOfToken: seedAddress(own.address, SEED, TOKEN),
  seedOfStake: seedAddress(own.address, SEED, STAKE),
  nonce: name(101),
  token: name(102),
  token2022: name(103),
  wrapped: name(104),
  multisig: name(105),
  multisigToken: name(106),
  stake: name(107),
  otherStake: name(108),
  table: name(109),
  mint: name(110),
  mint2022: name(111),
  frozen: name(112),
  frozen2022: name(113),
  empty2022: name(114),
  wrapped2022: name(115),
  legacyNonce: name(116),
  seededStake: name(117),
  activeStake: name(118),
  deadTable: name(119),
  ata,
} as const;

/** What the attacker controls; the blank ones have space and nothing in it. */
export const theirs = {
  wallet: friend.address,
  vote: name(134),
  fresh: name(120),
  token: name(121),
  token2022: name(122),
  stake: name(123),
  nonce: name(124),
  blankToken: name(125),
  blankToken2022: name(126),
  blankStake: name(127),
  blankNonce: name(128),
  blankMint: name(129),
  blankMultisig: name(130),
  blankMint2022: name(131),
  blankMultisig2022: name(132),
  /** With space for the extension. */
  blankImmutable: name(133),
  seeded: seedAddress(friend.address, SEED, STAKE),
} as const;

/** Addresses that can sign: our key, and keys of the attacker's. */
export const attackers: readonly Address[] = [theirs.wallet, theirs.fresh];

interface Stored {
  readonly lamports: bigint;
  readonly owner: Address;
  readonly data: ReadonlyUint8Array;
}

const empty = new Uint8Array();
const blank = (size: number) => new Uint8Array(size);

interface TokenOptions {
  readonly isNative?: boolean;
  readonly isFrozen?: boolean;
}

function tokenData(
  mint: Address,
  owner: Address,
  amount: bigint,
  { isNative = false, isFrozen = false }: TokenOptions = {},
): ReadonlyUint8Array {
  return getTokenEncoder().encode({
    mint,
    owner,
    amount,
    delegate: none(),
    state: isFrozen ? AccountState.Frozen : AccountState.Initialized,
    isNative: isNative ? some(2_039_280n) : none(),
    delegatedAmount: 0n,
    closeAuthority: none(),
  });
}

function mintData(authority: Address): ReadonlyUint8Array {
  return getMintEncoder().encode({
    mintAuthority: some(authority),
    supply: 10_000n,
    decimals: 0,
    isInitialized: true,
    freezeAuthority: some(authority),
  });
}

function nonceData(authority: Address, version = NonceVersion.Current): ReadonlyUint8Array {
  return getNonceEncoder().encode({
    version,
    state: NonceState.Initialized,
    authority,
    blockhash: address(BLOCKHASH),
    lamportsPerSignature: 5000n,
  });
}

function stakeData(authority: Address): ReadonlyUint8Array {
  const data = Buffer.alloc(200);
  data.writeUInt32LE(1, 0);
  data.set(getAddressEncoder().encode(authority), 12);
  data.set(getAddressEncoder().encode(authority), 44);
  return new Uint8Array(data);
}

/** Delegated before the first epoch, hence active at once. */
function activeStakeData(authority: Address): ReadonlyUint8Array {
  const data = Buffer.from(stakeData(authority));
  data.writeUInt32LE(2, 0);
  data.set(getAddressEncoder().encode(theirs.vote), 124);
  data.writeBigUInt64LE(4n * SOL, 156);
  data.writeBigUInt64LE(LAST, 164);
  data.writeBigUInt64LE(LAST, 172);
  data.writeDoubleLE(0.25, 180);
  return new Uint8Array(data);
}

const LAST = (1n << 64n) - 1n;

function tableData(authority: Address, deactivationSlot = LAST): ReadonlyUint8Array {
  const data = Buffer.alloc(56 + 32);
  data.writeUInt32LE(1, 0);
  data.writeBigUInt64LE(deactivationSlot, 4);
  data.set([1], 21);
  data.set(getAddressEncoder().encode(authority), 22);
  data.set(getAddressEncoder().encode(theirs.wallet), 56);
  return new Uint8Array(data);
}

const RENT = 5_000_000n;
const system = (balance: bigint): Stored => ({ lamports: balance, owner: SYSTEM, data: empty });
const of = (owner: Address, data: ReadonlyUint8Array, balance = RENT): Stored => ({
  lamports: balance,
  owner,
  data,
});
const multisig = getMultisigEncoder().encode({
  m: 1,
  n: 1,
  isInitialized: true,
  signers: [own.address, ...Array.from({ length: 10 }, () => SYSTEM)],
});

const WORLD: readonly (readonly [Address, Stored])[] = [
  [ours.wallet, system(10n * SOL)],
  [ours.seedOfSystem, system(3n * SOL)],
  [ours.seedOfToken, system(3n * SOL)],
  [ours.seedOfStake, system(3n * SOL)],
  [ours.nonce, of(SYSTEM, nonceData(own.address))],
  [ours.token, of(TOKEN, tokenData(ours.mint, own.address, 1000n))],
  [ours.token2022, of(TOKEN_2022, tokenData(ours.mint2022, own.address, 1000n))],
  [
    ours.wrapped,
    of(TOKEN, tokenData(NATIVE_MINT, own.address, 2n * SOL, { isNative: true }), 2n * SOL + 2_039_280n),
  ],
  [ours.multisig, of(TOKEN, multisig)],
  [ours.multisigToken, of(TOKEN, tokenData(ours.mint, ours.multisig, 1000n))],
  [ours.stake, of(STAKE, stakeData(own.address), 5n * SOL)],
  [ours.otherStake, of(STAKE, stakeData(own.address), 5n * SOL)],
  [ours.table, of(TABLES, tableData(own.address))],
  [ours.mint, of(TOKEN, mintData(own.address))],
  [ours.mint2022, of(TOKEN_2022, mintData(own.address))],
  [ours.ata, of(TOKEN, tokenData(ours.mint, own.address, 1000n))],
  [ours.frozen, of(TOKEN, tokenData(ours.mint, own.address, 1000n, { isFrozen: true }))],
  [ours.frozen2022, of(TOKEN_2022, tokenData(ours.mint2022, own.address, 1000n, { isFrozen: true }))],
  [ours.empty2022, of(TOKEN_2022, tokenData(ours.mint2022, own.address, 0n))],
  [
    ours.wrapped2022,
    of(TOKEN_2022, tokenData(NATIVE_MINT_2022, own.address, SOL, { isNative: true }), SOL + 2_039_280n),
  ],
  [ours.legacyNonce, of(SYSTEM, nonceData(own.address, NonceVersion.Legacy))],
  [ours.seededStake, of(STAKE, stakeData(ours.seedOfSystem), 5n * SOL)],
  [ours.activeStake, of(STAKE, activeStakeData(own.address), 5n * SOL)],
  [ours.deadTable, of(TABLES, tableData(own.address, 1n))],
  [theirs.wallet, system(10n * SOL)],
  [theirs.fresh, system(0n)],
  [theirs.token, of(TOKEN, tokenData(ours.mint, friend.address, 10n))],
  [theirs.token2022, of(TOKEN_2022, tokenData(ours.mint2022, friend.address, 10n))],
  [theirs.stake, of(STAKE, stakeData(friend.address), 5n * SOL)],
  [theirs.nonce, of(SYSTEM, nonceData(friend.address))],
  [theirs.blankToken, of(TOKEN, blank(165))],
  [theirs.blankToken2022, of(TOKEN_2022, blank(165))],
  [theirs.blankStake, of(STAKE, blank(200))],
  [theirs.blankNonce, of(SYSTEM, blank(80))],
  [theirs.blankMint, of(TOKEN, blank(82))],
  [theirs.blankMultisig, of(TOKEN, blank(355))],
  [theirs.blankMint2022, of(TOKEN_2022, blank(82))],
  [theirs.blankMultisig2022, of(TOKEN_2022, blank(355))],
  [theirs.blankImmutable, of(TOKEN_2022, blank(170))],
  [theirs.seeded, system(0n)],
];

/** A machine that takes any signature: who has to sign is checked here, by `attackers`. */
export function newMachine(): Machine {
  assert.ok(litesvm !== undefined);
  const svm = new litesvm.LiteSVM().withSigverify(false).withBlockhashCheck(false).withTransactionHistory(0n);
  const clock = svm.getClock();
  clock.slot = 100n;
  svm.setClock(clock);
  reset(svm);
  assert.equal(attack(svm, newVoteAccount()), undefined);
  return svm;
}

function newVoteAccount(): readonly Instruction[] {
  const wallet = new PublicKey(theirs.wallet);
  const voteInit = new VoteInit(new PublicKey(theirs.fresh), wallet, wallet, 0);
  return fromWeb3(
    VoteProgram.createAccount({
      fromPubkey: wallet,
      votePubkey: new PublicKey(theirs.vote),
      voteInit,
      lamports: Number(SOL),
    }),
  );
}

/** Puts every account back, or `only` some. */
export function reset(svm: Machine, only?: readonly Address[]): void {
  for (const [account, { lamports: balance, owner, data }] of WORLD) {
    if (only?.includes(account) === false) continue;
    svm.setAccount({
      address: account,
      lamports: lamports(balance),
      programAddress: owner,
      data: new Uint8Array(data),
      executable: false,
      space: BigInt(data.length),
    });
  }
}

let sent = 0;

/** Undefined where the machine executed it, else its error. */
export function run(svm: Machine, wire: string): string | undefined {
  const transaction = getTransactionDecoder().decode(Buffer.from(wire, "base64"));
  sent += 1;
  const signature = Buffer.alloc(64);
  signature.writeUInt32LE(sent, 0);
  const signers = Object.keys(transaction.signatures);
  const signatures = Object.fromEntries(signers.map((signer) => [signer, new Uint8Array(signature)]));
  // Every signature of a transaction is the same stand-in.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const full = { ...transaction, signatures } as typeof transaction;
  const result = svm.sendTransaction(full);
  return "err" in result ? String(result.err()) : undefined;
}

/** Runs what the attacker signs alone. */
export function attack(svm: Machine, instructions: readonly Instruction[]): string | undefined {
  return run(svm, wireOf(instructions, { feePayer: theirs.wallet }));
}

export const signer = createNoopSigner;
