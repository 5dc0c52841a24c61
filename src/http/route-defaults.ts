/** What every route of the API has without saying so: no unknown query parameter, and the Idempotency-Key header. */
import type { RouteOptions } from "fastify";
import { Type } from "typebox";
import { strictObject } from "./schemas/common.ts";

const NoQuery = strictObject({});
const IdempotencyHeader = Type.Object({
  "idempotency-key": Type.Optional(
    Type.String({
      description:
        "1 to 128 printable ASCII characters. Where a call makes something, the same key with the same body gets the first " +
        "answer again while it is true, and 409 request.conflict where what it made was undone since; with another body it " +
        "is refused. For other calls a repeat changes nothing.",
    }),
  ),
});

/** Fastify's onRoute hook. Closes the query of the protected routes, and documents the header of their POSTs. */
export function closeRoute(route: RouteOptions): void {
  if (!route.url.startsWith("/v1/")) return;
  const { schema } = route;
  route.schema = {
    ...schema,
    querystring: schema?.querystring ?? NoQuery,
    ...(route.method === "POST" ? { headers: IdempotencyHeader } : {}),
  };
}
