/** `claviger validators list`: every validator key with its state. It reads the file alone, so a service may be running. */
import { loadConfig } from "../../config/config.ts";
import { textAttribute } from "../../domain/keys.ts";
import type { CommandOptions } from "../options.ts";
import { CommandError, say, sayJson } from "../output.ts";
import { presenceOf, readKnownKeys } from "./known-keys.ts";
import type { NamespaceName } from "../../domain/kinds.ts";

export interface ValidatorsListOptions extends CommandOptions {
  readonly namespace?: NamespaceName;
}

export function validatorsList(options: ValidatorsListOptions): void {
  const config = loadConfig({ file: options.config, preset: "production" });
  const { directory, publicKeys } = readKnownKeys(config.storage.dataDir);
  const all = Array.from(directory.namespaces, ({ name }) => name);
  const { namespace } = options;
  if (namespace !== undefined && !all.includes(namespace)) {
    throw new CommandError(
      "usage",
      `--namespace: there is no ${namespace}; name one of ${all.join(", ")}`,
      2,
    );
  }
  const keys = (namespace === undefined ? all : [namespace])
    .flatMap((name) => Array.from(directory.validators(name), (held) => held.keys.slice(-1)).flat())
    .map((key) => {
      const known = publicKeys.get(key.address);
      return {
        publicKey: key.address,
        namespace: key.namespace,
        network: textAttribute(key.attributes, "network") ?? null,
        origin: key.walletId === null ? "keystore" : "wallet",
        state: presenceOf(key, known) === "stopped" ? "stopped" : "active",
        history: known?.hasHistory === true,
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
