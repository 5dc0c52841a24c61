/** Solana from request to executed transaction: a running service signs, litesvm checks signatures and executes. */
import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { base58 } from "@scure/base";
import {
  address,
  createNoopSigner,
  getTransactionDecoder,
  lamports,
  type Address,
  type Instruction,
  type TransactionSigner,
} from "@solana/kit";
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
  complete,
  decodeTransaction,
  friend,
  stranger,
  testKey,
  text,
  wireOf,
} from "../chains/solana/fixtures.ts";
import type { TestKey } from "../chains/solana/fixtures.ts";
import { signInText } from "../domain/messages/sign-in.ts";
import { ALLOW_OPAQUE, bind, readyPolicy } from "../running/policies.ts";
import { RunningService } from "../running/service.ts";
import { denialOf, makeKey, makeWallet, sign, type Key } from "./custody.ts";

const litesvm = await import("litesvm").catch(() => undefined);
const skip = litesvm === undefined && "litesvm's native part does not load on this platform";
const SOL = 1_000_000_000n;
const mint = testKey(40);
const nonceAccount = testKey(41);

type Machine = InstanceType<NonNullable<typeof litesvm>["LiteSVM"]>;

let service: RunningService;
let key: Key;
/** Under a policy that allows what cannot be read as well. */
let trusted: Key;
let owner: Address;
let signer: TransactionSigner;
let friendTokens: Address;

before(async () => {
  service = await RunningService.start();
  const walletId = await makeWallet(service, { name: "treasury", words: 12 });
  key = await makeKey(service, walletId, { chain: "solana" });
  owner = address(key.address);
  signer = createNoopSigner(owner);
  friendTokens = await associated(friend.address);
  const rules = [
    { chain: "solana", asset: "native", recipients: [stranger.address], maxPerTransaction: SOL.toString() },
    { chain: "solana", asset: `spl:${mint.address}`, recipients: [friendTokens], maxPerTransaction: "30" },
  ];
  const maxFee = [{ chain: "solana", max: "10000" }];
  const settings = { rules, maxFee, allowMessages: true };
  await bind(service, readyPolicy("transfer-limits"), { walletId }, { settings });
  trusted = await makeKey(service, await makeWallet(service, { name: "trusted", words: 12 }), {
    chain: "solana",
  });
  await bind(service, ALLOW_OPAQUE, { keyId: trusted.id });
});
after(() => service.stop());

describe("solana: executed by litesvm", { skip }, () => {
  for (const version of ["legacy", 0] as const) {
    test(`a ${version === "legacy" ? "legacy" : "version 0"} transfer; one lamport more is denied`, async () => {
      const svm = machine();
      const lifetime = svm.latestBlockhash();
      const over = wireOf([pay(SOL + 1n)], { version, feePayer: owner, lifetime });
      assert.equal(await denialOf(service, key, requestOf(over)), "amount_over_limit");
      const wire = wireOf([pay(SOL)], { version, feePayer: owner, lifetime });
      const signed = await sign(service, key, requestOf(wire));
      assert.equal(send(svm, signed.signedTransaction), undefined);
      assert.equal(svm.getBalance(stranger.address), SOL);
      const [first] = Object.values(
        getTransactionDecoder().decode(bytesOf(signed.signedTransaction)).signatures,
      );
      assert.equal(signed.signature, base58.encode(new Uint8Array(first ?? [])));
    });
  }

  test("an SPL token transfer; one unit more is denied", async () => {
    const svm = machine();
    const ownTokens = await mintTokens(svm);
    const lifetime = svm.latestBlockhash();
    const over = wireOf([moveTokens(ownTokens, 31n)], { feePayer: owner, lifetime });
    assert.equal(await denialOf(service, key, requestOf(over)), "amount_over_limit");
    const wire = wireOf([moveTokens(ownTokens, 30n)], { feePayer: owner, lifetime });
    const signed = await sign(service, key, requestOf(wire));
    assert.equal(send(svm, signed.signedTransaction), undefined);
    assert.equal(tokensOf(svm, friendTokens), 30n);
    assert.equal(tokensOf(svm, ownTokens), 70n);
  });

  test("a durable nonce transfer, after its blockhash would have expired; its replay is refused", async () => {
    const svm = machine();
    const lifetime = makeNonceAccount(svm);
    const advance = getAdvanceNonceAccountInstruction({
      nonceAccount: nonceAccount.address,
      nonceAuthority: signer,
    });
    const wire = wireOf([advance, pay(1_000_000n)], { feePayer: owner, lifetime });
    const signed = await sign(service, key, requestOf(wire));
    svm.expireBlockhash();
    assert.equal(send(svm, signed.signedTransaction), undefined);
    svm.expireBlockhash();
    assert.notEqual(send(svm, signed.signedTransaction), undefined);
    assert.equal(svm.getBalance(stranger.address), 1_000_000n);
  });

  test("partial signing: the service fills its own slot of a transaction that another pays for", async () => {
    const svm = machine();
    const options = { feePayer: friend.address, lifetime: svm.latestBlockhash() };
    const signed = await sign(service, key, requestOf(wireOf([pay(7_000_000n)], options)));
    assert.throws(() => send(svm, signed.signedTransaction), /missing signatures/);
    assert.equal(send(svm, coSign(signed.signedTransaction, friend)), undefined);
    assert.equal(svm.getBalance(stranger.address), 7_000_000n);
  });
});

