/** Intents of System, Compute Budget and Memo instructions, and of whatever is not known. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  getAdvanceNonceAccountInstruction,
  getAssignInstruction,
  getAuthorizeNonceAccountInstruction,
  getCreateAccountAllowPrefundInstruction,
  getCreateAccountInstruction,
  getCreateAccountWithSeedInstruction,
  getInitializeNonceAccountInstruction,
  getTransferSolInstruction,
  getTransferSolWithSeedInstruction,
  getWithdrawNonceAccountInstruction,
  SYSTEM_PROGRAM_ADDRESS,
} from "@solana-program/system";
import {
  getRequestHeapFrameInstruction,
  getRequestUnitsInstruction,
  getSetComputeUnitLimitInstruction,
  getSetComputeUnitPriceInstruction,
  getSetLoadedAccountsDataSizeLimitInstruction,
} from "@solana-program/compute-budget";
import { getAddMemoInstruction, SUPPORTED_MEMO_PROGRAM_ADDRESSES } from "@solana-program/memo";
import { AccountRole, address, type Instruction } from "@solana/kit";
import { member } from "./json.ts";
import { friend, intentOf, own, refuses, stranger } from "./fixtures.ts";

const MAX = ((1n << 64n) - 1n).toString();
const transfer = getTransferSolInstruction({ source: own.signer, destination: friend.address, amount: 5n });
const program = stranger.address;

/** An instruction of an unknown program. */
const unknown: Instruction = {
  programAddress: program,
  accounts: [{ address: own.address, role: AccountRole.WRITABLE_SIGNER }],
  data: new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8, 9]),
};

test("opaque: an unknown program", () => {
  const intent = intentOf([transfer, unknown]);
  assert.equal(intent.opaque, true);
  assert.deepEqual(intent.opaqueCauses, ["unknownProgram"]);
  assert.equal(intent.opaqueReason, `unknown program ${program}`);
  assert.deepEqual(intent.calls[1], {
    to: program,
    value: "0",
    selector: "0x0102030405060708",
    data: "0x010203040506070809",
  });
  assert.equal(intent.transfers.length, 1);
});

test("opaque: a System transfer with a trailing byte, which the program would execute", () => {
  const intent = intentOf([{ ...transfer, data: new Uint8Array([...transfer.data, 0]) }]);
  assert.equal(intent.opaque, true);
  assert.deepEqual(intent.opaqueCauses, ["unknownForm"]);
  assert.match(intent.opaqueReason ?? "", /inexact instruction of 11111111111111111111111111111111/);
  assert.deepEqual(intent.calls, [
    { to: SYSTEM_PROGRAM_ADDRESS, value: "0", selector: "0x02000000", data: "0x02000000050000000000000000" },
  ]);
  assert.deepEqual(intent.transfers, []);
});

test("opaque: a System transfer with one account, and an instruction that System does not have", () => {
  const causes = (change: Partial<Instruction>) => intentOf([{ ...transfer, ...change }]).opaqueCauses;
  assert.deepEqual(causes({ accounts: transfer.accounts.slice(0, 1) }), ["unknownForm"]);
  assert.deepEqual(causes({ data: new Uint8Array([99, 0, 0, 0]) }), ["unknownCall"]);
  const [bare] = intentOf([{ ...transfer, data: new Uint8Array() }]).calls;
  assert.deepEqual([bare?.selector, bare?.data], [null, "0x"]);
});

test("opaque: the retired compute-budget request is refused", () => {
  const retired = getRequestUnitsInstruction({ units: 1, additionalFee: 2 });
  refuses(() => intentOf([transfer, retired]), "transaction.invalid", /compute-budget instruction/);
});

test("opaque: a memo that is not UTF-8", () => {
  const memo = {
    programAddress: SUPPORTED_MEMO_PROGRAM_ADDRESSES[0],
    accounts: [],
    data: new Uint8Array([0xff]),
  };
  assert.equal(intentOf([memo]).opaque, true);
});

