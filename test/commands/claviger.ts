/** Runs the command line as a user does: a process of its own, with nothing of our environment that it would read. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { childEnvironment } from "../../src/config/config.ts";

export const MAIN = join(import.meta.dirname, "../../src/main.ts");

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Resolves when the process has ended. @param variables of the environment; none of the test's own CLAVIGER_ ones are passed on */
export async function claviger(
  words: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [MAIN, ...words], {
    stdio: ["ignore", "pipe", "pipe"],
    env: childEnvironment(variables),
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: child.exitCode, stdout, stderr };
}

/** Asserts that a command failed as all of them do: exit code, and one line on stderr that begins with its code. */
export function refused(ended: Ended, exitCode: 1 | 2, code: string, message: RegExp): void {
  assert.deepEqual(
    { code: ended.code, lines: ended.stderr.split("\n").length - 1 },
    { code: exitCode, lines: 1 },
    ended.stderr,
  );
  assert.ok(ended.stderr.startsWith(`claviger: ${code}: `), ended.stderr);
  assert.match(ended.stderr, message);
}

/** Asserts success and returns the one JSON object that stdout consists of. */
export function succeeded(ended: Ended): any {
  assert.equal(ended.code, 0, ended.stderr);
  assert.equal(ended.stdout.trim().split("\n").length, 1, ended.stdout);
  return JSON.parse(ended.stdout);
}

/** A new directory, named after the test's purpose; the caller removes it. */
export function temporary(name: string): string {
  return mkdtempSync(join(tmpdir(), `claviger-${name}-`));
}