describe("solana: off-chain messages, verified by node:crypto", () => {
  for (const [name, content, format] of [
    ["printable ASCII", "Sign in to example.org", 0],
    ["UTF-8", "Grüße ✓", 1],
  ] as const) {
    test(`${name}: the envelope of version 0 is signed, never the bare text`, async () => {
      const bytes = Buffer.from(content, "utf8");
      for (const message of [{ text: content }, { base64: bytes.toString("base64") }]) {
        const request = { type: "solana.message", message };
        const { signature } = await sign(service, trusted, request);
        assert.equal(verifies(trusted, envelope(trusted, bytes, format), signature), true);
        assert.equal(verifies(trusted, bytes, signature), false);
        assert.match(await denialOf(service, key, request), /opaque|message/);
      }
    });
  }

  test("CAIP-122: transfer-limits lets a sign-in pass", async () => {
    const content = signInText("Solana", key.address);
    const { signature } = await sign(service, key, { type: "solana.message", message: { text: content } });
    assert.equal(verifies(key, envelope(key, Buffer.from(content, "utf8"), 1), signature), true);
  });
});

/** Version 0 envelope: signing domain, version, no application, format, one signer, length, text. */
function envelope(by: Key, content: Uint8Array, format: number): Uint8Array {
  const length = Buffer.alloc(2);
  length.writeUInt16LE(content.length);
  return Buffer.concat([
    Buffer.from("\u00ffsolana offchain", "latin1"),
    Buffer.from([0]),
    Buffer.alloc(32),
    Buffer.from([format, 1]),
    base58.decode(by.address),
    length,
    content,
  ]);
}

function verifies(by: Key, message: Uint8Array, signature: string): boolean {
  const jwk = {
    kty: "OKP",
    crv: "Ed25519",
    x: Buffer.from(base58.decode(by.address)).toString("base64url"),
  };
  return verify(null, message, createPublicKey({ key: jwk, format: "jwk" }), base58.decode(signature));
}

function requestOf(transaction: string) {
  return { type: "solana.transaction", transaction };
}

function pay(amount: bigint): Instruction {
  return getTransferSolInstruction({ source: signer, destination: stranger.address, amount });
}

function machine(): Machine {
  assert.ok(litesvm !== undefined);
  const svm = new litesvm.LiteSVM();
  svm.airdrop(owner, lamports(10n * SOL));
  svm.airdrop(friend.address, lamports(10n * SOL));
  return svm;
}

/** Undefined where the machine executed the wire transaction, else its error. */
function send(svm: Machine, wire: string): string | undefined {
  const result = svm.sendTransaction(getTransactionDecoder().decode(bytesOf(wire)));
  return "err" in result ? result.toString() : undefined;
}

function bytesOf(wire: string): Uint8Array {
  return Buffer.from(wire, "base64");
}

/** Signs with a key outside the service. */
function coSign(wire: string, by: TestKey): string {
  return text(complete(decodeTransaction(wire, by), by)["signedTransaction"]);
}

/** A mint of the friend's, and 100 units of it in the service key's associated account; returns that account. */
async function mintTokens(svm: Machine): Promise<Address> {
  const size = getMintSize();
  const ownTokens = await associated(owner);
  const create = getCreateAccountInstruction({
    payer: friend.signer,
    newAccount: mint.signer,
    lamports: svm.minimumBalanceForRentExemption(BigInt(size)),
    space: size,
    programAddress: TOKEN_PROGRAM_ADDRESS,
  });
  const setUp = [
    create,
    getInitializeMint2Instruction({ mint: mint.address, decimals: 6, mintAuthority: friend.address }),
    createAssociated(owner, ownTokens),
    createAssociated(friend.address, friendTokens),
    getMintToInstruction({
      mint: mint.address,
      token: ownTokens,
      mintAuthority: friend.signer,
      amount: 100n,
    }),
  ];
  const wire = wireOf(setUp, { feePayer: friend.address, lifetime: svm.latestBlockhash() });
  assert.equal(send(svm, coSign(coSign(wire, mint), friend)), undefined);
  return ownTokens;
}

function moveTokens(source: Address, amount: bigint): Instruction {
  return getTransferCheckedInstruction({
    source,
    mint: mint.address,
    destination: friendTokens,
    authority: signer,
    amount,
    decimals: 6,
  });
}

/** A nonce account that the service's key may advance, paid by the friend; returns its nonce. */
function makeNonceAccount(svm: Machine): string {
  const size = getNonceSize();
  const create = [
    getCreateAccountInstruction({
      payer: friend.signer,
      newAccount: nonceAccount.signer,
      lamports: svm.minimumBalanceForRentExemption(BigInt(size)),
      space: size,
      programAddress: SYSTEM_PROGRAM_ADDRESS,
    }),
    getInitializeNonceAccountInstruction({ nonceAccount: nonceAccount.address, nonceAuthority: owner }),
  ];
  const wire = wireOf(create, { feePayer: friend.address, lifetime: svm.latestBlockhash() });
  assert.equal(send(svm, coSign(coSign(wire, nonceAccount), friend)), undefined);
  return getNonceDecoder().decode(dataOf(svm, nonceAccount.address)).blockhash;
}

async function associated(holder: Address): Promise<Address> {
  const [account] = await findAssociatedTokenPda({
    owner: holder,
    mint: mint.address,
    tokenProgram: TOKEN_PROGRAM_ADDRESS,
  });
  return account;
}

function createAssociated(holder: Address, ata: Address): Instruction {
  return getCreateAssociatedTokenIdempotentInstruction({
    payer: friend.signer,
    ata,
    owner: holder,
    mint: mint.address,
  });
}

function tokensOf(svm: Machine, account: Address): bigint {
  return getTokenDecoder().decode(dataOf(svm, account)).amount;
}

function dataOf(svm: Machine, account: Address) {
  const found = svm.getAccount(account);
  assert.ok(found.exists);
  return found.data;
}
