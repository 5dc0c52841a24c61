/** What will happen to each key that was found, decided before anything is written. */
import type { IncomingKey, KeystoreOutcome } from "../../administration/validators.ts";
import type { Candidate, Gathered } from "./candidates.ts";
import { standingOf, type KeyStanding, type Standing } from "./standing.ts";

export interface PlannedKey {
  readonly name: string;
  /** 0x-hex; null for a file whose key is unknown: a keystore that names none is known when it is open. */
  readonly publicKey: string | null;
  /** `restarting`: stopped here, and the operator wants it back; `error`: cannot be imported, see `message`. */
  readonly status: KeyStanding | "restarting" | "error";
  readonly message?: string;
  /** Whether what it signed before is known here, or will be. */
  readonly history: boolean;
  readonly candidate: Candidate | null;
}

export interface PlanOptions {
  readonly namespace: string;
  /** Public keys that a document still to be imported knows. */
  readonly announced: ReadonlySet<string>;
  /** Whether keys that were stopped here come back. */
  readonly restartStopped: boolean;
}

export const STOPPED =
  "was stopped here before and may sign elsewhere now; give --restart-stopped once it is certain that it does not";

/** Keys first, in the order of their files, then what cannot be used. */
export function planOf(gathered: Gathered, standing: Standing, options: PlanOptions): readonly PlannedKey[] {
  const firsts = new Map<string, string>();
  const keys = gathered.candidates.map((candidate): PlannedKey => {
    const { name, publicKey } = candidate;
    if (publicKey === null) return { name, publicKey, status: "new", history: false, candidate };
    const protection = standing.protection.get(publicKey);
    const history = protection?.known === true || options.announced.has(publicKey);
    const known = { name, publicKey, history, candidate };
    const first = firsts.get(publicKey);
    if (first !== undefined) return { ...known, status: "duplicate", message: `the same key as ${first}` };
    firsts.set(publicKey, name);
    const status = standingOf(standing.directory.validator(options.namespace, publicKey), protection);
    if (status !== "stopped") return { ...known, status };
    return options.restartStopped
      ? { ...known, status: "restarting" }
      : { ...known, status, message: STOPPED };
  });
  const unusable = gathered.unusable.map((one): PlannedKey => ({
    ...one,
    publicKey: null,
    status: "error",
    history: false,
    candidate: null,
  }));
  return [...keys, ...unusable];
}

/** What the import is given for a planned key. */
export function incomingOf({ candidate, status, message }: PlannedKey): IncomingKey | KeystoreOutcome {
  if (candidate !== null && (status === "new" || status === "restarting")) {
    return { publicKey: candidate.publicKey, source: () => candidate.source };
  }
  return { status, ...(message === undefined ? {} : { message }) };
}
