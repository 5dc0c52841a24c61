/**
 * Globals, element segments and data segments. Their constant expressions run at instantiation, before any fuel: exactly
 * one constant, and a global only if it is imported, which holds for WebAssembly 2.0.
 */
import { InstructionReader } from "./instructions.ts";
import type { MeterLimits } from "./limits.ts";
import type { ParsedModule } from "./module.ts";
import { OP } from "./opcodes.ts";
import type { ByteReader } from "./reader.ts";
import { rejected, requireWithin } from "./rejection.ts";
import { readGlobalType, readReferenceType } from "./types.ts";

const CONSTANTS: ReadonlySet<number> = new Set([
  OP.i32Const,
  OP.i64Const,
  OP.f32Const,
  OP.f64Const,
  OP.refNull,
  OP.refFunc,
  OP.globalGet,
]);

export function readGlobals(
  reader: ByteReader,
  module: ParsedModule,
  limits: MeterLimits,
  count: number,
): void {
  requireWithin(limits, "globalsMax", count, "globals", reader.at);
  for (let index = 0; index < count; index += 1) {
    const type = readGlobalType(reader);
    readConstant(reader, module);
    module.globals.push(type);
  }
}

export function readElements(
  reader: ByteReader,
  module: ParsedModule,
  limits: MeterLimits,
  count: number,
): void {
  requireWithin(limits, "segmentsMax", count, "element segments", reader.at);
  for (let index = 0; index < count; index += 1) readElementSegment(reader, module, limits);
}

/** Flags: bit 0 passive or declarative, bit 1 explicit table or declarative, bit 2 expressions instead of indexes. */
function readElementSegment(reader: ByteReader, module: ParsedModule, limits: MeterLimits): void {
  const offset = reader.at;
  const flags = reader.u32("an element segment's flags");
  if (flags > 7) throw rejected("malformed binary", offset, `element segment flags ${flags}`);
  const active = (flags & 1) === 0;
  const explicit = (flags & 2) !== 0;
  const expressions = (flags & 4) !== 0;
  if (active && explicit) reader.u32("an element segment's table");
  if (active) readConstant(reader, module);
  if (flags > 0) module.features.add("bulk memory");
  if (!active || explicit) readElementKind(reader, expressions);
  const length = reader.count("elements of a segment");
  requireWithin(limits, "tableEntriesMax", length, "elements in one segment", offset);
  for (let index = 0; index < length; index += 1) {
    if (expressions) readConstant(reader, module);
    else reader.u32("a function index");
  }
}

function readElementKind(reader: ByteReader, expressions: boolean): void {
  if (expressions) {
    readReferenceType(reader, "an element segment");
    return;
  }
  const kind = reader.byte("an element kind");
  if (kind !== 0) throw rejected("malformed binary", reader.at - 1, `element kind ${kind}`);
}

export function readData(reader: ByteReader, module: ParsedModule, limits: MeterLimits, count: number): void {
  requireWithin(limits, "segmentsMax", count, "data segments", reader.at);
  for (let index = 0; index < count; index += 1) {
    const offset = reader.at;
    const flags = reader.u32("a data segment's flags");
    if (flags > 2) throw rejected("malformed binary", offset, `data segment flags ${flags}`);
    if (flags === 2 && reader.u32("a data segment's memory") !== 0) {
      throw rejected("multiple memories", offset, "a data segment of another memory");
    }
    if (flags === 1) module.features.add("bulk memory");
    else readConstant(reader, module);
    reader.skip(reader.u32("a data segment's length"), "a data segment");
  }
}

function readConstant(reader: ByteReader, module: ParsedModule): void {
  const instruction = new InstructionReader(reader);
  instruction.read();
  const { start, code } = instruction;
  if (code === OP.end) throw rejected("invalid module", start, "an empty constant expression");
  const isDefinedGlobal = code === OP.globalGet && instruction.first >= module.importedGlobals;
  if (!CONSTANTS.has(code) || isDefinedGlobal) {
    throw rejected("extended constant expressions", start, "not a single constant");
  }
  instruction.read();
  if (instruction.code !== OP.end) {
    throw rejected("extended constant expressions", instruction.start, "more than one constant");
  }
}
