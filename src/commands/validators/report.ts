/** What `validators import` and `migrate` print: every failure, what to watch, and what to do next. */
import type { ImportOutcome } from "../../administration/validator-import.ts";
import type { ImportedKey } from "../../guard/eip3076/merge.ts";
import type { GuardedChain } from "../../domain/guard.ts";
import { equalBytes, toHex } from "../../domain/bytes.ts";
import { say, sayJson, type Format } from "../output.ts";
import type { Place } from "./place.ts";
import type { Plan, PlannedKey } from "./plan.ts";
import type { NamespaceName } from "../../domain/kinds.ts";

/** What scripts read of a key in the JSON output: of a plan, or of what was done. */
type KeyStatus = PlannedKey["status"] | "imported" | "restarted" | "interrupted";

/** The status of a key that was tried. */
export const STATUS_OF: Readonly<Record<ImportOutcome, KeyStatus>> = {
  imported: "imported",
  restarted: "restarted",
  present: "duplicate",
  withheld: "stopped",
  failed: "error",
  notBegun: "interrupted",
};

/** One key as it is reported. */
export interface ReportedKey {
  readonly name: string;
  readonly publicKey: string | null;
  readonly status: KeyStatus;
  readonly message?: string;
  readonly history: boolean;
}

export interface Report {
  /** `planned`: nothing was changed. */
  readonly event: "planned" | "imported";
  readonly folder: string;
  readonly dataDir: string;
  readonly namespace: NamespaceName;
  readonly network: string;
  readonly keys: readonly ReportedKey[];
  readonly notes: readonly string[];
  /** Records that the interchange file brings; null without one. In a plan: all of its records, also known ones. */
  readonly history: { readonly keys: number; readonly blocks: number; readonly attestations: number } | null;
}

/** Keys of one status that are printed one by one; the JSON output has all. */
const SHOWN_MAX = 20;
/** Statuses in the order in which they are printed, with what they mean to a reader. */
const STATUSES: readonly (readonly [status: KeyStatus, words: string, failure: boolean])[] = [
  ["new", "to be imported", false],
  ["restarting", "to be restarted", false],
  ["imported", "imported", false],
  ["restarted", "restarted", false],
  ["duplicate", "here already", false],
  ["interrupted", "not begun", true],
  ["stopped", "disabled or deleted here", true],
  ["error", "failed", true],
];

/** Statuses of keys that sign here afterwards and did not before. */
const COMING: readonly KeyStatus[] = ["new", "restarting", "imported", "restarted"];

/** Statuses that nobody has to look at once they are true. */
const FINE: readonly KeyStatus[] = ["imported", "restarted", "duplicate"];

/** What is said of a plan that nobody applies. */
export function plannedReport({ place, keys, notes, history, known }: Plan): Report {
  const counts = history && {
    keys: history.keys.size,
    blocks: history.blocks,
    attestations: history.attestations,
  };
  return reportOf(place, known.chain, {
    event: "planned",
    keys: keys.map(reportedKey),
    notes,
    history: counts,
  });
}

/** @param result what was planned, or done */
export function reportOf(
  { order, config, namespace, network, root }: Place,
  { genesisValidatorsRoot: pinned }: GuardedChain,
  result: Pick<Report, "event" | "keys" | "notes" | "history">,
): Report {
  const { event, keys, notes, history } = result;
  const isOther = pinned !== null && root.assumed !== null && !equalBytes(pinned, root.assumed);
  const otherChain = isOther
    ? [`the data directory belongs to chain ${toHex(pinned)}, which is not ${network}: is --network right?`]
    : [];
  return {
    event,
    folder: order.folder,
    dataDir: config.storage.dataDir,
    namespace,
    network,
    keys,
    notes: [...notes, ...otherChain],
    history,
  };
}

/** A key of a plan without its source. */
export function reportedKey({ name, publicKey, status, history, message }: PlannedKey): ReportedKey {
  return { name, publicKey, status, history, ...(message === undefined ? {} : { message }) };
}

