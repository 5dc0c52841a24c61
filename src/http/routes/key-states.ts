/** /v1/keys/{keyId}/disable, /enable and DELETE: a key that is disabled or deleted signs nothing after the answer. */
import { Type } from "typebox";
import type { Application } from "../application.ts";
import { principalOf, type HttpContext } from "../context.ts";
import { changed, once } from "../idempotency.ts";
import { strictObject } from "../schemas/common.ts";
import { keyJson } from "../views/keys.ts";
import { answers, reference } from "../responses.ts";

const tags = ["keys"];
const params = strictObject({ keyId: Type.String({ maxLength: 64 }) });

export function keyStateRoutes(app: Application, context: HttpContext): void {
  app.post(
    "/v1/keys/:keyId/disable",
    {
      schema: {
        tags,
        summary: "Keep a key from signing",
        description:
          "No signature leaves after the answer: what was decided before has been answered, what is recorded later is refused.",
        params,
        response: answers(200, reference("Key")),
      },
    },
    (request, reply) =>
      once(request, reply, changed(keyJson), (caller) =>
        context.core.keys.disable(caller, request.params.keyId),
      ),
  );
  app.post(
    "/v1/keys/:keyId/enable",
    {
      schema: {
        tags,
        summary: "Let a disabled key sign again",
        description: "A deleted key is created or imported again instead.",
        params,
        response: answers(200, reference("Key")),
      },
    },
    (request, reply) =>
      once(request, reply, changed(keyJson), (caller) =>
        context.core.keys.enable(caller, request.params.keyId),
      ),
  );
  app.delete(
    "/v1/keys/:keyId",
    {
      schema: {
        tags,
        summary: "Delete a key: it signs nothing more, and its sealed secret is wiped",
        description:
          "Its record stays, with state `deleted`, and so do its bindings, its requests and what its guards know. Creating it " +
          "at its path or importing it again brings it back with them.",
        params,
        response: answers(204, Type.Null()),
      },
    },
    async (request, reply) => {
      await context.core.keys.delete(principalOf(request), request.params.keyId);
      return reply.code(204).send();
    },
  );
}
