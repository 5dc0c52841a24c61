/** One instruction at a time out of a function body or constant expression, with its immediates checked. */
import { IMMEDIATE, featureOf, immediateOf, refusedFeatureOf } from "./opcodes.ts";
import type { ByteReader } from "./reader.ts";
import { rejected } from "./rejection.ts";
import { EMPTY_BLOCK, isValueType, readReferenceType, readValueType, refusedType } from "./types.ts";

/** The instruction that was read last. Its fields are overwritten by the next `read`, so that walks allocate nothing. */
export class InstructionReader {
  readonly reader: ByteReader;
  /** Post-MVP features seen so far. */
  readonly features = new Set<string>();
  /** Opcode; 0xFC n is n + 0x100. */
  code = 0;
  /** Offset of the opcode. */
  start = 0;
  /** First immediate: index, label, block type (type index, or -1 - value type byte). */
  first = 0;
  /** Second immediate of the kinds that have one. */
  second = 0;
  /** Targets of the last br_table; `labelCount` of them, the default last. */
  labels = new Uint32Array(64);
  labelCount = 0;

  constructor(reader: ByteReader) {
    this.reader = reader;
  }

  read(): void {
    const { reader } = this;
    this.start = reader.at;
    const byte = reader.byte("an instruction");
    this.code = byte;
    if (byte === 0xfc) this.#readPrefixed();
    const immediate = byte > 0xfc ? IMMEDIATE.refused : immediateOf(this.code);
    if (immediate === IMMEDIATE.refused) throw this.#refused(byte);
    const feature = featureOf(this.code);
    if (feature !== undefined) this.features.add(feature);
    if (immediate !== IMMEDIATE.none) this.#readImmediate(immediate);
  }

  #readPrefixed(): void {
    const extension = this.reader.u32("an instruction");
    if (extension > 0x11) {
      const feature = extension >= 0x13 && extension <= 0x16 ? "wide arithmetic" : "unknown instruction";
      throw rejected(feature, this.start, `opcode 0xfc ${extension}`);
    }
    this.code = 0x100 + extension;
  }

  #refused(byte: number): Error {
    const hex = `opcode 0x${byte.toString(16).padStart(2, "0")}`;
    return rejected(refusedFeatureOf(byte), this.start, hex);
  }

  #readImmediate(immediate: number): void {
    const { reader } = this;
    switch (immediate) {
      case IMMEDIATE.blockType:
        this.#readBlockType();
        return;
      case IMMEDIATE.label:
      case IMMEDIATE.function:
      case IMMEDIATE.index:
        this.first = reader.u32("an index");
        return;
      case IMMEDIATE.labels:
        this.#readLabels();
        return;
      case IMMEDIATE.typeAndTable:
      case IMMEDIATE.indexes:
        this.first = reader.u32("an index");
        this.second = reader.u32("an index");
        return;
      case IMMEDIATE.memoryArgument:
        this.#readMemoryArgument();
        return;
      case IMMEDIATE.i32:
        this.first = reader.signed(32, "an i32 constant");
        return;
      case IMMEDIATE.i64:
        this.first = reader.signed(64, "an i64 constant");
        return;
      case IMMEDIATE.f32:
        reader.skip(4, "an f32 constant");
        return;
      case IMMEDIATE.f64:
        reader.skip(8, "an f64 constant");
        return;
      case IMMEDIATE.referenceType:
        this.first = readReferenceType(reader, "ref.null");
        return;
      default:
        this.#readRareImmediate(immediate);
    }
  }

  #readRareImmediate(immediate: number): void {
    const { reader } = this;
    if (immediate === IMMEDIATE.selectTypes) {
      const count = reader.u32("select's types");
      if (count !== 1) throw rejected("malformed binary", this.start, `select with ${count} types`);
      this.first = readValueType(reader, "select");
      return;
    }
    if (immediate === IMMEDIATE.indexAndMemory) this.first = reader.u32("an index");
    this.#readMemoryZero();
    if (immediate === IMMEDIATE.memories) this.#readMemoryZero();
  }

  #readMemoryZero(): void {
    const index = this.reader.u32("a memory index");
    if (index !== 0) throw rejected("multiple memories", this.start, `memory ${index}`);
  }

  #readMemoryArgument(): void {
    const alignment = this.reader.u32("an alignment");
    if (alignment >= 0x80) throw rejected("malformed binary", this.start, "alignment of a memory access");
    if (alignment >= 0x40)
      throw rejected("multiple memories", this.start, "a memory index at a memory access");
    if (alignment >= 0x20) throw rejected("malformed binary", this.start, "alignment of a memory access");
    this.reader.u32("a memory offset");
  }

  #readBlockType(): void {
    const { reader } = this;
    const byte = reader.bytes[reader.at] ?? 0;
    if (byte === EMPTY_BLOCK || isValueType(byte)) {
      this.first = -1 - reader.byte("a block type");
      return;
    }
    if (byte > EMPTY_BLOCK && byte < 0x80) throw refusedType(byte, reader.at, "a block");
    this.first = reader.signed(33, "a block type");
    if (this.first < 0) throw rejected("malformed binary", this.start, "a block's type index");
    this.features.add("multi-value");
  }

  #readLabels(): void {
    const count = this.reader.count("br_table targets") + 1;
    if (count > this.labels.length) this.labels = new Uint32Array(count);
    this.labelCount = count;
    for (let index = 0; index < count; index += 1) this.labels[index] = this.reader.u32("a label");
  }
}