/** Sums of an import's report. */
export function historyOf(keys: readonly ImportedKey[]): Report["history"] {
  return {
    keys: keys.length,
    blocks: keys.reduce((sum, key) => sum + key.blocks, 0),
    attestations: keys.reduce((sum, key) => sum + key.attestations, 0),
  };
}

/** Prints the report. @returns how many keys the command failed to bring in */
export function tell(report: Report, chain: GuardedChain, format: Format): number {
  const counts = STATUSES.map(([status]) => report.keys.filter((key) => key.status === status).length);
  const failures = STATUSES.reduce((sum, [, , failure], at) => sum + (failure ? (counts[at] ?? 0) : 0), 0);
  const blind = report.keys.filter((key) => COMING.includes(key.status) && !key.history);
  if (format === "json") {
    const named = Object.fromEntries(STATUSES.map(([status], at) => [status, counts[at]]));
    sayJson({ ...report, counts: named, withoutHistory: blind.length });
    return failures;
  }
  const { folder, dataDir, namespace, network, history } = report;
  say(
    `${folder}: ${countOf(report.keys.length, "key")} for namespace ${namespace}, network ${network}, data directory ${dataDir}`,
    ...(history === null ? [] : [`  history: ${historyLine(report.event, history)}`]),
    ...STATUSES.flatMap(([status], at) => statusLines(report, status, counts[at] ?? 0)),
    ...report.notes.slice(0, SHOWN_MAX).map((note) => `  note: ${note}`),
    ...more(report.notes.length, "notes"),
    ...(blind.length === 0 ? [] : [`  WARNING: ${warning(blind.length, chain)}`]),
  );
  return failures;
}

function historyLine(event: Report["event"], { keys, blocks, attestations }: NonNullable<Report["history"]>) {
  const what = `${countOf(keys, "key")}, ${countOf(blocks, "block")} and ${countOf(attestations, "attestation")}`;
  return event === "planned" ? `${what} in the file` : `${what} that were not known before`;
}

function statusLines({ event, keys }: Report, status: KeyStatus, count: number): string[] {
  if (count === 0) return [];
  const words = STATUSES.find(([name]) => name === status)?.[1] ?? status;
  // What went well is a number; a plan shows it key by key, to be looked at before it is done.
  if (event === "imported" && FINE.includes(status)) return [`  ${count} ${words}`];
  const shown = keys.filter((key) => key.status === status).slice(0, SHOWN_MAX);
  return [`  ${count} ${words}`, ...shown.map(keyLine), ...more(count, "keys")];
}

function keyLine({ name, publicKey, status, message, history }: ReportedKey): string {
  const what = (status === "new" || status === "restarting") && !history ? "needs history" : message;
  const key = publicKey === null ? "" : `  ${publicKey.slice(0, 12)}…${publicKey.slice(-8)}`;
  return `    ${name}${key}${what === undefined ? "" : `: ${what}`}`;
}

function more(count: number, what: string): string[] {
  return count > SHOWN_MAX ? [`    and ${count - SHOWN_MAX} ${what} more; --output json lists all`] : [];
}

function warning(count: number, chain: GuardedChain): string {
  const start = `nothing is known of what ${count} of these keys signed elsewhere. `;
  if (chain.unknownHistory === "refuse") {
    return `${start}They sign no block and no vote until their history is imported (unknown-history is refuse).`;
  }
  const wait =
    "Import their history, or make sure that no other signer has used them for at least three epochs " +
    "(20 minutes on mainnet) before this service signs";
  if (chain.unknownHistory !== "floor") return `${start}${wait}.`;
  const { floorSlot: slot, floorEpoch: epoch } = chain;
  return `${start}${wait}; they sign no block up to slot ${slot} and no vote up to epoch ${epoch} (the floor).`;
}

/** `1 key`, `2 keys`. */
export function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
