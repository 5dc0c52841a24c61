/**
 * A history comes in, and with the first one the data directory gets its chain. Whether it may, whose keys it adds to and whether
 * it is merged at once or in pieces is judged here; its records are rows of the guard, which merges them (slashing.ts).
 * @module
 */
import { assertAllowed, type LiveCaller } from "../../access/actors.ts";
import { assertMayTie } from "../../access/first-chain.ts";
import { toHex } from "../../domain/bytes.ts";
import type { GuardedChain } from "../../domain/guard.ts";
import { assertSameChain } from "../../guard/eip3076/chain.ts";
import { importIsGone, type ImportReach, type MergeOptions } from "../../guard/eip3076/merge.ts";
import { actOf, NOTHING, together, type Consequences } from "./act.ts";
import { ask } from "./facts.ts";
import { assertOwn } from "./reach.ts";
import { row } from "./rows.ts";

/** The reply of a small one is what the merge of its records comes to. */
export const mergeSlashingImport = actOf<"mergeSlashingImport">()({
  permission: "slashing.import",
  facts: ({ number }) => ({ chain: ask("guardedChain", {}), staged: ask("stagedImport", { number }) }),
  judge({ number, options }, { chain, staged }, { caller }) {
    if (staged === null) throw importIsGone();
    assertReaches(caller, staged.reach);
    const tied = tie(chain, options, caller);
    if (!staged.isLarge) return { reply: [], ...tied };
    const { namespace, principal } = caller;
    const marked: Consequences = {
      rows: [row("importMarked", { number, namespace, principal, minimal: chain.mode === "minimal" })],
      leaves: [{ action: "slashing.beginImport", records: String(staged.records) }],
      changes: [],
    };
    return { reply: null, ...together(tied, marked) };
  },
});

/** A caller may have lost what it had when the file began. */
function assertReaches(caller: LiveCaller, reach: ImportReach): void {
  if (reach.of === "everyKey") assertAllowed(caller, "slashing.everyKey");
  if (reach.of === "namespace") assertOwn(caller, reach.namespace);
}

/** The configuration names the chain, and what a network of the operator's own is. */
export const pinSlashingChain = actOf<"pinSlashingChain">()({
  permission: "installation",
  facts: () => ({ chain: ask("guardedChain", {}) }),
  judge({ genesisValidatorsRoot, network }, { chain }, { caller }) {
    const options = { genesisValidatorsRoot, expectedRoot: genesisValidatorsRoot };
    const tied = tie(chain, { ...options, namedBy: "configuration" }, caller);
    if (network === null || network === chain.network) return { reply: undefined, ...tied };
    const described: Consequences = {
      rows: [row("guardedChainChanged", { network })],
      leaves: [{ action: "slashing.pinNetwork", network }],
      changes: [],
    };
    return { reply: undefined, ...together(tied, described) };
  },
});

/**
 * What a history does to the chain: nothing, or it is the first one.
 * @throws SignerError `auth.forbidden`, `guard.genesis_root`
 */
export function tie(
  chain: GuardedChain,
  { genesisValidatorsRoot, expectedRoot, namedBy = "caller" }: MergeOptions,
  caller: LiveCaller,
): Consequences {
  const isFirst = chain.genesisValidatorsRoot === null;
  if (isFirst) assertMayTie(caller, namedBy);
  assertSameChain(chain, genesisValidatorsRoot, expectedRoot);
  if (!isFirst) return NOTHING;
  return {
    rows: [row("guardedChainChanged", { genesisValidatorsRoot })],
    leaves: [{ action: "slashing.pinChain", genesisValidatorsRoot: toHex(genesisValidatorsRoot) }],
    changes: [],
  };
}
