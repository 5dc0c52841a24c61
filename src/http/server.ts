/** The HTTP door: strict bodies, problem documents, bearer tokens, and one OpenAPI document from the schemas. */
import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import fastify, { LogController, type FastifyBaseLogger, type FastifyRequest } from "fastify";
import { CommitmentModules } from "../access/commitment-modules.ts";
import { keymanagerClient } from "../access/validator-clients.ts";
import { SignerError } from "../domain/errors.ts";
import { newIdentifier } from "../directory/identifiers.ts";
import { waitBehindActs } from "./acts-ahead.ts";
import type { Application } from "./application.ts";
import { authenticate, type HttpContext } from "./context.ts";
import { assertHost } from "./hosts.ts";
import { idempotencyKeyOf } from "./idempotency.ts";
import { useStrictJson } from "./json-body.ts";
import { Metrics } from "../metrics/metrics.ts";
import { openApiOptions } from "./openapi.ts";
import { asSignerError, sendProblem, sendUnreadable } from "./problem.ts";
import { closeRoute } from "./route-defaults.ts";
import { accountRoutes } from "./routes/accounts.ts";
import { namespaceRoutes } from "./routes/namespaces.ts";
import { principalRoutes } from "./routes/principals.ts";
import { auditRoutes } from "./routes/audit.ts";
import { commitmentRoutes } from "./routes/commitments.ts";
import { descriptorRoutes } from "./routes/descriptors.ts";
import { eotsHistoryRoutes } from "./routes/eots-history.ts";
import { eotsRoutes } from "./routes/eots.ts";
import { freezeRoutes } from "./routes/freezes.ts";
import { healthRoutes } from "./routes/health.ts";
import { keymanagerRoutes } from "./routes/keymanager.ts";
import { keyStateRoutes } from "./routes/key-states.ts";
import { keyRoutes } from "./routes/keys.ts";
import { bindingRoutes, policyRoutes } from "./routes/policies.ts";
import { requestRoutes } from "./routes/requests.ts";
import { evaluateRoutes, signRoutes } from "./routes/sign.ts";
import { slashingProtectionRoutes } from "./routes/slashing-protection.ts";
import { systemRoutes } from "./routes/system.ts";
import { walletRoutes } from "./routes/wallets.ts";
import { signerHealthRoutes } from "./routes/signer-health.ts";
import { isUnknownToClients, sendUnknownRoute } from "./validator-doors.ts";
import { web3SignerRoutes } from "./routes/web3signer.ts";
import { COMPONENTS } from "./schemas/components.ts";
import { limitBodyTime } from "./streamed-body.ts";

export interface ServerOptions {
  /** Without one nothing is logged. */
  readonly logger?: FastifyBaseLogger;
  /** Bytes of a JSON body. */
  readonly bodyLimitBytes: number;
  /** Milliseconds in which a client must have sent its whole request. */
  readonly requestTimeoutMs: number;
}

/** Paths that need no token. */
const OPEN = /^\/(?:$|health\/|metrics$|openapi\.json$|docs(?:$|\/)|upcheck$|healthcheck$)/;

/** The documentation page runs on this origin alone; its viewer brings styles in the page itself. */
const DOCS_POLICY = [
  "default-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "img-src 'self' data:",
  "object-src 'none'",
  "style-src 'self' 'unsafe-inline'",
].join("; ");

/** All routes, ready for `listen` or `inject`. */
export async function buildServer(context: HttpContext, options: ServerOptions): Promise<Application> {
  const app = createApplication(options);
  // Response schemas document; what is sent is built by one function for each resource.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  for (const schema of COMPONENTS) app.addSchema(schema);
  useStrictJson(app);
  useProblems(app);
  app.addHook("onRoute", closeRoute);
  waitBehindActs(app);
  useHooks(app, context);
  limitBodyTime(app, options.requestTimeoutMs);
  await app.register(swagger, openApiOptions());
  await app.register(swaggerUi, {
    routePrefix: "/docs",
    staticCSP: DOCS_POLICY,
    // Without the bar that offers to show some other document.
    uiConfig: { layout: "BaseLayout" },
  });
  for (const routes of ROUTES) routes(app, context);
  app.get("/openapi.json", { schema: { hide: true } }, () => app.swagger());
  // Whoever opens the address in a browser finds the documentation, not a refusal.
  app.get("/", { schema: { hide: true } }, (_request, reply) => reply.redirect("/docs"));
  await app.ready();
  return app;
}

