/** `claviger migrate …`: what its commands take. */
import type { Command } from "commander";
import { calls } from "../declaration.ts";
import { withKeyPlace } from "../validators/key-place.ts";

export function declareMigrate(program: Command): void {
  const migrate = program.command("migrate").description("move here from another signer");

  withKeyPlace(migrate.command("web3signer"))
    .description("keys of Web3Signer's key configuration files; only a plan without --apply")
    .requiredOption("--key-config <folder>", "folder of its key configuration files")
    .option("--apply", "do it; stop Web3Signer and this service first", false)
    .action(calls(async () => (await import("./web3signer.ts")).migrateWeb3signer));
}
