/**
 * Writes function bodies with the meter inside. Charges come before the code they pay for, calls are counted by the depth
 * global, and new NaNs get one bit pattern, so that no result depends on the machine.
 *
 * Fuel: prices of Wasmtime 49.0.0. A run that costs F succeeds with F and traps with F - 1.
 *
 * Depth: the body is in a block with the function's results, and every return is a branch to that block, so that there
 * is one exit. A branch to the function's own label lands on the block without renumbering. Nothing restores the depth
 * after a trap: instances are used once.
 *
 * NaN: results of float arithmetic (add, sub, mul, div, sqrt, min, max, ceil, floor, trunc, nearest, demote, promote) are
 * replaced by the canonical NaN where they are produced, not where bits are seen: the sign of a NaN also shows through
 * copysign, and stores and reinterpretation of NaNs that the guest wrote itself must stay bit-exact. A result that the very
 * next instruction consumes without showing its bits needs no replacement. Fuel is charged for the original instructions only.
 */
import { EDIT } from "./edits.ts";
import type { EditList } from "./edits.ts";
import type { BodySpan, ParsedModule } from "./module.ts";
import { OP } from "./opcodes.ts";
import { SegmentWalk } from "./segments.ts";
import type { BodyNeeds } from "./segments.ts";
import { EMPTY_BLOCK, F32, F64, I64 } from "./types.ts";
import { ByteWriter } from "./writer.ts";

/** Indexes of everything that the meter appends. */
export interface MeterIndexes {
  readonly fuelGlobal: number;
  readonly depthGlobal: number;
  readonly chargeBulk: number;
  readonly growMemory: number;
  /** Function index of each table's grow wrapper. */
  readonly growTable: readonly number[];
  /** Type index of `() -> results` by functionTypeText, for functions with several results. */
  readonly blockTypes: ReadonlyMap<string, number>;
}

const CANONICAL_NAN_32 = [0x00, 0x00, 0xc0, 0x7f];
const CANONICAL_NAN_64 = [0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xf8, 0x7f];

/** Text under which `blockTypes` holds the block type of a function with these results. */
export function blockTypeKey(results: readonly number[]): string {
  return results.join();
}

/** `if unreachable end`: traps when the condition on the stack holds. */
function writeTrapIf(writer: ByteWriter): void {
  writer.bytes([OP.if, EMPTY_BLOCK, OP.unreachable, OP.end]);
}

/** Compares the i64 on the stack with zero and traps when it is negative. */
export function writeTrapIfNegative64(writer: ByteWriter): void {
  writer.bytes([OP.i64Const, 0, OP.i64LtS]);
  writeTrapIf(writer);
}

export class BodyMeter {
  readonly #walk: SegmentWalk;
  readonly #module: ParsedModule;
  readonly #indexes: MeterIndexes;
  readonly #body = new ByteWriter(65_536);
  readonly #enter: Uint8Array;
  readonly #leave: Uint8Array;

  constructor(module: ParsedModule, indexes: MeterIndexes) {
    this.#module = module;
    this.#indexes = indexes;
    this.#walk = new SegmentWalk(module.bytes);
    this.#enter = depthEnter(indexes.depthGlobal);
    this.#leave = depthLeave(indexes.depthGlobal);
  }

