/** Where StarkNet keys come from. Wallets of the three account types derive differently, so the scheme is stored. */
import { SignerError } from "../../domain/errors.ts";
import { SCHEMES, type Derivation, type KeyAttributes } from "../../domain/keys.ts";
import type { KeyOptions, KeyPlan } from "../adapter.ts";
import { readStatement } from "./existing-account.ts";
import { ACCOUNT_CLASSES, ACCOUNT_TYPES, accountType, type AccountType } from "./accounts.ts";

const LEVEL_MAX = 0x7fffffff;
const PATH = /^m(?:\/(?:0|[1-9][0-9]{0,9})'?){0,10}$/;

/**
 * Plan of a wallet key: m/44'/9004'/account'/0/index. For Argent that path starts at the tree whose seed is
 * the Ethereum key m/44'/60'/0'/0/0 (`scheme`
 * says with or without leading zero bytes); under `starknet-bip32-grind` at the BIP-39 seed's.
 * @param options `accountType` (default openzeppelin), and `account` and `index` (default 0) or `path`
 * @throws SignerError `request.malformed`
 */
export function planKey(options: KeyOptions): KeyPlan {
  refuseForeign(options);
  const type = readAccountType(options);
  const account = readLevel(options.account, "/account");
  const index = readLevel(options.index, "/index");
  if (options.path !== undefined && (options.account !== undefined || options.index !== undefined)) {
    throw malformed("/path", "cannot be combined with account or index; give one of the two");
  }
  return {
    path: options.path === undefined ? `m/44'/9004'/${account}'/0/${index}` : readPath(options.path),
    derivation: readScheme(options, type),
    curve: "stark",
    attributes: plannedAttributes(type, options),
  };
}

/** Attributes of an imported Stark private key. @throws SignerError `request.malformed` */
export function planImport(options: KeyOptions): {
  readonly curve: "stark";
  readonly attributes: KeyAttributes;
} {
  refuseForeign(options);
  for (const name of ["account", "index", "path", "scheme"] as const) {
    if (options[name] !== undefined) throw malformed(`/${name}`, "an imported key has no path; leave it out");
  }
  // An account of any known class may be meant by its address alone.
  const type = options.accountType === undefined && options.accountAddress !== undefined;
  return {
    curve: "stark",
    attributes: plannedAttributes(type ? undefined : readAccountType(options), options),
  };
}

/** Attributes of a new account, or what is stated of one that exists, for `identify` to prove. */
function plannedAttributes(type: AccountType | undefined, options: KeyOptions): KeyAttributes {
  const statement = readStatement(options);
  if (statement === undefined) return attributesOf(type ?? "openzeppelin");
  return { ...(type === undefined ? {} : { accountType: type }), statement };
}

function attributesOf(type: AccountType): KeyAttributes {
  const { classHash, classVersion } = ACCOUNT_CLASSES[type];
  return { accountType: type, classHash, classVersion };
}

/** The account type's derivation, or the earlier one of Argent that `scheme` may ask for. */
function readScheme({ scheme }: KeyOptions, type: AccountType): Derivation {
  const { derivation, earlier = [] } = ACCOUNT_CLASSES[type];
  if (scheme === undefined) return derivation;
  const known = [derivation, ...earlier].filter((name) => SCHEMES[name] !== undefined);
  const found = known.find((name) => SCHEMES[name] === scheme);
  if (found !== undefined) return found;
  throw malformed(
    "/scheme",
    known.length === 0
      ? `is for account type argent; ${type} has one alone, so leave it out`
      : `must be one of ${known.map((name) => SCHEMES[name]).join(", ")}`,
  );
}

function refuseForeign(options: KeyOptions): void {
  for (const name of ["purpose", "network"] as const) {
    if (options[name] !== undefined)
      throw malformed(`/${name}`, "is not known for StarkNet keys; leave it out");
  }
}

function readAccountType(options: KeyOptions): AccountType {
  if (options.accountType === undefined) return "openzeppelin";
  const type = accountType(options.accountType);
  if (type === undefined) throw malformed("/accountType", `must be one of ${ACCOUNT_TYPES.join(", ")}`);
  return type;
}

function readLevel(value: number | undefined, field: string): number {
  if (value === undefined) return 0;
  if (!Number.isInteger(value) || value < 0 || value > LEVEL_MAX) {
    throw malformed(field, "must be an integer from 0 to 2147483647");
  }
  return value;
}

function readPath(path: string): string {
  const levels = PATH.test(path) ? path.split("/").slice(1) : undefined;
  if (levels === undefined || levels.some((level) => Number.parseInt(level, 10) > LEVEL_MAX)) {
    throw malformed("/path", "must be a BIP-32 path such as m/44'/9004'/0'/0/0, each level below 2^31");
  }
  return path;
}

function malformed(field: string, message: string): SignerError {
  return new SignerError("request.malformed", `${field}: ${message}`, { field });
}
