/** Web3Signer's API: what Lighthouse, Teku, Lodestar, Prysm and Nimbus call, with its statuses and media types. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { Type } from "typebox";
import { ERRORS, SignerError, type ErrorFamily } from "../../domain/errors.ts";
import type { Answer } from "../../signing/stages.ts";
import type { Application } from "../application.ts";
import { principalOf, type HttpContext } from "../context.ts";
import { idempotencyKeyOf } from "../idempotency.ts";
import { outletOf } from "../outlet.ts";
import { asSignerError } from "../problem.ts";
import { Duty, DutyBatch, DutyOutcomes } from "../schemas/web3signer.ts";
import { acceptsJson, inTermsOf, sendSignerError } from "../validator-doors.ts";
import { highWatermarkJson } from "../views/slashing-protection.ts";
import { answers } from "../responses.ts";

/** Bytes of a duty: an execution payload envelope carries every transaction of its block, in hex. */
export const DUTY_BYTES_MAX = 8 * 1024 * 1024;

/** The request type of the signing path. */
const TYPE = "ethereum-validator.duty";
const IDENTIFIER = /^(?:0x)?([0-9a-f]{96})$/;

const tags = ["validators"];
const errorHandler = sendSignerError;

/** Of the routes that sign: most malformed bodies never reach their handlers. */
function dutyErrorHandler(context: HttpContext): typeof sendSignerError {
  return (error, request, reply) => {
    if (asSignerError(error).code === "request.malformed") context.metrics.validators.malformed();
    sendSignerError(error, request, reply);
  };
}

export function web3SignerRoutes(app: Application, context: HttpContext): void {
  app.get(
    "/api/v1/eth2/publicKeys",
    {
      errorHandler,
      schema: { tags, summary: "Public keys that sign", response: answers(200, Type.Array(Type.String())) },
    },
    (request) => context.core.validators.active(principalOf(request)),
  );
  app.get(
    "/api/v1/eth2/highWatermark",
    {
      errorHandler,
      schema: {
        tags,
        summary: "The bound: nothing at or above is signed; empty without one",
        response: answers(
          200,
          Type.Object({ epoch: Type.Optional(Type.String()), slot: Type.Optional(Type.String()) }),
        ),
      },
    },
    async (request) => highWatermarkJson(await context.core.slashingBounds.ofDirectory(principalOf(request))),
  );
  signRoute(app, context);
  batchRoute(app, context);
  reloadRoutes(app, context);
}

function signRoute(app: Application, context: HttpContext): void {
  app.post(
    "/api/v1/eth2/sign/:identifier",
    {
      config: { signs: true },
      errorHandler: dutyErrorHandler(context),
      bodyLimit: DUTY_BYTES_MAX,
      schema: {
        tags,
        summary: "Sign a validator's duty",
        description:
          "Answers `{signature}` to clients that accept JSON, else the signature as text. 412: slashing protection refused.",
        params: Type.Object({ identifier: Type.String({ description: "Public key; 0x may be left out." }) }),
        body: Duty,
        response: answers(200, Type.Object({ signature: Type.String() })),
      },
    },
    async (request, reply) => {
      try {
        const key = keyId(context, request, request.params.identifier);
        if (key === undefined) throw unknownKey();
        const answer = await context.core.sign({
          requestId: request.id,
          principal: principalOf(request),
          asked: { keyId: key },
          request: { type: TYPE, duty: request.body },
          idempotencyKey: idempotencyKeyOf(request),
          outlet: outletOf(reply),
        });
        count(context, undefined);
        return sendSignature(request, reply, answer);
      } catch (error) {
        count(context, error);
        throw error;
      }
    },
  );
}

function sendSignature(request: FastifyRequest, reply: FastifyReply, answer: Answer): FastifyReply {
  const { signature } = answer.fields;
  reply.header("x-request-id", answer.requestId);
  if (acceptsJson(request)) return reply.type("application/json; charset=utf-8").send({ signature });
  return reply.type("text/plain; charset=utf-8").serializer(String).send(signature);
}

