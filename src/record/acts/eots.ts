/** What the EOTS guard shows of the keys that it knows. */
import { publicKeyText } from "../../guard/eots/names.ts";
import type { EotsTable } from "../../ledger/tables/eots.ts";
import type { EotsChainState, EotsKeyState } from "../guard-state.ts";
import type { Input } from "../contract.ts";
import { knownKeys } from "./eots-store.ts";

export function readEotsKeys(
  eots: EotsTable,
  { publicKey, count }: Input<"readEotsKeys">,
): readonly EotsKeyState[] {
  const chains = new Map<string, EotsChainState[]>();
  for (const track of eots.tracks()) {
    const key = publicKeyText(track.publicKey);
    if (publicKey !== null && key !== publicKeyText(publicKey)) continue;
    const range = eots.range(track);
    const state = {
      chainId: track.chainId,
      records: count ? eots.count(track) : null,
      lowest: range?.lowest ?? null,
      highest: range?.highest ?? null,
      floor: eots.floor(track),
    };
    chains.set(key, [...(chains.get(key) ?? []), state]);
  }
  return (publicKey === null ? knownKeys(eots) : [publicKey]).flatMap((key) => {
    const row = eots.key(key);
    const name = publicKeyText(key);
    const known = chains.get(name) ?? [];
    if (row === undefined && known.length === 0) return [];
    return [
      {
        publicKey: name,
        enabled: row?.frozen !== true,
        requiresFloor: row?.requiresFloor === true,
        chains: known,
      },
    ];
  });
}
