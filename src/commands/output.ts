/** How commands speak: text for people or one JSON object for scripts on stdout, one line with a code on stderr. */

export type Format = "text" | "json";

/** Ends a command with exit code 1 (refusal, failure) or 2 (bad usage). */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly code: string;
  readonly exitCode: 1 | 2;

  constructor(code: string, message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.code = code;
    this.exitCode = exitCode;
  }
}

/** Prints lines for people. */
export function say(...lines: readonly string[]): void {
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** Prints one JSON object on one line. */
export function sayJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Prints an error as one line. */
export function complain(code: string, message: string): void {
  process.stderr.write(`claviger: ${code}: ${message.replaceAll(/\s+/g, " ")}\n`);
}
