/** What every problem document of the API must be, whatever went wrong. */
import assert from "node:assert/strict";
import { ERRORS, type ErrorCode } from "../../src/domain/errors.ts";
import type { Reply } from "../running/service.ts";

const IDENTIFIER = /^req_[0-9a-z]{29}$/;

/** Fails unless `reply` is the RFC 9457 document of `code`, with the headers that go with it. */
export function assertProblem(reply: Reply, code: string): void {
  const expected = ERRORS[code as ErrorCode];
  assert.equal(reply.body?.code, code, reply.text);
  assert.equal(reply.status, expected.status);
  assert.equal(reply.headers.get("content-type"), "application/problem+json; charset=utf-8");
  assert.equal(reply.body.type, `urn:claviger:error:${code}`);
  assert.equal(reply.body.title, expected.title);
  assert.equal(reply.body.status, expected.status);
  assert.ok(reply.body.detail.length > 10, reply.text);
  assert.match(reply.body.requestId, IDENTIFIER);
  assert.equal(reply.headers.get("x-request-id"), reply.body.requestId);
  assert.equal(reply.headers.get("retry-after"), expected.retry ? "1" : null);
  assert.equal(reply.headers.get("www-authenticate"), expected.status === 401 ? "Bearer" : null);
  assert.doesNotMatch(reply.text, /at .*\.ts:\d+|node_modules|SQLITE/, "a problem shows no inside");
}
