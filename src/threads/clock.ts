/** One clock for all threads of the process: how long a step took is often known on another one than it began on. */

/** Milliseconds, for differences only. Never goes back. */
export function clock(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
