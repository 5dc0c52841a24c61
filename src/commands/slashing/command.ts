/** `claviger slashing …`: what its commands take. */
import type { Command } from "commander";
import { calls, withConfig } from "../declaration.ts";

export function declareSlashing(program: Command): void {
  const slashing = program.command("slashing").description("signing history of validators (EIP-3076)");

  withConfig(slashing.command("import <file>"))
    .description("merge an interchange file; stop the service first")
    .option("--genesis-validators-root <root>", "the chain, on a directory that has none yet")
    .action(calls(async () => (await import("./import.ts")).slashingImport));

  withConfig(slashing.command("export <file>"))
    .description("write an interchange file; stop the service first")
    .option("--minimal", "only the highest slot, source and target of each key", false)
    .option("--disable-keys", "no key signs here afterwards, as before a move", false)
    .action(calls(async () => (await import("./export.ts")).slashingExport));

  withConfig(slashing.command("prune"))
    .description("delete history that the watermarks make superfluous; stop the service first")
    .option("--keep-epochs <count>", "epochs to keep, back from each key's newest vote", "250")
    .option("--slots-per-epoch <count>", "8 on the minimal preset", "32")
    .action(calls(async () => (await import("./prune.ts")).slashingPrune));

  withConfig(slashing.command("end-import"))
    .description("end an import that cannot go on: its keys keep floors, not records; stop the service first")
    .action(calls(async () => (await import("./end-import.ts")).slashingEndImport));

  withConfig(slashing.command("settings"))
    .description("show or change how this directory protects; stop the service first")
    .option("--mode <mode>", "complete, or minimal: watermarks alone")
    .option("--unknown-history <what>", "keys without history: accept, refuse, or floor")
    .option("--floor-slot <slot>", "with floor: such keys sign no block at or below it")
    .option("--floor-epoch <epoch>", "with floor: such keys sign no vote at or below it")
    .option("--stop-slot <slot>", "sign no block at or above it, as before a move; none lifts it")
    .option("--stop-epoch <epoch>", "sign no vote at or above it; none lifts it")
    .action(calls(async () => (await import("./settings.ts")).slashingSettings));

  declareBounds(slashing);
}

/** The running service answers these two. */
function declareBounds(slashing: Command): void {
  withKeyChoice(slashing.command("floor"), "no new vote to it or earlier", "no new block at it or earlier")
    .description("raise low watermarks on the running service")
    .action(calls(async () => (await import("./bounds.ts")).slashingFloor));

  const epoch = "no vote to it or later; none lifts";
  const slot = "no block at it or later; none lifts";
  withKeyChoice(slashing.command("bound"), epoch, slot)
    .description("keep keys from signing from a slot or epoch on, or no longer, on the running service")
    .action(calls(async () => (await import("./bounds.ts")).slashingBound));
}

function withKeyChoice(command: Command, epoch: string, slot: string): Command {
  return withConfig(command)
    .option("--public-key <key...>", "validator keys in 0x-hex")
    .option("--every-key", "every key within the token's reach, instead", false)
    .option("--slot <slot>", slot)
    .option("--epoch <epoch>", epoch)
    .option("--token-file <file>", "bearer token of a principal with the role KeyAdmin");
}
