/**
 * EIP-3076's rule book: each line through the guard, through the model that knows no code of ours, and once more after the history
 * went out and came in again. A guard with one rule altered fails the line that names it.
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { SignerError } from "../../../src/domain/errors.ts";
import type { DutyClaim, ValidatorHistory } from "../../../src/domain/guard.ts";
import type { DutyFacts, ValidatorFacts } from "../../../src/guard/eip3076/facts.ts";
import { facts } from "../../../src/guard/eip3076/facts.ts";
import { judge } from "../../../src/guard/eip3076/judge.ts";
import { readDuties } from "../../../src/record/guard-tables.ts";
import { Guard, loadImplementation, type Interchange } from "./guard.ts";
import { Oracle } from "./oracle.ts";
import { configure, documentIn, ledgerOf, LINES, verdictOf, type Judge, type Line } from "./rule-book.ts";

const CODE = await loadImplementation();
const known = new Map<Line, DutyFacts>();

before(async () => {
  for (const line of LINES) {
    const store = await ledgerOf(CODE, line);
    known.set(line, readDuties(store.slashing, facts([line.claim])));
    store.database.close();
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

test("rule book: no two lines have one name, and each refusal of the guard has a line", () => {
  assert.equal(new Set(LINES.map(({ name }) => name)).size, LINES.length);
  const refusals = new Set(LINES.map(({ expected }) => expected));
  for (const code of [
    "genesis_root",
    "merging",
    "disabled",
    "unknown_history",
    "source_after_target",
    "above_watermark",
  ]) {
    assert.ok(refusals.has(`guard.${code}`), code);
  }
  for (const code of ["double_proposal", "double_vote", "surrounds", "surrounded", "below_watermark"]) {
    assert.ok(refusals.has(`guard.${code}`), code);
  }
});

test("rule book: the guard says what each line says", () => assert.deepEqual(wrongLines(judge), []));

/** What only records decide, or that they are half of them: the model knows no settings. */
const OF_RECORDS = /^(?:block|vote) |^minimal$|^merging$/;

/** What the model calls it: no verdict. */
const MODEL: Readonly<Record<string, string>> = { "guard.merging": "merging" };

/** A history that contradicts itself raises the watermark over both records, and what is below it does not leave. */
const MOVED: Readonly<Record<string, string>> = {
  "surrounded before surrounding": "guard.below_watermark",
};

for (const line of LINES) {
  const { name, claim, history, expected } = line;
  const plain =
    history.every((word) => OF_RECORDS.test(word)) &&
    !["request.malformed", "guard.genesis_root"].includes(expected);
  if (plain) {
    test(`rule book: the model agrees: ${name}`, () => {
      const oracle = new Oracle();
      const document = documentIn(line);
      if (document !== null) oracle.import(JSON.parse(document) as Interchange);
      oracle.setMinimal(history.includes("minimal"));
      if (history.includes("merging")) oracle.merge(claim.publicKey);
      oracle.check(claim, MODEL[expected] ?? (expected.startsWith("guard.") ? "refused" : expected));
    });
  }

  test(`rule book: judged again where the history went out and came in: ${name}`, async () => {
    const store = await ledgerOf(CODE, line);
    const ask = (guard: Guard): string => {
      const read = readDuties(guard.slashing, facts([claim]));
      return verdictOf(judge, claim, read);
    };
    assert.equal(ask(store), expected);
    if (expected === "recorded") store.sign(claim);
    // Half a history goes nowhere.
    if (history.includes("merging")) return assert.throws(() => store.export(), { code: "guard.merging" });
    if (store.slashing.chain().genesisValidatorsRoot === null) return;
    const other = new Guard(CODE);
    // Before the history comes: which watermarks it brings depends on the mode.
    await configure(other, { ...line, history: history.filter((word) => word === "minimal") });
    await other.import(store.export());
    await configure(other, { ...line, history: history.filter((word) => !OF_RECORDS.test(word)) });
    assert.equal(ask(other), MOVED[name] ?? ask(store));
  });
}

type Alter<Value> = (value: Value, claim: DutyClaim) => Value;

/** A judge that knows something else than what was read. */
const knowing =
  (alter: Alter<DutyFacts>): Judge =>
  (claims, read) =>
    judge(claims, claims[0] === undefined ? read : alter(read, claims[0]));
const knowingOf = (alter: Alter<ValidatorFacts>): Judge =>
  knowing((read, claim) => ({
    ...read,
    validators: read.validators.map((validator) => alter(validator, claim)),
  }));
const withRow = (alter: Alter<ValidatorHistory>): Judge =>
  knowingOf((validator, claim) => ({
    ...validator,
    row: validator.row === undefined ? undefined : alter(validator.row, claim),
  }));
const withChain = (change: Partial<DutyFacts["chain"]>): Judge =>
  knowing((read) => ({ ...read, chain: { ...read.chain, ...change } }));
