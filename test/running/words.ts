/** The words of a script's command line: what is none of them is answered with the usage, and never with a stack. */
import { parseArgs, type ParseArgsConfig } from "node:util";

/**
 * What was said, as `parseArgs` gives it.
 * @param usage whole lines: printed for `--help`, after which the process ends, and under each refusal
 */
export function wordsOf<const Config extends ParseArgsConfig>(usage: string, config: Config) {
  const words = process.argv.slice(2);
  if (words.includes("--help") || words.includes("-h")) {
    console.log(usage);
    process.exit(0);
  }
  try {
    return parseArgs({ ...config, args: words });
  } catch (error) {
    return refuse(usage, error instanceof Error ? error.message : String(error));
  }
}

/** A whole number from 1 up; the process ends with the usage for any other text. */
export function countOf(usage: string, name: string, text: string): number {
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : refuse(usage, `${name} takes a number, not ${text}`);
}

/** Ends the process with 2, which says that nothing was done. */
export function refuse(usage: string, reason: string): never {
  console.error(`${reason}\n\n${usage}`);
  process.exit(2);
}
