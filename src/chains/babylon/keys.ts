/** Babylon finality-provider keys: secp256k1, named by their x-only form as the chain names them. */
import { toHex } from "../../domain/bytes.ts";
import { SignerError } from "../../domain/errors.ts";
import type { KeyAttributes, KeyRecord } from "../../domain/keys.ts";
import type { KeyOptions, KeyPlan } from "../adapter.ts";
import type { PublicKey } from "../../domain/kinds.ts";

const PUBLIC_KEY_BYTES = 33;
const INDEX_LIMIT = 2 ** 31;
/** `m` alone is the BIP-32 master key: what eotsd makes of a mnemonic when it is given no path. */
const PATH = /^m(?:\/(?:0|[1-9][0-9]{0,9})'?){0,10}$/;

/**
 * `m/44'/1'/account'/0/index` (both 0 unless given), or `path`, which may be `m`.
 * @throws SignerError `request.malformed` naming the option
 */
export function planKey(options: KeyOptions): KeyPlan {
  refuse(
    options,
    ["purpose", "network", "accountType"],
    "Babylon keys do not know this option; leave it out",
  );
  return { path: derivationPath(options), derivation: "bip32-secp256k1", curve: "secp256k1", attributes: {} };
}

/** An imported key is a 32-byte scalar, big-endian, and nothing else. @throws SignerError `request.malformed` */
export function planImport(options: KeyOptions): {
  readonly curve: "secp256k1";
  readonly attributes: KeyAttributes;
} {
  refuse(options, ["account", "index", "path"], "an imported key has no derivation path; leave it out");
  refuse(
    options,
    ["purpose", "network", "accountType"],
    "Babylon keys do not know this option; leave it out",
  );
  return { curve: "secp256k1", attributes: {} };
}

/** Lowercase hex, without 0x, of the 32-byte x-only key: what the chain calls fp_btc_pk_hex and eotsd the uid. */
export function addressOf(publicKey: PublicKey): string {
  return toHex(xOnly(publicKey)).slice(2);
}

/** The 32-byte x coordinate of the key, whose true parity stays with the vault. */
export function xOnlyOf(key: Pick<KeyRecord, "publicKey">): Uint8Array {
  return xOnly(key.publicKey);
}

function xOnly(publicKey: PublicKey): Uint8Array {
  if (publicKey.length !== PUBLIC_KEY_BYTES) throw new RangeError("a compressed public key has 33 bytes");
  return publicKey.slice(1);
}

function derivationPath({ path, account, index }: KeyOptions): string {
  if (path === undefined) {
    return `m/44'/1'/${level(account, "account")}'/0/${level(index, "index")}`;
  }
  if (account !== undefined) throw malformed("account", "is part of path already; give one of the two");
  if (index !== undefined) throw malformed("index", "is part of path already; give one of the two");
  const levels = path.split("/").slice(1);
  if (!PATH.test(path) || levels.some((text) => Number.parseInt(text, 10) >= INDEX_LIMIT)) {
    throw malformed(
      "path",
      "must be m, or m followed by at most 10 levels below 2^31, hardened by ' or h: m/44'/118'/0'/0/0",
    );
  }
  return path;
}

function level(value: number | undefined, name: string): number {
  const index = value ?? 0;
  if (!Number.isInteger(index) || index < 0 || index >= INDEX_LIMIT) {
    throw malformed(name, "must be an integer from 0 to 2147483647");
  }
  return index;
}

function refuse(options: KeyOptions, names: readonly (keyof KeyOptions)[], rule: string): void {
  for (const name of names) {
    if (options[name] !== undefined) throw malformed(name, rule);
  }
}

function malformed(name: string, message: string): SignerError {
  return new SignerError("request.malformed", `/${name}: ${message}`, { field: `/${name}` });
}
