/** `claviger init`: a data directory sealed by a passphrase, and the first administrator's token, shown once. */
import { statSync } from "node:fs";
import { createToken } from "../../access/tokens.ts";
import { assertDirectory, makeDirectory } from "../../ledger/directory.ts";
import { loadConfig } from "../../config/config.ts";
import type { Config } from "../../config/schema.ts";
import { utf8 } from "../../domain/bytes.ts";
import { exposureOf } from "../../domain/secret-files.ts";
import { closeFoundation, openFoundation } from "../../foundation.ts";
import { initialiseInstallation } from "../../administration/initialisation.ts";
import { readPassphraseFile } from "../../vault/seal/passphrase-file.ts";
import { holdsKeys, setUpState } from "../data-directory.ts";
import type { CommandOptions } from "../options.ts";
import { CommandError, say, sayJson } from "../output.ts";
import { askHidden, assertTerminal } from "../passphrase.ts";

const PASSPHRASE_BYTES_MIN = 12;

export async function init(options: CommandOptions): Promise<void> {
  const config = loadConfig({ file: options.config, preset: "production" });
  const directory = config.storage.dataDir;
  assertDirectory(directory);
  const state = setUpState(directory);
  if (state === "done") {
    const advice = holdsKeys(directory)
      ? "choose another storage.dataDir"
      : "it holds no keys yet: where its token was never shown, remove it and run init again";
    throw new CommandError(
      "init.exists",
      `${directory} is initialised already, and init never overwrites; ${advice}`,
    );
  }
  if (state === "begun" && options.output === "text") {
    say(`An init of ${directory} was interrupted: this one goes on, with the same passphrase.`);
  }
  const passphrase = await readPassphrase(config.seal.passphraseFile);
  makeDirectory(directory);
  const token = createToken();
  const foundation = await openFoundation(directory);
  try {
    if (options.output === "text") say("Sealing (Argon2id, 256 MiB: a few seconds) …");
    const { administratorId } = await initialiseInstallation(foundation, {
      passphrase,
      administratorToken: token,
      administratorName: "first administrator",
      administratorRoles: "NamespaceAdmin",
    });
    // Another init came first, between the look and the lock: this one's token is nobody's.
    if (administratorId === null)
      throw new CommandError("init.exists", `${directory} has an administrator already; use its token`);
    if (options.output === "json")
      sayJson({ event: "initialised", dataDir: directory, administratorId, token });
    else tell(config, token);
  } finally {
    passphrase.fill(0);
    await closeFoundation(foundation);
  }
}

function tell({ storage: { dataDir: directory }, server: { host, port } }: Config, token: string): void {
  say(
    "",
    `${directory} is sealed. Without the passphrase nobody can open it: keep it in two places.`,
    "",
    `  administrator's token, shown once:  ${token}`,
    "",
    "That administrator looks after principals and namespaces, and can neither make keys nor sign. Next, with the",
    "same settings, start the service and make a principal for each person and program:",
    "",
    "  npm run claviger -- serve",
    `  curl -s http://${host}:${port}/v1/principals -H "authorization: Bearer ${token}" \\`,
    `    -H 'content-type: application/json' -d '{"name":"keeper","roles":["KeyAdmin"]}'`,
  );
}

/** From the configured file, or asked twice on the terminal. */
async function readPassphrase(file: string): Promise<Uint8Array> {
  if (file !== "") {
    return longEnough(passphraseFrom(file));
  }
  assertTerminal();
  const first = await askHidden("Passphrase: ");
  const second = await askHidden("The same again: ");
  if (first !== second) throw new CommandError("seal.mismatch", "the two passphrases differ; start again");
  return longEnough(utf8(first));
}

/** As `serve` will read it: the same bytes, or the seal would never open again. */
function passphraseFrom(file: string): Uint8Array {
  const stat = statSync(file, { throwIfNoEntry: false });
  const exposure = stat === undefined ? null : exposureOf(file, stat, process.getuid !== undefined);
  if (exposure !== null) throw new CommandError("seal.file_mode", exposure);
  return readPassphraseFile(file);
}

function longEnough(passphrase: Uint8Array): Uint8Array {
  if (passphrase.length >= PASSPHRASE_BYTES_MIN) return passphrase;
  throw new CommandError(
    "seal.passphrase_short",
    `the passphrase must have ${PASSPHRASE_BYTES_MIN} characters or more; six random words are a good one`,
  );
}
