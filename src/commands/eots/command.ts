/** `claviger eots …`: what its commands take. */
import { Option, type Command } from "commander";
import { ROOT_NAMESPACE } from "../../access/roles.ts";
import { calls, withConfig } from "../declaration.ts";
import { declarePop } from "./pop/command.ts";

export function declareEots(program: Command): void {
  const eots = program.command("eots").description("signing history of finality providers (Babylon EOTS)");
  declareHistory(eots);
  declareFloors(eots);
  declareBackup(eots);
  declarePop(eots);
}

/** For a command that the running service answers where one has the data directory. */
function withService(command: Command): Command {
  return withConfig(command).option("--token-file <file>", "bearer token, where the service runs");
}

function declareHistory(eots: Command): void {
  withConfig(eots.command("import <file>"))
    .description("merge a history, all or nothing; stop the service (and eotsd) first")
    .addOption(
      new Option("--format <format>", "what the file is; told from its start").choices(["jsonl", "eotsd"]),
    )
    .option("--enable-keys", "keys of the file that were disabled sign here again", false)
    .option("--long-messages <how>", "hash: keep SHA-256 of a message above 8192 bytes; else it is refused")
    .action(calls(async () => (await import("./import.ts")).eotsImport));

  withService(eots.command("export <file>"))
    .description("write the history as JSON Lines; of a running service too")
    .option("--public-key <key>", "of this key alone")
    .option("--disable-keys", "no exported key signs here afterwards, as before a move", false)
    .action(calls(async () => (await import("./export.ts")).eotsExport));
}

function declareFloors(eots: Command): void {
  withService(eots.command("floor"))
    .description("show keys and floors, or raise a floor; of a running service too")
    .option("--public-key <key>", "this key alone")
    .option("--chain-id <id>", "with --height: the chain; 0x-hex where the id is not text")
    .option("--height <height>", "sign nothing new at or below it")
    .action(calls(async () => (await import("./floors.ts")).eotsFloor));

  withService(eots.command("require-floor"))
    .description("keys sign nothing new on a chain without a floor, for ever; of a running service too")
    .requiredOption("--public-key <key...>", "the keys")
    .action(calls(async () => (await import("./floors.ts")).eotsRequireFloor));

  withConfig(eots.command("prune"))
    .description("delete records at or below the floors; stop the service first")
    .action(calls(async () => (await import("./prune.ts")).eotsPrune));
}

function declareBackup(eots: Command): void {
  withService(eots.command("backup <file>"))
    .description("write one key to a file under a passphrase; of a running service too")
    .requiredOption("--key <key>", "its id, or the 64 hex digits of its x-only public key")
    .option("--passphrase-file <file>", "passphrase of the backup; a running service has its own")
    .option("--namespace <name>", "where the key is", ROOT_NAMESPACE)
    .action(calls(async () => (await import("./backup.ts")).eotsBackup));

  withConfig(eots.command("restore <file>"))
    .description("store the key of a backup; stop the service first")
    .requiredOption("--passphrase-file <file>", "passphrase of the backup")
    .option("--namespace <name>", "where the key goes", ROOT_NAMESPACE)
    .option(
      "--floor <chain=height>",
      "last height that the key signed on a chain, anywhere; once for each chain",
      (value: string, before: readonly string[]) => [...before, value],
      [],
    )
    .option("--history <file>", "newest export of the key's history, instead of --floor")
    .action(calls(async () => (await import("./restore.ts")).eotsRestore));
}
