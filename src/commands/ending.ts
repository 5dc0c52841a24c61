/** How a command ends: whatever it throws becomes one line with a code on stderr, and the exit code of the process. */
import { CommanderError, type Command } from "commander";
import { ConfigError } from "../config/error.ts";
import { complain, CommandError } from "./output.ts";

/** @returns the exit code: 0, 1 for a refusal or failure, 2 for bad usage or configuration */
export async function ending(program: Command): Promise<number> {
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

/** Commander ends parsing by an error for --help and --version too. */
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
