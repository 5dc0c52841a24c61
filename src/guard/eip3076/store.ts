/**
 * The guard of EIP-3076 over the history in the ledger. `checkAndRecord` is the only way to sign a guarded duty: check and
 * insert are one transaction. `foresee` asks the same question for a dry run. No answer leaves before the caller's COMMIT.
 * @module
 */
import { equalBytes, toHex } from "../../domain/bytes.ts";
import { SignerError } from "../../domain/errors.ts";
import type {
  DutyClaim,
  GuardedChain,
  GuardJudgement,
  GuardRefusal,
  GuardVerdict,
  ValidatorHistory,
} from "../../domain/guard.ts";
import { SigningRoot } from "../../domain/signing-root.ts";
import type { SlashingTable } from "../../ledger/tables/slashing.ts";
import {
  judgeAttestation,
  judgeAttestationMinimal,
  judgeBlock,
  judgeBlockMinimal,
  type AttestationClaim,
  type AttestationHistory,
  type BlockClaim,
  type BlockHistory,
  type SigningBounds,
} from "./rules.ts";
import type { ValidatorPublicKey } from "../../domain/kinds.ts";

/** Slots and epochs are below this: SQLite's integers are signed 64-bit. */
export const SLOT_LIMIT = 2n ** 63n;
/** Stands for a validator without a row: no id is 0, so no record has it. */
const NOBODY = 0n;

/**
 * Judges a duty by EIP-3076 and, where it is new and safe, records it. The first claim pins the genesis validators
 * root of a data directory that has none.
 * @throws SignerError `request.malformed` for a slot or epoch of 2^63 or more, or a key or root of a wrong length
 */
export function checkAndRecord(tables: SlashingTable, claim: DutyClaim): GuardVerdict {
  assertWellFormed(claim);
  return tables.atomically(() => {
    const found = check(tables, claim);
    if (found.verdict !== "new") return found;
    const { chain, validator } = found;
    record(tables, chain, known(tables, chain, validator, claim), claim);
    return { verdict: "recorded" };
  });
}

/** What `checkAndRecord` would find now; writes nothing, so that another may come first. @throws as `checkAndRecord` */
export function foresee(tables: SlashingTable, claim: DutyClaim): GuardJudgement {
  assertWellFormed(claim);
  const found = check(tables, claim);
  return found.verdict === "new" ? { verdict: "new" } : found;
}

/** The judgement; of a new duty with the rows that its record goes to. */
type Check =
  | Exclude<GuardJudgement, { readonly verdict: "new" }>
  | { readonly verdict: "new"; readonly chain: GuardedChain; readonly validator: ValidatorHistory };

function check(tables: SlashingTable, claim: DutyClaim): Check {
  const chain = tables.chain();
  const otherChain = checkChain(chain, claim);
  if (otherChain !== undefined) return { verdict: "refused", refusal: otherChain };
  const validator = subject(tables, chain, claim.publicKey);
  if (validator === undefined) return { verdict: "refused", refusal: unknownHistory(claim) };
  if (validator.frozen) return { verdict: "refused", refusal: disabled(claim) };
  const judgement =
    claim.kind === "eip3076.block"
      ? checkBlock(tables, chain, validator, claim)
      : checkAttestation(tables, chain, validator, claim);
  return judgement.verdict === "new" ? { verdict: "new", chain, validator } : judgement;
}

function checkBlock(
  tables: SlashingTable,
  chain: GuardedChain,
  validator: ValidatorHistory,
  claim: BlockClaim,
): GuardJudgement {
  const bounds = boundsOf(chain, validator);
  if (chain.mode === "minimal") return judgeBlockMinimal(claim, validator.lowSlot, bounds);
  const history: BlockHistory = {
    lowSlot: validator.lowSlot,
    blocksAt: (slot) => tables.blocksAt(validator.id, slot),
  };
  return judgeBlock(claim, history, bounds);
}

function checkAttestation(
  tables: SlashingTable,
  chain: GuardedChain,
  validator: ValidatorHistory,
  claim: AttestationClaim,
): GuardJudgement {
  const bounds = boundsOf(chain, validator);
  const low = { lowSource: validator.lowSource, lowTarget: validator.lowTarget };
  if (chain.mode === "minimal") return judgeAttestationMinimal(claim, low, bounds);
  const history: AttestationHistory = {
    ...low,
    attestationsAt: (target) => tables.attestationsAt(validator.id, target),
    surrounding: (source, target) => tables.surrounding(validator.id, source, target),
    surroundedBy: (source, target) => tables.surroundedBy(validator.id, source, target),
  };
  return judgeAttestation(claim, history, bounds);
}

