/**
 * Strict PSBT reading (BIP-174 v0, BIP-370 v2, BIP-371 fields): decode, encode again, compare every key and value.
 * What the library would drop, repair or reorder into another meaning is refused.
 * @module
 */
import { OutScript, Transaction } from "@scure/btc-signer";
import type { TxOpts } from "@scure/btc-signer";
import { _DebugPSBT, RawPSBTV0, RawPSBTV2 } from "@scure/btc-signer/psbt.js";
import { getPrevOut, normalizeInput } from "@scure/btc-signer/transaction.js";
import { equalBytes, fromBase64 } from "../../domain/bytes.ts";
import { invalid, refused, SignerError } from "../../domain/errors.ts";
import { takeOut } from "./previous-transactions.ts";
import type { Slim } from "./previous-transactions.ts";

/**
 * `unknown: "ignore"` hands fields that BIP-174 does not name through unchanged, as it asks of a signer; no check is
 * switched off. Without the second option the library would add a field to a v2 PSBT that has none.
 */
export const PSBT_OPTIONS = { unknown: "ignore", allowMissingTxModifiable: false } as const satisfies TxOpts;

/** For what is signed: the previous transactions were read before they were taken out. */
export const FINAL_OPTIONS = { ...PSBT_OPTIONS, allowLegacyWitnessUtxo: true } as const satisfies TxOpts;

export interface Psbt {
  /** As it was sent. */
  readonly bytes: Uint8Array;
  /** What `transaction` was read from. */
  readonly slim: Slim;
  readonly version: 0 | 2;
  readonly transaction: Transaction;
}

/** Decoded maps of a PSBT, the level at which signatures are added. */
export type PsbtMaps = ReturnType<typeof RawPSBTV0.decode>;

export type PsbtInput = ReturnType<Transaction["getInput"]>;
export type PsbtOutput = ReturnType<Transaction["getOutput"]>;

const GLOBAL_VERSION = "fb";

/**
 * Reads base64 of a PSBT.
 * @throws SignerError `transaction.invalid` for anything that does not come out of encoding as it went in
 */
export function parsePsbt(base64: string): Psbt {
  const bytes = fromBase64(base64);
  if (bytes === undefined || bytes.length === 0) {
    throw invalid("/psbt", "must be a PSBT in padded standard base64 without white space");
  }
  const slim = withoutPrevious(bytes);
  const transaction = decodeTransaction(slim.bytes);
  const version = transaction.opts.PSBTVersion === 2 ? 2 : 0;
  if (!sameContent(slim.bytes, transaction.toPSBT(version))) {
    throw invalid(
      "/psbt",
      "does not survive decoding and encoding unchanged; write it with a standard encoder",
    );
  }
  return { bytes, slim, version, transaction };
}

/** The decoded maps of a PSBT that `parsePsbt` accepted. */
export function readMaps(bytes: Uint8Array, version: 0 | 2): PsbtMaps {
  return version === 0 ? RawPSBTV0.decode(bytes) : RawPSBTV2.decode(bytes);
}

export function writeMaps(maps: PsbtMaps, version: 0 | 2): Uint8Array {
  return version === 0 ? RawPSBTV0.encode(maps) : RawPSBTV2.encode(maps);
}

/** A built-in rule refuses the input at this position, counted from 0. */
export function inputRefused(position: number, message: string): SignerError {
  return refused("/psbt", `input ${position}: ${message}`);
}

function withoutPrevious(bytes: Uint8Array): Slim {
  try {
    return takeOut(bytes);
  } catch (error) {
    if (error instanceof SignerError) throw error;
    throw invalid(
      "/psbt",
      `is not a valid PSBT v0 or v2: ${reason(error)}; write it with a standard encoder`,
    );
  }
}

/**
 * The transaction of a PSBT. The library takes no output that pays a bare public key or a bare multisig; somebody else's
 * input may spend one. Only then its check of scripts is switched off, and done here for every other input.
 * @param options PSBT_OPTIONS or FINAL_OPTIONS
 * @throws Error of the library
 */
export function readTransaction(bytes: Uint8Array, options: TxOpts): Transaction {
  try {
    return Transaction.fromPSBT(bytes, options);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith(BARE_SCRIPT)) throw error;
  }
  const transaction = Transaction.fromPSBT(bytes, { ...options, disableScriptCheck: true });
  for (let position = 0; position < transaction.inputsLength; position += 1) {
    const input = transaction.getInput(position);
    if (!spendsBareScript(input)) normalizeInput(input, undefined, undefined, false, "ignore", "ignore");
  }
  return transaction;
}

const BARE_SCRIPT = "checkScript: non-wrapped";

/** What wraps a script has no meaning here, so an input must not have both. */
function spendsBareScript(input: PsbtInput): boolean {
  if (input.redeemScript !== undefined || input.witnessScript !== undefined) return false;
  const { type } = OutScript.decode(getPrevOut(input).script);
  return type === "pk" || type === "ms";
}

function decodeTransaction(bytes: Uint8Array): Transaction {
  try {
    return readTransaction(bytes, PSBT_OPTIONS);
  } catch (error) {
    throw invalid(
      "/psbt",
      `is not a valid PSBT v0 or v2: ${reason(error)}; write it with a standard encoder`,
    );
  }
}

/** First line of the library's complaint, short enough that it cannot carry the payload back. */
function reason(error: unknown): string {
  const message = error instanceof Error ? error.message : "unreadable";
  return message.replaceAll(/[0-9a-fA-F]{16,}|[0-9,]{24,}/g, "…").slice(0, 120);
}

/** Equal maps: the same keys with the same values; BIP-174 gives their order no meaning. */
function sameContent(received: Uint8Array, encoded: Uint8Array): boolean {
  const before = keyValues(received);
  const after = keyValues(encoded);
  return before.length === after.length && before.every((map, index) => sameMap(map, after[index]));
}

function sameMap(
  before: ReadonlyMap<string, Uint8Array>,
  after: ReadonlyMap<string, Uint8Array> | undefined,
): boolean {
  if (after?.size !== before.size) return false;
  for (const [key, value] of before) {
    const other = after.get(key);
    if (other === undefined || !equalBytes(value, other)) return false;
  }
  return true;
}

function keyValues(bytes: Uint8Array): readonly ReadonlyMap<string, Uint8Array>[] {
  return _DebugPSBT.decode(bytes).items.map((item, position) => {
    const map = new Map<string, Uint8Array>();
    for (const [key, value] of Object.entries(item)) {
      if (typeof value === "string")
        throw invalid("/psbt", "has a value that is not bytes; write it with a standard encoder");
      // A v0 PSBT may state its version, which the encoder leaves out: 0 and absence mean the same (BIP-174).
      const explicitZero = position === 0 && key === GLOBAL_VERSION && value.every((byte) => byte === 0);
      if (!explicitZero) map.set(key, value);
    }
    return map;
  });
}
