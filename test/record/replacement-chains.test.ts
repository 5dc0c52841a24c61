/**
 * Replacements under spending limits against the model of a chain, which takes whatever pays most of what was signed, and
 * never two that spend the same slot. REPLACEMENT_RUNS says how many sequences are tried.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LimitTable } from "../../src/ledger/tables/limits.ts";
import { Journal } from "../../src/domain/journal.ts";
import { foresightFacts } from "../../src/record/decide/facts.ts";
import { countLimits, overLimit, reserve } from "../../src/record/decide/limits.ts";
import { WorkingLimits } from "../../src/record/decide/working-limits.ts";
import { readLimits, writeSpends } from "../../src/record/limit-tables.ts";
import { memoryLedger } from "../ledger/memory.ts";
import { rounds } from "../extent.ts";
import { claim } from "./tables.ts";

const RUNS = rounds("REPLACEMENT_RUNS");

/** What the model of a chain knows of a signed transaction: an amount for each counter. */
interface Transaction {
  readonly slots: readonly string[];
  readonly amounts: readonly [bigint, bigint];
  /** Seconds since the one before. */
  readonly wait: number;
}

interface Signed extends Transaction {
  readonly second: number;
}

/** True: it fits, and is reserved. */
type Book = (transaction: Transaction, second: number) => boolean;

const COUNTERS = [
  { counter: "short", window: 4, max: 10n },
  { counter: "long", window: 11, max: 16n },
] as const;

const database = memoryLedger();
let books = 0;

/** The product's book, under a binding of its own. */
function realBook(): Book {
  const limits = new LimitTable(database);
  books += 1;
  const bindingId = `bnd_${books}`;
  return ({ slots, amounts }, second) => {
    const reservations = COUNTERS.map(({ counter, window, max }, index) =>
      claim({ bindingId, counter, window, max: String(max), amount: String(amounts[index]) }),
    );
    const call = { reservations, slots };
    const known = readLimits(limits, foresightFacts(call), second);
    const copy = new WorkingLimits({ at: new Date(second * 1000).toISOString(), ...known }, new Journal());
    const counted = countLimits(copy, call);
    if (overLimit(counted) !== null) return false;
    reserve(copy, "root", counted);
    writeSpends(limits, copy.rows(), second);
    limits.keep();
    return true;
  };
}

/** What one counter holds, in plain words: what counts, until when, and under which slots it can be joined. */
interface Entry {
  readonly slots: readonly string[];
  readonly last: number;
  readonly largest: bigint;
  readonly counts: bigint;
}

/** The entries after one more reservation; `live` are those that count now. */
type Rule = (live: readonly Entry[], added: Entry) => readonly Entry[];

const shares = (a: readonly string[], b: readonly string[]): boolean => a.some((slot) => b.includes(slot));
const largestOf = (entries: readonly Entry[]): bigint =>
  entries.reduce((found, { largest }) => (largest > found ? largest : found), 0n);
const sumOf = (entries: readonly Entry[]): bigint => entries.reduce((sum, { counts }) => sum + counts, 0n);
const instead = (entries: readonly Entry[], old: Entry | undefined, ...added: readonly Entry[]) => [
  ...entries.filter((entry) => entry !== old),
  ...added,
];

/** The definition: it joins the largest group that is named by one of its slots, else it begins one under its first. */
const DEFINITION: Rule = (live, added) => {
  if (added.counts === 0n) return live;
  const named = added.slots.flatMap((slot) => live.filter((entry) => entry.slots.includes(slot)));
  const joined = named.find(({ largest }) => largest === largestOf(named));
  const largest = largestOf([...(joined === undefined ? [] : [joined]), added]);
  return instead(live, joined, {
    slots: joined?.slots ?? added.slots.slice(0, 1),
    last: added.last,
    largest,
    counts: largest,
  });
};

