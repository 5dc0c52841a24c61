/**
 * Web3Signer's key configuration files. They hold raw private keys, so only a thread of the vault reads them; what
 * leaves it is the public key, or the path of a keystore.
 * @module
 */
import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { parseAllDocuments } from "yaml";
import { fromHex } from "../../domain/bytes.ts";
import { SignerError } from "../../domain/errors.ts";
import { blsPublicKey, isBlsPrivateKey } from "../sign/bls.ts";
import { wipe } from "../wipe.ts";
import type { PublicKey } from "../../domain/kinds.ts";

/** One YAML document of a file, without its secret. */
export type KeyConfig =
  | { readonly kind: "raw"; readonly publicKey: PublicKey }
  | { readonly kind: "keystore"; readonly keystoreFile: string; readonly passwordFile: string }
  /** A kind of key that is not on this disk, or not a validator's. `type` as the file says. */
  | { readonly kind: "unsupported"; readonly type: string }
  | { readonly kind: "malformed"; readonly message: string };

/** Every document of `file`, in order. Relative paths count from `folder`, as in Web3Signer. */
export function readKeyConfigs(file: string, folder: string): readonly KeyConfig[] {
  const documents = documentsOf(file);
  if (documents === undefined) return [{ kind: "malformed", message: "is not YAML, or cannot be read" }];
  return documents.map((members) => summary(members, folder));
}

/** The raw key of document `index`, 32 bytes, the caller's to wipe. @throws SignerError `request.malformed` */
export function readRawKey(file: string, index: number): Uint8Array {
  const secret = rawKey(documentsOf(file)?.[index]);
  if (secret !== undefined) return secret;
  throw new SignerError(
    "request.malformed",
    `document ${index + 1} is no longer a file-raw BLS key; run the command again when the files ` +
      `stay as they are`,
  );
}

type Members = Readonly<Record<string, unknown>>;

function documentsOf(file: string): readonly Members[] | undefined {
  try {
    // With this schema every scalar is a string: an unquoted 0x… key would else become a number, and lose its end.
    const documents = [...parseAllDocuments(readFileSync(file, "utf8"), { schema: "failsafe" })];
    if (documents.some((document) => document.errors.length > 0)) return undefined;
    return documents.map((document): Members => {
      const value: unknown = document.toJS();
      return typeof value === "object" && value !== null ? { ...value } : {};
    });
  } catch {
    // The parser's message would quote the line, which may be the key.
    return undefined;
  }
}

function summary(members: Members, folder: string): KeyConfig {
  const { type, keystoreFile, keystorePasswordFile, keyType = "BLS" } = members;
  if (typeof type !== "string") return { kind: "malformed", message: "has no type" };
  if (keyType !== "BLS") return { kind: "unsupported", type: `${type}, keyType ${String(keyType)}` };
  if (type === "file-keystore") {
    if (typeof keystoreFile !== "string" || typeof keystorePasswordFile !== "string") {
      return { kind: "malformed", message: "needs keystoreFile and keystorePasswordFile" };
    }
    const at = (path: string): string => (isAbsolute(path) ? path : join(folder, path));
    return { kind: "keystore", keystoreFile: at(keystoreFile), passwordFile: at(keystorePasswordFile) };
  }
  if (type !== "file-raw") return { kind: "unsupported", type };
  const secret = rawKey(members);
  if (secret === undefined)
    return { kind: "malformed", message: "privateKey is no BLS private key in 0x-hex" };
  try {
    return { kind: "raw", publicKey: blsPublicKey(secret) };
  } finally {
    wipe(secret);
  }
}

function rawKey(members: Members | undefined): Uint8Array | undefined {
  const { type, privateKey, keyType = "BLS" } = members ?? {};
  if (type !== "file-raw" || keyType !== "BLS" || typeof privateKey !== "string") return undefined;
  const secret = fromHex(privateKey.startsWith("0x") ? privateKey : `0x${privateKey}`);
  if (secret !== undefined && isBlsPrivateKey(secret)) return secret;
  wipe(secret);
  return undefined;
}
