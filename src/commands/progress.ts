/** A line on stderr now and then while a command goes through many things, for people only. */
import type { Format } from "./output.ts";

const TERMINAL_EVERY_MS = 1000;
const FILE_EVERY_MS = 10_000;
/** From here on a rate has no decimals. */
const WHOLE_RATE = 100;

export interface Progress {
  step(): void;
  /** Leaves the terminal on a fresh line. */
  end(): void;
}

/**
 * On a terminal one line that changes every second, elsewhere a line every ten.
 * @param format nothing is shown but for `text`
 * @param what e.g. `keys`
 * @param total of them; undefined where that shows only at the end
 */
export function showProgress(format: Format | "silent", what: string, total: number | undefined): Progress {
  const terminal = process.stderr.isTTY;
  const every = terminal ? TERMINAL_EVERY_MS : FILE_EVERY_MS;
  const begun = performance.now();
  let said = begun;
  let shown = false;
  let done = 0;
  return {
    step() {
      done += 1;
      const now = performance.now();
      if (format !== "text" || now - said < every) return;
      said = now;
      shown = true;
      const line = progressLine(done, what, total, now - begun);
      process.stderr.write(terminal ? `\r\u001b[K${line}` : `${line}\n`);
    },
    end() {
      if (shown && terminal) process.stderr.write("\r\u001b[K");
    },
  };
}

/** @param milliseconds since the first was begun */
export function progressLine(
  done: number,
  what: string,
  total: number | undefined,
  milliseconds: number,
): string {
  const rate = done / (milliseconds / 1000);
  const speed = `${rate.toFixed(rate < WHOLE_RATE ? 1 : 0)} a second`;
  if (total === undefined) return `  ${done} ${what}, ${speed}`;
  const left = Math.ceil((total - done) / rate);
  const share = Math.floor((100 * done) / total);
  return `  ${done} of ${total} ${what} (${share} %), ${speed}, ${duration(left)} left`;
}

/** `1 h 02 min`, `3 min 07 s`, `12 s`. */
function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes >= 60) return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
  return minutes > 0 ? `${minutes} min ${two(seconds % 60)} s` : `${seconds} s`;
}

function two(count: number): string {
  return String(count).padStart(2, "0");
}
