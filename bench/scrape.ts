/** What a server says of itself in its /metrics: CPU seconds of all its threads together, time of each step. */

/** @param url of a server whose /metrics has process_cpu_seconds_total */
export async function cpuSeconds(url: string): Promise<number> {
  return metric(url, "process_cpu_seconds_total");
}

/** One unlabelled Prometheus sample. */
export async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const value = new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1];
  if (value === undefined) throw new Error(`${url} has no metric ${name}`);
  return Number(value);
}

/** Seconds that all requests together have spent in each step of the signing path, waiting included, and how many. */
export async function stageSeconds(
  url: string,
): Promise<ReadonlyMap<string, { readonly seconds: number; readonly count: number }>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const sample = (stage: string, part: string): number =>
    Number(new RegExp(`^claviger_stage_seconds_${part}\\{stage="${stage}"\\} (\\S+)$`, "m").exec(text)?.[1]);
  const stages = [...text.matchAll(/^claviger_stage_seconds_count\{stage="(\w+)"\}/gm)].map(
    ([, name]) => name,
  );
  return new Map(
    stages.flatMap((stage) =>
      stage === undefined ? [] : [[stage, { seconds: sample(stage, "sum"), count: sample(stage, "count") }]],
    ),
  );
}
