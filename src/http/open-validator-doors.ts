/** Opens the doors of validator clients from settings. A door that would be open to too many ends the start. */
import {
  anonymousKeymanagerClient,
  anonymousValidatorClient,
  isLoopback,
  keymanagerClient,
  KeymanagerToken,
} from "../access/validator-clients.ts";
import { ConfigError } from "../config/error.ts";
import { fromHex } from "../domain/bytes.ts";
import type { ValidatorDoors } from "./validator-doors.ts";

/** Settings of `validators`, and where the service listens. */
export interface ValidatorDoorSettings {
  /** What the service listens on. */
  readonly host: string;
  /** Of every principal here. */
  readonly namespace: string;
  readonly allowAnonymousSigning: boolean;
  readonly allowAnonymousKeymanager: boolean;
  /** Empty: no token opens the Keymanager API. */
  readonly keymanagerTokenFile: string;
  /** Of the keys that are imported. The root is 0x-hex; undefined where every network of this kind has another one. */
  readonly network: { readonly name: string; readonly genesisValidatorsRoot?: string };
}

/** What a caller without a token could do. */
const ANONYMOUS = [
  ["allowAnonymousSigning", "sign"],
  ["allowAnonymousKeymanager", "take keys in and away"],
] as const;

/**
 * The doors, but for Commit-Boost's modules. The Keymanager API's token is made where its file is not there yet.
 * @param warn receives what an operator should know of a door that is open
 * @throws ConfigError where a setting would let in whom it should not; Error for a token that cannot be used
 */
export function openValidatorDoors(
  settings: ValidatorDoorSettings,
  warn: (message: string) => void,
): Omit<ValidatorDoors, "commitments"> {
  for (const [name, doing] of ANONYMOUS) {
    if (!settings[name]) continue;
    if (!isLoopback(settings.host)) {
      throw new ConfigError(
        `validators.${name}: needs a loopback server.host, since whoever reaches the port could ${doing}`,
      );
    }
    warn(`validators.${name}: every program on this machine can ${doing} without a token`);
  }
  const { namespace, allowAnonymousSigning } = settings;
  return {
    anonymous: allowAnonymousSigning ? anonymousValidatorClient(namespace) : null,
    keymanager: keymanagerOf(settings),
  };
}

function keymanagerOf(settings: ValidatorDoorSettings): ValidatorDoors["keymanager"] {
  const { namespace, allowAnonymousKeymanager, keymanagerTokenFile: file } = settings;
  if (file === "" && !allowAnonymousKeymanager) return null;
  const { name, genesisValidatorsRoot: root } = settings.network;
  return {
    token: file === "" ? null : KeymanagerToken.open(file),
    principal: keymanagerClient(namespace),
    anonymous: allowAnonymousKeymanager ? anonymousKeymanagerClient(namespace) : null,
    network: { name, genesisValidatorsRoot: root === undefined ? null : (fromHex(root) ?? null) },
  };
}
