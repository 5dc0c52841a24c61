/**
 * The seal: passphrase –Argon2id→ unseal key → root key. The header is refused before any key is derived when its
 * parameters are below the floor (a downgrade) or above the ceiling (a memory bomb).
 * @module
 */
import { argon2Sync, hkdfSync, randomFillSync, timingSafeEqual } from "node:crypto";
import { fromBase64, toBase64, utf8 } from "../../domain/bytes.ts";
import { canonicalJson } from "../../domain/canonical.ts";
import { SignerError } from "../../domain/errors.ts";
import type { Seal } from "../../domain/sealed.ts";
import { openBox, rootAssociatedData, sealBox } from "./sealed-box.ts";
import { wipe } from "../wipe.ts";

export interface KdfParameters {
  readonly memoryKiB: number;
  readonly passes: number;
  readonly lanes: number;
}

/** About two seconds; the passphrase is the only thing between a stolen disk and the keys. */
export const KDF_DEFAULT: KdfParameters = { memoryKiB: 262_144, passes: 3, lanes: 4 };
/** RFC 9106's second recommendation: `--dev` and tests. */
export const KDF_FLOOR: KdfParameters = { memoryKiB: 65_536, passes: 3, lanes: 1 };
export const KDF_CEILING: KdfParameters = { memoryKiB: 2_097_152, passes: 10, lanes: 16 };

const SALT_BYTES = 16;
const SALT_BYTES_MAX = 64;
const KEY_BYTES = 32;
const PASSPHRASE_BYTES_MAX = 1024;

interface SealHeader extends KdfParameters {
  readonly salt: Uint8Array;
  /** 32 bytes that only this passphrase's unseal key gives: AES-GCM alone does not commit to its key. */
  readonly keyCheck: Uint8Array;
}

/**
 * Seals a new root key. `root` (32 bytes) is the caller's to wipe.
 * @throws SignerError `request.malformed` for parameters or a passphrase out of bounds
 */
export function createSeal(passphrase: Uint8Array, kdf: KdfParameters): { row: Seal; root: Uint8Array } {
  const complaint = kdfComplaint(kdf) ?? passphraseComplaint(passphrase);
  if (complaint !== undefined) throw new SignerError("request.malformed", complaint);
  const salt = randomFillSync(new Uint8Array(SALT_BYTES));
  const keys = unsealKeys(passphrase, kdf, salt);
  try {
    const header = canonicalJson({
      kdf: {
        lanes: kdf.lanes,
        memoryKiB: kdf.memoryKiB,
        name: "argon2id",
        passes: kdf.passes,
        salt: toBase64(salt),
      },
      keyCheck: toBase64(keys.check),
      version: 1,
    });
    const root = randomFillSync(new Uint8Array(KEY_BYTES));
    return { row: { header, sealedRoot: sealBox(keys.encryption, root, rootAssociatedData(header)) }, root };
  } finally {
    wipe(keys.encryption);
  }
}

/**
 * Opens the root key: 32 bytes, the caller's to wipe.
 * @throws SignerError `service.unseal_failed` for a wrong passphrase and for any change to header or root
 */
export function openSeal(passphrase: Uint8Array, row: Seal): Uint8Array {
  const header = readHeader(row.header);
  const complaint = passphraseComplaint(passphrase);
  if (complaint !== undefined) throw unsealFailed(complaint);
  const keys = unsealKeys(passphrase, header, header.salt);
  try {
    if (!timingSafeEqual(keys.check, header.keyCheck)) {
      throw unsealFailed(
        "the passphrase is wrong, or the seal header was altered; try the right passphrase first",
      );
    }
    const root = openBox(keys.encryption, row.sealedRoot, rootAssociatedData(row.header));
    if (root === undefined)
      throw unsealFailed(
        "the seal header or the sealed root key was altered; keep the file, and read " +
          "docs/damaged-ledger.md before a copy is put back",
      );
    return root;
  } finally {
    wipe(keys.encryption);
  }
}

