/** `claviger tour`: what it takes. */
import type { Command } from "commander";
import { calls, withOutput } from "../declaration.ts";

export function declareTour(program: Command): void {
  withOutput(program.command("tour"))
    .description("the main job on every chain, on a throw-away service, in under a minute")
    .action(calls(async () => (await import("./tour.ts")).tour));
}
