/**
 * Writes the metered module. Types, functions and globals are appended after the module's own, so that no index shifts;
 * custom sections are dropped; memory and table maxima are lowered to the caps; the start function is only exported.
 */
import type { MeterLimits } from "./limits.ts";
import { BodyMeter, blockTypeKey, writeTrapIfNegative64 } from "./meter.ts";
import type { MeterIndexes } from "./meter.ts";
import { SECTION, SECTION_ORDER } from "./module.ts";
import type { ParsedModule, SectionSpan } from "./module.ts";
import { EMPTY_BLOCK, I32, I64 } from "./types.ts";
import { OP } from "./opcodes.ts";
import { ByteWriter } from "./writer.ts";

/** Exports of the meter. Guests may not export names that start with $. */
export const METER_EXPORTS = { fuel: "$fuel", depth: "$depth", start: "$start" } as const;

const FUNCTION_KIND = 0;
const GLOBAL_KIND = 3;

/** Sections that the meter leaves as they are. */
const COPIED: readonly number[] = [SECTION.import, SECTION.element, SECTION.dataCount, SECTION.data];

/** The metered form of a module that was read strictly and is valid. */
export function assemble(module: ParsedModule, limits: MeterLimits): Uint8Array<ArrayBuffer> {
  const appended = new Appended(module);
  const sections = new Map<number, Uint8Array>();
  for (const id of COPIED) {
    const span = module.sections.get(id);
    if (span) sections.set(id, module.bytes.subarray(span.contentStart, span.end));
  }
  sections.set(SECTION.type, extend(module, SECTION.type, appended.types));
  sections.set(SECTION.function, extend(module, SECTION.function, appended.functions));
  sections.set(SECTION.global, extend(module, SECTION.global, meterGlobals(limits)));
  sections.set(SECTION.export, extend(module, SECTION.export, meterExports(module, appended.indexes)));
  if (module.sections.has(SECTION.table)) sections.set(SECTION.table, cappedTables(module, limits));
  if (module.sections.has(SECTION.memory)) sections.set(SECTION.memory, cappedMemory(module, limits));
  sections.set(SECTION.code, meteredCode(module, appended));
  return joinSections(module, sections);
}

/** New elements of one section, as the bytes of each. */
type Elements = readonly Uint8Array[];

/** The types and functions that the meter appends, and where all its parts end up. */
class Appended {
  readonly indexes: MeterIndexes;
  readonly types: Uint8Array[] = [];
  readonly functions: Uint8Array[] = [];
  readonly bodies: Uint8Array[] = [];
  readonly #module: ParsedModule;

  constructor(module: ParsedModule) {
    this.#module = module;
    const i32ToI32 = this.#type([I32], [I32]);
    const fuelGlobal = module.globals.length;
    const chargeBulk = this.#function(i32ToI32, chargeBulkBody(fuelGlobal));
    const growMemory = module.memories.length > 0 ? this.#function(i32ToI32, growMemoryBody(chargeBulk)) : 0;
    const growTable = module.tables.map((table, index) => {
      return this.#function(this.#type([table.element, I32], [I32]), growTableBody(index, chargeBulk));
    });
    const blockTypes = this.#blockTypes();
    this.indexes = { fuelGlobal, depthGlobal: fuelGlobal + 1, chargeBulk, growMemory, growTable, blockTypes };
  }

  #type(parameters: readonly number[], results: readonly number[]): number {
    const writer = new ByteWriter(32);
    writer.byte(0x60);
    writer.u32(parameters.length);
    writer.bytes(parameters);
    writer.u32(results.length);
    writer.bytes(results);
    return this.#module.types.length + this.types.push(writer.finish()) - 1;
  }

  #function(type: number, body: ByteWriter): number {
    const writer = new ByteWriter(8);
    writer.u32(type);
    this.bodies.push(body.finish());
    return this.#module.functions.length + this.functions.push(writer.finish()) - 1;
  }

  #blockTypes(): Map<string, number> {
    const found = new Map<string, number>();
    for (const { results } of this.#module.types) {
      const key = blockTypeKey(results);
      if (results.length > 1 && !found.has(key)) found.set(key, this.#type([], results));
    }
    return found;
  }
}

/** (n: i32) -> i32: fuel -= n as unsigned, trap if it is negative now, return n. */
function chargeBulkBody(fuelGlobal: number): ByteWriter {
  const writer = new ByteWriter(48);
  writer.bytes([1, 1, I64, OP.globalGet]);
  writer.u32(fuelGlobal);
  writer.bytes([OP.localGet, 0, OP.i64ExtendI32U, OP.i64Sub, OP.localTee, 1, OP.globalSet]);
  writer.u32(fuelGlobal);
  writer.bytes([OP.localGet, 1]);
  writeTrapIfNegative64(writer);
  writer.bytes([OP.localGet, 0, OP.end]);
  return writer;
}

