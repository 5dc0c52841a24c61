/** `claviger eots pop …`: what its commands take. */
import type { Command } from "commander";
import { calls, withConfig, withOutput } from "../../declaration.ts";

export function declarePop(eots: Command): void {
  const pop = eots.command("pop").description("proof of possession of a finality provider's key");

  withConfig(pop.command("export"))
    .description("print a proof that the running service signs")
    .requiredOption("--key <id>", "the finality provider's key; a Bitcoin key for bip322 and ecdsa")
    .requiredOption("--address <bbn1…>", "the Babylon account")
    .option("--form <form>", "for the chain: bip340, bip322 or ecdsa; without it, eotsd's format")
    .option("--baby-public-key <base64>", "the account's key, for eotsd's format")
    .option("--baby-signature <base64>", "the account's ADR-36 signature over the key's hex")
    .option("--token-file <file>", "bearer token of a principal that may sign")
    .option("--signing-context <hex>", "what the chain wants before the address, where it wants one")
    .action(calls(async () => (await import("./export.ts")).eotsPopExport));

  withOutput(pop.command("verify [file]"))
    .description("check a proof, offline: eotsd's format from a file, or the chain's in hex")
    .option("--proof <hex>", "as the chain keeps it")
    .option("--public-key <hex>", "x-only key that must have signed it")
    .option("--address <bbn1…>", "the Babylon account")
    .option("--signing-context <hex>", "what the chain wants before the address")
    .action(calls(async () => (await import("./verify.ts")).eotsPopVerify));
}
