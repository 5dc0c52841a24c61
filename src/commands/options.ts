/** What every command of an installation is given, beside what it takes itself. */
import type { Format } from "./output.ts";

export interface CommandOptions {
  /** Configuration file. */
  readonly config?: string;
  readonly output: Format;
}
