/**
 * Idempotency-Key: an act runs once for each key. A repeat with the same body gets the stored answer, byte for byte; another
 * body under the same key is refused. The ledger does both, in the act's transaction: here the header is read and the request
 * hashed.
 * @module
 */
import { createHash } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { canonicalJson, parseJson, type Json } from "../domain/canonical.ts";
import { SignerError } from "../domain/errors.ts";
import { AnsweredBefore } from "../domain/requests.ts";
import type { Caller } from "../administration/parts.ts";
import { principalOf } from "./context.ts";

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

/** Performs an act, and sends its answer; to a repeat the one that was kept, which the ledger finds. */
export async function once<Result>(
  request: FastifyRequest,
  reply: FastifyReply,
  answerOf: AnswerOf<Result>,
  perform: (caller: Caller<Result>) => Promise<Result>,
): Promise<FastifyReply> {
  const principal = principalOf(request);
  const key = idempotencyKeyOf(request);
  const answer = (result: Result): { status: number; body: string } => {
    const { status, body } = answerOf(result);
    return { status, body: JSON.stringify(body) };
  };
  const repeatable = key === null ? null : { key, requestHash: hashOf(request), answer };
  try {
    const { status, body } = answerOf(await perform({ principal, repeatable }));
    return await reply.code(status).send(body);
  } catch (error) {
    if (!(error instanceof AnsweredBefore)) throw error;
    return reply.code(error.answer.status).send(parseJson(error.answer.body));
  }
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
