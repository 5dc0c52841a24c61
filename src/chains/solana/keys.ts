/**
 * Solana keys: SLIP-0010 Ed25519, where every level is hardened, so there is no extended public key and no address
 * index: the wallets count accounts instead.
 * @module
 */
import { base58 } from "@scure/base";
import type { KeyOptions, KeyPlan } from "../adapter.ts";
import { SignerError } from "../../domain/errors.ts";
import type { KeyAttributes } from "../../domain/keys.ts";
import type { PublicKey } from "../../domain/kinds.ts";

const HARDENED_PATH = /^m(?:\/(?:0|[1-9][0-9]{0,9})'){1,10}$/;
const HARDENED_LIMIT = 2 ** 31;
const PUBLIC_KEY_BYTES = 32;

/**
 * `m/44'/501'/account'/0'` (account 0 unless given), or a `path` whose levels are all hardened.
 * @throws SignerError `request.malformed` naming the option
 */
export function planKey(options: KeyOptions): KeyPlan {
  refuseForeignOptions(options);
  return { path: derivationPath(options), derivation: "slip10-ed25519", curve: "ed25519", attributes: {} };
}

/** An imported key is 32 bytes of Ed25519 seed; nothing else is known of it. @throws SignerError `request.malformed` */
export function planImport(options: KeyOptions): {
  readonly curve: "ed25519";
  readonly attributes: KeyAttributes;
} {
  refuseForeignOptions(options);
  for (const name of ["account", "index", "path"] as const) {
    if (options[name] !== undefined)
      throw malformed(name, "an imported key has no derivation path; leave it out");
  }
  return { curve: "ed25519", attributes: {} };
}

/** Base58 of the 32-byte Ed25519 public key. */
export function addressOf(publicKey: PublicKey): string {
  if (publicKey.length !== PUBLIC_KEY_BYTES) throw new RangeError("an Ed25519 public key has 32 bytes");
  return base58.encode(publicKey);
}

function derivationPath(options: KeyOptions): string {
  const { path, account = 0 } = options;
  if (options.index !== undefined && options.index !== 0) {
    throw malformed("index", "Solana paths have an account but no index; count with account instead");
  }
  if (path === undefined) {
    if (!Number.isInteger(account) || account < 0 || account >= HARDENED_LIMIT) {
      throw malformed("account", "must be an integer from 0 to 2147483647");
    }
    return `m/44'/501'/${account}'/0'`;
  }
  if (options.account !== undefined)
    throw malformed("account", "is part of path already; give one of the two");
  if (!HARDENED_PATH.test(path) || levels(path).some((level) => level >= HARDENED_LIMIT)) {
    throw malformed("path", "must be m followed by hardened levels below 2^31, such as m/44'/501'/0'/0'");
  }
  return path;
}

function levels(path: string): number[] {
  return path.split("/").slice(1).map(Number.parseFloat);
}

function refuseForeignOptions(options: KeyOptions): void {
  for (const name of ["purpose", "network", "accountType"] as const) {
    if (options[name] !== undefined)
      throw malformed(name, "Solana keys do not know this option; leave it out");
  }
}

function malformed(name: string, message: string): SignerError {
  return new SignerError("request.malformed", `/${name}: ${message}`, { field: `/${name}` });
}
