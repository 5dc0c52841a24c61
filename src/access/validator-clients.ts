/**
 * Callers that have no principal of their own: a validator client that can send no token, and whoever holds the
 * Keymanager API's token. Each acts in one namespace, with one role, in no group: neither can ask for an exit.
 */
import { writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { isIP } from "node:net";
import { builtInRoles } from "./actors.ts";
import type { Principal } from "./principals.ts";
import { readSecretFile } from "./secret-files.ts";
import { hashToken, sameHash, TOKEN_LENGTH_MIN } from "./tokens.ts";
import type { NamespaceName } from "../domain/kinds.ts";

/** Built in: they were never made, and the ledger names them by these ids. */
const CREATED_AT = "1970-01-01T00:00:00.000Z";

/** The principal of validator clients without a token. */
export function anonymousValidatorClient(namespace: NamespaceName): Principal {
  return {
    id: "anonymous-validator-client",
    namespace,
    name: "validator client without a token",
    roles: builtInRoles("anonymous-validator-client"),
    groups: [],
    createdAt: CREATED_AT,
  };
}

/** The principal of Keymanager clients without a token. */
export function anonymousKeymanagerClient(namespace: NamespaceName): Principal {
  return {
    id: "anonymous-keymanager-client",
    namespace,
    name: "Keymanager client without a token",
    roles: builtInRoles("anonymous-keymanager-client"),
    groups: [],
    createdAt: CREATED_AT,
  };
}

/** The principal of the Keymanager API. */
export function keymanagerClient(namespace: NamespaceName): Principal {
  return {
    id: "keymanager-client",
    namespace,
    name: "Keymanager API",
    roles: builtInRoles("keymanager-client"),
    groups: [],
    createdAt: CREATED_AT,
  };
}

/** True for an IPv4 or IPv6 address, as it is written without brackets. */
export function isIpAddress(host: string): boolean {
  return isIP(host) !== 0;
}

/** True for a host that only this machine can reach: a loopback address, or the name localhost. */
export function isLoopback(host: string): boolean {
  // A socket that takes both families shows an IPv4 peer inside an IPv6 address.
  const name = host
    .replace(/^\[(.*)\]$/, "$1")
    .toLowerCase()
    .replace(/^::ffff:(?=127\.)/, "");
  if (name === "localhost" || name === "::1") return true;
  return isIP(name) === 4 && name.startsWith("127.");
}

/** The Keymanager API's token, as a hash. */
export class KeymanagerToken {
  readonly #hash: Uint8Array;

  private constructor(hash: Uint8Array) {
    this.#hash = hash;
  }

  /**
   * The token in `file`; without such a file, a new one (256 random bits in hex, mode 600).
   * @throws SecretExposed; Error for a file that cannot be read, or whose token is shorter than 32 characters
   */
  static open(file: string): KeymanagerToken {
    const token = existing(file) ?? created(file);
    if (token.length < TOKEN_LENGTH_MIN) {
      throw new Error(
        `${file}: its token is shorter than ${TOKEN_LENGTH_MIN} characters; delete it for a new one`,
      );
    }
    return new KeymanagerToken(hashToken(token));
  }

  matches(token: string): boolean {
    return sameHash(this.#hash, hashToken(token));
  }
}

function existing(file: string): string | undefined {
  try {
    return readSecretFile(file).toString("utf8").trim();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function created(file: string): string {
  const token = `0x${randomBytes(32).toString("hex")}`;
  // A file that appeared meanwhile is somebody else's token.
  writeFileSync(file, `${token}\n`, { mode: 0o600, flag: "wx" });
  return token;
}
