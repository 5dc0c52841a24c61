/** `claviger slashing settings`: shows and changes how a data directory protects; stored in it, and in the audit log. */
import { commandActor } from "../../access/actors.ts";
import { ROOT_NAMESPACE } from "../../access/roles.ts";
import type { SlashingSettings } from "../../record/guard-state.ts";
import { resumeImport } from "../../record/slashing-import.ts";
import { withLedger } from "../data-directory.ts";
import type { CommandOptions } from "../options.ts";
import { CommandError, say, sayJson } from "../output.ts";

export interface SlashingSettingsOptions extends CommandOptions {
  readonly mode?: string;
  readonly unknownHistory?: string;
  readonly floorSlot?: string;
  readonly floorEpoch?: string;
  readonly stopSlot?: string;
  readonly stopEpoch?: string;
}

const MODES = ["complete", "minimal"] as const;
const UNKNOWN_HISTORIES = ["accept", "refuse", "floor"] as const;
const ACTOR = commandActor(ROOT_NAMESPACE, "claviger slashing settings");

/** What no option names stays as it is; without any option nothing changes. */
export async function slashingSettings(options: SlashingSettingsOptions): Promise<void> {
  const settings = settingsOf(options);
  await withLedger(options, async (ledger) => {
    // The mode says what is kept of a history: half a one cannot change it.
    if (settings.mode !== undefined) await resumeImport(ledger);
    if (Object.keys(settings).length > 0) await ledger.configureSlashing({ actor: ACTOR, settings });
    const chain = await ledger.readSlashingChain();
    const shown = {
      mode: chain.mode,
      unknownHistory: chain.unknownHistory,
      floorSlot: text(chain.floorSlot),
      floorEpoch: text(chain.floorEpoch),
      stopSlot: text(chain.slotBound),
      stopEpoch: text(chain.epochBound),
    };
    if (options.output === "json") sayJson(shown);
    else say(...Object.entries(shown).map(([name, value]) => `${name.padEnd(16)} ${value ?? "none"}`));
  });
}

function settingsOf(options: SlashingSettingsOptions): SlashingSettings {
  const { mode, unknownHistory, floorSlot, floorEpoch, stopSlot, stopEpoch } = options;
  return {
    ...(mode === undefined ? {} : { mode: oneOf("--mode", mode, MODES) }),
    ...(unknownHistory === undefined
      ? {}
      : { unknownHistory: oneOf("--unknown-history", unknownHistory, UNKNOWN_HISTORIES) }),
    ...(floorSlot === undefined ? {} : { floorSlot: bound("--floor-slot", floorSlot) }),
    ...(floorEpoch === undefined ? {} : { floorEpoch: bound("--floor-epoch", floorEpoch) }),
    ...(stopSlot === undefined ? {} : { slotBound: bound("--stop-slot", stopSlot) }),
    ...(stopEpoch === undefined ? {} : { epochBound: bound("--stop-epoch", stopEpoch) }),
  };
}

function oneOf<Word extends string>(name: string, value: string, words: readonly Word[]): Word {
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  throw new CommandError("usage", `${name}: ${value} is not one of ${words.join(", ")}`, 2);
}

/** A slot or epoch below 2^63, or `none`. */
function bound(name: string, value: string): bigint | null {
  if (value === "none") return null;
  const number = /^\d{1,19}$/.test(value) ? BigInt(value) : -1n;
  if (number >= 0n && number < 2n ** 63n) return number;
  throw new CommandError("usage", `${name}: ${value} is neither a whole number below 2^63 nor none`, 2);
}

function text(value: bigint | null): string | null {
  return value === null ? null : value.toString();
}
