/**
 * Applies a plan: the history first, all or nothing, then the keys, each committed as soon as it is open. Ended at any
 * moment and run again, it goes on with what is missing.
 * @module
 */
import { commandActor } from "../../access/actors.ts";
import { createReadStream } from "node:fs";
import {
  importValidatorKeys,
  restartValidatorKey,
  type IncomingKey,
  type ImportResult,
} from "../../administration/validator-import.ts";
import { importInterchange } from "../../guard/eip3076/import.ts";
import { applyChanges } from "../../directory/changes.ts";
import type { GuardedChain } from "../../domain/guard.ts";
import { ledgerImportTarget } from "../../record/slashing-import.ts";
import type { Foundation } from "../../foundation.ts";
import { pinNetwork } from "../../administration/network-pin.ts";
import { CommandError } from "../output.ts";
import { unsealByCommand } from "../passphrase.ts";
import { showProgress } from "../progress.ts";
import type { Candidate } from "./candidates.ts";
import { onInterrupt } from "./interruption.ts";
import { presenceOf, readKnownKeys, type KnownKeys } from "./known-keys.ts";
import type { Place } from "./place.ts";
import { MAY_SIGN_ELSEWHERE, type Plan, type PlannedKey } from "./plan.ts";
import { historyOf, reportedKey, reportOf, STATUS_OF, type Report, type ReportedKey } from "./report.ts";

export interface Applied {
  readonly report: Report;
  readonly chain: GuardedChain;
  /** Ctrl-C came: some keys were not begun. */
  readonly interrupted: boolean;
}

/** @param foundation locked by this command, and sealed */
export async function applyPlan(plan: Plan, foundation: Foundation): Promise<Applied> {
  const { config, configured } = plan.place;
  const { dataDir } = config.storage;
  const { initialised } = await foundation.ledger.readSeal();
  if (!initialised) {
    throw new CommandError("service.sealed", `${dataDir} has no seal; make one with claviger init`);
  }
  await unsealByCommand(foundation.vault, config);
  await pinNetwork(foundation.ledger, actorOf(plan.place), configured);
  const history = await mergeHistory(plan, foundation);
  // Read again: the merge adds history, and ties a new directory to its chain.
  const known = readKnownKeys(dataDir);
  foundation.ledger.followChanges((changes) => applyChanges(known, changes));
  const { keys, interrupted } = await importKeys(plan, foundation, known);
  const { notes } = plan;
  const report = reportOf(plan.place, known.chain, { event: "imported", keys, notes, history });
  return { report, chain: known.chain, interrupted };
}

/** All or nothing, and before any key: what it says of a key holds when the key can sign. */
async function mergeHistory({ place }: Plan, { ledger }: Foundation): Promise<Report["history"]> {
  const file = place.options.slashingProtection;
  if (file === undefined) return null;
  const { genesisValidatorsRoot: pinned } = await ledger.readSlashingChain();
  const expectedRoot = place.root.stated ?? (pinned === null ? place.root.assumed : null);
  const target = ledgerImportTarget(ledger, actorOf(place));
  const keys = await importInterchange(createReadStream(file), target, {
    expectedRoot,
    reach: { of: "everyKey" },
  });
  return historyOf(keys);
}

async function importKeys(
  { place, keys: planned }: Plan,
  { ledger, vault }: Foundation,
  known: KnownKeys,
): Promise<{ readonly keys: readonly ReportedKey[]; readonly interrupted: boolean }> {
  const parts = { directory: known.directory, ledger, vault };
  const actor = actorOf(place);
  const incoming = await Promise.all(
    planned.map(async (key) => {
      const held = known.directory.validator(place.namespace, key.publicKey ?? "");
      // The private key of a disabled or frozen key is here: it is not opened again.
      if (key.status !== "restarting" || held === undefined || held.state === "deleted")
        return incomingOf(key);
      await restartValidatorKey(parts, actor, held);
      return RESTARTED;
    }),
  );
  /** As the plan judges the keys whose names it knows. */
  const judge = async (publicKey: string): Promise<ImportResult | undefined> => {
    const held = known.directory.validator(place.namespace, publicKey);
    if (presenceOf(held, known.publicKeys.get(publicKey)) !== "stopped") return undefined;
    if (!place.options.restartStopped) return { outcome: "withheld", message: MAY_SIGN_ELSEWHERE };
    if (held === undefined || held.state === "deleted") return undefined;
    await restartValidatorKey(parts, actor, held);
    return RESTARTED;
  };
  const progress = showProgress(
    place.options.output,
    "keys",
    incoming.filter((key) => "source" in key).length,
  );
  const interruption = onInterrupt();
  try {
    const results = await importValidatorKeys(
      parts,
      {
        actor,
        attributes: { network: place.network },
        judge,
        onResult: () => progress.step(),
        signal: interruption.signal,
      },
      incoming,
    );
    const keys = planned.map((key, index) => reportedResult(known, key, results[index]));
    return { keys, interrupted: interruption.signal.aborted };
  } finally {
    progress.end();
    interruption.end();
  }
}

const RESTARTED: ImportResult = { outcome: "restarted" };

/** What the plan has settled; null: the key is opened. */
const PLANNED: Readonly<Record<PlannedKey["status"], ImportResult["outcome"] | null>> = {
  new: null,
  restarting: null,
  duplicate: "present",
  stopped: "withheld",
  error: "failed",
};

/** What the import is given for a planned key. */
function incomingOf({ candidate, status, message }: PlannedKey): IncomingKey | ImportResult {
  const outcome = PLANNED[status];
  if (candidate !== null && outcome === null) {
    return { publicKey: candidate.publicKey, source: () => candidate.source };
  }
  return { outcome: outcome ?? "failed", ...(message === undefined ? {} : { message }) };
}

function reportedResult(
  known: KnownKeys,
  planned: PlannedKey,
  result: ImportResult | undefined,
): ReportedKey {
  const hasHistory = (key: string | null): boolean => known.publicKeys.get(key ?? "")?.hasHistory === true;
  if (result === undefined) return reportedKey({ ...planned, history: hasHistory(planned.publicKey) });
  const { name, candidate } = planned;
  const { outcome, message, publicKey = planned.publicKey } = result;
  const status = STATUS_OF[outcome];
  const history = hasHistory(publicKey);
  if (message === undefined) return { name, publicKey, status, history };
  const password = status === "error" ? passwordOf(candidate) : "";
  return { name, publicKey, status, history, message: message + password };
}

/** Whose password was tried, for a reader who has many files of them. */
function passwordOf(candidate: Candidate | null): string {
  if (candidate?.source.kind !== "keystore") return "";
  const { password } = candidate.source;
  return "file" in password ? ` (password from ${password.file})` : "";
}

function actorOf({ namespace, order }: Place) {
  return commandActor(namespace, order.command);
}
