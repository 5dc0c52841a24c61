/**
 * The double-sign guard of EOTS as a unit: `facts` says what it must know of a set of claims, `judge` judges them one after the
 * other, each seeing what the ones before it left. Pure: whoever calls reads the facts and writes the rows, in one transaction.
 * @module
 */
import type { KeptMessage } from "../../domain/eots.ts";
import type { EotsClaim, GuardJudgement, GuardVerdict } from "../../domain/guard.ts";
import { Journal } from "../../domain/journal.ts";
import { trackName, type StatementFacts, type StatementRow, type TrackFacts } from "./facts.ts";
import { judgeStatement } from "./rules.ts";
import { assertWellFormed } from "./well-formed.ts";

/**
 * Judges claims in order; `facts`: as they were read for all of these claims. A message at a new height above the floor is in the
 * rows, and counts for the claims after it.
 * @throws SignerError `request.malformed` for a length or height that the claim may not have
 */
export function judge(
  claims: readonly EotsClaim[],
  facts: StatementFacts,
): { readonly verdicts: readonly GuardVerdict[]; readonly rows: readonly StatementRow[] } {
  const fold = new StatementFold(facts);
  return { verdicts: claims.map((claim) => fold.decide(claim)), rows: fold.rows() };
}

/** One key on one chain, and the messages that its heights have by now. */
interface WorkingTrack {
  readonly known: TrackFacts;
  readonly messages: Map<bigint, KeptMessage>;
}

/** Claims judged one by one, for whoever has more to decide between two of them. Malformed ones throw as in `judge`. */
export class StatementFold {
  readonly #journal: Journal;
  readonly #tracks = new Map<string, WorkingTrack>();
  readonly #rows: StatementRow[] = [];

  /** What is undone in `journal` was never judged. */
  constructor(facts: StatementFacts, journal: Journal = new Journal()) {
    this.#journal = journal;
    for (const known of facts) {
      const messages = new Map(known.messages.map(({ height, message }) => [height, message]));
      this.#tracks.set(trackName(known), { known, messages });
    }
  }

  /** The verdict; a new message is among the rows from now on. */
  decide(claim: EotsClaim): GuardVerdict {
    const judgement = this.foresee(claim);
    if (judgement.verdict !== "new") return judgement;
    const { publicKey, chainId, height, message } = claim;
    const { messages } = this.#trackOf(claim);
    messages.set(height, { message });
    this.#rows.push({ publicKey, chainId, height, message });
    this.#journal.did(() => {
      messages.delete(height);
      this.#rows.pop();
    });
    return { verdict: "recorded" };
  }

  /** What `decide` would find; leaves nothing. */
  foresee(claim: EotsClaim): GuardJudgement {
    assertWellFormed({ ...claim, message: NOTHING });
    const { known, messages } = this.#trackOf(claim);
    const judgement = judgeStatement(claim, {
      enabled: !known.frozen,
      requiresFloor: known.requiresFloor,
      floor: known.floor,
      message: messages.get(claim.height) ?? null,
    });
    // A longer one is signed again where its hash is on record, and never anew: only its hash could be kept.
    if (judgement.verdict === "new") assertWellFormed(claim);
    return judgement;
  }

  rows(): readonly StatementRow[] {
    return this.#rows;
  }

  #trackOf(claim: EotsClaim): WorkingTrack {
    const track = this.#tracks.get(trackName(claim));
    if (track === undefined) throw new Error("the facts were read for other claims");
    return track;
  }
}

const NOTHING = new Uint8Array();
