/** Errors as RFC 9457 problem documents. A bug is a 500 without detail; everything else has a permanent code. */
import { STATUS_CODES } from "node:http";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { ERRORS, SignerError, type ErrorCode } from "../domain/errors.ts";
import { newIdentifier } from "../directory/identifiers.ts";
import { pointerStep } from "./json-body.ts";
import type { RequestId } from "../domain/kinds.ts";

/** Seconds that a client should wait before it repeats a request that met `retry: true`. */
export const RETRY_AFTER_SECONDS = 1;

interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly requestId: RequestId;
  readonly [member: string]: unknown;
}

/** The document of `error` for the request with this id; members never replace the standard fields but `requestId`. */
function problemDocument(error: SignerError, requestId: RequestId): ProblemDocument {
  const { status, title } = ERRORS[error.code];
  const type = `urn:claviger:error:${error.code}`;
  const standard = { type, title, status, code: error.code, detail: error.message };
  // The standard fields first, in RFC 9457's order, and last, where they win.
  return { ...standard, requestId, ...error.members, ...standard };
}

export function sendProblem(request: FastifyRequest, reply: FastifyReply, error: SignerError): FastifyReply {
  const { status, retry } = ERRORS[error.code];
  const document = problemDocument(error, request.id);
  // A refusal that was recorded under an earlier request keeps that one's id, here and in the header.
  reply.header("x-request-id", document.requestId);
  if (retry) reply.header("retry-after", String(RETRY_AFTER_SECONDS));
  if (status === 401) reply.header("www-authenticate", "Bearer");
  return reply.code(status).type("application/problem+json; charset=utf-8").send(document);
}

/** The part of a socket that an answer needs. */
interface Connection {
  readonly writable: boolean;
  write(text: string): unknown;
  destroy(error: Error): unknown;
}

/** What is not HTTP at all gets a problem too, written to the socket by hand since no request was formed. */
export function sendUnreadable(error: Error & { readonly code?: string }, socket: Connection): void {
  if (error.code !== "ECONNRESET" && socket.writable) {
    const code = error.code === "HPE_HEADER_OVERFLOW" ? "request.too_large" : "request.malformed";
    const detail =
      UNREADABLE[error.code ?? ""] ?? "the request cannot be read as HTTP; send what RFC 9110 says";
    const document = problemDocument(new SignerError(code, detail), newIdentifier("req"));
    const body = JSON.stringify(document);
    socket.write(
      `HTTP/1.1 ${document.status} ${STATUS_CODES[document.status] ?? ""}\r\n` +
        `content-type: application/problem+json; charset=utf-8\r\nx-request-id: ${document.requestId}\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    );
  }
  socket.destroy(error);
}

const UNREADABLE: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "the header is too long; send less",
  ERR_HTTP_REQUEST_TIMEOUT: "the request was not sent in time; send it at once",
};

/** Fastify's own failures, and validation, as SignerErrors; anything unknown is a bug. */
export function asSignerError(error: unknown): SignerError {
  if (error instanceof SignerError) return error;
  if (isFastifyError(error)) {
    if (error.validation !== undefined) return validationError(error);
    const code = FASTIFY_CODES[error.code];
    if (code !== undefined) return new SignerError(code, FASTIFY_DETAILS[code] ?? error.message);
    if (error.statusCode === 400)
      return new SignerError(
        "request.malformed",
        "the request cannot be read as HTTP; send what RFC 9110 says",
      );
  }
  return new SignerError(
    "service.internal",
    "unexpected failure; look for this requestId in the service's log, which has the details",
  );
}

const FASTIFY_CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "request.too_large",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "request.unsupported_media_type",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "request.malformed",
  FST_ERR_BAD_URL: "request.malformed",
  FST_ERR_MAX_PARAM_LENGTH: "request.not_found",
};

const FASTIFY_DETAILS: Readonly<Partial<Record<ErrorCode, string>>> = {
  "request.too_large": "the body is longer than this route takes; send less",
  "request.unsupported_media_type":
    "send content-type application/json, or application/wasm for a policy module",
  "request.malformed": "the path or the body's length is not valid HTTP; send what RFC 9110 says",
  "request.not_found": "no such route; see /docs",
};

function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}

/** Names the field and the rule, never the value. */
function validationError(error: FastifyError): SignerError {
  const [first] = error.validation ?? [];
  const context = error.validationContext ?? "body";
  const where = context === "querystring" ? "query" : context;
  const parent = first?.instancePath ?? "";
  const field = first?.keyword === "discriminator" ? `${parent}/type` : parent + childOf(first?.params ?? {});
  const rule = first === undefined ? "is not valid" : ruleOf(first, error.validation ?? []);
  return new SignerError("request.malformed", `${where}${field === "" ? "" : ` ${field}`}: ${rule}`, {
    field: field === "" ? "/" : field,
  });
}

function childOf(params: Readonly<Record<string, unknown>>): string {
  const child = params["additionalProperty"] ?? params["missingProperty"];
  return typeof child === "string" ? pointerStep(child) : "";
}

type Violation = NonNullable<FastifyError["validation"]>[number];

/** The rule that `first` broke; of a choice between values or kinds of value, all of them. */
function ruleOf(first: Violation, all: readonly Violation[]): string {
  const choices = all.filter(
    ({ instancePath, keyword }) => instancePath === first.instancePath && CHOICES.has(keyword),
  );
  if (!CHOICES.has(first.keyword) || choices.length < 2) return singleRule(first);
  const values = choices
    .filter((choice) => choice.keyword === "const")
    .map((choice) => choice.params["allowedValue"]);
  if (values.length > 1) return `must be one of ${JSON.stringify(values)}`;
  return [...new Set(choices.map(singleRule))].join(", or ");
}

/** Rules about a value itself, of which a union breaks one for each of its branches. */
const CHOICES: ReadonlySet<string> = new Set(["const", "type", "pattern", "minimum", "maximum"]);

function singleRule({ keyword, params, message }: Violation): string {
  if (keyword === "additionalProperties") return "is not a known field; remove it";
  if (keyword === "required") return "is missing";
  if (keyword === "discriminator") return "must be one of the sign request types; see /docs";
  if (keyword === "const") return `must be ${JSON.stringify(params["allowedValue"])}`;
  if (keyword === "enum") return `must be one of ${JSON.stringify(params["allowedValues"])}`;
  return message ?? "is not valid";
}
