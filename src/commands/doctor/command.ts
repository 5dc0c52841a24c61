/** `claviger doctor`: what it takes. */
import type { Command } from "commander";
import { calls, withConfig } from "../declaration.ts";

export function declareDoctor(program: Command): void {
  withConfig(program.command("doctor"))
    .description("check the installation; a fix for each finding")
    .action(calls(async () => (await import("./doctor.ts")).doctor));
}
