/**
 * What a caller needs for the acts that are functions over tables. Those of the other acts are beside their judges. History and
 * floors are shared by all namespaces: every key there is, named or not, needs the root namespace. What lets something be signed
 * again is in `access/loosening.ts`.
 * @module
 */
import type { ActName, Permission } from "./act.ts";

export type OverTables = "endSlashingImport";

export const PERMISSIONS_OVER_TABLES: { readonly [Name in OverTables & ActName]: Permission<Name> } = {
  endSlashingImport: "installation",
};
