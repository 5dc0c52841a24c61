/**
 * An act as a value: who may do it, which facts it needs, and what follows from them. A judge is pure: it reads and writes
 * nothing, and knows no store. perform.ts does acts, each in one transaction.
 * @module
 */
import type { LiveCaller, Need } from "../../access/actors.ts";
import type { Json } from "../../domain/canonical.ts";
import type { Brought } from "../../domain/requests.ts";
import type { Actor, Input, LedgerThread, ReadName, Reply, StoredAnswer } from "../contract.ts";
import type { Change } from "./change.ts";
import type { Facts, Questions } from "./facts.ts";
import type { Row } from "./rows.ts";

/** The methods of the ledger thread that somebody does: each is an act. */
export type ActName = {
  [Name in Exclude<keyof LedgerThread, ReadName>]: Input<Name> extends { readonly actor: Actor }
    ? Name
    : never;
}[Exclude<keyof LedgerThread, ReadName>];

/** What the caller must be allowed: always the same, or as the input says; all of what is named. */
export type Permission<Name extends ActName> =
  Need | ((input: Input<Name>) => readonly [Need, ...(readonly Need[])]);

/** Members of an audit leaf beside who did it: what was done, to what. */
export interface Leaf {
  readonly action: string;
  readonly [member: string]: Json;
}

/** The acts whose answer is kept. */
type AnsweredName = {
  [Name in ActName]: Input<Name> extends { readonly answer: StoredAnswer } ? Name : never;
}[ActName];

/** What an act comes to. One whose answer is kept says what it brought about, or that the answer is not to be kept. */
export type Judged<Name extends ActName> = JudgedMembers<Name> &
  (Name extends AnsweredName
    ? { readonly brought: Brought | null } | { readonly answerHolds: false }
    : unknown);

interface JudgedMembers<Name extends ActName> {
  readonly reply: Reply<Name>;
  /** Written in their order; none for an act that found everything as it asked for. */
  readonly rows?: readonly Row[];
  readonly leaves?: readonly Leaf[];
  /** The time of the leaves, where it is another than that of the act: RFC 3339 in UTC. */
  readonly dated?: string;
  readonly changes?: readonly Change[];
  /** False: the answer that came with the act is not what it came to, so that it is not kept. */
  readonly answerHolds?: boolean;
  /** What a repeat of the act may rely on; null: what is never undone. */
  readonly brought?: Brought | null;
}

/** What follows from a part of an act. */
export type Consequences = Required<Pick<Judged<ActName>, "rows" | "leaves" | "changes">>;

export const NOTHING: Consequences = { rows: [], leaves: [], changes: [] };

/** The parts one after the other. */
export function together(...parts: readonly Consequences[]): Consequences {
  return {
    rows: parts.flatMap(({ rows }) => rows),
    leaves: parts.flatMap(({ leaves }) => leaves),
    changes: parts.flatMap(({ changes }) => changes),
  };
}

/** When an act is judged, and for whom. */
export interface Circumstances {
  readonly caller: LiveCaller;
  /** RFC 3339 in UTC; the time of the act's leaves. */
  readonly at: string;
}

export interface Act<Name extends ActName, Asked extends Questions = Questions> {
  readonly permission: Permission<Name>;
  readonly facts: (input: Input<Name>) => Asked;
  /** @throws SignerError the refusal; then nothing is written */
  readonly judge: (input: Input<Name>, facts: Facts<Asked>, circumstances: Circumstances) => Judged<Name>;
}

/** Says that a value is the act of this method, so that its questions and facts have their types. */
export function actOf<Name extends ActName>(): <Asked extends Questions>(
  act: Act<Name, Asked>,
) => Act<Name, Asked> {
  return (act) => act;
}
