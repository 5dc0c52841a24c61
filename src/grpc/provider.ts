/** Whose key a call means: the finality provider's key with this uid in the door's namespace. */
import type { Principal } from "../access/principals.ts";
import { fromHex, toHex } from "../domain/bytes.ts";
import { SignerError } from "../domain/errors.ts";
import type { KeyRecord } from "../domain/keys.ts";
import type { Core } from "../core.ts";
import type { Outlet } from "../signing/departures.ts";
import type { SignCall } from "../signing/submission.ts";
import { newIdentifier } from "../directory/identifiers.ts";
import { malformed, type Message, type Method } from "./messages.ts";
import type { Turns } from "./turns.ts";

/** What the service counts. `publicKey` is lowercase hex of the x-only key. */
export interface EotsObserver {
  /** A call ended with a status such as `OK`. */
  called(method: Method, status: string): void;
  /** A list of public randomness was handed out, from `startHeight` on. */
  randomnessMade(publicKey: string, startHeight: bigint): void;
}

export interface EotsManager {
  readonly core: Core;
  /** Who every caller is. */
  readonly principal: Principal;
  readonly observer: EotsObserver;
  /** Of large batches: a thousand votes of each of three providers at once would leave no room for anybody's next vote. */
  readonly catchUp: Turns;
  /** Bytes of one answer: what would be longer is refused before anything is signed. */
  readonly answerBytesMax: number;
  /** A sign request ended: `signed`, or an error code. */
  readonly onSigned: (type: string, outcome: string) => void;
}

const UID_BYTES = 32;

/** @throws SignerError `request.malformed`, `key.not_found` */
export function keyOf({ core, principal }: EotsManager, request: Message): KeyRecord {
  const uid = request.bytes("uid");
  if (uid.length !== UID_BYTES)
    throw malformed(`uid: must be the x-only public key, ${UID_BYTES} bytes, not ${uid.length}`);
  return core.eots.provider(principal, toHex(uid).slice(2));
}

/** One request by the one path, counted: the signature's bytes. */
export async function signOne(
  { core, principal, onSigned }: EotsManager,
  key: KeyRecord,
  request: SignCall["request"],
  outlet: Outlet,
): Promise<Uint8Array> {
  const { type } = request;
  try {
    const requestId = newIdentifier("req");
    const asked = { keyId: key.id };
    const answer = await core.sign({ requestId, principal, asked, request, idempotencyKey: null, outlet });
    onSigned(type, "signed");
    return signatureIn(answer.fields);
  } catch (error) {
    onSigned(type, outcomeOf(error));
    throw error;
  }
}

export function signatureIn(fields: Readonly<Record<string, unknown>>): Uint8Array {
  const { signature } = fields;
  const bytes = typeof signature === "string" ? fromHex(signature) : undefined;
  if (bytes === undefined) throw new Error("a Babylon answer has a signature");
  return bytes;
}

export function outcomeOf(error: unknown): string {
  return error instanceof SignerError ? error.code : "service.internal";
}
