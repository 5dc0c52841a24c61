#!/usr/bin/env node
/** The command line. Each folder of commands/ is a command or a group of them; command.ts there says what it takes. */
import { Command, Option } from "commander";
import { declareAudit } from "./commands/audit/command.ts";
import { declareDoctor } from "./commands/doctor/command.ts";
import { ending } from "./commands/ending.ts";
import { declareEots } from "./commands/eots/command.ts";
import { declareInit } from "./commands/init/command.ts";
import { declareMigrate } from "./commands/migrate/command.ts";
import { declareServe } from "./commands/serve/command.ts";
import { declareSlashing } from "./commands/slashing/command.ts";
import { declareStatus } from "./commands/status/command.ts";
import { declareTour } from "./commands/tour/command.ts";
import { declareValidators } from "./commands/validators/command.ts";

/** All commands; a test reads from here what documents may name. */
export const program = new Command("claviger")
  .description(
    "Custody signer: wallets and keys behind WebAssembly policies, guards and a durable audit log.",
  )
  .version("0.1.0")
  .addOption(new Option("-o, --output <format>", "how to print").choices(["text", "json"]).default("text"))
  .exitOverride()
  // Help in place of a missing command goes to stdout; the one line on stderr comes from `ending`.
  .configureOutput({ writeErr: (text) => process.stdout.write(text), outputError: () => undefined });

// In the order of --help.
declareServe(program);
declareInit(program);
declareStatus(program);
declareDoctor(program);
declareTour(program);
declareAudit(program);
declareSlashing(program);
declareEots(program);
declareValidators(program);
declareMigrate(program);

/** Runs the command that the arguments name, and ends the process. */
export async function main(): Promise<never> {
  // Ledger, exports and backups are for the user that runs this alone, whatever the shell's default is.
  process.umask(0o077);
  // A reader that has seen enough, such as head, is no failure.
  process.stdout.on("error", () => undefined);
  process.exitCode = await ending(program);
  // A pipe takes 64 KiB at once: what waits behind that would be lost by the exit.
  await new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
  // Nothing should keep the process alive here; a thread that does is a bug that must not look like a hang.
  process.exit();
}

if (import.meta.main) await main();
