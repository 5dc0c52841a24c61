/** `claviger validators …`: what its commands take. */
import type { Command } from "commander";
import { calls, withConfig } from "../declaration.ts";
import { withKeyPlace } from "./key-place.ts";

export function declareValidators(program: Command): void {
  const validators = program.command("validators").description("validator keys from keystores");

  withKeyPlace(validators.command("import <folder>"))
    .description("import a folder of EIP-2335 keystores; stop the service first")
    .option("--password-file <file>", "one password for all keystores")
    .option("--passwords <folder>", "a password file for each keystore, NAME.txt or the public key")
    .option("--dry-run", "only say what would be done", false)
    .action(calls(async () => (await import("./import.ts")).validatorsImport));

  withConfig(validators.command("list"))
    .description("validator keys, their state and history")
    .option("--namespace <namespace>", "only those of this namespace")
    .action(calls(async () => (await import("./list.ts")).validatorsList));
}