/** Rules that look as good, and are not. */
const WRONG: Readonly<Record<string, Rule>> = {
  "only the difference to what it replaces is reserved": (live, added) => {
    const before = largestOf(live.filter((entry) => shares(entry.slots, added.slots)));
    return [...live, { ...added, counts: added.counts > before ? added.counts - before : 0n }];
  },
  "any outpoint in common with any member joins": (live, added) => {
    const joined = live.find((entry) => shares(entry.slots, added.slots));
    if (joined === undefined) return [...live, added];
    const largest = largestOf([joined, added]);
    const slots = [...joined.slots, ...added.slots];
    return instead(live, joined, { slots, last: added.last, largest, counts: largest });
  },
  "the credits of two groups add up": (live, added) => {
    const joined = live.filter((entry) => shares(entry.slots, added.slots));
    const first = joined[0];
    if (first === undefined) return [...live, { ...added, slots: added.slots.slice(0, 1) }];
    const rest = added.counts - sumOf(joined.slice(1));
    const largest = rest > first.largest ? rest : first.largest;
    return instead(live, first, { slots: first.slots, last: added.last, largest, counts: largest });
  },
  "a group leaves the window with its first": (live, added) => {
    const joined = live.find((entry) => shares(entry.slots, added.slots));
    if (joined === undefined) return [...live, { ...added, slots: added.slots.slice(0, 1) }];
    const largest = largestOf([joined, added]);
    return instead(live, joined, { ...joined, largest, counts: largest });
  },
  "the last of a group counts, not the largest": (live, added) => {
    const joined = live.find((entry) => shares(entry.slots, added.slots));
    return instead(live, joined, { ...added, slots: joined?.slots ?? added.slots.slice(0, 1) });
  },
};

function plainBook(rule: Rule): Book {
  let held = COUNTERS.map((): readonly Entry[] => []);
  return ({ slots, amounts }, second) => {
    const next = COUNTERS.map(({ window }, index) => {
      const live = (held[index] ?? []).filter(({ last }) => last > second - window);
      const amount = amounts[index] ?? 0n;
      return rule(live, { slots, last: second, largest: amount, counts: amount });
    });
    if (COUNTERS.some(({ max }, index) => sumOf(next[index] ?? []) > max)) return false;
    held = next;
    return true;
  };
}

const transactions = fc.array(
  fc.record({
    slots: fc
      .subarray(["a", "b", "c", "d"], { maxLength: 3 })
      .chain((some) => fc.shuffledSubarray(some, { minLength: some.length })),
    amounts: fc.tuple(fc.bigInt({ min: 0n, max: 8n }), fc.bigInt({ min: 0n, max: 8n })),
    wait: fc.integer({ min: 0, max: 4 }),
  }),
  { maxLength: 11 },
);

/** The most that a chain can pay of `signed`: no two that spend the same slot. */
function mostPaid(signed: readonly { readonly slots: readonly string[]; readonly amount: bigint }[]): bigint {
  const [first, ...rest] = signed;
  if (first === undefined) return 0n;
  const without = mostPaid(rest);
  const taken = first.amount + mostPaid(rest.filter(({ slots }) => !shares(slots, first.slots)));
  return taken > without ? taken : without;
}

/** For every window of every counter: the most that can be paid of what was signed in it is within the maximum. */
function neverOverspent(book: Book, asked: readonly Transaction[]): boolean {
  let second = 0;
  const signed: Signed[] = [];
  for (const transaction of asked) {
    second += transaction.wait;
    if (!book(transaction, second)) continue;
    signed.push({ ...transaction, second });
    // A window that ends between two signatures holds no more than that which ended at the first of them.
    for (const [index, { window, max }] of COUNTERS.entries()) {
      const inside = signed.filter((past) => past.second > second - window);
      const paid = mostPaid(inside.map(({ slots, amounts }) => ({ slots, amount: amounts[index] ?? 0n })));
      if (paid > max) return false;
    }
  }
  return true;
}

test("replacements: whatever a chain takes of what was signed in any window, no maximum is overspent", () => {
  fc.assert(
    fc.property(transactions, (asked) => neverOverspent(realBook(), asked)),
    { numRuns: RUNS },
  );
});

test("replacements: each is allowed or refused as the plain definition says", () => {
  fc.assert(
    fc.property(transactions, (asked) => {
      const [real, plain] = [realBook(), plainBook(DEFINITION)];
      let second = 0;
      for (const [index, transaction] of asked.entries()) {
        second += transaction.wait;
        assert.equal(real(transaction, second), plain(transaction, second), `transaction ${index}`);
      }
    }),
    { numRuns: RUNS },
  );
});

for (const [name, rule] of Object.entries(WRONG)) {
  test(`replacements: the chain overspends where ${name}`, () => {
    const property = fc.property(transactions, (asked) => neverOverspent(plainBook(rule), asked));
    assert.equal(fc.check(property, { numRuns: 20_000 }).failed, true);
  });
}

test("replacements: of three in a chain two are paid, which mere differences do not count", () => {
  const chain = ["a", "ab", "b", "bc", "c"].map((slots): Transaction => {
    return { slots: slots.split(""), amounts: [5n, 0n], wait: 0 };
  });
  const differences = WRONG["only the difference to what it replaces is reserved"];
  assert.ok(differences !== undefined);
  assert.equal(neverOverspent(plainBook(differences), chain), false, "15 of 10");
  assert.equal(neverOverspent(realBook(), chain), true);
});
