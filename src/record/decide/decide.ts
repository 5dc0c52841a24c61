/**
 * The record step, inside the batch's transaction and before the vault is called: read the facts of all calls, judge them one
 * after the other, write what came of it.
 * @module
 */
import type { Store } from "../store.ts";
import { asked, type DecideCall } from "./asked.ts";
import { facts } from "./facts.ts";
import { judge, type Decided } from "./judge.ts";

/**
 * Decides the calls of a batch in order. One that throws while it is judged fails alone, and leaves nothing.
 * @throws what the store throws: undo what was written, and decide the calls one by one
 */
export function decide(store: Store, calls: readonly DecideCall[]): readonly Decided[] {
  const read = calls.map(asked);
  const { replies, rows } = judge(read, store.read(facts(read)));
  store.write(rows);
  return replies;
}
