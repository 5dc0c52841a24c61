/**
 * A contract is an interface: what another thread can be asked, a method for each question. The caller's side is derived from
 * it by `remote`, the answering side by `serve`. Arguments and replies must be structured-cloneable.
 * @module
 */
import type { ErrorCode, ProblemMembers } from "../domain/errors.ts";

/** The contract as its callers see it: the same methods, each answered later. */
export type Remote<Contract> = {
  readonly [Name in keyof Contract]: Contract[Name] extends (...input: infer Input) => infer Reply
    ? (...input: Input) => Promise<Reply>
    : never;
};

/** The contract as the other side implements it: at once, or later. */
export type Served<Contract> = {
  readonly [Name in keyof Contract]: Contract[Name] extends (...input: infer Input) => infer Reply
    ? (...input: Input) => Reply | Promise<Reply>
    : never;
};

/** One call on its way: the method's name and its arguments. */
export interface Call {
  readonly method: string;
  readonly input: readonly unknown[];
}

/** How one call ended on the other side: plain data, because Error objects lose their code when they are cloned. */
export type Outcome<Reply = unknown> =
  | { readonly ok: true; readonly reply: Reply }
  | {
      readonly ok: false;
      readonly code: ErrorCode;
      readonly message: string;
      readonly members: ProblemMembers;
    };
