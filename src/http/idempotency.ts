/**
 * Idempotency-Key: an act runs once for each key. A repeat with the same body gets the stored answer, byte for byte; another
 * body under the same key is refused.
 * @module
 */
import { createHash } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { canonicalJson, parseJson, type Json } from "../domain/canonical.ts";
import { SignerError } from "../domain/errors.ts";
import { AnsweredBefore, type KeptAnswer } from "../domain/requests.ts";
import type { Caller } from "../administration/parts.ts";
import { principalOf, type HttpContext } from "./context.ts";

export const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,128}$/;

/**
 * The Idempotency-Key header, or null. One that is sent twice reaches us joined by ", ", which is refused.
 * @throws SignerError `request.malformed`
 */
export function idempotencyKeyOf(request: FastifyRequest): string | null {
  const header = request.headers["idempotency-key"];
  if (header === undefined) return null;
  if (typeof header === "string" && IDEMPOTENCY_KEY.test(header)) return header;
  throw new SignerError("request.malformed", "Idempotency-Key: must be 1 to 128 printable ASCII characters", {
    field: "Idempotency-Key",
  });
}

/** How a route answers with what an act made: at once, and to every repeat. */
export type AnswerOf<Result> = (result: Result) => { readonly status: number; readonly body: Json };

/** 201 with what was made. */
export function created<Result>(view: (result: Result) => Json): AnswerOf<Result> {
  return (result) => ({ status: 201, body: view(result) });
}

/** 200 with what was changed. */
export function changed<Result>(view: (result: Result) => Json): AnswerOf<Result> {
  return (result) => ({ status: 200, body: view(result) });
}

/** Performs an act once for each Idempotency-Key, and sends its answer. */
export async function once<Result>(
  context: HttpContext,
  request: FastifyRequest,
  reply: FastifyReply,
  answerOf: AnswerOf<Result>,
  perform: (caller: Caller<Result>) => Promise<Result>,
): Promise<FastifyReply> {
  const principal = principalOf(request);
  const key = idempotencyKeyOf(request);
  const requestHash = key === null ? null : hashOf(request);
  if (key !== null && requestHash !== null) {
    const stored = await context.core.answers.kept(principal, key);
    if (stored !== null) return sendStored(reply, stored, requestHash);
  }
  const answer = (result: Result): { status: number; body: string } => {
    const { status, body } = answerOf(result);
    return { status, body: JSON.stringify(body) };
  };
  const repeatable = key === null || requestHash === null ? null : { key, requestHash, answer };
  try {
    const { status, body } = answerOf(await perform({ principal, repeatable }));
    return await reply.code(status).send(body);
  } catch (error) {
    if (key === null || requestHash === null) throw error;
    // Another request with this key was done between the question above and the act's own transaction.
    if (error instanceof AnsweredBefore) return sendStored(reply, error.answer, requestHash);
    if (!(error instanceof SignerError) || error.code !== "request.idempotency_conflict") throw error;
    // The same key was used at the same time; the other one won, and its answer is ours if the body is the same.
    const winner = await context.core.answers.kept(principal, key);
    if (winner === null) throw error;
    return sendStored(reply, winner, requestHash);
  }
}

/** @throws SignerError `request.idempotency_conflict` where the key was used with another body */
function sendStored(reply: FastifyReply, stored: KeptAnswer, requestHash: Uint8Array): FastifyReply {
  if (!Buffer.from(stored.requestHash).equals(requestHash)) {
    throw new SignerError(
      "request.idempotency_conflict",
      "Idempotency-Key: was used with another body; use a new one",
    );
  }
  return reply.code(stored.status).send(parseJson(stored.body));
}

/** SHA-256 over method, URL and body: what a key stands for. */
function hashOf(request: FastifyRequest): Uint8Array {
  const hash = createHash("sha256").update(`${request.method} ${request.url}\n`, "utf8");
  if (Buffer.isBuffer(request.body)) hash.update(request.body);
  else hash.update(canonicalJson(asJson(request.body)), "utf8");
  return new Uint8Array(hash.digest());
}

function asJson(body: unknown): Json {
  return parseJson(JSON.stringify(body ?? null));
}
