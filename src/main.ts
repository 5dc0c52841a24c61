#!/usr/bin/env node
/** The command line: one entry per command; each lives in commands/ and is loaded when it is called. */
import { Command, CommanderError, Option } from "commander";
import { ROOT_NAMESPACE } from "./access/roles.ts";
import type { EotsBackupOptions, EotsRestoreOptions } from "./commands/eots-backup.ts";
import type { EotsPopExportOptions, EotsPopVerifyOptions } from "./commands/eots-pop.ts";
import type { EotsFloorOptions } from "./commands/eots-floors.ts";
import type { MigrateWeb3signerOptions } from "./commands/migrate.ts";
import type { SlashingBoundsOptions } from "./commands/slashing-bounds.ts";
import type { SlashingSettingsOptions } from "./commands/slashing-settings.ts";
import type { ValidatorsImportOptions } from "./commands/validators.ts";
import { complain, CommandError, type Format } from "./commands/output.ts";
import { ConfigError } from "./config.ts";

/** All commands; a test reads from here what documents may name. */
export const program = new Command("claviger")
  .description(
    "Custody signer: wallets and keys behind WebAssembly policies, guards and a durable audit log.",
  )
  .version("0.1.0")
  .addOption(new Option("-o, --output <format>", "how to print").choices(["text", "json"]).default("text"))
  .exitOverride()
  // Help that stands in for a missing command goes to stdout; the one line on stderr follows from `run`.
  .configureOutput({ writeErr: (text) => process.stdout.write(text), outputError: () => undefined });

/** `-o json` is accepted before and after the command's name. */
function withOutput(command: Command): Command {
  return command.addOption(new Option("-o, --output <format>", "how to print").choices(["text", "json"]));
}

function formatOf(command: Command): Format {
  return command.optsWithGlobals()["output"] === "json" ? "json" : "text";
}

withOutput(program.command("serve"))
  .description("run the service until SIGTERM")
  .option("--dev", "make and unseal a development data directory", false)
  .option("--config <file>", "YAML or JSON configuration file")
  .action(async (options: { dev: boolean; config?: string }, command: Command) => {
    const { serve } = await import("./commands/serve.ts");
    await serve({ ...options, output: formatOf(command) });
  });

withOutput(program.command("init"))
  .description("create a sealed data directory")
  .option("--config <file>", "YAML or JSON configuration file")
  .action(async (options: { config?: string }, command: Command) => {
    const { init } = await import("./commands/init.ts");
    await init({ ...options, output: formatOf(command) });
  });

withOutput(program.command("status"))
  .description("seal, version, keys and queues")
  .option("--config <file>", "YAML or JSON configuration file")
  .action(async (options: { config?: string }, command: Command) => {
    const { status } = await import("./commands/status.ts");
    await status({ ...options, output: formatOf(command) });
  });

withOutput(program.command("doctor"))
  .description("check the installation; a fix for each finding")
  .option("--config <file>", "YAML or JSON configuration file")
  .action(async (options: { config?: string }, command: Command) => {
    const { doctor } = await import("./commands/doctor.ts");
    await doctor({ ...options, output: formatOf(command) });
  });

withOutput(program.command("tour"))
  .description("the main job on every chain, on a throw-away service, in under a minute")
  .action(async (_options: object, command: Command) => {
    const { tour } = await import("./commands/tour.ts");
    await tour({ output: formatOf(command) });
  });

const audit = program.command("audit").description("check or export the audit log");

withOutput(audit.command("verify"))
  .description("re-check the whole log, offline")
  .option("--config <file>", "YAML or JSON configuration file")
  .option("--file <export>", "an export instead of the data directory")
  .option("--key <key>", "verifier key that must have signed the log")
  .action(async (options: { config?: string; file?: string; key?: string }, command: Command) => {
    const { auditVerify } = await import("./commands/audit.ts");
    await auditVerify({ ...options, output: formatOf(command) });
  });

withOutput(audit.command("export <file>"))
  .description("write the log as JSON Lines, for audit verify --file")
  .option("--config <file>", "YAML or JSON configuration file")
  .action(async (file: string, options: { config?: string }, command: Command) => {
    const { auditExport } = await import("./commands/audit.ts");
    await auditExport({ ...options, file, output: formatOf(command) });
  });

const slashing = program.command("slashing").description("signing history of validators (EIP-3076)");

withOutput(slashing.command("import <file>"))
  .description("merge an interchange file; stop the service first")
  .option("--config <file>", "YAML or JSON configuration file")
  .option("--genesis-validators-root <root>", "the chain, on a directory that has none yet")
  .action(
    async (file: string, options: { config?: string; genesisValidatorsRoot?: string }, command: Command) => {
      const { slashingImport } = await import("./commands/slashing.ts");
      await slashingImport({ ...options, file, output: formatOf(command) });
    },
  );

