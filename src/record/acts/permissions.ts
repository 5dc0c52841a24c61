/**
 * What a caller needs for the acts that are functions over tables. Those of the other acts are beside their judges. History and
 * floors are shared by all namespaces: every key there is, named or not, needs the root namespace.
 * @module
 */
import type { ActName, Permission } from "./act.ts";

export type KeyActs =
  | "createKey"
  | "importValidatorKey"
  | "restartValidatorKey"
  | "setKeyState"
  | "deleteKeys"
  | "restoreEotsKey";

export type OverTables =
  | KeyActs
  | "acceptClock"
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
  createKey: ({ key }) => [key.walletId === null ? "key.import" : "key.create"],
  importValidatorKey: "key.import",
  restartValidatorKey: "installation",
  setKeyState: ({ state }) => [state === "active" ? "key.enable" : "key.disable"],
  deleteKeys: "key.delete",
  restoreEotsKey: "installation",

  acceptClock: "installation",
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
