/**
 * Loaded before each test file: properties run with one seed, so that the gate judges everyone alike, and compiled code is
 * kept for the many processes that load the same files. `PROPERTY_SEED=random npm test` explores, and fast-check prints the
 * seed of what fails; a number runs that one.
 */
import { join } from "node:path";
import fc from "fast-check";

// The test files, which the runner starts after this, and what they start themselves.
process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, "../node_modules/.cache/claviger-tests");

const wanted = process.env["PROPERTY_SEED"] ?? "20261121";
if (wanted !== "random") fc.configureGlobal({ seed: Number(wanted) });
