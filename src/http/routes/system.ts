/** /v1/sys: seal, unseal, status. */
import { Type } from "typebox";
import { utf8 } from "../../domain/bytes.ts";
import type { Application } from "../application.ts";
import { principalOf, type HttpContext } from "../context.ts";
import type { UnsealRequest } from "../schemas/system.ts";
import { answers, reference } from "../responses.ts";

const Status = Type.Object({ state: Type.String() }, { additionalProperties: true });

export function systemRoutes(app: Application, context: HttpContext): void {
  const tags = ["system"];
  app.post(
    "/v1/sys/seal",
    { schema: { tags, summary: "Wipe all secrets from memory", response: answers(200, Status) } },
    async (request) => {
      const principal = principalOf(request);
      await context.core.system.seal(principal);
      return context.core.system.status(principal);
    },
  );
  app.post(
    "/v1/sys/unseal",
    {
      schema: {
        tags,
        summary: "Unseal with the passphrase",
        body: reference<UnsealRequest>("UnsealRequest"),
        response: answers(200, Status),
      },
    },
    async (request) => {
      const principal = principalOf(request);
      const passphrase = utf8(request.body.passphrase);
      try {
        await context.core.system.unseal(principal, passphrase);
      } finally {
        passphrase.fill(0);
      }
      return context.core.system.status(principal);
    },
  );
  app.get(
    "/v1/sys/status",
    { schema: { tags, summary: "State, version and load", response: answers(200, Status) } },
    (request) => context.core.system.status(principalOf(request)),
  );
}
