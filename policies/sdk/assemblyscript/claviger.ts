/**
 * The host's two functions. The compiler takes the import module's name from this file's name, which must therefore be
 * `claviger`. Both cost 1,000 fuel and 1 per byte read.
 */

/** Adds UTF-8 text to the evaluation's log (4 KiB in all). */
export declare function log(pointer: usize, length: i32): void;

/** Writes the 32-byte Keccak-256 of `length` bytes at `pointer` to `out`. */
export declare function keccak256(pointer: usize, length: i32, out: usize): void;
