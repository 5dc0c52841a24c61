/**
 * `npm run bench`: measures, prints, and writes bench/results.md. Named sections only print: `npm run bench -- policy`.
 * `--quick` proves in a minute that every section works. `--votes 10000` makes the histories of validators and finality
 * providers grow to ten million votes: that many of each of a thousand.
 * @module
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
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

const { values, positionals } = parseArgs({
  options: { quick: { type: "boolean", default: false }, votes: { type: "string" } },
  allowPositionals: true,
});
const names = positionals.length === 0 ? Object.keys(SECTIONS) : positionals;
const began = performance.now();
const machine = machineLines();
const reports: Report[] = [];
for (const name of names) {
  const section = SECTIONS[name];
  if (section === undefined) throw new Error(`${name} is not one of ${Object.keys(SECTIONS).join(", ")}`);
  console.error(`== ${name}`);
  reports.push(
    await section({
      pace: paceOf(values),
      progress: (text) => console.error(`   ${seconds()} s  ${text}`),
    }),
  );
}
const text = document();
console.log(text);
if (values.quick || positionals.length > 0) console.error("Only a full run writes bench/results.md.");
else writeFileSync(RESULTS, text);

function paceOf({ quick, votes }: { readonly quick: boolean; readonly votes?: string }): Pace {
  const pace = quick ? QUICK : FULL;
  if (votes === undefined) return pace;
  const history = { ...pace.validators.history, votes: Number(votes) };
  const eots = { ...pace.eots, history: Number(votes) * history.validators };
  return { ...pace, validators: { ...pace.validators, history }, eots };
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
