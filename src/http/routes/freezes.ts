/** /v1/freeze: a key, a wallet, a namespace or the installation signs nothing; and signs again. */
import { Type } from "typebox";
import type { OrderedFreeze } from "../../domain/freezes.ts";
import type { NamespaceName } from "../../domain/kinds.ts";
import type { Application } from "../application.ts";
import { principalOf, type HttpContext } from "../context.ts";
import { once, type AnswerOf } from "../idempotency.ts";
import { pageIn, pageJson } from "../paging.ts";
import { Page, strictObject } from "../schemas/common.ts";
import type { FreezeRequest } from "../schemas/freezes.ts";
import { answers, pageOf, reference } from "../responses.ts";
import { freezeJson } from "../views/freezes.ts";

const tags = ["freezes"];

export function freezeRoutes(app: Application, context: HttpContext): void {
  app.post(
    "/v1/freeze",
    {
      schema: {
        tags,
        summary: "Freeze a key, a wallet, a namespace or everything",
        description:
          "No signature of the scope leaves after the answer: what was decided before has been answered, what comes later " +
          "is refused with `key.frozen`. Keys that are made later are frozen too. What the caller has frozen already is " +
          "returned with status 200, unchanged.",
        body: reference<FreezeRequest>("FreezeRequest"),
        response: { ...answers(201, reference("Freeze")), 200: reference("Freeze") },
      },
    },
    (request, reply) =>
      once(request, reply, orderedIn(principalOf(request).namespace), (caller) =>
        context.core.freezes.create(caller, request.body.scope),
      ),
  );
  app.get(
    "/v1/freeze",
    {
      schema: {
        tags,
        summary: "List the freezes that hold in your namespace",
        querystring: Page,
        response: answers(200, pageOf("Freeze")),
      },
    },
    (request) => {
      const principal = principalOf(request);
      return pageJson(context.core.freezes.list(principal, pageIn(request.query)), (freeze) =>
        freezeJson(freeze, principal.namespace),
      );
    },
  );
  app.delete(
    "/v1/freeze/:freezeId",
    {
      schema: {
        tags,
        summary: "Lift a freeze",
        description:
          "By the namespace that ordered it. Another freeze over the same keys stays, and so does a key's own state.",
        params: strictObject({ freezeId: Type.String({ maxLength: 64 }) }),
        response: answers(204, Type.Null()),
      },
    },
    async (request, reply) => {
      await context.core.freezes.lift(principalOf(request), request.params.freezeId);
      return reply.code(204).send();
    },
  );
}

/** 201 for a freeze that was ordered, 200 for one that the caller had ordered before. */
function orderedIn(namespace: NamespaceName): AnswerOf<OrderedFreeze> {
  return ({ freeze, existed }) => ({ status: existed ? 200 : 201, body: freezeJson(freeze, namespace) });
}
