/**
 * The exported proof: a finality provider's key and a Babylon account have each signed the other's name. Its members
 * are those of eotsd's `pop export`.
 * @module
 */
import { schnorr } from "@noble/curves/secp256k1.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { fromBase64, fromHex, toBase64, utf8 } from "../../../domain/bytes.ts";
import { accountBytes, addressOfAccountKey, isDataSignature } from "./account.ts";
import type { PublicKey } from "../../../domain/kinds.ts";

export interface ExportedProof {
  /** Hex of the 32-byte x-only key. */
  readonly eotsPublicKey: string;
  /** Base64 of 33 bytes. */
  readonly babyPublicKey: string;
  /** Base64: BIP-340 over SHA-256 of the address's text. */
  readonly eotsSignBaby: string;
  /** Base64: the account's ADR-36 signature over the hex of the key. */
  readonly babySignEotsPk: string;
  readonly babyAddress: string;
}

const MEMBERS = ["eotsPublicKey", "babyPublicKey", "eotsSignBaby", "babySignEotsPk", "babyAddress"] as const;

/** What the finality provider's key signs: 32 bytes. */
export function eotsSignBabyDigest(babyAddress: string): Uint8Array {
  return sha256(utf8(babyAddress));
}

export function exportedProof(parts: {
  readonly eotsPublicKey: string;
  readonly eotsSignBaby: Uint8Array;
  readonly babyAddress: string;
  readonly babyPublicKey: string;
  readonly babySignEotsPk: string;
}): ExportedProof {
  return { ...parts, eotsSignBaby: toBase64(parts.eotsSignBaby) };
}

/** The first thing that is wrong with it; null where both signatures are what they must be. */
export function problemOfExport(value: unknown): string | null {
  if (typeof value !== "object" || value === null) return "it is not an object";
  const members = new Map<string, unknown>(Object.entries(value));
  const known: ReadonlySet<string> = new Set(MEMBERS);
  for (const name of members.keys()) if (!known.has(name)) return `${name} is not a member of a proof`;
  for (const name of MEMBERS) if (typeof members.get(name) !== "string") return `${name} must be text`;
  const text = (name: (typeof MEMBERS)[number]): string => String(members.get(name));
  const key = fromHex(`0x${text("eotsPublicKey")}`);
  if (key?.length !== 32) return "eotsPublicKey must be 64 hex digits";
  const account = fromBase64(text("babyPublicKey"));
  if (account?.length !== 33) return "babyPublicKey must be base64 of 33 bytes";
  const address = text("babyAddress");
  if (accountBytes(address) === undefined) return "babyAddress must be a bbn1… address";
  if (addressOfAccountKey(account) !== address) return "babyAddress is not that of babyPublicKey";
  const byKey = fromBase64(text("eotsSignBaby"));
  if (byKey?.length !== 64 || !isBip340(byKey, eotsSignBabyDigest(address), key)) {
    return "eotsSignBaby is not the key's signature over the address";
  }
  const byAccount = fromBase64(text("babySignEotsPk"));
  const data = text("eotsPublicKey");
  if (byAccount?.length !== 64 || !isDataSignature(byAccount, account, address, data)) {
    return "babySignEotsPk is not the account's ADR-36 signature over the key";
  }
  return null;
}

function isBip340(signature: Uint8Array, digest: Uint8Array, publicKey: PublicKey): boolean {
  try {
    return schnorr.verify(signature, digest, publicKey);
  } catch {
    return false;
  }
}
