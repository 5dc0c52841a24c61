/**
 * The previous transactions that a PSBT brings as proof (nonWitnessUtxo). Each is read once, however many inputs spend it, and
 * taken out before the library reads the PSBT; what it proves, the output that is spent, takes its place.
 * @module
 */
import { RawTx } from "@scure/btc-signer";
import { _DebugPSBT } from "@scure/btc-signer/psbt.js";
import { CompactSize, CompactSizeLen, RawOldTx, RawOutput } from "@scure/btc-signer/script.js";
import { concat, equalBytes } from "../../domain/bytes.ts";
import { invalid } from "../../domain/errors.ts";
import { hex } from "./scripts.ts";
import { doubleSha256 } from "./sighash.ts";

/** Keys of fields in PSBT maps, as hex (BIP-174, BIP-370). */
const UNSIGNED_TX = "00";
const INPUT_COUNT = "04";
const PREVIOUS_TRANSACTION = "00";
const WITNESS_UTXO = "01";
const PREVIOUS_TXID = "0e";
const OUTPUT_INDEX = "0f";

/** `psbt` and 0xff. */
const MAGIC_LENGTH = 5;
const END_OF_MAP = 0;

/** A previous transaction that was taken out of an input: plain data, which crosses threads. */
export interface TakenOut {
  readonly position: number;
  /** The transaction as it was sent. */
  readonly bytes: Uint8Array;
  /** True where the input had its witnessUtxo too, which stays. */
  readonly hadWitnessUtxo: boolean;
}

export interface Slim {
  /** The PSBT without previous transactions; inputs that had one have witnessUtxo. */
  readonly bytes: Uint8Array;
  readonly taken: readonly TakenOut[];
}

/** A map by its keys in hex. */
type PsbtMap = ReturnType<typeof _DebugPSBT.decode>["items"][number];

interface Outpoint {
  /** Display order, hex. */
  readonly txid: string;
  readonly index: number;
}

/**
 * Takes the previous transactions out.
 * @throws SignerError `transaction.invalid` for one that is not the transaction that its input spends, that lacks the output,
 *   disagrees with witnessUtxo, or does not survive decoding and encoding. Plain Error for what is not a PSBT
 */
export function takeOut(bytes: Uint8Array): Slim {
  const { items } = _DebugPSBT.decode(bytes);
  const parents = new Parents();
  const taken: TakenOut[] = [];
  for (const [position, outpoint] of outpointsOf(items).entries()) {
    const map = items[position + 1];
    const previous = valueOf(map, PREVIOUS_TRANSACTION);
    if (map === undefined || previous === undefined) continue;
    const output = spentOutput(parents.read(previous, position), outpoint, position);
    const witnessUtxo = valueOf(map, WITNESS_UTXO);
    if (witnessUtxo !== undefined && !equalBytes(witnessUtxo, output)) {
      throw inputInvalid(
        position,
        "has a witnessUtxo different from nonWitnessUtxo; fill both from the transaction that is spent",
      );
    }
    const { [PREVIOUS_TRANSACTION]: _, ...rest } = map;
    items[position + 1] = { ...rest, [WITNESS_UTXO]: Uint8Array.from(output) };
    taken.push({ position, bytes: previous, hadWitnessUtxo: witnessUtxo !== undefined });
  }
  return taken.length === 0 ? { bytes, taken } : { bytes: _DebugPSBT.encode({ items }), taken };
}

/**
 * Puts them back into the same PSBT, whatever was added to it meanwhile: first in their maps, as the order of keys is.
 * @param bytes as the library wrote it
 */
export function putBack(bytes: Uint8Array, taken: readonly TakenOut[]): Uint8Array {
  if (taken.length === 0) return bytes;
  const byMap = new Map(taken.map((previous) => [previous.position + 1, previous]));
  const parts = [bytes.subarray(0, MAGIC_LENGTH)];
  let offset = MAGIC_LENGTH;
  for (let map = 0; offset < bytes.length; map += 1) {
    const own = byMap.get(map);
    if (own !== undefined)
      parts.push(Uint8Array.of(1, 0), CompactSizeLen.encode(own.bytes.length), own.bytes);
    while (bytes[offset] !== END_OF_MAP) {
      const key = textAt(bytes, offset);
      const end = textAt(bytes, key.end).end;
      const stoodIn = own?.hadWitnessUtxo === false && key.length === 1 && bytes[key.end - 1] === 1;
      if (!stoodIn) parts.push(bytes.subarray(offset, end));
      offset = end;
    }
    parts.push(Uint8Array.of(END_OF_MAP));
    offset += 1;
  }
  return concat(...parts);
}

