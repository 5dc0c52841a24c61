/** The HTTP door: strict bodies, problem documents, bearer tokens, and one OpenAPI document from the schemas. */
import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import fastify, { type FastifyBaseLogger, type FastifyRequest } from "fastify";
import { SignerError } from "../domain/errors.ts";
import { newIdentifier } from "../signing/identifiers.ts";
import type { Application } from "./application.ts";
import { authenticate, type HttpContext } from "./context.ts";
import { useStrictJson } from "./json-body.ts";
import { openApiOptions } from "./openapi.ts";
import { asSignerError, sendProblem } from "./problem.ts";
import { namespaceRoutes, principalRoutes } from "./routes/access.ts";
import { auditRoutes } from "./routes/audit.ts";
import { healthRoutes } from "./routes/health.ts";
import { keyRoutes } from "./routes/keys.ts";
import { bindingRoutes, policyRoutes } from "./routes/policies.ts";
import { requestRoutes } from "./routes/requests.ts";
import { evaluateRoutes, signRoutes } from "./routes/sign.ts";
import { systemRoutes } from "./routes/system.ts";
import { walletRoutes } from "./routes/wallets.ts";
import { Problem } from "./schemas/common.ts";
import {
  Binding,
  CreatedPrincipal,
  Decision,
  Key,
  Namespace,
  Policy,
  Principal,
  Wallet,
} from "./schemas/resources.ts";
import { Signed } from "./schemas/sign.ts";

export interface ServerOptions {
  readonly logger: FastifyBaseLogger;
  /** Bytes of a JSON body. */
  readonly bodyLimitBytes: number;
  /** Milliseconds in which a client must have sent its whole request. */
  readonly requestTimeoutMs: number;
}

/** Paths that need no token. */
const OPEN = /^\/(?:health\/|metrics$|openapi\.json$|docs(?:$|\/))/;

/** All routes, ready for `listen` or `inject`. */
export async function buildServer(context: HttpContext, options: ServerOptions): Promise<Application> {
  const app = fastify({
    loggerInstance: options.logger,
    // The audit log is the record of requests; a line for each 200 would only cost time.
    disableRequestLogging: true,
    bodyLimit: options.bodyLimitBytes,
    requestTimeout: options.requestTimeoutMs,
    genReqId: () => newIdentifier("req"),
    requestIdHeader: false,
    ajv: {
      customOptions: {
        removeAdditional: false,
        coerceTypes: false,
        useDefaults: false,
        allErrors: false,
        discriminator: true,
      },
    },
  }).withTypeProvider<TypeBoxTypeProvider>();
  // Response schemas document; what is sent is built by one function for each resource.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  for (const schema of [
    Problem,
    Wallet,
    Key,
    Policy,
    Binding,
    Namespace,
    Principal,
    CreatedPrincipal,
    Decision,
    Signed,
  ]) {
    app.addSchema(schema);
  }
  useStrictJson(app);
  app.addContentTypeParser("application/wasm", { parseAs: "buffer" }, (_request, body, done) =>
    done(null, body),
  );
  useProblems(app);
  useHooks(app, context);
  await app.register(swagger, openApiOptions());
  await app.register(swaggerUi, { routePrefix: "/docs", staticCSP: true });
  for (const routes of ROUTES) routes(app, context);
  app.get("/openapi.json", { schema: { hide: true } }, () => app.swagger());
  await app.ready();
  return app;
}

const ROUTES = [
  healthRoutes,
  walletRoutes,
  keyRoutes,
  signRoutes,
  evaluateRoutes,
  requestRoutes,
  policyRoutes,
  bindingRoutes,
  auditRoutes,
  principalRoutes,
  namespaceRoutes,
  systemRoutes,
];

function useProblems(app: Application): void {
  app.setErrorHandler((error, request, reply) => {
    const problem = asSignerError(error);
    if (problem.code === "service.internal") {
      // The stack of a bug, without the body that met it.
      request.log.error(
        { requestId: request.id, route: request.routeOptions.url, err: error },
        "unexpected failure",
      );
    }
    return sendProblem(request, reply, problem);
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(request, reply, new SignerError("request.not_found", "no such route; see /docs")),
  );
}

function useHooks(app: Application, context: HttpContext): void {
  app.addHook("onRequest", (request, reply, done) => {
    reply.header("x-request-id", request.id);
    reply.header("cache-control", "no-store");
    if (!isOpen(request)) authenticate(context, request);
    done();
  });
  app.addHook("onResponse", (request, reply, done) => {
    context.metrics.http(request.method, request.routeOptions.url ?? "none", reply.statusCode);
    done();
  });
}

function isOpen(request: FastifyRequest): boolean {
  // By the matched route, never by the raw URL: a path that only looks open has no open route.
  return OPEN.test(request.routeOptions.url ?? "");
}
