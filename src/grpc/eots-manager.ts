/** What each method of the EOTS manager does. It translates and calls the signing path, and decides nothing. */
import { ECDH } from "node:crypto";
import { status as Status } from "@grpc/grpc-js";
import type { Principal } from "../access/principals.ts";
import { fromHex, toHex } from "../domain/bytes.ts";
import { SignerError } from "../domain/errors.ts";
import type { KeyRecord } from "../domain/keys.ts";
import { publicRandomness, readRandomnessRequest } from "../signing/administration/eots.ts";
import type { Custody, SignCall } from "../signing/custody.ts";
import { newIdentifier } from "../signing/identifiers.ts";
import { encodeAnswer, malformed, type Message, type Method } from "./messages.ts";
import { encodeRandomness } from "./randomness-answer.ts";
import { CallRefused, isNeverSigned } from "./statuses.ts";
import type { Turns } from "./turns.ts";

/** What the service counts. `publicKey` is lowercase hex of the x-only key. */
export interface EotsObserver {
  /** A call ended with a status such as `OK`. */
  called(method: Method, status: string): void;
  eotsSigned(publicKey: string, height: bigint): void;
  schnorrSigned(publicKey: string): void;
  /** So many values were handed out, the last one for `lastHeight`. */
  randomnessMade(publicKey: string, count: number, lastHeight: bigint): void;
}

type SignRequest = SignCall["request"];

export interface EotsManager {
  readonly custody: Custody;
  /** Who every caller is. */
  readonly principal: Principal;
  readonly observer: EotsObserver;
  /** Of large batches: a thousand votes of each of three providers at once would leave no room for anybody's next vote. */
  readonly catchUp: Turns;
  /** A sign request ended: `signed`, or an error code. */
  readonly onSigned: (type: string, outcome: string) => void;
}

/** Answers with the encoded message. @throws SignerError, CallRefused */
export type Perform = (manager: EotsManager, request: Message) => Promise<Buffer>;

export const PERFORM: Readonly<Record<Method, Perform>> = {
  Ping: async () => encodeAnswer("Ping", {}),
  CreateRandomnessPairList: createRandomness,
  SignEOTS: signEots,
  UnsafeSignEOTS: async () => {
    throw new CallRefused(
      Status.PERMISSION_DENIED,
      "UnsafeSignEOTS is not served: a second signature reveals the key",
    );
  },
  SignSchnorrSig: signSchnorr,
  SignBatchEOTS: signBatch,
  SaveEOTSKeyName: saveKeyName,
  UnlockKey: unlockKey,
  Backup: async () => {
    throw new CallRefused(
      Status.PERMISSION_DENIED,
      "Backup is not served; use claviger eots export or claviger eots backup",
    );
  },
};

const UID_BYTES = 32;
const EOTS = "babylon.eots";
/** Items above which a batch catches up; one that is smaller may be a live vote, and waits for nobody. */
const CATCH_UP_FROM = 200;

async function createRandomness(
  { custody, principal, observer }: EotsManager,
  request: Message,
): Promise<Buffer> {
  const key = keyOf(custody, principal, request);
  const interval = request.whole("interval");
  const wanted = readRandomnessRequest({
    chainId: { hex: toHex(request.bytes("chainId")) },
    startHeight: request.whole("startHeight").toString(),
    count: Number(request.whole("num")),
    interval: interval === 0n ? "1" : interval.toString(),
  });
  const values = await publicRandomness(custody.administration, principal, { keyId: key.id, ...wanted });
  const lastHeight = wanted.startHeight + BigInt(wanted.count - 1) * wanted.interval;
  observer.randomnessMade(key.address, wanted.count, lastHeight);
  return encodeRandomness(values);
}

async function signEots(manager: EotsManager, request: Message): Promise<Buffer> {
  const key = keyOf(manager.custody, manager.principal, request);
  const signature = await sign(manager, key, eotsRequest(request.bytes("chainId"), request));
  manager.observer.eotsSigned(key.address, request.whole("height"));
  return encodeAnswer("SignEOTS", { sig: signature });
}

async function signSchnorr(manager: EotsManager, request: Message): Promise<Buffer> {
  const key = keyOf(manager.custody, manager.principal, request);
  const message = toHex(request.bytes("msg"));
  const signature = await sign(manager, key, { type: "babylon.schnorr", message });
  manager.observer.schnorrSigned(key.address);
  return encodeAnswer("SignSchnorrSig", { sig: signature });
}

/** One request by the one path, counted. */
async function sign(
  { custody, principal, onSigned }: EotsManager,
  key: KeyRecord,
  request: SignRequest,
): Promise<Uint8Array> {
  const { type } = request;
  try {
    const requestId = newIdentifier("req");
    const answer = await custody.sign({ requestId, principal, keyId: key.id, request, idempotencyKey: null });
    onSigned(type, "signed");
    return signatureIn(answer.fields);
  } catch (error) {
    onSigned(type, outcomeOf(error));
    throw error;
  }
}

