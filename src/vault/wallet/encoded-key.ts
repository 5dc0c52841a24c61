/**
 * Private keys as wallets export them: 0x-hex, WIF (Bitcoin), base58 and the list of numbers of solana-keygen (Solana). What
 * a form says of the key, its network or public half, must agree with the request.
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { base58, createBase58check } from "@scure/base";
import { equalBytes, fromHex } from "../../domain/bytes.ts";
import { SignerError } from "../../domain/errors.ts";
import type { Chain } from "../../domain/keys.ts";
import { PRIVATE_KEY_BYTES, publicKeyOf } from "./private-keys.ts";
import { wipe } from "../wipe.ts";

/** A private key as it came. */
export type EncodedKey = string | readonly number[];

/** Version byte of WIF, by whether the network is the main one. */
const WIF_MAINNET = 0x80;
const WIF_TEST = 0xef;
/** Ends a WIF whose public key is used in its compressed form. */
const COMPRESSED = 0x01;

/** Private and public half, as Solana's tools keep them. */
const SOLANA_PAIR_BYTES = 64;
/** A felt is written without leading zeros. Fewer digits than these are rather a copy that was cut off. */
const FELT = /^0x[0-9a-fA-F]{56,64}$/;
const HEX = /^0x[0-9a-fA-F]{64}$/;

/**
 * The 32 bytes of a private key; the caller's to wipe. 0x and 64 hex digits for every chain. StarkNet: the leading zeros may
 * be missing. Bitcoin: WIF of a compressed key of `network`. Solana: 64 bytes in base58 or as a list of numbers, seed and
 * public key.
 * @throws SignerError `request.malformed` that says which rule is broken and never repeats the key
 */
export function decodePrivateKey(encoded: EncodedKey, chain: Chain, network?: string): Uint8Array {
  if (typeof encoded !== "string") {
    if (chain === "solana") return solanaSeed(Uint8Array.from(encoded), encoded.length);
    throw malformed("a list of numbers is a key of Solana's tools; send 0x and 64 hex digits");
  }
  if (encoded.startsWith("0x")) return hexBytes(encoded, chain);
  if (chain === "bitcoin") return wifBytes(encoded, network);
  if (chain === "solana") return base58Seed(encoded);
  throw malformed("must be 32 bytes of 0x-hex");
}

function hexBytes(encoded: string, chain: Chain): Uint8Array {
  const starknet = chain === "starknet";
  const bytes = (starknet ? FELT : HEX).test(encoded)
    ? fromHex(`0x${encoded.slice(2).padStart(2 * PRIVATE_KEY_BYTES, "0")}`)
    : undefined;
  if (bytes !== undefined) return bytes;
  if (starknet) throw malformed("must be 0x and 64 hex digits; up to 8 leading zeros may be missing");
  throw malformed("must be 32 bytes of 0x-hex: 0x and 64 digits");
}

function wifBytes(encoded: string, network: string | undefined): Uint8Array {
  const decoded = base58Check(encoded);
  try {
    const [version] = decoded;
    if (version !== WIF_MAINNET && version !== WIF_TEST) {
      throw malformed(
        "has another version byte than a Bitcoin WIF, 0x80 or 0xef; check that it is no other coin's",
      );
    }
    if (decoded.length === 1 + PRIVATE_KEY_BYTES) {
      throw malformed(
        "is a WIF of an uncompressed key (it begins with 5 or 9). Its address is another one than " +
          "that of the compressed " +
          "key, and is not signed for here; move its coins with the wallet that made it",
      );
    }
    if (decoded.length !== 2 + PRIVATE_KEY_BYTES || decoded[1 + PRIVATE_KEY_BYTES] !== COMPRESSED) {
      throw malformed("is no WIF: 32 bytes and the compression flag 0x01 must follow the version byte");
    }
    const isMainnet = version === WIF_MAINNET;
    if (isMainnet !== (network === "mainnet")) {
      const stated = isMainnet ? "mainnet" : "testnet, signet or regtest";
      const field = "/network";
      throw new SignerError("request.malformed", `${field}: the WIF is of ${stated}; state that network`, {
        field,
      });
    }
    return decoded.slice(1, 1 + PRIVATE_KEY_BYTES);
  } finally {
    wipe(decoded);
  }
}

function base58Check(encoded: string): Uint8Array {
  try {
    return createBase58check(sha256).decode(encoded);
  } catch {
    throw malformed("must be 0x and 64 hex digits, or a WIF; as a WIF its checksum or alphabet is wrong");
  }
}

function base58Seed(encoded: string): Uint8Array {
  let pair: Uint8Array;
  try {
    pair = base58.decode(encoded);
  } catch {
    throw malformed("must be 0x and 64 hex digits, or base58 of the 64 bytes that Solana wallets export");
  }
  return solanaSeed(pair, pair.length);
}

function solanaSeed(pair: Uint8Array, length: number): Uint8Array {
  const seed = pair.slice(0, PRIVATE_KEY_BYTES);
  try {
    if (length !== SOLANA_PAIR_BYTES) {
      const hint = length === PRIVATE_KEY_BYTES ? "; 32 bytes have the form of a public key, too" : "";
      throw malformed(`must be the 64 bytes of seed and public key, not ${length}${hint}`);
    }
    if (!equalBytes(publicKeyOf("ed25519", seed), pair.subarray(PRIVATE_KEY_BYTES))) {
      throw malformed("its last 32 bytes are not the public key of its first 32; look for a wrong copy");
    }
    return seed.slice();
  } finally {
    wipe(pair, seed);
  }
}

function malformed(rule: string): SignerError {
  return new SignerError("request.malformed", `/privateKey: ${rule}`, { field: "/privateKey" });
}
