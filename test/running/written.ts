/** In which order a service writes its answers, as written-preload.ts tells it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { RunningService } from "./service.ts";

/** Environment of a service that tells. */
export const TELLING = { NODE_OPTIONS: `--import=${join(import.meta.dirname, "written-preload.ts")}` };

/**
 * Those of `names` of which a byte was written after the first byte of the answer called `act`. Waits until the service has told of
 * all; what it told before is forgotten.
 */
export async function writtenAfter(
  service: RunningService,
  act: string,
  names: readonly string[],
): Promise<readonly string[]> {
  const lines = await told(service, [act, ...names]);
  const answered = lines.indexOf(`written begin ${act}`);
  assert.ok(answered !== -1, "the service did not tell when it wrote the act's answer");
  return names.filter((name) => lines.lastIndexOf(`written done ${name}`) > answered);
}

async function told(
  { process, stderr }: RunningService,
  names: readonly string[],
): Promise<readonly string[]> {
  assert.ok(process.stderr !== null);
  for (;;) {
    const lines = stderr.join("").split("\n");
    const known = new Set(lines);
    if (names.every((name) => known.has(`written done ${name}`))) {
      stderr.length = 0;
      return lines;
    }
    await new Promise((resolve) => process.stderr?.once("data", resolve));
  }
}
