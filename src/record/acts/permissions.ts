/**
 * What a caller needs for the acts that are functions over tables. Those of the other acts are beside their judges. History and
 * floors are shared by all namespaces: every key there is, named or not, needs the root namespace.
 * @module
 */
import type { Need } from "../../access/actors.ts";
import type { ActName, Permission } from "./act.ts";

/** Acts that change no row; what else is noted, a command did. */
const NOTED: Readonly<Record<string, Need>> = {
  "system.seal": "system.seal",
  "system.unseal": "system.unseal",
  "slashing.export": "slashing.disable",
  "eots.backup": "key.backup",
};

export type OverTables =
  | "initialise"
  | "createWallet"
  | "createKey"
  | "importValidatorKey"
  | "restartValidatorKey"
  | "setKeyState"
  | "deleteKeys"
  | "createDescriptor"
  | "deleteDescriptor"
  | "noteAct"
  | "keepAnswer"
  | "restoreEotsKey"
  | "configureSlashing"
  | "setSlashingEnabled"
  | "mergeSlashingImport"
  | "raiseSlashingFloors"
  | "setSlashingBounds"
  | "setEotsFloor"
  | "requireEotsFloor"
  | "setEotsEnabled"
  | "noteEotsExport"
  | "mergeEotsImport"
  | "pruneEotsHistory";

export const PERMISSIONS_OVER_TABLES: { readonly [Name in OverTables & ActName]: Permission<Name> } = {
  initialise: "installation",
  createWallet: "wallet.create",
  createKey: ({ key }) => [key.walletId === null ? "key.import" : "key.create"],
  importValidatorKey: "key.import",
  restartValidatorKey: "installation",
  setKeyState: ({ state }) => [state === "active" ? "key.enable" : "key.disable"],
  deleteKeys: "key.delete",
  createDescriptor: "descriptor.create",
  deleteDescriptor: "descriptor.delete",
  noteAct: ({ action }) => [NOTED[action.split(" ", 1)[0] ?? ""] ?? "installation"],
  keepAnswer: "live",
  restoreEotsKey: "installation",

  configureSlashing: "installation",
  setSlashingEnabled: ({ publicKeys, enabled }) => [
    // A freeze is for every namespace that holds the key.
    enabled ? "slashing.everyKey" : "slashing.disable",
    ...(publicKeys === null ? (["slashing.everyKey"] as const) : []),
  ],
  mergeSlashingImport: "slashing.import",
  raiseSlashingFloors: ({ publicKeys }) => [
    "slashing.floor",
    ...(publicKeys === null ? (["slashing.everyKey"] as const) : []),
  ],
  setSlashingBounds: ({ publicKeys, mayLoosen }) => [
    "slashing.bound",
    ...(publicKeys === null ? (["slashing.everyKey"] as const) : []),
    ...(mayLoosen ? (["slashing.lift"] as const) : []),
  ],

  setEotsFloor: "eots.floor",
  requireEotsFloor: "eots.floor",
  setEotsEnabled: "installation",
  noteEotsExport: ({ publicKeys, disable }) => [
    disable ? "eots.disable" : "eots.read",
    ...(publicKeys === null ? (["eots.everyKey"] as const) : []),
  ],
  mergeEotsImport: "installation",
  pruneEotsHistory: "installation",
};
