/** /v1/requests and /v1/receipts: what was asked, what was decided, and what re-executes the decision. */
import { Type } from "typebox";
import { assertMay } from "../../access/principals.ts";
import { SignerError } from "../../domain/errors.ts";
import { getReceipt, getRequest, listRequests } from "../../administration/requests.ts";
import type { Application } from "../application.ts";
import { pageLimit, principalOf, type HttpContext } from "../context.ts";
import { Page, strictObject } from "../schemas/common.ts";
import { answers } from "./answers.ts";

/** Above every request id: where a list without a cursor starts. */
const NEWEST = "req_~";

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
    (request) =>
      listRequests(
        context.core.administration,
        principalOf(request),
        request.query.cursor ?? NEWEST,
        pageLimit(request.query.limit),
      ),
  );
  app.get(
    "/v1/requests/:requestId",
    { schema: { tags, summary: "One request", params: RequestPath, response: answers(200, Request) } },
    (request) => getRequest(context.core.administration, principalOf(request), request.params.requestId),
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
    (request) => getReceipt(context.core.administration, principalOf(request), request.params.requestId),
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
    async (request) => {
      const principal = principalOf(request);
      assertMay(principal, "request.approve");
      await getRequest(context.core.administration, principal, request.params.requestId);
      throw new SignerError(
        "policy.approval_unavailable",
        "no request waits for approval: a policy that asks for one is refused in this release; bind " +
          "one that decides by itself",
      );
    },
  );
}
