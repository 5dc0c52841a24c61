/** Finality providers' keys in the EOTS guard: floors, which keys need one, freezes, and that a history was written. */
import { LOOSENS } from "../../access/loosening.ts";
import { toHex } from "../../domain/bytes.ts";
import { SignerError } from "../../domain/errors.ts";
import type { XOnlyKey } from "../../domain/kinds.ts";
import { publicKeyText } from "../../guard/eots/names.ts";
import { assertWellFormed } from "../../guard/eots/well-formed.ts";
import { actOf, NOTHING, together, type Consequences, type Leaf } from "./act.ts";
import { ask, type EotsKeyFact } from "./facts.ts";
import { row } from "./rows.ts";

export const setEotsFloor = actOf<"setEotsFloor">()({
  permission: "eots.floor",
  facts: ({ publicKey, chainId }) => ({ floors: ask("eotsFloors", { tracks: [{ publicKey, chainId }] }) }),
  judge({ publicKey, chainId, height }, { floors: [before = null] }) {
    assertWellFormed({ publicKey, chainId, height, message: new Uint8Array() });
    if (before !== null && before > height) {
      throw new SignerError(
        "request.conflict",
        `/height: the floor is ${before} already, and is never lowered; name a later height, or leave it`,
        {
          field: "/height",
          floor: String(before),
        },
      );
    }
    if (before === height) return { reply: { floor: height } };
    return {
      reply: { floor: height },
      rows: [row("eotsFloorRaised", { publicKey, chainId, height })],
      leaves: [
        {
          action: "eots.floor",
          publicKey: toHex(publicKey),
          chainId: toHex(chainId),
          before: before === null ? null : String(before),
          floor: String(height),
        },
      ],
    };
  },
});

export const requireEotsFloor = actOf<"requireEotsFloor">()({
  permission: "eots.floor",
  facts: ({ publicKeys }) => ({ keys: ask("eotsKeys", { publicKeys }) }),
  judge({ publicKeys }, { keys }) {
    assertKeys(publicKeys);
    const changed = keys.filter(({ requiresFloor }) => !requiresFloor);
    return {
      reply: { keys: changed.length },
      rows: changed.map(({ publicKey }) => row("eotsKeyChanged", { publicKey, requiresFloor: true })),
      leaves: leavesOf("eots.require_floor", changed),
    };
  },
});

export const setEotsEnabled = actOf<"setEotsEnabled">()({
  permission: ({ enabled }) => [enabled ? LOOSENS.eotsFreeze : "installation"],
  facts: ({ publicKeys }) => ({ keys: ask("eotsKeys", { publicKeys: publicKeys ?? "known" }) }),
  judge({ publicKeys, enabled }, { keys: named }) {
    assertKeys(publicKeys ?? []);
    const { keys, ...consequences } = freezeEotsKeys(named, !enabled);
    return { reply: { keys }, ...consequences };
  },
});

export const noteEotsExport = actOf<"noteEotsExport">()({
  permission: ({ publicKeys, disable }) => [
    disable ? "eots.disable" : "eots.read",
    ...(publicKeys === null ? (["eots.everyKey"] as const) : []),
  ],
  facts: ({ publicKeys, disable }) => ({
    // A key that never signed would be left out of the history, and go on signing here.
    keys: disable ? ask("eotsKeys", { publicKeys: publicKeys ?? "known or held" }) : null,
  }),
  judge({ publicKeys }, { keys }) {
    assertKeys(publicKeys ?? []);
    const named = new Map((keys ?? []).map((key) => [publicKeyText(key.publicKey), key]));
    const { keys: disabled, ...frozen } = freezeEotsKeys([...named.values()], true);
    const written: Consequences = {
      ...NOTHING,
      leaves: [
        {
          action: "eots.export",
          publicKeys: publicKeys === null ? null : publicKeys.map(toHex),
          disabled,
        },
      ],
    };
    return { reply: { disabled }, ...together(frozen, written) };
  },
});

/** Of those named, the ones that change. */
function freezeEotsKeys(
  named: readonly EotsKeyFact[],
  frozen: boolean,
): Consequences & { readonly keys: number } {
  const changed = named.filter((key) => key.frozen !== frozen);
  return {
    keys: changed.length,
    rows: changed.map(({ publicKey }) => row("eotsKeyChanged", { publicKey, frozen })),
    leaves: leavesOf(frozen ? "eots.disable" : "eots.enable", changed),
    changes: [],
  };
}

function assertKeys(publicKeys: readonly XOnlyKey[]): void {
  for (const publicKey of publicKeys) {
    assertWellFormed({ publicKey, chainId: new Uint8Array(), height: 0n, message: new Uint8Array() });
  }
}

/** None for none. */
function leavesOf(action: string, changed: readonly EotsKeyFact[]): readonly Leaf[] {
  if (changed.length === 0) return [];
  return [{ action, publicKeys: changed.map(({ publicKey }) => toHex(publicKey)) }];
}
