/** One transfer on each chain as a wallet backend would send it, for the tour. The coins are imaginary. */
import {
  address,
  appendTransactionMessageInstruction,
  blockhash,
  compileTransaction,
  createNoopSigner,
  createTransactionMessage,
  getBase64EncodedWireTransaction,
  pipe,
  setTransactionMessageFeePayer,
  setTransactionMessageLifetimeUsingBlockhash,
} from "@solana/kit";
import { getTransferSolInstruction } from "@solana-program/system";
import { Address, OutScript, RawTx, TEST_NETWORK, Transaction } from "@scure/btc-signer";
import type { Chain } from "../../domain/keys.ts";
import { toBase64 } from "../../domain/bytes.ts";

/** What the tour says of a chain and how it asks for a transfer of `amount` smallest units. */
export interface TourChain {
  /** Validators and finality providers have no transfers to show. */
  readonly chain: Exclude<Chain, "ethereum-validator" | "babylon">;
  readonly unit: string;
  /** Decimals of `unit`. */
  readonly decimals: number;
  readonly asset: string;
  readonly recipient: string;
  /** Further fields of the key request. */
  readonly keyOptions: Readonly<Record<string, string | number>>;
  transfer(from: string, amount: bigint): Record<string, unknown>;
}

const STRK = "0x04718f5a0fc34cc1af16a1cdee98ffb20c31f5cd61d6ab07201858f4287c938d";
/** starknet_keccak("transfer"). */
const TRANSFER_SELECTOR = "0x83afd3f4caedc6eebf44246fe54e38c95e3179a5ec9ea81740eca5b482d12e";
/** Regtest addresses start with bcrt; everything else is as on testnet. */
const REGTEST = { ...TEST_NETWORK, bech32: "bcrt" };
const SATOSHI_PER_BITCOIN = 100_000_000n;

export const TOUR_CHAINS: readonly TourChain[] = [
  {
    chain: "ethereum",
    unit: "ETH",
    decimals: 18,
    asset: "native",
    recipient: "0xd8da6bf26964af9d7eed9e03e53415d37aa96045",
    keyOptions: {},
    transfer(_from, amount) {
      return {
        type: "ethereum.transaction",
        transaction: {
          chainId: 1,
          nonce: 0,
          to: this.recipient,
          value: amount.toString(),
          gas: 21_000,
          maxFeePerGas: "30000000000",
          maxPriorityFeePerGas: "1000000000",
        },
      };
    },
  },
  {
    chain: "bitcoin",
    unit: "BTC",
    decimals: 8,
    asset: "native",
    recipient: "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080",
    keyOptions: { network: "regtest" },
    transfer(from, amount) {
      return { type: "bitcoin.psbt", psbt: spend(from, this.recipient, amount) };
    },
  },
  {
    chain: "solana",
    unit: "SOL",
    decimals: 9,
    asset: "native",
    recipient: "9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWWM",
    keyOptions: {},
    transfer(from, amount) {
      return { type: "solana.transaction", transaction: solanaTransfer(from, this.recipient, amount) };
    },
  },
  {
    chain: "starknet",
    unit: "STRK",
    decimals: 18,
    asset: `starknet-erc20:${STRK}`,
    recipient: "0x0000000000000000000000000000000000000000000000000000000000005678",
    keyOptions: {},
    transfer(from, amount) {
      return { type: "starknet.transaction", transaction: starknetTransfer(from, this.recipient, amount) };
    },
  },
];

/** A PSBT that spends one coin of 10 BTC and pays the rest, less a fee, back to `from`. */
function spend(from: string, to: string, amount: bigint): string {
  const value = 10n * SATOSHI_PER_BITCOIN;
  const fee = 1000n;
  const script = OutScript.encode(Address(REGTEST).decode(from));
  const previous = RawTx.encode({
    version: 2,
    segwitFlag: false,
    inputs: [
      { txid: new Uint8Array(32).fill(1), index: 0, finalScriptSig: new Uint8Array(), sequence: 0xffffffff },
    ],
    outputs: [{ amount: value, script }],
    witnesses: [],
    lockTime: 0,
  });
  const funding = Transaction.fromRaw(previous, { allowUnknownInputs: true, allowUnknownOutputs: true });
  const transaction = new Transaction();
  transaction.addInput({
    txid: funding.id,
    index: 0,
    nonWitnessUtxo: previous,
    witnessUtxo: { amount: value, script },
  });
  transaction.addOutputAddress(to, amount, REGTEST);
  transaction.addOutputAddress(from, value - amount - fee, REGTEST);
  return toBase64(transaction.toPSBT());
}

function solanaTransfer(from: string, to: string, amount: bigint): string {
  const payer = address(from);
  const message = pipe(
    createTransactionMessage({ version: "legacy" }),
    (empty) => setTransactionMessageFeePayer(payer, empty),
    (paid) =>
      setTransactionMessageLifetimeUsingBlockhash(
        { blockhash: blockhash("EkSnNWid2cvwEVnVx9aBqawnmiCNiDgp3gUdkDPTKN1N"), lastValidBlockHeight: 0n },
        paid,
      ),
    (living) =>
      appendTransactionMessageInstruction(
        getTransferSolInstruction({ source: createNoopSigner(payer), destination: address(to), amount }),
        living,
      ),
  );
  return getBase64EncodedWireTransaction(compileTransaction(message));
}

function starknetTransfer(from: string, to: string, amount: bigint): Record<string, unknown> {
  return {
    type: "INVOKE",
    version: "0x3",
    chainId: "SN_SEPOLIA",
    sender_address: from,
    calldata: ["0x1", STRK, TRANSFER_SELECTOR, "0x3", to, `0x${amount.toString(16)}`, "0x0"],
    nonce: "0x0",
    resource_bounds: {
      l1_gas: { max_amount: "0x0", max_price_per_unit: "0x5af3107a4000" },
      l2_gas: { max_amount: "0x186a00", max_price_per_unit: "0x174876e800" },
      l1_data_gas: { max_amount: "0x400", max_price_per_unit: "0x5af3107a4000" },
    },
    tip: "0x0",
    paymaster_data: [],
    account_deployment_data: [],
    nonce_data_availability_mode: "L1",
    fee_data_availability_mode: "L1",
  };
}
