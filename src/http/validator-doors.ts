/**
 * What is different in the routes for validator clients: who calls, which media type an answer has, and how errors
 * look. Clients of Web3Signer and of the Keymanager API expect other habits than the rest of the API.
 * @module
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Principal } from "../access/principals.ts";
import type { CommitmentModules } from "../access/commitment-modules.ts";
import { isLoopback, type KeymanagerToken } from "../access/validator-clients.ts";
import { ERRORS, SignerError } from "../domain/errors.ts";
import type { ImportNetwork } from "../administration/keystores.ts";
import { isCommitmentRoute, modulePrincipal } from "./commitment-door.ts";
import { hostOf } from "./hosts.ts";
import { asSignerError, RETRY_AFTER_SECONDS, sendProblem } from "./problem.ts";

export interface ValidatorDoors {
  /** Who a validator client without a token is; null: nobody. */
  readonly anonymous: Principal | null;
  /** Null: the Keymanager API is not served. */
  readonly keymanager: {
    /** Null: no token opens it. */
    readonly token: Pick<KeymanagerToken, "matches"> | null;
    readonly principal: Principal;
    /** Who a Keymanager client without a token is; null: nobody. */
    readonly anonymous: Principal | null;
    /** Of the keys that are imported. */
    readonly network: ImportNetwork;
  } | null;
  /** Null: Commit-Boost's signer API is not served. */
  readonly commitments: CommitmentModules | null;
}

/** Routes of Web3Signer's API that ask who calls. */
const SIGNER = /^\/(?:api\/v1\/eth2\/|reload$)/;
const KEYMANAGER = /^\/eth\/v1\//;

/** The bearer token of the request; empty without one. The scheme's name has no case (RFC 9110, 11.1); the token has. */
export function bearerToken(request: FastifyRequest): string {
  return /^bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1] ?? "";
}

/**
 * The built-in principal that this request acts as; undefined where the general rule holds, which is a principal's
 * token. @throws SignerError `auth.missing`, `auth.forbidden`
 */
export function builtInPrincipal(doors: ValidatorDoors, request: FastifyRequest): Principal | undefined {
  const route = request.routeOptions.url ?? "";
  const { commitments } = doors;
  if (isCommitmentRoute(route) && commitments !== null) return modulePrincipal(commitments, request);
  const anonymous = anonymousPrincipal(doors, route);
  if (anonymous !== null && request.headers.authorization === undefined) {
    assertLocalProgram(request);
    return anonymous;
  }
  const { keymanager } = doors;
  return KEYMANAGER.test(route) && keymanager !== null ? keymanagerPrincipal(keymanager, request) : undefined;
}

/** Who calls `route` without a token; null: nobody may. */
function anonymousPrincipal({ anonymous, keymanager }: ValidatorDoors, route: string): Principal | null {
  if (KEYMANAGER.test(route)) return keymanager?.anonymous ?? null;
  return SIGNER.test(route) ? anonymous : null;
}

/**
 * What a browser tells of a page that calls, and a proxy of whom it calls for, each in its own words: some name the scheme
 * alone. Not Sec-Fetch-Mode: the fetch of Node, which validator clients use, sends it too.
 */
const OF_OTHERS =
  /^(?:origin|sec-fetch-(?:site|dest)|forwarded|via|x-(?:forwarded|envoy|original)-.+|(?:x-real|x-client|true-client)-ip|cf-.+)$/;

/**
 * A program on this machine that calls for itself: by its socket, since a header can say anything; by the host's name,
 * since a page in a browser here could reach a loopback address by a name of its own; and with no word of a page or proxy.
 * @throws SignerError `auth.forbidden`
 */
function assertLocalProgram(request: FastifyRequest): void {
  const { remoteAddress = "" } = request.socket;
  if (!isLoopback(remoteAddress) || !isLoopback(hostOf(request) ?? "")) {
    throw notLocal(
      "Host",
      "must be a loopback address or localhost without a token, and the caller on this machine",
    );
  }
  const found = Object.keys(request.headers).find((name) => OF_OTHERS.test(name));
  if (found !== undefined) throw notLocal(found, "is sent by browsers and proxies, which need a token");
}

function notLocal(field: string, rule: string): SignerError {
  return new SignerError("auth.forbidden", `${field}: ${rule}`, { field });
}