  /** Appends the metered body, with its size before it, to `code`. */
  write(body: BodySpan, code: ByteWriter): void {
    const { edits, needs } = this.#walk;
    this.#walk.run(body);
    const writer = this.#body;
    writer.clear();
    this.#writeLocals(body, needs);
    writer.bytes(this.#enter);
    writer.byte(OP.block);
    this.#writeBlockType(body.type.results);
    this.#writeInstructions(body, edits, needs);
    writer.bytes(this.#leave);
    writer.byte(OP.end);
    code.sized(writer.view());
  }

  #writeLocals(body: BodySpan, needs: BodyNeeds): void {
    const writer = this.#body;
    const extra = [I64, ...(needs.canonical32 ? [F32] : []), ...(needs.canonical64 ? [F64] : [])];
    writer.u32(body.localGroups + extra.length);
    writer.range(this.#module.bytes, body.localGroupsStart, body.codeStart);
    for (const type of extra) writer.bytes([1, type]);
  }

  #writeBlockType(results: readonly number[]): void {
    const [only] = results;
    if (only === undefined) this.#body.byte(EMPTY_BLOCK);
    else if (results.length === 1) this.#body.byte(only);
    else this.#body.signed(this.#indexes.blockTypes.get(blockTypeKey(results)) ?? 0);
  }

  /** The original instructions with the edits applied; their last `end` closes the depth block. */
  #writeInstructions(body: BodySpan, edits: EditList, needs: BodyNeeds): void {
    const { bytes } = this.#module;
    const scratch64 = body.locals + 1 + (needs.canonical32 ? 1 : 0);
    let copied = body.codeStart;
    for (let index = 0; index < edits.length; index += 1) {
      const offset = edits.offset(index);
      this.#body.range(bytes, copied, offset);
      copied = offset + edits.replaced(index);
      this.#writeEdit(edits.kind(index), edits.argument(index), body.locals, scratch64);
    }
    this.#body.range(bytes, copied, body.end);
  }

  #writeEdit(kind: number, argument: number, locals: number, scratch64: number): void {
    switch (kind) {
      case EDIT.charge:
        if (argument > 0) this.#writeCharge(argument, locals);
        return;
      case EDIT.returnBranch:
        this.#body.byte(OP.br);
        this.#body.u32(argument);
        return;
      case EDIT.bulk:
        this.#writeCall(this.#indexes.chargeBulk);
        return;
      case EDIT.memoryGrow:
        this.#writeCall(this.#indexes.growMemory);
        return;
      case EDIT.tableGrow:
        this.#writeCall(this.#indexes.growTable[argument] ?? 0);
        return;
      case EDIT.canonical32:
        this.#writeCanonical(locals + 1, OP.f32Const, CANONICAL_NAN_32, OP.f32Eq);
        return;
      default:
        this.#writeCanonical(scratch64, OP.f64Const, CANONICAL_NAN_64, OP.f64Eq);
    }
  }

  #writeCall(index: number): void {
    this.#body.byte(OP.call);
    this.#body.u32(index);
  }

  /** fuel -= cost; trap if it is negative now. Leaves the operand stack as it was. */
  #writeCharge(cost: number, scratch: number): void {
    const writer = this.#body;
    const { fuelGlobal } = this.#indexes;
    writer.byte(OP.globalGet);
    writer.u32(fuelGlobal);
    writer.byte(OP.i64Const);
    writer.signed(cost);
    writer.byte(OP.i64Sub);
    writer.byte(OP.localTee);
    writer.u32(scratch);
    writer.byte(OP.globalSet);
    writer.u32(fuelGlobal);
    writer.byte(OP.localGet);
    writer.u32(scratch);
    writeTrapIfNegative64(writer);
  }

  /** x becomes x == x ? x : the canonical NaN. */
  #writeCanonical(scratch: number, constant: number, nan: readonly number[], equal: number): void {
    const writer = this.#body;
    writer.byte(OP.localTee);
    writer.u32(scratch);
    writer.byte(constant);
    writer.bytes(nan);
    writer.byte(OP.localGet);
    writer.u32(scratch);
    writer.byte(OP.localGet);
    writer.u32(scratch);
    writer.bytes([equal, OP.select]);
  }
}

function depthEnter(global: number): Uint8Array {
  const writer = new ByteWriter(32);
  writeAddToDepth(writer, global, OP.i32Sub);
  writer.byte(OP.globalGet);
  writer.u32(global);
  writer.bytes([OP.i32Const, 0, OP.i32LtS]);
  writeTrapIf(writer);
  return writer.finish();
}

function depthLeave(global: number): Uint8Array {
  const writer = new ByteWriter(16);
  writeAddToDepth(writer, global, OP.i32Add);
  return writer.finish();
}

function writeAddToDepth(writer: ByteWriter, global: number, operation: number): void {
  writer.byte(OP.globalGet);
  writer.u32(global);
  writer.bytes([OP.i32Const, 1, operation, OP.globalSet]);
  writer.u32(global);
}
