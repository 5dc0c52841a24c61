/**
 * Puts verified signatures into the PSBT they were asked for and, when nothing else is missing, makes the transaction.
 * Until then only signatures, a missing redeem script and BIP-370's modifiable flags differ from what was received.
 * @module
 */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { RawTx, TaprootControlBlock, type Transaction } from "@scure/btc-signer";
import { RawOldTx } from "@scure/btc-signer/script.js";
import { concat, equalBytes, toBase64 } from "../../domain/bytes.ts";
import type { Signature, SignedFields } from "../adapter.ts";
import { completeInput } from "./descriptors/complete.ts";
import { FINAL_OPTIONS, readMaps, readTransaction, writeMaps } from "./psbt.ts";
import type { PsbtMaps } from "./psbt.ts";
import { putBack } from "./previous-transactions.ts";
import { hex } from "./scripts.ts";
import { doubleSha256, SIGHASH_ALL } from "./sighash.ts";
import type { SpendDraft } from "./spend.ts";
import type { SignaturePlace } from "./spenders.ts";

/** Leaf version of tapscript (BIP-342). */
const TAPSCRIPT = 0xc0;

/** BIP-370: inputs and outputs may no longer be added once a signature commits to all of them. */
const MODIFIABLE_INPUTS_AND_OUTPUTS = 0b011;

/**
 * `{psbt}` base64 in the version received; with `finalize`, and every input complete, also `{signedTransaction, txid}`
 * in plain hex (Bitcoin's own convention) and a PSBT that holds final scripts.
 */
export function assembleSpend(draft: SpendDraft, signatures: readonly Signature[]): SignedFields {
  const signed = insertSignatures(draft, signatures);
  const completed = draft.finalize ? completeShared(signed, draft) : undefined;
  const final = completed === undefined ? undefined : finalize(completed);
  const { previous } = draft;
  if (final === undefined) return { psbt: toBase64(putBack(signed, previous)) };
  const raw = final.extract();
  checkFinal(raw, final, draft, signatures);
  const psbt = putBack(final.toPSBT(draft.version), previous);
  return { psbt: toBase64(psbt), signedTransaction: hex(raw), txid: final.id };
}

function insertSignatures(draft: SpendDraft, signatures: readonly Signature[]): Uint8Array {
  const maps = readMaps(draft.psbt, draft.version);
  draft.places.forEach((place, order) => {
    const input = maps.inputs[place.position];
    if (input === undefined) throw new Error("draft names an input that the PSBT lacks");
    setSignature(input, wireSignature(place, signatures[order]), place);
  });
  const { global } = maps;
  if (global.txModifiable !== undefined) global.txModifiable &= ~MODIFIABLE_INPUTS_AND_OUTPUTS;
  return writeMaps(maps, draft.version);
}

/** With the final scripts of inputs that spend registered descriptors; undefined while one of them lacks a signature. */
function completeShared(
  signed: Uint8Array,
  { completions, version, unsigned }: SpendDraft,
): Uint8Array | undefined {
  if (completions.length === 0) return signed;
  const maps = readMaps(signed, version);
  const transaction = RawOldTx.decode(unsigned);
  for (const completion of completions) {
    const input = maps.inputs[completion.position];
    if (input === undefined) throw new Error("draft names an input that the PSBT lacks");
    if (!completeInput(input, completion, transaction)) return undefined;
  }
  return writeMaps(maps, version);
}

function setSignature(input: PsbtMaps["inputs"][number], signature: Uint8Array, place: SignaturePlace): void {
  const bytes = Uint8Array.from(signature);
  switch (place.field) {
    case "tapKeySig":
      input.tapKeySig = bytes;
      return;
    case "tapScriptSig":
      setLeafSignature(input, bytes, place);
      return;
    case "partialSig":
      input.partialSig = [...(input.partialSig ?? []), [Uint8Array.from(place.publicKey), bytes]];
      if (place.redeemScript !== undefined) input.redeemScript = Uint8Array.from(place.redeemScript);
      if (place.witnessScript !== undefined) input.witnessScript = Uint8Array.from(place.witnessScript);
  }
}

