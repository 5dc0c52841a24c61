/** Intents of Token, Token-2022 and Associated Token instructions, and of address lookup tables. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AuthorityType,
  findAssociatedTokenPda,
  getApproveCheckedInstruction,
  getApproveInstruction,
  getBatchInstruction,
  getBurnCheckedInstruction,
  getBurnInstruction,
  getCloseAccountInstruction,
  getCreateAssociatedTokenIdempotentInstruction,
  getCreateAssociatedTokenInstruction,
  getFreezeAccountInstruction,
  getInitializeAccount3Instruction,
  getInitializeMint2Instruction,
  getInitializeMultisig2Instruction,
  getMintToCheckedInstruction,
  getMintToInstruction,
  getRecoverNestedAssociatedTokenInstructionAsync,
  getRevokeInstruction,
  getSetAuthorityInstruction,
  getSyncNativeInstruction,
  getThawAccountInstruction,
  getTransferCheckedInstruction,
  getTransferInstruction,
  getUnwrapLamportsInstruction,
  getWithdrawExcessLamportsInstruction,
  TOKEN_PROGRAM_ADDRESS,
} from "@solana-program/token";
import { AccountRole, address, type Address, type Instruction } from "@solana/kit";
import { friend, intentOf, own, refuses, stranger, testKey } from "./fixtures.ts";
import { member } from "./json.ts";

const TOKEN_2022 = address("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb");
const MAX = ((1n << 64n) - 1n).toString();
const mint = testKey(10).address;
const source = testKey(11).address;
const destination = testKey(12).address;
const PROGRAMS = [
  ["token", TOKEN_PROGRAM_ADDRESS],
  ["token2022", TOKEN_2022],
] as const;

const checked = { source, mint, destination, authority: own.signer, amount: 7n, decimals: 6 };

test("opaque: a batch of token instructions", () => {
  assert.equal(intentOf([getBatchInstruction([close(own.address)])]).opaque, true);
});

test("opaque: recovering a nested associated account", async () => {
  const recover = await getRecoverNestedAssociatedTokenInstructionAsync({
    nestedTokenMintAddress: mint,
    ownerTokenMintAddress: testKey(13).address,
    walletAddress: own.signer,
    tokenProgram: TOKEN_PROGRAM_ADDRESS,
  });
  assert.equal(intentOf([recover]).opaque, true);
});

test("opaque: Token-2022 extensions other than the transfer with a fee", () => {
  for (const data of [[26, 2], [26, 0], [27, 1], [36, 0], [30, 0], [35], [25, 0]]) {
    const instruction = { programAddress: TOKEN_2022, accounts: feeAccounts(), data: new Uint8Array(data) };
    assert.equal(intentOf([instruction]).opaque, true, String(data));
  }
});

test("opaque: an authority that only Token-2022 has", () => {
  const usual = getSetAuthorityInstruction(
    { owned: mint, owner: own.signer, authorityType: AuthorityType.MintTokens, newAuthority: friend.address },
    { programAddress: TOKEN_2022 },
  );
  const data = new Uint8Array(usual.data);
  data[1] = 8;
  assert.equal(intentOf([{ ...usual, data }]).opaque, true);
});

test("opaque: a multisig of more signers than the program takes", () => {
  const signers = Array.from({ length: 12 }, (_, index) => testKey(100 + index).address);
  const make = (count: number) =>
    intentOf([
      getInitializeMultisig2Instruction({ multisig: source, m: 1, signers: signers.slice(0, count) }),
    ]);
  assert.deepEqual(make(12).opaqueCauses, ["unknownForm"]);
  assert.equal(make(11).control.length, 11);
});

test("opaque: the rest of an account goes to someone else", () => {
  const excess = { source, authority: own.signer };
  for (const instruction of [
    close(friend.address),
    getWithdrawExcessLamportsInstruction({ ...excess, destination: friend.address }),
    getUnwrapLamportsInstruction({ ...excess, destination: friend.address, amount: null }),
  ]) {
    const intent = intentOf([instruction]);
    assert.equal(intent.opaque, true);
    assert.deepEqual(intent.opaqueCauses, ["unstatedAmount"]);
    assert.match(intent.opaqueReason ?? "", /does not state/);
  }
  for (const instruction of [
    close(own.address),
    getWithdrawExcessLamportsInstruction({ ...excess, destination: own.address }),
    getUnwrapLamportsInstruction({ ...excess, destination: own.address, amount: null }),
  ]) {
    assert.equal(intentOf([instruction]).opaque, false);
  }
});

for (const [prefix, programAddress] of PROGRAMS) {
  const config = { programAddress };

  test(`${prefix}.transferChecked: names the mint; the recipient is the token account`, () => {
    const intent = intentOf([getTransferCheckedInstruction(checked, config)]);
    assert.equal(intent.opaque, false);
    assert.deepEqual(intent.transfers, [
      { asset: `spl:${mint}`, from: own.address, to: destination, amount: "7", ownChange: false },
    ]);
    assert.deepEqual(intent.calls, [
      {
        to: programAddress,
        value: "0",
        selector: "0x0c",
        data: "0x0c070000000000000006",
        function: `${prefix}.transferChecked`,
        args: { source, mint, destination, authority: own.address, amount: "7", decimals: 6 },
      },
    ]);
  });

  test(`${prefix}.transfer: names no mint, so the asset is the account`, () => {
    const intent = intentOf([
      getTransferInstruction({ source, destination, authority: own.signer, amount: 8n }, config),
    ]);
    assert.deepEqual(intent.transfers, [
      { asset: `spl-account:${source}`, from: own.address, to: destination, amount: "8", ownChange: false },
    ]);
  });

  test(`${prefix}.transferChecked with a trailing byte is opaque`, () => {
    const instruction = getTransferCheckedInstruction(checked, config);
    const intent = intentOf([{ ...instruction, data: new Uint8Array([...instruction.data, 0]) }]);
    assert.equal(intent.opaque, true);
    assert.deepEqual(intent.transfers, []);
  });

  test(`${prefix}.transferChecked under a multisig lists the co-signers`, () => {
    const multisig = testKey(14).address;
    const [call] = intentOf([
      getTransferCheckedInstruction(
        { ...checked, authority: multisig, multiSigners: [own.signer, friend.signer] },
        config,
      ),
    ]).calls;
    assert.equal(member(call?.args, "authority"), multisig);
    assert.deepEqual(member(call?.args, "otherAccounts"), [own.address, friend.address]);
  });

  test(`${prefix}: minting and burning count as the authority's transfers`, () => {
    const intent = intentOf([
      getMintToInstruction({ mint, token: destination, mintAuthority: own.signer, amount: 1n }, config),
      getMintToCheckedInstruction(
        { mint, token: destination, mintAuthority: own.signer, amount: 2n, decimals: 0 },
        config,
      ),
      getBurnInstruction({ account: source, mint, authority: own.signer, amount: 3n }, config),
      getBurnCheckedInstruction(
        { account: source, mint, authority: own.signer, amount: 4n, decimals: 0 },
        config,
      ),
    ]);
    assert.deepEqual(
      intent.transfers.map(({ asset, from, to, amount }) => [asset, from, to, amount]),
      [
        [`spl:${mint}`, own.address, destination, "1"],
        [`spl:${mint}`, own.address, destination, "2"],
        [`spl:${mint}`, own.address, mint, "3"],
        [`spl:${mint}`, own.address, mint, "4"],
      ],
    );
  });

  test(`${prefix}: approvals are allowances of the delegate`, () => {
    const approval = { source, delegate: friend.address, owner: own.signer };
    const intent = intentOf([
      getApproveInstruction({ ...approval, amount: 5n }, config),
      getApproveCheckedInstruction({ ...approval, mint, amount: 6n, decimals: 6 }, config),
      getRevokeInstruction({ source, owner: own.signer }, config),
    ]);
    assert.equal(intent.opaque, false);
    assert.deepEqual(intent.allowances, [
      { asset: `spl-account:${source}`, owner: own.address, spender: friend.address, amount: "5" },
      { asset: `spl:${mint}`, owner: own.address, spender: friend.address, amount: "6" },
    ]);
  });

  test(`${prefix}.setAuthority: the new authority may take everything`, () => {
    const intent = intentOf([
      authority(source, AuthorityType.AccountOwner, friend.address, programAddress),
      authority(source, AuthorityType.CloseAccount, friend.address, programAddress),
      authority(mint, AuthorityType.MintTokens, friend.address, programAddress),
      authority(mint, AuthorityType.FreezeAccount, friend.address, programAddress),
      authority(mint, AuthorityType.MintTokens, null, programAddress),
    ]);
    assert.equal(intent.opaque, false);
    assert.deepEqual(
      intent.allowances.map(({ asset, owner, spender, amount }) => [asset, owner, spender, amount]),
      [`spl-account:${source}`, `spl-account:${source}`, `spl:${mint}`, `spl:${mint}`].map((asset) => [
        asset,
        own.address,
        friend.address,
        MAX,
      ]),
    );
    assert.equal(member(intent.calls[0]?.args, "authorityType"), "AccountOwner");
    assert.equal(member(intent.calls[4]?.args, "newAuthority"), null);
  });

  test(`${prefix}: making, freezing and syncing accounts moves nothing`, () => {
    const intent = intentOf([
      getInitializeMint2Instruction({ mint, decimals: 6, mintAuthority: own.address }, config),
      getInitializeAccount3Instruction({ account: source, mint, owner: own.address }, config),
      getFreezeAccountInstruction({ account: source, mint, owner: own.signer }, config),
      getThawAccountInstruction({ account: source, mint, owner: own.signer }, config),
      getSyncNativeInstruction({ account: source }, config),
    ]);
    assert.equal(intent.opaque, false);
    assert.deepEqual([intent.transfers, intent.allowances], [[], []]);
    assert.deepEqual(
      intent.calls.map((call) => call.function),
      ["initializeMint2", "initializeAccount3", "freezeAccount", "thawAccount", "syncNative"].map(
        (name) => `${prefix}.${name}`,
      ),
    );
  });

  test(`${prefix}: creating the recipient's associated account proves whose it is`, async () => {
    const owner = friend.address;
    const [ata] = await findAssociatedTokenPda({ owner, mint, tokenProgram: programAddress });
    const creation = { payer: own.signer, ata, owner, mint, tokenProgram: programAddress };
    const move = getTransferCheckedInstruction({ ...checked, destination: ata }, config);
    const rent = prefix === "token" ? 2_039_280n : 2_248_080n;
    const first = getCreateAssociatedTokenInstruction(creation);
    for (const create of [
      getCreateAssociatedTokenIdempotentInstruction(creation),
      first,
      { ...first, data: new Uint8Array() },
    ]) {
      const intent = intentOf([create, move]);
      assert.equal(intent.opaque, false);
      assert.equal(intent.transfers[0]?.to, ata);
      assert.equal(intent.transfers[0]?.ownChange, false);
      assert.equal(member(intent.calls[1]?.args, "destinationOwner"), owner);
      assert.equal(intent.fee?.max, (5000n + rent).toString());
      assert.match(intent.calls[0]?.function ?? "", /^associatedToken\.create/);
    }
    assert.equal(member(intentOf([move]).calls[0]?.args, "destinationOwner"), undefined);
  });

  test(`${prefix}: our own associated account is own change`, async () => {
    const owner = own.address;
    const [ata] = await findAssociatedTokenPda({ owner, mint, tokenProgram: programAddress });
    const create = getCreateAssociatedTokenIdempotentInstruction({
      payer: friend.signer,
      ata,
      owner,
      mint,
      tokenProgram: programAddress,
    });
    const intent = intentOf(
      [create, getTransferCheckedInstruction({ ...checked, destination: ata }, config)],
      {
        feePayer: friend.address,
      },
    );
    assert.equal(intent.transfers[0]?.ownChange, true);
    assert.equal("fee" in intent, false);
  });
}

test("associatedToken.create: an address of another mint or program is refused", async () => {
  const owner = friend.address;
  const [ata] = await findAssociatedTokenPda({ owner, mint, tokenProgram: TOKEN_PROGRAM_ADDRESS });
  const creation = { payer: own.signer, ata, owner, mint, tokenProgram: TOKEN_PROGRAM_ADDRESS };
  for (const wrong of [{ mint: source }, { owner: stranger.address }, { tokenProgram: TOKEN_2022 }]) {
    const create = getCreateAssociatedTokenIdempotentInstruction({ ...creation, ...wrong });
    refuses(() => intentOf([create]), "transaction.invalid", /its owner's/);
  }
  const odd = getCreateAssociatedTokenIdempotentInstruction({ ...creation, tokenProgram: stranger.address });
  assert.equal(intentOf([odd]).opaque, true);
});

test("token.unwrapLamports: a stated amount is a transfer of lamports", () => {
  const intent = intentOf([
    getUnwrapLamportsInstruction({ source, destination: friend.address, authority: own.signer, amount: 9n }),
  ]);
  assert.equal(intent.opaque, false);
  assert.deepEqual(intent.transfers, [
    { asset: "native", from: own.address, to: friend.address, amount: "9", ownChange: false },
  ]);
});

test("token2022.transferCheckedWithFee: the whole amount leaves, fee included", () => {
  const data = Buffer.alloc(19);
  data.set([26, 1]);
  data.writeBigUInt64LE(1000n, 2);
  data.writeUInt8(6, 10);
  data.writeBigUInt64LE(15n, 11);
  const instruction = { programAddress: TOKEN_2022, accounts: feeAccounts(), data: new Uint8Array(data) };
  const intent = intentOf([instruction]);
  assert.equal(intent.opaque, false);
  assert.deepEqual(intent.transfers, [
    { asset: `spl:${mint}`, from: own.address, to: destination, amount: "1000", ownChange: false },
  ]);
  assert.equal(intent.calls[0]?.selector, "0x1a01");
  assert.equal(intent.calls[0]?.function, "token2022.transferCheckedWithFee");
  assert.equal(member(intent.calls[0]?.args, "fee"), "15");
  assert.equal(intentOf([{ ...instruction, programAddress: TOKEN_PROGRAM_ADDRESS }]).opaque, true);
});

test("address lookup tables: opaque even where every instruction is read", () => {
  const table = testKey(20).address;
  const looked: Instruction = {
    programAddress: TOKEN_PROGRAM_ADDRESS,
    accounts: [
      { address: source, role: AccountRole.WRITABLE },
      { address: destination, role: AccountRole.WRITABLE, lookupTableAddress: table, addressIndex: 4 },
      { address: own.address, role: AccountRole.READONLY_SIGNER },
    ],
    data: getTransferInstruction({ source, destination, authority: own.signer, amount: 1n }).data,
  };
  const intent = intentOf([looked, close(own.address)]);
  assert.equal(intent.opaque, true);
  assert.deepEqual(intent.opaqueCauses, ["unresolvedAccounts"]);
  assert.match(intent.opaqueReason ?? "", /address lookup tables/);
  assert.equal(intent.calls[0]?.function, undefined);
  assert.equal(intent.calls[1]?.function, "token.closeAccount");
  assert.deepEqual(intent.transfers, []);
  assert.deepEqual(member(intent.solana, "addressLookupTables"), [
    { table, digest: null, count: null, writable: [4], readonly: [] },
  ]);
  const unknown = { ...looked, programAddress: friend.address };
  assert.deepEqual(intentOf([unknown]).opaqueCauses, ["unresolvedAccounts", "unknownProgram"]);
});

function authority(
  owned: Address,
  authorityType: AuthorityType,
  newAuthority: Address | null,
  programAddress: Address,
): Instruction {
  return getSetAuthorityInstruction(
    { owned, owner: own.signer, authorityType, newAuthority },
    { programAddress },
  );
}

function close(to: Address) {
  return getCloseAccountInstruction({ account: source, destination: to, owner: own.signer });
}

function feeAccounts() {
  return [
    { address: source, role: AccountRole.WRITABLE },
    { address: mint, role: AccountRole.READONLY },
    { address: destination, role: AccountRole.WRITABLE },
    { address: own.address, role: AccountRole.READONLY_SIGNER },
  ];
}