test("system.transfer: lamports from our key", () => {
  const intent = intentOf([transfer]);
  assert.equal(intent.opaque, false);
  assert.equal("opaqueReason" in intent, false);
  assert.deepEqual(intent.transfers, [
    { asset: "native", from: own.address, to: friend.address, amount: "5", ownChange: false },
  ]);
  assert.deepEqual(intent.allowances, []);
  assert.deepEqual(intent.calls, [
    {
      to: SYSTEM_PROGRAM_ADDRESS,
      value: "0",
      selector: "0x02000000",
      data: "0x020000000500000000000000",
      function: "system.transfer",
      args: { source: own.address, destination: friend.address, amount: "5" },
    },
  ]);
  assert.deepEqual(intent.fee, { asset: "native", max: "5000" });
});

test("system.transfer: to ourselves is own change; of another signer it is listed as theirs", () => {
  const intent = intentOf([
    getTransferSolInstruction({ source: own.signer, destination: own.address, amount: 1n }),
    getTransferSolInstruction({ source: friend.signer, destination: stranger.address, amount: 2n }),
  ]);
  assert.deepEqual(
    intent.transfers.map(({ from, to, ownChange }) => [from, to, ownChange]),
    [
      [own.address, own.address, true],
      [friend.address, stranger.address, false],
    ],
  );
  assert.equal(intent.fee?.max, "10000");
});

test("system.transferWithSeed: from the base key that signs", () => {
  const intent = intentOf([
    getTransferSolWithSeedInstruction({
      source: stranger.address,
      baseAccount: own.signer,
      destination: friend.address,
      amount: 9n,
      fromSeed: "seed é",
      fromOwner: program,
    }),
  ]);
  assert.deepEqual(intent.transfers, [
    { asset: "native", from: own.address, to: friend.address, amount: "9", ownChange: false },
  ]);
  assert.equal(member(intent.calls[0]?.args, "source"), stranger.address);
  assert.equal(member(intent.calls[0]?.args, "fromSeed"), "seed é");
});

test("system.createAccount*: the payer's lamports go to the new account", () => {
  const create = { payer: own.signer, space: 8n, programAddress: program };
  const intent = intentOf([
    getCreateAccountInstruction({ ...create, newAccount: friend.signer, lamports: 11n }),
    getCreateAccountWithSeedInstruction({
      ...create,
      newAccount: stranger.address,
      baseAccount: own.signer,
      base: own.address,
      seed: "x",
      amount: 12n,
    }),
    getCreateAccountAllowPrefundInstruction({ ...create, newAccount: friend.signer, lamports: 13n }),
  ]);
  assert.equal(intent.opaque, false);
  assert.deepEqual(
    intent.transfers.map(({ to, amount }) => [to, amount]),
    [
      [friend.address, "11"],
      [stranger.address, "12"],
      [friend.address, "13"],
    ],
  );
  // Prefunded lamports become the program's.
  assert.deepEqual(intent.allowances, [{ asset: "*", owner: friend.address, spender: program, amount: MAX }]);
});

test("system.assign and createAccount at our address: everything we own becomes the program's", () => {
  const assigned = [{ asset: "*", owner: own.address, spender: program, amount: MAX }];
  assert.deepEqual(
    intentOf([getAssignInstruction({ account: own.signer, programAddress: program })]).allowances,
    assigned,
  );
  assert.deepEqual(
    intentOf(
      [
        getCreateAccountInstruction({
          payer: friend.signer,
          newAccount: own.signer,
          lamports: 1n,
          space: 0n,
          programAddress: program,
        }),
      ],
      { feePayer: friend.address },
    ).allowances,
    assigned,
  );
});

test("nonce accounts: withdrawing is a transfer, a new authority an allowance too", () => {
  const intent = intentOf([
    getWithdrawNonceAccountInstruction({
      nonceAccount: stranger.address,
      recipientAccount: friend.address,
      nonceAuthority: own.signer,
      withdrawAmount: 3n,
    }),
    getAuthorizeNonceAccountInstruction({
      nonceAccount: stranger.address,
      nonceAuthority: own.signer,
      newNonceAuthority: friend.address,
    }),
    getInitializeNonceAccountInstruction({ nonceAccount: stranger.address, nonceAuthority: own.address }),
  ]);
  assert.equal(intent.opaque, false);
  assert.deepEqual(intent.transfers, [
    { asset: "native", from: own.address, to: friend.address, amount: "3", ownChange: false },
  ]);
  assert.deepEqual(intent.allowances, [
    { asset: "native", owner: own.address, spender: friend.address, amount: MAX },
  ]);
  assert.equal(member(intent.solana, "durableNonce"), false);
});

