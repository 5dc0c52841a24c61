/**
 * Finds the metered segments of a body: runs of code of which all or nothing executes, so that one charge before a run is
 * the sum of its instructions (Wasmtime 49.0.0 prices). A segment begins at function entry (1 for the entry), inside a
 * loop, after if, else, br, br_if, br_table, return and unreachable, and after an end that branches join.
 */
import { EDIT, EditList } from "./edits.ts";
import { InstructionReader } from "./instructions.ts";
import type { BodySpan } from "./module.ts";
import { IMMEDIATE, METER, OP, immediateOf, isNanBlind, meterOf } from "./opcodes.ts";
import { ByteReader } from "./reader.ts";

/** What the rewriter must know of the body beyond its edits. */
export interface BodyNeeds {
  canonical32: boolean;
  canonical64: boolean;
}

/** `joined`: control can reach the frame's end other than by falling through. An if always is, its end closes two paths. */
const FRAME = { plain: 0, joined: 1, loop: 2 } as const;

export class SegmentWalk {
  readonly edits = new EditList();
  readonly needs: BodyNeeds = { canonical32: false, canonical64: false };
  readonly #bytes: Uint8Array;
  /** One of FRAME for each open frame. */
  readonly #frames: number[] = [];
  #segment = -1;
  #cost = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Fills `edits` and `needs` for one body, which must be valid. */
  run(body: BodySpan): void {
    this.edits.clear();
    this.needs.canonical32 = false;
    this.needs.canonical64 = false;
    this.#frames.length = 0;
    this.#frames.push(FRAME.plain);
    this.#segment = -1;
    const instruction = new InstructionReader(new ByteReader(this.#bytes, body.codeStart, body.end));
    this.#begin(body.codeStart);
    this.#cost = 1;
    while (!instruction.reader.done) {
      instruction.read();
      this.#step(instruction);
    }
    this.#close();
  }

  /** Closes the open segment and opens the next at `offset`. */
  #begin(offset: number): void {
    this.#close();
    this.#segment = this.edits.length;
    this.edits.push(offset, 0, EDIT.charge, 0);
  }

  #close(): void {
    if (this.#segment < 0) return;
    if (this.#cost === 0 && this.#segment === this.edits.length - 1) this.edits.removeLast();
    else this.edits.setArgument(this.#segment, this.#cost);
    this.#segment = -1;
    this.#cost = 0;
  }

  #step(instruction: InstructionReader): void {
    const { code, start } = instruction;
    switch (meterOf(code)) {
      case METER.plain:
        this.#cost += 1;
        return;
      case METER.free:
        return;
      case METER.control:
        this.#control(instruction);
        return;
      case METER.bulk:
        this.#cost += 1;
        this.edits.push(start, 0, EDIT.bulk, 0);
        return;
      case METER.grow:
        this.#cost += 1;
        this.#grow(instruction);
        return;
      default:
        this.#cost += 1;
        this.#float(instruction);
    }
  }

  #control(instruction: InstructionReader): void {
    const { code, start, reader } = instruction;
    switch (code) {
      case OP.block:
        this.#frames.push(FRAME.plain);
        return;
      case OP.loop:
        this.#frames.push(FRAME.loop);
        this.#begin(reader.at);
        return;
      case OP.if:
        this.#frames.push(FRAME.joined);
        this.#cost += 1;
        this.#begin(reader.at);
        return;
      case OP.end:
        if (this.#frames.pop() === FRAME.joined) this.#begin(reader.at);
        return;
      case OP.return:
        this.edits.push(start, 1, EDIT.returnBranch, this.#frames.length - 1);
        this.#begin(reader.at);
        return;
      case OP.else:
      case OP.unreachable:
        this.#begin(reader.at);
        return;
      default:
        this.#cost += 1;
        this.#markTargets(instruction);
        this.#begin(reader.at);
    }
  }

  #markTargets(instruction: InstructionReader): void {
    if (immediateOf(instruction.code) === IMMEDIATE.label) {
      this.#markTarget(instruction.first);
      return;
    }
    for (let index = 0; index < instruction.labelCount; index += 1) {
      this.#markTarget(instruction.labels[index] ?? 0);
    }
  }

  /** A branch to a loop lands at its head, where a segment begins anyway; its end stays without a second way in. */
  #markTarget(label: number): void {
    const frame = this.#frames.length - 1 - label;
    if (this.#frames[frame] === FRAME.plain) this.#frames[frame] = FRAME.joined;
  }

  #grow(instruction: InstructionReader): void {
    const { code, first, start, reader } = instruction;
    const kind = code === OP.memoryGrow ? EDIT.memoryGrow : EDIT.tableGrow;
    this.edits.push(start, reader.at - start, kind, first);
  }

  /**
   * The next instruction takes this result as its top operand. Where it cannot show a NaN's bits (a comparison, a
   * truncation, arithmetic that is itself made canonical) nothing is inserted.
   */
  #float(instruction: InstructionReader): void {
    const next = instruction.reader.at;
    if (isNanBlind(this.#bytes[next] ?? 0)) return;
    const wide = meterOf(instruction.code) === METER.nan64;
    if (wide) this.needs.canonical64 = true;
    else this.needs.canonical32 = true;
    this.edits.push(next, 0, wide ? EDIT.canonical64 : EDIT.canonical32, 0);
  }
}
