/** The acts of callers by the names of their methods. Each asks for the caller's right as it is in the act's transaction. */
import type { LiveCaller } from "../../access/actors.ts";
import type { LogWriter } from "../log-writer.ts";
import type { Input, Reply } from "../contract.ts";
import type { ActName } from "./act.ts";
import { createBinding, deleteBinding, updateBinding } from "./bindings.ts";
import type { Acted } from "./change.ts";
import { createDescriptor, deleteDescriptor } from "./descriptors.ts";
import * as eotsActs from "./eots.ts";
import { noteEotsExport, requireEotsFloor, setEotsEnabled, setEotsFloor } from "./eots-keys.ts";
import { restoreEotsKey } from "./eots-restore.ts";
import { createFreeze, liftFreeze } from "./freezes.ts";
import { createKey, deleteKeys, setKeyState } from "./keys.ts";
import { createNamespace } from "./namespaces.ts";
import { Performer } from "./perform.ts";
import { PERMISSIONS_OVER_TABLES, type OverTables } from "./permissions.ts";
import { createPolicy } from "./policies.ts";
import { createPrincipal, deletePrincipal, rotatePrincipal, updatePrincipal } from "./principals.ts";
import * as slashingActs from "./slashing.ts";
import { raiseSlashingFloors, setSlashingBounds } from "./slashing-bounds.ts";
import { configureSlashing } from "./slashing-settings.ts";
import { acceptClock, initialise, noteAct } from "./system.ts";
import { tablesStore, type ActTables } from "./tables-store.ts";
import { importValidatorKey, mergeHistory, restartValidatorKey } from "./validator-keys.ts";
import { setSlashingEnabled } from "./validator-freezes.ts";
import { createWallet } from "./wallets.ts";

export interface PerformedTables extends ActTables {
  readonly log: LogWriter;
  readonly eotsTables: eotsActs.EotsTables;
  readonly slashingTables: slashingActs.SlashingTables;
}

/** Every method that names an actor: one that asks for no right does not compile. */
export type Performed = { readonly [Name in ActName]: (input: Input<Name>) => Acted<Reply<Name>> };

export function performedActs(tables: PerformedTables): Performed {
  const performer = new Performer(tablesStore(tables), tables.log);
  const allow = allowing(performer);
  return {
    createNamespace: (input) => performer.perform(createNamespace, input),
    createPrincipal: (input) => performer.perform(createPrincipal, input),
    updatePrincipal: (input) => performer.perform(updatePrincipal, input),
    rotatePrincipal: (input) => performer.perform(rotatePrincipal, input),
    deletePrincipal: (input) => performer.perform(deletePrincipal, input),
    createFreeze: (input) => performer.perform(createFreeze, input),
    liftFreeze: (input) => performer.perform(liftFreeze, input),
    createPolicy: (input) => performer.perform(createPolicy, input),
    createBinding: (input) => performer.perform(createBinding, input),
    updateBinding: (input) => performer.perform(updateBinding, input),
    deleteBinding: (input) => performer.perform(deleteBinding, input),
    createDescriptor: (input) => performer.perform(createDescriptor, input),
    deleteDescriptor: (input) => performer.perform(deleteDescriptor, input),
    createWallet: (input) => performer.perform(createWallet, input),
    initialise: (input) => performer.perform(initialise, input),
    noteAct: (input) => performer.perform(noteAct, input),
    answerRepeat: (input) => performer.repeat(input),
    // Not a judge: its leaf has a time of its own.
    acceptClock: allow("acceptClock", (input) => acceptClock(tables.log, input)),
    createKey: (input) => performer.perform(createKey, input),
    setKeyState: (input) => performer.perform(setKeyState, input),
    deleteKeys: (input) => performer.perform(deleteKeys, input),
    importValidatorKey: (input) =>
      performer.perform(importValidatorKey, input, () => mergeHistory(tables.slashingTables, input)),
    restartValidatorKey: (input) => performer.perform(restartValidatorKey, input),
    restoreEotsKey: (input) => performer.perform(restoreEotsKey, input),
    configureSlashing: (input) => performer.perform(configureSlashing, input),
    setSlashingEnabled: (input) => performer.perform(setSlashingEnabled, input),
    raiseSlashingFloors: (input) => performer.perform(raiseSlashingFloors, input),
    setSlashingBounds: (input) => performer.perform(setSlashingBounds, input),
    setEotsFloor: (input) => performer.perform(setEotsFloor, input),
    requireEotsFloor: (input) => performer.perform(requireEotsFloor, input),
    setEotsEnabled: (input) => performer.perform(setEotsEnabled, input),
    noteEotsExport: (input) => performer.perform(noteEotsExport, input),
    ...actsOfHistories(allow, tables),
  };
}

/** A function over tables as an act. */
type Allow = <Name extends OverTables>(
  name: Name,
  run: (input: Input<Name>, caller: LiveCaller) => Reply<Name>,
) => (input: Input<Name>) => Acted<Reply<Name>>;

function allowing(performer: Performer): Allow {
  return (name, run) => (input) =>
    performer.allow(PERMISSIONS_OVER_TABLES[name], input, (caller) => run(input, caller));
}

function actsOfHistories(
  allow: Allow,
  { eotsTables, slashingTables }: PerformedTables,
): Pick<Performed, Exclude<OverTables, "acceptClock">> {
  return {
    mergeSlashingImport: allow("mergeSlashingImport", (input, caller) =>
      slashingActs.merge(slashingTables, input, caller),
    ),
    endSlashingImport: allow("endSlashingImport", (input) => slashingActs.end(slashingTables, input)),
    mergeEotsImport: allow("mergeEotsImport", (input) => eotsActs.merge(eotsTables, input)),
    pruneEotsHistory: allow("pruneEotsHistory", (input) => eotsActs.prune(eotsTables, input)),
  };
}
