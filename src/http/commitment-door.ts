/** Who calls Commit-Boost's signer API: a module, by a token that it made for this very request and its body. */
import type { FastifyRequest } from "fastify";
import {
  assertMadeFor,
  type CommitmentModule,
  type CommitmentModules,
  type ModuleCall,
} from "../access/commitment-modules.ts";
import type { Principal } from "../access/principals.ts";
import { SignerError } from "../domain/errors.ts";
import { bytesOf } from "./json-body.ts";

const ROUTES = /^\/signer\/v1\//;
const BEARER = /^bearer +(\S+)$/i;

const calls = new WeakMap<FastifyRequest, ModuleCall>();

export function isCommitmentRoute(route: string): boolean {
  return ROUTES.test(route);
}

/** The principal of the module that calls; its token's word on the body is kept. @throws SignerError `auth.missing` */
export function modulePrincipal(modules: CommitmentModules, request: FastifyRequest): Principal {
  const [, token] = BEARER.exec(request.headers.authorization ?? "") ?? [];
  if (token === undefined) {
    throw new SignerError(
      "auth.missing",
      "Authorization: must be `Bearer TOKEN` with a module's JSON Web Token",
    );
  }
  const call = modules.authenticate(token, request.routeOptions.url ?? "", new Date());
  calls.set(request, call);
  return call.module.principal;
}

/** The module that calls, once the body has come. @throws SignerError `auth.missing` where it is not the token's */
export function moduleOf(request: FastifyRequest): CommitmentModule {
  const call = calls.get(request);
  if (call === undefined) throw new Error("route without a module");
  assertMadeFor(call, bytesOf(request));
  return call.module;
}
