/** Runs prepared modules as the sandbox does: fresh instance, fuel set, start function first. */
import { prepareModule } from "../../../src/policy/wasm/prepare.ts";
import type { ImportRule, MeterLimits, PreparedModule } from "../../../src/policy/wasm/prepare.ts";

export const AMPLE_FUEL = 1_000_000_000_000n;

export type Outcome = { result: unknown; used: bigint } | { trap: "fuel" | "depth" | "guest" | "native" };

/** A metered module, compiled once. */
export class Metered {
  readonly prepared: PreparedModule;
  readonly #module: WebAssembly.Module;

  constructor(bytes: Uint8Array, limits?: MeterLimits, allowed?: ImportRule) {
    this.prepared = prepareModule(bytes, limits, allowed);
    this.#module = new WebAssembly.Module(this.prepared.metered);
  }

  instantiate(imports?: WebAssembly.Imports): MeteredInstance {
    return new MeteredInstance(new WebAssembly.Instance(this.#module, imports), this.prepared);
  }

  /** One call on a fresh instance; `used` includes the start function. */
  run(name: string, args: readonly unknown[] = [], fuel = AMPLE_FUEL): Outcome {
    const instance = this.instantiate();
    instance.fuel = fuel;
    const started = this.prepared.startExport === null ? undefined : instance.call(this.prepared.startExport);
    if (started && "trap" in started) return started;
    const outcome = instance.call(name, args);
    return "trap" in outcome ? outcome : { result: outcome.result, used: fuel - instance.fuel };
  }
}

export class MeteredInstance {
  readonly instance: WebAssembly.Instance;
  readonly #fuel: WebAssembly.Global;
  readonly #depth: WebAssembly.Global;

  constructor(instance: WebAssembly.Instance, prepared: PreparedModule) {
    this.instance = instance;
    this.#fuel = globalOf(instance, prepared.fuelGlobal);
    this.#depth = globalOf(instance, prepared.depthGlobal);
  }

  get fuel(): bigint {
    return BigInt(String(this.#fuel.value));
  }

  set fuel(fuel: bigint) {
    this.#fuel.value = fuel;
  }

  get depth(): number {
    return Number(this.#depth.value);
  }

  set depth(depth: number) {
    this.#depth.value = depth;
  }

  /** `used` is the fuel of this call. */
  call(name: string, args: readonly unknown[] = []): Outcome {
    const callable = this.instance.exports[name];
    if (typeof callable !== "function") throw new Error(`no function ${name}`);
    const before = this.fuel;
    try {
      const result = callable(...args);
      return { result, used: before - this.fuel };
    } catch (error) {
      return { trap: this.#trapOf(error) };
    }
  }

  #trapOf(error: unknown): "fuel" | "depth" | "guest" | "native" {
    if (this.fuel < 0n) return "fuel";
    if (this.depth < 0) return "depth";
    if (error instanceof WebAssembly.RuntimeError) return "guest";
    if (error instanceof RangeError) return "native";
    throw error;
  }
}

function globalOf(instance: WebAssembly.Instance, name: string): WebAssembly.Global {
  const found = instance.exports[name];
  if (!(found instanceof WebAssembly.Global)) throw new Error(`no global ${name}`);
  return found;
}

/** Fuel of one call, which must return. */
export function fuelOf(bytes: Uint8Array, name = "f", args: readonly unknown[] = []): bigint {
  const outcome = new Metered(bytes).run(name, args);
  if ("trap" in outcome) throw new Error(`trapped: ${outcome.trap}`);
  return outcome.used;
}
