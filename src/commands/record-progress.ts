/** A line on stderr now and then while a command reads or deletes records, for people only. */
import type { CommandOptions } from "./options.ts";

const RECORDS_BETWEEN_LINES = 250_000;

/** @param what e.g. `records read` */
export function recordProgress({ output }: CommandOptions, what: string): (done: number) => void {
  let said = 0;
  return (done) => {
    if (output !== "text" || done - said < RECORDS_BETWEEN_LINES) return;
    said = done;
    process.stderr.write(`  ${done} ${what} …\n`);
  };
}
