/** What every route module gets, and how it learns who calls. */
import type { FastifyRequest } from "fastify";
import type { Principal } from "../access/principals.ts";
import { SignerError } from "../domain/errors.ts";
import type { Core } from "../core.ts";
import type { HostNames } from "./hosts.ts";
import type { Metrics } from "../metrics/metrics.ts";
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
    (token === "" ? undefined : context.core.principals.authenticate(token));
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
