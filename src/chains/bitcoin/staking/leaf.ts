/**
 * The scripts of Babylon's BTC staking (babylonlabs-io/babylon, btcstaking/types.go): a staker's coins under a timelock, which
 * the covenant can free early and, with a finality provider that voted twice, slash. Any other script is not a staking script.
 * @module
 */
import { Script } from "@scure/btc-signer/script.js";
import { equalBytes } from "../../../domain/bytes.ts";
import type { Json } from "../../../domain/canonical.ts";
import { scriptOf } from "../descriptors/script.ts";
import { hex } from "../scripts.ts";

/** Point with unknown logarithm (BIP-341): nobody can spend by the key path. */
export const UNSPENDABLE_KEY = new Uint8Array(
  Buffer.from("50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0", "hex"),
);

export interface StakingLeaf {
  /**
   * `timelock`: the staker alone, after so many blocks; `unbonding`: the staker and a quorum of the covenant; `slashing`: these
   * and one of the finality providers.
   */
  readonly path: "timelock" | "unbonding" | "slashing";
  /** 32 bytes each, x-only. Sorted, as the scripts have them. */
  readonly stakerKey: Uint8Array;
  readonly finalityProviderKeys: readonly Uint8Array[];
  readonly covenantKeys: readonly Uint8Array[];
  /** 0 for a timelock, which asks nobody. */
  readonly covenantQuorum: number;
  /** Blocks, 1 to 65535; 0 for the others. */
  readonly timelock: number;
  readonly script: Uint8Array;
  /** The same script as miniscript over names, for its witness. */
  readonly miniscript: string;
  readonly keys: readonly (readonly [name: string, key: Uint8Array])[];
}

type Parsed = Pick<
  StakingLeaf,
  "path" | "stakerKey" | "finalityProviderKeys" | "covenantKeys" | "covenantQuorum" | "timelock"
>;

const TIMELOCK_MAX = 65_535;
const KEYS_MAX = 64;

/** The leaf that these bytes are; undefined for every other script. */
export function readStakingLeaf(script: Uint8Array): StakingLeaf | undefined {
  const parsed = parse(script);
  if (parsed === undefined || !areDistinctAndSorted(parsed)) return undefined;
  const written = write(parsed);
  const bytes = scriptOf(
    { tapscript: true, miniscript: written.miniscript, sorted: undefined, multisig: undefined, names: [] },
    new Map(written.keys),
  );
  return equalBytes(bytes, script) ? { ...parsed, ...written, script } : undefined;
}

type Code = string | number | Uint8Array;

function parse(script: Uint8Array): Parsed | undefined {
  const codes = decoded(script);
  const [staker, verify, ...rest] = codes;
  const stakerKey = keyIn(staker);
  if (stakerKey === undefined || verify !== "CHECKSIGVERIFY") return undefined;
  const none = { stakerKey, finalityProviderKeys: [], covenantKeys: [], covenantQuorum: 0, timelock: 0 };
  if (rest.length === 2 && rest[1] === "CHECKSEQUENCEVERIFY") {
    const timelock = numberIn(rest[0]);
    return timelock >= 1 && timelock <= TIMELOCK_MAX ? { ...none, path: "timelock", timelock } : undefined;
  }
  const first = readGroup(rest);
  if (first === undefined) return undefined;
  if (!first.verified) {
    if (first.rest.length > 0) return undefined;
    return { ...none, path: "unbonding", covenantKeys: first.keys, covenantQuorum: first.threshold };
  }
  const second = readGroup(first.rest);
  if (first.threshold !== 1 || second === undefined || second.verified || second.rest.length > 0)
    return undefined;
  return {
    ...none,
    path: "slashing",
    finalityProviderKeys: first.keys,
    covenantKeys: second.keys,
    covenantQuorum: second.threshold,
  };
}

function decoded(script: Uint8Array): readonly Code[] {
  try {
    return Script.decode(script);
  } catch {
    return [];
  }
}

