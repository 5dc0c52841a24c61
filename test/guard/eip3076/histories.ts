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
  | { readonly act: "move" | "minimalMove" | "reopen" | "minimal" | "complete" }
  | { readonly act: "prune"; readonly keep: number; readonly rows: number };

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
  { weight: 1, arbitrary: fc.record({ act: fc.constant("reopen" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant("prune" as const),
      keep: fc.integer({ min: 0, max: 8 }),
      rows: fc.integer({ min: 1, max: 5 }),
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

/** Runs one history; throws where the store and the oracle differ. @returns the number of messages asked for */
async function runHistory(code: Implementation, acts: readonly Act[]): Promise<number> {
  let store = new Protection(code);
  // So that an export has a chain to name even before anything is signed.
  await store.import(JSON.stringify(documentOf([], 0n, true)));
  const oracle = new Oracle();
  let messages = 0;
  for (const [index, one] of acts.entries()) {
    const head = BigInt(Math.floor(index / 3));
    switch (one.act) {
      case "sign": {
        const claim = claimOf(one.draft, head);
        oracle.check(claim, store.sign(claim).verdict);
        messages += 1;
        break;
      }
      case "import": {
        const document = documentOf(one.drafts, head, one.rootless);
        await store.import(JSON.stringify(document));
        oracle.import(document);
        break;
      }
      case "move":
      case "minimalMove": {
        const text = store.export(one.act === "minimalMove");
        store.database.close();
        store = new Protection(code);
        store.configure({ mode: oracle.minimal ? "minimal" : "complete" });
        await store.import(text);
        oracle.move(JSON.parse(text) as Interchange);
        break;
      }
      case "reopen":
        store = store.reopen();
        break;
      case "minimal":
      case "complete":
        store.configure({ mode: one.act });
        oracle.setMinimal(one.act === "minimal");
        break;
      case "prune":
        store.prune(BigInt(one.keep), one.rows);
        oracle.prune(BigInt(one.keep));
        break;
    }
  }
  store.database.close();
  return messages;
}

export interface HistoryOptions {
  readonly runs: number;
  readonly modes: boolean;
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
      messages += await runHistory(code, history);
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
