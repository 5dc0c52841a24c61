/** Signed transactions on a real Solana virtual machine (litesvm), which checks signatures and executes programs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  getAdvanceNonceAccountInstruction,
  getCreateAccountInstruction,
  getInitializeNonceAccountInstruction,
  getNonceDecoder,
  getNonceSize,
  getTransferSolInstruction,
  SYSTEM_PROGRAM_ADDRESS,
} from "@solana-program/system";
import {
  findAssociatedTokenPda,
  getCreateAssociatedTokenIdempotentInstruction,
  getInitializeMint2Instruction,
  getMintSize,
  getMintToInstruction,
  getTokenDecoder,
  getTransferCheckedInstruction,
  TOKEN_PROGRAM_ADDRESS,
} from "@solana-program/token";
import {
  getSetComputeUnitLimitInstruction,
  getSetComputeUnitPriceInstruction,
} from "@solana-program/compute-budget";
import { type Address, getTransactionDecoder, type Instruction, lamports } from "@solana/kit";
import { member } from "./json.ts";
import { complete, decodeTransaction, friend, own, stranger, testKey, text, wireOf } from "./fixtures.ts";

const litesvm = await import("litesvm").catch(() => undefined);
const skip = litesvm === undefined && "litesvm's native part does not load on this platform";
const START = 10_000_000_000n;

type Machine = InstanceType<NonNullable<typeof litesvm>["LiteSVM"]>;

function machine(): Machine {
  assert.ok(litesvm !== undefined);
  const svm = new litesvm.LiteSVM();
  svm.airdrop(own.address, lamports(START));
  svm.airdrop(friend.address, lamports(START));
  return svm;
}

/** Undefined where the machine executed the wire transaction, else its error. */
function send(svm: Machine, wire: string): string | undefined {
  assert.ok(litesvm !== undefined);
  const result = svm.sendTransaction(getTransactionDecoder().decode(Buffer.from(wire, "base64")));
  return "err" in result ? result.toString() : undefined;
}

function signed(instructions: readonly Instruction[], svm: Machine, version: "legacy" | 0 = 0): string {
  return signedWith(instructions, svm.latestBlockhash(), version);
}

function signedWith(
  instructions: readonly Instruction[],
  lifetime: string,
  version: "legacy" | 0 = 0,
): string {
  const decoded = decodeTransaction(wireOf(instructions, { version, lifetime }));
  return text(complete(decoded)["signedTransaction"]);
}

function balance(svm: Machine, account: Address): bigint {
  return svm.getBalance(account) ?? 0n;
}

const transfer = getTransferSolInstruction({
  source: own.signer,
  destination: stranger.address,
  amount: 1_000_000n,
});

test("execution: a corrupted signature is refused", { skip }, () => {
  const svm = machine();
  const wire = Buffer.from(signed([transfer], svm), "base64");
  wire[10] = (wire[10] ?? 0) ^ 1;
  assert.match(send(svm, wire.toString("base64")) ?? "", /SignatureFailure/i);
  assert.equal(balance(svm, stranger.address), 0n);
});

test("execution: an empty slot of a co-signer is refused until it signs", { skip }, () => {
  const svm = machine();
  const theirs = getTransferSolInstruction({
    source: friend.signer,
    destination: stranger.address,
    amount: 2_000_000n,
  });
  const partly = signed([transfer, theirs], svm);
  assert.throws(() => send(svm, partly), /missing signatures/);
  const full = text(complete(decodeTransaction(partly, friend), friend)["signedTransaction"]);
  assert.equal(send(svm, full), undefined);
  assert.equal(balance(svm, stranger.address), 3_000_000n);
});

for (const version of ["legacy", 0] as const) {
  test(
    `execution: a version ${version} transfer costs exactly the fee that the intent states`,
    { skip },
    () => {
      const svm = machine();
      const instructions = [
        getSetComputeUnitPriceInstruction({ microLamports: 1_000_001n }),
        getSetComputeUnitLimitInstruction({ units: 10_000 }),
        transfer,
      ];
      const wire = signed(instructions, svm, version);
      const { intent } = decodeTransaction(wire);
      assert.equal(intent.fee?.max, "15001");
      assert.equal(send(svm, wire), undefined);
      assert.equal(balance(svm, stranger.address), 1_000_000n);
      assert.equal(balance(svm, own.address), START - 1_000_000n - 15_001n);
    },
  );
}