interface Group {
  readonly keys: readonly Uint8Array[];
  readonly threshold: number;
  readonly verified: boolean;
  readonly rest: readonly Code[];
}

/** One key and its check, or several and their number. */
function readGroup(codes: readonly Code[]): Group | undefined {
  const single = keyIn(codes[0]);
  if (single === undefined) return undefined;
  if (codes[1] === "CHECKSIGVERIFY" || (codes[1] === "CHECKSIG" && codes.length === 2)) {
    return { keys: [single], threshold: 1, verified: codes[1] === "CHECKSIGVERIFY", rest: codes.slice(2) };
  }
  const keys: Uint8Array[] = [];
  let at = 0;
  for (; keys.length <= KEYS_MAX; at += 2) {
    const key = keyIn(codes[at]);
    if (key === undefined || codes[at + 1] !== (at === 0 ? "CHECKSIG" : "CHECKSIGADD")) break;
    keys.push(key);
  }
  const threshold = numberIn(codes[at]);
  const end = codes[at + 1];
  const counted = keys.length >= 2 && threshold >= 1 && threshold <= keys.length;
  if (!counted || (end !== "NUMEQUAL" && end !== "NUMEQUALVERIFY")) return undefined;
  return { keys, threshold, verified: end === "NUMEQUALVERIFY", rest: codes.slice(at + 2) };
}

function keyIn(code: Code | undefined): Uint8Array | undefined {
  return code instanceof Uint8Array && code.length === 32 ? code : undefined;
}

/** A small number's operation or a minimal push of up to three bytes; -1 for anything else. */
function numberIn(code: Code | undefined): number {
  if (typeof code === "number") return code;
  if (typeof code === "string") return /^OP_(?:[0-9]|1[0-6])$/.test(code) ? Number(code.slice(3)) : -1;
  if (code === undefined || code.length > 3) return -1;
  return code.toReversed().reduce((value, byte) => value * 256 + byte, 0);
}

function areDistinctAndSorted({ stakerKey, finalityProviderKeys, covenantKeys }: Parsed): boolean {
  const groups = [finalityProviderKeys.map(hex), covenantKeys.map(hex)];
  const all = [hex(stakerKey), ...groups.flat()];
  const sorted = groups.every((keys) => keys.every((key, at) => at === 0 || (keys[at - 1] ?? "") < key));
  return sorted && new Set(all).size === all.length;
}

function write(parsed: Parsed): Pick<StakingLeaf, "miniscript" | "keys"> {
  const { path, stakerKey, finalityProviderKeys, covenantKeys, covenantQuorum, timelock } = parsed;
  const keys = [stakerKey, ...finalityProviderKeys, ...covenantKeys].map(
    (key, at) => [`k${at}`, key] as const,
  );
  const names = keys.map(([name]) => name);
  const providers = names.slice(1, 1 + finalityProviderKeys.length);
  const covenant = group(covenantQuorum, names.slice(1 + finalityProviderKeys.length));
  switch (path) {
    case "timelock":
      return { keys, miniscript: `and_v(v:pk(k0),older(${timelock}))` };
    case "unbonding":
      return { keys, miniscript: `and_v(v:pk(k0),${covenant})` };
    case "slashing":
      return { keys, miniscript: `and_v(v:pk(k0),and_v(v:${group(1, providers)},${covenant}))` };
  }
}

function group(threshold: number, names: readonly string[]): string {
  return names.length === 1 ? `pk(${names.join("")})` : `multi_a(${[threshold, ...names].join(",")})`;
}

/** As policies read it: keys in plain hex. Members that a path has not are left out. */
export function stakingJson(leaf: StakingLeaf): Record<string, Json> {
  const { path, stakerKey, finalityProviderKeys, covenantKeys, covenantQuorum, timelock } = leaf;
  return {
    path,
    stakerKey: hex(stakerKey),
    ...(path === "slashing" ? { finalityProviderKeys: finalityProviderKeys.map(hex) } : {}),
    ...(path === "timelock" ? { timelock } : { covenantKeys: covenantKeys.map(hex), covenantQuorum }),
  };
}
