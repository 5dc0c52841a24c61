/** The EOTS guard by hand-written examples. */
import { test } from "node:test";
import { checkExamples } from "./examples.ts";
import { loadImplementation } from "./guard.ts";

test("eots: examples of refusals, floors, imports, moves and pruning", async () => {
  await checkExamples(await loadImplementation());
});
