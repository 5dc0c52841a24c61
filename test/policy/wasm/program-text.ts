/** Random programs as WebAssembly text. */
import { ADDRESS_MASK, GROW_MASK, LENGTH_MASK, LOCALS, PAGES_MAX, PARAMETERS, calleeOf } from "./programs.ts";
import type { Branch, Expression, Program, Routine, Statement } from "./programs.ts";

/** The program as a module that exports f: (i32, i32) -> i32. */
export function textOf(source: Program): string {
  const routines = source.map((routine, index) => new RoutineText(source.length, index).text(routine));
  return `(module (memory 1 ${PAGES_MAX}) ${routines.join("\n")} (export "f" (func 0)))`;
}

class RoutineText {
  readonly #routines: number;
  readonly #index: number;
  #counters = 0;

  constructor(routines: number, index: number) {
    this.#routines = routines;
    this.#index = index;
  }

  text(routine: Routine): string {
    const code = `${this.#body(routine.body, 0, 0)} ${this.#expression(routine.result)}`;
    const locals = Array.from({ length: LOCALS - PARAMETERS + this.#counters }, () => "i32").join(" ");
    return `(func (param i32 i32) (result i32) (local ${locals}) ${code})`;
  }

  /** `labels` counts the blocks around, without the function's own label. */
  #body(statements: readonly Statement[], labels: number, loops: number): string {
    return statements.map((statement) => this.#statement(statement, labels, loops)).join(" ");
  }

  #statement(statement: Statement, labels: number, loops: number): string {
    switch (statement.kind) {
      case "set":
        return `${this.#expression(statement.value)} local.set ${statement.index}`;
      case "tee":
        return `${this.#expression(statement.value)} local.tee ${statement.index} drop`;
      case "drop":
        return `${this.#expression(statement.value)} drop`;
      case "nop":
        return "nop";
      case "block":
        return `block ${this.#body(statement.body, labels + 1, loops)} end`;
      case "loop":
        return this.#loop(statement.rounds, statement.body, labels, loops);
      case "if": {
        const otherwise = statement.otherwise
          ? `else ${this.#body(statement.otherwise, labels + 1, loops)}`
          : "";
        return `${this.#expression(statement.condition)} if ${this.#body(statement.taken, labels + 1, loops)} ${otherwise} end`;
      }
      case "return":
        return `${this.#expression(statement.value)} return`;
      case "store":
        return `${this.#address(statement.address)} ${this.#expression(statement.value)} i32.store8`;
      case "fill":
        return `${this.#address(statement.address)} ${this.#expression(statement.value)} ${this.#length(statement.length)} memory.fill`;
      case "copy":
        return `${this.#address(statement.to)} ${this.#address(statement.from)} ${this.#length(statement.length)} memory.copy`;
      case "br":
      case "brIf":
      case "brTable":
        return this.#branch(statement, labels);
    }
  }

  #loop(rounds: number, statements: readonly Statement[], labels: number, loops: number): string {
    this.#counters = Math.max(this.#counters, loops + 1);
    const counter = LOCALS + loops;
    return `i32.const ${rounds} local.set ${counter} block loop
      local.get ${counter} i32.eqz br_if 1
      local.get ${counter} i32.const 1 i32.sub local.set ${counter}
      ${this.#body(statements, labels + 2, loops + 1)} br 0 end end`;
  }

  /** A branch to the function's label carries the first local as the result. */
  #branch(statement: Branch, labels: number): string {
    if (statement.kind === "brTable") {
      const targets = statement.labels.map((label) => (labels === 0 ? 0 : label % labels));
      const value = labels === 0 ? "local.get 0" : "";
      return `${value} ${this.#expression(statement.selector)} br_table ${targets.join(" ")}`;
    }
    const label = statement.label % (labels + 1);
    const value = label === labels;
    if (statement.kind === "br") return `${value ? "local.get 0" : ""} br ${label}`;
    return `${value ? "local.get 0" : ""} ${this.#expression(statement.condition)} br_if ${label} ${value ? "drop" : ""}`;
  }

  #address(address: Expression): string {
    return `${this.#expression(address)} i32.const ${ADDRESS_MASK} i32.and`;
  }

  #length(length: Expression): string {
    return `${this.#expression(length)} i32.const ${LENGTH_MASK} i32.and`;
  }

  #expression(source: Expression): string {
    switch (source.kind) {
      case "constant":
        return `i32.const ${source.value}`;
      case "local":
        return `local.get ${source.index}`;
      case "unary":
        return `${this.#expression(source.operand)} ${source.operator}`;
      case "binary":
        return `${this.#expression(source.left)} ${this.#expression(source.right)} ${source.operator}`;
      case "select":
        return `${this.#expression(source.left)} ${this.#expression(source.right)} ${this.#expression(source.condition)} select`;
      case "load":
        return `${this.#address(source.address)} i32.load8_u`;
      case "call": {
        const callee = calleeOf(this.#routines, this.#index, source.callee);
        const operands = `${this.#expression(source.left)} ${this.#expression(source.right)}`;
        return callee === undefined ? `${operands} i32.add` : `${operands} call ${callee}`;
      }
      case "choose":
        return `${this.#expression(source.condition)} if (result i32) ${this.#expression(source.left)} else ${this.#expression(source.right)} end`;
      case "root":
        return `${this.#expression(source.operand)} f64.convert_i32_s f64.sqrt i32.trunc_sat_f64_s`;
      case "grow":
        return `${this.#expression(source.pages)} i32.const ${GROW_MASK} i32.and memory.grow`;
    }
  }
}
