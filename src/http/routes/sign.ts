/**
 * /v1/keys/{keyId} and /v1/wallets/{walletId}, /sign and /evaluate: the door to the signing path. It translates and calls it,
 * nothing else.
 * @module
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import { Type } from "typebox";
import { SignerError } from "../../domain/errors.ts";
import type { Asked } from "../../signing/stages.ts";
import type { EvaluateCall } from "../../signing/submission.ts";
import type { Application } from "../application.ts";
import { principalOf, type HttpContext } from "../context.ts";
import { idempotencyKeyOf } from "../idempotency.ts";
import { outletOf } from "../outlet.ts";
import { strictObject } from "../schemas/common.ts";
import type { SignRequestBody } from "../schemas/sign.ts";
import { decisionJson } from "../views/requests.ts";
import { answers, reference } from "../responses.ts";
import type { Address, KeyId, WalletId } from "../../domain/kinds.ts";

const KeyPath = strictObject({ keyId: Type.String({ maxLength: 64 }) });
const WalletPath = strictObject({ walletId: Type.String({ maxLength: 64 }) });
const Named = strictObject({
  keyId: Type.Optional(Type.String({ maxLength: 64, description: "The wallet's key that signs." })),
  address: Type.Optional(
    Type.String({ minLength: 1, maxLength: 128, description: "Address of the wallet's key that signs." }),
  ),
});

const NAMING =
  "The keys of a bitcoin.psbt are those of all its inputs at addresses of the wallet: they sign together, in one decision, and " +
  "one that is disabled, deleted or missing refuses all. Every other request is signed by one key, which ?keyId= or ?address= " +
  "names; a wallet that has only one key of the chain needs no name.";

export function signRoutes(app: Application, context: HttpContext): void {
  const body = reference<SignRequestBody>("SignRequest");
  const response = answers(200, reference("Signed"));
  const tags = ["signing"];
  app.post(
    "/v1/keys/:keyId/sign",
    {
      config: { signs: true },
      schema: { tags, summary: "Sign, if the policies allow it", params: KeyPath, body, response },
    },
    (request, reply) => sign(context, request, reply, { keyId: request.params.keyId }),
  );
  app.post(
    "/v1/wallets/:walletId/sign",
    {
      config: { signs: true },
      schema: {
        tags,
        summary: "Sign with all keys of a wallet that the transaction needs, or the one that is named",
        description: NAMING,
        params: WalletPath,
        querystring: Named,
        body,
        response,
      },
    },
    (request, reply) => sign(context, request, reply, askedWallet(request.params.walletId, request.query)),
  );
}

export function evaluateRoutes(app: Application, context: HttpContext): void {
  const body = reference<SignRequestBody>("SignRequest");
  const response = answers(200, reference("Decision"));
  const summary = "The decision that sign would come to; nothing is recorded or reserved";
  const tags = ["signing"];
  app.post(
    "/v1/keys/:keyId/evaluate",
    { schema: { tags, summary, params: KeyPath, body, response } },
    (request, reply) => evaluate(context, request, reply, { keyId: request.params.keyId }),
  );
  app.post(
    "/v1/wallets/:walletId/evaluate",
    {
      schema: {
        tags,
        summary,
        description: NAMING,
        params: WalletPath,
        querystring: Named,
        body,
        response,
      },
    },
    (request, reply) =>
      evaluate(context, request, reply, askedWallet(request.params.walletId, request.query)),
  );
}

type SignHttpRequest = FastifyRequest & { readonly body: SignRequestBody };

async function sign(
  context: HttpContext,
  request: SignHttpRequest,
  reply: FastifyReply,
  asked: Asked,
): Promise<FastifyReply> {
  const { type } = request.body;
  try {
    const idempotencyKey = idempotencyKeyOf(request);
    const answer = await context.core.sign({
      ...callOf(request, asked),
      idempotencyKey,
      outlet: outletOf(reply),
    });
    context.metrics.signed(type, "signed");
    const { requestId, walletId, keyIds, fields } = answer;
    return await reply.send({
      status: "signed",
      requestId,
      ...(walletId === null ? {} : { walletId, keyIds }),
      keyId: keyIds[0],
      ...fields,
    });
  } catch (error) {
    context.metrics.signed(type, outcomeOf(error));
    throw error;
  }
}

async function evaluate(
  context: HttpContext,
  request: SignHttpRequest,
  reply: FastifyReply,
  asked: Asked,
): Promise<FastifyReply> {
  const { type } = request.body;
  try {
    const decision = await context.core.evaluate({ ...callOf(request, asked), idempotencyKey: null });
    context.metrics.evaluated(type, "done");
    return await reply.send(decisionJson(decision));
  } catch (error) {
    context.metrics.evaluated(type, outcomeOf(error));
    throw error;
  }
}

function callOf(request: SignHttpRequest, asked: Asked): Omit<EvaluateCall, "idempotencyKey"> {
  return { requestId: request.id, principal: principalOf(request), asked, request: request.body };
}

/** @throws SignerError `request.malformed` where the key is named twice */
function askedWallet(
  walletId: WalletId,
  { keyId, address }: { readonly keyId?: KeyId; readonly address?: Address },
): Asked {
  if (keyId !== undefined && address !== undefined) {
    throw new SignerError("request.malformed", "query /address: names the key a second time; leave it out", {
      field: "/address",
    });
  }
  if (keyId !== undefined) return { walletId, named: { keyId } };
  return { walletId, named: address === undefined ? null : { address } };
}

function outcomeOf(error: unknown): string {
  return error instanceof SignerError ? error.code : "service.internal";
}
