/**
 * Loaded before each test file: properties run with one seed, so that the gate judges everyone alike.
 * `PROPERTY_SEED=random npm test` explores, and fast-check prints the seed of what fails; a number runs that one.
 */
import fc from "fast-check";

const wanted = process.env["PROPERTY_SEED"] ?? "20261121";
if (wanted !== "random") fc.configureGlobal({ seed: Number(wanted) });
