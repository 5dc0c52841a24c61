/**
 * The accepted instructions: immediates, stack effect, cost class and float class. Single-byte opcodes index the tables
 * directly; 0xFC n is n + 0x100. Anything not listed here is refused, by the name of the feature that it belongs to.
 */
import type { RefusedFeature } from "./rejection.ts";

/** How an instruction's immediates are encoded. */
export const IMMEDIATE = {
  refused: 0,
  none: 1,
  blockType: 2,
  label: 3,
  labels: 4,
  function: 5,
  typeAndTable: 6,
  index: 7,
  memoryArgument: 8,
  memory: 9,
  i32: 10,
  i64: 11,
  f32: 12,
  f64: 13,
  selectTypes: 14,
  referenceType: 15,
  indexAndMemory: 16,
  memories: 17,
  indexes: 18,
} as const;

export const OP = {
  unreachable: 0x00,
  nop: 0x01,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  drop: 0x1a,
  select: 0x1b,
  localGet: 0x20,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  memoryGrow: 0x40,
  i32Const: 0x41,
  i64Const: 0x42,
  f32Const: 0x43,
  f64Const: 0x44,
  i32LtS: 0x48,
  i32Ne: 0x47,
  i64LtS: 0x53,
  f32Eq: 0x5b,
  f64Eq: 0x61,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i64Sub: 0x7d,
  i64ExtendI32U: 0xad,
  refNull: 0xd0,
  refFunc: 0xd2,
  memoryInit: 0x108,
  memoryCopy: 0x10a,
  memoryFill: 0x10b,
  tableInit: 0x10c,
  tableCopy: 0x10e,
  tableGrow: 0x10f,
  tableFill: 0x111,
} as const;

/** What the meter does at an instruction. `plain` costs 1 and needs nothing else. */
export const METER = { plain: 0, free: 1, control: 2, bulk: 3, grow: 4, nan32: 5, nan64: 6 } as const;

const SIZE = 0x112;
const IMMEDIATES = new Uint8Array(SIZE);
const POPS = new Uint8Array(SIZE);
const PUSHES = new Uint8Array(SIZE);
const METERS = new Uint8Array(SIZE);
/** 1 where a NaN operand's bits cannot be seen in the result. */
const NAN_BLIND = new Uint8Array(SIZE);
const FEATURES: (string | undefined)[] = Array.from({ length: SIZE });

function define(first: number, last: number, immediate: number, pops: number, pushes: number): void {
  IMMEDIATES.fill(immediate, first, last + 1);
  POPS.fill(pops, first, last + 1);
  PUSHES.fill(pushes, first, last + 1);
}

function defineControl(): void {
  define(0x00, 0x01, IMMEDIATE.none, 0, 0);
  define(0x02, 0x03, IMMEDIATE.blockType, 0, 0);
  define(0x04, 0x04, IMMEDIATE.blockType, 1, 0);
  define(0x05, 0x05, IMMEDIATE.none, 0, 0);
  define(0x0b, 0x0b, IMMEDIATE.none, 0, 0);
  define(0x0c, 0x0c, IMMEDIATE.label, 0, 0);
  define(0x0d, 0x0d, IMMEDIATE.label, 1, 0);
  define(0x0e, 0x0e, IMMEDIATE.labels, 1, 0);
  define(0x0f, 0x0f, IMMEDIATE.none, 0, 0);
  define(0x10, 0x10, IMMEDIATE.function, 0, 0);
  define(0x11, 0x11, IMMEDIATE.typeAndTable, 1, 0);
  METERS.fill(METER.control, 0x00, 0x10);
  METERS[OP.nop] = METER.free;
}

function defineVariablesAndMemory(): void {
  define(0x1a, 0x1a, IMMEDIATE.none, 1, 0);
  define(0x1b, 0x1b, IMMEDIATE.none, 3, 1);
  define(0x1c, 0x1c, IMMEDIATE.selectTypes, 3, 1);
  define(0x20, 0x20, IMMEDIATE.index, 0, 1);
  define(0x21, 0x21, IMMEDIATE.index, 1, 0);
  define(0x22, 0x22, IMMEDIATE.index, 1, 1);
  define(0x23, 0x23, IMMEDIATE.index, 0, 1);
  define(0x24, 0x24, IMMEDIATE.index, 1, 0);
  define(0x25, 0x25, IMMEDIATE.index, 1, 1);
  define(0x26, 0x26, IMMEDIATE.index, 2, 0);
  define(0x28, 0x35, IMMEDIATE.memoryArgument, 1, 1);
  define(0x36, 0x3e, IMMEDIATE.memoryArgument, 2, 0);
  define(0x3f, 0x3f, IMMEDIATE.memory, 0, 1);
  define(0x40, 0x40, IMMEDIATE.memory, 1, 1);
  METERS[OP.drop] = METER.free;
  METERS[OP.memoryGrow] = METER.grow;
}

