/**
 * The guard of EIP-3076 over the history in the ledger. `checkAndRecord` is the only way to sign a guarded duty: check and
 * insert are one transaction. `foresee` asks the same question for a dry run. No answer leaves before the caller's COMMIT.
 * @module
 */
import { equalBytes, toHex } from "../../domain/bytes.ts";
import { SignerError } from "../../domain/errors.ts";
import type { DutyClaim, GuardJudgement, GuardRefusal, GuardVerdict } from "../../domain/guard.ts";
import type {
  SlashingAttestationRow,
  SlashingBlockRow,
  SlashingChainRow,
  SlashingTable,
  SlashingValidatorRow,
} from "../../ledger/tables/slashing.ts";
import {
  judgeAttestation,
  judgeAttestationMinimal,
  judgeBlock,
  judgeBlockMinimal,
  type AttestationClaim,
  type AttestationHistory,
  type AttestationRecord,
  type BlockClaim,
  type BlockHistory,
  type BlockRecord,
  type SigningBounds,
} from "./rules.ts";

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
  | { readonly verdict: "new"; readonly chain: SlashingChainRow; readonly validator: SlashingValidatorRow };

function check(tables: SlashingTable, claim: DutyClaim): Check {
  const chain = tables.chain();
  const otherChain = checkChain(chain, claim);
  if (otherChain !== undefined) return { verdict: "refused", refusal: otherChain };
  const validator = subject(tables, chain, claim.publicKey);
  if (validator === undefined) return { verdict: "refused", refusal: unknownHistory(claim) };
  if (validator.enabled !== 1n) return { verdict: "refused", refusal: disabled(claim) };
  const judgement =
    claim.kind === "eip3076.block"
      ? checkBlock(tables, chain, validator, claim)
      : checkAttestation(tables, chain, validator, claim);
  return judgement.verdict === "new" ? { verdict: "new", chain, validator } : judgement;
}

function checkBlock(
  tables: SlashingTable,
  chain: SlashingChainRow,
  validator: SlashingValidatorRow,
  claim: BlockClaim,
): GuardJudgement {
  const bounds = boundsOf(chain, validator);
  if (chain.mode === "minimal") return judgeBlockMinimal(claim, validator.low_slot, bounds);
  const history: BlockHistory = {
    lowSlot: validator.low_slot,
    blocksAt: (slot) => tables.blocksAt(validator.id, slot).map(toBlock),
  };
  return judgeBlock(claim, history, bounds);
}

function checkAttestation(
  tables: SlashingTable,
  chain: SlashingChainRow,
  validator: SlashingValidatorRow,
  claim: AttestationClaim,
): GuardJudgement {
  const bounds = boundsOf(chain, validator);
  const low = { lowSource: validator.low_source, lowTarget: validator.low_target };
  if (chain.mode === "minimal") return judgeAttestationMinimal(claim, low, bounds);
  const history: AttestationHistory = {
    ...low,
    attestationsAt: (target) => tables.attestationsAt(validator.id, target).map(toAttestation),
    surrounding: (source, target) => optional(tables.surrounding(validator.id, source, target)),
    surroundedBy: (source, target) => optional(tables.surroundedBy(validator.id, source, target)),
  };
  return judgeAttestation(claim, history, bounds);
}

/** Of the directory and of the key, whichever comes first. */
function boundsOf(chain: SlashingChainRow, validator: SlashingValidatorRow): SigningBounds {
  return {
    slot: extreme(chain.stop_slot, validator.stop_slot, (a, b) => a < b),
    epoch: extreme(chain.stop_epoch, validator.stop_epoch, (a, b) => a < b),
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
  chain: SlashingChainRow,
  validator: SlashingValidatorRow,
  claim: DutyClaim,
): void {
  const minimal = chain.mode === "minimal";
  if (claim.kind === "eip3076.block") {
    const { slot, signingRoot } = claim;
    if (!minimal) tables.insertBlock(validator.id, { slot, signing_root: signingRoot });
    if (minimal || validator.low_slot === null) tables.raise(validator.id, { low_slot: slot });
    return;
  }
  const { sourceEpoch: source, targetEpoch: target, signingRoot } = claim;
  if (!minimal) tables.insertAttestation(validator.id, { source, target, signing_root: signingRoot });
  if (minimal || validator.low_target === null) {
    tables.raise(validator.id, { low_source: source, low_target: target });
  }
}

function checkChain(chain: SlashingChainRow, claim: DutyClaim): GuardRefusal | undefined {
  const pinned = chain.genesis_validators_root;
  if (pinned === null || equalBytes(new Uint8Array(pinned), claim.genesisValidatorsRoot)) return undefined;
  return {
    code: "guard.genesis_root",
    detail:
      "genesis_validators_root: is that of another chain than this data directory's; use one directory a chain",
    evidence: { genesisValidatorsRoot: toHex(claim.genesisValidatorsRoot), pinned: toHex(pinned) },
  };
}

/** The key with its watermarks; undefined where nothing is known of it and such keys are refused. */
function subject(
  tables: SlashingTable,
  chain: SlashingChainRow,
  publicKey: Uint8Array,
): SlashingValidatorRow | undefined {
  const row = tables.validator(publicKey);
  // Disabled, or given a floor or bound, before it ever signed: that says nothing of what it signed elsewhere.
  return row?.known === 1n || row?.enabled === 0n ? row : newcomer(chain, publicKey, row);
}

/**
 * A key that nothing is known of starts as the operator said of all such keys and of this one, at the higher floor;
 * undefined where that is "not at all".
 */
export function newcomer(
  chain: SlashingChainRow,
  publicKey: Uint8Array,
  row: SlashingValidatorRow | undefined,
): SlashingValidatorRow | undefined {
  if (chain.unknown_history === "refuse") return undefined;
  const floors = chain.unknown_history === "floor";
  const later = (own: bigint | null | undefined, all: bigint | null): bigint | null =>
    extreme(own ?? null, floors ? all : null, (a, b) => a > b);
  return {
    id: row?.id ?? NOBODY,
    public_key: publicKey,
    low_slot: later(row?.low_slot, chain.floor_slot),
    low_source: later(row?.low_source, chain.floor_epoch),
    low_target: later(row?.low_target, chain.floor_epoch),
    enabled: 1n,
    stop_slot: row?.stop_slot ?? null,
    stop_epoch: row?.stop_epoch ?? null,
    known: 0n,
  };
}

/** The validator's row, made now where it has none: only what is signed pins a chain or makes a key known. */
function known(
  tables: SlashingTable,
  chain: SlashingChainRow,
  validator: SlashingValidatorRow,
  claim: DutyClaim,
): SlashingValidatorRow {
  if (chain.genesis_validators_root === null) {
    tables.setChain({ genesis_validators_root: claim.genesisValidatorsRoot });
  }
  if (validator.known === 1n) return validator;
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

function toRoot(bytes: Uint8Array): Uint8Array | null {
  return bytes.length === 0 ? null : new Uint8Array(bytes);
}

function toBlock(row: SlashingBlockRow): BlockRecord {
  return { slot: row.slot, signingRoot: toRoot(row.signing_root) };
}

function toAttestation(row: SlashingAttestationRow): AttestationRecord {
  return { source: row.source, target: row.target, signingRoot: toRoot(row.signing_root) };
}

function optional(row: SlashingAttestationRow | undefined): AttestationRecord | undefined {
  return row === undefined ? undefined : toAttestation(row);
}
