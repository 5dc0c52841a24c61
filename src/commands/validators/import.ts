/** `claviger validators import`: keystores from a folder into a data directory. */
import { existsSync, statSync } from "node:fs";
import { CommandError } from "../output.ts";
import { findKeystores } from "./keystore-folder.ts";
import { bringIn } from "./bring-in.ts";
import type { ImportOptions } from "./place.ts";

export interface ValidatorsImportOptions extends ImportOptions {
  readonly folder: string;
  readonly passwordFile?: string;
  /** Folder with a password file for each keystore. */
  readonly passwords?: string;
  readonly dryRun: boolean;
}

export async function validatorsImport(options: ValidatorsImportOptions): Promise<void> {
  const { folder, passwordFile, passwords } = options;
  if (passwordFile !== undefined && passwords !== undefined) {
    throw new CommandError("usage", "--password-file and --passwords: give one of the two", 2);
  }
  for (const [name, path] of [
    ["--password-file", passwordFile],
    ["--passwords", passwords],
  ] as const) {
    if (path !== undefined && !existsSync(path)) {
      throw new CommandError("validators.passwords", `${name}: ${path} does not exist; check the path`);
    }
  }
  await bringIn(options, {
    command: "claviger validators import",
    folder,
    apply: !options.dryRun,
    toApply: "Run it without --dry-run to import.",
    gather: () => {
      if (!statSync(folder).isDirectory()) {
        throw new CommandError("validators.folder", `${folder} is a file; name the folder that it is in`);
      }
      return Promise.resolve(findKeystores(folder, { file: passwordFile, folder: passwords }));
    },
  });
}
