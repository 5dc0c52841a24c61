/**
 * Brings validator keys from a folder into a data directory: the history first, in one transaction, then the keys, each
 * committed as soon as it is open. Ended at any moment and run again, it goes on with what is missing.
 * @module
 */
import { createReadStream } from "node:fs";
import { join } from "node:path";
import type { Config } from "../../config.ts";
import { equalBytes, toHex } from "../../domain/bytes.ts";
import { importInterchange } from "../../guard/eip3076/import.ts";
import { surveyInterchange } from "../../guard/eip3076/survey.ts";
import { LEDGER_FILE } from "../../ledger/open.ts";
import type { SlashingChainRow } from "../../ledger/tables/slashing.ts";
import { closeFoundation, openFoundation, type Foundation, type KeystoreRoom } from "../../service.ts";
import {
  importValidatorKeys,
  restartValidatorKey,
  type KeystoreOutcome,
} from "../../administration/validators.ts";
import { ledgerImportTarget } from "../../record/slashing-import.ts";
import { pinNetwork } from "../../validator-network.ts";
import { Vault } from "../../vault/vault.ts";
import { CommandError, say } from "../output.ts";
import { unsealByCommand } from "../passphrase.ts";
import type { Candidate, Gathered } from "./candidates.ts";
import { onInterrupt } from "./interruption.ts";
import {
  assertChain,
  assertNamespace,
  assertSome,
  placeOf,
  type Place,
  type TakeInOptions,
  type TakeInOrder,
} from "./place.ts";
import { incomingOf, planOf, STOPPED, type PlannedKey } from "./plan.ts";
import { showProgress } from "./progress.ts";
import { countOf, historyOf, tell, type Report, type ReportedKey } from "./report.ts";
import { readStanding, standingOf, type Standing } from "./standing.ts";

/** Two of the usual scrypt keystores at once. */
const KEYSTORE_MEMORY_MIN = 2 ** 29;

export async function takeIn(options: TakeInOptions, order: TakeInOrder): Promise<void> {
  const place = placeOf(options, order);
  const failures = order.dryRun ? await dryRun(place) : await carryOut(place);
  if (failures > 0) {
    throw new CommandError(
      "validators.incomplete",
      `${countOf(failures, "key")} ${order.dryRun ? "would not be" : "not"} imported; correct what the list says ` +
        "and run the same command again: keys that are here already are passed over",
    );
  }
}

/** Reads files alone: a service may be running on the data directory. */
async function dryRun(place: Place): Promise<number> {
  const { config, options, order } = place;
  const { dataDir } = config.storage;
  // Sealed and idle but for the thread that reads key configurations.
  const vault = Vault.start({ databasePath: join(dataDir, LEDGER_FILE) });
  const gathered = await gatherAndClose(order, vault);
  assertSome(place, gathered);
  const standing = readStanding(dataDir);
  assertNamespace(place, standing);
  const file = options.slashingProtection;
  const survey = file === undefined ? null : await surveyInterchange(createReadStream(file));
  if (survey !== null) assertChain(place, standing.chain, survey.genesisValidatorsRoot);
  const plan = planOf(gathered, standing, {
    namespace: place.namespace,
    announced: survey?.keys ?? new Set(),
    restartStopped: options.restartStopped,
  });
  const history = survey === null ? null : { ...survey, keys: survey.keys.size };
  const counts = history && {
    keys: history.keys,
    blocks: history.blocks,
    attestations: history.attestations,
  };
  const report = reportOf(place, "planned", plan.map(shown), gathered, standing.chain, counts);
  const failures = tell(report, standing.chain, options.output);
  if (options.output === "text") say(`Nothing was changed. ${order.toApply}`);
  return failures;
}

async function gatherAndClose({ gather }: TakeInOrder, vault: Vault): Promise<Gathered> {
  try {
    return await gather(vault);
  } finally {
    await vault.close();
  }
}

async function carryOut(place: Place): Promise<number> {
  const { config, options, order } = place;
  const foundation = await openAlone(config);
  try {
    const gathered = await order.gather(foundation.vault);
    assertSome(place, gathered);
    assertNamespace(place, readStanding(config.storage.dataDir));
    const { initialised } = await foundation.ledger.readSeal();
    if (!initialised) {
      throw new CommandError(
        "service.sealed",
        `${config.storage.dataDir} has no seal; make one with claviger init`,
      );
    }
    await unsealByCommand(foundation.vault, config);
    await pinNetwork(foundation.ledger, place.configured);
    const history = await mergeHistory(place, foundation);
    const standing = readStanding(config.storage.dataDir);
    const plan = planOf(gathered, standing, {
      namespace: place.namespace,
      announced: new Set(),
      restartStopped: options.restartStopped,
    });
    const { keys, interrupted } = await bringIn(place, foundation, standing, plan);
    const failures = tell(
      reportOf(place, "imported", keys, gathered, standing.chain, history),
      standing.chain,
      options.output,
    );
    if (interrupted) {
      throw new CommandError(
        "validators.interrupted",
        "stopped as asked; what was imported stays. Run the same command again for the rest",
      );
    }
    if (failures === 0 && options.output === "text") {
      say("Next: stop the other signer of these keys for good, then claviger serve.");
    }
    return failures;
  } finally {
    await closeFoundation(foundation);
  }
}