function defineNumbers(): void {
  define(0x41, 0x41, IMMEDIATE.i32, 0, 1);
  define(0x42, 0x42, IMMEDIATE.i64, 0, 1);
  define(0x43, 0x43, IMMEDIATE.f32, 0, 1);
  define(0x44, 0x44, IMMEDIATE.f64, 0, 1);
  define(0x45, 0x45, IMMEDIATE.none, 1, 1);
  define(0x46, 0x4f, IMMEDIATE.none, 2, 1);
  define(0x50, 0x50, IMMEDIATE.none, 1, 1);
  define(0x51, 0x66, IMMEDIATE.none, 2, 1);
  define(0x67, 0x69, IMMEDIATE.none, 1, 1);
  define(0x6a, 0x78, IMMEDIATE.none, 2, 1);
  define(0x79, 0x7b, IMMEDIATE.none, 1, 1);
  define(0x7c, 0x8a, IMMEDIATE.none, 2, 1);
  define(0x8b, 0x91, IMMEDIATE.none, 1, 1);
  define(0x92, 0x98, IMMEDIATE.none, 2, 1);
  define(0x99, 0x9f, IMMEDIATE.none, 1, 1);
  define(0xa0, 0xa6, IMMEDIATE.none, 2, 1);
  define(0xa7, 0xc4, IMMEDIATE.none, 1, 1);
}

/** neg, abs, copysign, reinterpret, select and loads move bits unchanged or by rule: only these make new NaNs. */
function defineFloats(): void {
  METERS.fill(METER.nan32, 0x8d, 0x92);
  METERS.fill(METER.nan32, 0x92, 0x98);
  METERS[0xb6] = METER.nan32;
  METERS.fill(METER.nan64, 0x9b, 0xa0);
  METERS.fill(METER.nan64, 0xa0, 0xa6);
  METERS[0xbb] = METER.nan64;
  for (let code = 0; code < SIZE; code += 1) {
    if (METERS[code] === METER.nan32 || METERS[code] === METER.nan64) NAN_BLIND[code] = 1;
  }
  NAN_BLIND.fill(1, 0x5b, 0x67);
  NAN_BLIND.fill(1, 0xa8, 0xac);
  NAN_BLIND.fill(1, 0xae, 0xb2);
}

function defineReferencesAndBulk(): void {
  define(0xd0, 0xd0, IMMEDIATE.referenceType, 0, 1);
  define(0xd1, 0xd1, IMMEDIATE.none, 1, 1);
  define(0xd2, 0xd2, IMMEDIATE.index, 0, 1);
  define(0x100, 0x107, IMMEDIATE.none, 1, 1);
  define(0x108, 0x108, IMMEDIATE.indexAndMemory, 3, 0);
  define(0x109, 0x109, IMMEDIATE.index, 0, 0);
  define(0x10a, 0x10a, IMMEDIATE.memories, 3, 0);
  define(0x10b, 0x10b, IMMEDIATE.memory, 3, 0);
  define(0x10c, 0x10c, IMMEDIATE.indexes, 3, 0);
  define(0x10d, 0x10d, IMMEDIATE.index, 0, 0);
  define(0x10e, 0x10e, IMMEDIATE.indexes, 3, 0);
  define(0x10f, 0x10f, IMMEDIATE.index, 2, 1);
  define(0x110, 0x110, IMMEDIATE.index, 0, 1);
  define(0x111, 0x111, IMMEDIATE.index, 3, 0);
  for (const code of [0x108, 0x10a, 0x10b, 0x10c, 0x10e, 0x111]) METERS[code] = METER.bulk;
  METERS[OP.tableGrow] = METER.grow;
}

function defineFeatures(): void {
  FEATURES.fill("sign extension", 0xc0, 0xc5);
  FEATURES.fill("saturating truncation", 0x100, 0x108);
  FEATURES.fill("bulk memory", 0x108, 0x10f);
  FEATURES.fill("reference types", 0x10f, 0x112);
  FEATURES.fill("reference types", 0xd0, 0xd3);
  FEATURES.fill("reference types", 0x25, 0x27);
  FEATURES[0x1c] = "reference types";
  for (let code = 0; code < SIZE; code += 1) {
    if (METERS[code] === METER.nan32 || METERS[code] === METER.nan64) FEATURES[code] = "float arithmetic";
  }
}

defineControl();
defineVariablesAndMemory();
defineNumbers();
defineFloats();
defineReferencesAndBulk();
defineFeatures();

/** One of IMMEDIATE; `refused` for an opcode outside the tables. */
export function immediateOf(code: number): number {
  return IMMEDIATES[code] ?? IMMEDIATE.refused;
}

export function popsOf(code: number): number {
  return POPS[code] ?? 0;
}

export function pushesOf(code: number): number {
  return PUSHES[code] ?? 0;
}

/** One of METER. */
export function meterOf(code: number): number {
  return METERS[code] ?? METER.plain;
}

export function isNanBlind(code: number): boolean {
  return NAN_BLIND[code] === 1;
}

/** The post-MVP feature of an accepted instruction, for `inspect`. */
export function featureOf(code: number): string | undefined {
  return FEATURES[code];
}

/** The feature that a refused single-byte opcode or prefix belongs to. */
export function refusedFeatureOf(byte: number): RefusedFeature {
  if ((byte >= 0x06 && byte <= 0x0a) || byte === 0x18 || byte === 0x19 || byte === 0x1f) return "exceptions";
  if (byte === 0x12 || byte === 0x13 || byte === 0x15) return "tail calls";
  if (byte === 0x14 || (byte >= 0xd4 && byte <= 0xd6)) return "typed function references";
  if (byte === 0xd3 || byte === 0xfb) return "garbage collection";
  if (byte >= 0xe0 && byte <= 0xe6) return "stack switching";
  if (byte === 0xfd) return "SIMD";
  if (byte === 0xfe) return "threads";
  return "unknown instruction";
}
