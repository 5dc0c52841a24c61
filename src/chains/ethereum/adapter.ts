/**
 * Ethereum and its EVM relatives: transactions of all five types (objects or bytes), EIP-191 messages, EIP-712 documents,
 * EIP-7702 authorisations and ERC-4337 user operations. Intents carry lowercase addresses; a key's own is EIP-55 checksummed.
 * @module
 */
import { concat, toHex } from "../../domain/bytes.ts";
import { invalid, SignerError } from "../../domain/errors.ts";
import type { Json } from "../../domain/canonical.ts";
import { intentOf } from "../../domain/intent.ts";
import type { KeyRecord } from "../../domain/keys.ts";
import type { ChainAdapter, DecodedRequest, SignedFields, SignRequest, Signature } from "../adapter.ts";
import { ethereumAccounts } from "./accounts.ts";
import { addressOfPublicKey, checksumAddress, contractAddress } from "./address.ts";
import { authorizationDigest, readAuthorization, visitDelegation } from "./authorization.ts";
import { visitCall } from "./calls.ts";
import { Effects } from "./effects.ts";
import { assembleTransaction, signingDigest } from "./envelope.ts";
import { refuseOptions, planPath } from "./key-plan.ts";
import { messageDigest, readMessage, visitMessage } from "./message.ts";
import { environmentOf } from "./networks.ts";
import { readRawTransaction } from "./raw-transaction.ts";
import { describeTransaction } from "./transaction-json.ts";
import { maxFeeWei, readTransaction, type Transaction } from "./transaction.ts";
import { readUserOperationRequest } from "./user-operation/request.ts";
import { visitTypedData } from "./typed-data-effects.ts";
import { readTypedData, type TypedData } from "./typed-data.ts";

/** What `assemble` needs besides the signature. */
type Draft =
  | { readonly kind: "transaction"; readonly transaction: Transaction }
  | { readonly kind: "signature" }
  | { readonly kind: "authorization" }
  | { readonly kind: "userOperation"; readonly hash: string };

/** What differs between request types; the rest of a DecodedRequest follows from it. */
interface Reading {
  readonly digest: Uint8Array;
  readonly effects: Effects;
  readonly detail: Json;
  readonly chainId: bigint | number;
  readonly draft: Draft;
  /** As in DecodedRequest. */
  readonly slots?: readonly string[];
}

type Reader = (request: SignRequest, signer: string) => Reading;

const READERS: ReadonlyMap<string, Reader> = new Map([
  ["ethereum.transaction", readTransactionRequest],
  ["ethereum.rawTransaction", readRawTransactionRequest],
  ["ethereum.message", readMessageRequest],
  ["ethereum.typedData", readTypedDataRequest],
  ["ethereum.authorization", readAuthorizationRequest],
  ["ethereum.userOperation", readOperationRequest],
]);

export const ethereumAdapter: ChainAdapter = {
  chain: "ethereum",
  curve: "secp256k1",
  requestTypes: [...READERS.keys()],
  heavy: false,

  accounts: ethereumAccounts,
  planKey(options) {
    return { path: planPath(options), derivation: "bip32-secp256k1", curve: "secp256k1", attributes: {} };
  },

  planImport(options) {
    refuseOptions(options, ["path", "account", "index", "purpose", "network", "accountType"]);
    return { curve: "secp256k1", attributes: {} };
  },

  /** EIP-55 checksummed; `publicKey` is 33 bytes compressed. */
  addressOf(publicKey) {
    return checksumAddress(addressOfPublicKey(publicKey));
  },

  decode(request, key) {
    const read = READERS.get(request.type);
    if (read === undefined)
      throw invalid("/type", "is not a request of the chain ethereum; see /docs for those that are");
    return decoded(request.type, key, read(request, key.address.toLowerCase()));
  },

  assemble(request, signatures) {
    const [signature] = signatures;
    if (signature === undefined || signatures.length !== 1)
      throw new TypeError("one signature belongs to one digest");
    if (!isDraft(request.draft)) throw new TypeError("not a draft of this adapter");
    const [payload] = request.payloads;
    if (payload?.scheme !== "secp256k1.ecdsa") throw new TypeError("not a payload of this adapter");
    return assembled(request.draft, signature, toHex(payload.digest));
  },
};

function decoded(type: string, key: KeyRecord, reading: Reading): DecodedRequest {
  const { effects, detail } = reading;
  return {
    type,
    intent: intentOf(effects.findings(), { ethereum: detail }),
    environment: environmentOf(reading.chainId),
    ...(reading.slots === undefined ? {} : { slots: reading.slots }),
    payloads: [{ scheme: "secp256k1.ecdsa", digest: reading.digest, publicKey: key.publicKey }],
    draft: reading.draft,
  };
}

function readTransactionRequest(request: SignRequest, signer: string): Reading {
  return readingOf(readTransaction(request["transaction"], signer), signer);
}

