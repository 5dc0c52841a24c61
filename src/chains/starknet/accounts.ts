/**
 * Account contracts and their counterfactual addresses. Class hashes change with wallet releases, so each key stores
 * the one it was made with; this file only says what a new key gets.
 * @module
 */
import { pedersen } from "@scure/starknet";
import { bytesToBigint } from "../../domain/bytes.ts";
import { SignerError } from "../../domain/errors.ts";
import type { Derivation, KeyAttributes } from "../../domain/keys.ts";
import { ADDRESS_BOUND, PRIME, addressText, shortString } from "./felts.ts";
import type { PublicKey } from "../../domain/kinds.ts";

export const ACCOUNT_TYPES = ["openzeppelin", "argent", "braavos"] as const;
export type AccountType = (typeof ACCOUNT_TYPES)[number];

interface AccountClass {
  /** Sierra class hash of the contract that a new key's account is an instance of. */
  readonly classHash: string;
  readonly classVersion: string;
  readonly derivation: Derivation;
  /** Those of keys that were made before. */
  readonly earlier?: readonly Derivation[];
  /** Constructor arguments for one Stark public key. */
  readonly constructorCalldata: (publicKey: bigint) => readonly bigint[];
}

/** What a new key of each account type gets. Mainnet and Sepolia have the same class hashes. */
export const ACCOUNT_CLASSES: Readonly<Record<AccountType, AccountClass>> = {
  openzeppelin: {
    // AccountUpgradeable preset, OpenZeppelin Contracts for Cairo.
    classHash: "0x05b4b537eaa2399e3aa99c4e2e0208ebd6c71bc1467938cd52c798c601e43564",
    classVersion: "1.0.0",
    derivation: "starknet-bip32-grind",
    constructorCalldata: (publicKey) => [publicKey],
  },
  argent: {
    // Ready, formerly Argent X. (owner: Signer, guardian: Option<Signer>) with owner = Starknet{pubkey}, guardian = None.
    classHash: "0x036078334509b514626504edc9fb252328d1a240e4e948bef8d0c08dff45927f",
    classVersion: "0.4.0",
    derivation: "starknet-argent-wallet-grind",
    earlier: ["starknet-argent-grind"],
    constructorCalldata: (publicKey) => [0n, publicKey, 1n],
  },
  braavos: {
    // The base account, which upgrades itself to the wallet's class while it is being deployed.
    classHash: "0x013bfe114fb1cf405bfc3a7f8dbe2d91db146c17521d40dcf57e16d6b59fa8e6",
    classVersion: "base",
    derivation: "starknet-bip32-grind",
    constructorCalldata: (publicKey) => [publicKey],
  },
};

const CONTRACT_ADDRESS_PREFIX = shortString("STARKNET_CONTRACT_ADDRESS");

/** The account type of a name, or undefined. */
export function accountType(name: unknown): AccountType | undefined {
  return ACCOUNT_TYPES.find((known) => known === name);
}

/**
 * Address of the account that a key controls: salt and owner are the public key, deployer is 0.
 * @param publicKey 32 bytes big-endian, x of the Stark public key
 * @param attributes `accountType` and `classHash` as `planKey` gave them
 * @returns lowercase 0x-hex, 64 digits
 * @throws SignerError `request.malformed` for a key that is not one of ours
 */
export function accountAddress(publicKey: PublicKey, attributes: KeyAttributes): string {
  const type = accountType(attributes["accountType"]);
  const classHash = attributes["classHash"];
  if (type === undefined || typeof classHash !== "string" || !/^0x[0-9a-f]{1,64}$/.test(classHash)) {
    throw new SignerError(
      "request.malformed",
      "/accountType: the key has no account type and class hash; make it again with one",
    );
  }
  const owner = ownerOf(publicKey);
  return addressText(
    contractAddress(owner, BigInt(classHash), ACCOUNT_CLASSES[type].constructorCalldata(owner)),
  );
}

/** The public key as a felt. @throws SignerError `request.malformed` for what is not 32 bytes, x of a point of the curve */
export function ownerOf(publicKey: PublicKey): bigint {
  const owner = bytesToBigint(publicKey);
  if (publicKey.length === 32 && owner > 0n && owner < PRIME) return owner;
  throw new SignerError("request.malformed", "/publicKey: must be 32 bytes, x of a point on the Stark curve");
}

/**
 * Contract address of a deployment: Pedersen over prefix, deployer, salt, class, hash of the arguments.
 * @param deployer 0 for a deployment by nobody (deploy_account)
 */
export function contractAddress(
  salt: bigint,
  classHash: bigint,
  constructorCalldata: readonly bigint[],
  deployer = 0n,
): bigint {
  const hash = pedersenArray([
    CONTRACT_ADDRESS_PREFIX,
    deployer,
    salt,
    classHash,
    pedersenArray(constructorCalldata),
  ]);
  return hash % ADDRESS_BOUND;
}

/** Pedersen array hash: folds from 0 and hashes the length last. */
export function pedersenArray(values: readonly bigint[]): bigint {
  let hash = 0n;
  for (const value of [...values, BigInt(values.length)]) hash = BigInt(pedersen(hash, value));
  return hash;
}
