/**
 * EIP-2335 keystores, version 4: what one says, and the private key inside. A keystore comes from a stranger: its
 * key-derivation parameters have ceilings, or one file could take all memory or a day of work.
 * @module
 */
import { createDecipheriv, createHash, pbkdf2Sync, scryptSync, timingSafeEqual } from "node:crypto";
import { equalBytes, fromHex, utf8 } from "../../domain/bytes.ts";
import { SignerError } from "../../domain/errors.ts";
import { blsPublicKey, isBlsPrivateKey } from "../sign/bls.ts";
import { wipe } from "../wipe.ts";
import type { PublicKey } from "../../domain/kinds.ts";

/** Public content of a keystore: the secret in it is encrypted. */
export interface Keystore {
  /** 48 bytes; null where the keystore names none, which EIP-2335 lets it: then only opening it tells. */
  readonly publicKey: PublicKey | null;
  readonly kdf: KeystoreKdf;
  /** SHA-256 over the derived key's second half and the ciphertext. */
  readonly checksum: Uint8Array;
  /** 16 bytes. */
  readonly iv: Uint8Array;
  /** 32 bytes. */
  readonly ciphertext: Uint8Array;
}

export type KeystoreKdf =
  | {
      readonly name: "scrypt";
      readonly n: number;
      readonly r: number;
      readonly p: number;
      readonly dklen: number;
      readonly salt: Uint8Array;
    }
  | { readonly name: "pbkdf2"; readonly c: number; readonly dklen: number; readonly salt: Uint8Array };

const TEXT_LENGTH_MAX = 65_536;
const SECRET_BYTES = 32;
const PUBLIC_KEY_BYTES = 48;
const IV_BYTES = 16;
const CHECKSUM_BYTES = 32;
const SALT_BYTES_MAX = 1024;
const DERIVED_BYTES_MIN = 32;
const DERIVED_BYTES_MAX = 64;
/** Four times the usual n = 262144 alone, eight times its work in n·r·p. */
const SCRYPT_N_MAX = 2 ** 20;
const SCRYPT_R_MAX = 32;
const SCRYPT_P_MAX = 16;
const SCRYPT_WORK_MAX = 2 ** 24;
/** Bytes that one keystore's scrypt may take: twice the usual 256 MiB. */
const SCRYPT_MEMORY_MAX = 2 ** 29;
/** 64 times the usual 262144. */
const PBKDF2_ROUNDS_MAX = 2 ** 24;

/**
 * EIP-2334, Ethereum's coin type: a withdrawal key is the child 0 of its validator's index, and the key for duties is
 * the child 0 of that one. Hardened marks and a slash at the end, which others let through, hide nothing.
 */
const WITHDRAWAL_PATH = /^\s*m\/12381'?\/0*3600'?\/[0-9]+'?\/0+'?\/?\s*$/i;

/**
 * Reads a keystore's JSON. `path` is looked at for one thing, a withdrawal key, which has no business in a signer;
 * `description`, `uuid` and whatever else wallets add are not. `pubkey` may be absent, null or empty.
 * @throws SignerError `request.malformed` that names the member and its rule
 */
export function parseKeystore(text: string): Keystore {
  if (text.length > TEXT_LENGTH_MAX) throw malformed("", `must have at most ${TEXT_LENGTH_MAX} characters`);
  const top = objectOf(jsonOf(text), "");
  if (top["version"] !== 4) throw malformed("/version", "must be 4, the version of EIP-2335");
  const { path } = top;
  if (typeof path === "string" && WITHDRAWAL_PATH.test(path)) {
    throw malformed("/path", "is that of a withdrawal key (EIP-2334), which signs no duty; keep it offline");
  }
  const crypto = objectOf(top["crypto"], "/crypto");
  const kdf = moduleOf(crypto, "kdf");
  const checksum = moduleOf(crypto, "checksum");
  const cipher = moduleOf(crypto, "cipher");
  if (checksum.name !== "sha256") throw malformed("/crypto/checksum/function", "must be sha256");
  if (cipher.name !== "aes-128-ctr") throw malformed("/crypto/cipher/function", "must be aes-128-ctr");
  return {
    publicKey: publicKeyOf(top["pubkey"]),
    kdf: kdfOf(kdf.name, kdf.params),
    checksum: bytesOf(checksum.message, "/crypto/checksum/message", CHECKSUM_BYTES, CHECKSUM_BYTES),
    iv: bytesOf(cipher.params["iv"], "/crypto/cipher/params/iv", IV_BYTES, IV_BYTES),
    ciphertext: bytesOf(cipher.message, "/crypto/cipher/message", SECRET_BYTES, SECRET_BYTES),
  };
}

function publicKeyOf(value: unknown): Uint8Array | null {
  if (value === undefined || value === null || value === "") return null;
  return bytesOf(value, "/pubkey", PUBLIC_KEY_BYTES, PUBLIC_KEY_BYTES);
}

/** Bytes of memory that deriving this keystore's key takes. */
export function kdfMemory({ kdf }: Keystore): number {
  return kdf.name === "scrypt" ? 128 * kdf.r * (kdf.n + kdf.p + 2) : 0;
}

/**
 * The 32-byte private key, the caller's to wipe. `password` is UTF-8 as the user typed it. Blocks its thread for the
 * whole key derivation.
 * @throws SignerError `request.malformed` for a wrong password, a changed keystore, or a key that is not `pubkey`'s
 */
