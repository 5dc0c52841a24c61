/** What the meter costs, and how many evaluations the sandbox carries: each ready policy on a typical input. */
import { readFileSync } from "node:fs";
import { modulePath, POLICIES, type PolicyName } from "../policies/build.ts";
import { runGuest } from "../src/policy/execute.ts";
import { GUEST_LIMITS } from "../src/policy/limits.ts";
import { compilePolicy } from "../src/policy/module.ts";
import { PolicySandbox } from "../src/policy/sandbox.ts";
import { prepareModule } from "../src/policy/wasm/prepare.ts";
import { evaluateOnce, type Guest } from "./guest.ts";
import { policyInputs, type PolicyInput } from "./policy-inputs.ts";
import { perSecond } from "./rate.ts";
import type { Aim, BenchContext, Report } from "./section.ts";
import { median, spread } from "./statistics.ts";
import { figure, headed, markdownTable, ratio } from "./table.ts";

const AIM = 1.4;
/** Evaluations measured as one sample, few enough that most samples meet no other process and no collection. */
const SAMPLE_EVALUATIONS = 20;
const UNDER_WAY = [1, 64] as const;

interface MeterCost {
  readonly unmeteredMicros: number;
  readonly meteredMicros: number;
  readonly ratio: number;
  readonly bestRatio: number;
  readonly spread: number;
}

export async function policySection(context: BenchContext): Promise<Report> {
  const inputs = await policyInputs();
  const costs = inputs.map((input) => {
    const cost = meterCost(context, input);
    context.progress(`${input.policy}, ${input.request}: metered ÷ unmetered ${ratio(cost.ratio)}`);
    return cost;
  });
  const worst = Math.max(...costs.map((cost) => cost.ratio));
  const aim: Aim = {
    name: "Policy evaluation, metered ÷ unmetered, worst of the ready policies",
    aim: `≤ ${AIM}`,
    measured: ratio(worst),
    reached: worst <= AIM,
  };
  const blocks = [
    "A fresh instance for each evaluation, metered and unmetered in turn. Times are medians, the ratio is the median of neighbours.",
    costTable(inputs, costs),
    await sandboxTable(context, inputs),
    preparationTable(context),
  ];
  return { title: "Policy", blocks, aims: [aim] };
}

function meterCost(context: BenchContext, { policy, input }: PolicyInput): MeterCost {
  const bytes = bytesOf(policy);
  const unmetered: Guest = { module: new WebAssembly.Module(bytes), meter: null };
  const prepared = prepareModule(bytes);
  const metered: Guest = {
    module: new WebAssembly.Module(new Uint8Array(prepared.metered)),
    meter: prepared,
  };
  const verdict = evaluateOnce(unmetered, input);
  if (evaluateOnce(metered, input) !== verdict || !verdict.includes('"allow"')) {
    throw new Error(`${policy}: metered and unmetered modules must both allow: ${verdict}`);
  }
  // V8 compiles hot guest code again while it runs: wait until both forms have settled.
  const { roundMs, warmUpMs } = context.pace;
  const samples = { unmetered: [] as number[], metered: [] as number[] };
  const warm = performance.now() + warmUpMs;
  const until = warm + roundMs;
  while (performance.now() < until) {
    const first = sampleMicros(unmetered, input);
    const second = sampleMicros(metered, input);
    if (performance.now() < warm) continue;
    samples.unmetered.push(first);
    samples.metered.push(second);
  }
  return {
    unmeteredMicros: median(samples.unmetered),
    meteredMicros: median(samples.metered),
    ratio: median(samples.metered.map((micros, index) => micros / (samples.unmetered[index] ?? Number.NaN))),
    bestRatio: Math.min(...samples.metered) / Math.min(...samples.unmetered),
    spread: spread(samples.unmetered),
  };
}

function sampleMicros(guest: Guest, input: Uint8Array): number {
  const start = performance.now();
  for (let count = 0; count < SAMPLE_EVALUATIONS; count += 1) evaluateOnce(guest, input);
  return ((performance.now() - start) * 1000) / SAMPLE_EVALUATIONS;
}

function costTable(inputs: readonly PolicyInput[], costs: readonly MeterCost[]): string {
  const rows = inputs.map(({ policy, request, input }, index) => {
    const cost = costs[index];
    const run = runGuest(
      compilePolicy(bytesOf(policy)).policy,
      "policy_evaluate",
      input,
      GUEST_LIMITS.fuelMax,
    );
    return [
      `${policy}: ${request}`,
      figure(input.length),
      figure(run.fuelUsed),
      figure(cost?.unmeteredMicros ?? Number.NaN),
      figure(cost?.meteredMicros ?? Number.NaN),
      ratio(cost?.ratio ?? Number.NaN),
      ratio(cost?.bestRatio ?? Number.NaN),
      ratio(cost?.spread ?? Number.NaN),
    ];
  });
  const others = ["input B", "fuel", "unmetered µs", "metered µs", "ratio", "ratio of minima", "max ÷ min"];
  return markdownTable(headed("Meter", ...others), rows);
}

async function sandboxTable(context: BenchContext, inputs: readonly PolicyInput[]): Promise<string> {
  const sandbox = new PolicySandbox();
  const rows: string[][] = [];
  try {
    await sandbox.ready();
    for (const { policy, request, input } of inputs) {
      const { digest } = await sandbox.prepare(bytesOf(policy));
      const rates: number[] = [];
      for (const underWay of UNDER_WAY) {
        const evaluate = () => sandbox.evaluate({ digest, input, fuelMax: GUEST_LIMITS.fuelMax });
        rates.push(await perSecond(context.pace.roundMs / 2, underWay, evaluate));
      }
      rows.push([`${policy}: ${request}`, ...rates.map(figure)]);
      context.progress(`sandbox, ${policy}: ${rates.map(figure).join(" ")}/s`);
    }
  } finally {
    await sandbox.close();
  }
  const titles = UNDER_WAY.map((underWay) => `${underWay} under way`);
  return markdownTable(headed("Sandbox, evaluations per second, one worker", ...titles), rows);
}

function preparationTable(context: BenchContext): string {
  const rows = POLICIES.map((policy) => {
    const bytes = bytesOf(policy);
    const prepareMs = repeated(context, () => prepareModule(bytes));
    const { metered } = prepareModule(bytes);
    let unique = 0;
    const compileMs = repeated(context, () => new WebAssembly.Module(withCustomSection(metered, unique++)));
    return [
      policy,
      figure(bytes.length),
      figure(metered.length),
      figure(prepareMs),
      figure(bytes.length / 1000 / prepareMs),
      figure(compileMs),
    ];
  });
  const others = ["bytes", "metered bytes", "read and meter ms", "MB per second", "compile ms"];
  return markdownTable(headed("Preparation, once at upload", ...others), rows);
}

/** Median milliseconds of one run. */
function repeated(context: BenchContext, work: () => unknown): number {
  const samples: number[] = [];
  const until = performance.now() + context.pace.roundMs / 3;
  while (performance.now() < until || samples.length < 5) {
    const start = performance.now();
    work();
    samples.push(performance.now() - start);
  }
  return median(samples);
}

/** V8 keeps compiled code by the module's bytes: other bytes, other code. */
function withCustomSection(module: Uint8Array, unique: number): Uint8Array<ArrayBuffer> {
  const section = new Uint8Array(8);
  section.set([0, 6, 1, 0x62]);
  new DataView(section.buffer).setUint32(4, unique);
  return new Uint8Array(Buffer.concat([module, section]));
}

function bytesOf(policy: PolicyName): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(modulePath(policy)));
}
