/** Random structured programs that always end: routines call only later ones, and loops count down. */
import fc from "fast-check";

export type Expression =
  | { kind: "constant"; value: number }
  | { kind: "local"; index: number }
  | { kind: "unary"; operator: "i32.eqz" | "i32.clz" | "i32.extend8_s"; operand: Expression }
  | {
      kind: "binary";
      operator: "i32.add" | "i32.sub" | "i32.xor" | "i32.lt_u";
      left: Expression;
      right: Expression;
    }
  | { kind: "select"; left: Expression; right: Expression; condition: Expression }
  | { kind: "load"; address: Expression }
  | { kind: "call"; callee: number; left: Expression; right: Expression }
  | { kind: "choose"; condition: Expression; left: Expression; right: Expression }
  | { kind: "root"; operand: Expression }
  | { kind: "grow"; pages: Expression };

export type Statement =
  | { kind: "set"; index: number; value: Expression }
  | { kind: "tee"; index: number; value: Expression }
  | { kind: "drop"; value: Expression }
  | { kind: "nop" }
  | { kind: "block"; body: Statement[] }
  | { kind: "loop"; rounds: number; body: Statement[] }
  | { kind: "if"; condition: Expression; taken: Statement[]; otherwise: Statement[] | null }
  | { kind: "br"; label: number }
  | { kind: "brIf"; label: number; condition: Expression }
  | { kind: "brTable"; labels: number[]; selector: Expression }
  | { kind: "return"; value: Expression }
  | { kind: "store"; address: Expression; value: Expression }
  | { kind: "fill"; address: Expression; value: Expression; length: Expression }
  | { kind: "copy"; to: Expression; from: Expression; length: Expression };

export interface Routine {
  body: Statement[];
  result: Expression;
}

/** Routine 0 is `f`. */
export type Program = Routine[];

/** Statements that branch; the function's own label is the outermost. */
export type Branch = Extract<Statement, { label: number } | { labels: number[] }>;

export const PARAMETERS = 2;
/** Parameters and two scratch locals; loop counters follow, one for each loop depth. */
export const LOCALS = 4;
export const ADDRESS_MASK = 4095;
export const LENGTH_MASK = 255;
export const PAGES_MAX = 3;
export const GROW_MASK = 3;

const leaf: fc.Arbitrary<Expression> = fc.oneof(
  fc.record({ kind: fc.constant("constant" as const), value: fc.integer({ min: -200, max: 5000 }) }),
  fc.record({ kind: fc.constant("local" as const), index: fc.nat(LOCALS - 1) }),
);

const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc.record({
      kind: fc.constant("unary" as const),
      operator: fc.constantFrom("i32.eqz" as const, "i32.clz" as const, "i32.extend8_s" as const),
      operand: tie("expression"),
    }),
    fc.record({
      kind: fc.constant("binary" as const),
      operator: fc.constantFrom(
        "i32.add" as const,
        "i32.sub" as const,
        "i32.xor" as const,
        "i32.lt_u" as const,
      ),
      left: tie("expression"),
      right: tie("expression"),
    }),
    fc.record({
      kind: fc.constant("select" as const),
      left: tie("expression"),
      right: tie("expression"),
      condition: tie("expression"),
    }),
    fc.record({ kind: fc.constant("load" as const), address: tie("expression") }),
    fc.record({
      kind: fc.constant("call" as const),
      callee: fc.nat(3),
      left: tie("expression"),
      right: tie("expression"),
    }),
    fc.record({
      kind: fc.constant("choose" as const),
      condition: tie("expression"),
      left: tie("expression"),
      right: tie("expression"),
    }),
    fc.record({ kind: fc.constant("root" as const), operand: tie("expression") }),
    fc.record({ kind: fc.constant("grow" as const), pages: tie("expression") }),
  ),
}));

const simple: fc.Arbitrary<Statement> = fc.oneof(
  fc.record({ kind: fc.constant("set" as const), index: fc.nat(LOCALS - 1), value: expression }),
  fc.record({ kind: fc.constant("tee" as const), index: fc.nat(LOCALS - 1), value: expression }),
  fc.record({ kind: fc.constant("drop" as const), value: expression }),
  fc.record({ kind: fc.constant("nop" as const) }),
  fc.record({ kind: fc.constant("br" as const), label: fc.nat(4) }),
  fc.record({ kind: fc.constant("brIf" as const), label: fc.nat(4), condition: expression }),
  fc.record({
    kind: fc.constant("brTable" as const),
    labels: fc.array(fc.nat(4), { minLength: 1, maxLength: 4 }),
    selector: expression,
  }),
  fc.record({ kind: fc.constant("return" as const), value: expression }),
  fc.record({ kind: fc.constant("store" as const), address: expression, value: expression }),
  fc.record({
    kind: fc.constant("fill" as const),
    address: expression,
    value: expression,
    length: expression,
  }),
  fc.record({ kind: fc.constant("copy" as const), to: expression, from: expression, length: expression }),
);

const { body } = fc.letrec<{ body: Statement[]; statement: Statement }>((tie) => ({
  body: fc.array(tie("statement"), { maxLength: 4, depthIdentifier: "body" }),
  statement: fc.oneof(
    { depthSize: "small", depthIdentifier: "body" },
    simple,
    fc.record({ kind: fc.constant("block" as const), body: tie("body") }),
    fc.record({ kind: fc.constant("loop" as const), rounds: fc.nat(4), body: tie("body") }),
    fc.record({
      kind: fc.constant("if" as const),
      condition: expression,
      taken: tie("body"),
      otherwise: fc.option(tie("body")),
    }),
  ),
}));

export const program: fc.Arbitrary<Program> = fc.array(fc.record({ body, result: expression }), {
  minLength: 1,
  maxLength: 4,
});

/** The routine that a call in routine `from` reaches, or undefined in the last one. */
export function calleeOf(programLength: number, from: number, callee: number): number | undefined {
  const later = programLength - from - 1;
  return later === 0 ? undefined : from + 1 + (callee % later);
}
