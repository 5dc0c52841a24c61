/**
 * StarkNet: version 3 transactions and SNIP-12 typed data, signed with the Stark curve. The sender of a transaction is
 * always the key's own account; the fee is always paid in STRK.
 * @module
 */
import { bigintToBytes, bytesToBigint } from "../../domain/bytes.ts";
import type { Json } from "../../domain/canonical.ts";
import { SignerError, invalid, refused } from "../../domain/errors.ts";
import { intentOf, type IntentCall, type Opacity } from "../../domain/intent.ts";
import type { KeyAttributes, KeyRecord } from "../../domain/keys.ts";
import type {
  AccountIdentity,
  ChainAdapter,
  DecodedRequest,
  Signature,
  SignedFields,
  SignRequest,
} from "../adapter.ts";
import { accountAddress, accountType } from "./accounts.ts";
import { decodeMulticall, describeCalls, encodeMulticall } from "./calls.ts";
import { changeOf, erc20, NO_EFFECTS, type CallEffects } from "./effects.ts";
import { identifyAccount } from "./existing-account.ts";
import { addressText, chainEnvironment, feltText, parseAddress } from "./felts.ts";
import { planImport, planKey } from "./keys.ts";
import { STRK } from "./known-contracts.ts";
import { readObject } from "./members.ts";
import { refuseVersion3 } from "./documents/outside-executions.ts";
import { digestOf, shownFelts } from "./shown.ts";
import { parseTypedData } from "./snip12.ts";
import {
  feeMax,
  parseTransaction,
  roundTrip,
  type DeclareTransaction,
  type DeployAccountTransaction,
  type InvokeTransaction,
  type Transaction,
} from "./transaction.ts";
import { senderOf, transactionHash } from "./transaction-hash.ts";
import { describeTypedData } from "./typed-data-intent.ts";
import type { PublicKey } from "../../domain/kinds.ts";

/** Stark ECDSA signs hashes below this only; about one hash in 2^55 is not. */
const HASH_BOUND = 2n ** 251n;

const TRANSACTION = "starknet.transaction";
const TYPED_DATA = "starknet.typedData";

/** Adapter's own data between decode and assemble: the answer's hash member and its value. */
interface Draft {
  readonly hashField: "transactionHash" | "messageHash";
  /** 0x-hex without leading zeros. */
  readonly hash: string;
  /** Public key of the guardian that the account asks beside its owner. */
  readonly guardian?: string;
}

/**
 * The StarkNet adapter. Answers carry `transactionHash` or `messageHash` and `signature: [r, s]`, all as 0x-hex without
 * leading zeros, the form of a felt in StarkNet's JSON-RPC.
 */
export const starknetAdapter: ChainAdapter = {
  chain: "starknet",
  curve: "stark",
  requestTypes: [TRANSACTION, TYPED_DATA],
  heavy: true,
  planKey,
  planImport,
  addressOf: accountAddress,
  identify,
  decode,
  assemble,
};

function identify(publicKey: PublicKey, attributes: KeyAttributes): AccountIdentity {
  const { statement, accountType: type } = attributes;
  if (typeof statement === "object") return identifyAccount(publicKey, accountType(type), statement);
  return { address: accountAddress(publicKey, attributes), attributes };
}

function decode(request: SignRequest, key: KeyRecord): DecodedRequest {
  if (request.type === TRANSACTION) return decodeTransaction(request, key);
  if (request.type === TYPED_DATA) return decodeTypedData(request, key);
  throw invalid("/type", `must be ${TRANSACTION} or ${TYPED_DATA}`);
}

