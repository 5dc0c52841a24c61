/** CPU seconds that a server has used, all its threads together, read from its /metrics. */

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
