/** The acts of callers by the names of their methods. Each asks for the caller's right as it is in the act's transaction. */
import type { LiveCaller } from "../../access/actors.ts";
import type { EotsTable } from "../../ledger/tables/eots.ts";
import type { KeyRecord } from "../../domain/keys.ts";
import type { Input, Reply } from "../contract.ts";
import type { ActName } from "./act.ts";
import { createBinding, deleteBinding, updateBinding } from "./bindings.ts";
import type { Acted, Change } from "./change.ts";
import { createDescriptor, deleteDescriptor } from "./descriptors.ts";
import * as eotsActs from "./eots.ts";
import { restoreEotsKey } from "./eots-restore.ts";
import { createFreeze, liftFreeze } from "./freezes.ts";
import * as keyActs from "./keys.ts";
import { createNamespace } from "./namespaces.ts";
import type { AdministrationTables } from "./over-tables.ts";
import { Performer } from "./perform.ts";
import { PERMISSIONS_OVER_TABLES, type KeyActs, type OverTables } from "./permissions.ts";
import { createPolicy } from "./policies.ts";
import { createPrincipal, deletePrincipal, rotatePrincipal, updatePrincipal } from "./principals.ts";
import * as slashingActs from "./slashing.ts";
import { raiseFloors, setBounds } from "./slashing-bounds.ts";
import { acceptClock, initialise, noteAct } from "./system.ts";
import { tablesStore, type ActTables } from "./tables-store.ts";
import { importValidatorKey, restartValidatorKey } from "./validator-keys.ts";
import { createWallet } from "./wallets.ts";

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
  const allow = allowing(performer, tables.acts);
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
    acceptClock: allow("acceptClock", (input) => acceptClock(tables.acts, input)),
    ...actsOfKeys(allow, tables),
    ...actsOfGuards(allow, tables),
  };
}

/** A function over tables as an act; `keys` says which keys it may have changed. */
type Allow = <Name extends OverTables>(
  name: Name,
  run: (input: Input<Name>, caller: LiveCaller) => Reply<Name>,
  keys?: (input: Input<Name>, reply: Reply<Name>) => readonly ChangedKey[],
) => (input: Input<Name>) => Acted<Reply<Name>>;

type ChangedKey = Pick<KeyRecord, "namespace" | "id">;

function allowing(performer: Performer, { directory }: AdministrationTables): Allow {
  return (name, run, keys) => (input) => {
    const acted = performer.allow(PERMISSIONS_OVER_TABLES[name], input, (caller) => run(input, caller));
    if (acted.acted === "before" || keys === undefined) return acted;
    // As they are after the act.
    const changes = keys(input, acted.reply).flatMap(({ namespace, id }): readonly Change[] => {
      const key = directory.key(namespace, id);
      return key === undefined ? [] : [{ change: "keyChanged", key }];
    });
    return { ...acted, changes };
  };
}

function actsOfKeys(allow: Allow, { acts, eots, slashingTables }: PerformedTables): Pick<Performed, KeyActs> {
  return {
    createKey: allow(
      "createKey",
      (input) => keyActs.createKey(acts, input),
      (_, stored) => (stored === null ? [] : [stored.key]),
    ),
    importValidatorKey: allow(
      "importValidatorKey",
      (input, caller) => importValidatorKey({ ...acts, stage: slashingTables.stage }, input, caller),
      (_, { key }) => [key],
    ),
    restartValidatorKey: allow(
      "restartValidatorKey",
      (input) => restartValidatorKey(acts, input),
      ({ actor: { namespace }, id }) => [{ namespace, id }],
    ),
    restoreEotsKey: allow(
      "restoreEotsKey",
      (input) => restoreEotsKey(acts, eots, input),
      ({ key: { namespace } }, { keyId: id }) => [{ namespace, id }],
    ),
    setKeyState: allow(
      "setKeyState",
      (input) => keyActs.setKeyState(acts, input),
      ({ actor: { namespace }, id }) => [{ namespace, id }],
    ),
    deleteKeys: allow(
      "deleteKeys",
      (input) => keyActs.deleteKeys(acts, input),
      ({ actor: { namespace }, ids }) => ids.map((id) => ({ namespace, id })),
    ),
  };
}

function actsOfGuards(
  allow: Allow,
  { acts, eotsTables, slashingTables }: PerformedTables,
): Pick<Performed, Exclude<OverTables, KeyActs | "acceptClock">> {
  return {
    configureSlashing: allow("configureSlashing", (input) => slashingActs.configure(slashingTables, input)),
    setSlashingEnabled: allow("setSlashingEnabled", (input) =>
      slashingActs.setEnabled(slashingTables, input),
    ),
    raiseSlashingFloors: allow("raiseSlashingFloors", (input) => raiseFloors(slashingTables, input)),
    setSlashingBounds: allow("setSlashingBounds", (input, caller) => setBounds(acts, input, caller)),
    mergeSlashingImport: allow("mergeSlashingImport", (input, caller) =>
      slashingActs.merge(slashingTables, input, caller),
    ),

    setEotsFloor: allow("setEotsFloor", (input) => eotsActs.setFloor(eotsTables, input)),
    requireEotsFloor: allow("requireEotsFloor", (input) => eotsActs.requireFloor(eotsTables, input)),
    setEotsEnabled: allow("setEotsEnabled", (input) => eotsActs.setEnabled(eotsTables, input)),
    noteEotsExport: allow("noteEotsExport", (input) => eotsActs.noteExport(eotsTables, input)),
    mergeEotsImport: allow("mergeEotsImport", (input) => eotsActs.merge(eotsTables, input)),
    pruneEotsHistory: allow("pruneEotsHistory", (input) => eotsActs.prune(eotsTables, input)),
  };
}
