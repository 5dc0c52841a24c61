/** What every route module gets, and how it learns who calls. */
import { createHash } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Principal } from "../access/principals.ts";
import { canonicalJson, parseJson, type Json } from "../domain/canonical.ts";
import { SignerError } from "../domain/errors.ts";
import type { Caller } from "../administration/parts.ts";
import type { Core } from "../core.ts";
import type { HostNames } from "./hosts.ts";
import type { Metrics } from "./metrics.ts";
import { bearerToken, builtInPrincipal, type ValidatorDoors } from "./validator-doors.ts";

export interface HttpContext {
  readonly core: Core;
  readonly metrics: Metrics;
  /** What the service may be called. */
  readonly hosts: HostNames;
  readonly validators: ValidatorDoors;
  readonly ready: () => "ready" | "sealed" | "stopping";
  readonly uploads: UploadLimits;
}

/** Bounds of bodies that are read as they arrive. */
export interface UploadLimits {
  readonly bytesMax: number;
  /** Milliseconds without a byte after which a client has gone. */
  readonly idleMs: number;
}

const principals = new WeakMap<FastifyRequest, Principal>();

/**
 * Finds the principal, by bearer token except where a validator client may come without, and remembers it for the
 * handlers. @throws SignerError `auth.missing`, `auth.forbidden`
 */
export function authenticate(context: HttpContext, request: FastifyRequest): void {
  const token = bearerToken(request);
  const principal =
    builtInPrincipal(context.validators, request) ??
    (token === "" ? undefined : context.core.administration.principals.authenticate(token));
  if (principal === undefined) {
    throw new SignerError(
      "auth.missing",
      "Authorization: must be `Bearer TOKEN` with a token of this installation",
    );
  }
  principals.set(request, principal);
}

/** The principal that `authenticate` found. */
export function principalOf(request: FastifyRequest): Principal {
  const principal = principals.get(request);
  if (principal === undefined) throw new Error("route without authentication");
  return principal;
}

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,128}$/;

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

/** A page request's size: `limit` or 100, at most 500. */
export function pageLimit(limit: string | undefined): number {
  return Math.min(Number(limit ?? "100"), 500);
}

/**
 * Runs an administrative POST once per Idempotency-Key: a repeat with the same body gets the stored answer, another
 * body is refused.
 */
export async function once(
  context: HttpContext,
  request: FastifyRequest,
  reply: FastifyReply,
  perform: (caller: Caller) => Promise<{ readonly status: number; readonly body: Json }>,
): Promise<FastifyReply> {
  const principal = principalOf(request);
  const key = idempotencyKeyOf(request);
  if (key === null) {
    const { status, body } = await perform({ principal, remember: () => null });
    return reply.code(status).send(body);
  }
  const requestHash = hashOf(request);
  const stored = await storedAnswer(context, principal, key, requestHash);
  if (stored !== null) return reply.code(stored.status).send(stored.body);
  const caller: Caller = {
    principal,
    remember: (status, body) => ({
      namespace: principal.namespace,
      principal: principal.id,
      idempotencyKey: key,
      requestHash,
      status,
      body: JSON.stringify(body),
    }),
  };
  try {
    const { status, body } = await perform(caller);
    return await reply.code(status).send(body);
  } catch (error) {
    if (!(error instanceof SignerError) || error.code !== "request.idempotency_conflict") throw error;
    // The same key was used at the same time; the other one won, and its answer is ours if the body is the same.
    const winner = await storedAnswer(context, principal, key, requestHash);
    if (winner === null) throw error;
    return reply.code(winner.status).send(winner.body);
  }
}

async function storedAnswer(
  context: HttpContext,
  principal: Principal,
  key: string,
  requestHash: Uint8Array,
): Promise<{ readonly status: number; readonly body: Json } | null> {
  const kept = await context.core.administration.ledger.readAnswer({
    actor: { namespace: principal.namespace, principal: principal.id },
    key,
  });
  if (kept === null) return null;
  if (!Buffer.from(kept.requestHash).equals(requestHash)) {
    throw new SignerError(
      "request.idempotency_conflict",
      "Idempotency-Key: was used with another body; use a new one",
    );
  }
  return { status: kept.status, body: parseJson(kept.body) };
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
