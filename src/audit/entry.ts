/**
 * Reads what a check needs of an entry. An entry must be canonical JSON: most are found so by one pass over their text, and only
 * where that pass finds no proof are they parsed and written again.
 * @module
 */
import { CLOCK_STEP } from "../domain/audit-log.ts";
import { canonicalJson, type Json } from "../domain/canonical.ts";
import type { RequestId } from "../domain/kinds.ts";
import { scanMembers, type Members } from "./scan.ts";

export interface Entry {
  readonly type: string;
  /** Unix milliseconds. */
  readonly time: number;
  /** Not empty where `type` is `decision` or `outcome`. */
  readonly requestId: RequestId;
  readonly decision: Json | undefined;
  readonly sequence: Json | undefined;
  /** Of an entry that accepts a clock which came back: the time that it came back from, Unix milliseconds. */
  readonly acceptsFrom: number | undefined;
}

const UTC_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;

/** Undefined for a text that is no canonical entry with type and time, and with a request where its type needs one. */
export function readEntry(text: string): Entry | undefined {
  const members = scanMembers(text) ?? parseMembers(text);
  if (members === undefined) return undefined;
  const { type, at, requestId, decision, sequence } = members;
  if (typeof type !== "string" || typeof at !== "string" || !UTC_TIME.test(at)) return undefined;
  const time = Date.parse(at);
  if (Number.isNaN(time)) return undefined;
  const needsRequest = type === "decision" || type === "outcome";
  if (needsRequest && (typeof requestId !== "string" || requestId === "")) return undefined;
  return {
    type,
    time,
    requestId: typeof requestId === "string" ? requestId : "",
    decision,
    sequence,
    acceptsFrom: acceptedTime(members),
  };
}

/** Undefined for any other entry, and for one that does not say what it steps back from. */
function acceptedTime({ type, action, from }: Members): number | undefined {
  if (type !== "administration" || action !== CLOCK_STEP) return undefined;
  return typeof from === "string" && UTC_TIME.test(from) ? Date.parse(from) : undefined;
}

/** A second spelling of the same entry (repeated names, other order) would be read differently by other programs. */
export function parseMembers(text: string): Members | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) && canonicalJson(value) === text ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, Json | undefined> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
