/** The settings of the guard of validators: what is kept of a history, what unknown keys may do, bounds and floors of all. */
import { LOOSENS } from "../../access/loosening.ts";
import { SignerError } from "../../domain/errors.ts";
import type { GuardedChain, Watermarks } from "../../domain/guard.ts";
import type { SlashingSettings } from "../guard-state.ts";
import { actOf } from "./act.ts";
import { ask } from "./facts.ts";
import { row } from "./rows.ts";

export const configureSlashing = actOf<"configureSlashing">()({
  permission: LOOSENS.settings,
  facts: ({ settings }) => ({
    before: ask("guardedChain", {}),
    isMerging: ask("isImportMerging", {}),
    signed: settings.mode === "minimal" ? ask("highestSigned", {}) : null,
  }),
  judge({ settings }, { before, isMerging, signed }) {
    const next = nextSettings(before, settings);
    if (next.unknownHistory === "floor" && (next.floorSlot === null || next.floorEpoch === null)) {
      throw new SignerError(
        "request.malformed",
        "/unknownHistory: floor needs a floor slot and a floor epoch",
      );
    }
    const changed = { ...before, ...next };
    if (Object.entries(changed).every(([name, value]) => Reflect.get(before, name) === value)) {
      return { reply: undefined };
    }
    // Half a history says neither how high its watermarks are, nor which records there will be.
    if (next.mode !== before.mode && isMerging) {
      throw new SignerError(
        "request.conflict",
        "/mode: an import is being merged; change it when that has ended",
      );
    }
    // Where watermarks alone are kept, they must say all that the records said.
    const raised =
      before.mode === "minimal" ? [] : (signed ?? []).filter(({ highest }) => saysSomething(highest));
    return {
      reply: undefined,
      rows: [
        row("guardedChainChanged", next),
        ...raised.map(({ publicKey, id, highest }) =>
          row("validatorChanged", { publicKey, id, raised: highest }),
        ),
      ],
      leaves: [
        {
          action: "slashing.configure",
          mode: next.mode,
          unknownHistory: next.unknownHistory,
          floorSlot: text(next.floorSlot),
          floorEpoch: text(next.floorEpoch),
          stopSlot: text(next.slotBound),
          stopEpoch: text(next.epochBound),
        },
      ],
    };
  },
});

type Settings = Omit<GuardedChain, "genesisValidatorsRoot" | "network">;

function nextSettings(before: GuardedChain, settings: SlashingSettings): Settings {
  const { mode = before.mode, unknownHistory = before.unknownHistory } = settings;
  return {
    mode,
    unknownHistory,
    floorSlot: settings.floorSlot === undefined ? before.floorSlot : settings.floorSlot,
    floorEpoch: settings.floorEpoch === undefined ? before.floorEpoch : settings.floorEpoch,
    slotBound: settings.slotBound === undefined ? before.slotBound : settings.slotBound,
    epochBound: settings.epochBound === undefined ? before.epochBound : settings.epochBound,
  };
}

function saysSomething({ lowSlot, lowSource, lowTarget }: Watermarks): boolean {
  return lowSlot !== null || lowSource !== null || lowTarget !== null;
}

function text(value: bigint | null): string | null {
  return value === null ? null : String(value);
}
