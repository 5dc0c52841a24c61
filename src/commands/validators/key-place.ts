/** Options that say where validator keys go, for the commands that bring keys in: `validators import` and `migrate`. */
import type { Command } from "commander";
import { withConfig } from "../declaration.ts";

export function withKeyPlace(command: Command): Command {
  return withConfig(command)
    .option("--slashing-protection <file>", "history of the keys (EIP-3076), imported before them")
    .option("--genesis-validators-root <root>", "the chain, on a directory that has none yet")
    .option("--namespace <namespace>", "whose keys they become; validators.namespace unless given")
    .option("--network <network>", "whose validators they are; validators.network unless given")
    .option("--restart-stopped", "also keys that were deleted or disabled here before", false);
}
