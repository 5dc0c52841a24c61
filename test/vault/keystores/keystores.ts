/** EIP-2335 keystores for tests, written by code of our own at any cost parameters. */
import { createCipheriv, createHash, pbkdf2Sync, randomBytes, randomUUID, scryptSync } from "node:crypto";
import { blsPublicKey } from "../../../src/vault/sign/bls.ts";

export interface KeystoreJson {
  crypto: {
    kdf: { function: string; params: Record<string, unknown>; message: string };
    checksum: { function: string; params: Record<string, unknown>; message: string };
    cipher: { function: string; params: Record<string, unknown>; message: string };
  };
  pubkey: string;
  path: string;
  uuid: string;
  version: number;
}

export type Cost =
  | { readonly scrypt: { readonly n: number; readonly r: number; readonly p: number } }
  | { readonly rounds: number };

/** A few milliseconds. */
export const CHEAP: Cost = { scrypt: { n: 1024, r: 8, p: 1 } };

/** 32 bytes from a number; below the order of BLS12-381. */
export function validatorKey(index: number): Uint8Array {
  const secret = new Uint8Array(createHash("sha256").update(`validator ${index}`).digest());
  secret[0] = (secret[0] ?? 0) & 0x3f;
  return secret;
}

/** A keystore of `secret`; `password` in the form that EIP-2335 encodes it to. */
export function keystoreOf(
  secret: Uint8Array,
  password: string,
  cost: Cost = CHEAP,
  pubkey = Buffer.from(blsPublicKey(secret)).toString("hex"),
): KeystoreJson {
  const salt = randomBytes(32);
  const iv = randomBytes(16);
  const derived =
    "rounds" in cost
      ? pbkdf2Sync(password, salt, cost.rounds, 32, "sha256")
      : scryptSync(password, salt, 32, {
          N: cost.scrypt.n,
          r: cost.scrypt.r,
          p: cost.scrypt.p,
          maxmem: 2 ** 30,
        });
  const params =
    "rounds" in cost
      ? { dklen: 32, c: cost.rounds, prf: "hmac-sha256", salt: salt.toString("hex") }
      : { dklen: 32, ...cost.scrypt, salt: salt.toString("hex") };
  const ciphertext = createCipheriv("aes-128-ctr", derived.subarray(0, 16), iv).update(secret);
  const checksum = createHash("sha256").update(derived.subarray(16)).update(ciphertext).digest("hex");
  return {
    crypto: {
      kdf: { function: "rounds" in cost ? "pbkdf2" : "scrypt", params, message: "" },
      checksum: { function: "sha256", params: {}, message: checksum },
      cipher: {
        function: "aes-128-ctr",
        params: { iv: iv.toString("hex") },
        message: ciphertext.toString("hex"),
      },
    },
    pubkey,
    path: "m/12381/3600/0/0/0",
    uuid: randomUUID(),
    version: 4,
  };
}
