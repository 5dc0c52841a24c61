/** `claviger audit …`: what its commands take. */
import type { Command } from "commander";
import { calls, withConfig } from "../declaration.ts";

export function declareAudit(program: Command): void {
  const audit = program.command("audit").description("check or export the audit log, or accept a clock");

  withConfig(audit.command("verify"))
    .description("re-check the whole log, offline, or what came after a checkpoint")
    .option("--file <export>", "an export instead of the data directory")
    .option("--key <key>", "verifier key that must have signed the log")
    .option(
      "--checkpoint <file...>",
      "checkpoints that were kept elsewhere: the log must continue each of them",
    )
    .option(
      "--from <checkpoint>",
      "begin at a checkpoint: its file, or the size of one that the ledger has; what is before it is not read again",
    )
    .action(calls(async () => (await import("./verify.ts")).auditVerify));

  withConfig(audit.command("clock"))
    .description("how far the log is ahead of the clock, after the clock was wrong")
    .option(
      "--accept <time>",
      "what time it is, by another clock (2026-03-01T12:00Z): the log goes on there; stop the service first",
    )
    .action(calls(async () => (await import("./clock.ts")).auditClock));

  withConfig(audit.command("export <file>"))
    .description("write the log as JSON Lines, for audit verify --file")
    .action(calls(async () => (await import("./export.ts")).auditExport));
}
