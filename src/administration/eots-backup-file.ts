/**
 * The file of a key backup, version 1: JSON with a statement in clear and three sealed parts. The statement is bound to
 * the sealed key, in its canonical form: what is read here is what was written, or the key does not open.
 * @module
 */
import { fromBase64, fromHex, toBase64, toHex } from "../domain/bytes.ts";
import { canonicalJson, type Json } from "../domain/canonical.ts";
import { SignerError } from "../domain/errors.ts";
import { chainIdOf, heightOfText } from "../guard/eots/names.ts";
import { chainIdText } from "../domain/eots.ts";
import type { KeyBackup } from "../vault/seal/key-backup.ts";
import type { StatedFloor } from "../record/guard-state.ts";
import type { XOnlyKey } from "../domain/kinds.ts";

const FORMAT = "claviger.eots-backup";
const VERSION = 1;
const PUBLIC_KEY_BYTES = 33;

/** What a backup says in clear. */
export interface BackupStatement {
  /** 33 bytes, compressed. */
  readonly publicKey: XOnlyKey;
  /** RFC 3339 in UTC. */
  readonly createdAt: string;
  /** Highest signed height or floor of each chain when the backup was made. */
  readonly floors: readonly StatedFloor[];
}

export interface BackupFile {
  readonly statement: BackupStatement;
  readonly sealed: KeyBackup;
}

/** The text that the sealed key is bound to. */
export function statementText(statement: BackupStatement): string {
  return canonicalJson(statementJson(statement));
}

function statementJson({ publicKey, createdAt, floors }: BackupStatement): Json {
  return {
    format: FORMAT,
    version: VERSION,
    publicKey: toHex(publicKey),
    createdAt,
    chains: floors.map(({ chainId, height }) => ({
      chainId: chainIdText(chainId),
      floor: String(height),
    })),
  };
}

export function backupText(statement: BackupStatement, { header, sealedRoot, sealedKey }: KeyBackup): string {
  const document = {
    statement: statementJson(statement),
    seal: header,
    sealedRoot: toBase64(sealedRoot),
    sealedKey: toBase64(sealedKey),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** @throws SignerError `request.malformed` with the member that breaks the format */
export function readBackup(text: string): BackupFile {
  const members = membersOf(parsed(text), "", ["statement", "seal", "sealedRoot", "sealedKey"]);
  return {
    statement: statementOf(members["statement"]),
    sealed: {
      header: textOf(members["seal"], "/seal"),
      sealedRoot: base64Of(members["sealedRoot"], "/sealedRoot"),
      sealedKey: base64Of(members["sealedKey"], "/sealedKey"),
    },
  };
}

function statementOf(value: unknown): BackupStatement {
  const at = "/statement";
  const members = membersOf(value, at, ["format", "version", "publicKey", "createdAt", "chains"]);
  if (members["format"] !== FORMAT || members["version"] !== VERSION) {
    throw malformed(at, `must have format ${FORMAT} and version ${VERSION}`);
  }
  const publicKey = fromHex(textOf(members["publicKey"], `${at}/publicKey`));
  if (publicKey?.length !== PUBLIC_KEY_BYTES)
    throw malformed(`${at}/publicKey`, "must be 33 bytes of 0x-hex");
  const { chains } = members;
  if (!Array.isArray(chains)) throw malformed(`${at}/chains`, "must be a list");
  const floors = chains.map((chain, index) => floorOf(chain, `${at}/chains/${index}`));
  if (new Set(floors.map(({ chainId }) => toHex(chainId))).size < floors.length) {
    throw malformed(`${at}/chains`, "names a chain twice");
  }
  return { publicKey, createdAt: textOf(members["createdAt"], `${at}/createdAt`), floors };
}

function floorOf(value: unknown, at: string): StatedFloor {
  const members = membersOf(value, at, ["chainId", "floor"]);
  const chainId = chainIdOf(textOf(members["chainId"], `${at}/chainId`));
  if (chainId === undefined) {
    throw malformed(`${at}/chainId`, "must be text, or 0x-hex, of at most 64 bytes");
  }
  const height = heightOfText(textOf(members["floor"], `${at}/floor`));
  if (height === undefined) throw malformed(`${at}/floor`, "must be a decimal string below 2^64");
  return { chainId, height };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed("", "must be JSON; take a file that was written as a backup of a key");
  }
}

function membersOf(value: unknown, at: string, names: readonly string[]): Readonly<Record<string, unknown>> {
  const members = typeof value === "object" && value !== null ? Object.entries(value) : [];
  if (members.length !== names.length || !members.every(([name]) => names.includes(name))) {
    throw malformed(at, `must have exactly ${names.join(", ")}`);
  }
  return Object.fromEntries(members);
}

function textOf(value: unknown, at: string): string {
  if (typeof value === "string") return value;
  throw malformed(at, "must be text");
}

function base64Of(value: unknown, at: string): Uint8Array {
  const bytes = fromBase64(textOf(value, at));
  if (bytes === undefined) throw malformed(at, "must be base64");
  return bytes;
}

function malformed(at: string, rule: string): SignerError {
  return new SignerError("request.malformed", `backup ${at === "" ? "/" : at}: ${rule}`, { field: at });
}