function keymanagerPrincipal(
  { token, principal }: Pick<NonNullable<ValidatorDoors["keymanager"]>, "token" | "principal">,
  request: FastifyRequest,
): Principal {
  const given = bearerToken(request);
  if (given === "") {
    throw new SignerError("auth.missing", "Authorization: must be `Bearer TOKEN` with the Keymanager token");
  }
  if (token?.matches(given) === true) return principal;
  throw new SignerError(
    "auth.forbidden",
    token === null
      ? "Authorization: no token opens the Keymanager API here; set validators.keymanagerTokenFile, " +
          "or send none"
      : "Authorization: is not the Keymanager token of this installation; send what is in " +
          "validators.keymanagerTokenFile",
  );
}

/** True when one of the Accept header's values is `type`, or any of `alike`, and is not ruled out by q=0. */
export function accepts(request: FastifyRequest, ...types: readonly string[]): boolean {
  return (request.headers.accept ?? "").split(",").some((value) => {
    const [name = "", ...parameters] = value.split(";").map((part) => part.trim().toLowerCase());
    return types.includes(name) && !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
  });
}

/** As Web3Signer decides between a JSON answer and bare hex. */
export function acceptsJson(request: FastifyRequest): boolean {
  return accepts(request, "application/json", "*/*");
}

/** Error handler of Web3Signer's routes: a problem document for who reads JSON, else its detail as text. */
export function sendSignerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = inTermsOf(logged(error, request), "");
  if (accepts(request, "application/json", "application/problem+json", "application/*", "*/*")) {
    void sendProblem(request, reply, problem);
    return;
  }
  void sendAs(request, reply, problem)
    .type("text/plain; charset=utf-8")
    .serializer(String)
    .send(problem.message);
}

/** Error handler of the Keymanager API: `{message}`, and our code beside it. */
export function sendKeymanagerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = logged(error, request);
  void sendAs(request, reply, problem).send({ message: problem.message, code: problem.code });
}

/** Paths under which clients of other signers look for what they know; by the raw path, where no route matched. */
const KEYMANAGER_SPACE = /^\/eth(?:[/?]|$)/;
const SIGNER_SPACE = /^\/api(?:[/?]|$)/;

/**
 * True for a path that those APIs have and we do not. Their clients try what a signer can do and read 404 as "not here",
 * with or without a token. Which routes there are is no secret: /openapi.json lists them.
 */
export function isUnknownToClients(request: FastifyRequest): boolean {
  return request.is404 && (KEYMANAGER_SPACE.test(request.url) || SIGNER_SPACE.test(request.url));
}

/** 404 in the form that the clients of the path's API read. */
export function sendUnknownRoute(request: FastifyRequest, reply: FastifyReply): void {
  if (KEYMANAGER_SPACE.test(request.url)) {
    sendKeymanagerError(unknown(NO_KEYMANAGER_ROUTE), request, reply);
  } else if (SIGNER_SPACE.test(request.url)) {
    sendSignerError(unknown("no such route; see /docs for those of /api/v1/eth2"), request, reply);
  } else void sendProblem(request, reply, unknown("no such route; see /docs"));
}

function unknown(detail: string): SignerError {
  return new SignerError("request.not_found", detail);
}

const NO_KEYMANAGER_ROUTE =
  "no such route; of the Keymanager API there are GET, POST and DELETE /eth/v1/keystores, where it " +
  "is switched on " +
  "(docs/validators.md)";

function sendAs(request: FastifyRequest, reply: FastifyReply, problem: SignerError): FastifyReply {
  const { status, retry } = ERRORS[problem.code];
  const { requestId } = problem.members;
  reply.header("x-request-id", typeof requestId === "string" ? requestId : request.id);
  if (retry) reply.header("retry-after", String(RETRY_AFTER_SECONDS));
  if (status === 401) reply.header("www-authenticate", "Bearer");
  return reply.code(status);
}

function logged(error: unknown, request: FastifyRequest): SignerError {
  const problem = asSignerError(error);
  if (problem.code === "service.internal") {
    request.log.error(
      { requestId: request.id, route: request.routeOptions.url, err: error },
      "unexpected failure",
    );
  }
  return problem;
}

/** The path knows a duty as `/duty`; its clients know it as `pointer` of their body. */
export function inTermsOf(problem: SignerError, pointer: string): SignerError {
  const { field } = problem.members;
  if (typeof field !== "string" || !field.startsWith("/duty")) return problem;
  const moved = (text: string): string => text.replace(/^\/duty(?=\/|:|$)/, pointer);
  const message = moved(problem.message);
  return new SignerError(problem.code, message.startsWith(":") ? `body${message}` : message, {
    ...problem.members,
    field: moved(field) === "" ? "/" : moved(field),
  });
}
