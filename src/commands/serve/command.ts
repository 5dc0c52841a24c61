/** `claviger serve`: what it takes. */
import type { Command } from "commander";
import { calls, withOutput } from "../declaration.ts";

export function declareServe(program: Command): void {
  withOutput(program.command("serve"))
    .description("run the service until SIGTERM")
    .option("--dev", "make and unseal a development data directory", false)
    .option("--config <file>", "YAML or JSON configuration file")
    .action(calls(async () => (await import("./serve.ts")).serve));
}
