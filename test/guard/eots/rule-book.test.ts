/**
 * The rule book of EOTS: each line through the guard, through the model that knows no code of ours, and once more after the history
 * went out and came in again. A guard with one rule altered fails the line that names it.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { SignerError } from "../../../src/domain/errors.ts";
import type { EotsClaim } from "../../../src/domain/guard.ts";
import { facts, type StatementFacts, type TrackFacts } from "../../../src/guard/eots/facts.ts";
import { judge } from "../../../src/guard/eots/judge.ts";
import { readStatements } from "../../../src/record/guard-tables.ts";
import { claim, Guard, loadImplementation, place, publicKey, SOURCE } from "./guard.ts";
import { Oracle } from "./oracle.ts";

type Judge = typeof judge;

interface Line {
  readonly name: string;
  readonly history: readonly string[];
  readonly claim: EotsClaim;
  readonly expected: string;
}

const MESSAGES: Readonly<Record<string, number>> = { "-": 0, A: 1, B: 2 };

function claimOf(text: string): EotsClaim {
  const [height = "", message = ""] = text.split(" ");
  if (message === "long") return { ...claim(0, BigInt(height), 1), message: new Uint8Array(8193) };
  const index = MESSAGES[message];
  assert.ok(index !== undefined, `a message: ${text}`);
  return claim(0, BigInt(height), index);
}

const LINES: readonly Line[] = readFileSync(join(SOURCE, "guard/eots/rule-book.txt"), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => {
    const [name = "", history = "", asked = "", expected = ""] = line.split("|").map((part) => part.trim());
    return { name, history: history === "" ? [] : history.split(", "), claim: claimOf(asked), expected };
  });

const CODE = await loadImplementation();

function ledgerOf(history: readonly string[]): Guard {
  const guard = new Guard(CODE);
  for (const word of history) {
    if (word.startsWith("signed ")) assert.equal(guard.verdict(claimOf(word.slice(7))), "recorded");
    else if (word.startsWith("floor ")) guard.setFloor(place(0, BigInt(word.slice(6))));
    else if (word === "needs a floor") guard.requireFloor(0);
    else if (word === "disabled") guard.setEnabled(false, [publicKey(0)]);
    else assert.fail(`no word of the rule book: ${word}`);
  }
  return guard;
}

function modelOf(history: readonly string[]): Oracle {
  const oracle = new Oracle();
  for (const word of history) {
    if (word.startsWith("signed ")) oracle.check("key", entryOf(claimOf(word.slice(7))), "recorded");
    else if (word.startsWith("floor ")) oracle.raise("track", BigInt(word.slice(6)));
    else if (word === "needs a floor") oracle.require("key");
    else oracle.setEnabled("key", false);
  }
  return oracle;
}

function entryOf({ height, message }: EotsClaim): { track: string; height: bigint; message: string } {
  return { track: "track", height, message: Buffer.from(message).toString("hex") };
}

/** `recorded`, `same`, or the code of the refusal. */
function verdictOf(judgeClaims: Judge, asked: EotsClaim, known: StatementFacts): string {
  try {
    const [verdict] = judgeClaims([asked], known).verdicts;
    return verdict?.verdict === "refused" ? verdict.refusal.code : (verdict?.verdict ?? "nothing");
  } catch (error) {
    if (error instanceof SignerError) return error.code;
    throw error;
  }
}

function ask(guard: Guard, asked: EotsClaim): string {
  return verdictOf(judge, asked, readStatements(guard.eots, facts([asked])));
}

const known = new Map<Line, StatementFacts>();
before(() => {
  for (const line of LINES) {
    known.set(line, readStatements(ledgerOf(line.history).eots, facts([line.claim])));
  }
});

/** The lines that a judge gets wrong, by name. */
function wrongLines(judgeClaims: Judge): readonly string[] {
  return LINES.filter((line) => {
    const read = known.get(line);
    assert.ok(read !== undefined);
    return verdictOf(judgeClaims, line.claim, read) !== line.expected;
  }).map(({ name }) => name);
}

test("rule book: no two lines have one name", () =>
  assert.equal(new Set(LINES.map(({ name }) => name)).size, LINES.length));

test("rule book: the guard says what each line says", () => assert.deepEqual(wrongLines(judge), []));

for (const { name, history, claim: asked, expected } of LINES) {
  if (expected !== "request.malformed") {
    test(`rule book: the model agrees: ${name}`, () =>
      modelOf(history).check("key", entryOf(asked), expected));
  }

  test(`rule book: judged again where the history went out and came in: ${name}`, async () => {
    const guard = ledgerOf(history);
    assert.equal(ask(guard, asked), expected);
    if (expected === "recorded") guard.sign(asked);
    const other = new Guard(CODE);
    await other.import(guard.export());
    // Whether a key is disabled is an operator's word about one ledger, and does not travel.
    if (history.includes("disabled")) other.setEnabled(false, [publicKey(0)]);
    assert.equal(ask(other, asked), ask(guard, asked));
  });
}

/** A judge that knows something else than what was read. */
const knowing =
  (alter: (track: TrackFacts) => TrackFacts): Judge =>
  (claims, read) =>
    judge(claims, read.map(alter));

/** Each altered rule, and a line that it breaks. */
const MUTANTS: Readonly<Record<string, readonly [mutant: Judge, line: string]>> = {
  "a disabled key signs": [knowing((track) => ({ ...track, frozen: false })), "a frozen key signs nothing"],
  "a disabled key repeats": [
    knowing((track) => ({ ...track, frozen: track.frozen && track.messages.length === 0 })),
    "a frozen key repeats nothing",
  ],
  "a record counts for nothing": [knowing((track) => ({ ...track, messages: [] })), "another message"],
  "messages are not compared": [
    (claims, read) =>
      judge(
        claims,
        read.map((track) => ({
          ...track,
          messages: track.messages.map(({ height }) => ({ height, message: claims[0] ?? NOTHING })),
        })),
      ),
    "another message",
  ],
  "a repeat is refused": [
    knowing((track) => ({
      ...track,
      messages: track.messages.map(({ height }) => ({ height, message: { message: Uint8Array.of(9) } })),
    })),
    "the same message",
  ],
  "an empty message is none": [
    knowing((track) => ({
      ...track,
      messages: track.messages.filter(({ message }) => message.message.length > 0),
    })),
    "an empty message is a message",
  ],
  "the floor comes before the record": [
    knowing((track) => ({
      ...track,
      messages: track.messages.filter(({ height }) => track.floor === null || height > track.floor),
    })),
    "the same message below the floor",
  ],
  "height < for ≤ the floor": [
    knowing((track) => ({ ...track, floor: track.floor === null ? null : track.floor - 1n })),
    "at the floor",
  ],
  "the floor is not applied": [knowing((track) => ({ ...track, floor: null })), "below the floor"],
  "a floor of 0 is none": [
    knowing((track) => ({ ...track, floor: track.floor === 0n ? null : track.floor })),
    "a floor of zero is one",
  ],
  "a key that needs a floor signs without": [
    knowing((track) => ({ ...track, requiresFloor: false })),
    "a key that needs a floor",
  ],
};

const NOTHING = { message: new Uint8Array() };

for (const [name, [mutant, line]] of Object.entries(MUTANTS)) {
  test(`rule book: caught: ${name}`, () => {
    const wrong = wrongLines(mutant);
    assert.ok(wrong.includes(line), `${line} is not among ${wrong.join(", ") || "none"}`);
  });
}
