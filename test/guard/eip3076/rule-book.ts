/** The rule book of EIP-3076, read: what each line says, as a ledger that has that history. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { toHex } from "../../../src/domain/bytes.ts";
import { SignerError } from "../../../src/domain/errors.ts";
import type { DutyClaim } from "../../../src/domain/guard.ts";
import type { DutyFacts } from "../../../src/guard/eip3076/facts.ts";
import type { judge } from "../../../src/guard/eip3076/judge.ts";
import { documentOf } from "./examples.ts";
import { attestation, block, Guard, publicKey, root, SOURCE, type Implementation } from "./guard.ts";

export type Judge = typeof judge;

export interface Line {
  readonly name: string;
  readonly history: readonly string[];
  readonly claim: DutyClaim;
  readonly expected: string;
}

const DUTY =
  /^(?:block (?<slot>\d+)|vote (?<source>\d+)>(?<target>\d+)) (?<root>[AB?])(?<other> of another chain)?$/;

export const LINES: readonly Line[] = readFileSync(join(SOURCE, "guard/eip3076/rule-book.txt"), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map(lineOf);

function lineOf(text: string): Line {
  const [name = "", history = "", claim = "", expected = ""] = text.split("|").map((part) => part.trim());
  const words = history === "" ? [] : history.split(", ");
  return { name, history: words, claim: claimOf(claim), expected };
}

function partsOf(text: string): Record<string, string | undefined> {
  const found = DUTY.exec(text)?.groups;
  assert.ok(found !== undefined, `a block or a vote: ${text}`);
  return found;
}

function claimOf(text: string): DutyClaim {
  const { slot, source = "", target = "", root: letter, other } = partsOf(text);
  const message = letter === "A" ? 1 : 2;
  const claim =
    slot === undefined
      ? attestation(0, BigInt(source), BigInt(target), message)
      : block(0, BigInt(slot), message);
  return other === undefined ? claim : { ...claim, genesisValidatorsRoot: root(200) };
}

/** The interchange document of the records in a history; null where it has none. */
export function documentIn({ history }: Pick<Line, "history">): string | null {
  const records = history.filter((word) => DUTY.test(word)).map(partsOf);
  if (records.length === 0) return null;
  const rootOf = ({ root: letter }: Record<string, string | undefined>): string =>
    letter === "?" ? "" : `,"signing_root":"${toHex(root(letter === "A" ? 1 : 2))}"`;
  const blocks = records.flatMap((record) =>
    record["slot"] === undefined ? [] : `{"slot":"${record["slot"]}"${rootOf(record)}}`,
  );
  const votes = records.flatMap((record) =>
    record["slot"] === undefined
      ? `{"source_epoch":"${record["source"]}","target_epoch":"${record["target"]}"${rootOf(record)}}`
      : [],
  );
  return documentOf(entryOf(blocks, votes));
}

function entryOf(blocks: readonly string[], votes: readonly string[]): string {
  return `{"pubkey":"${toHex(publicKey(0))}","signed_blocks":[${blocks.join()}],"signed_attestations":[${votes.join()}]}`;
}

/** What an operator has set, or begun: it stays behind when a history moves. */
export async function configure(store: Guard, { history }: Line): Promise<void> {
  for (const word of history) {
    const [, kind = "", at = ""] = /^bound (slot|epoch) (\d+)$/.exec(word) ?? [];
    if (kind === "slot") store.configure({ slotBound: BigInt(at) });
    else if (kind === "epoch") store.configure({ epochBound: BigInt(at) });
    else if (word === "minimal") store.configure({ mode: "minimal" });
    else if (word === "refuse unknown") store.configure({ unknownHistory: "refuse" });
    else if (word === "floor 5/5")
      store.configure({ unknownHistory: "floor", floorSlot: 5n, floorEpoch: 5n });
    else if (word === "disabled") store.setEnabled(false, [publicKey(0)]);
    else if (word === "merging") await store.stageAndMark(documentOf(entryOf([], [])));
    else if (word === "chain")
      store.slashing.setChain({ genesisValidatorsRoot: block(0, 0n, 0).genesisValidatorsRoot });
    else assert.match(word, DUTY, "a word of the rule book");
  }
}

/** A ledger with the history of a line. */
export async function ledgerOf(code: Implementation, line: Line): Promise<Guard> {
  const store = new Guard(code);
  const document = documentIn(line);
  if (document !== null) await store.import(document);
  await configure(store, line);
  return store;
}

/** `recorded`, `same`, or the code of the refusal. */
export function verdictOf(judgeClaims: Judge, claim: DutyClaim, facts: DutyFacts): string {
  try {
    const [verdict] = judgeClaims([claim], facts).verdicts;
    return verdict?.verdict === "refused" ? verdict.refusal.code : (verdict?.verdict ?? "nothing");
  } catch (error) {
    if (error instanceof SignerError) return error.code;
    throw error;
  }
}