function unsealKeys(passphrase: Uint8Array, kdf: KdfParameters, salt: Uint8Array) {
  const derived = argon2Sync("argon2id", {
    message: passphrase,
    nonce: salt,
    memory: kdf.memoryKiB,
    passes: kdf.passes,
    parallelism: kdf.lanes,
    tagLength: KEY_BYTES,
  });
  try {
    return { encryption: expand(derived, "root encryption"), check: expand(derived, "key check") };
  } finally {
    wipe(derived);
  }
}

function expand(key: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", key, "", utf8(`claviger seal v1 ${purpose}`), KEY_BYTES));
}

function readHeader(text: string): SealHeader {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw unsealFailed(
      "the seal header is not JSON; keep the file, and read docs/damaged-ledger.md before a copy is put back",
    );
  }
  const { kdf, keyCheck, version } = membersOf(parsed, ["kdf", "keyCheck", "version"], "/");
  const { lanes, memoryKiB, name, passes, salt } = membersOf(
    kdf,
    ["lanes", "memoryKiB", "name", "passes", "salt"],
    "/kdf",
  );
  if (version !== 1) throw unsealFailed("seal header /version is not 1; run the release that wrote it");
  if (name !== "argon2id") throw unsealFailed("seal header /kdf/name must be argon2id");
  const parameters = {
    memoryKiB: integer(memoryKiB, "/kdf/memoryKiB"),
    passes: integer(passes, "/kdf/passes"),
    lanes: integer(lanes, "/kdf/lanes"),
  };
  const complaint = kdfComplaint(parameters);
  if (complaint !== undefined) throw unsealFailed(`seal header ${complaint}`);
  const saltBytes = bytes(salt, "/kdf/salt");
  if (saltBytes.length < SALT_BYTES || saltBytes.length > SALT_BYTES_MAX) {
    throw unsealFailed(`seal header /kdf/salt must be ${SALT_BYTES} to ${SALT_BYTES_MAX} bytes`);
  }
  const check = bytes(keyCheck, "/keyCheck");
  if (check.length !== KEY_BYTES) throw unsealFailed(`seal header /keyCheck must be ${KEY_BYTES} bytes`);
  return { ...parameters, salt: saltBytes, keyCheck: check };
}

function membersOf(value: unknown, names: readonly string[], pointer: string): Record<string, unknown> {
  const members = typeof value === "object" && value !== null ? Object.entries(value) : [];
  if (members.length !== names.length || !members.every(([name]) => names.includes(name))) {
    throw unsealFailed(`seal header ${pointer} must have exactly ${names.join(", ")}`);
  }
  return Object.fromEntries(members);
}

function integer(value: unknown, pointer: string): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value)) {
    throw unsealFailed(`seal header ${pointer} must be an integer`);
  }
  return value;
}

function bytes(value: unknown, pointer: string): Uint8Array {
  const decoded = typeof value === "string" ? fromBase64(value) : undefined;
  if (decoded === undefined) throw unsealFailed(`seal header ${pointer} must be base64`);
  return decoded;
}

function kdfComplaint(kdf: KdfParameters): string | undefined {
  for (const name of ["memoryKiB", "passes", "lanes"] as const) {
    const value = kdf[name];
    if (!Number.isSafeInteger(value) || value < KDF_FLOOR[name] || value > KDF_CEILING[name]) {
      return `/kdf/${name} must be between ${KDF_FLOOR[name]} and ${KDF_CEILING[name]}`;
    }
  }
  return undefined;
}

function passphraseComplaint(passphrase: Uint8Array): string | undefined {
  if (passphrase.length > 0 && passphrase.length <= PASSPHRASE_BYTES_MAX) return undefined;
  return `the passphrase must be 1 to ${PASSPHRASE_BYTES_MAX} bytes`;
}

function unsealFailed(message: string): SignerError {
  return new SignerError("service.unseal_failed", message);
}
