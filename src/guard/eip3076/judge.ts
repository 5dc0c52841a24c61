/**
 * The guard of EIP-3076 as a unit: `facts` says what it must know of a set of claims, `judge` judges them one after the other,
 * each seeing what the ones before it left. Pure: whoever calls reads the facts and writes the rows, in one transaction.
 * @module
 */
import { equalBytes, toHex } from "../../domain/bytes.ts";
import type {
  DutyClaim,
  GuardedChain,
  GuardJudgement,
  GuardRefusal,
  GuardVerdict,
  ValidatorHistory,
} from "../../domain/guard.ts";
import { SignerError } from "../../domain/errors.ts";
import { Journal } from "../../domain/journal.ts";
import { SigningRoot } from "../../domain/signing-root.ts";
import type { DutyFacts, DutyRows } from "./facts.ts";
import { WorkingHistory } from "./working-history.ts";
import { boundsOf, subject } from "./newcomer.ts";
import {
  judgeAttestation,
  judgeAttestationMinimal,
  judgeBlock,
  judgeBlockMinimal,
  type AttestationClaim,
  type BlockClaim,
} from "./rules.ts";
import { assertWellFormed } from "./well-formed.ts";

/**
 * Judges claims in order; `facts`: as they were read for all of these claims. A new and safe duty is in the rows, and counts for
 * the claims after it.
 * @throws SignerError `request.malformed` for a slot or epoch of 2^63 or more, or a key or root of a wrong length;
 *   `guard.merging` for a key whose history is being imported: that is no verdict, and the same duty may be asked again
 */
export function judge(
  claims: readonly DutyClaim[],
  facts: DutyFacts,
): { readonly verdicts: readonly GuardVerdict[]; readonly rows: DutyRows } {
  const fold = new DutyFold(facts);
  return { verdicts: claims.map((claim) => fold.decide(claim)), rows: fold.rows() };
}

/** Claims judged one by one, for whoever has more to decide between two of them. They throw as in `judge`. */
export class DutyFold {
  readonly #journal: Journal;
  readonly #validators: ReadonlyMap<string, WorkingHistory>;
  #chain: GuardedChain;
  #pins: DutyRows["genesisValidatorsRoot"] = null;

  /** What is undone in `journal` was never judged. */
  constructor({ chain, validators }: DutyFacts, journal: Journal = new Journal()) {
    this.#chain = chain;
    this.#journal = journal;
    this.#validators = new Map(
      validators.map((known) => [toHex(known.publicKey), new WorkingHistory(known, journal)]),
    );
  }

  /** The verdict; a new duty is among the rows from now on. The first one pins the chain of a directory that has none. */
  decide(claim: DutyClaim): GuardVerdict {
    const found = this.#check(claim);
    if (found.verdict !== "new") return found;
    this.#record(claim, found.validator);
    return { verdict: "recorded" };
  }

  /** What `decide` would find; leaves nothing. */
  foresee(claim: DutyClaim): GuardJudgement {
    const found = this.#check(claim);
    return found.verdict === "new" ? { verdict: "new" } : found;
  }

  rows(): DutyRows {
    const validators = [...this.#validators.values()].flatMap((history) => history.rows() ?? []);
    return { genesisValidatorsRoot: this.#pins, validators };
  }

  #check(claim: DutyClaim): Check {
    assertWellFormed(claim);
    const otherChain = checkChain(this.#chain, claim);
    if (otherChain !== undefined) return { verdict: "refused", refusal: otherChain };
    const history = this.#historyOf(claim);
    if (history.isMerging) throw merging(toHex(claim.publicKey));
    const validator = subject(this.#chain, claim.publicKey, history.row);
    if (validator === undefined) return { verdict: "refused", refusal: unknownHistory(claim) };
    if (validator.frozen) return { verdict: "refused", refusal: disabled(claim) };
    const judgement =
      claim.kind === "eip3076.block"
        ? judgeBlockOf(this.#chain, validator, history, claim)
        : judgeAttestationOf(this.#chain, validator, history, claim);
    return judgement.verdict === "new" ? { verdict: "new", validator } : judgement;
  }

  /** Complete: the record, and the low watermark with a key's first one. Minimal: the watermark follows each duty. */
  #record(claim: DutyClaim, validator: ValidatorHistory): void {
    this.#pin(claim);
    const minimal = this.#chain.mode === "minimal";
    const history = this.#historyOf(claim);
    const signingRoot = new SigningRoot(claim.signingRoot);
    if (claim.kind === "eip3076.block") {
      const { slot } = claim;
      if (!minimal) history.addBlock({ slot, signingRoot });
      history.become(validator, minimal || validator.lowSlot === null ? { lowSlot: slot } : {});
      return;
    }
    const { sourceEpoch: source, targetEpoch: target } = claim;
    if (!minimal) history.addVote({ source, target, signingRoot });
    const follows = minimal || validator.lowTarget === null;
    history.become(validator, follows ? { lowSource: source, lowTarget: target } : {});
  }

  /** Only what is signed pins a chain. */
  #pin({ genesisValidatorsRoot }: DutyClaim): void {
    if (this.#chain.genesisValidatorsRoot !== null) return;
    const before = this.#chain;
    this.#chain = { ...before, genesisValidatorsRoot };
    this.#pins = genesisValidatorsRoot;
    this.#journal.did(() => {
      this.#chain = before;
      this.#pins = null;
    });
  }

  #historyOf({ publicKey }: DutyClaim): WorkingHistory {
    const history = this.#validators.get(toHex(publicKey));
    if (history === undefined) throw new Error("the facts were read for other claims");
    return history;
  }
}

