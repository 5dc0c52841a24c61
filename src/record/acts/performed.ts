/** The acts of callers by the names of their methods. Each asks for the caller's right as it is in the act's transaction. */
import type { EotsTable } from "../../ledger/tables/eots.ts";
import type { Input, Reply } from "../contract.ts";
import type { ActName } from "./act.ts";
import { createBinding, deleteBinding, updateBinding } from "./bindings.ts";
import type { Acted } from "./change.ts";
import * as descriptorActs from "./descriptors.ts";
import * as eotsActs from "./eots.ts";
import { restoreEotsKey } from "./eots-restore.ts";
import * as keyActs from "./keys.ts";
import { createNamespace } from "./namespaces.ts";
import type { AdministrationTables } from "./over-tables.ts";
import { Performer } from "./perform.ts";
import { PERMISSIONS_OVER_TABLES, type OverTables } from "./permissions.ts";
import { createPolicy } from "./policies.ts";
import { createPrincipal, deletePrincipal, rotatePrincipal, updatePrincipal } from "./principals.ts";
import * as slashingActs from "./slashing.ts";
import { raiseFloors, setBounds } from "./slashing-bounds.ts";
import * as systemActs from "./system.ts";
import { tablesStore, type ActTables } from "./tables-store.ts";
import { importValidatorKey, restartValidatorKey } from "./validator-keys.ts";
import * as walletActs from "./wallets.ts";

export interface PerformedTables extends ActTables {
  readonly acts: AdministrationTables;
  readonly eots: EotsTable;
  readonly eotsTables: eotsActs.EotsTables;
  readonly slashingTables: slashingActs.SlashingTables;
}

/** Every method that names an actor: one that asks for no right does not compile. */
export type Performed = { readonly [Name in ActName]: (input: Input<Name>) => Acted<Reply<Name>> };

export function performedActs(tables: PerformedTables): Performed {
  const performer = new Performer(tablesStore(tables), tables.acts.log);
  return {
    createNamespace: (input) => performer.perform(createNamespace, input),
    createPrincipal: (input) => performer.perform(createPrincipal, input),
    updatePrincipal: (input) => performer.perform(updatePrincipal, input),
    rotatePrincipal: (input) => performer.perform(rotatePrincipal, input),
    deletePrincipal: (input) => performer.perform(deletePrincipal, input),
    createPolicy: (input) => performer.perform(createPolicy, input),
    createBinding: (input) => performer.perform(createBinding, input),
    updateBinding: (input) => performer.perform(updateBinding, input),
    deleteBinding: (input) => performer.perform(deleteBinding, input),
    ...overTables(performer, tables),
  };
}

/** Those that are functions over tables. */
function overTables(
  performer: Performer,
  { acts, eots, eotsTables, slashingTables }: PerformedTables,
): Pick<Performed, OverTables> {
  const allow =
    <Name extends OverTables>(name: Name, run: (input: Input<Name>) => Reply<Name>) =>
    (input: Input<Name>): Acted<Reply<Name>> =>
      performer.allow(PERMISSIONS_OVER_TABLES[name], input, () => run(input));
  return {
    initialise: allow("initialise", (input) => systemActs.initialise(acts, input)),
    createWallet: allow("createWallet", (input) => walletActs.createWallet(acts, input)),
    createKey: allow("createKey", (input) => keyActs.createKey(acts, input)),
    importValidatorKey: allow("importValidatorKey", (input) =>
      importValidatorKey({ ...acts, stage: slashingTables.stage }, input),
    ),
    restartValidatorKey: allow("restartValidatorKey", (input) => restartValidatorKey(acts, input)),
    restoreEotsKey: allow("restoreEotsKey", (input) => restoreEotsKey(acts, eots, input)),
    setKeyState: allow("setKeyState", (input) => keyActs.setKeyState(acts, input)),
    deleteKeys: allow("deleteKeys", (input) => keyActs.deleteKeys(acts, input)),
    createDescriptor: allow("createDescriptor", (input) => descriptorActs.createDescriptor(acts, input)),
    deleteDescriptor: allow("deleteDescriptor", (input) => descriptorActs.deleteDescriptor(acts, input)),
    noteAct: allow("noteAct", (input) => systemActs.noteAct(acts, input)),
    keepAnswer: allow("keepAnswer", (input) => systemActs.keepAnswer(acts, input)),

    configureSlashing: allow("configureSlashing", (input) => slashingActs.configure(slashingTables, input)),
    setSlashingEnabled: allow("setSlashingEnabled", (input) =>
      slashingActs.setEnabled(slashingTables, input),
    ),
    raiseSlashingFloors: allow("raiseSlashingFloors", (input) => raiseFloors(slashingTables, input)),
    setSlashingBounds: allow("setSlashingBounds", (input) => setBounds(slashingTables, input)),
    mergeSlashingImport: allow("mergeSlashingImport", (input) => slashingActs.merge(slashingTables, input)),

    setEotsFloor: allow("setEotsFloor", (input) => eotsActs.setFloor(eotsTables, input)),
    requireEotsFloor: allow("requireEotsFloor", (input) => eotsActs.requireFloor(eotsTables, input)),
    setEotsEnabled: allow("setEotsEnabled", (input) => eotsActs.setEnabled(eotsTables, input)),
    noteEotsExport: allow("noteEotsExport", (input) => eotsActs.noteExport(eotsTables, input)),
    mergeEotsImport: allow("mergeEotsImport", (input) => eotsActs.merge(eotsTables, input)),
    pruneEotsHistory: allow("pruneEotsHistory", (input) => eotsActs.prune(eotsTables, input)),
  };
}