/** Grows first and charges only for success, as Wasmtime 49.0.0 does: safe because the maximum is capped. */
function growMemoryBody(chargeBulk: number): ByteWriter {
  const writer = new ByteWriter(48);
  writer.bytes([1, 1, I32, OP.localGet, 0, OP.memoryGrow, 0]);
  writeChargeUnlessFailed(writer, 0, 1, chargeBulk);
  return writer;
}

function growTableBody(table: number, chargeBulk: number): ByteWriter {
  const writer = new ByteWriter(48);
  writer.bytes([1, 1, I32, OP.localGet, 0, OP.localGet, 1, 0xfc]);
  writer.u32(OP.tableGrow - 0x100);
  writer.u32(table);
  writeChargeUnlessFailed(writer, 1, 2, chargeBulk);
  return writer;
}

function writeChargeUnlessFailed(
  writer: ByteWriter,
  delta: number,
  previous: number,
  chargeBulk: number,
): void {
  writer.bytes([OP.localTee, previous, OP.i32Const]);
  writer.signed(-1);
  writer.bytes([OP.i32Ne, OP.if, EMPTY_BLOCK, OP.localGet, delta, OP.call]);
  writer.u32(chargeBulk);
  writer.bytes([OP.drop, OP.end, OP.localGet, previous, OP.end]);
}

/** Fuel starts at 0: a guest that the host forgot to fuel cannot run. */
function meterGlobals(limits: MeterLimits): Elements {
  const fuel = new ByteWriter(8);
  fuel.bytes([I64, 1, OP.i64Const, 0, OP.end]);
  const depth = new ByteWriter(16);
  depth.bytes([I32, 1, OP.i32Const]);
  depth.signed(limits.callDepth);
  depth.byte(OP.end);
  return [fuel.finish(), depth.finish()];
}

function meterExports(module: ParsedModule, indexes: MeterIndexes): Elements {
  const elements = [
    exportElement(METER_EXPORTS.fuel, GLOBAL_KIND, indexes.fuelGlobal),
    exportElement(METER_EXPORTS.depth, GLOBAL_KIND, indexes.depthGlobal),
  ];
  if (module.start !== undefined)
    elements.push(exportElement(METER_EXPORTS.start, FUNCTION_KIND, module.start));
  return elements;
}

function exportElement(name: string, kind: number, index: number): Uint8Array {
  const writer = new ByteWriter(32);
  writer.name(name);
  writer.byte(kind);
  writer.u32(index);
  return writer.finish();
}

/** A section's own elements and the appended ones, with the new count. */
function extend(module: ParsedModule, id: number, elements: Elements): Uint8Array {
  const span: SectionSpan | undefined = module.sections.get(id);
  const writer = new ByteWriter((span ? span.end - span.elementsStart : 0) + 128);
  writer.u32((span?.count ?? 0) + elements.length);
  if (span) writer.range(module.bytes, span.elementsStart, span.end);
  for (const element of elements) writer.bytes(element);
  return writer.view();
}

function cappedTables(module: ParsedModule, limits: MeterLimits): Uint8Array {
  const tables = module.tables.slice(module.importedTables);
  const writer = new ByteWriter(64);
  writer.u32(tables.length);
  for (const table of tables) {
    writer.bytes([table.element, 1]);
    writer.u32(table.minimum);
    writer.u32(Math.min(table.maximum ?? limits.tableEntriesMax, limits.tableEntriesMax));
  }
  return writer.view();
}

/** The maximum that the metered memory will have: the module's own or the cap, whichever is lower. */
export function memoryMaximum(module: ParsedModule, limits: MeterLimits): number {
  const [memory] = module.memories;
  return memory === undefined ? 0 : Math.min(memory.maximum ?? limits.memoryPagesMax, limits.memoryPagesMax);
}

function cappedMemory(module: ParsedModule, limits: MeterLimits): Uint8Array {
  const memories = module.memories.slice(module.importedMemories);
  const writer = new ByteWriter(16);
  writer.u32(memories.length);
  for (const memory of memories) {
    writer.byte(1);
    writer.u32(memory.minimum);
    writer.u32(memoryMaximum(module, limits));
  }
  return writer.view();
}

function meteredCode(module: ParsedModule, appended: Appended): Uint8Array {
  const span = module.sections.get(SECTION.code);
  const writer = new ByteWriter(span ? (span.end - span.contentStart) * 3 : 256);
  writer.u32(module.bodies.length + appended.bodies.length);
  const meter = new BodyMeter(module, appended.indexes);
  for (const body of module.bodies) meter.write(body, writer);
  for (const body of appended.bodies) writer.sized(body);
  return writer.view();
}

function joinSections(
  module: ParsedModule,
  sections: ReadonlyMap<number, Uint8Array>,
): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(module.bytes.length * 3 + 256);
  writer.bytes([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);
  for (const id of SECTION_ORDER) {
    const content = sections.get(id);
    if (content === undefined) continue;
    writer.byte(id);
    writer.sized(content);
  }
  return writer.finish();
}
