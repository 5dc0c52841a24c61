/**
 * `bitcoin.message`: BIP-322 (version 2.0.0) and BIP-137 proofs. Neither can be mistaken for a transaction: BIP-322
 * spends an output that cannot exist, BIP-137 hashes behind its own prefix.
 * @module
 */
import { schnorr } from "@noble/curves/secp256k1.js";
import { CompactSizeLen, RawOldTx, RawTx, RawWitness, Script } from "@scure/btc-signer/script.js";
import { concat, toBase64, utf8 } from "../../domain/bytes.ts";
import { intentOf } from "../../domain/intent.ts";
import { invalid, refused } from "../../domain/errors.ts";
import { findingsOf, understandMessage } from "../../domain/messages/understanding.ts";
import type { DecodedRequest, Signature, SignedFields, SigningPayload, SignRequest } from "../adapter.ts";
import { derSignature } from "./assemble.ts";
import { proofOfPossession } from "./babylon-proof.ts";
import type { SpendingKey } from "./keys.ts";
import { keyScript } from "./scripts.ts";
import type { Purpose } from "./names.ts";
import { doubleSha256, SIGHASH_DEFAULT, signatureHasher, tapTweak } from "./sighash.ts";
import type { PublicKey } from "../../domain/kinds.ts";

const BIP137_PREFIX = utf8("Bitcoin Signed Message:\n");
const BIP322_TAG = "BIP0322-signed-message";
const OP_RETURN = Uint8Array.of(0x6a);

/** BIP-137 header byte of recovery id 0, compressed key. Taproot has none. */
const BIP137_HEADER: Readonly<Record<Exclude<Purpose, 86>, number>> = { 44: 31, 49: 35, 84: 39 };

/** How the one signature is wrapped: BIP-322's `simple` and `full` variants, or BIP-137's 65 bytes. */
type Wrapping = "simple" | "full" | "recoverable";

export interface MessageDraft {
  readonly kind: "message";
  readonly wrapping: Wrapping;
  /** The witness signature is 64 bytes without a hash type byte. */
  readonly taproot: boolean;
  readonly publicKey: PublicKey;
  /** False leaves out `smp` and `ful`, which verifiers of BIP-322 before its version 2.0.0 do not know. */
  readonly prefix: boolean;
  /** BIP-137 only. */
  readonly header?: number;
  /** BIP-322 full only: transaction id of to_spend in wire order, and the scriptSig of to_sign. */
  readonly toSpendId?: Uint8Array;
  readonly scriptSig?: Uint8Array;
}

/**
 * BIP-322 by default: `simple` for P2WPKH and P2TR, `full` for P2SH-P2WPKH (simple cannot carry its scriptSig), and
 * the legacy form, which is BIP-137's, for P2PKH.
 * @throws SignerError `transaction.invalid` for text with a lone surrogate, `transaction.refused` for BIP-137 on P2TR
 */
export function decodeMessage(request: SignRequest, spender: SpendingKey): DecodedRequest {
  const { message, format = "bip322", prefix = true } = request;
  if (typeof message !== "string" || !message.isWellFormed()) {
    throw invalid("/message", "must be text without lone surrogates");
  }
  if (format !== "bip322" && format !== "bip137") throw invalid("/format", "must be bip322 or bip137");
  if (typeof prefix !== "boolean") throw invalid("/prefix", "must be true or false");
  const legacy = format === "bip137" || spender.purpose === 44;
  const understood = understandMessage(utf8(message), {
    ecosystem: "Bitcoin",
    isAddress: (text) => text === spender.address,
  });
  const proof = proofOfPossession(message, spender.address);
  const findings = proof === undefined ? findingsOf(understood) : { control: [proof] };
  const { payload, draft } = legacy ? recoverable(message, spender) : virtualSpend(message, spender);
  return {
    type: request.type,
    intent: intentOf(findings, { bitcoin: { message: { ...understood.detail, format } } }),
    environment: { chainId: `bitcoin:${spender.network}`, network: spender.network },
    payloads: [payload],
    draft: { ...draft, prefix },
  };
}

interface Prepared {
  readonly payload: SigningPayload;
  readonly draft: Omit<MessageDraft, "prefix">;
}

function recoverable(message: string, spender: SpendingKey): Prepared {
  const { purpose, publicKey } = spender;
  if (purpose === 86) throw refused("/format", "BIP-137 has no form for taproot addresses; use bip322");
  const draft = { kind: "message", wrapping: "recoverable", taproot: false, publicKey } as const;
  return {
    payload: { scheme: "secp256k1.ecdsa", digest: bip137Digest(message), publicKey },
    draft: { ...draft, header: BIP137_HEADER[purpose] },
  };
}