withOutput(slashing.command("export <file>"))
  .description("write an interchange file; stop the service first")
  .option("--config <file>", "YAML or JSON configuration file")
  .option("--minimal", "only the highest slot, source and target of each key", false)
  .option("--disable-keys", "let no key sign here afterwards, as before a move", false)
  .action(
    async (
      file: string,
      options: { config?: string; minimal: boolean; disableKeys: boolean },
      command: Command,
    ) => {
      const { slashingExport } = await import("./commands/slashing.ts");
      await slashingExport({ ...options, file, output: formatOf(command) });
    },
  );

withOutput(slashing.command("prune"))
  .description("delete history that the watermarks make superfluous; stop the service first")
  .option("--config <file>", "YAML or JSON configuration file")
  .option("--keep-epochs <count>", "epochs to keep, back from each key's newest vote", "250")
  .option("--slots-per-epoch <count>", "8 on the minimal preset", "32")
  .action(
    async (options: { config?: string; keepEpochs: string; slotsPerEpoch: string }, command: Command) => {
      const { slashingPrune } = await import("./commands/slashing.ts");
      await slashingPrune({ ...options, output: formatOf(command) });
    },
  );

withOutput(slashing.command("settings"))
  .description("show or change how this directory protects; stop the service first")
  .option("--config <file>", "YAML or JSON configuration file")
  .option("--mode <mode>", "complete, or minimal: watermarks alone")
  .option("--unknown-history <what>", "keys without history: accept, refuse, or floor")
  .option("--floor-slot <slot>", "with floor: such keys sign no block at or below it")
  .option("--floor-epoch <epoch>", "with floor: such keys sign no vote at or below it")
  .option("--stop-slot <slot>", "sign no block at or above it, as before a move; none lifts it")
  .option("--stop-epoch <epoch>", "sign no vote at or above it; none lifts it")
  .action(async (options: Omit<SlashingSettingsOptions, "output">, command: Command) => {
    const { slashingSettings } = await import("./commands/slashing-settings.ts");
    await slashingSettings({ ...options, output: formatOf(command) });
  });

/** Options of the two commands that the running service answers. */
function withKeyChoice(command: Command, epoch: string, slot: string): Command {
  return withOutput(command)
    .option("--config <file>", "YAML or JSON configuration file")
    .option("--public-key <key...>", "validator keys in 0x-hex")
    .option("--every-key", "every key within the token's reach, instead", false)
    .option("--slot <slot>", slot)
    .option("--epoch <epoch>", epoch)
    .option("--token-file <file>", "bearer token of a principal with the role KeyAdmin");
}

withKeyChoice(slashing.command("floor"), "no new vote to it or earlier", "no new block at it or earlier")
  .description("raise low watermarks on the running service")
  .action(async (options: Omit<SlashingBoundsOptions, "output">, command: Command) => {
    const { slashingFloor } = await import("./commands/slashing-bounds.ts");
    await slashingFloor({ ...options, output: formatOf(command) });
  });

withKeyChoice(
  slashing.command("bound"),
  "no vote to it or later; none lifts",
  "no block at it or later; none lifts",
)
  .description("keep keys from signing from a slot or epoch on, or no longer, on the running service")
  .action(async (options: Omit<SlashingBoundsOptions, "output">, command: Command) => {
    const { slashingBound } = await import("./commands/slashing-bounds.ts");
    await slashingBound({ ...options, output: formatOf(command) });
  });

const eots = program.command("eots").description("signing history of finality providers (Babylon EOTS)");

withOutput(eots.command("import <file>"))
  .description("merge a history, all or nothing; stop the service (and eotsd) first")
  .option("--config <file>", "YAML or JSON configuration file")
  .addOption(
    new Option("--format <format>", "what the file is; told from its start").choices(["jsonl", "eotsd"]),
  )
  .option("--enable-keys", "let keys of the file sign here again that were disabled", false)
  .option("--long-messages <how>", "hash: keep SHA-256 of a message above 8192 bytes; else it is refused")
  .action(
    async (
      file: string,
      options: { config?: string; format?: string; enableKeys: boolean; longMessages?: string },
      command: Command,
    ) => {
      const { eotsImport } = await import("./commands/eots.ts");
      await eotsImport({ ...options, file, output: formatOf(command) });
    },
  );

