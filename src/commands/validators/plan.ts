/** What will happen to each key that was found, decided before anything is written. A dry run is a plan that nobody applies. */
import { createReadStream } from "node:fs";
import { surveyInterchange, type HistorySurvey } from "../../guard/eip3076/survey.ts";
import type { Vault } from "../../vault/vault.ts";
import type { Candidate, Gathered } from "./candidates.ts";
import { presenceOf, readKnownKeys, type KnownKeys, type Presence } from "./known-keys.ts";
import { assertChain, assertNamespace, assertSome, type Place } from "./place.ts";

export interface Plan {
  readonly place: Place;
  /** Keys in the order of their files, then what cannot be used. */
  readonly keys: readonly PlannedKey[];
  /** What was passed over, and why. */
  readonly notes: readonly string[];
  /** What the interchange file says; null without one, and in a plan that will be applied. */
  readonly history: HistorySurvey | null;
  /** What the data directory knew when the plan was made. */
  readonly known: KnownKeys;
}

export interface PlannedKey {
  readonly name: string;
  /** 0x-hex; null for a file whose key is unknown: a keystore that names none is known when it is open. */
  readonly publicKey: string | null;
  /** `restarting`: it was `stopped`, and the operator wants it back; `error`: cannot be imported, see `message`. */
  readonly status: Presence | "restarting" | "error";
  readonly message?: string;
  /** Whether what it signed before is known here, or will be. */
  readonly history: boolean;
  readonly candidate: Candidate | null;
}

export const MAY_SIGN_ELSEWHERE =
  "was deleted or disabled here before and may sign elsewhere now; give --restart-stopped once it is certain that it does not";

/**
 * Reads files alone, the ledger's too: a service may be running on the data directory.
 * @param survey whether to read what the interchange file says. A plan that will be applied does not: the merge reads the
 *   file, which may be a pipe that can be read only once, and the ledger then knows which keys have history.
 * @throws CommandError for a folder without keys, an unknown namespace, the history of another chain
 */
export async function planOf(
  place: Place,
  reader: Pick<Vault, "readKeyConfigs">,
  { survey }: { readonly survey: boolean },
): Promise<Plan> {
  const { config, options, order } = place;
  const gathered = await order.gather(reader);
  assertSome(place, gathered);
  const known = readKnownKeys(config.storage.dataDir);
  assertNamespace(place, known);
  const file = options.slashingProtection;
  const history = file === undefined || !survey ? null : await surveyInterchange(createReadStream(file));
  if (history !== null) assertChain(place, known.chain, history.genesisValidatorsRoot);
  const keys = plannedKeys(place, gathered, known, history?.keys ?? new Set());
  return { place, keys, notes: gathered.notes, history, known };
}

/** @param announced public keys whose history the interchange file has */
function plannedKeys(
  { namespace, options }: Place,
  gathered: Gathered,
  known: KnownKeys,
  announced: ReadonlySet<string>,
): readonly PlannedKey[] {
  const firsts = new Map<string, string>();
  const keys = gathered.candidates.map((candidate): PlannedKey => {
    const { name, publicKey } = candidate;
    if (publicKey === null) return { name, publicKey, status: "new", history: false, candidate };
    const knownKey = known.publicKeys.get(publicKey);
    const history = knownKey?.hasHistory === true || announced.has(publicKey);
    const planned = { name, publicKey, history, candidate };
    const first = firsts.get(publicKey);
    if (first !== undefined) return { ...planned, status: "duplicate", message: `the same key as ${first}` };
    firsts.set(publicKey, name);
    const status = presenceOf(known.directory.validator(namespace, publicKey), knownKey);
    if (status !== "stopped") return { ...planned, status };
    return options.restartStopped
      ? { ...planned, status: "restarting" }
      : { ...planned, status, message: MAY_SIGN_ELSEWHERE };
  });
  const unusable = gathered.unusable.map((file): PlannedKey => ({
    ...file,
    publicKey: null,
    status: "error",
    history: false,
    candidate: null,
  }));
  return [...keys, ...unusable];
}
