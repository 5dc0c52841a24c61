/** Validator keys: EIP-2334 paths, where a validator's signing key is the child 0 of its withdrawal key. */
import { toHex } from "../../domain/bytes.ts";
import { SignerError } from "../../domain/errors.ts";
import type { KeyAttributes, KeyRecord } from "../../domain/keys.ts";
import type { KeyOptions, KeyPlan } from "../adapter.ts";
import type { Networks } from "./networks.ts";
import type { PublicKey } from "../../domain/kinds.ts";

const PUBLIC_KEY_BYTES = 48;
const INDEX_LIMIT = 2 ** 31;
/** EIP-2334: purpose 12381, then the coin type (3600 for Ethereum), unhardened throughout. */
const PATH = /^m\/12381(?:\/(?:0|[1-9][0-9]{0,9})){1,9}$/;
const WITHDRAWAL_PATH = /^m\/12381\/[0-9]+\/[0-9]+\/0$/;

/**
 * `m/12381/3600/index/0/0` (index 0 unless given), or a custom `path`; `network` is the default one unless given.
 * @throws SignerError `request.malformed` naming the option
 */
export function planKey(options: KeyOptions, networks: Networks): KeyPlan {
  if (options.account !== undefined) {
    throw malformed("account", "EIP-2334 paths have an index but no account; count with index instead");
  }
  return {
    path: derivationPath(options),
    derivation: "eip2333",
    curve: "bls12-381",
    attributes: attributesOf(options, networks),
  };
}

/** An imported key is a 32-byte scalar, big-endian; only its network is known. @throws SignerError `request.malformed` */
export function planImport(
  options: KeyOptions,
  networks: Networks,
): {
  readonly curve: "bls12-381";
  readonly attributes: KeyAttributes;
} {
  for (const name of ["account", "index", "path"] as const) {
    if (options[name] !== undefined)
      throw malformed(name, "an imported key has no derivation path; leave it out");
  }
  return { curve: "bls12-381", attributes: attributesOf(options, networks) };
}

/** Lowercase 0x-hex of the 48-byte public key: what validator clients call the key. */
export function addressOf(publicKey: PublicKey): string {
  if (publicKey.length !== PUBLIC_KEY_BYTES) throw new RangeError("a BLS public key has 48 bytes");
  return toHex(publicKey);
}

/** True for the EIP-2334 path of a withdrawal key, which has no business in a duty. */
export function isWithdrawalKey(key: Pick<KeyRecord, "path">): boolean {
  return key.path !== null && WITHDRAWAL_PATH.test(key.path);
}

function derivationPath({ path, index }: KeyOptions): string {
  if (path === undefined) {
    const count = index ?? 0;
    if (!Number.isInteger(count) || count < 0 || count >= INDEX_LIMIT) {
      throw malformed("index", "must be an integer from 0 to 2147483647");
    }
    return `m/12381/3600/${count}/0/0`;
  }
  if (index !== undefined) throw malformed("index", "is part of path already; give one of the two");
  const levels = path.split("/").slice(1);
  if (!PATH.test(path) || levels.some((level) => Number.parseInt(level, 10) >= INDEX_LIMIT)) {
    throw malformed(
      "path",
      "must be m/12381 followed by levels below 2^31, none hardened: m/12381/3600/0/0/0",
    );
  }
  return path;
}

function attributesOf(options: KeyOptions, networks: Networks): KeyAttributes {
  for (const name of ["purpose", "accountType"] as const) {
    if (options[name] !== undefined)
      throw malformed(name, "validator keys do not know this option; leave it out");
  }
  const network = networks.nameFor(options.network);
  if (network === undefined) throw malformed("network", `must be one of ${networks.names.join(", ")}`);
  return { network };
}

function malformed(name: string, message: string): SignerError {
  return new SignerError("request.malformed", `/${name}: ${message}`, { field: `/${name}` });
}
