/** `claviger init`: what it takes. */
import type { Command } from "commander";
import { calls, withConfig } from "../declaration.ts";

export function declareInit(program: Command): void {
  withConfig(program.command("init"))
    .description("create a sealed data directory")
    .action(calls(async () => (await import("./init.ts")).init));
}
