/**
 * `claviger eots floor|require-floor`: below which heights EOTS keys sign nothing new; where a service runs, it is asked. A
 * floor only rises: no command takes back what was signed.
 * @module
 */
import { commandActor } from "../../access/actors.ts";
import { ROOT_NAMESPACE } from "../../access/roles.ts";
import { chainIdOf, heightOfText } from "../../guard/eots/names.ts";
import { chainIdText, type EotsPlace } from "../../domain/eots.ts";
import type { EotsKeyState } from "../../record/guard-state.ts";
import { withLedger } from "../data-directory.ts";
import { publicKeyOption } from "./public-key.ts";
import { runningService, type ServiceOptions, type ShownKey } from "./running-service.ts";
import type { CommandOptions } from "../options.ts";
import { CommandError, say, sayJson } from "../output.ts";
import type { PublicKey } from "../../domain/kinds.ts";

export interface EotsFloorOptions extends ServiceOptions {
  readonly publicKey?: string;
  readonly chainId?: string;
  readonly height?: string;
}
export interface EotsRequireFloorOptions extends ServiceOptions {
  readonly publicKey: readonly string[];
}

/** Shows keys and floors; with chain id and height it raises one first. */
export async function eotsFloor(options: EotsFloorOptions): Promise<void> {
  const publicKey = options.publicKey === undefined ? null : publicKeyOption(options.publicKey);
  const raised = floorOf(options, publicKey);
  const service = runningService(options);
  if (service !== undefined) {
    if (raised !== null) await service.raiseFloor(raised);
    show(options, await service.keys(publicKey));
    return;
  }
  await withLedger(options, async (ledger) => {
    if (raised !== null) {
      const actor = commandActor(ROOT_NAMESPACE, "claviger eots floor");
      await ledger.setEotsFloor({ actor, ...raised });
    }
    const keys = await ledger.readEotsKeys({ publicKey, count: true });
    show(options, keys.map(shownKey));
  });
}

function show(options: CommandOptions, keys: readonly ShownKey[]): void {
  if (options.output === "json") sayJson({ keys });
  else say(...(keys.length === 0 ? ["no key has a history or a floor"] : keys.flatMap(keyLines)));
}

function shownKey({ publicKey, enabled, requiresFloor, chains }: EotsKeyState): ShownKey {
  return {
    publicKey,
    enabled,
    requiresFloor,
    chains: chains.map(({ chainId, records, lowest, highest, floor }) => ({
      chainId: chainIdText(chainId),
      records,
      lowest: lowest === null ? null : String(lowest),
      highest: highest === null ? null : String(highest),
      floor: floor === null ? null : String(floor),
    })),
  };
}

function floorOf(options: EotsFloorOptions, publicKey: PublicKey | null): EotsPlace | null {
  const { chainId, height } = options;
  if (chainId === undefined && height === undefined) return null;
  if (publicKey === null || chainId === undefined || height === undefined) {
    throw new CommandError("usage", "a floor needs all of --public-key, --chain-id and --height", 2);
  }
  const bytes = chainIdOf(chainId);
  if (bytes === undefined) {
    throw new CommandError("usage", "--chain-id: must be text, or 0x-hex, of at most 64 bytes", 2);
  }
  const floor = heightOfText(height);
  if (floor === undefined) {
    throw new CommandError("usage", `--height: ${height} must be a whole number from 0 to 2^64 - 1`, 2);
  }
  return { publicKey, chainId: bytes, height: floor };
}

function keyLines({ publicKey, enabled, requiresFloor, chains }: ShownKey): string[] {
  const states = [
    ...(enabled ? [] : ["disabled"]),
    ...(requiresFloor ? ["needs a floor on every chain"] : []),
  ];
  return [
    `key ${publicKey}${states.length === 0 ? "" : ` (${states.join(", ")})`}`,
    ...chains.map(
      ({ chainId, records, lowest, highest, floor }) =>
        `  chain ${chainId}: floor ${floor ?? "none"}${records === null ? "" : `, ${records} records`}` +
        (lowest === null ? "" : `, heights ${lowest} to ${highest}`),
    ),
  ];
}

/** From now on keys sign nothing new on a chain before it has a floor for them; never taken back. */
export async function eotsRequireFloor(options: EotsRequireFloorOptions): Promise<void> {
  const publicKeys = options.publicKey.map(publicKeyOption);
  const tell = (keys: number): void => {
    if (options.output === "json") sayJson({ event: "required", keys });
    else say(`${keys} keys changed: they sign nothing new on a chain before it has a floor for them`);
  };
  const service = runningService(options);
  if (service !== undefined) {
    tell(await service.requireFloor(publicKeys));
    return;
  }
  await withLedger(options, async (ledger) => {
    const actor = commandActor(ROOT_NAMESPACE, "claviger eots require-floor");
    const { keys } = await ledger.requireEotsFloor({ actor, publicKeys });
    tell(keys);
  });
}