/** Length and end of the bytes behind a compact size at `offset`. */
function textAt(bytes: Uint8Array, offset: number): { readonly length: number; readonly end: number } {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const first = view.readUInt8(offset);
  if (first < 0xfd) return { length: first, end: offset + 1 + first };
  const width = { 0xfd: 2, 0xfe: 4 }[first];
  if (width === undefined) throw new Error("a PSBT's field has 4 GiB or more");
  const length = view.readUIntLE(offset + 1, width);
  return { length, end: offset + 1 + width + length };
}

/** A field's value. */
function valueOf(map: PsbtMap | undefined, key: string): Uint8Array | undefined {
  const value = map?.[key];
  return value === undefined || typeof value === "string" ? undefined : value;
}

/** What the inputs spend; none where the maps do not say so, which the library refuses. */
function outpointsOf([global = {}, ...maps]: readonly PsbtMap[]): readonly Outpoint[] {
  const unsigned = valueOf(global, UNSIGNED_TX);
  if (unsigned !== undefined) {
    return RawOldTx.decode(unsigned).inputs.map(({ txid, index }) => ({ txid: hex(txid), index }));
  }
  const count = valueOf(global, INPUT_COUNT);
  if (count === undefined) return [];
  return maps.slice(0, Number(CompactSize.decode(count))).map((map) => {
    const [txid, index] = [valueOf(map, PREVIOUS_TXID), valueOf(map, OUTPUT_INDEX)];
    if (txid?.length !== 32 || index?.length !== 4) throw new Error("an input has no outpoint");
    return { txid: hex(txid.toReversed()), index: Buffer.from(index).readUInt32LE() };
  });
}

/** An output of the parent, encoded. */
function spentOutput({ txid, outputs }: Parent, outpoint: Outpoint, position: number): Uint8Array {
  if (txid !== outpoint.txid) {
    throw inputInvalid(
      position,
      "has a nonWitnessUtxo with a wrong txid: it is not the transaction that is spent; bring that one",
    );
  }
  const output = outputs[outpoint.index];
  if (output === undefined)
    throw inputInvalid(
      position,
      "spends an output that nonWitnessUtxo lacks; bring the transaction that is spent",
    );
  return RawOutput.encode(output);
}

interface Parent {
  readonly txid: string;
  readonly outputs: ReturnType<typeof RawTx.decode>["outputs"];
}

/** The transactions that were read already: outputs of one are often spent together. */
class Parents {
  readonly #known: { readonly bytes: Uint8Array; readonly parent: Parent }[] = [];

  read(bytes: Uint8Array, position: number): Parent {
    const known = this.#known.find((previous) => equalBytes(previous.bytes, bytes));
    if (known !== undefined) return known.parent;
    const parent = readParent(bytes, position);
    this.#known.push({ bytes, parent });
    return parent;
  }
}

function readParent(bytes: Uint8Array, position: number): Parent {
  let transaction: ReturnType<typeof RawTx.decode>;
  try {
    transaction = RawTx.decode(bytes);
  } catch {
    throw inputInvalid(
      position,
      "has a nonWitnessUtxo that is not a transaction; bring the whole one that is spent",
    );
  }
  if (!equalBytes(RawTx.encode(transaction), bytes)) {
    throw inputInvalid(
      position,
      "has a nonWitnessUtxo that does not survive decoding and encoding unchanged; write it with a " +
        "standard encoder",
    );
  }
  const { version, lockTime, inputs, outputs } = transaction;
  // The id leaves witnesses out (BIP-141).
  const stripped = RawTx.encode({ version, lockTime, inputs, outputs, segwitFlag: false });
  return { txid: hex(doubleSha256(stripped).toReversed()), outputs };
}

function inputInvalid(position: number, message: string) {
  return invalid("/psbt", `input ${position}: ${message}`);
}