export function decryptKeystore(keystore: Keystore, password: Uint8Array): Uint8Array {
  const encoded = encodePassword(password);
  let derived: Uint8Array | undefined;
  try {
    derived = deriveKey(keystore.kdf, encoded);
    const sum = createHash("sha256").update(derived.subarray(16, 32)).update(keystore.ciphertext).digest();
    if (!timingSafeEqual(sum, keystore.checksum)) {
      throw malformed(
        "/crypto/checksum/message",
        "the password is wrong, or the keystore was changed; try the right password, or another copy",
      );
    }
    return pairOf(keystore, decrypt(keystore, derived.subarray(0, 16)));
  } finally {
    wipe(encoded, derived);
  }
}

/**
 * EIP-2335's form of a password: NFKD without C0, C1 and Delete control codes, so that a newline at the end of a
 * file is no part of it. The caller's to wipe.
 * @throws SignerError `request.malformed` for bytes that are no UTF-8
 */
export function encodePassword(password: Uint8Array): Uint8Array {
  // Most passwords are ASCII, and then no string is made, which could not be wiped.
  if (password.every((byte) => byte < 0x80)) return password.filter((byte) => byte >= 0x20 && byte !== 0x7f);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(password);
  } catch {
    throw malformed("/password", "is not UTF-8");
  }
  return utf8(text.normalize("NFKD").replaceAll(/\p{Cc}/gu, ""));
}

function deriveKey(kdf: KeystoreKdf, password: Uint8Array): Uint8Array {
  if (kdf.name === "pbkdf2") return pbkdf2Sync(password, kdf.salt, kdf.c, kdf.dklen, "sha256");
  const { n, r, p } = kdf;
  // OpenSSL wipes its table before it frees it.
  return scryptSync(password, kdf.salt, kdf.dklen, { N: n, r, p, maxmem: 2 * 128 * r * (n + p + 2) });
}

function decrypt(keystore: Keystore, key: Uint8Array): Uint8Array {
  const decipher = createDecipheriv("aes-128-ctr", key, keystore.iv);
  const opened = decipher.update(keystore.ciphertext);
  decipher.final();
  const secret = new Uint8Array(opened);
  wipe(opened);
  return secret;
}

function pairOf({ publicKey }: Keystore, secret: Uint8Array): Uint8Array {
  const valid = isBlsPrivateKey(secret);
  if (valid && (publicKey === null || equalBytes(blsPublicKey(secret), publicKey))) return secret;
  wipe(secret);
  if (publicKey === null)
    throw malformed("/crypto/cipher/message", "holds no private key of BLS12-381; take another copy");
  throw malformed(
    "/pubkey",
    "is not the public key of the private key inside; take another copy, since this one was changed",
  );
}

function kdfOf(name: unknown, params: Record<string, unknown>): KeystoreKdf {
  const at = "/crypto/kdf/params";
  if (name !== "scrypt" && name !== "pbkdf2") {
    throw malformed("/crypto/kdf/function", "must be scrypt or pbkdf2");
  }
  const salt = bytesOf(params["salt"], `${at}/salt`, 0, SALT_BYTES_MAX);
  const dklen = integerOf(params["dklen"], `${at}/dklen`, DERIVED_BYTES_MIN, DERIVED_BYTES_MAX);
  if (name === "pbkdf2") {
    if (params["prf"] !== "hmac-sha256") throw malformed(`${at}/prf`, "must be hmac-sha256");
    return { name, c: integerOf(params["c"], `${at}/c`, 1, PBKDF2_ROUNDS_MAX), dklen, salt };
  }
  const n = integerOf(params["n"], `${at}/n`, 2, SCRYPT_N_MAX);
  if ((n & (n - 1)) !== 0) throw malformed(`${at}/n`, "must be a power of two");
  const r = integerOf(params["r"], `${at}/r`, 1, SCRYPT_R_MAX);
  const p = integerOf(params["p"], `${at}/p`, 1, SCRYPT_P_MAX);
  if (n * r * p > SCRYPT_WORK_MAX) throw malformed(at, `n·r·p must be at most ${SCRYPT_WORK_MAX}`);
  if (128 * n * r > SCRYPT_MEMORY_MAX)
    throw malformed(at, `128·n·r must be at most ${SCRYPT_MEMORY_MAX} bytes`);
  return { name, n, r, p, dklen, salt };
}

function moduleOf(crypto: Record<string, unknown>, member: string) {
  const at = `/crypto/${member}`;
  const { function: name, params, message } = objectOf(crypto[member], at);
  return { name, params: objectOf(params, `${at}/params`), message };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed("", "is not JSON");
  }
}

function objectOf(value: unknown, field: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw malformed(field, "must be an object");
}

function integerOf(value: unknown, field: string, min: number, max: number): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max) return value;
  throw malformed(field, `must be an integer from ${min} to ${max}`);
}

/** Hex in either case, with or without 0x. */
function bytesOf(value: unknown, field: string, min: number, max: number): Uint8Array {
  const digits = typeof value === "string" && !value.startsWith("0x") ? `0x${value}` : value;
  const bytes = typeof digits === "string" ? fromHex(digits) : undefined;
  if (bytes !== undefined && bytes.length >= min && bytes.length <= max) return bytes;
  throw malformed(field, `must be ${min === max ? min : `${min} to ${max}`} bytes of hex`);
}

function malformed(field: string, rule: string): SignerError {
  return new SignerError("request.malformed", `keystore ${field}: ${rule}`.replace(" :", ":"), { field });
}