test("durable nonce: only where the first instruction advances it, trailing bytes or not", () => {
  const advance = getAdvanceNonceAccountInstruction({
    nonceAccount: friend.address,
    nonceAuthority: own.signer,
  });
  const longer = { ...advance, data: new Uint8Array([...advance.data, 0]) };
  assert.equal(member(intentOf([advance, transfer]).solana, "durableNonce"), true);
  assert.equal(member(intentOf([longer, transfer]).solana, "durableNonce"), true);
  assert.equal(intentOf([longer, transfer]).opaque, true);
  assert.equal(member(intentOf([transfer, advance]).solana, "durableNonce"), false);
  assert.equal(member(intentOf([transfer]).solana, "durableNonce"), false);
});

test("memo: text of every memo program, with its signers", () => {
  for (const programAddress of SUPPORTED_MEMO_PROGRAM_ADDRESSES) {
    const [call] = intentOf([
      getAddMemoInstruction({ memo: "héllo", signers: [own.signer] }, { programAddress }),
    ]).calls;
    assert.deepEqual(call, {
      to: programAddress,
      value: "0",
      selector: null,
      data: "0x68c3a96c6c6f",
      function: "memo.addMemo",
      args: { memo: "héllo", signers: [own.address] },
    });
  }
});

test("fee: 5,000 lamports a signature and the bid, rounded up", () => {
  assert.equal(fee(transfer, bid(1n), units(1)), "5001");
  assert.equal(fee(transfer, bid(1_000_000n), units(300_000)), "305000");
  // 200,000 units for each of two instructions where no limit is set.
  assert.equal(fee(transfer, bid(1_000_000n)), "405000");
  // The cluster takes no more than 1,400,000 units.
  assert.equal(fee(transfer, bid(1_000_000n), units(0xffff_ffff)), "1405000");
  assert.equal(fee(transfer, bid((1n << 64n) - 1n), units(1_400_000)), "25825441703193377261");
});

test("fee: heap and data size requests cost nothing; signature programs charge what they verify", () => {
  const quiet = [
    getRequestHeapFrameInstruction({ bytes: 65_536 }),
    getSetLoadedAccountsDataSizeLimitInstruction({ accountDataSizeLimit: 1 }),
  ];
  assert.equal(intentOf([transfer, ...quiet]).fee?.max, "5000");
  assert.equal(intentOf([transfer, ...quiet]).opaque, false);
  const verify: Instruction = {
    programAddress: address("Ed25519SigVerify111111111111111111111111111"),
    data: new Uint8Array([3, 0]),
  };
  assert.equal(intentOf([transfer, verify]).fee?.max, "20000");
});

test("fee: none where another pays it", () => {
  assert.equal("fee" in intentOf([transfer], { feePayer: friend.address }), false);
});

test("full decode: version, payer, signers, roles and instructions by index", () => {
  const intent = intentOf([transfer], { version: "legacy", feePayer: friend.address });
  assert.deepEqual(intent.solana, {
    version: "legacy",
    feePayer: friend.address,
    signers: [friend.address, own.address],
    lifetimeToken: "GHtXQBsoZHVnNFa9YevAzFr17DJjgHXk3ycTKD5xD3Zi",
    durableNonce: false,
    accounts: [
      { address: friend.address, signer: true, writable: true },
      { address: own.address, signer: true, writable: true },
      { address: SYSTEM_PROGRAM_ADDRESS, signer: false, writable: false },
    ],
    instructions: [{ accounts: [1, 0] }],
    addressLookupTables: [],
    fee: { signatures: "0", priority: "0", rent: "0" },
  });
});

function bid(microLamports: bigint): Instruction {
  return getSetComputeUnitPriceInstruction({ microLamports });
}

function units(limit: number): Instruction {
  return getSetComputeUnitLimitInstruction({ units: limit });
}

function fee(...instructions: readonly Instruction[]): string | undefined {
  return intentOf(instructions).fee?.max;
}
