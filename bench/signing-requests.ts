/** Transfers on each chain as requests of a running service, and the check that an answer really signs what was asked. */
import { createPublicKey, verify as verifyEd25519 } from "node:crypto";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { base58 } from "@scure/base";
import { OutScript, p2wpkh, SigHash, TEST_NETWORK, Transaction } from "@scure/btc-signer";
import * as stark from "@scure/starknet";
import { parseTransaction, recoverTransactionAddress, type Hex, type TransactionSerialized } from "viem";
import { TOUR_CHAINS, type TourChain } from "../src/commands/tour/requests.ts";
import { bind, readyPolicy } from "../test/running/policies.ts";
import { TOKEN, type RunningService } from "../test/running/service.ts";
import { postBytes } from "./load.ts";

/** Different requests of one load; each pays another amount. */
const REQUESTS = 256;
const AMOUNT_MIN = 10_000n;
const COIN_VALUE = 1_000_000_000n;
const DAY_SECONDS = 86_400;
const REGTEST = { ...TEST_NETWORK, bech32: "bcrt" };
const SPKI_ED25519 = Buffer.from("302a300506032b6570032100", "hex");

/** A key with a policy bound to it, and requests that the policy allows. */
export interface SigningLoad {
  readonly chain: TourChain["chain"];
  readonly keyId: string;
  readonly publicKey: Uint8Array;
  readonly requests: readonly Uint8Array[];
  readonly bodyBytes: number;
  /** Throws unless `body` answers request `index` with a signature of this key. */
  check(index: number, body: string): Promise<void>;
}

interface Key {
  readonly id: string;
  readonly address: string;
  readonly publicKey: string;
}

/** One key on each chain, each under transfer-limits with one rule and one daily window. */
export async function prepareLoads(service: RunningService): Promise<SigningLoad[]> {
  const wallet = await created(service, "/v1/wallets", { name: "bench" });
  const loads: SigningLoad[] = [];
  for (const chain of TOUR_CHAINS) {
    const key: Key = await created(service, `/v1/wallets/${wallet.id}/keys`, {
      chain: chain.chain,
      ...chain.keyOptions,
    });
    await bind(service, readyPolicy("transfer-limits"), { keyId: key.id }, { settings: settingsFor(chain) });
    loads.push(loadOf(chain, key));
  }
  return loads;
}

async function created(service: RunningService, path: string, body: unknown): Promise<Key> {
  const reply = await service.call("POST", path, body);
  if (reply.status !== 201) throw new Error(`${path}: ${reply.text}`);
  return reply.body;
}

/** One rule with recipient, ceiling and a window, so that every signature reserves spend in the ledger. */
export function settingsFor({ chain, asset, recipient, decimals }: TourChain): Record<string, unknown> {
  const coin = 10n ** BigInt(decimals);
  return {
    rules: [
      {
        chain,
        asset,
        recipients: [recipient],
        maxPerTransaction: coin.toString(),
        windows: [{ seconds: DAY_SECONDS, max: (coin * 1_000_000n).toString() }],
      },
    ],
    maxFee: [{ chain, max: coin.toString() }],
  };
}

function loadOf(chain: TourChain, key: Key): SigningLoad {
  const bodies = Array.from({ length: REQUESTS }, (_, index) => chain.transfer(key.address, amountOf(index)));
  const path = `/v1/keys/${key.id}/sign`;
  return {
    chain: chain.chain,
    keyId: key.id,
    publicKey: bytesOf(key.publicKey),
    requests: bodies.map((body) => postBytes(path, body, TOKEN)),
    bodyBytes: Buffer.byteLength(JSON.stringify(bodies[0])),
    async check(index, body) {
      const answer: Readonly<Record<string, unknown>> = JSON.parse(body);
      if (await CHECKS[chain.chain](answer, key, amountOf(index))) return;
      throw new Error(`${chain.chain}: the signature of request ${index} is not one: ${body}`);
    },
  };
}

function amountOf(index: number): bigint {
  return AMOUNT_MIN + BigInt(index);
}

type Answer = Readonly<Record<string, unknown>>;

const CHECKS: Readonly<
  Record<TourChain["chain"], (answer: Answer, key: Key, amount: bigint) => boolean | Promise<boolean>>
> = { ethereum: checkEthereum, bitcoin: checkBitcoin, solana: checkSolana, starknet: checkStarknet };

async function checkEthereum(answer: Answer, key: Key, amount: bigint): Promise<boolean> {
  const serializedTransaction = String(answer["signedTransaction"]);
  if (!isEip1559(serializedTransaction)) return false;
  const signer = await recoverTransactionAddress({ serializedTransaction });
  return signer === key.address && parseTransaction(serializedTransaction).value === amount;
}

function isEip1559(text: string): text is TransactionSerialized<"eip1559"> & Hex {
  return text.startsWith("0x02");
}

function checkBitcoin(answer: Answer, key: Key, amount: bigint): boolean {
  // As Bitcoin nodes write it, without 0x.
  const raw = bytesOf(`0x${String(answer["signedTransaction"])}`);
  const transaction = Transaction.fromRaw(raw, { allowUnknownInputs: true, allowUnknownOutputs: true });
  const [signature, publicKey] = transaction.getInput(0).finalScriptWitness ?? [];
  if (signature === undefined || publicKey === undefined) return false;
  const payment = p2wpkh(publicKey, REGTEST);
  // BIP-143: the script code of P2WPKH is that of P2PKH over the same hash.
  const scriptCode = OutScript.encode({ type: "pkh", hash: payment.script.subarray(2) });
  const preimage = transaction.preimageWitnessV0(0, scriptCode, SigHash.ALL, COIN_VALUE);
  return (
    payment.address === key.address &&
    transaction.getOutput(0).amount === amount &&
    secp256k1.verify(signature.slice(0, -1), preimage, publicKey, { prehash: false, format: "der" })
  );
}

function checkSolana(answer: Answer, key: Key, amount: bigint): boolean {
  const wire = Buffer.from(String(answer["signedTransaction"]), "base64");
  const message = wire.subarray(65);
  const publicKey = createPublicKey({
    key: Buffer.concat([SPKI_ED25519, base58.decode(key.address)]),
    format: "der",
    type: "spki",
  });
  // The transfer instruction ends the message, and its amount the instruction.
  const paid = message.readBigUInt64LE(message.length - 8);
  return wire[0] === 1 && paid === amount && verifyEd25519(null, message, publicKey, wire.subarray(1, 65));
}

function checkStarknet(answer: Answer, key: Key): boolean {
  const { signature, transactionHash } = answer;
  if (!Array.isArray(signature)) return false;
  const [r, s] = signature.map((felt) => BigInt(String(felt)));
  if (r === undefined || s === undefined) return false;
  const compact = new stark.Signature(r, s).toBytes("compact");
  const x = key.publicKey.slice(2).padStart(64, "0");
  // Only x is known: one of the two points has made the signature.
  return ["02", "03"].some((sign) => stark.verify(compact, String(transactionHash), sign + x));
}

function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex.slice(2), "hex"));
}
