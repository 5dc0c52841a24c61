/** /v1/principals: who may call. The answers that make a token are the only ones that show it. */
import { Type } from "typebox";
import type { Application } from "../application.ts";
import { principalOf, type HttpContext } from "../context.ts";
import { changed, created, once } from "../idempotency.ts";
import { pageIn, pageJson } from "../paging.ts";
import { assertChanges, Page, strictObject } from "../schemas/common.ts";
import type { PrincipalChange, PrincipalRequest } from "../schemas/principals.ts";
import { createdPrincipalJson, principalJson } from "../views/principals.ts";
import { answers, pageOf, reference } from "../responses.ts";

const PrincipalPath = strictObject({ principalId: Type.String({ maxLength: 64 }) });

export function principalRoutes(app: Application, context: HttpContext): void {
  const tags = ["principals"];
  app.post(
    "/v1/principals",
    {
      schema: {
        tags,
        summary: "Create a principal; its token is shown once",
        body: reference<PrincipalRequest>("PrincipalRequest"),
        response: answers(201, reference("CreatedPrincipal")),
      },
    },
    (request, reply) =>
      once(request, reply, created(createdPrincipalJson), (caller) =>
        context.core.principals.create(caller, request.body),
      ),
  );
  app.get(
    "/v1/principals",
    {
      schema: {
        tags,
        summary: "List principals",
        querystring: Page,
        response: answers(200, pageOf("Principal")),
      },
    },
    (request) =>
      pageJson(context.core.principals.list(principalOf(request), pageIn(request.query)), principalJson),
  );
  changeRoutes(app, context);
  app.delete(
    "/v1/principals/:principalId",
    {
      schema: {
        tags,
        summary: "Delete a principal; its token stops at once",
        params: PrincipalPath,
        response: answers(204, Type.Null()),
      },
    },
    async (request, reply) => {
      await context.core.principals.delete(principalOf(request), request.params.principalId);
      return reply.code(204).send();
    },
  );
}

function changeRoutes(app: Application, context: HttpContext): void {
  const tags = ["principals"];
  app.patch(
    "/v1/principals/:principalId",
    {
      schema: {
        tags,
        summary: "Change a principal's roles or groups, in place",
        description:
          "Nobody changes their own. What is recorded after the answer was judged under the change.",
        params: PrincipalPath,
        body: reference<PrincipalChange>("PrincipalChange"),
        response: answers(200, reference("Principal")),
      },
    },
    async (request) => {
      assertChanges(request.body);
      const { principalId } = request.params;
      return principalJson(
        await context.core.principals.update(principalOf(request), principalId, request.body),
      );
    },
  );
  app.post(
    "/v1/principals/:principalId/rotate",
    {
      schema: {
        tags,
        summary: "A new token for a principal, shown once; the old one stops at once",
        params: PrincipalPath,
        response: answers(200, reference("CreatedPrincipal")),
      },
    },
    (request, reply) =>
      once(request, reply, changed(createdPrincipalJson), (caller) =>
        context.core.principals.rotate(caller, request.params.principalId),
      ),
  );
}