withOutput(eots.command("export <file>"))
  .description("write the history as JSON Lines; of a running service too")
  .option("--config <file>", "YAML or JSON configuration file")
  .option("--token-file <file>", "bearer token, where the service runs")
  .option("--public-key <key>", "of this key alone")
  .option("--disable-keys", "let no exported key sign here afterwards, as before a move", false)
  .action(
    async (
      file: string,
      options: { config?: string; tokenFile?: string; publicKey?: string; disableKeys: boolean },
      command: Command,
    ) => {
      const { eotsExport } = await import("./commands/eots.ts");
      await eotsExport({ ...options, file, output: formatOf(command) });
    },
  );

withOutput(eots.command("floor"))
  .description("show keys and floors, or raise a floor; of a running service too")
  .option("--config <file>", "YAML or JSON configuration file")
  .option("--token-file <file>", "bearer token, where the service runs")
  .option("--public-key <key>", "this key alone")
  .option("--chain-id <id>", "with --height: the chain; 0x-hex where the id is no text")
  .option("--height <height>", "sign nothing new at or below it")
  .action(async (options: Omit<EotsFloorOptions, "output">, command: Command) => {
    const { eotsFloor } = await import("./commands/eots-floors.ts");
    await eotsFloor({ ...options, output: formatOf(command) });
  });

withOutput(eots.command("require-floor"))
  .description("let keys sign nothing new on a chain without a floor, for ever; of a running service too")
  .option("--config <file>", "YAML or JSON configuration file")
  .option("--token-file <file>", "bearer token, where the service runs")
  .requiredOption("--public-key <key...>", "the keys")
  .action(async (options: { config?: string; tokenFile?: string; publicKey: string[] }, command: Command) => {
    const { eotsRequireFloor } = await import("./commands/eots-floors.ts");
    await eotsRequireFloor({ ...options, output: formatOf(command) });
  });

withOutput(eots.command("prune"))
  .description("delete records at or below the floors; stop the service first")
  .option("--config <file>", "YAML or JSON configuration file")
  .action(async (options: { config?: string }, command: Command) => {
    const { eotsPrune } = await import("./commands/eots-floors.ts");
    await eotsPrune({ ...options, output: formatOf(command) });
  });

withOutput(eots.command("backup <file>"))
  .description("write one key to a file under a passphrase; of a running service too")
  .option("--config <file>", "YAML or JSON configuration file")
  .option("--token-file <file>", "bearer token, where the service runs")
  .requiredOption("--key <key>", "its id, or the 64 hex digits of its x-only public key")
  .option("--passphrase-file <file>", "passphrase of the backup; a running service has its own")
  .option("--namespace <name>", "where the key is", ROOT_NAMESPACE)
  .action(async (file: string, options: Omit<EotsBackupOptions, "output" | "file">, command: Command) => {
    const { eotsBackup } = await import("./commands/eots-backup.ts");
    await eotsBackup({ ...options, file, output: formatOf(command) });
  });

withOutput(eots.command("restore <file>"))
  .description("store the key of a backup; stop the service first")
  .option("--config <file>", "YAML or JSON configuration file")
  .requiredOption("--passphrase-file <file>", "passphrase of the backup")
  .option("--namespace <name>", "where the key goes", ROOT_NAMESPACE)
  .option(
    "--floor <chain=height>",
    "last height that the key signed on a chain, anywhere; once for each chain",
    (value: string, before: readonly string[]) => [...before, value],
    [],
  )
  .option("--history <file>", "newest export of the key's history, instead of --floor")
  .action(async (file: string, options: Omit<EotsRestoreOptions, "output" | "file">, command: Command) => {
    const { eotsRestore } = await import("./commands/eots-backup.ts");
    await eotsRestore({ ...options, file, output: formatOf(command) });
  });

const pop = eots.command("pop").description("proof of possession of a finality provider's key");

withOutput(pop.command("export"))
  .description("print a proof that the running service signs")
  .option("--config <file>", "YAML or JSON configuration file")
  .requiredOption("--key <id>", "the finality provider's key; a Bitcoin key for bip322 and ecdsa")
  .requiredOption("--address <bbn1…>", "the Babylon account")
  .option("--form <form>", "for the chain: bip340, bip322 or ecdsa; without it, eotsd's format")
  .option("--baby-public-key <base64>", "the account's key, for eotsd's format")
  .option("--baby-signature <base64>", "the account's ADR-36 signature over the key's hex")
  .option("--token-file <file>", "bearer token of a principal that may sign")
  .option("--signing-context <hex>", "what the chain wants before the address, where it wants one")
  .action(async (options: Omit<EotsPopExportOptions, "output">, command: Command) => {
    const { eotsPopExport } = await import("./commands/eots-pop.ts");
    await eotsPopExport({ ...options, output: formatOf(command) });
  });

