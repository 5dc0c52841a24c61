/** /v1/keys/{keyId}/eots: batches of votes, and public randomness, for finality providers. */
import { Readable } from "node:stream";
import { Type } from "typebox";
import { toHex } from "../../domain/bytes.ts";
import { RANDOMNESS_BYTES } from "../../domain/eots.ts";
import { SignerError } from "../../domain/errors.ts";
import {
  commitmentOf,
  readRandomnessRange,
  type Commitment,
  type RandomnessRange,
} from "../../administration/eots.ts";
import type { Answer } from "../../signing/stages.ts";
import type { Application } from "../application.ts";
import { principalOf, type HttpContext } from "../context.ts";
import { idempotencyKeyOf } from "../idempotency.ts";
import { outletOf } from "../outlet.ts";
import { asSignerError } from "../problem.ts";
import { strictObject } from "../schemas/common.ts";
import type { EotsBatchRequest, EotsRandomnessRequest } from "../schemas/eots.ts";
import { answers, reference } from "../responses.ts";

const TYPE = "babylon.eots";
const KeyPath = strictObject({ keyId: Type.String({ maxLength: 64 }) });
const tags = ["finality providers"];

/** Values written at once: others get their turn in between. */
const VALUES_AT_ONCE = 1000;

export function eotsRoutes(app: Application, context: HttpContext): void {
  batchRoute(app, context);
  randomnessRoute(app, context);
}

function batchRoute(app: Application, context: HttpContext): void {
  app.post(
    "/v1/keys/:keyId/eots/batch",
    {
      config: { signs: true },
      schema: {
        tags,
        summary: "Sign votes for several heights, recorded together",
        description:
          "A refusal by policy or guard is in its item, and the others are signed. Whatever else fails, fails the " +
          "whole, and nothing is recorded.",
        params: KeyPath,
        body: reference<EotsBatchRequest>("EotsBatchRequest"),
        response: answers(200, reference("EotsBatch")),
      },
    },
    async (request, reply) => {
      const { chainId, items } = request.body;
      try {
        const outcomes = await context.core.signTogether({
          principal: principalOf(request),
          keyId: request.params.keyId,
          requests: items.map(({ height, message }) => ({ type: TYPE, chainId, height, message })),
          idempotencyKey: idempotencyKeyOf(request),
          outlet: outletOf(reply),
        });
        for (const outcome of outcomes) count(context, outcome);
        return await reply.send({
          items: items.map(({ height }, index) => ({ height, ...itemOf(outcomes[index]) })),
        });
      } catch (error) {
        const failure = inBatch(error);
        context.metrics.signed(TYPE, asSignerError(failure).code);
        throw failure;
      }
    },
  );
}

function itemOf(outcome: PromiseSettledResult<Answer> | undefined): Record<string, unknown> {
  if (outcome === undefined) throw new Error("a batch without an outcome for each item");
  if (outcome.status === "fulfilled") {
    const { requestId, fields } = outcome.value;
    return { requestId, signature: fields["signature"] };
  }
  const { code, message, members } = asSignerError(outcome.reason);
  const { requestId, ...evidence } = members;
  return { requestId, error: { ...evidence, code, detail: message } };
}

function count(context: HttpContext, outcome: PromiseSettledResult<Answer>): void {
  context.metrics.signed(
    TYPE,
    outcome.status === "fulfilled" ? "signed" : asSignerError(outcome.reason).code,
  );
}

/** Names the field in terms of this route: members of an item are in `/items/INDEX`. */
function inBatch(error: unknown): unknown {
  if (!(error instanceof SignerError)) return error;
  const { item, ...members } = error.members;
  const { field } = members;
  if (typeof item !== "number" || typeof field !== "string") return error;
  if (!/^\/(?:height|message)/.test(field)) return new SignerError(error.code, error.message, members);
  const place = `/items/${item}`;
  const message = error.message.startsWith(field) ? place + error.message : error.message;
  return new SignerError(error.code, message, { ...members, field: place + field });
}

function randomnessRoute(app: Application, context: HttpContext): void {
  app.post(
    "/v1/keys/:keyId/eots/randomness",
    {
      config: { signs: true },
      schema: {
        tags,
        summary: "Public randomness for many heights, with its Merkle root",
        description:
          "Derived from the key, the chain id and the height alone: the same question has the same answer for ever.",
        params: KeyPath,
        body: reference<EotsRandomnessRequest>("EotsRandomnessRequest"),
        response: answers(200, reference("EotsRandomness")),
      },
    },
    async (request, reply) => {
      const { keyId } = request.params;
      const range = readRandomnessRange(request.body);
      const { signingContext = "" } = request.body;
      const { publicKey, parts } = await context.core.eots.randomness(principalOf(request), keyId, [range], {
        partOf: async (values) =>
          randomnessJson(range, await commitmentOf(values, range.startHeight, signingContext), values),
        outlet: outletOf(reply),
      });
      context.metrics.eots.randomnessMade(publicKey, range.startHeight);
      const [text = []] = parts;
      return reply.type("application/json; charset=utf-8").send(Readable.from(text, { objectMode: false }));
    },
  );
}

/** The answer in pieces: as one text it would hold up everybody else for some milliseconds. */
async function* randomnessJson(
  { startHeight, count: values, interval }: RandomnessRange,
  commitment: Commitment,
  randomness: Uint8Array,
): AsyncGenerator<string> {
  const head = JSON.stringify({
    startHeight: startHeight.toString(),
    count: values,
    interval: interval.toString(),
    root: toHex(commitment.root),
    commitHash: toHex(commitment.hash),
  });
  yield `${head.slice(0, -1)},"publicRandomness":[`;
  for (let from = 0; from < values; from += VALUES_AT_ONCE) {
    const piece: string[] = [];
    for (let index = from; index < Math.min(from + VALUES_AT_ONCE, values); index += 1) {
      const at = index * RANDOMNESS_BYTES;
      piece.push(`"${toHex(randomness.subarray(at, at + RANDOMNESS_BYTES))}"`);
    }
    yield `${from === 0 ? "" : ","}${piece.join(",")}`;
    await new Promise((resolve) => setImmediate(resolve));
  }
  yield "]}";
}
