/** Bitcoin: PSBTs and messages of single-key addresses (BIP-44, 49, 84, 86). Heavy: a taproot PSBT takes milliseconds. */
import { invalid } from "../../domain/errors.ts";
import type { KeyAttributes, KeyRecord } from "../../domain/keys.ts";
import type { ChainAdapter, DecodedRequest, Signature, SignedFields, SignRequest } from "../adapter.ts";
import { bitcoinAccounts } from "./accounts.ts";
import { bitcoinDescriptors } from "./descriptors/scheme.ts";
import { assembleSpend, isSpendDraft } from "./assemble.ts";
import type { Spending } from "./inputs.ts";
import { planImport, planKey, spendingKeyOf } from "./keys.ts";
import type { SpendingKey } from "./keys.ts";
import { assembleMessage, decodeMessage, isMessageDraft } from "./message.ts";
import { keyScript } from "./scripts.ts";
import { isNetwork, isPurpose } from "./names.ts";
import { singleKeySpender } from "./single-key.ts";
import { decodeSpend, readSpend } from "./spend.ts";
import { keyOnNetwork } from "./test-networks.ts";
import { Spenders } from "./spenders.ts";
import { stakingSpenders } from "./staking/spender.ts";
import { bitcoinWallets } from "./wallet.ts";
import type { PublicKey } from "../../domain/kinds.ts";

export const bitcoinAdapter: ChainAdapter = {
  chain: "bitcoin",
  curve: "secp256k1",
  requestTypes: ["bitcoin.psbt", "bitcoin.message"],
  heavy: true,
  accounts: bitcoinAccounts,
  descriptors: bitcoinDescriptors,
  planKey,
  planImport,
  addressOf,
  decode,
  wallet: bitcoinWallets,
  assemble,
};

function addressOf(publicKey: PublicKey, { purpose, network }: KeyAttributes): string {
  if (!isPurpose(purpose) || !isNetwork(network)) throw new Error("attributes have no purpose or network");
  return keyScript(publicKey, purpose, network).address;
}

function decode(request: SignRequest, key: KeyRecord): DecodedRequest {
  const spending = spendingKeyOf(keyOnNetwork(key, request));
  switch (request.type) {
    case "bitcoin.psbt":
      return decodeKeySpend(request, spending);
    case "bitcoin.message":
      return decodeMessage(request, spending);
    default:
      throw invalid("/type", "is not a request of a Bitcoin key; use bitcoin.psbt or bitcoin.message");
  }
}

/** This key alone: inputs of the wallet's other keys belong to someone else here. */
function decodeKeySpend(request: SignRequest, key: SpendingKey): DecodedRequest {
  const asked = readSpend(request);
  return decodeSpend(asked, spendersOf(key, asked.spendings));
}

function spendersOf(key: SpendingKey, spendings: readonly Spending[]): Spenders {
  const whose =
    `this key (${key.address}); choose the key of the inputs, or use POST /v1/wallets/{walletId}/sign, which finds the keys ` +
    `of all inputs of a wallet`;
  return new Spenders(key.network, whose, [singleKeySpender(key), ...stakingSpenders([key], spendings)]);
}

function assemble({ draft, payloads }: DecodedRequest, signatures: readonly Signature[]): SignedFields {
  const [first] = signatures;
  if (first === undefined || signatures.length !== payloads.length)
    throw new Error("one signature for each payload");
  if (isSpendDraft(draft)) return assembleSpend(draft, signatures);
  if (isMessageDraft(draft)) return assembleMessage(draft, first);
  throw new Error("draft was not made by this adapter");
}
