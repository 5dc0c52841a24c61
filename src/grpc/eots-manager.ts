/** What each method of the EOTS manager does. It translates and calls the signing path, and decides nothing. */
import { ECDH } from "node:crypto";
import { status as Status } from "@grpc/grpc-js";
import { fromHex, toHex } from "../domain/bytes.ts";
import { SignerError } from "../domain/errors.ts";
import { HEIGHT_LIMIT, RANDOMNESS_COUNT_MAX } from "../domain/eots.ts";
import { readRandomnessRange, type RandomnessRange } from "../administration/eots.ts";
import type { CallOutlet } from "./outlet.ts";
import { decodeRequest, encodeAnswer, malformed, type Message, type Method } from "./messages.ts";
import { keyOf, signOne, type EotsManager } from "./provider.ts";
import { encodeRandomness, VALUE_STRIDE } from "./randomness-answer.ts";
import { CallRefused } from "./statuses.ts";
import { answerTooLong, signBatch, signEots } from "./votes.ts";
import type { PublicKey } from "../domain/kinds.ts";

/**
 * @param body as it arrived @param outlet how the answer leaves
 * @returns the encoded answer @throws SignerError, CallRefused
 */
export type Perform = (manager: EotsManager, body: Buffer, outlet: CallOutlet) => Promise<Buffer>;

export const PERFORM: Readonly<Record<Method, Perform>> = {
  Ping: decoded("Ping", async () => encodeAnswer("Ping", {})),
  CreateRandomnessPairList: decoded("CreateRandomnessPairList", createRandomness),
  SignEOTS: decoded("SignEOTS", signEots),
  UnsafeSignEOTS: decoded("UnsafeSignEOTS", async () => {
    throw new CallRefused(
      Status.PERMISSION_DENIED,
      "UnsafeSignEOTS is not served: a second signature reveals the key",
    );
  }),
  SignSchnorrSig: decoded("SignSchnorrSig", signSchnorr),
  SignBatchEOTS: signBatch,
  SaveEOTSKeyName: decoded("SaveEOTSKeyName", saveKeyName),
  UnlockKey: decoded("UnlockKey", unlockKey),
  Backup: decoded("Backup", async () => {
    throw new CallRefused(
      Status.PERMISSION_DENIED,
      "Backup is not served; use claviger eots export or claviger eots backup",
    );
  }),
};

function decoded(
  method: Method,
  perform: (manager: EotsManager, request: Message, outlet: CallOutlet) => Promise<Buffer>,
): Perform {
  return (manager, body, outlet) => perform(manager, decodeRequest(method, body), outlet);
}

/** A list of any length that fits into an answer, none included; `num` is the daemon's to choose. */
async function createRandomness(manager: EotsManager, request: Message, outlet: CallOutlet): Promise<Buffer> {
  const { core, principal, observer, answerBytesMax } = manager;
  const key = keyOf(manager, request);
  const count = Number(request.whole("num"));
  const given = request.whole("interval");
  const interval = given === 0n ? 1n : given;
  const start = request.whole("startHeight");
  if (count * VALUE_STRIDE > answerBytesMax) throw answerTooLong("this request", answerBytesMax);
  if (count > 0 && start + BigInt(count - 1) * interval >= HEIGHT_LIMIT) {
    throw malformed("startHeight: the last height must be below 2^64; ask for fewer");
  }
  if (count === 0) core.eots.assertReady(principal, key.id);
  const ranges: RandomnessRange[] = [];
  for (let done = 0; done < count; done += RANDOMNESS_COUNT_MAX) {
    ranges.push(
      readRandomnessRange({
        chainId: { hex: toHex(request.bytes("chainId")) },
        startHeight: (start + BigInt(done) * interval).toString(),
        count: Math.min(count - done, RANDOMNESS_COUNT_MAX),
        interval: interval.toString(),
      }),
    );
  }
  const door = { partOf: encodeRandomness, outlet };
  const { parts } = await core.eots.randomness(principal, key.id, ranges, door);
  observer.randomnessMade(key.address, start);
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
}

async function signSchnorr(manager: EotsManager, request: Message, outlet: CallOutlet): Promise<Buffer> {
  const key = keyOf(manager, request);
  const message = toHex(request.bytes("msg"));
  const signature = await signOne(manager, key, { type: "babylon.schnorr", message }, outlet);
  return encodeAnswer("SignSchnorrSig", { sig: signature });
}

/** Names lead to no key here, so that none can be given a second one: the key must be here, and that is all. */
async function saveKeyName({ core, principal }: EotsManager, request: Message): Promise<Buffer> {
  if (request.text("keyName") === "") throw malformed("key_name: must not be empty");
  const publicKey = compressed(request.bytes("eotsPk"));
  core.eots.provider(principal, toHex(publicKey.subarray(1)).slice(2));
  return encodeAnswer("SaveEOTSKeyName", {});
}

/** Keys are unsealed together, by an operator; all that is left to say here is whether that was done. */
async function unlockKey(manager: EotsManager, request: Message): Promise<Buffer> {
  keyOf(manager, request);
  if (manager.core.system.state === "unsealed") return encodeAnswer("UnlockKey", {});
  throw new SignerError(
    "service.sealed",
    "the service is sealed; unseal it with POST /v1/sys/unseal, the passphrase of this call is not read",
  );
}

/** @throws SignerError `request.malformed` for what is no point of the curve */
function compressed(publicKey: PublicKey): Uint8Array {
  const point = publicKey.length === 33 || publicKey.length === 65 ? onCurve(publicKey) : undefined;
  if (point !== undefined) return point;
  throw malformed("eots_pk: must be a secp256k1 public key, 33 bytes compressed or 65 uncompressed");
}

function onCurve(publicKey: PublicKey): Uint8Array | undefined {
  try {
    return fromHex(`0x${String(ECDH.convertKey(publicKey, "secp256k1", undefined, "hex", "compressed"))}`);
  } catch {
    return undefined;
  }
}