function batchRoute(app: Application, context: HttpContext): void {
  app.post(
    "/api/v1/eth2/sign",
    {
      config: { signs: true },
      errorHandler: dutyErrorHandler(context),
      bodyLimit: DUTY_BYTES_MAX,
      schema: {
        tags,
        summary: "Sign one duty with many keys; one result for each, in their order",
        description: "The batch profile of the remote signing API's draft of 2026.",
        body: DutyBatch,
        response: answers(200, DutyOutcomes),
      },
    },
    async (request, reply) => {
      const { identifiers, signing_request: duty } = request.body;
      assertDistinct(identifiers);
      const keys = identifiers.map((identifier) => keyId(context, request, identifier));
      const found = keys.filter((key) => key !== undefined);
      const outcomes = await context.core.signMany({
        principal: principalOf(request),
        keyIds: found,
        request: { type: TYPE, duty },
        idempotencyKey: idempotencyKeyOf(request),
        outlet: outletOf(reply),
      });
      assertNotAllAlike(outcomes);
      for (const outcome of outcomes)
        count(context, outcome.status === "rejected" ? outcome.reason : undefined);
      const byKey = new Map(found.map((key, index) => [key, outcomes[index]]));
      return reply.send(
        identifiers.map((identifier, index) => {
          const outcome = byKey.get(keys[index] ?? "");
          if (outcome === undefined) count(context, unknownKey());
          return { identifier, ...resultOf(outcome) };
        }),
      );
    },
  );
}

/** A key that is there twice would be asked for two signatures at once; a client that does so has a mistake. */
function assertDistinct(identifiers: readonly string[]): void {
  const seen = new Set<string>();
  for (const [index, identifier] of identifiers.entries()) {
    const key = normalised(identifier) ?? identifier;
    if (seen.has(key)) {
      const field = `/identifiers/${index}`;
      throw new SignerError(
        "request.malformed",
        `${field}: names a key for the second time; send each key once`,
        {
          field,
        },
      );
    }
    seen.add(key);
  }
}

interface DutyOutcome {
  readonly signature?: unknown;
  readonly error?: Readonly<Record<string, unknown>>;
}

/** The draft's `{code: HTTP status, message}`, with our code and its evidence beside it. */
function resultOf(outcome: PromiseSettledResult<Answer> | undefined): DutyOutcome {
  if (outcome?.status === "fulfilled") return { signature: outcome.value.fields["signature"] };
  const failure = asSignerError(outcome === undefined ? unknownKey() : outcome.reason);
  const { code, message, members } = inTermsOf(failure, "/signing_request");
  return { error: { ...members, code: ERRORS[code].status, message, reason: code } };
}

/** Families of refusals that each key of a request meets for itself. */
const PER_KEY: readonly ErrorFamily[] = ["guard", "policy", "key"];

/** What is wrong with the duty or the service is wrong for every key: then the request as a whole has failed. */
function assertNotAllAlike(outcomes: readonly PromiseSettledResult<Answer>[]): void {
  const [first] = outcomes;
  if (first?.status !== "rejected") return;
  const { code } = asSignerError(first.reason);
  if (PER_KEY.includes(ERRORS[code].family)) return;
  if (
    outcomes.every((outcome) => outcome.status === "rejected" && asSignerError(outcome.reason).code === code)
  ) {
    throw inTermsOf(asSignerError(first.reason), "/signing_request");
  }
}

function reloadRoutes(app: Application, context: HttpContext): void {
  let lastOperationTime: string | undefined;
  const Reload = Type.Object({ status: Type.String() }, { additionalProperties: true });
  app.post(
    "/reload",
    {
      errorHandler,
      schema: {
        tags,
        summary: "For clients that reload after adding keys; keys are active as soon as they are imported",
        response: answers(202, Reload),
      },
    },
    (request, reply) => {
      const keys = context.core.validators.active(principalOf(request)).length;
      lastOperationTime = new Date().toISOString();
      return reply
        .code(202)
        .send({ status: "accepted", message: `${keys} keys are loaded; none had to be read again` });
    },
  );
  app.get(
    "/reload",
    { errorHandler, schema: { tags, summary: "How the last reload went", response: answers(200, Reload) } },
    (request) => {
      context.core.validators.assertVisible(principalOf(request));
      return lastOperationTime === undefined
        ? { status: "idle" }
        : { status: "completed", lastOperationTime };
    },
  );
}

function normalised(identifier: string): string | undefined {
  const hex = IDENTIFIER.exec(identifier.toLowerCase())?.[1];
  return hex === undefined ? undefined : `0x${hex}`;
}

/** Id of the caller's key with this public key, whatever its state; undefined where there is none. */
function keyId(context: HttpContext, request: FastifyRequest, identifier: string): string | undefined {
  const publicKey = normalised(identifier);
  if (publicKey === undefined) return undefined;
  return context.core.validators.find(principalOf(request), publicKey)?.id;
}

function unknownKey(): SignerError {
  return new SignerError(
    "key.not_found",
    "no validator key with this public key in your namespace; list them with GET /api/v1/eth2/publicKeys",
  );
}

function count(context: HttpContext, failure: unknown): void {
  const outcome = failure === undefined ? "signed" : asSignerError(failure).code;
  context.metrics.signed(TYPE, outcome);
  if (outcome === "key.not_found") context.metrics.validators.missingKey();
}
