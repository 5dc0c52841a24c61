/** Random histories: signing with interleaved imports, floors, moves, pruning and restarts, against the oracle. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  claim,
  floorLine,
  Guard,
  HEIGHT_MAX,
  history,
  place,
  publicKey,
  recordLine,
  type Implementation,
} from "./guard.ts";
import { Oracle, type Entry } from "./oracle.ts";

/** `back` is an offset from a head that moves on with each act. */
interface Draft {
  readonly key: number;
  readonly chain: number;
  readonly back: number;
  readonly message: number;
}
type Act =
  | { readonly act: "sign"; readonly draft: Draft }
  | { readonly act: "import"; readonly drafts: readonly Draft[]; readonly floors: readonly Draft[] }
  | { readonly act: "floor" | "require" | "disable" | "enable"; readonly draft: Draft }
  | { readonly act: "move" | "reopen" | "export" }
  | { readonly act: "prune"; readonly rows: number };

const KEYS = 2;
const anyDraft: fc.Arbitrary<Draft> = fc.record({
  key: fc.integer({ min: 0, max: KEYS - 1 }),
  chain: fc.constantFrom(0, 0, 1, 3),
  back: fc.integer({ min: -3, max: 7 }),
  message: fc.integer({ min: 0, max: 2 }),
});
/** A file tells of other keys too. */
const lines = fc.array(anyDraft, { maxLength: 5 });

const anyAct: fc.Arbitrary<Act> = fc.oneof(
  { weight: 90, arbitrary: fc.record({ act: fc.constant("sign" as const), draft: anyDraft }) },
  {
    weight: 4,
    arbitrary: fc.record({ act: fc.constant("import" as const), drafts: lines, floors: lines }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant("floor" as const),
      draft: anyDraft.map((drafted) => ({ ...drafted, back: 6 })),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constantFrom("require" as const, "disable" as const, "enable" as const, "enable" as const),
      draft: anyDraft,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ act: fc.constantFrom("move" as const, "reopen" as const, "export" as const) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ act: fc.constant("prune" as const), rows: fc.integer({ min: 1, max: 5 }) }),
  },
);

function heightOf(head: bigint, { back }: Draft): bigint {
  const height = head - BigInt(back);
  if (height < 0n) return 0n;
  return height > HEIGHT_MAX ? HEIGHT_MAX : height;
}

function entryOf(head: bigint, draft: Draft): Entry {
  const track = `${draft.key}/${draft.chain}`;
  return { track, height: heightOf(head, draft), message: String(draft.message) };
}

class Run {
  readonly oracle = new Oracle();
  readonly #code: Implementation;
  guard: Guard;
  messages = 0;

  constructor(code: Implementation) {
    this.#code = code;
    this.guard = new Guard(code);
  }

  async step(act: Act, head: bigint): Promise<void> {
    switch (act.act) {
      case "sign":
        return this.#sign(act.draft, head);
      case "import":
        return this.#import(act.drafts, act.floors, head);
      case "floor":
        return this.#floor(act.draft, head);
      case "require":
        this.guard.requireFloor(act.draft.key);
        this.oracle.require(String(act.draft.key));
        return undefined;
      case "disable":
      case "enable": {
        const enabled = act.act === "enable";
        this.guard.setEnabled(enabled, [publicKey(act.draft.key)]);
        this.oracle.setEnabled(String(act.draft.key), enabled);
        return undefined;
      }
      case "move":
        return this.#move();
      case "reopen":
        this.guard = this.guard.reopen();
        return undefined;
      case "export":
        return this.#export();
      case "prune":
        this.guard.prune(act.rows);
        this.oracle.prune();
        return undefined;
    }
  }

  #sign(draft: Draft, head: bigint): void {
    const entry = entryOf(head, draft);
    const verdict = this.guard.verdict(claim(draft.key, entry.height, draft.message, draft.chain));
    this.oracle.check(String(draft.key), entry, verdict);
    this.messages += 1;
  }

  /** A floor that is higher already stays, and says so. */
  #floor(draft: Draft, head: bigint): void {
    const { track, height } = entryOf(head, draft);
    const before = this.guard.eots.floor(place(draft.key, height, draft.chain));
    const raise = (): void => this.guard.setFloor(place(draft.key, height, draft.chain));
    if (before !== null && before > height) assert.throws(raise, { code: "request.conflict" });
    else raise();
    this.oracle.raise(track, height);
  }

  async #import(drafts: readonly Draft[], floors: readonly Draft[], head: bigint): Promise<void> {
    const text = history(
      ...drafts.map((draft) => recordLine(draft.key, heightOf(head, draft), draft.message, draft.chain)),
      ...floors.map((floor) => floorLine(floor.key, heightOf(head, { ...floor, back: 7 }), floor.chain)),
    );
    const accepted = this.oracle.import(
      drafts.map((draft) => entryOf(head, draft)),
      floors.map((floor) => entryOf(head, { ...floor, back: 7 })),
    );
    if (!accepted) {
      await assert.rejects(this.guard.import(text), { code: "guard.eots_conflict" });
      return;
    }
    await this.guard.import(text);
    assert.ok(
      (await this.guard.import(text)).every((track) => track.records === 0),
      "an import is idempotent",
    );
  }

  async #move(): Promise<void> {
    const text = this.guard.export();
    this.guard.database.close();
    this.guard = new Guard(this.#code);
    await this.guard.import(text);
    this.oracle.moved();
  }

  #export(): void {
    const listed = this.guard
      .export()
      .split("\n")
      .filter((line) => line.includes('"message"')).length;
    assert.equal(listed, this.oracle.records().length, "an export has every record");
  }
}

export interface HistoryOptions {
  readonly runs: number;
  readonly seed?: number;
  /** Where the heights begin. */
  readonly from: bigint;
}

/** Throws where the store and the oracle differ. @returns the number of messages over all histories */
export async function checkHistories(code: Implementation, options: HistoryOptions): Promise<number> {
  let messages = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(anyAct, { minLength: 60, maxLength: 260, size: "max" }), async (acts) => {
      const run = new Run(code);
      for (const [index, act] of acts.entries())
        await run.step(act, options.from + BigInt(Math.floor(index / 3)));
      run.guard.database.close();
      messages += run.messages;
    }),
    {
      numRuns: options.runs,
      endOnFailure: true,
      ...(options.seed === undefined ? {} : { seed: options.seed }),
    },
  );
  return messages;
}
