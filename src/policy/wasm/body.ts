/**
 * The strict walk over one function body: every instruction accepted by name, blocks closed, and the limits on locals,
 * nesting and operands held. Types are left to WebAssembly.validate; operand heights are counted here because together
 * with the locals they bound the native stack frame, which no validator does.
 */
import { InstructionReader } from "./instructions.ts";
import type { MeterLimits } from "./limits.ts";
import type { BodySpan, ParsedModule } from "./module.ts";
import { IMMEDIATE, OP, immediateOf, popsOf, pushesOf } from "./opcodes.ts";
import type { ByteReader } from "./reader.ts";
import { rejected, requireWithin } from "./rejection.ts";
import type { FunctionType } from "./types.ts";
import { readValueType } from "./types.ts";

/** Reads the body of a function of `type` that fills `reader` exactly. */
export function readBody(
  reader: ByteReader,
  type: FunctionType,
  module: ParsedModule,
  limits: MeterLimits,
): BodySpan {
  const start = reader.at;
  requireWithin(limits, "functionBytesMax", reader.end - start, "bytes in one function", start);
  const localGroups = reader.count("groups of locals");
  const localGroupsStart = reader.at;
  let locals = type.parameters.length;
  for (let group = 0; group < localGroups; group += 1) {
    const offset = reader.at;
    locals += reader.u32("a number of locals");
    readValueType(reader, "a local");
    requireWithin(limits, "localsMax", locals, "locals and parameters in one function", offset);
  }
  requireWithin(limits, "localsMax", locals, "locals and parameters in one function", start);
  const codeStart = reader.at;
  new BodyWalk(reader, type, module, limits).run();
  return { start, localGroups, localGroupsStart, codeStart, end: reader.end, type, locals };
}

interface Frame {
  readonly isIf: boolean;
  /** Operands below the block's own. */
  readonly base: number;
  readonly parameters: number;
  readonly results: number;
}

class BodyWalk {
  readonly #instruction: InstructionReader;
  readonly #module: ParsedModule;
  readonly #limits: MeterLimits;
  readonly #frames: Frame[];
  #height = 0;
  #heightMax = 0;

  constructor(reader: ByteReader, type: FunctionType, module: ParsedModule, limits: MeterLimits) {
    this.#instruction = new InstructionReader(reader);
    this.#module = module;
    this.#limits = limits;
    this.#frames = [{ isIf: false, base: 0, parameters: 0, results: type.results.length }];
  }

  run(): void {
    const instruction = this.#instruction;
    while (this.#frames.length > 0) {
      instruction.read();
      this.#step();
      if (this.#height > this.#heightMax) this.#raise();
    }
    if (!instruction.reader.done) {
      throw rejected("malformed binary", instruction.reader.at, "instructions after a function's end");
    }
    for (const feature of instruction.features) this.#module.features.add(feature);
  }

  #raise(): void {
    this.#heightMax = this.#height;
    requireWithin(
      this.#limits,
      "operandsMax",
      this.#height,
      "operands held at once",
      this.#instruction.start,
    );
  }

  #step(): void {
    const { code, first } = this.#instruction;
    this.#move(popsOf(code), pushesOf(code));
    switch (immediateOf(code)) {
      case IMMEDIATE.blockType:
        this.#open(code === OP.if);
        return;
      case IMMEDIATE.label:
        this.#requireLabel(first);
        if (code === OP.br) this.#height = this.#base;
        return;
      case IMMEDIATE.labels:
        this.#requireLabels();
        return;
      case IMMEDIATE.function:
        this.#call(this.#module.functions[first], "function");
        return;
      case IMMEDIATE.typeAndTable:
        this.#call(this.#module.types[first], "type");
        return;
      default:
        if (code <= OP.return) this.#control(code);
    }
  }

  get #base(): number {
    return this.#frames.at(-1)?.base ?? 0;
  }

  /** After a branch the operands below the frame's base are unknown: heights never fall under it. */
  #move(pops: number, pushes: number): void {
    this.#height = Math.max(this.#base, this.#height - pops) + pushes;
  }

  #control(code: number): void {
    if (code === OP.end) return this.#close();
    if (code === OP.else) return this.#else();
    if (code === OP.return || code === OP.unreachable) this.#height = this.#base;
  }

  #open(isIf: boolean): void {
    const { first, start } = this.#instruction;
    const type = first < 0 ? undefined : this.#module.types[first];
    if (first >= 0 && type === undefined)
      throw rejected("invalid module", start, `type ${first} does not exist`);
    const parameters = type?.parameters.length ?? 0;
    const results = type?.results.length ?? (first === -0x41 ? 0 : 1);
    const base = Math.max(this.#base, this.#height - parameters);
    this.#frames.push({ isIf, base, parameters, results });
    this.#height = base + parameters;
    requireWithin(this.#limits, "nestingMax", this.#frames.length - 1, "blocks inside each other", start);
  }

  #else(): void {
    const frame = this.#frames.pop();
    if (frame === undefined || !frame.isIf) {
      throw rejected("malformed binary", this.#instruction.start, "else without if");
    }
    this.#frames.push({ ...frame, isIf: false });
    this.#height = frame.base + frame.parameters;
  }

  #close(): void {
    const frame = this.#frames.pop();
    if (frame !== undefined) this.#height = frame.base + frame.results;
  }

  #requireLabel(label: number): void {
    if (label < this.#frames.length) return;
    throw rejected("invalid module", this.#instruction.start, `label ${label} does not exist`);
  }

  #requireLabels(): void {
    const { labels, labelCount, start } = this.#instruction;
    requireWithin(this.#limits, "brTableMax", labelCount - 1, "br_table targets", start);
    for (let index = 0; index < labelCount; index += 1) this.#requireLabel(labels[index] ?? 0);
    this.#height = this.#base;
  }

  #call(type: FunctionType | undefined, what: string): void {
    const { first, start } = this.#instruction;
    if (type === undefined) throw rejected("invalid module", start, `${what} ${first} does not exist`);
    this.#move(type.parameters.length, type.results.length);
  }
}
