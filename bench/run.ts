/**
 * `npm run bench`: measures, prints, and writes bench/results.md. Named sections only print: `npm run bench -- policy`.
 * `--quick` proves in a minute that every section works. `--votes 10000` makes the histories of validators and finality
 * providers grow to ten million votes: that many of each of a thousand.
 * @module
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { countOf, refuse, wordsOf } from "../test/running/words.ts";
import { eotsSection } from "./eots.ts";
import { httpSection } from "./http.ts";
import { keysSection } from "./keys.ts";
import { machineLines } from "./machine.ts";
import { manyKeysSection } from "./many-keys.ts";
import { policySection } from "./policy.ts";
import { FULL, QUICK, type Pace, type Report, type Section } from "./section.ts";
import { headed, markdownTable } from "./table.ts";
import { validatorsSection } from "./validators.ts";
import { verifySection } from "./verify.ts";

const SECTIONS: Readonly<Record<string, Section>> = {
  http: httpSection,
  policy: policySection,
  keys: keysSection,
  many: manyKeysSection,
  validators: validatorsSection,
  eots: eotsSection,
  verify: verifySection,
};
const RESULTS = join(import.meta.dirname, "results.md");

const USAGE = `usage: npm run bench -- [SECTION …] [--quick] [--votes COUNT]

  SECTION        ${Object.keys(SECTIONS).join(", ")}; without any all of them, written to bench/results.md
  --quick        a minute that proves that every section works; its figures mean nothing
  --votes COUNT  histories of so many votes of each validator and finality provider`;

const { values, positionals } = wordsOf(USAGE, {
  options: { quick: { type: "boolean", default: false }, votes: { type: "string" } },
  allowPositionals: true,
});
const names = positionals.length === 0 ? Object.keys(SECTIONS) : positionals;
const sections = names.map((name) => ({
  name,
  section: SECTIONS[name] ?? refuse(USAGE, `${name} is no section`),
}));
const votes = values.votes === undefined ? undefined : countOf(USAGE, "--votes", values.votes);
const began = performance.now();
const machine = machineLines();
const reports: Report[] = [];
for (const { name, section } of sections) {
  console.error(`== ${name}`);
  reports.push(
    await section({
      pace: pace(),
      progress: (text) => console.error(`   ${seconds()} s  ${text}`),
    }),
  );
}
const text = document();
console.log(text);
if (values.quick || positionals.length > 0) console.error("Only a full run writes bench/results.md.");
else writeFileSync(RESULTS, text);

function pace(): Pace {
  const chosen = values.quick ? QUICK : FULL;
  if (votes === undefined) return chosen;
  const history = { ...chosen.validators.history, votes };
  const eots = { ...chosen.eots, history: votes * history.validators };
  return { ...chosen, validators: { ...chosen.validators, history }, eots };
}

function seconds(): string {
  return ((performance.now() - began) / 1000).toFixed(0);
}

function document(): string {
  const aims = reports.flatMap((report) => report.aims);
  const summary = aims.map((aim) => [aim.name, aim.aim, aim.measured, aim.reached ? "yes" : "no"]);
  const blocks = [
    "# Bench results",
    "Written by `npm run bench`. Load, service and controls share the machine; on another one compare ratios and CPU " +
      "time for each request, not rates.",
    [
      ...machine,
      `- Duration: ${seconds()} s${values.quick ? " (quick: the figures mean nothing)" : ""}`,
    ].join("\n"),
    markdownTable(headed("Aim", "wanted", "measured", "reached"), summary),
    ...reports.flatMap((report) => [`## ${report.title}`, ...report.blocks]),
  ];
  return `${blocks.join("\n\n")}\n`;
}
