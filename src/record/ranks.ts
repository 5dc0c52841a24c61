/**
 * Whose turn the calls of the ledger thread are. Acts that stop something come before all others, and find room where nothing
 * else does. Whoever may do one of them may stop signing with it anyway, so that to be first gives nobody more.
 * @module
 */
import type { Permission } from "../access/roles.ts";
import { rankOf } from "../domain/urgency.ts";
import type { Call } from "../threads/contract.ts";
import type { ActName } from "./acts/act.ts";
import { BATCH_MAX, CALLS_MAX, LEDGER_QUEUE_MAX, OUTCOMES_MAX, READS_MAX } from "./bounds.ts";
import type { Input, LedgerThread, ReadName } from "./contract.ts";

/** The rank of acts that stop something. Nothing overtakes them, and they are committed by themselves. */
const STOPPING = 0;

const always = (): boolean => true;

/**
 * Acts that can stop something, and of which input. What a binding, a role or a bound comes to is known in the act's transaction
 * alone: it counts as stopping.
 */
const STOPS: { readonly [Name in ActName]?: (input: Input<Name>) => boolean } = {
  createFreeze: always,
  setKeyState: ({ state }) => state === "disabled",
  deleteKeys: always,
  createBinding: always,
  updateBinding: always,
  deleteBinding: always,
  deletePrincipal: always,
  updatePrincipal: always,
  rotatePrincipal: always,
  setSlashingEnabled: ({ enabled }) => !enabled,
  setSlashingBounds: ({ bounds }) => Object.values(bounds).every((bound) => bound !== null),
  raiseSlashingFloors: always,
  setEotsEnabled: ({ enabled }) => !enabled,
  setEotsFloor: always,
  requireEotsFloor: always,
  noteEotsExport: ({ disable }) => disable,
  noteAct: ({ action }) => action === "system.seal",
  answerRepeat: ({ permission }) => REPEATS.has(permission),
};

/** Of the acts above, those that are asked for their kept answer first. */
const REPEATS: ReadonlySet<Permission> = new Set<Permission>([
  "freeze.create",
  "freeze.everything",
  "key.disable",
  "binding.create",
  "principal.rotate",
]);

/** Pieces of long work: whoever asks for them, they come behind every duty. */
const PIECES: ReadonlySet<string> = new Set<keyof LedgerThread>([
  "advanceSlashingImport",
  "raiseSlashingImport",
  "clearSlashingStage",
]);

/** Reads that duties or probes wait for. All others can be lists. */
const SHORT_READS: ReadonlySet<string> = new Set<ReadName>(["readModule", "readSlashingChain"]);

/** Lines of what was recorded, and what the keeper's door has counted itself. */
const ADMITTED: ReadonlySet<string> = new Set(["recordOutcome", "keep"]);

/** Whether the call is an act that stops something. */
function stops({ method, input }: Call): boolean {
  const known: unknown = Object.hasOwn(STOPS, method) ? Reflect.get(STOPS, method) : undefined;
  return typeof known === "function" && known(...input) === true;
}

function isLong(method: string): boolean {
  return method.startsWith("read") && !SHORT_READS.has(method);
}

/** The rank of a call that was asked at `rank`. */
export function rankOfCall(call: Call, rank: number): number {
  if (stops(call)) return STOPPING;
  return isLong(call.method) || PIECES.has(call.method) ? Math.max(rank, rankOf("request")) : rank;
}

/** How many calls there may be with this one. */
export function roomOfCall({ method }: Call, rank: number): number {
  if (rank === STOPPING) return CALLS_MAX;
  return ADMITTED.has(method) ? OUTCOMES_MAX : LEDGER_QUEUE_MAX;
}

/** How the ledger thread takes what waits: a list can take a millisecond, so that few of them share a batch. */
export const ORDER = {
  max: CALLS_MAX,
  batchMax: BATCH_MAX,
  weightOf: ({ method }: Call): number => (isLong(method) ? BATCH_MAX / READS_MAX : 1),
  firstApart: true,
} as const;
