#!/usr/bin/env node
/** The command line: one entry per command; each lives in commands/ and is loaded when it is called. */
import { Command, CommanderError, Option } from "commander";
import { complain, CommandError, type Format } from "./commands/output.ts";

const program = new Command("claviger")
  .description(
    "Custody signer: wallets and keys behind WebAssembly policies, guards and a durable audit log.",
  )
  .version("0.1.0")
  .addOption(new Option("-o, --output <format>", "how to print").choices(["text", "json"]).default("text"))
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(text) });

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

async function run(): Promise<number> {
  try {
    await program.parseAsync();
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof CommandError) {
      complain(error.code, error.message);
      return error.exitCode;
    }
    const name = error instanceof Error ? error.name : "Error";
    const code = error instanceof Error && "code" in error ? String(error.code) : name;
    complain(code, error instanceof Error ? error.message : String(error));
    return name === "ConfigError" ? 2 : 1;
  }
}

process.exitCode = await run();
// Nothing should keep the process alive here; a thread that does is a bug that must not look like a hang.
process.exit();
