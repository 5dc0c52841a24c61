/** One file of the WebAssembly test suite, run command by command on the original and on the metered modules. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_LIMITS, prepareModule } from "../../../src/policy/wasm/prepare.ts";
import type { MeterLimits, PreparedModule } from "../../../src/policy/wasm/prepare.ts";
import { SignerError } from "../../../src/domain/errors.ts";
import { readVectors } from "../../vectors.ts";
import { AMPLE_FUEL, MeteredInstance } from "./metered.ts";
import { argument, meets, onBits, resultTexts, signature } from "./spec-values.ts";
import type { SpecValue } from "./spec-values.ts";

interface SpecAction {
  readonly type: "invoke" | "get";
  readonly module?: string;
  readonly field: string;
  readonly args?: readonly SpecValue[];
}

export interface SpecCommand {
  readonly type: string;
  readonly line: number;
  readonly filename?: string;
  readonly name?: string;
  readonly as?: string;
  readonly action?: SpecAction;
  readonly expected?: readonly SpecValue[];
}

interface SpecFile {
  readonly commands: readonly SpecCommand[];
}
function isSpecFile(value: unknown): value is SpecFile {
  return typeof value === "object" && value !== null && "commands" in value && Array.isArray(value.commands);
}

/** The commands of one file of the suite. */
export function specCommands(name: string): readonly SpecCommand[] {
  const file = readVectors("wasm", `${name}/${name}.json`);
  if (!isSpecFile(file)) throw new Error(`${name}: no file of the suite has this form`);
  return file.commands;
}

/** What happened in one file; every command is counted once. */
export interface SpecReport {
  modules: number;
  returns: number;
  traps: number;
  exhaustions: number;
  refusals: number;
  actions: number;
  /** Results that were another NaN before metering and are the canonical one now. */
  canonicalNans: number;
  failures: string[];
}

/** The suite tests the language, not the policy's caps: as large as V8 allows, and a depth that its native stack bears. */
export const SPEC_LIMITS: MeterLimits = {
  ...DEFAULT_LIMITS,
  moduleBytesMax: 1 << 26,
  parametersMax: 1000,
  resultsMax: 1000,
  importsMax: 100_000,
  localsMax: 50_000,
  operandsMax: 1_000_000,
  exportsMax: 100_000,
  tableEntriesMax: 10_000_000,
  memoryPagesMax: 65_536,
  callDepth: 2_000,
};

interface Side {
  readonly instance: WebAssembly.Instance;
  readonly metered: MeteredInstance | undefined;
}

interface Pair {
  readonly original: Side;
  readonly metered: Side;
  readonly prepared: PreparedModule;
}

type Result = { values: string[] } | { trap: string };

function print(): void {}

export function spectest(): Record<string, unknown> {
  return {
    print,
    print_i32: print,
    print_i64: print,
    print_f32: print,
    print_f64: print,
    print_i32_f32: print,
    print_f64_f64: print,
    global_i32: new WebAssembly.Global({ value: "i32" }, 666),
    global_i64: new WebAssembly.Global({ value: "i64" }, 666n),
    global_f32: new WebAssembly.Global({ value: "f32" }, 666.6),
    global_f64: new WebAssembly.Global({ value: "f64" }, 666.6),
    table: new WebAssembly.Table({ element: "anyfunc", initial: 10, maximum: 20 }),
    memory: new WebAssembly.Memory({ initial: 1, maximum: 2 }),
  };
}

