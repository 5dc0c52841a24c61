/** `claviger validators import|list`: keystores from a folder into a data directory, and what is in it. */
import { existsSync, statSync } from "node:fs";
import { loadConfig } from "../config.ts";
import { textAttribute } from "../domain/keys.ts";
import { CommandError, say, sayJson, type Format } from "./output.ts";
import { findKeystores } from "./validators/keystore-folder.ts";
import type { TakeInOptions } from "./validators/place.ts";
import { readStanding, standingOf } from "./validators/standing.ts";
import { takeIn } from "./validators/take-in.ts";

export interface ValidatorsImportOptions extends TakeInOptions {
  readonly folder: string;
  readonly passwordFile?: string;
  /** Folder with a password file for each keystore. */
  readonly passwords?: string;
  readonly dryRun: boolean;
}

export async function validatorsImport(options: ValidatorsImportOptions): Promise<void> {
  const { folder, passwordFile, passwords } = options;
  if (passwordFile !== undefined && passwords !== undefined) {
    throw new CommandError("usage", "--password-file and --passwords: give one of the two", 2);
  }
  for (const [name, path] of [
    ["--password-file", passwordFile],
    ["--passwords", passwords],
  ] as const) {
    if (path !== undefined && !existsSync(path)) {
      throw new CommandError("validators.passwords", `${name}: ${path} does not exist; check the path`);
    }
  }
  await takeIn(options, {
    command: "claviger validators import",
    folder,
    dryRun: options.dryRun,
    toApply: "Run it without --dry-run to import.",
    gather: () => {
      if (!statSync(folder).isDirectory()) {
        throw new CommandError("validators.folder", `${folder} is a file; name the folder that it is in`);
      }
      return Promise.resolve(findKeystores(folder, { file: passwordFile, folder: passwords }));
    },
  });
}

export interface ValidatorsListOptions {
  readonly config?: string;
  readonly namespace?: string;
  readonly output: Format;
}

/** Every validator key with its state; reads the file alone, so a service may be running. */
export function validatorsList(options: ValidatorsListOptions): void {
  const config = loadConfig({ file: options.config, preset: "production" });
  const { directory, protection } = readStanding(config.storage.dataDir);
  const all = [...directory.namespaces.keys()];
  const { namespace } = options;
  if (namespace !== undefined && !all.includes(namespace)) {
    throw new CommandError(
      "usage",
      `--namespace: there is no ${namespace}; name one of ${all.join(", ")}`,
      2,
    );
  }
  const keys = (namespace === undefined ? all.toSorted() : [namespace])
    .flatMap((name) => directory.validators(name))
    .map((key) => {
      const known = protection.get(key.address);
      return {
        publicKey: key.address,
        namespace: key.namespace,
        network: textAttribute(key.attributes, "network") ?? null,
        origin: key.walletId === null ? "keystore" : "wallet",
        state: standingOf(key, known) === "stopped" ? "stopped" : "active",
        history: known?.known === true,
        lowSlot: known?.lowSlot?.toString() ?? null,
        lowTargetEpoch: known?.lowTargetEpoch?.toString() ?? null,
      };
    });
  if (options.output === "json") return sayJson({ keys });
  if (keys.length === 0) return say("no validator keys; claviger validators import brings them in");
  say(
    ...keys.map(
      (key) =>
        `${key.publicKey}  ${key.state.padEnd(8)} ${key.namespace}, ${key.network}, from a ${key.origin}; ` +
        (key.history
          ? `history: signs after slot ${key.lowSlot ?? "any"} and target epoch ${key.lowTargetEpoch ?? "any"}`
          : "no history"),
    ),
  );
}