function decodeTransaction(request: SignRequest, key: KeyRecord): DecodedRequest {
  const field = "/transaction";
  const body = readObject(request, "", ["type", "transaction"]);
  const { transaction, canonical } = roundTrip(parseTransaction(body["transaction"], field), field);
  requireOwnAccount(transaction, key);
  const effects = describeTransaction(transaction, field);
  const hash = transactionHash(transaction);
  const fee = { asset: erc20(addressText(STRK)), max: feeMax(transaction).toString() };
  return {
    type: TRANSACTION,
    intent: intentOf(
      { ...effects, fee },
      {
        starknet: { transaction: shown(transaction, canonical), transactionHash: feltText(hash) },
      },
    ),
    environment: chainEnvironment(transaction.chainId),
    payloads: [payload(hash, key, field)],
    draft: draftOf("transactionHash", hash, key),
  };
}

/** The transaction without what is in `calls`; other long lists are data without a meaning, and cut. */
function shown(transaction: Transaction, canonical: { readonly [name: string]: Json }): Json {
  const paymaster = { paymaster_data: shownFelts(transaction.paymasterData) };
  switch (transaction.kind) {
    case "deploy_account":
      return { ...canonical, ...paymaster, constructor_calldata: digestOf(transaction.constructorCalldata) };
    case "declare":
      return {
        ...canonical,
        ...paymaster,
        account_deployment_data: shownFelts(transaction.accountDeploymentData),
      };
    case "invoke":
      return {
        ...canonical,
        ...paymaster,
        account_deployment_data: shownFelts(transaction.accountDeploymentData),
        calldata: digestOf(transaction.calldata),
        ...(transaction.proofFacts.length > 0 ? { proof_facts: shownFelts(transaction.proofFacts) } : {}),
      };
  }
}

/** A signature by this key over another account's transaction would be a mistake at best. */
function requireOwnAccount(transaction: Transaction, key: KeyRecord): void {
  if (transaction.kind === "deploy_account") {
    if (key.attributes["addressSource"] === "stated") {
      throw refused(
        "/transaction/type",
        "the account's address was stated and its class is not known here, so it is not deployed " +
          "from here; deploy it with the wallet that made it",
      );
    }
    if (key.attributes["accountType"] === "braavos") {
      throw refused(
        "/transaction/type",
        "a Braavos account is deployed with a signature of 13 or more elements, not [r, s]; deploy " +
          "it with the wallet",
      );
    }
    if (addressText(senderOf(transaction)) !== key.address) {
      throw refused(
        "/transaction/class_hash",
        `with this salt and constructor_calldata deploys another account than the key's, ` +
          `${key.address}; correct them, or use that account's key`,
      );
    }
  } else if (addressText(transaction.senderAddress) !== key.address) {
    throw refused(
      "/transaction/sender_address",
      `must be the key's account, ${key.address}; correct it, or use that account's key`,
    );
  }
}

function describeTransaction(transaction: Transaction, field: string): CallEffects {
  switch (transaction.kind) {
    case "invoke":
      return describeInvoke(transaction, `${field}/calldata`);
    case "deploy_account":
      return withReserved(transaction, {
        ...NO_EFFECTS,
        calls: [deployCall(transaction)],
        control: [
          changeOf("deployment", addressText(senderOf(transaction)), addressText(transaction.classHash)),
        ],
      });
    case "declare":
      return withReserved(transaction, {
        ...NO_EFFECTS,
        calls: [declareCall(transaction)],
        control: [changeOf("deployment", addressText(transaction.classHash), null)],
      });
  }
}

function describeInvoke(transaction: InvokeTransaction, field: string): CallEffects {
  const calls = decodeMulticall(transaction.calldata, field);
  const encoded = encodeMulticall(calls);
  const same = encoded.length === transaction.calldata.length;
  if (!same || encoded.some((felt, index) => felt !== transaction.calldata[index])) {
    throw invalid(field, "does not survive decoding and encoding; write it with a standard library");
  }
  return withReserved(
    transaction,
    describeCalls(
      calls,
      { account: transaction.senderAddress, chainId: transaction.chainId },
      field,
      (index) => `${field} (call ${index})`,
    ),
  );
}

