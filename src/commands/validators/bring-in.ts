/**
 * Brings validator keys from a folder into a data directory: what `validators import` and `migrate` do alike. Both make the
 * plan; where the order says so it is applied, else it is shown.
 * @module
 */
import { join } from "node:path";
import type { Config } from "../../config/schema.ts";
import { LEDGER_FILE } from "../../ledger/open.ts";
import { closeFoundation, openFoundation, type Foundation, type KeystoreRoom } from "../../foundation.ts";
import { startVault, type Vault } from "../../vault/vault.ts";
import { CommandError, say } from "../output.ts";
import { applyPlan } from "./apply.ts";
import { placeOf, type ImportOptions, type ImportOrder, type Place } from "./place.ts";
import { planOf, type Plan } from "./plan.ts";
import { countOf, plannedReport, tell } from "./report.ts";

/** Two of the usual scrypt keystores at once. */
const KEYSTORE_MEMORY_MIN = 2 ** 29;

/** @throws CommandError `validators.incomplete` when a key cannot come in */
export async function bringIn(options: ImportOptions, order: ImportOrder): Promise<void> {
  const place = placeOf(options, order);
  const failures = order.apply ? await carryOut(place) : await show(place);
  if (failures > 0) {
    throw new CommandError(
      "validators.incomplete",
      `${countOf(failures, "key")} ${order.apply ? "not" : "would not be"} imported; correct what the list says ` +
        "and run the same command again: keys that are here already are passed over",
    );
  }
}

async function show(place: Place): Promise<number> {
  const { config, options, order } = place;
  // Sealed and idle but for the thread that reads key configurations.
  const vault = startVault({ databasePath: join(config.storage.dataDir, LEDGER_FILE) });
  const plan = await planAndClose(place, vault);
  const failures = tell(plannedReport(plan), plan.known.chain, options.output);
  if (options.output === "text") say(`Nothing was changed. ${order.toApply}`);
  return failures;
}

async function planAndClose(place: Place, vault: Vault): Promise<Plan> {
  try {
    return await planOf(place, vault, { survey: true });
  } finally {
    await vault.close();
  }
}

/** The plan is made under the lock of the data directory: what it says of a key still holds when it is applied. */
async function carryOut(place: Place): Promise<number> {
  const { config, options } = place;
  const foundation = await openAlone(config);
  try {
    const plan = await planOf(place, foundation.vault, { survey: false });
    const { report, chain, interrupted } = await applyPlan(plan, foundation);
    const failures = tell(report, chain, options.output);
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

/** Nothing else runs here: every core, and half of the memory that is free. */
function roomForAll(): KeystoreRoom {
  return {
    keystoreThreads: Math.max(1, navigator.hardwareConcurrency),
    keystoreMemory: Math.max(KEYSTORE_MEMORY_MIN, process.availableMemory() / 2),
  };
}
