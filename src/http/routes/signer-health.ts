/** /upcheck and /healthcheck as Web3Signer answers them: no token, and no more than counts. */
import type { FastifyRequest } from "fastify";
import { Type } from "typebox";
import type { Application } from "../application.ts";
import type { HttpContext } from "../context.ts";
import { SignerHealth } from "../schemas/web3signer.ts";
import { accepts } from "../validator-doors.ts";
import { answers } from "../responses.ts";

const open = { tags: ["health"], security: [] };

export function signerHealthRoutes(app: Application, context: HttpContext): void {
  app.get(
    "/upcheck",
    {
      schema: {
        ...open,
        summary: "The process answers: OK as text, or as JSON where the request names it",
        response: answers(200, Type.Object({ status: Type.String() })),
      },
    },
    (request, reply) => {
      if (wantsJson(request)) return { status: "OK" };
      return reply.type("text/plain; charset=utf-8").serializer(String).send("OK");
    },
  );
  app.get(
    "/healthcheck",
    {
      schema: {
        ...open,
        summary: "Able to sign duties: unsealed, ledger answering, keys loaded",
        response: { ...answers(200, SignerHealth), ...answers(503, SignerHealth) },
      },
    },
    async (_request, reply) => {
      const ready = context.ready() === "ready";
      const database = ready && (await context.core.system.ledgerAnswers());
      const healthy = ready && database;
      const keys = ready ? context.core.validators.count : 0;
      return reply.code(healthy ? 200 : 503).send({
        status: word(healthy),
        outcome: word(healthy),
        checks: [
          { id: "default-check", status: word(ready) },
          { id: "slashing-protection-db-health-check", status: word(database) },
          // Keys are unsealed one and all, or the vault does not open: no single one can fail to load.
          { id: "keys-check/ledger", status: word(ready), data: { "keys-loaded": keys, "error-count": 0 } },
        ],
      });
    },
  );
}

/**
 * Only where JSON is named: whoever takes anything gets what Web3Signer sends, which is text. Lodestar 1.5.1 reads JSON
 * and names it in the wrong header.
 */
function wantsJson(request: FastifyRequest): boolean {
  if (accepts(request, "application/json")) return true;
  const { accept = "*/*", "content-type": type = "" } = request.headers;
  return accept === "*/*" && type.startsWith("application/json");
}

function word(good: boolean): "UP" | "DOWN" {
  return good ? "UP" : "DOWN";
}
