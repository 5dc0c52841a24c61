/** The acts of callers by the names of their methods. Each asks for the caller's right as it is in the act's transaction. */
import type { Input, Reply } from "../contract.ts";
import type { Act, ActName } from "./act.ts";
import { createBinding, deleteBinding, updateBinding } from "./bindings.ts";
import { createDescriptor, deleteDescriptor } from "./descriptors.ts";
import { callOf, callOfRepeat, callOver, type ActCall } from "./call.ts";
import { acceptClock } from "./clock.ts";
import { mergeEotsImport, pruneEotsHistory } from "./eots-import.ts";
import { noteEotsExport, requireEotsFloor, setEotsEnabled, setEotsFloor } from "./eots-keys.ts";
import { restoreEotsKey } from "./eots-restore.ts";
import type { Questions } from "./facts.ts";
import { createFreeze, liftFreeze } from "./freezes.ts";
import { createKey, deleteKeys, setKeyState } from "./keys.ts";
import { createNamespace } from "./namespaces.ts";
import { PERMISSIONS_OVER_TABLES, type OverTables } from "./permissions.ts";
import { createPolicy } from "./policies.ts";
import { createPrincipal, deletePrincipal, rotatePrincipal, updatePrincipal } from "./principals.ts";
import * as slashingActs from "./slashing.ts";
import { raiseSlashingFloors, setSlashingBounds } from "./slashing-bounds.ts";
import { mergeSlashingImport, pinSlashingChain } from "./slashing-imports.ts";
import { configureSlashing } from "./slashing-settings.ts";
import { initialise, noteAct } from "./system.ts";
import { importValidatorKey, restartValidatorKey } from "./validator-keys.ts";
import { setSlashingEnabled } from "./validator-freezes.ts";
import { createWallet } from "./wallets.ts";

/** What of acts is still over tables. */
export interface HistoryTables {
  readonly slashingTables: slashingActs.SlashingTables;
}

/** An act that waits for those of its batch: nothing else can be the reply of its method. */
export interface Taken {
  readonly taken: ActCall;
}

/** Every method that names an actor: one that asks for no right does not compile. */
export type ActMethods = { readonly [Name in ActName]: (input: Input<Name>) => Taken };

/** @param take gets each act as it is called */
export function actMethods(tables: HistoryTables, take: (call: ActCall) => Taken): ActMethods {
  const judged =
    <Name extends ActName, Asked extends Questions>(act: Act<Name, Asked>) =>
    (input: Input<Name>) =>
      take(callOf(act, input));
  return {
    createNamespace: judged(createNamespace),
    createPrincipal: judged(createPrincipal),
    updatePrincipal: judged(updatePrincipal),
    rotatePrincipal: judged(rotatePrincipal),
    deletePrincipal: judged(deletePrincipal),
    createFreeze: judged(createFreeze),
    liftFreeze: judged(liftFreeze),
    createPolicy: judged(createPolicy),
    createBinding: judged(createBinding),
    updateBinding: judged(updateBinding),
    deleteBinding: judged(deleteBinding),
    createDescriptor: judged(createDescriptor),
    deleteDescriptor: judged(deleteDescriptor),
    createWallet: judged(createWallet),
    initialise: judged(initialise),
    noteAct: judged(noteAct),
    answerRepeat: (input) => take(callOfRepeat(input)),
    acceptClock: judged(acceptClock),
    createKey: judged(createKey),
    setKeyState: judged(setKeyState),
    deleteKeys: judged(deleteKeys),
    importValidatorKey: (input) => {
      const merge = (reply: Reply<"importValidatorKey">): Reply<"importValidatorKey"> => {
        slashingActs.mergeHistory(tables.slashingTables, input);
        return reply;
      };
      return take(callOf(importValidatorKey, input, input.history === null ? null : merge));
    },
    restartValidatorKey: judged(restartValidatorKey),
    restoreEotsKey: judged(restoreEotsKey),
    configureSlashing: judged(configureSlashing),
    setSlashingEnabled: judged(setSlashingEnabled),
    raiseSlashingFloors: judged(raiseSlashingFloors),
    setSlashingBounds: judged(setSlashingBounds),
    setEotsFloor: judged(setEotsFloor),
    requireEotsFloor: judged(requireEotsFloor),
    setEotsEnabled: judged(setEotsEnabled),
    noteEotsExport: judged(noteEotsExport),
    mergeEotsImport: judged(mergeEotsImport),
    pruneEotsHistory: judged(pruneEotsHistory),
    pinSlashingChain: judged(pinSlashingChain),
    mergeSlashingImport: (input) =>
      take(
        callOf(mergeSlashingImport, input, (reply) =>
          reply === null ? null : slashingActs.merge(tables.slashingTables, input),
        ),
      ),
    ...actsOfHistories(tables, take),
  };
}

function actsOfHistories(
  { slashingTables }: HistoryTables,
  take: (call: ActCall) => Taken,
): Pick<ActMethods, OverTables> {
  const over =
    <Name extends OverTables>(name: Name, run: (input: Input<Name>) => Reply<Name>) =>
    (input: Input<Name>) =>
      take(callOver<Name>(PERMISSIONS_OVER_TABLES[name], input, () => run(input)));
  return {
    endSlashingImport: over("endSlashingImport", (input) => slashingActs.end(slashingTables, input)),
  };
}