function readRawTransactionRequest(request: SignRequest, signer: string): Reading {
  return readingOf(readRawTransaction(request["transaction"], signer), signer);
}

/** What a transaction does, in whichever form it came. */
function readingOf(transaction: Transaction, signer: string): Reading {
  const { to, value, data, chainId } = transaction;
  const effects = new Effects(chainId.toString());
  if (to === null) {
    const created = contractAddress(signer, transaction.nonce);
    if (value > 0n) effects.transfer("native", signer, created, value.toString());
    effects.controls("deployment", created, null);
    effects.call(
      { to: null, value: value.toString(), selector: null, function: "constructor" },
      "/transaction",
    );
  } else {
    visitCall(effects, { from: signer, to, value, data, field: "/transaction/data" });
  }
  if (transaction.type === "eip7702") {
    for (const entry of transaction.authorizationList) {
      visitDelegation(effects, entry.authority, entry);
    }
  }
  effects.fee = { asset: "native", max: maxFeeWei(transaction).toString() };
  if (effects.fee.max === "0")
    effects.warnings.push({
      code: "zero_fee",
      message: "no gas is paid for: only networks without fees take it",
    });
  return {
    digest: signingDigest(transaction),
    effects,
    detail: { transaction: describeTransaction(transaction) },
    chainId,
    draft: { kind: "transaction", transaction },
    // An account's nonce only rises (yellow paper, 6.2; EIP-2681), and the reader refuses a chain id of 0.
    slots: [`eip155:${chainId}:${signer}:${transaction.nonce}`],
  };
}

function readMessageRequest(request: SignRequest, signer: string): Reading {
  const message = readMessage(request["message"]);
  const effects = new Effects();
  const detail = visitMessage(effects, message, signer);
  return {
    digest: messageDigest(message),
    effects,
    detail: { message: detail },
    chainId: 0,
    draft: { kind: "signature" },
  };
}

function readTypedDataRequest(request: SignRequest, signer: string): Reading {
  const document = readTypedData(request["typedData"]);
  const { chainId: domainChainId } = document.domain;
  const effects = new Effects(typeof domainChainId === "string" ? domainChainId : undefined);
  const chainId = visitTypedData(effects, document, signer);
  return {
    digest: document.digest,
    effects,
    detail: {
      typedData: describeTypedData(document),
      ...(effects.message === undefined ? {} : { message: effects.message }),
    },
    chainId,
    draft: { kind: "signature" },
  };
}

function readAuthorizationRequest(request: SignRequest, signer: string): Reading {
  const authorization = readAuthorization(request["authorization"]);
  const { chainId, address, nonce } = authorization;
  const effects = new Effects();
  visitDelegation(effects, signer, authorization);
  return {
    digest: authorizationDigest(authorization),
    effects,
    detail: { authorization: { chainId: chainId.toString(), address, nonce: nonce.toString() } },
    chainId,
    draft: { kind: "authorization" },
  };
}

function readOperationRequest(request: SignRequest): Reading {
  const { digest, hash, effects, detail, chainId } = readUserOperationRequest(request);
  return {
    digest,
    effects,
    detail: { userOperation: detail },
    chainId,
    draft: { kind: "userOperation", hash },
  };
}

function describeTypedData(document: TypedData): Json {
  const types = [...document.types].map(([name, fields]) => [name, fields.map((field) => ({ ...field }))]);
  const { domain, primaryType, message } = document;
  return { domain, primaryType, message, types: Object.fromEntries(types) };
}

/** @param digest 0x-hex of the 32 bytes that were signed; a transaction has its hash instead */
function assembled(draft: Draft, signature: Signature, digest: string): SignedFields {
  const yParity = readParity(signature);
  const text = toHex(concat(signature.bytes, Uint8Array.of(27 + yParity)));
  switch (draft.kind) {
    case "transaction": {
      const { raw, hash } = assembleTransaction(draft.transaction, signature, yParity);
      return { signedTransaction: raw, hash, signature: text };
    }
    case "authorization": {
      const [r, s] = [toHex(signature.bytes.subarray(0, 32)), toHex(signature.bytes.subarray(32))];
      return { signature: text, digest, yParity, r, s };
    }
    case "userOperation":
      return { signature: text, digest, userOperationHash: draft.hash };
    case "signature":
      return { signature: text, digest };
  }
}

function readParity(signature: Signature): 0 | 1 {
  if (signature.bytes.length === 64 && (signature.recovery === 0 || signature.recovery === 1))
    return signature.recovery;
  throw new SignerError(
    "service.signature_invalid",
    "the signature is not 64 bytes with a recovery bit of 0 or 1",
  );
}

function isDraft(draft: unknown): draft is Draft {
  return typeof draft === "object" && draft !== null && "kind" in draft;
}
