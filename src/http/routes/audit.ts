/** /v1/audit: entries, signed checkpoint, proofs. */
import { Type } from "typebox";
import {
  checkpoint,
  ENTRIES_PAGE_MAX,
  listEntries,
  proveConsistency,
  proveInclusion,
  verifierKey,
} from "../../administration/audit.ts";
import type { Application } from "../application.ts";
import { principalOf, type HttpContext } from "../context.ts";
import { AuditQuery, ConsistencyQuery, InclusionQuery } from "../schemas/resources.ts";
import { answers, textAnswer } from "./answers.ts";

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
    (request) => {
      const { from, limit } = request.query;
      const count = Math.min(Number(limit ?? "100"), ENTRIES_PAGE_MAX);
      return listEntries(context.core.administration, principalOf(request), Number(from ?? "0"), count);
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
      const note = await checkpoint(context.core.administration, principalOf(request));
      return reply
        .type("text/plain; charset=utf-8")
        .header("claviger-verifier-key", await verifierKey(context.core.administration))
        .send(note);
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
    (request) => {
      const { sequence, size } = request.query;
      return proveInclusion(
        context.core.administration,
        principalOf(request),
        Number(sequence),
        Number(size),
      );
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
    (request) => {
      const { from, to } = request.query;
      return proveConsistency(context.core.administration, principalOf(request), Number(from), Number(to));
    },
  );
}
