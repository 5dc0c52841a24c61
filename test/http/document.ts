/** The generated OpenAPI document, and checks of bodies against its schemas by a validator that the service does not use. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Compile } from "typebox/schema";
import type { Reply } from "../running/service.ts";

export const DOCUMENT_FILE = join(import.meta.dirname, "../../openapi/openapi.json");
export const DOCUMENT: any = JSON.parse(readFileSync(DOCUMENT_FILE, "utf8"));

const compiled = new Map<unknown, ReturnType<typeof Compile>>();

/** True when `value` passes `schema`, which may refer to components. */
export function passes(schema: object, value: unknown): boolean {
  const known = compiled.get(schema) ?? Compile({ components: DOCUMENT.components, ...schema });
  compiled.set(schema, known);
  return known.Check(value);
}

/** Operations of the document: method in capitals, path with {parameters}. */
export function operations(): { method: string; path: string; operation: any }[] {
  return Object.entries<Record<string, any>>(DOCUMENT.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation,
    })),
  );
}

/** Fails unless the document describes `reply` as an answer of this operation. */
export function assertDocumented(method: string, path: string, reply: Reply): void {
  const answers = DOCUMENT.paths[path]?.[method.toLowerCase()]?.responses;
  assert.ok(answers, `${method} ${path} is not documented`);
  const answer = answers[reply.status] ?? answers[`${String(reply.status)[0]}XX`];
  assert.ok(answer, `${method} ${path} may not answer ${reply.status}`);
  if (reply.status === 204) {
    assert.equal(reply.text, "");
    return;
  }
  const [type = "", content] = Object.entries<any>(answer.content)[0] ?? [];
  assert.equal(reply.headers.get("content-type")?.split(";")[0], type, reply.text);
  const body = type === "text/plain" || type === "application/jsonl" ? reply.text : reply.body;
  assert.ok(passes(content.schema, body), `${method} ${path} ${reply.status}: ${reply.text}`);
}
