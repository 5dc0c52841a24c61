/** /v1/keys/{keyId}/sign and /evaluate: the door to the signing path. It translates and calls it, nothing else. */
import { Type } from "typebox";
import { SignerError } from "../../domain/errors.ts";
import type { Application } from "../application.ts";
import { idempotencyKeyOf, principalOf, type HttpContext } from "../context.ts";
import { strictObject } from "../schemas/common.ts";
import type { SignRequestBody } from "../schemas/sign.ts";
import { answers, reference } from "./answers.ts";

const KeyPath = strictObject({ keyId: Type.String({ maxLength: 64 }) });

export function signRoutes(app: Application, context: HttpContext): void {
  app.post(
    "/v1/keys/:keyId/sign",
    {
      schema: {
        tags: ["signing"],
        summary: "Sign, if the policies allow it",
        params: KeyPath,
        body: reference<SignRequestBody>("SignRequest"),
        response: answers(200, reference("Signed")),
      },
    },
    async (request, reply) => {
      const { type } = request.body;
      try {
        const answer = await context.custody.sign({
          requestId: request.id,
          principal: principalOf(request),
          keyId: request.params.keyId,
          request: request.body,
          idempotencyKey: idempotencyKeyOf(request),
        });
        context.metrics.signed(type, "signed");
        return await reply.send({
          status: "signed",
          requestId: answer.requestId,
          keyId: answer.keyId,
          ...answer.fields,
        });
      } catch (error) {
        context.metrics.signed(type, outcomeOf(error));
        throw error;
      }
    },
  );
}

export function evaluateRoutes(app: Application, context: HttpContext): void {
  app.post(
    "/v1/keys/:keyId/evaluate",
    {
      schema: {
        tags: ["signing"],
        summary: "The decision that sign would come to; nothing is recorded or reserved",
        params: KeyPath,
        body: reference<SignRequestBody>("SignRequest"),
        response: answers(200, reference("Decision")),
      },
    },
    async (request, reply) => {
      const { type } = request.body;
      try {
        const decision = await context.custody.evaluate({
          requestId: request.id,
          principal: principalOf(request),
          keyId: request.params.keyId,
          request: request.body,
          idempotencyKey: null,
        });
        context.metrics.evaluated(type, "done");
        return await reply.send(decision);
      } catch (error) {
        context.metrics.evaluated(type, outcomeOf(error));
        throw error;
      }
    },
  );
}

function outcomeOf(error: unknown): string {
  return error instanceof SignerError ? error.code : "service.internal";
}
