/** Deliberate mistakes are pinned to texts of the sources: one that moved away or is there twice would change nothing, or another place. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

type Mistake = readonly [mistake: string, file: string, right: string, wrong: string];

/** Each mistake whose text its file in `source` has not exactly once. */
export function lostPins(source: string, mistakes: readonly Mistake[]): readonly string[] {
  return mistakes.flatMap(([mistake, file, right]) => {
    const found = readFileSync(join(source, file), "utf8").split(right).length - 1;
    return found === 1 ? [] : [`${mistake}: ${file} has ${found} times: ${right}`];
  });
}