/** Double SHA-256 of the prefixed message, both length-prefixed (BIP-137). */
export function bip137Digest(message: string): Uint8Array {
  const text = utf8(message);
  const prefix = concat(CompactSizeLen.encode(BIP137_PREFIX.length), BIP137_PREFIX);
  return doubleSha256(prefix, CompactSizeLen.encode(text.length), text);
}

function virtualSpend(message: string, spender: SpendingKey): Prepared {
  const { publicKey, taproot, redeemScript, script } = spender;
  const toSpendId = bip322ToSpendId(message, script);
  const outpoint = { txid: toSpendId.toReversed(), index: 0, sequence: 0 };
  const outputs = [{ amount: 0n, script: OP_RETURN }];
  const hasher = signatureHasher({ version: 0, lockTime: 0, inputs: [outpoint], outputs }, [
    { amount: 0n, script },
  ]);
  const base = { kind: "message", publicKey, taproot: taproot !== undefined } as const;
  if (taproot !== undefined) {
    const digest = hasher.taproot(0, SIGHASH_DEFAULT);
    const tweak = tapTweak(taproot.internalKey);
    return {
      payload: { scheme: "secp256k1.schnorr", digest, publicKey: taproot.outputKey, tweak },
      draft: { ...base, wrapping: "simple" },
    };
  }
  const digest = hasher.witnessV0(0, keyScript(publicKey, 44, spender.network).script, 0n);
  const payload = { scheme: "secp256k1.ecdsa", digest, publicKey } as const;
  if (redeemScript === undefined) return { payload, draft: { ...base, wrapping: "simple" } };
  const scriptSig = Script.encode([redeemScript]);
  return { payload, draft: { ...base, wrapping: "full", toSpendId, scriptSig } };
}

/** BIP-340 tagged hash of the message, as BIP-322 asks. */
export function bip322MessageHash(message: string): Uint8Array {
  return schnorr.utils.taggedHash(BIP322_TAG, utf8(message));
}

/** Transaction id of to_spend in wire order: a transaction of version 0 whose output, worth 0, is `script`. */
export function bip322ToSpendId(message: string, script: Uint8Array): Uint8Array {
  const scriptSig = Script.encode([0, bip322MessageHash(message)]);
  const input = { txid: new Uint8Array(32), index: 0xffffffff, finalScriptSig: scriptSig, sequence: 0 };
  const outputs = [{ amount: 0n, script }];
  return doubleSha256(RawOldTx.encode({ version: 0, lockTime: 0, inputs: [input], outputs }));
}

/**
 * `{signature}`: base64, behind `smp` or `ful` for BIP-322 variants (BIP-322 2.0.0) unless they were not wanted, bare for the
 * legacy form.
 */
export function assembleMessage(draft: MessageDraft, signature: Signature): SignedFields {
  if (draft.wrapping === "recoverable") return { signature: toBase64(recoverableBytes(draft, signature)) };
  const witness = draft.taproot ? [signature.bytes] : [derSignature(signature.bytes), draft.publicKey];
  const [prefix, bytes] =
    draft.wrapping === "simple" ? ["smp", RawWitness.encode(witness)] : ["ful", toSign(draft, witness)];
  return { signature: `${draft.prefix ? prefix : ""}${toBase64(bytes)}` };
}

function recoverableBytes({ header }: MessageDraft, { bytes, recovery }: Signature): Uint8Array {
  // BIP-137 has four recovery ids; 2 and 3 need r above the group order, which nobody will see.
  if (header === undefined || (recovery !== 0 && recovery !== 1))
    throw new Error("signature has no recovery id");
  return concat(Uint8Array.of(header + recovery), bytes);
}

function toSign({ toSpendId, scriptSig }: MessageDraft, witness: Uint8Array[]): Uint8Array {
  if (toSpendId === undefined || scriptSig === undefined) throw new Error("draft has no to_spend");
  return RawTx.encode({
    version: 0,
    lockTime: 0,
    segwitFlag: true,
    inputs: [{ txid: toSpendId.toReversed(), index: 0, finalScriptSig: scriptSig, sequence: 0 }],
    outputs: [{ amount: 0n, script: OP_RETURN }],
    witnesses: [witness],
  });
}

/** Narrows the draft that `decodeMessage` made, after it crossed a thread. */
export function isMessageDraft(draft: unknown): draft is MessageDraft {
  return typeof draft === "object" && draft !== null && "kind" in draft && draft.kind === "message";
}
