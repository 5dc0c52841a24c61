/** What the caller of an act gets: its reply, or the answer that was kept when it was done before. */
import { AnsweredBefore } from "../../domain/requests.ts";
import type { Acted } from "./change.ts";

/** The reply of a call. @throws AnsweredBefore for an act that was done before under its Idempotency-Key */
export function replyOf(reply: unknown): unknown {
  if (!isActed(reply)) return reply;
  if (reply.acted === "before") throw new AnsweredBefore(reply.answer);
  return reply.reply;
}

function isActed(reply: unknown): reply is Acted<unknown> {
  return typeof reply === "object" && reply !== null && "acted" in reply;
}
