/** What the callers of acts get, and who is told of every change of the directory before they do. */
import { AnsweredBefore } from "../../domain/requests.ts";
import type { Acted, Change } from "./change.ts";

/** Told of what acts have changed, in the order of their commits. It must not throw. */
export type ChangeFollower = (changes: readonly Change[]) => void;

/** One for each ledger. */
export class ActReplies {
  #follower: ChangeFollower = () => undefined;

  /** In place of who followed before. */
  follow(follower: ChangeFollower): void {
    this.#follower = follower;
  }

  /**
   * The reply of a call, which arrives in its turn: whoever gets a later one finds the changes applied.
   * @throws AnsweredBefore for an act that was done before under its Idempotency-Key
   */
  replyOf(reply: unknown): unknown {
    if (!isActed(reply)) return reply;
    if (reply.acted === "before") throw new AnsweredBefore(reply.answer);
    if (reply.changes.length > 0) this.#follower(reply.changes);
    return reply.reply;
  }
}

function isActed(reply: unknown): reply is Acted<unknown> {
  return typeof reply === "object" && reply !== null && "acted" in reply;
}
