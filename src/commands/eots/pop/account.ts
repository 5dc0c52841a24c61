/** Babylon accounts: bech32 addresses, and what an account signs when it signs data (ADR-36). */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { ripemd160 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bech32 } from "@scure/base";
import { toBase64, utf8 } from "../../../domain/bytes.ts";
import type { PublicKey } from "../../../domain/kinds.ts";

const PREFIX = "bbn";
const ADDRESS_BYTES = 20;

/** The 20 bytes of a `bbn1…` address; undefined for anything else, in upper case too. */
export function accountBytes(address: string): Uint8Array | undefined {
  try {
    const { prefix, words } = bech32.decode(address, 90);
    const bytes = bech32.fromWords(words);
    const same = accountAddress(bytes) === address;
    return prefix === PREFIX && bytes.length === ADDRESS_BYTES && same ? bytes : undefined;
  } catch {
    return undefined;
  }
}

function accountAddress(bytes: Uint8Array): string {
  return bech32.encode(PREFIX, bech32.toWords(bytes), 90);
}

/** RIPEMD-160 of SHA-256: 20 bytes. */
export function hash160(bytes: Uint8Array): Uint8Array {
  return ripemd160(sha256(bytes));
}

/** The address of an account with this key, 33 bytes compressed. */
export function addressOfAccountKey(publicKey: PublicKey): string {
  return accountAddress(hash160(publicKey));
}

/** The sign document of ADR-36: what a wallet's "sign arbitrary data" signs. Members are sorted, without spaces. */
export function dataDocument(address: string, data: string): string {
  const value = { data: toBase64(utf8(data)), signer: address };
  return JSON.stringify({
    account_number: "0",
    chain_id: "",
    fee: { amount: [], gas: "0" },
    memo: "",
    msgs: [{ type: "sign/MsgSignData", value }],
    sequence: "0",
  });
}

/** ECDSA over SHA-256 of the document: 64 bytes with low s, as the chain's own accounts sign. */
export function isDataSignature(
  signature: Uint8Array,
  publicKey: PublicKey,
  address: string,
  data: string,
): boolean {
  try {
    return secp256k1.verify(signature, utf8(dataDocument(address, data)), publicKey, { lowS: true });
  } catch {
    return false;
  }
}
