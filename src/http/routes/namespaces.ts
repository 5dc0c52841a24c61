/** /v1/namespaces: the walls between those who share an installation. Only administrators of root make them. */
import type { Application } from "../application.ts";
import { principalOf, type HttpContext } from "../context.ts";
import { created, once } from "../idempotency.ts";
import { pageIn, pageJson } from "../paging.ts";
import { answers, pageOf, reference } from "../responses.ts";
import { Page } from "../schemas/common.ts";
import type { NamespaceRequest } from "../schemas/namespaces.ts";
import { namespaceJson } from "../views/namespaces.ts";

export function namespaceRoutes(app: Application, context: HttpContext): void {
  const tags = ["namespaces"];
  app.post(
    "/v1/namespaces",
    {
      schema: {
        tags,
        summary: "Create a namespace (root administrators)",
        body: reference<NamespaceRequest>("NamespaceRequest"),
        response: answers(201, reference("Namespace")),
      },
    },
    (request, reply) =>
      once(request, reply, created(namespaceJson), (caller) =>
        context.core.namespaces.create(caller, request.body.name),
      ),
  );
  app.get(
    "/v1/namespaces",
    {
      schema: {
        tags,
        summary: "List namespaces",
        querystring: Page,
        response: answers(200, pageOf("Namespace")),
      },
    },
    (request) =>
      pageJson(context.core.namespaces.list(principalOf(request), pageIn(request.query)), namespaceJson),
  );
}
