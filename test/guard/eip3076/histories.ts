/** Random histories: signing with interleaved imports, moves, pruning, restarts and changes of mode, against the oracle. */
import fc from "fast-check";
import type { DutyClaim } from "../../../src/domain/guard.ts";
import { toHex } from "../../../src/domain/bytes.ts";
import { Oracle } from "./oracle.ts";
import {
  attestation,
  block,
  GENESIS,
  Protection,
  publicKey,
  root,
  type Implementation,
  type Interchange,
} from "./protection.ts";

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

const draft: fc.Arbitrary<Draft> = fc.record({
  vote: fc.boolean(),
  key: fc.integer({ min: 0, max: 1 }),
  back: fc.integer({ min: -2, max: 7 }),
  span: fc.integer({ min: -1, max: 5 }),
  message: fc.integer({ min: 0, max: 2 }),
});

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 60, arbitrary: fc.record({ act: fc.constant("sign" as const), draft }) },
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant("import" as const),
      drafts: fc.array(draft, { maxLength: 5 }),
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
      drafts: fc.array(draft, { maxLength: 4 }),
    }),
  },
);
const modeAct: fc.Arbitrary<Act> = fc.record({
  act: fc.constantFrom("minimal" as const, "complete" as const),
});

function claimOf(one: Draft, head: bigint): DutyClaim {
  const at = positive(head - BigInt(one.back));
  return one.vote
    ? attestation(one.key, positive(at - BigInt(one.span)), at, one.message)
    : block(one.key, at, one.message);
}

function positive(value: bigint): bigint {
  return value < 0n ? 0n : value;
}

function documentOf(drafts: readonly Draft[], head: bigint, rootless: boolean): Interchange {
  const data = drafts.map((one) => {
    const claim = claimOf(one, head);
    const signed = rootless ? {} : { signing_root: toHex(root(one.message)) };
    return {
      pubkey: toHex(publicKey(one.key)),
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
  #store: Protection;
  messages = 0;

  constructor(code: Implementation, folder: string | undefined) {
    this.#store = folder === undefined ? new Protection(code) : Protection.onFile(code, folder);
  }

  async begin(): Promise<void> {
    // So that an export has a chain to name even before anything is signed.
    await this.#store.import(JSON.stringify(documentOf([], 0n, true)));
  }

  async act(one: Act, head: bigint): Promise<void> {
    switch (one.act) {
      case "sign":
        return this.#sign(one.draft, head);
      case "import":
        return this.#import(JSON.stringify(documentOf(one.drafts, head, one.rootless)));
      case "reimport":
        return this.#import(this.#store.export());
      case "move":
      case "minimalMove":
        return this.#move(one.act === "minimalMove");
      case "reopen":
      case "kill":
        this.#store = this.#store.reopen(one.act === "kill");
        return;
      case "minimal":
      case "complete":
        this.#store.configure({ mode: one.act });
        this.#oracle.setMinimal(one.act === "minimal");
        return;
      case "prune":
        this.#prune(BigInt(one.keep), one.rows, one.drafts, head);
    }
  }

  end(): void {
    this.#store.database.close();
  }

  #sign(one: Draft, head: bigint): void {
    const claim = claimOf(one, head);
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
      reached.map((one) => Buffer.from(one.public_key).toString("hex")),
    );
    for (const one of between) this.#sign(one, head);
    this.#store.prune(keep, rows);
    this.#oracle.prune(keep);
  }
}

/** Runs one history; throws where the store and the oracle differ. @returns the number of messages asked for */
async function runHistory(code: Implementation, acts: readonly Act[], folder?: string): Promise<number> {
  const history = new History(code, folder);
  await history.begin();
  for (const [index, one] of acts.entries()) await history.act(one, BigInt(Math.floor(index / 3)));
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
    ? fc.array(fc.oneof({ weight: 40, arbitrary: act }, { weight: 1, arbitrary: modeAct }), HISTORY)
    : fc.array(act, HISTORY);
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
