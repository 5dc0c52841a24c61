/**
 * One signing request in the form that every validator client sends (the remote signing API), decoded. A client signs
 * one duty with many keys, so what does not depend on the key is kept with the request's body.
 * @module
 */
import { toHex } from "../../domain/bytes.ts";
import type { Duty } from "../../domain/duties.ts";
import { intentOf, type Intent } from "../../domain/intent.ts";
import { refused } from "../../domain/errors.ts";
import type { KeyRecord } from "../../domain/keys.ts";
import type { Urgency } from "../../domain/urgency.ts";
import type { DecodedRequest, SignRequest } from "../adapter.ts";
import { ACCOUNT_DUTIES } from "./account-duties.ts";
import { BLOCK_DUTIES } from "./block-duties.ts";
import { COMMITTEE_DUTIES } from "./committee-duties.ts";
import { isWithdrawalKey } from "./keys.ts";
import { EXIT_GROUP, type DutyKind, type DutyKinds, type Message } from "./message.ts";
import type { ValidatorNetwork } from "./networks.ts";
import { PAYLOAD_DUTIES } from "./payload-duties.ts";
import { isObject, malformed, readObject, type JsonObject } from "./read-json.ts";
import { signedDutyOf, type SignedDuty } from "./signed-duty.ts";

/** The request type whose member `duty` is the signing request. */
export const TYPE = "ethereum-validator.duty";
const BODY = "/duty";
const KINDS: DutyKinds = new Map([
  ...BLOCK_DUTIES,
  ...COMMITTEE_DUTIES,
  ...ACCOUNT_DUTIES,
  ...PAYLOAD_DUTIES,
]);
/** Every duty type, in upper case. */
export const DUTY_TYPES: readonly string[] = [...KINDS.keys()];

/** Duties whose body can hold a whole block, a payload or thousands of commitments: hashing one takes milliseconds. */
const LARGE: ReadonlySet<string> = new Set([
  "BLOCK",
  "EXECUTION_PAYLOAD_BID",
  "EXECUTION_PAYLOAD_ENVELOPE",
  "INCLUSION_LIST",
]);

/** Duties that a slot waits for; every other one is a registration or an act of the account, and has time. */
const URGENCY: ReadonlyMap<string, Urgency> = new Map<string, Urgency>([
  ...["BLOCK", "BLOCK_V2", "RANDAO_REVEAL", "EXECUTION_PAYLOAD_BID", "EXECUTION_PAYLOAD_ENVELOPE"].map(
    (type) => [type, "block"] as const,
  ),
  ...[
    "ATTESTATION",
    "SYNC_COMMITTEE_MESSAGE",
    "PAYLOAD_ATTESTATION_MESSAGE",
    "PAYLOAD_ATTESTATION",
    "INCLUSION_LIST",
  ].map((type) => [type, "vote"] as const),
  ...[
    "AGGREGATION_SLOT",
    "AGGREGATE_AND_PROOF",
    "AGGREGATE_AND_PROOF_V2",
    "SYNC_COMMITTEE_SELECTION_PROOF",
    "SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF",
  ].map((type) => [type, "aggregate"] as const),
]);

/** A request without its key. */
interface DecodedDuty {
  readonly type: string;
  readonly irrevocable: boolean;
  readonly duty: Duty;
  readonly intent: Intent;
}

const decoded = new WeakMap<object, Map<ValidatorNetwork, DecodedDuty>>();

/**
 * @throws SignerError `request.malformed` naming the member, as a JSON pointer below /duty; `transaction.refused` for a
 *   withdrawal key that is asked for a duty
 */
export function decodeDuty(request: SignRequest, key: KeyRecord, network: ValidatorNetwork): DecodedRequest {
  const { type, irrevocable, duty, intent } = dutyOf(readObject(request["duty"], BODY), network);
  if (isWithdrawalKey(key) && type !== "BLS_TO_EXECUTION_CHANGE") {
    throw refused(`${BODY}/type`, "a withdrawal key signs no duties; use the signing key of the validator");
  }
  return {
    type: request.type,
    intent,
    environment: { chainId: network.chainId, network: network.name },
    bindingRequired: false,
    payloads: [{ scheme: "bls", publicKey: key.publicKey, duty }],
    draft: null,
    ...(irrevocable ? { permissionGroup: EXIT_GROUP } : {}),
  };
}

/** Total: a type that nobody knows waits with the registrations until decoding refuses it. */
export function urgencyOfDuty(request: SignRequest): Urgency {
  if (request.type !== TYPE) return "request";
  return URGENCY.get(typeOf(request["duty"]) ?? "") ?? "registration";
}

/** In upper case; undefined where none can be read. */
function typeOf(body: unknown): string | undefined {
  if (typeof body !== "object" || body === null || !("type" in body)) return undefined;
  return typeof body.type === "string" ? body.type.toUpperCase() : undefined;
}

/** True for a request whose decoding belongs on a separate thread. Never throws: decoding names what is wrong with it. */
export function isLargeDuty(request: SignRequest): boolean {
  const body = request["duty"];
  const type = typeOf(body);
  if (type !== "BLOCK_V2") return type !== undefined && LARGE.has(type);
  const block = isObject(body) ? body["beacon_block"] : undefined;
  return typeof block === "object" && block !== null && "block" in block;
}

function dutyOf(body: JsonObject, network: ValidatorNetwork): DecodedDuty {
  const perNetwork = decoded.get(body) ?? new Map<ValidatorNetwork, DecodedDuty>();
  const known = perNetwork.get(network);
  if (known !== undefined) return known;
  const duty = readDuty(body, network);
  perNetwork.set(network, duty);
  decoded.set(body, perNetwork);
  return duty;
}

function readDuty(body: JsonObject, network: ValidatorNetwork): DecodedDuty {
  const { type, kind } = readKind(body["type"]);
  const name = payloadName(kind, body);
  const pointer = `${BODY}/${name}`;
  const payload = body[name];
  if (payload === undefined || payload === null)
    throw malformed(pointer, `is missing: it is the payload of ${type}`);
  const message = kind.read(readObject(payload, pointer), pointer, network);
  const signed = signedDutyOf(message, body, BODY, network);
  return {
    type,
    irrevocable: kind.irrevocable === true,
    duty: signed.duty,
    intent: dutyIntent(type, kind, message, signed),
  };
}

function payloadName({ payload, alias }: DutyKind, body: JsonObject): string {
  return alias !== undefined && body[payload] === undefined && body[alias] !== undefined ? alias : payload;
}

function readKind(value: unknown): { type: string; kind: DutyKind } {
  if (value === undefined) throw malformed(`${BODY}/type`, "is missing");
  const type = typeof value === "string" ? value.toUpperCase() : "";
  const kind = KINDS.get(type);
  if (kind === undefined) throw malformed(`${BODY}/type`, `must be one of ${DUTY_TYPES.join(", ")}`);
  return { type, kind };
}

function dutyIntent(duty: string, { effect }: DutyKind, message: Message, signed: SignedDuty): Intent {
  const validator = {
    duty,
    ...message.facts,
    domainType: toHex(signed.domainType),
    forkVersion: toHex(signed.forkVersion),
    genesisValidatorsRoot: toHex(signed.genesisValidatorsRoot),
    signingRoot: toHex(signed.root),
  };
  const findings = "nothing" in effect ? { harmless: [effect.nothing] } : effect.found(message.facts);
  return intentOf(findings, { validator });
}
