/** Votes over gRPC: one, or a batch of any length, which is signed in parts. */
import { status as Status } from "@grpc/grpc-js";
import { toHex } from "../domain/bytes.ts";
import { SignerError } from "../domain/errors.ts";
import { MESSAGE_BYTES_MAX } from "../domain/eots.ts";
import type { KeyRecord } from "../domain/keys.ts";
import type { Core } from "../core.ts";
import type { SignCall } from "../signing/submission.ts";
import type { CallOutlet } from "./outlet.ts";
import { readBatchBody, type BatchBody } from "./batch-body.ts";
import { encodeAnswer, malformed, type Message } from "./messages.ts";
import { keyOf, outcomeOf, signatureIn, signOne, type EotsManager } from "./provider.ts";
import { CallRefused, isNeverSigned } from "./statuses.ts";

type SignRequest = SignCall["request"];

const EOTS = "babylon.eots";
/** Items above which a batch catches up; one that is smaller may be a live vote, and waits for nobody. */
const CATCH_UP_FROM = 200;

export async function signEots(manager: EotsManager, request: Message, outlet: CallOutlet): Promise<Buffer> {
  const key = keyOf(manager, request);
  const signature = await signOne(manager, key, eotsRequest(request.bytes("chainId"), request), outlet);
  return encodeAnswer("SignEOTS", { sig: signature });
}

/**
 * All heights that can be signed, in the order of the request; those that have another message already are left out. The whole
 * batch is read before any of it is signed; then each thousand is recorded in one commit. What fails in between leaves
 * records, and the same batch can be sent again.
 */
export async function signBatch(manager: EotsManager, body: Buffer, outlet: CallOutlet): Promise<Buffer> {
  const { answerBytesMax, catchUp } = manager;
  const batch = batchIn(body, answerBytesMax);
  await assertSound(batch, answerBytesMax);
  const key = keyOf(manager, batch.part(0));
  if (batch.count === 0) {
    const { core, principal } = manager;
    core.eots.assertReady(principal, key.id);
    return encodeAnswer("SignBatchEOTS", { items: [] });
  }
  const answers: Buffer[] = [];
  for (let index = 0; index < batch.parts; index += 1) {
    const work = (): Promise<Buffer> => signPart(manager, key, batch.part(index), outlet);
    outlet.assertWanted();
    answers.push(await (batch.count > CATCH_UP_FROM ? catchUp.take(work) : work()));
  }
  // Repeated fields: the answers of the parts one after the other are the answer.
  return Buffer.concat(answers);
}

/** Bytes of one signature in an answer without its height: two tags, two lengths, 32 bytes. */
const ANSWER_ITEM_BYTES = 36;
/** Of a height that is not 0: a tag, and at most ten bytes. */
const HEIGHT_BYTES_MAX = 11;

function batchIn(body: Buffer, answerBytesMax: number): BatchBody {
  try {
    return readBatchBody(body, Math.floor(answerBytesMax / ANSWER_ITEM_BYTES));
  } catch (error) {
    if (error instanceof RangeError) throw answerTooLong("this batch", answerBytesMax);
    throw error;
  }
}

/** Of what cannot be sent back nothing is made. */
export function answerTooLong(what: string, bytesMax: number): CallRefused {
  return new CallRefused(
    Status.RESOURCE_EXHAUSTED,
    `the answer to ${what} would be larger than max (${bytesMax} bytes, eots.maxMessageBytes); ask for fewer heights at once`,
  );
}

/** Reads every item, part by part, and keeps the heights alone. */
async function assertSound(batch: BatchBody, answerBytesMax: number): Promise<void> {
  const heights = new BigUint64Array(batch.count);
  let at = 0;
  let answerBytes = 0;
  let ascending = true;
  for (let index = 0; index < batch.parts; index += 1) {
    if (index > 0) await new Promise((resolve) => setImmediate(resolve));
    for (const item of batch.part(index).list("items")) {
      const height = item.whole("height");
      assertMessage(item.bytes("msg"), at);
      ascending &&= at === 0 || (heights[at - 1] ?? 0n) < height;
      heights[at] = height;
      answerBytes += ANSWER_ITEM_BYTES + (height === 0n ? 0 : HEIGHT_BYTES_MAX);
      at += 1;
    }
  }
  if (!ascending) assertNoneTwice(heights);
  if (answerBytes > answerBytesMax) throw answerTooLong("this batch", answerBytesMax);
}

function assertMessage(message: Uint8Array, item: number): void {
  if (message.length <= MESSAGE_BYTES_MAX) return;
  throw malformed(`items ${item}: msg must have at most ${MESSAGE_BYTES_MAX} bytes, not ${message.length}`);
}

function assertNoneTwice(heights: BigUint64Array): void {
  const sorted = heights.toSorted();
  if (!sorted.some((height, index) => index > 0 && height === sorted[index - 1])) return;
  throw new CallRefused(Status.INVALID_ARGUMENT, "a height comes twice in this batch; send each height once");
}

/** One part, recorded in one commit. */
async function signPart(
  manager: EotsManager,
  key: KeyRecord,
  part: Message,
  outlet: CallOutlet,
): Promise<Buffer> {
  const chainId = part.bytes("chainId");
  const items = part.list("items");
  const requests = items.map((item) => eotsRequest(chainId, item));
  const outcomes = await signTogether(manager, key, requests, outlet);
  const answered: { readonly sig: Uint8Array; readonly height: string }[] = [];
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.status === "fulfilled") {
      const height = items[index]?.whole("height") ?? 0n;
      answered.push({ sig: signatureIn(outcome.value.fields), height: height.toString() });
    } else if (!(outcome.reason instanceof SignerError && isNeverSigned(outcome.reason))) {
      throw outcome.reason;
    }
  }
  return encodeAnswer("SignBatchEOTS", { items: answered });
}

/** Each outcome counted; a part that fails as a whole counts once. */
async function signTogether(
  { core, principal, onSigned }: EotsManager,
  key: KeyRecord,
  requests: readonly SignRequest[],
  outlet: CallOutlet,
): ReturnType<Core["signTogether"]> {
  try {
    const outcomes = await core.signTogether({
      principal,
      keyId: key.id,
      requests,
      idempotencyKey: null,
      outlet,
    });
    for (const outcome of outcomes) {
      onSigned(EOTS, outcome.status === "fulfilled" ? "signed" : outcomeOf(outcome.reason));
    }
    return outcomes;
  } catch (error) {
    onSigned(EOTS, outcomeOf(error));
    throw error;
  }
}

/** A chain id goes as hex: as text, one that is no UTF-8 would not be itself. */
function eotsRequest(chainId: Uint8Array, item: Message): SignRequest {
  return {
    type: EOTS,
    chainId: { hex: toHex(chainId) },
    height: item.whole("height").toString(),
    message: toHex(item.bytes("msg")),
  };
}