export class SpecRun {
  readonly report: SpecReport = {
    modules: 0,
    returns: 0,
    traps: 0,
    exhaustions: 0,
    refusals: 0,
    actions: 0,
    canonicalNans: 0,
    failures: [],
  };
  readonly #folder: string;
  readonly #originalImports: WebAssembly.Imports = { spectest: spectest() };
  readonly #meteredImports: WebAssembly.Imports = { spectest: spectest() };
  readonly #named = new Map<string, Pair>();
  readonly #all: Pair[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  command(command: SpecCommand): void {
    switch (command.type) {
      case "module":
        this.#module(command);
        return;
      case "register":
        this.#register(command);
        return;
      case "assert_return":
      case "action":
        this.#return(command);
        return;
      case "assert_trap":
      case "assert_exhaustion":
        this.#trap(command);
        return;
      case "assert_invalid":
      case "assert_malformed":
        this.#refusal(command);
        return;
      default:
        this.#fail(command, `unknown command ${command.type}`);
    }
  }

  #fail(command: SpecCommand, message: string): void {
    this.report.failures.push(`line ${command.line}: ${message}`);
  }

  #bytes(command: SpecCommand): Uint8Array {
    return new Uint8Array(readFileSync(join(this.#folder, command.filename ?? "")));
  }

  #module(command: SpecCommand): void {
    const bytes = this.#bytes(command);
    const prepared = prepareModule(bytes, SPEC_LIMITS, () => true);
    const original = new WebAssembly.Instance(new WebAssembly.Module(bytes), this.#originalImports);
    const instance = new WebAssembly.Instance(new WebAssembly.Module(prepared.metered), this.#meteredImports);
    const metered = new MeteredInstance(instance, prepared);
    const pair = {
      original: { instance: original, metered: undefined },
      metered: { instance, metered },
      prepared,
    };
    this.#all.push(pair);
    if (command.name !== undefined) this.#named.set(command.name, pair);
    this.#refuel();
    if (prepared.startExport !== null && "trap" in metered.call(prepared.startExport)) {
      this.#fail(command, "the metered start function trapped");
    }
    this.report.modules += 1;
  }

  #register(command: SpecCommand): void {
    const pair = this.#pair(command.name);
    this.#originalImports[command.as ?? ""] = { ...pair.original.instance.exports };
    this.#meteredImports[command.as ?? ""] = { ...pair.metered.instance.exports };
  }

  #pair(name: string | undefined): Pair {
    const pair = name === undefined ? this.#all.at(-1) : this.#named.get(name);
    if (pair === undefined) throw new Error(`no module ${name ?? ""}`);
    return pair;
  }

  /** Depth is not restored by a trap, and the suite goes on with the same instance. */
  #refuel(): void {
    for (const { metered } of this.#all) {
      if (metered.metered === undefined) continue;
      metered.metered.fuel = AMPLE_FUEL;
      metered.metered.depth = SPEC_LIMITS.callDepth;
    }
  }

  #run(action: SpecAction): { original: Result; metered: Result } {
    const pair = this.#pair(action.module);
    const entity = pair.prepared.exports.find((found) => found.name === action.field);
    if (entity === undefined) throw new Error(`no export ${action.field}`);
    this.#refuel();
    return {
      original: perform(pair.original, action, entity.type),
      metered: perform(pair.metered, action, entity.type),
    };
  }

  #return(command: SpecCommand): void {
    if (command.action === undefined) return;
    const { original, metered } = this.#run(command.action);
    if (command.type === "action") this.report.actions += 1;
    else this.report.returns += 1;
    if ("trap" in metered || "trap" in original) {
      this.#fail(command, `trapped: ${JSON.stringify({ original, metered })}`);
      return;
    }
    const expected = command.expected ?? [];
    for (const [index, text] of metered.values.entries()) {
      const wanted = expected[index];
      if (wanted !== undefined && !meets(text, wanted))
        this.#fail(command, `${text} instead of ${wanted.value}`);
      this.#compare(command, original.values[index], text, wanted);
    }
  }

  /** Bit-exact, except that a NaN out of float arithmetic may have become the canonical one. */
  #compare(command: SpecCommand, original: string | undefined, metered: string, wanted?: SpecValue): void {
    if (original === metered) return;
    const canonical = wanted?.type === "f32" ? 0x7fc0_0000n : 0x7ff8_0000_0000_0000n;
    if (wanted?.value?.startsWith("nan:") && BigInt(metered) === canonical) this.report.canonicalNans += 1;
    else this.#fail(command, `${metered} where the original gives ${original}`);
  }

  #trap(command: SpecCommand): void {
    if (command.action === undefined) return;
    const { original, metered } = this.#run(command.action);
    const exhaustion = command.type === "assert_exhaustion";
    if (exhaustion) this.report.exhaustions += 1;
    else this.report.traps += 1;
    const originalTrap = "trap" in original ? original.trap : "none";
    const meteredTrap = "trap" in metered ? metered.trap : "none";
    const wanted = exhaustion ? ["native", "depth"] : ["guest", "guest"];
    if (originalTrap !== wanted[0] || meteredTrap !== wanted[1]) {
      this.#fail(command, `traps ${originalTrap} and ${meteredTrap} instead of ${wanted.join(" and ")}`);
    }
  }

  #refusal(command: SpecCommand): void {
    this.report.refusals += 1;
    try {
      prepareModule(this.#bytes(command), SPEC_LIMITS, () => true);
      this.#fail(command, `${command.type} was accepted`);
    } catch (error) {
      const refused = error instanceof SignerError && error.code === "policy.rejected";
      if (!refused) this.#fail(command, `${command.type}: ${String(error)}`);
    }
  }
}

function perform(side: Side, action: SpecAction, type: string): Result {
  const exported = side.instance.exports[action.field];
  if (exported instanceof WebAssembly.Global) {
    return { values: resultTexts(exported.value, [type]) };
  }
  const callable = onBits(exported, type);
  if (typeof callable !== "function") throw new Error(`${action.field} is no function`);
  try {
    const result: unknown = Reflect.apply(callable, undefined, (action.args ?? []).map(argument));
    return { values: resultTexts(result, signature(type).results) };
  } catch (error) {
    return { trap: trapOf(side.metered, error) };
  }
}

function trapOf(metered: MeteredInstance | undefined, error: unknown): string {
  if (metered && metered.fuel < 0n) return "fuel";
  if (metered && metered.depth < 0) return "depth";
  if (error instanceof RangeError) return "native";
  if (error instanceof WebAssembly.RuntimeError) return "guest";
  throw error;
}
