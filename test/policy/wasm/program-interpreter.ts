/**
 * A tiny interpreter of random programs that knows result and fuel. It prices every instruction where it runs, so it shares
 * nothing with the meter's segments.
 */
import { ADDRESS_MASK, GROW_MASK, LENGTH_MASK, PAGES_MAX, calleeOf } from "./programs.ts";
import type { Branch, Expression, Program, Statement } from "./programs.ts";

/** Thrown when a program costs more than `costMax`. */
export class TooLong extends Error {}

/** How a statement ended: normally, by a branch `label` frames outwards, or by leaving the routine. */
type Completion = "next" | { label: number } | { value: number };

export class Interpreter {
  readonly #program: Program;
  readonly #costMax: number;
  readonly #memory = new Uint8Array(8192);
  #pages = 1;
  cost = 0;

  constructor(source: Program, costMax: number) {
    this.#program = source;
    this.#costMax = costMax;
  }

  call(index: number, left: number, right: number): number {
    const routine = this.#program[index];
    if (routine === undefined) throw new RangeError(`no routine ${index}`);
    this.#charge(1);
    const activation = new Activation(index, [left, right, 0, 0]);
    const completion = this.#body(routine.body, activation, 0);
    if (completion === "next") return this.#value(routine.result, activation);
    if ("value" in completion) return completion.value;
    throw new RangeError("a branch left its routine");
  }

  #charge(cost: number): void {
    this.cost += cost;
    if (this.cost > this.#costMax) throw new TooLong();
  }

