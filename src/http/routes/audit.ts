/** /v1/audit: entries, signed checkpoint, proofs. */
import { Type } from "typebox";
import type { Application } from "../application.ts";
import { principalOf, type HttpContext } from "../context.ts";
import { pageJson } from "../paging.ts";
import { AuditQuery, ConsistencyQuery, InclusionQuery } from "../schemas/audit.ts";
import { auditEntryJson, consistencyJson, inclusionJson } from "../views/audit.ts";
import { answers, textAnswer } from "../responses.ts";

const tags = ["audit"];
const Hashes = Type.Array(Type.String(), { description: "32-byte hashes in base64, leaf to root." });

export function auditRoutes(app: Application, context: HttpContext): void {
  app.get(
    "/v1/audit/entries",
    {
      schema: {
        tags,
        summary: "Entries of your namespace, oldest first",
        querystring: AuditQuery,
        response: answers(200, Type.Object({ items: Type.Array(Type.Unknown()), next: Type.Unknown() })),
      },
    },
    async (request) => {
      const { from = "0", limit = "100" } = request.query;
      const page = await context.core.audit.entries(principalOf(request), Number(from), Number(limit));
      return pageJson(page, auditEntryJson);
    },
  );
  app.get(
    "/v1/audit/checkpoint",
    {
      schema: {
        tags,
        summary: "The newest checkpoint, a C2SP signed note",
        description: "The header Claviger-Verifier-Key has the log's public key in the form of signed notes.",
        response: textAnswer("The note."),
      },
    },
    async (request, reply) => {
      const { note, verifierKey } = await context.core.audit.checkpoint(principalOf(request));
      return reply.type("text/plain; charset=utf-8").header("claviger-verifier-key", verifierKey).send(note);
    },
  );
  proofRoutes(app, context);
}

function proofRoutes(app: Application, context: HttpContext): void {
  app.get(
    "/v1/audit/proofs/inclusion",
    {
      schema: {
        tags,
        summary: "RFC 6962 proof that an entry of your namespace is in the log",
        querystring: InclusionQuery,
        response: answers(
          200,
          Type.Object({
            sequence: Type.Integer(),
            size: Type.Integer(),
            leafHash: Type.String(),
            proof: Hashes,
          }),
        ),
      },
    },
    async (request) => {
      const { sequence, size } = request.query;
      const { audit } = context.core;
      return inclusionJson(await audit.inclusion(principalOf(request), Number(sequence), Number(size)));
    },
  );
  app.get(
    "/v1/audit/proofs/consistency",
    {
      schema: {
        tags,
        summary: "RFC 6962 proof that a newer log extends an older one",
        querystring: ConsistencyQuery,
        response: answers(200, Type.Object({ from: Type.Integer(), to: Type.Integer(), proof: Hashes })),
      },
    },
    async (request) => {
      const { from, to } = request.query;
      const { audit } = context.core;
      return consistencyJson(await audit.consistency(principalOf(request), Number(from), Number(to)));
    },
  );
}
