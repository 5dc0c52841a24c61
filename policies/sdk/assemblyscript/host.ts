/** Host functions for AssemblyScript types. A policy that uses neither imports nothing. */
import * as claviger from "./claviger";

/** Adds one line to the log that `claviger policy evaluate` and the decision show. */
export function log(line: string): void {
  const bytes = String.UTF8.encode(line);
  claviger.log(changetype<usize>(bytes), bytes.byteLength);
}

/** First four bytes of the Keccak-256 of an ABI signature, e.g. `transfer(address,uint256)` gives `0xa9059cbb`. */
export function selectorOf(signature: string): string {
  const bytes = String.UTF8.encode(signature);
  const digest = heap.alloc(32);
  claviger.keccak256(changetype<usize>(bytes), bytes.byteLength, digest);
  let text = "0x";
  for (let index: usize = 0; index < 4; index++) {
    const byte = load<u8>(digest + index);
    text += hexDigit(byte >> 4) + hexDigit(byte & 15);
  }
  return text;
}

function hexDigit(value: u8): string {
  return String.fromCharCode(value < 10 ? 48 + value : 87 + value);
}
