/** A line on stderr now and then while keys are being opened, for people only. */
import type { Format } from "../output.ts";

const TERMINAL_EVERY_MS = 1000;
const FILE_EVERY_MS = 10_000;

export interface Progress {
  step(): void;
  /** Leaves the terminal on a fresh line. */
  end(): void;
}

/** @param total keys to be opened */
export function showProgress(format: Format, total: number): Progress {
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
      const line = progressLine(done, total, now - begun);
      process.stderr.write(terminal ? `\r\u001b[K${line}` : `${line}\n`);
    },
    end() {
      if (shown && terminal) process.stderr.write("\r\u001b[K");
    },
  };
}

/** @param milliseconds since the first key was begun */
export function progressLine(done: number, total: number, milliseconds: number): string {
  const rate = done / (milliseconds / 1000);
  const left = Math.ceil((total - done) / rate);
  const share = Math.floor((100 * done) / total);
  return `  ${done} of ${total} keys (${share} %), ${rate.toFixed(1)} a second, ${duration(left)} left`;
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
