/** /v1/requests and /v1/receipts: what was asked, what was decided, and what re-executes the decision. */
import { Type } from "typebox";
import type { Application } from "../application.ts";
import { principalOf, type HttpContext } from "../context.ts";
import { outletOf } from "../outlet.ts";
import { pageIn, pageJson } from "../paging.ts";
import { Page, strictObject } from "../schemas/common.ts";
import { receiptJson, requestJson } from "../views/requests.ts";
import { answers } from "../responses.ts";

const tags = ["requests"];
const RequestPath = strictObject({ requestId: Type.String({ maxLength: 64 }) });
const Request = Type.Object(
  {},
  { additionalProperties: true, description: "Request with its decision and result." },
);
const List = Type.Object({ items: Type.Array(Request), next: Type.Union([Type.String(), Type.Null()]) });

export function requestRoutes(app: Application, context: HttpContext): void {
  app.get(
    "/v1/requests",
    {
      schema: {
        tags,
        summary: "Decided requests, newest first",
        querystring: Page,
        response: answers(200, List),
      },
    },
    async (request, reply) => {
      const asked = pageIn(request.query);
      const page = await context.core.requests.list(principalOf(request), asked, outletOf(reply));
      return pageJson(page, requestJson);
    },
  );
  app.get(
    "/v1/requests/:requestId",
    { schema: { tags, summary: "One request", params: RequestPath, response: answers(200, Request) } },
    async (request, reply) => {
      const { requestId } = request.params;
      return requestJson(await context.core.requests.get(principalOf(request), requestId, outletOf(reply)));
    },
  );
  app.get(
    "/v1/receipts/:requestId",
    {
      schema: {
        tags,
        summary: "All that is needed to execute the decision again, offline",
        params: RequestPath,
        response: answers(200, Type.Object({}, { additionalProperties: true })),
      },
    },
    async (request) =>
      receiptJson(await context.core.requests.receipt(principalOf(request), request.params.requestId)),
  );
  approvalRoute(app, context);
}

function approvalRoute(app: Application, context: HttpContext): void {
  app.post(
    "/v1/requests/:requestId/approvals",
    {
      schema: {
        tags,
        summary: "Approve or reject (not available in this release)",
        params: RequestPath,
        body: strictObject({
          verdict: Type.Union([Type.Literal("approve"), Type.Literal("reject")]),
          comment: Type.Optional(Type.String({ maxLength: 1024 })),
        }),
        response: answers(200, Request),
      },
    },
    (request) => context.core.requests.approve(principalOf(request), request.params.requestId),
  );
}
