/** A decoded transaction as plain JSON for policies: quantities as decimal strings, addresses and bytes as lowercase hex. */
import { keccak_256 } from "@noble/hashes/sha3.js";
import { fromHex, toHex } from "../../domain/bytes.ts";
import type { Json } from "../../domain/canonical.ts";
import type { Hex } from "./fields.ts";
import type { Transaction } from "./transaction.ts";

/** Longer data is named by length and hash: a policy's input is bounded, and init code would not fit it. */
const INLINE_DATA_BYTES_MAX = 16_384;

/** `intent.ethereum.transaction`. */
export function describeTransaction(transaction: Transaction): Json {
  const { type, chainId, nonce, gas, to, value, data } = transaction;
  const common = {
    type,
    chainId: chainId.toString(),
    nonce: nonce.toString(),
    gas: gas.toString(),
    to,
    value: value.toString(),
    ...describeData(data),
  };
  if (type === "legacy") return { ...common, gasPrice: transaction.gasPrice.toString() };
  const accessList = transaction.accessList.map(({ address, storageKeys }) => ({ address, storageKeys }));
  if (type === "eip2930") return { ...common, gasPrice: transaction.gasPrice.toString(), accessList };
  const feeMarket = {
    ...common,
    maxFeePerGas: transaction.maxFeePerGas.toString(),
    maxPriorityFeePerGas: transaction.maxPriorityFeePerGas.toString(),
    accessList,
  };
  if (type === "eip1559") return feeMarket;
  if (type === "eip4844") {
    const { maxFeePerBlobGas, blobVersionedHashes } = transaction;
    return { ...feeMarket, maxFeePerBlobGas: maxFeePerBlobGas.toString(), blobVersionedHashes };
  }
  const authorizationList = transaction.authorizationList.map((entry) => ({
    chainId: entry.chainId.toString(),
    address: entry.address,
    nonce: entry.nonce.toString(),
    authority: entry.authority,
  }));
  return { ...feeMarket, authorizationList };
}

function describeData(data: Hex): { readonly [name: string]: Json } {
  const bytes = data.length / 2 - 1;
  if (bytes <= INLINE_DATA_BYTES_MAX) return { data };
  return { dataLength: bytes, dataHash: toHex(keccak_256(fromHex(data) ?? new Uint8Array())) };
}
