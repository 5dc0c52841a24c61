/**
 * Writes the history as an EIP-3076 interchange document: sorted, one spelling, so the same history gives the same
 * bytes. What is below a key's watermark is left out, and a record at the watermark takes its place: whoever imports
 * the document then refuses at least what this store refuses.
 * @module
 */
import { toHex } from "../../domain/bytes.ts";
import { SignerError } from "../../domain/errors.ts";
import type { ValidatorHistory } from "../../domain/guard.ts";
import { UNKNOWN_ROOT } from "../../domain/signing-root.ts";
import type { SlashingTable } from "../../ledger/tables/slashing.ts";
import { INTERCHANGE_VERSION, recordText } from "./interchange.ts";
import { merging } from "./judge.ts";
import { newcomer } from "./newcomer.ts";

export interface ExportOptions {
  /** Only the highest slot, source and target of each key. */
  readonly minimal: boolean;
  /** Public keys of 48 bytes; null: all. A key without a row is left out. */
  readonly only: readonly Uint8Array[] | null;
}

/**
 * The document in pieces of one record or less. Read it inside one transaction.
 * @throws SignerError `guard.genesis_root` when the data directory has no chain yet, `guard.merging` when an import is about to
 *   add to what one of the keys has
 */
export function* exportInterchange(tables: SlashingTable, options: ExportOptions): Generator<string> {
  const root = tables.chain().genesisValidatorsRoot;
  if (root === null) throw nothingToExport();
  assertNoneMerging(tables, options.only);
  yield `{"metadata":{"interchange_format_version":"${INTERCHANGE_VERSION}",`;
  yield `"genesis_validators_root":"${toHex(root)}"},"data":[`;
  let first = true;
  for (const validator of exportedKeys(tables, options.only)) {
    yield `${first ? "" : ","}\n{"pubkey":"${toHex(validator.publicKey)}","signed_blocks":[`;
    yield* listed(options.minimal ? highestBlock(tables, validator) : blocks(tables, validator));
    yield `],"signed_attestations":[`;
    yield* listed(options.minimal ? highestVote(tables, validator) : attestations(tables, validator));
    yield "]}";
    first = false;
  }
  yield "\n]}\n";
}

/** Half a history would allow elsewhere what the other half forbids. @throws SignerError `guard.merging` */
function assertNoneMerging(tables: SlashingTable, only: ExportOptions["only"]): void {
  const [found] = only === null ? tables.mergingKeys(1) : only.filter((key) => tables.isMerging(key));
  if (found !== undefined) throw merging(toHex(found));
}

/** The refusal of a data directory that has no chain. */
export function nothingToExport(): SignerError {
  return new SignerError(
    "guard.genesis_root",
    "this data directory has no chain yet: nothing was signed or imported, so there is nothing to export",
  );
}

/**
 * The keys that a document has, by public key, each with the watermarks that it gets there. A key that was only
 * disabled, or given a floor or bound, goes with what signing would begin with. Where keys without history are refused, an
 * empty entry would make it known, so it is left out unless the operator gave this key a floor.
 */
export function exportedKeys(
  tables: SlashingTable,
  only: ExportOptions["only"],
): readonly ValidatorHistory[] {
  const wanted = only === null ? null : new Set(only.map(toHex));
  const chain = tables.chain();
  return tables.validators().flatMap((history) => {
    const { publicKey, known, lowSlot, lowTarget } = history;
    if (wanted?.has(toHex(publicKey)) === false) return [];
    if (known) return [history];
    const begun = newcomer(chain, publicKey, history);
    if (begun !== undefined) return [begun];
    return lowSlot === null && lowTarget === null ? [] : [history];
  });
}

function* listed(records: Iterable<string>): Generator<string> {
  let first = true;
  for (const record of records) {
    yield first ? record : `,${record}`;
    first = false;
  }
}

function* blocks(tables: SlashingTable, { id, lowSlot: low }: ValidatorHistory): Generator<string> {
  if (low === null) return;
  const [only, ...others] = tables.blocksAt(id, low);
  // Several blocks at the watermark would be a conflict again for the importer; without a root one refuses as much.
  const root = only === undefined || others.length > 0 ? UNKNOWN_ROOT : only.signingRoot;
  yield recordText({ slot: low, signingRoot: root });
  for (const block of tables.blocksFrom(id, low + 1n)) yield recordText(block);
}

function* attestations(tables: SlashingTable, validator: ValidatorHistory): Generator<string> {
  const { id, lowSource: source, lowTarget: target } = validator;
  if (source === null || target === null) return;
  const [only, ...others] = tables.attestationsAt(id, target);
  // The importer's watermark is the lowest source and the lowest target that it reads: this record has both.
  const isWatermark = only !== undefined && others.length === 0 && only.source === source;
  yield recordText({ source, target, signingRoot: isWatermark ? only.signingRoot : UNKNOWN_ROOT });
  for (const vote of tables.attestationsFrom(id, target + 1n)) yield recordText(vote);
}

function* highestBlock(tables: SlashingTable, validator: ValidatorHistory): Generator<string> {
  const slot = later(validator.lowSlot, tables.highest(validator.id).lowSlot);
  if (slot !== null) yield recordText({ slot, signingRoot: UNKNOWN_ROOT });
}

function* highestVote(tables: SlashingTable, validator: ValidatorHistory): Generator<string> {
  const highest = tables.highest(validator.id);
  const source = later(validator.lowSource, highest.lowSource);
  const target = later(validator.lowTarget, highest.lowTarget);
  if (source !== null && target !== null) yield recordText({ source, target, signingRoot: UNKNOWN_ROOT });
}

function later(a: bigint | null, b: bigint | null): bigint | null {
  if (a === null || b === null) return a ?? b;
  return a > b ? a : b;
}
