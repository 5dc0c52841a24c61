/**
 * How `serve --dev` opens a data directory: it makes the seal, the passphrase beside it and an administrator. A first start
 * may have ended anywhere: whatever is missing is made by the next one.
 */
import { randomBytes } from "node:crypto";
import { closeSync, existsSync, fchmodSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { commandActor } from "../../access/actors.ts";
import { ROLES, ROOT_NAMESPACE } from "../../access/roles.ts";
import { createToken, hashToken, TOKEN_LENGTH_MIN } from "../../access/tokens.ts";
import type { Config } from "../../config/schema.ts";
import type { Foundation } from "../../foundation.ts";
import { newPrincipal } from "../../administration/principals.ts";
import { initialiseInstallation } from "../../administration/initialisation.ts";
import { CommandError } from "../output.ts";
import { DEV_PASSPHRASE_FILE } from "../passphrase.ts";

/** Argon2id at its floor: a development directory keeps its passphrase beside itself anyway. */
const DEV_KDF = { memoryKiB: 65_536, passes: 3, lanes: 4 };
/** Holds the administrator's token where `--dev` made it. */
export const DEV_TOKEN_FILE = "dev.token";

/** Unseals, and makes what is missing. Returns the administrator's token if it was generated. @throws CommandError */
export async function openDevelopmentSeal(foundation: Foundation, config: Config): Promise<string | null> {
  const { dataDir } = config.storage;
  const passphraseFile = join(dataDir, DEV_PASSPHRASE_FILE);
  if (config.dev.token !== "" && config.dev.token.length < TOKEN_LENGTH_MIN) {
    throw new CommandError(
      "config.invalid",
      `CLAVIGER_DEV__TOKEN: must have ${TOKEN_LENGTH_MIN} characters or more`,
    );
  }
  const { initialised } = await foundation.ledger.readSeal();
  if (!initialised) writeSecret(passphraseFile, randomBytes(24).toString("base64url"));
  else if (!existsSync(passphraseFile)) {
    throw new CommandError(
      "service.sealed",
      `${dataDir} was not made by --dev; run claviger serve without --dev`,
    );
  }
  const principals = await foundation.ledger.readPrincipals();
  const kept = keptToken(join(dataDir, DEV_TOKEN_FILE), principals.length === 0 && config.dev.token === "");
  const token = config.dev.token === "" ? kept : config.dev.token;
  await initialiseInstallation(foundation, {
    passphrase: new Uint8Array(readFileSync(passphraseFile)),
    kdf: DEV_KDF,
    administratorToken: token,
    administratorName: "development administrator",
    administratorRoles: "all",
  });
  if (config.dev.token === "") return (await isKnown(foundation, kept)) ? kept : null;
  await ensureAdministrator(foundation, config.dev.token);
  return null;
}

async function isKnown({ ledger }: Foundation, token: string): Promise<boolean> {
  const hash = hashToken(token);
  const principals = await ledger.readPrincipals();
  return principals.some(({ tokenHash }) => Buffer.from(tokenHash).equals(hash));
}

/**
 * The token of an earlier start; empty where there is none. `make`: a new one then, on disk before anybody has it, since a
 * start that ends right after the administrator was made must not lose it.
 */
function keptToken(file: string, make: boolean): string {
  const kept = existsSync(file) ? readFileSync(file, "utf8").trim() : "";
  if (kept.length >= TOKEN_LENGTH_MIN || !make) return kept;
  const token = createToken();
  writeSecret(file, token);
  return token;
}

/** A second start with another CLAVIGER_DEV__TOKEN gets an administrator for it; the first token stays valid. */
async function ensureAdministrator(foundation: Foundation, token: string): Promise<void> {
  if (await isKnown(foundation, token)) return;
  const created = newPrincipal(
    ROOT_NAMESPACE,
    { name: "development administrator", roles: ROLES },
    hashToken(token),
  );
  const actor = commandActor(ROOT_NAMESPACE, "claviger serve --dev");
  await foundation.ledger.createPrincipal({ actor, created, answer: null });
}

/** On disk when it returns: what it opens is committed next. */
function writeSecret(path: string, text: string): void {
  const file = openSync(path, "w", 0o600);
  try {
    fchmodSync(file, 0o600);
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