/** The protocol gives these members no meaning yet, or one that contracts read: what they will do cannot be told. */
function withReserved(transaction: Transaction, effects: CallEffects): CallEffects {
  const reserved = {
    paymaster_data: transaction.paymasterData,
    account_deployment_data: transaction.kind === "deploy_account" ? [] : transaction.accountDeploymentData,
    proof_facts: transaction.kind === "invoke" ? transaction.proofFacts : [],
  };
  const used = Object.entries(reserved).filter(([, felts]) => felts.length > 0);
  const opacity = used.map(([name]): Opacity => ({
    cause: "reservedFields",
    reason: `${name} is not empty`,
  }));
  return { ...effects, opacity: [...effects.opacity, ...opacity] };
}

function deployCall(transaction: DeployAccountTransaction): IntentCall {
  return {
    to: null,
    value: "0",
    selector: null,
    function: "deploy_account",
    args: {
      address: addressText(senderOf(transaction)),
      classHash: addressText(transaction.classHash),
      salt: feltText(transaction.contractAddressSalt),
      constructorCalldata: shownFelts(transaction.constructorCalldata),
    },
  };
}

function declareCall(transaction: DeclareTransaction): IntentCall {
  return {
    to: null,
    value: "0",
    selector: null,
    function: "declare",
    args: {
      classHash: addressText(transaction.classHash),
      compiledClassHash: addressText(transaction.compiledClassHash),
    },
  };
}

function decodeTypedData(request: SignRequest, key: KeyRecord): DecodedRequest {
  const field = "/typedData";
  const body = readObject(request, "", ["type", "typedData"], ["accountAddress"]);
  const account = parseAddress(body["accountAddress"] ?? key.address, "/accountAddress");
  if (addressText(account) !== key.address) {
    throw refused(
      "/accountAddress",
      `must be the key's account, ${key.address}; another account of this private key is another key; sign with that one`,
    );
  }
  refuseVersion3(body["typedData"], field);
  const typedData = parseTypedData(body["typedData"], account, field);
  const { effects, shown: document, signInDomain } = describeTypedData(typedData, account, field);
  const hash = feltText(typedData.messageHash);
  const decoded: Json = {
    typedData: document,
    revision: typedData.revision,
    accountAddress: addressText(account),
    messageHash: hash,
    ...(signInDomain === undefined ? {} : { signIn: { domain: signInDomain } }),
  };
  return {
    type: TYPED_DATA,
    intent: intentOf(effects, { starknet: decoded }),
    environment: chainEnvironment(typedData.chainId),
    payloads: [payload(typedData.messageHash, key, field)],
    draft: draftOf("messageHash", typedData.messageHash, key),
  };
}

function payload(hash: bigint, key: KeyRecord, field: string): DecodedRequest["payloads"][number] {
  if (hash >= HASH_BOUND) {
    throw refused(
      field,
      "has a hash of 2^251 or more, which the Stark curve cannot sign; change the nonce or the fee",
    );
  }
  return { scheme: "stark.ecdsa", digest: bigintToBytes(hash, 32), publicKey: key.publicKey };
}

function assemble(decoded: DecodedRequest, signatures: readonly Signature[]): SignedFields {
  const [signature] = signatures;
  const { draft } = decoded;
  if (signature?.bytes.length !== 64 || signatures.length !== 1 || !isDraft(draft)) {
    throw new SignerError("service.internal", "a StarkNet request has exactly one signature of 64 bytes");
  }
  const r = bytesToBigint(signature.bytes.subarray(0, 32));
  const s = bytesToBigint(signature.bytes.subarray(32));
  const { hashField, hash, guardian } = draft;
  return {
    [hashField]: hash,
    signature: [feltText(r), feltText(s)],
    ...(guardian === undefined ? {} : { guardian }),
  };
}

function draftOf(
  hashField: Draft["hashField"],
  hash: bigint,
  { attributes: { guardian } }: KeyRecord,
): Draft {
  return { hashField, hash: feltText(hash), ...(typeof guardian === "string" ? { guardian } : {}) };
}

function isDraft(draft: unknown): draft is Draft {
  return typeof draft === "object" && draft !== null && "hashField" in draft && "hash" in draft;
}