test(
  "execution: an SPL token transfer to a new associated account; its rent is the one stated",
  { skip },
  async () => {
    const svm = machine();
    const mint = testKey(40);
    const size = getMintSize();
    const rent = svm.minimumBalanceForRentExemption(BigInt(size));
    const ownAta = await associated(own.address, mint.address);
    const friendAta = await associated(friend.address, mint.address);
    const setUp = [
      getCreateAccountInstruction({
        payer: own.signer,
        newAccount: mint.signer,
        lamports: rent,
        space: size,
        programAddress: TOKEN_PROGRAM_ADDRESS,
      }),
      getInitializeMint2Instruction({ mint: mint.address, decimals: 6, mintAuthority: own.address }),
      createAssociated(own.address, mint.address, ownAta),
      getMintToInstruction({ mint: mint.address, token: ownAta, mintAuthority: own.signer, amount: 100n }),
    ];
    const partly = signed(setUp, svm);
    const made = text(complete(decodeTransaction(partly, mint), mint)["signedTransaction"]);
    assert.equal(send(svm, made), undefined);

    const before = balance(svm, own.address);
    const move = signed(
      [
        createAssociated(friend.address, mint.address, friendAta),
        getTransferCheckedInstruction({
          source: ownAta,
          mint: mint.address,
          destination: friendAta,
          authority: own.signer,
          amount: 30n,
          decimals: 6,
        }),
      ],
      svm,
    );
    const { intent } = decodeTransaction(move);
    assert.equal(send(svm, move), undefined);
    assert.equal(tokens(svm, friendAta).amount, 30n);
    assert.equal(tokens(svm, friendAta).owner, member(intent.calls[1]?.args, "destinationOwner"));
    assert.equal(tokens(svm, ownAta).amount, 70n);
    assert.equal((before - balance(svm, own.address)).toString(), intent.fee?.max);
  },
);

test(
  "execution: a durable nonce transfer is accepted after the blockhash expired, its replay is not",
  { skip },
  () => {
    const svm = machine();
    const nonce = testKey(41);
    const size = getNonceSize();
    const create = [
      getCreateAccountInstruction({
        payer: own.signer,
        newAccount: nonce.signer,
        lamports: svm.minimumBalanceForRentExemption(BigInt(size)),
        space: size,
        programAddress: SYSTEM_PROGRAM_ADDRESS,
      }),
      getInitializeNonceAccountInstruction({ nonceAccount: nonce.address, nonceAuthority: own.address }),
    ];
    const made = text(complete(decodeTransaction(signed(create, svm), nonce), nonce)["signedTransaction"]);
    assert.equal(send(svm, made), undefined);

    const advance = getAdvanceNonceAccountInstruction({
      nonceAccount: nonce.address,
      nonceAuthority: own.signer,
    });
    const wire = signedWith([advance, transfer], nonceValue(svm, nonce.address));
    assert.equal(member(decodeTransaction(wire).intent.solana, "durableNonce"), true);
    svm.expireBlockhash();
    assert.equal(send(svm, wire), undefined);
    assert.equal(balance(svm, stranger.address), 1_000_000n);
    svm.expireBlockhash();
    assert.notEqual(send(svm, wire), undefined);
    assert.equal(balance(svm, stranger.address), 1_000_000n);
  },
);

test(
  "execution: a System transfer with a trailing byte does execute, which is why it is opaque",
  { skip },
  () => {
    const svm = machine();
    const longer = { ...transfer, data: new Uint8Array([...transfer.data, 0]) };
    const wire = signed([longer], svm);
    assert.equal(decodeTransaction(wire).intent.opaque, true);
    assert.equal(send(svm, wire), undefined);
    assert.equal(balance(svm, stranger.address), 1_000_000n);
  },
);

async function associated(owner: Address, mint: Address): Promise<Address> {
  const [account] = await findAssociatedTokenPda({ owner, mint, tokenProgram: TOKEN_PROGRAM_ADDRESS });
  return account;
}

function createAssociated(owner: Address, mint: Address, ata: Address): Instruction {
  return getCreateAssociatedTokenIdempotentInstruction({ payer: own.signer, ata, owner, mint });
}

function tokens(svm: Machine, account: Address) {
  return getTokenDecoder().decode(accountData(svm, account));
}

function nonceValue(svm: Machine, account: Address): string {
  return getNonceDecoder().decode(accountData(svm, account)).blockhash;
}

function accountData(svm: Machine, account: Address) {
  const found = svm.getAccount(account);
  assert.ok(found.exists);
  return found.data;
}
