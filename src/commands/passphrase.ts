/** The passphrase as a command gets it: from the configured file, from a development directory, or typed unseen. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import type { Config } from "../config/schema.ts";
import { utf8 } from "../domain/bytes.ts";
import type { Vault } from "../vault/vault.ts";
import { CommandError } from "./output.ts";

/** In a directory that `serve --dev` made. */
export const DEV_PASSPHRASE_FILE = "dev.passphrase";

/** @throws SignerError `service.unseal_failed`; CommandError, exit code 2, when there is neither file nor terminal */
export async function unsealByCommand(vault: Vault, config: Config): Promise<void> {
  const development = join(config.storage.dataDir, DEV_PASSPHRASE_FILE);
  if (config.seal.passphraseFile !== "") return vault.unsealFromFile(config.seal.passphraseFile);
  if (existsSync(development)) return vault.unsealFromFile(development);
  assertTerminal();
  const passphrase = utf8(await askHidden("Passphrase: "));
  try {
    await vault.unseal(passphrase);
  } finally {
    passphrase.fill(0);
  }
}

/** @throws CommandError, exit code 2, that says how to do without a terminal */
export function assertTerminal(): void {
  if (process.stdin.isTTY) return;
  throw new CommandError(
    "seal.no_passphrase",
    "no terminal to ask on: set CLAVIGER_SEAL__PASSPHRASE_FILE to a file that holds the passphrase",
    2,
  );
}

/** One line from the terminal, not shown. The question goes to stderr: stdout is for results. */
export function askHidden(question: string): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  process.stderr.write(question);
  return new Promise((resolve) => {
    lines.question("", (answer) => {
      lines.close();
      process.stderr.write("\n");
      resolve(answer);
    });
  });
}
