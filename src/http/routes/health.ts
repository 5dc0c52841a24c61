/** Health and metrics: no token, no data of any namespace. */
import { Type } from "typebox";
import { SignerError } from "../../domain/errors.ts";
import type { Application } from "../application.ts";
import type { HttpContext } from "../context.ts";
import { answers, textAnswer } from "../responses.ts";

const Status = Type.Object({ status: Type.String() });

export function healthRoutes(app: Application, context: HttpContext): void {
  const open = { tags: ["health"], security: [], response: answers(200, Status) };
  app.get("/health/live", { schema: { ...open, summary: "The process answers" } }, () => ({
    status: "live",
  }));
  app.get("/health/startup", { schema: { ...open, summary: "Start-up has finished" } }, () => ({
    status: "started",
  }));
  app.get("/health/ready", { schema: { ...open, summary: "Unsealed, durable and able to sign" } }, () => {
    const state = context.ready();
    if (state === "ready") return { status: "ready" };
    if (state === "sealed")
      throw new SignerError("service.sealed", "the service is sealed; unseal it with POST /v1/sys/unseal");
    throw new SignerError("service.stopping", "the service is shutting down; retry later");
  });
  app.get(
    "/metrics",
    {
      schema: {
        tags: ["health"],
        summary: "Prometheus metrics",
        security: [],
        response: textAnswer("Prometheus text format; docs/metrics.md explains each metric."),
      },
    },
    async (_request, reply) =>
      reply.type(context.metrics.registry.contentType).send(await context.metrics.registry.metrics()),
  );
}
