/** What the strict reader knows of a module: enough to write it again with a meter inside. */
import type { FunctionType, GlobalType, SizeRange, TableType } from "./types.ts";

/** Section identifiers of the accepted sections. */
export const SECTION = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
  tag: 13,
} as const;

/** The order in which sections must be; custom sections may be anywhere. */
export const SECTION_ORDER: readonly number[] = [
  SECTION.type,
  SECTION.import,
  SECTION.function,
  SECTION.table,
  SECTION.memory,
  SECTION.global,
  SECTION.export,
  SECTION.start,
  SECTION.element,
  SECTION.dataCount,
  SECTION.code,
  SECTION.data,
];

export type ExternalKind = "function" | "table" | "memory" | "global";

/** `type` is text, e.g. `(i32, i32) -> ()`, `funcref 1..16`, `1..256`, `mutable i32`. */
export interface ModuleImport {
  readonly module: string;
  readonly name: string;
  readonly kind: ExternalKind;
  readonly type: string;
  /** Where it is in the uploaded module. */
  readonly offset: number;
}

export interface ModuleExport {
  readonly name: string;
  readonly kind: ExternalKind;
  readonly type: string;
}

/** Where a section's content is: `start` after its count, if it has one. */
export interface SectionSpan {
  readonly contentStart: number;
  readonly elementsStart: number;
  readonly end: number;
  readonly count: number;
}

/** One function body: the vector of locals at `start`, the instructions from `codeStart`, the last byte is `end`. */
export interface BodySpan {
  readonly start: number;
  readonly localGroups: number;
  readonly localGroupsStart: number;
  readonly codeStart: number;
  readonly end: number;
  readonly type: FunctionType;
  /** Parameters and declared locals: the index of the first appended local. */
  readonly locals: number;
}

/** Imported entities come first in every index space, as in the binary. */
export interface ParsedModule {
  readonly bytes: Uint8Array;
  readonly sections: Map<number, SectionSpan>;
  readonly types: FunctionType[];
  readonly imports: ModuleImport[];
  readonly functions: FunctionType[];
  readonly tables: TableType[];
  readonly memories: SizeRange[];
  readonly globals: GlobalType[];
  readonly exports: ModuleExport[];
  readonly bodies: BodySpan[];
  readonly features: Set<string>;
  importedFunctions: number;
  importedTables: number;
  importedMemories: number;
  importedGlobals: number;
  start: number | undefined;
}

export function emptyModule(bytes: Uint8Array): ParsedModule {
  return {
    bytes,
    sections: new Map(),
    types: [],
    imports: [],
    functions: [],
    tables: [],
    memories: [],
    globals: [],
    exports: [],
    bodies: [],
    features: new Set(),
    importedFunctions: 0,
    importedTables: 0,
    importedMemories: 0,
    importedGlobals: 0,
    start: undefined,
  };
}