  #body(statements: readonly Statement[], activation: Activation, labels: number): Completion {
    for (const statement of statements) {
      const completion = this.#statement(statement, activation, labels);
      if (completion !== "next") return completion;
    }
    return "next";
  }

  /** Runs the body of a block: a branch to its own label ends it, others go on outwards. */
  #block(statements: readonly Statement[], activation: Activation, labels: number): Completion {
    const completion = this.#body(statements, activation, labels + 1);
    if (completion === "next" || "value" in completion) return completion;
    return completion.label === 0 ? "next" : { label: completion.label - 1 };
  }

  #statement(statement: Statement, activation: Activation, labels: number): Completion {
    switch (statement.kind) {
      case "set":
      case "tee":
        activation.locals[statement.index] = this.#value(statement.value, activation);
        this.#charge(1);
        return "next";
      case "drop":
        this.#value(statement.value, activation);
        return "next";
      case "nop":
        return "next";
      case "block":
        return this.#block(statement.body, activation, labels);
      case "loop":
        return this.#loop(statement.rounds, statement.body, activation, labels);
      case "if": {
        const taken = this.#value(statement.condition, activation) !== 0;
        this.#charge(1);
        return this.#block(taken ? statement.taken : (statement.otherwise ?? []), activation, labels);
      }
      case "return":
        return { value: this.#value(statement.value, activation) };
      case "store":
      case "fill":
      case "copy":
        this.#write(statement, activation);
        return "next";
      case "br":
      case "brIf":
      case "brTable":
        return this.#branch(statement, activation, labels);
    }
  }

  #loop(
    rounds: number,
    statements: readonly Statement[],
    activation: Activation,
    labels: number,
  ): Completion {
    this.#charge(2);
    for (let round = rounds; ; round -= 1) {
      this.#charge(3);
      if (round === 0) return "next";
      this.#charge(4);
      const completion = this.#body(statements, activation, labels + 2);
      if (completion === "next") {
        this.#charge(1);
        continue;
      }
      if ("value" in completion) return completion;
      if (completion.label === 0) continue;
      return completion.label === 1 ? "next" : { label: completion.label - 2 };
    }
  }

  #branch(statement: Branch, activation: Activation, labels: number): Completion {
    if (statement.kind === "brTable") {
      if (labels === 0) this.#charge(1);
      const carried = activation.local(0);
      const selector = this.#value(statement.selector, activation) >>> 0;
      this.#charge(1);
      const target = statement.labels[Math.min(selector, statement.labels.length - 1)] ?? 0;
      return labels === 0 ? { value: carried } : { label: target % labels };
    }
    const label = statement.label % (labels + 1);
    const carried = activation.local(0);
    if (label === labels) this.#charge(1);
    const taken = statement.kind === "br" || this.#value(statement.condition, activation) !== 0;
    this.#charge(1);
    if (!taken) return "next";
    return label === labels ? { value: carried } : { label };
  }

  #write(statement: Extract<Statement, { kind: "store" | "fill" | "copy" }>, activation: Activation): void {
    if (statement.kind === "copy") {
      const to = this.#masked(statement.to, ADDRESS_MASK, activation);
      const from = this.#masked(statement.from, ADDRESS_MASK, activation);
      const length = this.#masked(statement.length, LENGTH_MASK, activation);
      this.#charge(1 + length);
      this.#memory.copyWithin(to, from, from + length);
      return;
    }
    const address = this.#masked(statement.address, ADDRESS_MASK, activation);
    const value = this.#value(statement.value, activation);
    const length = statement.kind === "fill" ? this.#masked(statement.length, LENGTH_MASK, activation) : 0;
    this.#charge(1 + length);
    this.#memory.fill(value, address, address + (statement.kind === "fill" ? length : 1));
  }

  /** The expression, a mask constant and an `and`. */
  #masked(source: Expression, mask: number, activation: Activation): number {
    const value = this.#value(source, activation) & mask;
    this.#charge(2);
    return value;
  }

  #value(source: Expression, activation: Activation): number {
    switch (source.kind) {
      case "constant":
        this.#charge(1);
        return source.value | 0;
      case "local":
        this.#charge(1);
        return activation.local(source.index);
      case "load": {
        const address = this.#masked(source.address, ADDRESS_MASK, activation);
        this.#charge(1);
        return this.#memory[address] ?? 0;
      }
      case "choose": {
        const taken = this.#value(source.condition, activation) !== 0;
        this.#charge(1);
        return this.#value(taken ? source.left : source.right, activation);
      }
      case "grow":
        return this.#grow(this.#masked(source.pages, GROW_MASK, activation));
      case "unary":
      case "binary":
      case "select":
      case "call":
      case "root":
        return this.#operation(source, activation);
    }
  }

  #grow(pages: number): number {
    this.#charge(1);
    if (this.#pages + pages > PAGES_MAX) return -1;
    this.#charge(pages);
    this.#pages += pages;
    return this.#pages - pages;
  }

  #operation(
    source: Extract<Expression, { kind: "unary" | "binary" | "select" | "call" | "root" }>,
    activation: Activation,
  ): number {
    if (source.kind === "unary") {
      const operand = this.#value(source.operand, activation);
      this.#charge(1);
      return unary(source.operator, operand);
    }
    if (source.kind === "root") {
      const operand = this.#value(source.operand, activation);
      this.#charge(3);
      return operand < 0 ? 0 : Math.trunc(Math.sqrt(operand));
    }
    const left = this.#value(source.left, activation);
    const right = this.#value(source.right, activation);
    if (source.kind === "select") {
      const condition = this.#value(source.condition, activation);
      this.#charge(1);
      return condition === 0 ? right : left;
    }
    this.#charge(1);
    if (source.kind === "binary") return binary(source.operator, left, right);
    const callee = calleeOf(this.#program.length, activation.index, source.callee);
    return callee === undefined ? (left + right) | 0 : this.call(callee, left, right);
  }
}

class Activation {
  readonly index: number;
  readonly locals: number[];

  constructor(index: number, locals: number[]) {
    this.index = index;
    this.locals = locals;
  }

  local(index: number): number {
    return this.locals[index] ?? 0;
  }
}

function unary(operator: "i32.eqz" | "i32.clz" | "i32.extend8_s", operand: number): number {
  if (operator === "i32.eqz") return operand === 0 ? 1 : 0;
  return operator === "i32.clz" ? Math.clz32(operand) : (operand << 24) >> 24;
}

function binary(
  operator: "i32.add" | "i32.sub" | "i32.xor" | "i32.lt_u",
  left: number,
  right: number,
): number {
  switch (operator) {
    case "i32.add":
      return (left + right) | 0;
    case "i32.sub":
      return (left - right) | 0;
    case "i32.xor":
      return left ^ right;
    case "i32.lt_u":
      return left >>> 0 < right >>> 0 ? 1 : 0;
  }
}
