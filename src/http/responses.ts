/** Response schemas that every protected route has: its success and the problem document. */
import { Type, type TSchema, type TUnsafe } from "typebox";

/** A reference to one of `schemas/components.ts`, with the type of what passes it. */
export function reference<Value = unknown>(name: string): TUnsafe<Value> {
  return Type.Unsafe<Value>({ $ref: `${name}#` });
}

const ProblemAnswer = {
  description: "RFC 9457 problem document.",
  content: { "application/problem+json": { schema: reference("Problem") } },
};

/** `status` with `schema`, and problems for everything else. */
export function answers(status: number, schema: TSchema): Record<string, unknown> {
  return { [status]: schema, "4xx": ProblemAnswer, "5xx": ProblemAnswer };
}

/** `status` with a text that is no JSON. */
export function textAnswer(description: string): Record<string, unknown> {
  const content = { "text/plain": { schema: { type: "string" } } };
  return { 200: { description, content }, "4xx": ProblemAnswer, "5xx": ProblemAnswer };
}

/** 200 with JSON Lines. */
export function linesAnswer(description: string): Record<string, unknown> {
  const content = { "application/jsonl": { schema: { type: "string" } } };
  return { 200: { description, content }, "4xx": ProblemAnswer, "5xx": ProblemAnswer };
}

/** A page of `name`. */
export function pageOf(name: string): TSchema {
  return Type.Object({
    items: Type.Array(reference(name)),
    next: Type.Union([Type.String(), Type.Null()], { description: "Cursor of the next page, or null." }),
  });
}