/** Nothing else runs here: every core, and half of the memory that is free. */
function roomForAll(): KeystoreRoom {
  return {
    keystoreThreads: Math.max(1, navigator.hardwareConcurrency),
    keystoreMemory: Math.max(KEYSTORE_MEMORY_MIN, process.availableMemory() / 2),
  };
}

/** All or nothing, and before any key: what it says of a key holds when the key can sign. */
async function mergeHistory(place: Place, { ledger }: Foundation): Promise<Report["history"]> {
  const file = place.options.slashingProtection;
  if (file === undefined) return null;
  const { genesis_validators_root: pinned } = await ledger.readSlashingChain();
  const expectedRoot = place.root.stated ?? (pinned === null ? place.root.assumed : null);
  const target = ledgerImportTarget(ledger, actorOf(place));
  const keys = await importInterchange(createReadStream(file), target, { expectedRoot, only: null });
  return historyOf(keys);
}

/** @throws CommandError that says what a running service can be given instead */
async function openAlone(config: Config): Promise<Foundation> {
  try {
    return await openFoundation(config.storage.dataDir, roomForAll());
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || error.code !== "ledger.in_use") throw error;
    throw new CommandError(
      "ledger.in_use",
      `${error.message}, or give a running service its keys by the Keymanager API (POST /eth/v1/keystores)`,
    );
  }
}

async function bringIn(
  place: Place,
  { ledger, vault }: Foundation,
  standing: Standing,
  plan: readonly PlannedKey[],
): Promise<{ readonly keys: readonly ReportedKey[]; readonly interrupted: boolean }> {
  const parts = { directory: standing.directory, ledger, vault };
  const actor = actorOf(place);
  const incoming = await Promise.all(
    plan.map(async (one) => {
      const key = standing.directory.validator(place.namespace, one.publicKey ?? "");
      // Its private key is here: somebody disabled it, or slashing protection stopped it.
      if (one.status !== "restarting" || key === undefined || key.state === "deleted") return incomingOf(one);
      await restartValidatorKey(parts, actor, key);
      return { status: "restarted" };
    }),
  );
  /** As the plan judges the keys whose names it knows. */
  const judge = async (publicKey: string): Promise<KeystoreOutcome | undefined> => {
    const key = standing.directory.validator(place.namespace, publicKey);
    if (standingOf(key, standing.protection.get(publicKey)) !== "stopped") return undefined;
    if (!place.options.restartStopped) return { status: "stopped", message: STOPPED };
    if (key === undefined || key.state === "deleted") return undefined;
    await restartValidatorKey(parts, actor, key);
    return { status: "restarted" };
  };
  const progress = showProgress(place.options.output, incoming.filter((one) => "source" in one).length);
  const interruption = onInterrupt();
  try {
    const outcomes = await importValidatorKeys(
      parts,
      {
        actor,
        attributes: { network: place.network },
        judge,
        onOutcome: () => progress.step(),
        signal: interruption.signal,
      },
      incoming,
    );
    const keys = plan.map((one, index) => reported(standing, one, outcomes[index]));
    return { keys, interrupted: interruption.signal.aborted };
  } finally {
    progress.end();
    interruption.end();
  }
}

/** A key of a plan without its source. */
function shown({ name, publicKey, status, history, message }: PlannedKey): ReportedKey {
  return { name, publicKey, status, history, ...(message === undefined ? {} : { message }) };
}

function reported(
  standing: Standing,
  planned: PlannedKey,
  outcome: KeystoreOutcome | undefined,
): ReportedKey {
  if (outcome === undefined) return shown(planned);
  const { name, candidate } = planned;
  const { status, message, publicKey = planned.publicKey } = outcome;
  const history = planned.history || standing.protection.get(publicKey ?? "")?.known === true;
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

function reportOf(
  { order, config, namespace, network, root }: Place,
  event: Report["event"],
  keys: readonly ReportedKey[],
  { notes }: Gathered,
  { genesis_validators_root: pinned }: SlashingChainRow,
  history: Report["history"],
): Report {
  const other = pinned !== null && root.assumed !== null && !equalBytes(pinned, root.assumed);
  return {
    event,
    folder: order.folder,
    dataDir: config.storage.dataDir,
    namespace,
    network,
    keys,
    notes: [
      ...notes,
      ...(other
        ? [
            `the data directory belongs to chain ${toHex(pinned)}, which is not ${network}: is --network right?`,
          ]
        : []),
    ],
    history,
  };
}

function actorOf({ namespace, order }: Place) {
  return { namespace, principal: order.command };
}
