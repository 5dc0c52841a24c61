/** Worker half of hostile.test.ts: recursion to the depth limit and one call beyond, cold and after tier-up. */
import { parentPort, workerData } from "node:worker_threads";

const modules: Uint8Array[] = workerData;
parentPort?.postMessage(modules.map((bytes) => outcomes(new WebAssembly.Module(bytes))));

/** The distinct outcomes of 1,023 and of 1,024 calls below the first. */
function outcomes(module: WebAssembly.Module): string[] {
  const seen = [new Set<string>(), new Set<string>()];
  for (let round = 0; round < 20; round += 1) {
    for (const [index, calls] of [1023, 1024].entries()) seen[index]?.add(recurse(module, calls));
  }
  return seen.map((distinct) => [...distinct].join(" or "));
}

function recurse(module: WebAssembly.Module, calls: number): string {
  const { f, $fuel: fuel, $depth: depth } = new WebAssembly.Instance(module).exports;
  if (typeof f !== "function" || !(fuel instanceof WebAssembly.Global)) return "no exports";
  fuel.value = 1_000_000_000n;
  try {
    f(calls);
    return "returned";
  } catch (error) {
    const value = depth instanceof WebAssembly.Global ? String(depth.value) : "?";
    return `${error instanceof Error ? error.name : "?"}, depth ${value}`;
  }
}
