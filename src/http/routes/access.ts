/** /v1/principals and /v1/namespaces: who may call, and the walls between tenants. */
import { Type } from "typebox";
import { assertMay } from "../../access/principals.ts";
import { ROOT_NAMESPACE } from "../../access/roles.ts";
import {
  createNamespace,
  createPrincipal,
  deletePrincipal,
  principalJson,
  rotatePrincipal,
  updatePrincipal,
} from "../../administration/principals.ts";
import type { Application } from "../application.ts";
import { once, pageLimit, principalOf, type HttpContext } from "../context.ts";
import { pageAfter } from "../paging.ts";
import { assertChanges, Page, strictObject } from "../schemas/common.ts";
import type { NamespaceRequest, PrincipalChange, PrincipalRequest } from "../schemas/resources.ts";
import { answers, pageOf, reference } from "./answers.ts";

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
      once(context, request, reply, async (caller) => {
        const { principal, token } = await createPrincipal(context.core.administration, caller, request.body);
        return { status: 201, body: { ...principalJson(principal), token } };
      }),
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
    (request) => {
      const principal = principalOf(request);
      assertMay(principal, "principal.read");
      const all = context.core.administration.principals.list(principal.namespace);
      return pageAfter(all, request.query.cursor, pageLimit(request.query.limit), principalJson);
    },
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
      const caller = { principal: principalOf(request), remember: () => null };
      await deletePrincipal(context.core.administration, caller, request.params.principalId);
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
      const caller = { principal: principalOf(request), remember: () => null };
      const { principalId } = request.params;
      const { administration } = context.core;
      return principalJson(await updatePrincipal(administration, caller, principalId, request.body));
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
      once(context, request, reply, async (caller) => {
        const { administration } = context.core;
        const { principal, token } = await rotatePrincipal(
          administration,
          caller,
          request.params.principalId,
        );
        return { status: 200, body: { ...principalJson(principal), token } };
      }),
  );
}

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
      once(context, request, reply, async (caller) => ({
        status: 201,
        body: { ...(await createNamespace(context.core.administration, caller, request.body.name)) },
      })),
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
    (request) => {
      const principal = principalOf(request);
      assertMay(principal, "namespace.read");
      // A tenant sees its own namespace; only the root namespace sees that there are others.
      const all = [...context.core.administration.directory.namespaces]
        .filter(([name]) => principal.namespace === ROOT_NAMESPACE || name === principal.namespace)
        .map(([name, createdAt]) => ({ id: name, createdAt }))
        .toSorted((a, b) => (a.id < b.id ? -1 : 1));
      return pageAfter(all, request.query.cursor, pageLimit(request.query.limit), ({ id, createdAt }) => ({
        name: id,
        createdAt,
      }));
    },
  );
}