/** The refusal of a key by half a history, which is no verdict. @param publicKey 0x-hex */
export function merging(publicKey: string): SignerError {
  return new SignerError(
    "guard.merging",
    "the history of the key is being imported: until all of it is in, the key signs nothing and its history is not " +
      "given; nothing was recorded, retry later",
    { publicKey },
  );
}

/** The judgement; of a new duty with the validator as it was judged. */
type Check =
  | Exclude<GuardJudgement, { readonly verdict: "new" }>
  | { readonly verdict: "new"; readonly validator: ValidatorHistory };

function judgeBlockOf(
  chain: GuardedChain,
  validator: ValidatorHistory,
  history: WorkingHistory,
  claim: BlockClaim,
): GuardJudgement {
  const bounds = boundsOf(chain, validator);
  const { lowSlot } = validator;
  if (chain.mode === "minimal") return judgeBlockMinimal(claim, lowSlot, bounds);
  return judgeBlock(claim, { lowSlot, blocksAt: (slot) => history.blocksAt(slot) }, bounds);
}

function judgeAttestationOf(
  chain: GuardedChain,
  validator: ValidatorHistory,
  history: WorkingHistory,
  claim: AttestationClaim,
): GuardJudgement {
  const bounds = boundsOf(chain, validator);
  const low = { lowSource: validator.lowSource, lowTarget: validator.lowTarget };
  if (chain.mode === "minimal") return judgeAttestationMinimal(claim, low, bounds);
  const known = {
    ...low,
    attestationsAt: (target: bigint) => history.attestationsAt(target),
    surrounding: (source: bigint, target: bigint) => history.surrounding(source, target),
    surroundedBy: (source: bigint, target: bigint) => history.surroundedBy(source, target),
  };
  return judgeAttestation(claim, known, bounds);
}

function checkChain(chain: GuardedChain, claim: DutyClaim): GuardRefusal | undefined {
  const pinned = chain.genesisValidatorsRoot;
  if (pinned === null || equalBytes(pinned, claim.genesisValidatorsRoot)) return undefined;
  return {
    code: "guard.genesis_root",
    detail:
      "genesis_validators_root: is of another chain than this data directory; use one directory for each chain",
    evidence: { genesisValidatorsRoot: toHex(claim.genesisValidatorsRoot), pinned: toHex(pinned) },
  };
}

function unknownHistory(claim: DutyClaim): GuardRefusal {
  return {
    code: "guard.unknown_history",
    detail:
      "nothing is known of what this key signed before; import its history (claviger slashing import, or " +
      "POST /v1/slashing-protection/import)",
    evidence: { publicKey: toHex(claim.publicKey) },
  };
}

function disabled(claim: DutyClaim): GuardRefusal {
  return {
    code: "guard.disabled",
    detail:
      "this key was disabled, as before a move to another signer; enable it (POST /v1/slashing-protection/enable), or " +
      "import it again if it was deleted, once it runs nowhere else",
    evidence: { publicKey: toHex(claim.publicKey) },
  };
}
