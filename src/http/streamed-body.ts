/**
 * How long a body may take, and bodies that are read as they arrive. Most routes get theirs whole and soon; a history
 * of gigabytes comes over a slow line, and its client is gone only when nothing comes any more.
 * @module
 */
import type { FastifyRequest } from "fastify";
import { SignerError } from "../domain/errors.ts";
import type { Application } from "./application.ts";
import type { HttpContext } from "./context.ts";
import { sendUnreadable } from "./problem.ts";

type Incoming = FastifyRequest["raw"];

/** Routes whose body has no time limit as a whole. */
const STREAMED: ReadonlySet<string> = new Set(["/v1/slashing-protection/import"]);

/** Milliseconds that even such a body may take: it keeps others from being imported. */
const STREAM_MS_MAX = 6 * 3_600_000;

/** How often a body that is awaited is looked after, in milliseconds. */
const WATCH_MS = 250;

/** Ends the connection of a client that has not sent its body in time, with a problem document. */
export function limitBodyTime(app: Application, milliseconds: number): void {
  app.addHook("onRequest", (request, _reply, done) => {
    const { raw } = request;
    if (hasBody(raw)) {
      const limit = STREAMED.has(request.routeOptions.url ?? "") ? STREAM_MS_MAX : milliseconds;
      const timer = setTimeout(() => sendUnreadable(timeOut(), raw.socket), limit).unref();
      const stop = (): void => clearTimeout(timer);
      raw.once("end", stop);
      // A body that nobody reads has no end.
      raw.once("close", stop);
    }
    done();
  });
}

function hasBody({ headers }: Incoming): boolean {
  return headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";
}

function timeOut(): Error & { readonly code: string } {
  return Object.assign(new Error("the request took too long"), { code: "ERR_HTTP_REQUEST_TIMEOUT" });
}

/** Hands the body of JSON requests on unread. Use it in a separate context. */
export function takeStreams(app: Application): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", (_request, payload, done) => done(null, payload));
}

/**
 * The body's bytes as they arrive. However it ends, the connection stays whole, so that an answer can follow.
 * @throws SignerError `request.too_large`, from the head alone where that says so; `request.malformed` for a body that
 * breaks off; `service.stopping` when the service begins to stop
 */
export async function* streamedBody(
  context: HttpContext,
  request: FastifyRequest,
): AsyncGenerator<Uint8Array> {
  const { bytesMax } = context.uploads;
  if (Number(request.headers["content-length"] ?? "0") > bytesMax) throw tooLarge(bytesMax);
  // Without a content type there is no body, and nothing was handed on.
  if (request.body === undefined || request.body === null) return;
  const { raw } = request;
  const bytes = raw.iterator({ destroyOnReturn: false });
  let received = 0;
  try {
    for (;;) {
      const next = await inTime(context, raw, bytes.next());
      if (next.done === true) return;
      if (context.ready() === "stopping") {
        throw new SignerError("service.stopping", "the service is shutting down; retry later");
      }
      if (!(next.value instanceof Uint8Array)) throw new TypeError("a body in text");
      received += next.value.length;
      if (received > bytesMax) throw tooLarge(bytesMax);
      yield next.value;
    }
  } finally {
    // Without it the stream would wait for this iterator, and the rest could not be discarded.
    await bytes.return?.();
  }
}

/**
 * Takes the rest of a body that was refused, within the same limits: most clients listen only when they have sent all, and
 * some send no more once an answer has come.
 */
export async function discardRest(context: HttpContext, request: FastifyRequest): Promise<void> {
  if (request.raw.readableEnded || request.raw.destroyed) return;
  try {
    const rest = streamedBody(context, request);
    while ((await rest.next()).done !== true);
  } catch (error) {
    // Too much, or nothing comes any more: then the answer goes out as it is.
    if (!(error instanceof SignerError)) throw error;
  }
}

/** Ends the connection when nothing comes for too long, or when the service begins to stop. */
async function inTime<Value>(
  { ready, uploads }: HttpContext,
  raw: Incoming,
  value: Promise<Value>,
): Promise<Value> {
  const since = performance.now();
  const timer = setInterval(() => {
    if (ready() === "stopping" || performance.now() - since > uploads.idleMs) raw.destroy();
  }, WATCH_MS).unref();
  try {
    return await value;
  } catch {
    throw new SignerError(
      "request.malformed",
      "body: broke off before its end; nothing was changed, send it again",
      {
        field: "/",
      },
    );
  } finally {
    clearInterval(timer);
  }
}

function tooLarge(bytesMax: number): SignerError {
  return new SignerError(
    "request.too_large",
    `the body is longer than the ${bytesMax} bytes of validators.importBytesMax; import it with the ` +
      `service stopped, ` +
      "by claviger slashing import",
  );
}
