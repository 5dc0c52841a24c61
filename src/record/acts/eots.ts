/** The EOTS guard on the ledger thread: what is administered around it. Signing goes through `decide`; nothing rolls back. */
import { toHex } from "../../domain/bytes.ts";
import type { Json } from "../../domain/canonical.ts";
import { SignerError } from "../../domain/errors.ts";
import type { EotsImportedTrack, EotsImportStage } from "../../guard/eots/merge.ts";
import { publicKeyText } from "../../guard/eots/names.ts";
import { eotsPruneStep, type EotsPruneStep } from "../../guard/eots/prune.ts";
import { assertWellFormed } from "../../guard/eots/well-formed.ts";
import type { DirectoryTable } from "../../ledger/tables/directory.ts";
import type { EotsTable } from "../../ledger/tables/eots.ts";
import type { EotsChainState, EotsKeyState } from "../guard-state.ts";
import type { LogWriter } from "../log-writer.ts";
import type { Actor, Input } from "../contract.ts";
import type { XOnlyKey } from "../../domain/kinds.ts";

export interface EotsTables {
  readonly eots: EotsTable;
  readonly directory: DirectoryTable;
  readonly stage: EotsImportStage;
  readonly log: LogWriter;
}

export function setFloor(tables: EotsTables, input: Input<"setEotsFloor">): { readonly floor: bigint } {
  const { actor, publicKey, chainId, height } = input;
  assertWellFormed({ publicKey, chainId, height, message: new Uint8Array() });
  const before = tables.eots.floor({ publicKey, chainId });
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
  if (before === height) return { floor: height };
  tables.eots.raiseFloor({ publicKey, chainId, height });
  append(tables, actor, {
    action: "eots.floor",
    publicKey: toHex(publicKey),
    chainId: toHex(chainId),
    before: before === null ? null : String(before),
    floor: String(height),
  });
  return { floor: height };
}

export function requireFloor(
  tables: EotsTables,
  { actor, publicKeys }: Input<"requireEotsFloor">,
): { keys: number } {
  assertKeys(publicKeys);
  const changed = publicKeys.filter((key) => tables.eots.key(key)?.requiresFloor !== true);
  for (const key of changed) tables.eots.setKey(key, { requiresFloor: true });
  appendKeys(tables, actor, "eots.require_floor", changed);
  return { keys: changed.length };
}

export function setEnabled(
  tables: EotsTables,
  { actor, publicKeys, enabled }: Input<"setEotsEnabled">,
): { keys: number } {
  assertKeys(publicKeys ?? []);
  const changed = (publicKeys ?? knownKeys(tables.eots)).filter(
    // Without a row nothing keeps the key from signing: enabled already.
    (key) => (tables.eots.key(key)?.frozen !== true) !== enabled,
  );
  for (const key of changed) tables.eots.setKey(key, { frozen: !enabled });
  appendKeys(tables, actor, enabled ? "eots.enable" : "eots.disable", changed);
  return { keys: changed.length };
}

export function noteExport(tables: EotsTables, { actor, publicKeys, disable }: Input<"noteEotsExport">) {
  assertKeys(publicKeys ?? []);
  let disabled = 0;
  if (disable) {
    const keys = new Map((publicKeys ?? knownKeys(tables.eots)).map((key) => [publicKeyText(key), key]));
    // A key that never signed would be left out of the history, and go on signing here.
    for (const key of publicKeys === null ? tables.directory.publicKeys("babylon") : []) {
      keys.set(publicKeyText(key.slice(1)), key.slice(1));
    }
    disabled = setEnabled(tables, { actor, publicKeys: [...keys.values()], enabled: false }).keys;
  }
  append(tables, actor, {
    action: "eots.export",
    publicKeys: publicKeys === null ? null : publicKeys.map(toHex),
    disabled,
  });
  return { disabled };
}

function assertKeys(publicKeys: readonly XOnlyKey[]): void {
  for (const publicKey of publicKeys) {
    assertWellFormed({ publicKey, chainId: new Uint8Array(), height: 0n, message: new Uint8Array() });
  }
}

/** Ascending. */
function knownKeys(eots: EotsTable): Uint8Array[] {
  const keys = new Map(eots.keys().map((key) => [publicKeyText(key), key]));
  for (const { publicKey } of eots.tracks()) keys.set(publicKeyText(publicKey), publicKey);
  return [...keys].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, key]) => key);
}

export function merge(tables: EotsTables, input: Input<"mergeEotsImport">): readonly EotsImportedTrack[] {
  const tracks = tables.stage.merge(input.number, input.options);
  const total = (count: (track: EotsImportedTrack) => number): number =>
    tracks.reduce((sum, track) => sum + count(track), 0);
  append(tables, input.actor, {
    action: "eots.import",
    tracks: tracks.length,
    records: total((track) => track.records),
    known: total((track) => track.known),
    belowFloor: total((track) => track.belowFloor),
    enableKeys: input.options.enableKeys,
  });
  return tracks;
}

export function prune(
  tables: EotsTables,
  { actor, after, rowsMax }: Input<"pruneEotsHistory">,
): EotsPruneStep {
  const step = eotsPruneStep(tables.eots, after, rowsMax);
  if (step.deleted > 0) append(tables, actor, { action: "eots.prune", records: step.deleted });
  return step;
}

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

function appendKeys(tables: EotsTables, actor: Actor, action: string, keys: readonly Uint8Array[]): void {
  if (keys.length > 0) append(tables, actor, { action, publicKeys: keys.map(toHex) });
}

function append(tables: EotsTables, actor: Actor, members: Readonly<Record<string, Json>>): void {
  tables.log.append(actor.namespace, "administration", tables.log.now(), {
    principal: actor.principal,
    ...members,
  });
}
