/** `claviger status`: what it takes. */
import type { Command } from "commander";
import { calls, withConfig } from "../declaration.ts";

export function declareStatus(program: Command): void {
  withConfig(program.command("status"))
    .description("seal, version, keys and queues")
    .action(calls(async () => (await import("./status.ts")).status));
}
