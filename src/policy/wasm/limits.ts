/** What a policy module may weigh. Everything here is checked before V8 compiles a byte: it bounds the work of an upload. */

/** Counts and sizes of one module; each limit is inclusive. Part of the key under which compiled modules are cached. */
export interface MeterLimits {
  /** Bytes of the uploaded module. */
  readonly moduleBytesMax: number;
  readonly typesMax: number;
  /** Parameters of one function type. */
  readonly parametersMax: number;
  /** Results of one function or block type. */
  readonly resultsMax: number;
  readonly importsMax: number;
  /** Functions that the module defines. */
  readonly functionsMax: number;
  /** Bytes of one function body. */
  readonly functionBytesMax: number;
  /** Parameters and declared locals of one function. */
  readonly localsMax: number;
  /**
   * Operands that one function may hold at once. With localsMax it bounds a native stack frame: without both, the
   * machine's own stack could end before the depth counter does, and at another depth on another machine. 1,024 frames
   * of the largest kind need between 4 and 16 MiB of native stack.
   */
  readonly operandsMax: number;
  /** Blocks inside each other in one function. */
  readonly nestingMax: number;
  /** Targets of one br_table. */
  readonly brTableMax: number;
  readonly globalsMax: number;
  readonly exportsMax: number;
  /** Data segments, and as many element segments: active ones run at instantiation, before any fuel is charged. */
  readonly segmentsMax: number;
  readonly tablesMax: number;
  /** Entries of one table, and of one element segment. Written into the module as the table's maximum. */
  readonly tableEntriesMax: number;
  /** Pages of 64 KiB. Written into the module as the memory's maximum. */
  readonly memoryPagesMax: number;
  /** Guest calls inside each other; the next one traps. Written into the module as the depth global's initial value. */
  readonly callDepth: number;
}

export const DEFAULT_LIMITS: MeterLimits = {
  moduleBytesMax: 1_048_576,
  typesMax: 1_000,
  parametersMax: 128,
  resultsMax: 16,
  importsMax: 100,
  functionsMax: 10_000,
  functionBytesMax: 262_144,
  localsMax: 1_024,
  operandsMax: 1_024,
  nestingMax: 1_024,
  brTableMax: 4_096,
  globalsMax: 4_096,
  exportsMax: 1_024,
  segmentsMax: 4_096,
  tablesMax: 16,
  tableEntriesMax: 10_000,
  memoryPagesMax: 256,
  callDepth: 1_024,
};

export type LimitName = keyof MeterLimits;
