/**
 * Finds keystores and their passwords in a folder as operators have them: staking-deposit-cli, Lighthouse, Teku,
 * Nimbus, Lodestar. A password is only ever named by its file: a thread of the vault reads it.
 * @module
 */
import { existsSync, readdirSync, realpathSync, statSync, type Dirent } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { SignerError } from "../../domain/errors.ts";
import type { KeySource } from "../../vault/keystores/keystore-thread.ts";
import { readKeystore, readSmallFile, reasonOf } from "./candidates.ts";
import type { Candidate, Gathered, Unusable } from "./candidates.ts";
import { countOf } from "./report.ts";

/** Where passwords are; without either, beside the keystores or in a folder `passwords` or `secrets` near them. */
export interface PasswordPlaces {
  /** One file, for every keystore. */
  readonly file?: string | undefined;
  /** A folder with a file for each keystore. */
  readonly folder?: string | undefined;
}

/** 2 before 10; the same on every machine. */
const BY_NUMBER = new Intl.Collator("en", { numeric: true });
/** Folders below the one that was named. */
const DEPTH_MAX = 4;
/** Prysm keeps all keys in one encrypted file, in a form that only Prysm reads. */
const PRYSM_WALLET = "all-accounts.keystore.json";
const PRYSM = "is a Prysm wallet: export keystores from it with prysm's `validator accounts backup`";
const PASSWORD_FOLDERS = ["passwords", "secrets"];

/** Keystores in `folder` and below it, by path; hidden files and folders are left out. */
export function findKeystores(folder: string, places: PasswordPlaces): Gathered {
  const candidates: Candidate[] = [];
  const unusable: Unusable[] = [];
  const notes: string[] = [];
  for (const file of jsonFiles(folder, unusable)) {
    const name = relative(folder, file);
    try {
      const text = readSmallFile(file);
      if (basename(file) === PRYSM_WALLET) throw new SignerError("request.malformed", PRYSM);
      const other = otherPurpose(file, text);
      if (other !== null) {
        notes.push(`${name}: passed over, ${other}`);
        continue;
      }
      const { keystore, publicKey } = readKeystore(text);
      const password = passwordFile(file, publicKey, places);
      if (password === undefined) unusable.push({ name, message: noPassword(file, places) });
      else {
        const source = { kind: "keystore", keystore, password: { file: password } } as const;
        candidates.push({ name, publicKey, source });
      }
      if (existsSync(`${file}.lock`))
        notes.push(`${name}: has a .lock file: make sure that no client runs it`);
    } catch (error) {
      unusable.push({ name, message: reasonOf(error) });
    }
  }
  const open = candidates.filter(({ source }) => isOpenToOthers(source)).length;
  if (open > 0) notes.push(`passwords of ${countOf(open, "keystore")} can be read by others: chmod 600`);
  return { candidates, unusable, notes };
}

/** Sorted, so that a second run meets them in the same order. */
function jsonFiles(folder: string, unusable: Unusable[]): string[] {
  const found: string[] = [];
  const visited = new Set<string>();
  const visit = (directory: string, depth: number): void => {
    const real = realpathSync(directory);
    if (visited.has(real) || depth > DEPTH_MAX) return;
    visited.add(real);
    for (const entry of entriesOf(directory, folder, unusable)) {
      if (entry.name.startsWith(".")) continue;
      const path = join(directory, entry.name);
      if (isFolder(entry, path)) visit(path, depth + 1);
      else if (entry.name.toLowerCase().endsWith(".json")) found.push(path);
    }
  };
  visit(folder, 0);
  return found.toSorted(BY_NUMBER.compare);
}

function entriesOf(directory: string, folder: string, unusable: Unusable[]): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    // The folder that the operator named must be readable; of another, the rest can still be imported.
    if (directory === folder) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    unusable.push({ name: relative(folder, directory), message: `cannot be listed (${code})` });
    return [];
  }
}

/** Follows symbolic links, since mounted secrets are made of them; a broken one is a file that cannot be read. */
function isFolder(entry: Dirent, path: string): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** What a JSON file beside keystores is when it is not a keystore; null for what must be read as one. */
function otherPurpose(file: string, text: string): string | null {
  if (/^deposit_data.*\.json$/i.test(basename(file))) return "deposit data holds no key";
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null || "crypto" in value) return null;
  if ("metadata" in value && "data" in value) {
    return "signing history: give it with --slashing-protection";
  }
  return "it is not an EIP-2335 keystore";
}

function isOpenToOthers(source: KeySource): boolean {
  if (source.kind !== "keystore" || !("file" in source.password)) return false;
  const stat = statSync(source.password.file, { throwIfNoEntry: false });
  return stat !== undefined && (stat.mode & 0o077) !== 0;
}

function passwordFile(file: string, publicKey: string | null, places: PasswordPlaces): string | undefined {
  if (places.file !== undefined) return places.file;
  const stem = basename(file).slice(0, -".json".length);
  const ofKey = publicKey === null ? [] : [publicKey, publicKey.slice(2)];
  const names = [`${stem}.txt`, ...ofKey.flatMap((name) => [name, `${name}.txt`])];
  const folders = places.folder === undefined ? near(file) : [places.folder];
  // Beside the keystore only under its own name: there, a file named after the key is not known to be a password.
  const beside = places.folder === undefined ? [join(dirname(file), `${stem}.txt`)] : [];
  const named = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  return [...beside, ...named].find((path) => existsSync(path));
}

/** `passwords` and `secrets` in the keystore's folder and in the two above it. */
function near(file: string): string[] {
  const own = dirname(file);
  const above = dirname(own);
  return [own, above, dirname(above)].flatMap((folder) => PASSWORD_FOLDERS.map((name) => join(folder, name)));
}

function noPassword(file: string, { folder }: PasswordPlaces): string {
  const stem = basename(file).slice(0, -".json".length);
  return folder === undefined
    ? `no password: put it into ${stem}.txt beside it, or name it with --password-file or --passwords`
    : `no password: ${folder} has neither ${stem}.txt nor a file named after the public key`;
}