/** BIP-371: the signature beside its leaf, so that other signers' programs can finish without the descriptor. */
function setLeafSignature(
  input: PsbtMaps["inputs"][number],
  signature: Uint8Array<ArrayBuffer>,
  place: Extract<SignaturePlace, { readonly field: "tapScriptSig" }>,
): void {
  const key = { pubKey: Uint8Array.from(place.publicKey), leafHash: Uint8Array.from(place.leafHash) };
  input.tapScriptSig = [...(input.tapScriptSig ?? []), [key, signature]];
  const script = Uint8Array.from(concat(place.script, Uint8Array.of(TAPSCRIPT)));
  const known = (input.tapLeafScript ?? []).some(([, leaf]) => equalBytes(leaf, script));
  if (known) return;
  const { version, internalKey, merklePath } = TaprootControlBlock.decode(place.controlBlock);
  const controlBlock = {
    version,
    internalKey: Uint8Array.from(internalKey),
    merklePath: merklePath.map((hash) => Uint8Array.from(hash)),
  };
  input.tapLeafScript = [...(input.tapLeafScript ?? []), [controlBlock, script]];
}

/** As a witness has it: DER and hash type (ECDSA); 64 bytes, and the hash type unless DEFAULT (BIP-341). */
function wireSignature(place: SignaturePlace, signature: Signature | undefined): Uint8Array {
  if (signature === undefined) throw new Error("one signature for each place");
  if (place.field === "partialSig") return derSignature(signature.bytes);
  return place.hashType === SIGHASH_ALL
    ? concat(signature.bytes, Uint8Array.of(SIGHASH_ALL))
    : signature.bytes;
}

/** Strict DER of a 64-byte r‖s, and SIGHASH_ALL. */
export function derSignature(compact: Uint8Array): Uint8Array {
  return concat(secp256k1.Signature.fromBytes(compact).toBytes("der"), Uint8Array.of(SIGHASH_ALL));
}

/** The finalised transaction, or undefined where an input of someone else lacks its signatures. */
function finalize(psbt: Uint8Array): Transaction | undefined {
  const transaction = readTransaction(psbt, FINAL_OPTIONS);
  for (let position = 0; position < transaction.inputsLength; position += 1) {
    const { finalScriptSig, finalScriptWitness } = transaction.getInput(position);
    if (finalScriptSig !== undefined || finalScriptWitness !== undefined) continue;
    try {
      transaction.finalizeIdx(position);
    } catch {
      return undefined;
    }
  }
  return transaction;
}

/** Reads the raw transaction as a node would: it must be the one that was decoded, and carry our signatures. */
function checkFinal(
  raw: Uint8Array,
  final: Transaction,
  draft: SpendDraft,
  signatures: readonly Signature[],
): void {
  const { inputs, outputs, version, lockTime, witnesses } = RawTx.decode(raw);
  const blank = inputs.map((input) => ({ ...input, finalScriptSig: new Uint8Array(0) }));
  const stripped = RawTx.encode({ version, lockTime, inputs: blank, outputs, segwitFlag: false });
  if (!equalBytes(stripped, draft.unsigned))
    throw new Error("final transaction differs from the one that was decoded");
  const withScripts = RawTx.encode({ version, lockTime, inputs, outputs, segwitFlag: false });
  if (hex(doubleSha256(withScripts).toReversed()) !== final.id)
    throw new Error("final transaction has another id");
  // Of a descriptor's keys those sign that are needed, and ours may be none of them.
  const shared = new Set(draft.completions.map(({ position }) => position));
  draft.places.forEach((place, order) => {
    const { position } = place;
    if (shared.has(position)) return;
    const signature = hex(wireSignature(place, signatures[order]));
    const carried = [inputs[position]?.finalScriptSig, ...(witnesses?.[position] ?? [])];
    if (!carried.some((part) => part !== undefined && hex(part).includes(signature))) {
      throw new Error(`final transaction lacks the signature of input ${position}`);
    }
  });
}

/** Narrows the draft that `decodeSpend` made, after it crossed a thread. */
export function isSpendDraft(draft: unknown): draft is SpendDraft {
  return typeof draft === "object" && draft !== null && "kind" in draft && draft.kind === "spend";
}
