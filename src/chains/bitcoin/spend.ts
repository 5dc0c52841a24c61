/**
 * `bitcoin.psbt`: from a PSBT to the intent that policies see and the digests that are signed. Only inputs of the
 * spenders that were asked are signed; those of other keys, the same account's included, belong to someone else here.
 * @module
 */
import type { Transaction } from "@scure/btc-signer";
import type { Json } from "../../domain/canonical.ts";
import { invalid, refused } from "../../domain/errors.ts";
import { intentOf, type Intent, type Opacity } from "../../domain/intent.ts";
import type { DecodedRequest, SignRequest } from "../adapter.ts";
import type { Completion } from "./descriptors/complete.ts";
import { checkFee } from "./fee.ts";
import type { FeeReport } from "./fee.ts";
import { checkInputs, readSpendings } from "./inputs.ts";
import type { Spending, SpentInput } from "./inputs.ts";
import { readOutputs } from "./outputs.ts";
import type { PaidOutput } from "./outputs.ts";
import { parsePsbt } from "./psbt.ts";
import type { Psbt } from "./psbt.ts";
import type { TakenOut } from "./previous-transactions.ts";
import { hex, recipientOf } from "./scripts.ts";
import type { Network } from "./names.ts";
import { signatureHasher } from "./sighash.ts";
import type { PlannedSignature, SignaturePlace, Spenders } from "./spenders.ts";
import { stakingOutput } from "./staking/output.ts";
import { warningsOf } from "./warnings.ts";

/** Relayed transaction versions (Bitcoin Core 28 and later; 3 is TRUC, BIP-431). */
const VERSIONS: readonly number[] = [1, 2, 3];

/** Plain data that `assembleSpend` needs. */
export interface SpendDraft {
  readonly kind: "spend";
  /** The PSBT as it was sent, but for the previous transactions. */
  readonly psbt: Uint8Array;
  readonly previous: readonly TakenOut[];
  readonly version: 0 | 2;
  /** The transaction that was decoded, without scriptSigs and witnesses. */
  readonly unsigned: Uint8Array;
  readonly finalize: boolean;
  /** Where each signature goes, in payload order. */
  readonly places: readonly SignaturePlace[];
  /** Of inputs that spend registered descriptors. */
  readonly completions: readonly Completion[];
}

interface Spend {
  readonly psbt: Psbt;
  readonly inputs: readonly SpentInput[];
  readonly outputs: readonly PaidOutput[];
  readonly fee: FeeReport;
}

/** A `bitcoin.psbt` request, read as far as it says the same whoever signs. */
export interface SpendRequest {
  readonly type: string;
  readonly psbt: Psbt;
  readonly finalize: boolean;
  readonly spendings: readonly Spending[];
}

/** @throws SignerError `transaction.invalid` (not a strict PSBT), `transaction.refused` (version, spent outputs) */
export function readSpend(request: SignRequest): SpendRequest {
  const { type, psbt: base64, finalize = true } = request;
  if (typeof base64 !== "string") throw invalid("/psbt", "must be a base64 string");
  if (typeof finalize !== "boolean") throw invalid("/finalize", "must be true or false");
  const psbt = parsePsbt(base64);
  checkVersion(psbt.transaction.version);
  return { type, psbt, finalize, spendings: readSpendings(psbt) };
}

/** @throws SignerError `transaction.refused` (rules of inputs.ts, outputs.ts and fee.ts) */
export function decodeSpend(asked: SpendRequest, spenders: Spenders): DecodedRequest {
  const { psbt, finalize } = asked;
  const { network } = spenders;
  const inputs = checkInputs(asked.spendings, spenders);
  const outputs = readOutputs(psbt.transaction, inputs, spenders);
  const fee = checkFee(inputs, outputs, psbt.transaction.unsignedTx.length);
  const planned = planSignatures(psbt.transaction, inputs, outputs);
  return {
    type: asked.type,
    intent: spendIntent({ psbt, inputs, outputs, fee }, network),
    environment: { chainId: `bitcoin:${network}`, network },
    slots: slotsOf(inputs, planned, network),
    payloads: planned.map(({ payload }) => payload),
    signedBy: planned.map(({ keyId }) => keyId),
    ...descriptorsOf(inputs),
    draft: draftOf(psbt, planned, inputs, finalize),
  };
}

function checkVersion(version: number): void {
  if (!VERSIONS.includes(version))
    throw refused("/psbt", `transaction version ${version} is not relayed; use 2`);
}

