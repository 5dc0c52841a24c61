/**
 * The strict reader: magic, version, sections in order, each filled exactly. It refuses features by name and byte offset
 * so that an author learns what to switch off; whether the rest is well-typed is left to WebAssembly.validate.
 */
import { readBody } from "./body.ts";
import { readData, readElements, readGlobals } from "./initialisers.ts";
import type { MeterLimits } from "./limits.ts";
import { SECTION, SECTION_ORDER, emptyModule } from "./module.ts";
import type { ExternalKind, ModuleImport, ParsedModule } from "./module.ts";
import { ByteReader } from "./reader.ts";
import { rejected, requireWithin } from "./rejection.ts";
import type { FunctionType } from "./types.ts";
import {
  functionTypeText,
  globalTypeText,
  memoryTypeText,
  readGlobalType,
  readSizeRange,
  readTableType,
  readValueType,
  refusedType,
  tableTypeText,
} from "./types.ts";

/** True for an import that the host will supply. */
export type ImportRule = (imported: ModuleImport) => boolean;

type SectionReader = (reader: ByteReader, module: ParsedModule, limits: MeterLimits, count: number) => void;

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(SECTION).map(([name, id]): [number, string] => [id, name]),
);

const READERS: ReadonlyMap<number, SectionReader> = new Map([
  [SECTION.type, readTypes],
  [SECTION.import, readImports],
  [SECTION.function, readFunctions],
  [SECTION.table, readTables],
  [SECTION.memory, readMemories],
  [SECTION.global, readGlobals],
  [SECTION.export, readExports],
  [SECTION.element, readElements],
  [SECTION.code, readCode],
  [SECTION.data, readData],
]);

const EXTERNAL_KINDS: readonly ExternalKind[] = ["function", "table", "memory", "global"];

/** Reads a whole module; throws `policy.rejected` naming the feature or limit and the byte offset. */
export function readModule(bytes: Uint8Array, limits: MeterLimits, allowed: ImportRule): ParsedModule {
  requireWithin(limits, "moduleBytesMax", bytes.length, "bytes", 0);
  const module = emptyModule(bytes);
  const reader = new ByteReader(bytes);
  readHeader(reader);
  let position = -1;
  while (!reader.done) {
    const offset = reader.at;
    const id = reader.byte("a section");
    const section = reader.slice(reader.u32("a section's size"), `section ${NAMES.get(id) ?? id}`);
    if (id === SECTION.custom) {
      section.name("a custom section's name");
      continue;
    }
    position = requireOrder(id, position, offset);
    readSection(id, section, module, limits);
    if (id === SECTION.import) requireAllowed(module, allowed);
  }
  requireBodies(module, bytes.length);
  return module;
}

function readHeader(reader: ByteReader): void {
  const magic = [0x00, 0x61, 0x73, 0x6d].every((byte) => reader.byte("the magic number") === byte);
  if (!magic) throw rejected("malformed binary", 0, "does not start with \\0asm");
  const version = [0, 0, 0, 0].map(() => reader.byte("the version"));
  if (version.join() === "1,0,0,0") return;
  const component = version[2] === 1;
  throw rejected(component ? "component model" : "malformed binary", 4, `version ${version.join(".")}`);
}

function requireOrder(id: number, position: number, offset: number): number {
  if (id === SECTION.tag) throw rejected("exceptions", offset, "a tag section");
  const next = SECTION_ORDER.indexOf(id);
  if (next < 0) {
    const stringref = id === 14;
    throw rejected(stringref ? "garbage collection" : "unknown section", offset, `section ${id}`);
  }
  if (next <= position) {
    throw rejected("malformed binary", offset, `section ${NAMES.get(id) ?? id} is repeated or out of order`);
  }
  return next;
}

function readSection(id: number, section: ByteReader, module: ParsedModule, limits: MeterLimits): void {
  const contentStart = section.at;
  let count = 0;
  if (id === SECTION.start) module.start = section.u32("the start function");
  else if (id === SECTION.dataCount) count = section.u32("the data count");
  else count = section.count(`elements of section ${NAMES.get(id) ?? id}`);
  const elementsStart = section.at;
  READERS.get(id)?.(section, module, limits, count);
  if (!section.done) {
    throw rejected("malformed binary", section.at, `bytes after the end of section ${NAMES.get(id) ?? id}`);
  }
  module.sections.set(id, { contentStart, elementsStart, end: section.end, count });
}

function readTypes(reader: ByteReader, module: ParsedModule, limits: MeterLimits, count: number): void {
  requireWithin(limits, "typesMax", count, "types", reader.at);
  for (let index = 0; index < count; index += 1) {
    const offset = reader.at;
    const form = reader.byte("a type");
    if (form !== 0x60) throw refusedTypeForm(form, offset);
    const parameters = readValueTypes(reader, "parameters");
    requireWithin(limits, "parametersMax", parameters.length, "parameters", offset);
    const results = readValueTypes(reader, "results");
    requireWithin(limits, "resultsMax", results.length, "results", offset);
    if (results.length > 1) module.features.add("multi-value");
    module.types.push({ parameters, results });
  }
}

function refusedTypeForm(form: number, offset: number): Error {
  if (form >= 0x4e && form <= 0x5f) {
    const feature = form === 0x5d ? "stack switching" : "garbage collection";
    return rejected(feature, offset, `type form 0x${form.toString(16)}`);
  }
  return refusedType(form, offset, "a type");
}

function readValueTypes(reader: ByteReader, what: string): number[] {
  const count = reader.count(what);
  return Array.from({ length: count }, () => readValueType(reader, `one of a type's ${what}`));
}