/** All decisions in one commit; heights that were signed with another message before are left out of the answer. */
async function signBatch(manager: EotsManager, request: Message): Promise<Buffer> {
  const { custody, principal, observer } = manager;
  const key = keyOf(custody, principal, request);
  const items = request.list("items");
  const heights = items.map((item) => item.whole("height"));
  if (new Set(heights).size < heights.length) {
    throw new CallRefused(
      Status.INVALID_ARGUMENT,
      "a height stands twice in this batch; send each height once",
    );
  }
  const chainId = request.bytes("chainId");
  const outcomes = await signTogether(
    manager,
    key,
    items.map((item) => eotsRequest(chainId, item)),
  );
  const answered: { readonly sig: Uint8Array; readonly height: string }[] = [];
  for (const [index, outcome] of outcomes.entries()) {
    const height = heights[index] ?? 0n;
    if (outcome.status === "fulfilled") {
      observer.eotsSigned(key.address, height);
      answered.push({ sig: signatureIn(outcome.value.fields), height: height.toString() });
    } else if (!(outcome.reason instanceof SignerError && isNeverSigned(outcome.reason))) {
      throw outcome.reason;
    }
  }
  return encodeAnswer("SignBatchEOTS", { items: answered });
}

/** Each outcome counted; a batch that fails as a whole counts once. */
async function signTogether(
  { custody, principal, catchUp, onSigned }: EotsManager,
  key: KeyRecord,
  requests: readonly SignRequest[],
): ReturnType<Custody["signTogether"]> {
  try {
    const call = { principal, keyId: key.id, requests, idempotencyKey: null };
    const work = (): ReturnType<Custody["signTogether"]> => custody.signTogether(call);
    const outcomes = await (requests.length > CATCH_UP_FROM ? catchUp.take(work) : work());
    for (const one of outcomes) {
      onSigned(EOTS, one.status === "fulfilled" ? "signed" : outcomeOf(one.reason));
    }
    return outcomes;
  } catch (error) {
    onSigned(EOTS, outcomeOf(error));
    throw error;
  }
}

/** Names lead to no key here, so that none can be given a second one: the key must be here, and that is all. */
async function saveKeyName({ custody, principal }: EotsManager, request: Message): Promise<Buffer> {
  if (request.text("keyName") === "") throw malformed("key_name: must not be empty");
  const publicKey = compressed(request.bytes("eotsPk"));
  lookUp(custody, principal, toHex(publicKey.subarray(1)).slice(2));
  return encodeAnswer("SaveEOTSKeyName", {});
}

/** Keys are unsealed together, by an operator; all that is left to say here is whether that was done. */
async function unlockKey({ custody, principal }: EotsManager, request: Message): Promise<Buffer> {
  keyOf(custody, principal, request);
  if (custody.administration.vault.state() === "unsealed") return encodeAnswer("UnlockKey", {});
  throw new SignerError(
    "service.sealed",
    "the service is sealed; unseal it with POST /v1/sys/unseal, the passphrase of this call is not read",
  );
}

/** A chain id goes as hex: as text, one that is no UTF-8 would not be itself. */
function eotsRequest(chainId: Uint8Array, item: Message): SignRequest {
  return {
    type: EOTS,
    chainId: { hex: toHex(chainId) },
    height: item.whole("height").toString(),
    message: toHex(item.bytes("msg")),
  };
}

function keyOf(custody: Custody, principal: Principal, request: Message): KeyRecord {
  const uid = request.bytes("uid");
  if (uid.length !== UID_BYTES)
    throw malformed(`uid: must be the x-only public key, ${UID_BYTES} bytes, not ${uid.length}`);
  return lookUp(custody, principal, toHex(uid).slice(2));
}

function lookUp(custody: Custody, principal: Principal, address: string): KeyRecord {
  const key = custody.administration.directory.finalityProvider(principal.namespace, address);
  if (key !== undefined) return key;
  throw new SignerError(
    "key.not_found",
    "no finality provider's key with this uid in the namespace of eots.namespace; list the keys with GET /v1/keys",
  );
}

/** @throws SignerError `request.malformed` for what is no point of the curve */
function compressed(publicKey: Uint8Array): Uint8Array {
  const point = publicKey.length === 33 || publicKey.length === 65 ? onCurve(publicKey) : undefined;
  if (point !== undefined) return point;
  throw malformed("eots_pk: must be a secp256k1 public key, 33 bytes compressed or 65 uncompressed");
}

function onCurve(publicKey: Uint8Array): Uint8Array | undefined {
  try {
    return fromHex(`0x${String(ECDH.convertKey(publicKey, "secp256k1", undefined, "hex", "compressed"))}`);
  } catch {
    return undefined;
  }
}

function signatureIn(fields: Readonly<Record<string, unknown>>): Uint8Array {
  const { signature } = fields;
  const bytes = typeof signature === "string" ? fromHex(signature) : undefined;
  if (bytes === undefined) throw new Error("a Babylon answer has a signature");
  return bytes;
}

function outcomeOf(error: unknown): string {
  return error instanceof SignerError ? error.code : "service.internal";
}