function planSignatures(
  transaction: Transaction,
  inputs: readonly SpentInput[],
  outputs: readonly PaidOutput[],
): readonly PlannedSignature[] {
  const { version, lockTime } = transaction;
  const spent = inputs.map((input) => input.spent);
  const hasher = signatureHasher({ version, lockTime, inputs, outputs }, spent);
  return inputs.flatMap(
    ({ spender, ...input }, position) => spender?.plan({ ...input, position }, hasher) ?? [],
  );
}

/** Each outpoint that we sign. No spender signs with a hash type that allows it in another transaction. */
function slotsOf(
  inputs: readonly SpentInput[],
  planned: readonly PlannedSignature[],
  network: Network,
): readonly string[] {
  const signed = new Set(planned.map(({ place }) => place.position));
  return inputs.flatMap(({ txid, index }, position) =>
    signed.has(position) ? [`bitcoin:${network}:${hex(txid)}:${index}`] : [],
  );
}

/** The descriptors that the decision rests on: one that is deleted before it is recorded makes it stale. */
function descriptorsOf(inputs: readonly SpentInput[]): Pick<DecodedRequest, "descriptors"> {
  const ids = inputs.flatMap(({ spender }) => spender?.descriptorId ?? []);
  return ids.length === 0 ? {} : { descriptors: [...new Set(ids)] };
}

function draftOf(
  psbt: Psbt,
  planned: readonly PlannedSignature[],
  inputs: readonly SpentInput[],
  finalize: boolean,
): SpendDraft {
  return {
    kind: "spend",
    psbt: psbt.slim.bytes,
    previous: psbt.slim.taken,
    version: psbt.version,
    unsigned: psbt.transaction.unsignedTx,
    finalize,
    places: planned.map(({ place }) => place),
    completions: inputs.flatMap(
      ({ spender, sequence, input }, position) => spender?.complete?.({ input, position, sequence }) ?? [],
    ),
  };
}

/**
 * Every output is a transfer from the address of ours that pays, in output order. Where inputs of others take part,
 * that is more than we pay: a spending limit errs on the safe side.
 */
function spendIntent(spend: Spend, network: Network): Intent {
  const { inputs, outputs, fee } = spend;
  const from = payerOf(inputs);
  const findings = {
    opacity: outputs.flatMap(opacityOfOutput),
    transfers: outputs.map(({ to, amount, ownChange }) => {
      return { asset: "native", from, to, amount: `${amount}`, ownChange };
    }),
    fee: { asset: "native", max: `${fee.fee}` },
    warnings: warningsOf(outputs, fee),
  };
  return intentOf(findings, { bitcoin: describe(spend, network) });
}

/**
 * Whose coins are spent. Several addresses have no name in common, and the first of them is none: whoever orders the inputs
 * would choose under which policy's rule the others pay.
 */
function payerOf(inputs: readonly SpentInput[]): string {
  const payers = new Set(inputs.flatMap(({ spender }) => (spender === undefined ? [] : [spender.address])));
  const [payer] = payers;
  if (payer === undefined) throw new Error("a spend has an input of ours");
  return payers.size === 1 ? payer : `addresses:${payers.size}`;
}

function opacityOfOutput(output: PaidOutput, position: number): readonly Opacity[] {
  if (!output.opaque) return [];
  return [{ cause: "unknownScript", reason: `output ${position} pays a script that has no address` }];
}

/**
 * What the transfers, which are the outputs in order, do not say. Amounts and the fee rate are decimal strings, transaction
 * ids and scripts plain hex.
 */
function describe({ psbt, inputs, outputs, fee }: Spend, network: Network) {
  return {
    psbtVersion: psbt.version,
    version: psbt.transaction.version,
    lockTime: psbt.transaction.lockTime,
    feeRate: `${fee.feeRate}`,
    virtualSize: fee.virtualSize,
    inputs: inputs.map(({ txid, index, sequence, spent, spender, input }) => {
      const from = recipientOf(spent.script, network).to;
      const own = spender !== undefined;
      return {
        txid: hex(txid),
        index,
        sequence,
        from,
        amount: `${spent.amount}`,
        own,
        ...spender?.describe?.(input),
      };
    }),
    ...stakesOf(psbt, outputs),
  };
}

/** `stakes`: outputs of Babylon's BTC staking that show their tree, by position. */
function stakesOf({ transaction }: Psbt, outputs: readonly PaidOutput[]): Record<string, Json> {
  const stakes = outputs.flatMap(({ script }, position) => {
    const stake = stakingOutput(transaction.getOutput(position), script);
    return stake === undefined ? [] : [{ output: position, ...stake }];
  });
  return stakes.length === 0 ? {} : { stakes };
}
