/**
 * A finality provider's key from a backup: its floors, that it needs one everywhere, and the key itself, in one
 * transaction. So the key can never sign before its floors are there.
 * @module
 */
import { toHex } from "../../domain/bytes.ts";
import { chainIdText, type EotsPlace } from "../../domain/eots.ts";
import { assertWellFormed } from "../../guard/eots/well-formed.ts";
import type { EotsRestore } from "../contract.ts";
import type { StatedFloor } from "../guard-state.ts";
import { actOf, together, type Consequences } from "./act.ts";
import { ask } from "./facts.ts";
import { askIncoming, bringInWhereverItIs } from "./incoming-key.ts";
import { row } from "./rows.ts";

/** Raises floors and never lowers one. */
export const restoreEotsKey = actOf<"restoreEotsKey">()({
  permission: "installation",
  facts: (input) => ({
    ...askIncoming(input.key),
    eotsKeys: ask("eotsKeys", { publicKeys: [xOnlyOf(input)] }),
    floors: ask("eotsFloors", { tracks: placesOf(input) }),
  }),
  judge(input, facts, { caller }) {
    const { key, sealed } = input;
    const publicKey = xOnlyOf(input);
    const places = placesOf(input);
    for (const place of places) assertWellFormed({ ...place, message: new Uint8Array() });
    const raised = highest(places, facts.floors);
    const floored: Consequences = {
      rows: [
        row("eotsKeyChanged", { publicKey, requiresFloor: true }),
        ...places.map((place) => row("eotsFloorRaised", place)),
      ],
      leaves: [
        {
          action: "eots.restore",
          publicKey: toHex(publicKey),
          floors: raised.map(({ chainId, height }) => ({
            chainId: chainIdText(chainId),
            floor: String(height),
          })),
        },
      ],
      changes: [],
    };
    const { stored, ...brought } = bringInWhereverItIs({ key, sealed }, facts, caller);
    return {
      reply: {
        keyId: stored.key.id,
        existed: stored.existed,
        enabled: facts.eotsKeys.every(({ frozen }) => !frozen),
        floors: raised,
      },
      ...together(floored, brought),
    };
  },
});

/** Without the parity. */
function xOnlyOf({ key }: EotsRestore): Uint8Array {
  return key.publicKey.slice(1);
}

function placesOf(input: EotsRestore): readonly EotsPlace[] {
  const publicKey = xOnlyOf(input);
  return input.floors.map(({ chainId, height }) => ({ publicKey, chainId, height }));
}

/** The floor of each place's chain once it is raised; a chain that is named again sees what came before. */
function highest(places: readonly EotsPlace[], floors: readonly (bigint | null)[]): readonly StatedFloor[] {
  const known = new Map<string, bigint>();
  return places.map(({ chainId, height }, index) => {
    const before = known.get(toHex(chainId)) ?? floors[index] ?? null;
    const after = before !== null && before > height ? before : height;
    known.set(toHex(chainId), after);
    return { chainId, height: after };
  });
}