function typeAt(reader: ByteReader, module: ParsedModule): FunctionType {
  const offset = reader.at;
  const index = reader.u32("a type index");
  const type = module.types[index];
  if (type === undefined) throw rejected("invalid module", offset, `type ${index} does not exist`);
  return type;
}

function readImports(reader: ByteReader, module: ParsedModule, limits: MeterLimits, count: number): void {
  requireWithin(limits, "importsMax", count, "imports", reader.at);
  for (let index = 0; index < count; index += 1) {
    const offset = reader.at;
    const from = reader.name("an import's module");
    const name = reader.name("an import's name");
    const kind = readKind(reader);
    module.imports.push({ module: from, name, kind, type: readImportType(kind, reader, module), offset });
  }
  module.importedFunctions = module.functions.length;
  module.importedTables = module.tables.length;
  module.importedMemories = module.memories.length;
  module.importedGlobals = module.globals.length;
}

function readKind(reader: ByteReader): ExternalKind {
  const code = reader.byte("an external kind");
  const kind = EXTERNAL_KINDS[code];
  if (kind !== undefined) return kind;
  throw rejected(code === 4 ? "exceptions" : "malformed binary", reader.at - 1, `external kind ${code}`);
}

/** Adds the imported entity to its index space; returns its type as text. */
function readImportType(kind: ExternalKind, reader: ByteReader, module: ParsedModule): string {
  switch (kind) {
    case "function": {
      const type = typeAt(reader, module);
      module.functions.push(type);
      return functionTypeText(type);
    }
    case "table": {
      const type = readTableType(reader);
      module.tables.push(type);
      return tableTypeText(type);
    }
    case "memory": {
      const range = readSizeRange(reader, "memory");
      module.memories.push(range);
      return memoryTypeText(range);
    }
    case "global": {
      const type = readGlobalType(reader);
      module.globals.push(type);
      return globalTypeText(type);
    }
  }
}

function requireAllowed(module: ParsedModule, allowed: ImportRule): void {
  const refused = module.imports.find((imported) => !allowed(imported));
  if (refused === undefined) return;
  const detail = `${refused.kind} ${refused.module}.${refused.name} ${refused.type}`;
  throw rejected("import", refused.offset, detail);
}

function readFunctions(reader: ByteReader, module: ParsedModule, limits: MeterLimits, count: number): void {
  requireWithin(limits, "functionsMax", count, "functions", reader.at);
  for (let index = 0; index < count; index += 1) module.functions.push(typeAt(reader, module));
}

function readTables(reader: ByteReader, module: ParsedModule, limits: MeterLimits, count: number): void {
  requireWithin(limits, "tablesMax", count, "tables", reader.at);
  for (let index = 0; index < count; index += 1) {
    const type = readTableType(reader);
    requireWithin(limits, "tableEntriesMax", type.minimum, "table entries at the start", type.offset);
    module.tables.push(type);
  }
  if (module.tables.length > 1) module.features.add("reference types");
}

function readMemories(reader: ByteReader, module: ParsedModule, limits: MeterLimits, count: number): void {
  const offset = reader.at;
  if (module.memories.length + count > 1) {
    throw rejected("multiple memories", offset, `${module.memories.length + count} memories`);
  }
  for (let index = 0; index < count; index += 1) {
    const range = readSizeRange(reader, "memory");
    requireWithin(limits, "memoryPagesMax", range.minimum, "memory pages at the start", range.offset);
    module.memories.push(range);
  }
}

function readExports(reader: ByteReader, module: ParsedModule, limits: MeterLimits, count: number): void {
  requireWithin(limits, "exportsMax", count, "exports", reader.at);
  const seen = new Set<string>();
  for (let index = 0; index < count; index += 1) {
    const offset = reader.at;
    const name = reader.name("an export's name");
    if (name.startsWith("$"))
      throw rejected("reserved export name", offset, JSON.stringify(name.slice(0, 64)));
    if (seen.has(name)) throw rejected("invalid module", offset, "two exports have the same name");
    seen.add(name);
    const kind = readKind(reader);
    const type = exportedType(kind, reader.u32("an export's index"), module);
    if (type === undefined) throw rejected("invalid module", offset, `the exported ${kind} does not exist`);
    module.exports.push({ name, kind, type });
  }
}

function exportedType(kind: ExternalKind, index: number, module: ParsedModule): string | undefined {
  switch (kind) {
    case "function": {
      const type = module.functions[index];
      return type && functionTypeText(type);
    }
    case "table": {
      const type = module.tables[index];
      return type && tableTypeText(type);
    }
    case "memory": {
      const range = module.memories[index];
      return range && memoryTypeText(range);
    }
    case "global": {
      const type = module.globals[index];
      return type && globalTypeText(type);
    }
  }
}

function readCode(reader: ByteReader, module: ParsedModule, limits: MeterLimits, count: number): void {
  for (let index = 0; index < count; index += 1) {
    const offset = reader.at;
    const type = module.functions[module.importedFunctions + index];
    if (type === undefined) throw rejected("malformed binary", offset, "more bodies than functions");
    const body = reader.slice(reader.u32("a body's size"), "a function body");
    module.bodies.push(readBody(body, type, module, limits));
  }
}

function requireBodies(module: ParsedModule, offset: number): void {
  const declared = module.functions.length - module.importedFunctions;
  if (module.bodies.length !== declared) {
    throw rejected("malformed binary", offset, `${declared} functions but ${module.bodies.length} bodies`);
  }
  const dataCount = module.sections.get(SECTION.dataCount)?.count;
  if (dataCount !== undefined && dataCount !== (module.sections.get(SECTION.data)?.count ?? 0)) {
    throw rejected("malformed binary", offset, "the data count differs from the number of data segments");
  }
}