/** A judge that does not see some votes. */
const blindTo = (hidden: (vote: ValidatorFacts["votes"][number], claim: Vote) => boolean): Judge =>
  knowingOf((validator, claim) =>
    claim.kind === "eip3076.block"
      ? validator
      : { ...validator, votes: validator.votes.filter((vote) => !hidden(vote, claim)) },
  );
type Vote = Extract<DutyClaim, { readonly kind: "eip3076.attestation" }>;

const later = (value: bigint | null): bigint | null => (value === null ? null : value + 1n);
const earlier = (value: bigint | null): bigint | null => (value === null ? null : value - 1n);

/** Each altered rule, and a line that it breaks. */
const MUTANTS: Readonly<Record<string, readonly [mutant: Judge, line: string]>> = {
  "another chain is let through": [withChain({ genesisValidatorsRoot: null }), "one directory, one chain"],
  "half a history is judged by": [
    knowingOf((validator) => ({ ...validator, merging: false })),
    "half a history lets nothing be signed",
  ],
  "a freeze comes before half a history": [
    knowingOf((validator) => ({
      ...validator,
      merging: validator.merging && validator.row?.frozen !== true,
    })),
    "half a history before the freeze",
  ],
  "the mark comes before the chain": [
    (claims, read) => {
      if (read.validators.some(({ merging }) => merging)) throw new SignerError("guard.merging", "");
      return judge(claims, read);
    },
    "the chain before half a history",
  ],
  "a disabled key signs": [withRow((row) => ({ ...row, frozen: false })), "a frozen key signs nothing"],
  "the unknown is accepted": [withChain({ unknownHistory: "accept" }), "nothing known, nothing signed"],
  "source after target is let through": [
    (claims, read) =>
      judge(
        claims.map((claim) =>
          claim.kind === "eip3076.attestation" && claim.sourceEpoch > claim.targetEpoch
            ? { ...claim, sourceEpoch: claim.targetEpoch }
            : claim,
        ),
        read,
      ),
    "source after target",
  ],
  "the bound is passed by one slot": [
    knowing((read) => ({ ...read, chain: { ...read.chain, slotBound: later(read.chain.slotBound) } })),
    "at the bound of slots",
  ],
  "the bound is passed by one epoch": [
    knowing((read) => ({ ...read, chain: { ...read.chain, epochBound: later(read.chain.epochBound) } })),
    "at the bound of epochs",
  ],
  "no block is known": [knowingOf((validator) => ({ ...validator, blocks: [] })), "two blocks of a slot"],
  "one of several blocks is compared": [
    knowingOf((validator) => ({ ...validator, blocks: validator.blocks.slice(0, 1) })),
    "one of two blocks on record",
  ],
  "a repeat is refused": [
    (claims, read) => {
      const { verdicts, rows } = judge(claims, read);
      return { verdicts: verdicts.map((found) => (found.verdict === "same" ? REFUSED : found)), rows };
    },
    "the same block",
  ],
  "a double vote is let through": [
    blindTo((vote, claim) => vote.target === claim.targetEpoch),
    "two votes for a target",
  ],
  "a repeat with another source": [
    blindTo((vote, claim) => vote.target === claim.targetEpoch && vote.source !== claim.sourceEpoch),
    "another source for a target",
  ],
  "a surrounded vote is let through": [
    blindTo((vote, claim) => vote.source < claim.sourceEpoch && vote.target > claim.targetEpoch),
    "surrounded by a vote",
  ],
  "a surrounding vote is let through": [
    blindTo((vote, claim) => vote.source > claim.sourceEpoch && vote.target < claim.targetEpoch),
    "surrounds a vote",
  ],
  "slot < for ≤ the watermark": [
    withRow((row) => ({ ...row, lowSlot: earlier(row.lowSlot) })),
    "at the watermark of slots",
  ],
  "target < for ≤ the watermark": [
    withRow((row) => ({ ...row, lowTarget: earlier(row.lowTarget) })),
    "at the watermark of targets",
  ],
  "source ≤ for < the watermark": [
    withRow((row) => ({ ...row, lowSource: later(row.lowSource) })),
    "from the watermark of sources",
  ],
  "the source watermark is forgotten": [
    withRow((row) => ({ ...row, lowSource: null, lowTarget: null })),
    "a vote from before the source's watermark",
  ],
  "the floor is not applied": [withChain({ floorSlot: null, floorEpoch: null }), "at the floor of epochs"],
};

const REFUSED = {
  verdict: "refused",
  refusal: { code: "guard.below_watermark", detail: "", evidence: {} },
} as const;

for (const [name, [mutant, line]] of Object.entries(MUTANTS)) {
  test(`rule book: caught: ${name}`, () => {
    const wrong = wrongLines(mutant);
    assert.ok(wrong.includes(line), `${line} is not among ${wrong.join(", ") || "none"}`);
  });
}