/** Of the directory and of the key, whichever comes first. */
function boundsOf(chain: GuardedChain, validator: ValidatorHistory): SigningBounds {
  return {
    slot: extreme(chain.slotBound, validator.slotBound, (a, b) => a < b),
    epoch: extreme(chain.epochBound, validator.epochBound, (a, b) => a < b),
  };
}

/** The one that `wins`; the other where one is null. */
function extreme(a: bigint | null, b: bigint | null, wins: (a: bigint, b: bigint) => boolean): bigint | null {
  if (a === null || b === null) return a ?? b;
  return wins(a, b) ? a : b;
}

/** Complete: the record, and the low watermark with a key's first one. Minimal: the watermark follows each duty. */
function record(
  tables: SlashingTable,
  chain: GuardedChain,
  validator: ValidatorHistory,
  claim: DutyClaim,
): void {
  const minimal = chain.mode === "minimal";
  const signingRoot = new SigningRoot(claim.signingRoot);
  if (claim.kind === "eip3076.block") {
    const { slot } = claim;
    if (!minimal) tables.insertBlock(validator.id, { slot, signingRoot });
    if (minimal || validator.lowSlot === null) tables.raise(validator.id, { lowSlot: slot });
    return;
  }
  const { sourceEpoch: source, targetEpoch: target } = claim;
  if (!minimal) tables.insertAttestation(validator.id, { source, target, signingRoot });
  if (minimal || validator.lowTarget === null) {
    tables.raise(validator.id, { lowSource: source, lowTarget: target });
  }
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

/** The key with its watermarks; undefined where nothing is known of it and such keys are refused. */
function subject(
  tables: SlashingTable,
  chain: GuardedChain,
  publicKey: ValidatorPublicKey,
): ValidatorHistory | undefined {
  const row = tables.validator(publicKey);
  // Disabled, or given a floor or bound, before it ever signed: that says nothing of what it signed elsewhere.
  return row?.known === true || row?.frozen === true ? row : newcomer(chain, publicKey, row);
}

/**
 * A key that nothing is known of starts as the operator said of all such keys and of this one, at the higher floor;
 * undefined where that is "not at all".
 */
export function newcomer(
  chain: GuardedChain,
  publicKey: ValidatorPublicKey,
  row: ValidatorHistory | undefined,
): ValidatorHistory | undefined {
  if (chain.unknownHistory === "refuse") return undefined;
  const floors = chain.unknownHistory === "floor";
  const later = (own: bigint | null | undefined, all: bigint | null): bigint | null =>
    extreme(own ?? null, floors ? all : null, (a, b) => a > b);
  return {
    id: row?.id ?? NOBODY,
    publicKey,
    lowSlot: later(row?.lowSlot, chain.floorSlot),
    lowSource: later(row?.lowSource, chain.floorEpoch),
    lowTarget: later(row?.lowTarget, chain.floorEpoch),
    frozen: false,
    slotBound: row?.slotBound ?? null,
    epochBound: row?.epochBound ?? null,
    known: false,
  };
}

/** The validator's row, made now where it has none: only what is signed pins a chain or makes a key known. */
function known(
  tables: SlashingTable,
  chain: GuardedChain,
  validator: ValidatorHistory,
  claim: DutyClaim,
): ValidatorHistory {
  if (chain.genesisValidatorsRoot === null) {
    tables.setChain({ genesisValidatorsRoot: claim.genesisValidatorsRoot });
  }
  if (validator.known) return validator;
  const id = validator.id === NOBODY ? tables.insertValidator(claim.publicKey).id : validator.id;
  tables.markKnown(id);
  tables.raise(id, validator);
  return { ...validator, id };
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

function assertWellFormed(claim: DutyClaim): void {
  assertLength("publicKey", claim.publicKey, 48);
  assertLength("genesisValidatorsRoot", claim.genesisValidatorsRoot, 32);
  assertLength("signingRoot", claim.signingRoot, 32);
  if (claim.kind === "eip3076.block") {
    assertSmall("slot", claim.slot);
  } else {
    assertSmall("sourceEpoch", claim.sourceEpoch);
    assertSmall("targetEpoch", claim.targetEpoch);
  }
}

function assertLength(name: string, bytes: Uint8Array, length: number): void {
  if (bytes.length === length) return;
  throw new SignerError("request.malformed", `/${name}: has ${bytes.length} bytes instead of ${length}`, {
    field: `/${name}`,
  });
}

function assertSmall(name: string, value: bigint): void {
  if (value >= 0n && value < SLOT_LIMIT) return;
  throw new SignerError("request.malformed", `/${name}: must be from 0 to 2^63 - 1`, { field: `/${name}` });
}
