/** The exact edge of a metered call: F succeeds with nothing left, F - 1 traps, in every tier of V8. */

export interface EdgeCase {
  readonly metered: Uint8Array;
  readonly args: readonly unknown[];
  readonly result: unknown;
  readonly fuel: bigint;
}

/** Each round takes two fresh instances of one module, so that its functions tier up on the way. */
export function edgeFailures(edge: EdgeCase, rounds: number): string[] {
  const module = new WebAssembly.Module(edge.metered);
  const failures = new Set<string>();
  for (let round = 0; round < rounds; round += 1) {
    const enough = outcome(module, edge, edge.fuel);
    if (enough !== `${String(edge.result)}, 0 left`) failures.add(`F = ${edge.fuel}: ${enough}`);
    const short = outcome(module, edge, edge.fuel - 1n);
    if (!short.startsWith("RuntimeError, -")) failures.add(`F - 1 = ${edge.fuel - 1n}: ${short}`);
  }
  return [...failures];
}

function outcome(module: WebAssembly.Module, edge: EdgeCase, limit: bigint): string {
  const { f, $fuel: fuel } = new WebAssembly.Instance(module).exports;
  if (typeof f !== "function" || !(fuel instanceof WebAssembly.Global)) return "no exports";
  fuel.value = limit;
  try {
    return `${String(f(...edge.args))}, ${String(fuel.value)} left`;
  } catch (error) {
    return `${error instanceof Error ? error.name : "?"}, ${String(fuel.value)} left`;
  }
}
