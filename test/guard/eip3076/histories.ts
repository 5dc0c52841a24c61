/** Random histories: signing with interleaved imports, moves, pruning, restarts and changes of mode, against the oracle. */
import fc from "fast-check";
import type { DutyClaim } from "../../../src/domain/guard.ts";
import { toHex } from "../../../src/domain/bytes.ts";
import { Oracle } from "./oracle.ts";
import {
  attestation,
  block,
  GENESIS,
  Guard,
  publicKey,
  root,
  type Implementation,
  type Interchange,
} from "./guard.ts";

/** Numbers are offsets from a head that moves on with each act. */
interface Draft {
  readonly vote: boolean;
  readonly key: number;
  readonly back: number;
  readonly span: number;
  readonly message: number;
}
type Act =
  | { readonly act: "sign"; readonly draft: Draft }
  | { readonly act: "import"; readonly drafts: readonly Draft[]; readonly rootless: boolean }
  | { readonly act: "move" | "minimalMove" | "reimport" | "reopen" | "kill" | "minimal" | "complete" }
  | {
      readonly act: "prune";
      readonly keep: number;
      readonly rows: number;
      readonly drafts: readonly Draft[];
    };

const anyDraft: fc.Arbitrary<Draft> = fc.record({
  vote: fc.boolean(),
  key: fc.integer({ min: 0, max: 1 }),
  back: fc.integer({ min: -2, max: 7 }),
  span: fc.integer({ min: -1, max: 5 }),
  message: fc.integer({ min: 0, max: 2 }),
});

const anyAct: fc.Arbitrary<Act> = fc.oneof(
  { weight: 60, arbitrary: fc.record({ act: fc.constant("sign" as const), draft: anyDraft }) },
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant("import" as const),
      drafts: fc.array(anyDraft, { maxLength: 5 }),
      rootless: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constantFrom("move" as const, "minimalMove" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constantFrom("reopen" as const, "kill" as const, "reimport" as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant("prune" as const),
      keep: fc.integer({ min: 0, max: 8 }),
      rows: fc.integer({ min: 1, max: 5 }),
      // Signed between its first step and the others.
      drafts: fc.array(anyDraft, { maxLength: 4 }),
    }),
  },
);
const anyModeAct: fc.Arbitrary<Act> = fc.record({
  act: fc.constantFrom("minimal" as const, "complete" as const),
});

function claimOf(draft: Draft, head: bigint): DutyClaim {
  const at = positive(head - BigInt(draft.back));
  return draft.vote
    ? attestation(draft.key, positive(at - BigInt(draft.span)), at, draft.message)
    : block(draft.key, at, draft.message);
}

function positive(value: bigint): bigint {
  return value < 0n ? 0n : value;
}

function documentOf(drafts: readonly Draft[], head: bigint, rootless: boolean): Interchange {
  const data = drafts.map((draft) => {
    const claim = claimOf(draft, head);
    const signed = rootless ? {} : { signing_root: toHex(root(draft.message)) };
    return {
      pubkey: toHex(publicKey(draft.key)),
      signed_blocks: claim.kind === "eip3076.block" ? [{ slot: String(claim.slot), ...signed }] : [],
      signed_attestations:
        claim.kind === "eip3076.block"
          ? []
          : [{ source_epoch: String(claim.sourceEpoch), target_epoch: String(claim.targetEpoch), ...signed }],
    };
  });
  return { metadata: { interchange_format_version: "5", genesis_validators_root: toHex(GENESIS) }, data };
}

/** A store and the oracle beside it. */
class History {
  readonly #oracle = new Oracle();
  #store: Guard;
  messages = 0;

  constructor(code: Implementation, folder: string | undefined) {
    this.#store = folder === undefined ? new Guard(code) : Guard.onFile(code, folder);
  }

  async begin(): Promise<void> {
    // So that an export has a chain to name even before anything is signed.
    await this.#store.import(JSON.stringify(documentOf([], 0n, true)));
  }

  async act(act: Act, head: bigint): Promise<void> {
    switch (act.act) {
      case "sign":
        return this.#sign(act.draft, head);
      case "import":
        return this.#import(JSON.stringify(documentOf(act.drafts, head, act.rootless)));
      case "reimport":
        return this.#import(this.#store.export());
      case "move":
      case "minimalMove":
        return this.#move(act.act === "minimalMove");
      case "reopen":
      case "kill":
        this.#store = this.#store.reopen(act.act === "kill");
        return;
      case "minimal":
      case "complete":
        this.#store.configure({ mode: act.act });
        this.#oracle.setMinimal(act.act === "minimal");
        return;
      case "prune":
        this.#prune(BigInt(act.keep), act.rows, act.drafts, head);
    }
  }

  end(): void {
    this.#store.database.close();
  }

  #sign(draft: Draft, head: bigint): void {
    const claim = claimOf(draft, head);
    this.#oracle.check(claim, this.#store.sign(claim).verdict);
    this.messages += 1;
  }

  async #import(text: string): Promise<void> {
    await this.#store.import(text);
    this.#oracle.import(JSON.parse(text) as Interchange);
  }

  async #move(minimal: boolean): Promise<void> {
    const text = this.#store.export(minimal);
    const next = this.#store.another();
    this.#store.database.close();
    this.#store = next;
    this.#store.configure({ mode: this.#oracle.minimal ? "minimal" : "complete" });
    await this.#store.import(text);
    this.#oracle.move(JSON.parse(text) as Interchange);
  }

  /** Signing goes on between the steps, when some of what the watermarks stand for is deleted and some is not. */
  #prune(keep: bigint, rows: number, between: readonly Draft[], head: bigint): void {
    const { next } = this.#store.pruneStep(0n, keep, rows);
    const reached = this.#store.slashing.validators().filter(({ id }) => next === null || id <= next);
    this.#oracle.pruneInPart(
      keep,
      reached.map((validator) => Buffer.from(validator.publicKey).toString("hex")),
    );
    for (const draft of between) this.#sign(draft, head);
    this.#store.prune(keep, rows);
    this.#oracle.prune(keep);
  }
}

/** Runs one history; throws where the store and the oracle differ. @returns the number of messages asked for */
async function runHistory(code: Implementation, acts: readonly Act[], folder?: string): Promise<number> {
  const history = new History(code, folder);
  await history.begin();
  for (const [index, act] of acts.entries()) await history.act(act, BigInt(Math.floor(index / 3)));
  history.end();
  return history.messages;
}

export interface HistoryOptions {
  readonly runs: number;
  readonly modes: boolean;
  /** Where the stores are files, with the product's own pragmas; without it they are in memory. */
  readonly folder?: string;
  readonly seed?: number;
  readonly shrink: boolean;
}

/** @returns the number of messages over all histories */
export async function checkHistories(code: Implementation, options: HistoryOptions): Promise<number> {
  let messages = 0;
  const acts = options.modes
    ? fc.array(fc.oneof({ weight: 40, arbitrary: anyAct }, { weight: 1, arbitrary: anyModeAct }), HISTORY)
    : fc.array(anyAct, HISTORY);
  await fc.assert(
    fc.asyncProperty(acts, async (history) => {
      messages += await runHistory(code, history, options.folder);
    }),
    {
      numRuns: options.runs,
      endOnFailure: !options.shrink,
      ...(options.seed === undefined ? {} : { seed: options.seed }),
    },
  );
  return messages;
}

const HISTORY = { minLength: 60, maxLength: 260, size: "max" } as const;
