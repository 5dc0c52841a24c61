/** Wasmtime 49.0.0 prices by example: one instruction or construct each, with its cost in fuel. */
import { wat } from "./wat.ts";

/** Body of f with one i32 parameter, a memory of 1..4 pages and a table of 1..8 entries; its argument; its cost. */
export const PRICES: readonly (readonly [string, string, number, number])[] = [
  ["empty body", "", 0, 1],
  ["nop is free", "nop", 0, 1],
  ["constant and drop", "i32.const 1 drop", 0, 2],
  ["empty block is free", "block end", 0, 1],
  ["empty loop is free", "loop end", 0, 1],
  ["taken if with one constant", "local.get 0 if i32.const 1 drop end", 1, 4],
  [
    "not taken if with a constant in both arms",
    "local.get 0 if i32.const 1 drop else i32.const 2 drop end",
    0,
    4,
  ],
  ["not taken if without else", "local.get 0 if i32.const 1 drop end", 0, 3],
  ["return is free, code after it is not run", "return i32.const 1 drop", 0, 1],
  ["br", "block br 0 i32.const 1 drop end", 0, 2],
  ["br_if not taken", "block local.get 0 br_if 0 i32.const 1 drop end", 0, 4],
  ["br_if taken", "block local.get 0 br_if 0 i32.const 1 drop end", 1, 3],
  ["br_table", "block local.get 0 br_table 0 0 end", 0, 3],
  ["br to the function", "i32.const 1 drop br 0", 0, 3],
  ["local.tee and set", "local.get 0 local.tee 0 local.set 0", 0, 4],
  ["select", "local.get 0 local.get 0 local.get 0 select drop", 0, 5],
  ["typed select", "ref.null func ref.null func local.get 0 select (result funcref) drop", 0, 5],
  ["load and store", "i32.const 0 i32.const 0 i32.load i32.store", 0, 5],
  ["call of an empty function", "call $empty", 0, 3],
  ["call_indirect of an empty function", "i32.const 0 call_indirect (type $void)", 0, 4],
  ["loop of five rounds", "loop local.get 0 i32.const 1 i32.sub local.tee 0 br_if 0 end", 5, 26],
  ["memory.fill of 0 bytes", "i32.const 0 i32.const 0 local.get 0 memory.fill", 0, 5],
  ["memory.fill of 77 bytes", "i32.const 0 i32.const 0 local.get 0 memory.fill", 77, 82],
  ["memory.copy of 9 bytes", "i32.const 0 i32.const 8 local.get 0 memory.copy", 9, 14],
  ["memory.init of 3 bytes", "i32.const 0 i32.const 0 local.get 0 memory.init $bytes", 3, 8],
  ["data.drop", "data.drop $bytes", 0, 2],
  ["memory.size", "memory.size drop", 0, 2],
  ["memory.grow by 0", "local.get 0 memory.grow drop", 0, 3],
  ["memory.grow by 3", "local.get 0 memory.grow drop", 3, 6],
  ["memory.grow that fails", "local.get 0 memory.grow drop", 4, 3],
  ["memory.grow by 2^32 - 1", "local.get 0 memory.grow drop", -1, 3],
  ["table.grow by 5", "ref.null func local.get 0 table.grow 0 drop", 5, 9],
  ["table.grow that fails", "ref.null func local.get 0 table.grow 0 drop", 8, 4],
  ["table.fill of 1", "i32.const 0 ref.null func local.get 0 table.fill 0", 1, 6],
  ["table.copy of 1", "i32.const 0 i32.const 0 local.get 0 table.copy", 1, 6],
  ["table.init of 1", "i32.const 0 i32.const 0 local.get 0 table.init $more", 1, 6],
  ["elem.drop", "elem.drop $more", 0, 2],
  ["table.get and table.set", "i32.const 0 i32.const 0 table.get 0 table.set 0", 0, 5],
  ["ref.func, ref.is_null", "ref.func $empty ref.is_null drop", 0, 3],
  [
    "float arithmetic is charged as written",
    "f64.const 1 f64.const 0 f64.div i64.reinterpret_f64 drop",
    0,
    5,
  ],
];

/** The module whose f has this body. */
export function priced(body: string): Uint8Array {
  return wat(`(module
    (type $void (func))
    (memory 1 4) (table 1 8 funcref) (elem (i32.const 0) $empty)
    (elem $more func $empty $empty) (data $bytes "abcdef")
    (func $empty)
    (func (export "f") (param i32) ${body}))`);
}
