/**
 * `bitcoin.psbt`: from a PSBT to the intent that policies see and the digests that are signed. Only inputs of this one
 * key are signed; those of other keys, the same account's included, belong to someone else here.
 * @module
 */
import type { Transaction } from "@scure/btc-signer";
import { invalid, refused } from "../../domain/errors.ts";
import { intentOf, type Intent, type Opacity } from "../../domain/intent.ts";
import type { DecodedRequest, SigningPayload, SignRequest } from "../adapter.ts";
import { checkFee } from "./fee.ts";
import type { FeeReport } from "./fee.ts";
import { readInputs } from "./inputs.ts";
import type { SpentInput } from "./inputs.ts";
import type { Spender } from "./keys.ts";
import { readOutputs } from "./outputs.ts";
import type { PaidOutput } from "./outputs.ts";
import { parsePsbt } from "./psbt.ts";
import type { Psbt } from "./psbt.ts";
import { hex, keyScript, recipientOf } from "./scripts.ts";
import { signatureHasher, tapTweak } from "./sighash.ts";
import type { SignatureHasher } from "./sighash.ts";

/** Relayed transaction versions (Bitcoin Core 28 and later; 3 is TRUC, BIP-431). */
const VERSIONS: readonly number[] = [1, 2, 3];

/** Plain data that `assembleSpend` needs. */
export interface SpendDraft {
  readonly kind: "spend";
  /** The PSBT as received. */
  readonly psbt: Uint8Array;
  readonly version: 0 | 2;
  /** The transaction that was decoded, without scriptSigs and witnesses. */
  readonly unsigned: Uint8Array;
  readonly finalize: boolean;
  /** Positions of the inputs that are signed, in payload order, with their hash types. */
  readonly inputs: readonly { readonly position: number; readonly hashType: number }[];
  readonly publicKey: Uint8Array;
  /** P2TR: the signature goes to PSBT_IN_TAP_KEY_SIG. */
  readonly taproot: boolean;
  /** P2SH-P2WPKH only. */
  readonly redeemScript?: Uint8Array;
}

interface Spend {
  readonly psbt: Psbt;
  readonly inputs: readonly SpentInput[];
  readonly outputs: readonly PaidOutput[];
  readonly fee: FeeReport;
}

/**
 * @throws SignerError `transaction.invalid` (not a strict PSBT), `transaction.refused` (rules of inputs.ts, outputs.ts
 *   and fee.ts, transaction version)
 */
export function decodeSpend(request: SignRequest, spender: Spender): DecodedRequest {
  const { psbt: base64, finalize = true } = request;
  if (typeof base64 !== "string") throw invalid("/psbt", "must be a base64 string");
  if (typeof finalize !== "boolean") throw invalid("/finalize", "must be true or false");
  const psbt = parsePsbt(base64);
  checkVersion(psbt.transaction.version);
  const inputs = readInputs(psbt.transaction, spender);
  const outputs = readOutputs(psbt.transaction, spender);
  const fee = checkFee(inputs, outputs, psbt.transaction.unsignedTx.length, spender.purpose);
  const spend = { psbt, inputs, outputs, fee };
  return {
    type: request.type,
    intent: spendIntent(spend, spender),
    environment: { chainId: `bitcoin:${spender.network}`, network: spender.network },
    payloads: payloadsOf(psbt.transaction, inputs, outputs, spender),
    draft: draftOf(psbt, inputs, finalize, spender),
  };
}

function checkVersion(version: number): void {
  if (!VERSIONS.includes(version))
    throw refused("/psbt", `transaction version ${version} is not relayed; use 2`);
}

function payloadsOf(
  transaction: Transaction,
  inputs: readonly SpentInput[],
  outputs: readonly PaidOutput[],
  spender: Spender,
): readonly SigningPayload[] {
  const { version, lockTime } = transaction;
  const spent = inputs.map((input) => input.spent);
  const hasher = signatureHasher({ version, lockTime, inputs, outputs }, spent);
  return inputs.flatMap((input, position) =>
    input.own ? [payloadOf(hasher, input, position, spender)] : [],
  );
}

function payloadOf(
  hasher: SignatureHasher,
  input: SpentInput,
  position: number,
  spender: Spender,
): SigningPayload {
  const { publicKey, taproot, purpose } = spender;
  if (taproot !== undefined) {
    const digest = hasher.taproot(position, input.hashType);
    const tweak = tapTweak(taproot.internalKey);
    return { scheme: "secp256k1.schnorr", digest, publicKey: taproot.outputKey, tweak };
  }
  // BIP-143: the script code of P2WPKH is the P2PKH script of the same key.
  const scriptCode = keyScript(publicKey, 44, spender.network).script;
  const digest =
    purpose === 44
      ? hasher.legacy(position, scriptCode)
      : hasher.witnessV0(position, scriptCode, input.spent.amount);
  return { scheme: "secp256k1.ecdsa", digest, publicKey };
}

function draftOf(psbt: Psbt, inputs: readonly SpentInput[], finalize: boolean, spender: Spender): SpendDraft {
  return {
    kind: "spend",
    psbt: psbt.bytes,
    version: psbt.version,
    unsigned: psbt.transaction.unsignedTx,
    finalize,
    inputs: inputs.flatMap(({ own, hashType }, position) => (own ? [{ position, hashType }] : [])),
    publicKey: spender.publicKey,
    taproot: spender.taproot !== undefined,
    ...(spender.redeemScript === undefined ? {} : { redeemScript: spender.redeemScript }),
  };
}

/**
 * Every output is a transfer from this key, in output order. Where inputs of others take part, that is more than this
 * key pays: a spending limit errs on the safe side.
 */
function spendIntent(spend: Spend, spender: Spender): Intent {
  const { outputs, fee } = spend;
  const findings = {
    opacity: outputs.flatMap(opacityOfOutput),
    transfers: outputs.map(({ to, amount, ownChange }) => {
      return { asset: "native", from: spender.address, to, amount: `${amount}`, ownChange };
    }),
    fee: { asset: "native", max: `${fee.fee}` },
  };
  return intentOf(findings, { bitcoin: describe(spend, spender) });
}

function opacityOfOutput(output: PaidOutput, position: number): readonly Opacity[] {
  if (!output.opaque) return [];
  return [{ cause: "unknownScript", reason: `output ${position} pays a script that has no address` }];
}

/**
 * What the transfers, which are the outputs in order, do not say. Amounts and the fee rate are decimal strings, transaction
 * ids and scripts plain hex.
 */
function describe({ psbt, inputs, fee }: Spend, spender: Spender) {
  return {
    psbtVersion: psbt.version,
    version: psbt.transaction.version,
    lockTime: psbt.transaction.lockTime,
    feeRate: `${fee.feeRate}`,
    virtualSize: fee.virtualSize,
    inputs: inputs.map(({ txid, index, sequence, spent, own }) => {
      const from = recipientOf(spent.script, spender.network).to;
      return { txid: hex(txid), index, sequence, from, amount: `${spent.amount}`, own };
    }),
  };
}