const NOBODY = keymanagerClient("default");
const NOWHERE = { name: "mainnet", genesisValidatorsRoot: null };

/**
 * The OpenAPI document of all routes. Nothing is started for it: there is no core behind these routes, and each one
 * would answer that the service is stopping.
 */
export async function openApiDocument(): Promise<object> {
  const described: HttpContext = {
    get core(): never {
      throw new Error("these routes are described, not served");
    },
    metrics: new Metrics(),
    hosts: { every: false, names: new Set() },
    validators: {
      anonymous: null,
      keymanager: { token: null, principal: NOBODY, anonymous: null, network: NOWHERE },
      commitments: new CommitmentModules("default"),
    },
    ready: () => "stopping",
    uploads: { bytesMax: 0, idleMs: 0 },
  };
  const app = await buildServer(described, { bodyLimitBytes: 1024, requestTimeoutMs: 1000 });
  try {
    return app.swagger();
  } finally {
    await app.close();
  }
}

function createApplication(options: ServerOptions): Application {
  return fastify({
    ...(options.logger === undefined ? {} : { loggerInstance: options.logger }),
    // The audit log is the record of requests; a line for each 200 would only cost time.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: options.bodyLimitBytes,
    // Not for the whole request: a body that is read as it arrives may take its time. See streamed-body.ts.
    requestTimeout: 0,
    // A missing Host is our own hook's to answer, with a problem document.
    http: { headersTimeout: options.requestTimeoutMs, requireHostHeader: false },
    genReqId: () => newIdentifier("req"),
    requestIdHeader: false,
    // While stopping, our own hook answers, with a problem document.
    return503OnClosing: false,
    clientErrorHandler: sendUnreadable,
    frameworkErrors: (error, request, reply) => {
      void sendProblem(request, reply, asSignerError(error));
    },
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
}

const ROUTES = [
  healthRoutes,
  walletRoutes,
  accountRoutes,
  descriptorRoutes,
  keyRoutes,
  keyStateRoutes,
  freezeRoutes,
  signRoutes,
  evaluateRoutes,
  eotsRoutes,
  eotsHistoryRoutes,
  requestRoutes,
  policyRoutes,
  bindingRoutes,
  auditRoutes,
  principalRoutes,
  namespaceRoutes,
  systemRoutes,
  slashingProtectionRoutes,
  web3SignerRoutes,
  signerHealthRoutes,
  keymanagerRoutes,
  commitmentRoutes,
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
  app.setNotFoundHandler(sendUnknownRoute);
}

function useHooks(app: Application, context: HttpContext): void {
  app.addHook("onRequest", (request, reply, done) => {
    reply.header("x-request-id", request.id);
    reply.header("cache-control", "no-store");
    reply.header("x-content-type-options", "nosniff");
    assertHost(context.hosts, request);
    if (!isOpen(request)) {
      if (context.ready() === "stopping") {
        throw new SignerError("service.stopping", "the service is shutting down; retry later");
      }
      if (isUnknownToClients(request)) {
        sendUnknownRoute(request, reply);
        return;
      }
      authenticate(context, request);
    }
    done();
  });
  app.addHook("preValidation", (request, _reply, done) => {
    if (!isOpen(request)) {
      // Also where a repeat changes nothing anyway: a header that we cannot read is never ignored.
      idempotencyKeyOf(request);
      refuseUnexpectedBody(request);
    }
    done();
  });
  app.addHook("onSend", (_request, reply, _payload, done) => {
    // A connection that is kept alive would keep the process alive, until the client lets go of it.
    if (context.ready() === "stopping") reply.header("connection", "close");
    done();
  });
  app.addHook("onResponse", (request, reply, done) => {
    context.metrics.http(request.method, request.routeOptions.url ?? "none", reply.statusCode);
    done();
  });
}

/** A route without a body schema takes none; an empty object is as good as none. */
function refuseUnexpectedBody(request: FastifyRequest): void {
  const { body } = request;
  if (body === undefined || request.routeOptions.schema?.body !== undefined) return;
  if (typeof body === "object" && body !== null && Object.keys(body).length === 0 && !Array.isArray(body)) {
    return;
  }
  throw new SignerError("request.malformed", "body: this route takes none; leave it out", { field: "/" });
}

function isOpen(request: FastifyRequest): boolean {
  // By the matched route, never by the raw URL: a path that only looks open has no open route.
  return OPEN.test(request.routeOptions.url ?? "");
}
