/**
 * Outputs of Babylon's BTC staking: the stake itself, and what unbonds it. An output is one only when the tree that its fields
 * show was built again and gives its script.
 * @module
 */
import { p2tr } from "@scure/btc-signer";
import { equalBytes } from "../../../domain/bytes.ts";
import type { Json } from "../../../domain/canonical.ts";
import type { PsbtOutput } from "../psbt.ts";
import { hex } from "../scripts.ts";
import { readStakingLeaf, UNSPENDABLE_KEY } from "./leaf.ts";
import type { StakingLeaf } from "./leaf.ts";

/**
 * What the output is in the staker's contract, for the intent: `staking` (timelock, unbonding, slashing) or `unbonding`
 * (timelock, slashing), with keys, quorum and the timelock in blocks. Undefined for any other output, and for
 * one that does not show its tree.
 */
export function stakingOutput(
  { tapInternalKey, tapTree }: PsbtOutput,
  script: Uint8Array,
): Record<string, Json> | undefined {
  if (tapInternalKey === undefined || !equalBytes(tapInternalKey, UNSPENDABLE_KEY)) return undefined;
  const leaves = (tapTree ?? []).map((leaf) => readStakingLeaf(leaf.script));
  const [timelock, second, third] = leaves;
  if (timelock?.path !== "timelock" || second === undefined || leaves.length > 3) return undefined;
  const slashing = leaves.length === 3 ? third : second;
  const unbonding = leaves.length === 3 ? second : undefined;
  if (slashing?.path !== "slashing" || !agree(timelock, slashing)) return undefined;
  if (unbonding !== undefined && (unbonding.path !== "unbonding" || !agreeOnCovenant(unbonding, slashing)))
    return undefined;
  if (!equalBytes(scriptOfTree(timelock, unbonding, slashing), script)) return undefined;
  return {
    kind: unbonding === undefined ? "unbonding" : "staking",
    stakerKey: hex(timelock.stakerKey),
    finalityProviderKeys: slashing.finalityProviderKeys.map(hex),
    covenantKeys: slashing.covenantKeys.map(hex),
    covenantQuorum: slashing.covenantQuorum,
    timelock: timelock.timelock,
  };
}

/** btcd's tree: the first two leaves are one branch, the third is beside it. */
function scriptOfTree(
  timelock: StakingLeaf,
  unbonding: StakingLeaf | undefined,
  slashing: StakingLeaf,
): Uint8Array {
  const [first, last] = [{ script: timelock.script }, { script: slashing.script }];
  const tree = unbonding === undefined ? [first, last] : [[first, { script: unbonding.script }], last];
  return p2tr(UNSPENDABLE_KEY, tree, undefined, true).script;
}

function agree(a: StakingLeaf, b: StakingLeaf): boolean {
  return equalBytes(a.stakerKey, b.stakerKey);
}

function agreeOnCovenant(a: StakingLeaf, b: StakingLeaf): boolean {
  return (
    agree(a, b) &&
    a.covenantQuorum === b.covenantQuorum &&
    a.covenantKeys.map(hex).join() === b.covenantKeys.map(hex).join()
  );
}