withOutput(pop.command("verify [file]"))
  .description("check a proof, offline: eotsd's format from a file, or the chain's in hex")
  .option("--proof <hex>", "as the chain keeps it")
  .option("--public-key <hex>", "x-only key that must have signed it")
  .option("--address <bbn1…>", "the Babylon account")
  .option("--signing-context <hex>", "what stands before the address")
  .action(
    async (file: string | undefined, options: Omit<EotsPopVerifyOptions, "output">, command: Command) => {
      const { eotsPopVerify } = await import("./commands/eots-pop.ts");
      eotsPopVerify({ ...options, ...(file === undefined ? {} : { file }), output: formatOf(command) });
    },
  );

/** Options that say where validator keys go. */
function withKeyPlace(command: Command): Command {
  return withOutput(command)
    .option("--config <file>", "YAML or JSON configuration file")
    .option("--slashing-protection <file>", "history of the keys (EIP-3076), imported before them")
    .option("--genesis-validators-root <root>", "the chain, on a directory that has none yet")
    .option("--namespace <namespace>", "whose keys they become; validators.namespace unless given")
    .option("--network <network>", "whose validators they are; validators.network unless given")
    .option("--restart-stopped", "also keys that were deleted or stopped here before", false);
}

const validators = program.command("validators").description("validator keys from keystores");

withKeyPlace(validators.command("import <folder>"))
  .description("import a folder of EIP-2335 keystores; stop the service first")
  .option("--password-file <file>", "one password for all keystores")
  .option("--passwords <folder>", "a password file for each keystore, NAME.txt or the public key")
  .option("--dry-run", "only say what would be done", false)
  .action(
    async (folder: string, options: Omit<ValidatorsImportOptions, "folder" | "output">, command: Command) => {
      const { validatorsImport } = await import("./commands/validators.ts");
      await validatorsImport({ ...options, folder, output: formatOf(command) });
    },
  );

withOutput(validators.command("list"))
  .description("validator keys, their state and history")
  .option("--config <file>", "YAML or JSON configuration file")
  .option("--namespace <namespace>", "only those of this namespace")
  .action(async (options: { config?: string; namespace?: string }, command: Command) => {
    const { validatorsList } = await import("./commands/validators.ts");
    validatorsList({ ...options, output: formatOf(command) });
  });

const migrate = program.command("migrate").description("move here from another signer");

withKeyPlace(migrate.command("web3signer"))
  .description("keys of Web3Signer's key configuration files; only a plan without --apply")
  .requiredOption("--key-config <folder>", "folder of its key configuration files")
  .option("--apply", "do it; stop Web3Signer and this service first", false)
  .action(async (options: Omit<MigrateWeb3signerOptions, "output">, command: Command) => {
    const { migrateWeb3signer } = await import("./commands/migrate.ts");
    await migrateWeb3signer({ ...options, output: formatOf(command) });
  });

async function run(): Promise<number> {
  try {
    await program.parseAsync();
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return endOfParsing(error);
    if (error instanceof CommandError) {
      complain(error.code, error.message);
      return error.exitCode;
    }
    if (error instanceof ConfigError) {
      complain("config.invalid", error.message);
      return 2;
    }
    const { code, message } = described(error);
    complain(code, message);
    return 1;
  }
}

/** --help and --version end parsing as errors do. */
function endOfParsing(error: CommanderError): number {
  if (error.exitCode === 0) return 0;
  const problem = error.code === "commander.help" ? "name a command" : error.message.replace(/^error: /, "");
  complain("usage", `${problem}${/[.)]$/.test(problem) ? "" : ";"} see claviger --help`);
  return 2;
}

/** Code and message of what a system call, SQLite or a bug threw; Node repeats the code in the message. */
function described(error: unknown): { readonly code: string; readonly message: string } {
  if (!(error instanceof Error)) return { code: "service.internal", message: String(error) };
  const code = "code" in error ? String(error.code) : error.name;
  return { code, message: error.message.replace(`${code}: `, "") };
}

/** Runs the command that the arguments name, and ends the process. */
export async function main(): Promise<never> {
  // Ledger, exports and backups are for the user that runs this alone, whatever the shell's default is.
  process.umask(0o077);
  // A reader that has seen enough, such as head, is no failure.
  process.stdout.on("error", () => undefined);
  process.exitCode = await run();
  // A pipe takes 64 KiB at once: what waits behind that would be lost by the exit.
  await new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
  // Nothing should keep the process alive here; a thread that does is a bug that must not look like a hang.
  process.exit();
}

if (import.meta.main) await main();
