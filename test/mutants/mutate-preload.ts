/** Loaded before tests: takes the statement that `MUTANT` names out of its file while Node reads it. */
import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
import { join } from "node:path";

const { MUTANT = "{}" } = process.env;
const { file, start, end, instead } = JSON.parse(MUTANT) as {
  file: string;
  start: number;
  end: number;
  instead: string;
};
const url = pathToFileURL(join(import.meta.dirname, "../..", file)).href;

registerHooks({
  load(address, context, next) {
    const loaded = next(address, context);
    if (address !== url) return loaded;
    const source = Buffer.from(loaded.source as Uint8Array | string).toString("utf8");
    return { ...loaded, source: source.slice(0, start) + instead + source.slice(end) };
  },
});
