/**
 * How a command is declared. Each folder has a command.ts with names, options and help, and imports no work: that is
 * loaded when its command is called, so that help and bad usage answer at once.
 * @module
 */
import { Option, type Command } from "commander";
import type { Format } from "./output.ts";

/** `-o json` is accepted before and after the command's name. */
export function withOutput(command: Command): Command {
  return command.addOption(new Option("-o, --output <format>", "how to print").choices(["text", "json"]));
}

/** For a command of an installation, which the configuration describes. */
export function withConfig(command: Command): Command {
  return withOutput(command).option("--config <file>", "YAML or JSON configuration file");
}

/**
 * The action of a command: loads its work and calls that with the options, each argument under its own name, and the format.
 * @param load imports the work; what it takes must be what the command declares, which Commander cannot check
 */
export function calls<Options extends object>(
  load: () => Promise<(options: Options) => void | Promise<void>>,
): (this: Command) => Promise<void> {
  return async function call() {
    const work = await load();
    await work({ ...this.opts<Options>(), ...argumentsOf(this), output: formatOf(this) });
  };
}

/** `<file>` as `file`; an optional argument that was not given has no name here. */
function argumentsOf(command: Command): Record<string, string> {
  const given = command.registeredArguments.map((argument, index) => [argument.name(), command.args[index]]);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

function formatOf(command: Command): Format {
  return command.optsWithGlobals()["output"] === "json" ? "json" : "text";
}
