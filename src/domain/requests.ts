/** Decided requests as the ledger holds them, and readers of the documents that were stored with them. */
import type { Json } from "./canonical.ts";
import type { ProblemMembers } from "./errors.ts";
import {
  jsonIn,
  listIn,
  numberIn,
  objectIn,
  optionalIn,
  storedObject,
  storedWord,
  textIn,
  within,
  type StoredObject,
  type StoredPlace,
} from "./stored.ts";
import { KEY_STATES, type KeyState } from "./keys.ts";
import type {
  BindingId,
  BodyHash,
  DescriptorId,
  FreezeId,
  KeyId,
  NamespaceName,
  PolicyDigest,
  PrincipalId,
  RequestId,
  WalletId,
} from "./kinds.ts";

/** A refusal as it is stored and answered again. */
export interface Problem {
  readonly code: string;
  readonly detail: string;
  readonly members: ProblemMembers;
}

/** A decision never changes; a result is written once. */
export interface RecordedRequest {
  readonly id: RequestId;
  readonly namespace: NamespaceName;
  /** The key that signs, or the first of them. */
  readonly keyId: KeyId;
  readonly principal: PrincipalId;
  readonly type: string;
  readonly receivedAt: string;
  readonly idempotencyKey: string | null;
  /** 32 bytes, as `Submission.bodyHash`. */
  readonly bodyHash: BodyHash;
  readonly decision: "allow" | "deny";
  /** Null for an allow. */
  readonly problem: Problem | null;
  /** JSON, and often long: `evidenceOf` reads it where it is needed. */
  readonly evidence: string;
  /** JSON: the fields that the answer adds. Null until the signature exists. */
  readonly result: string | null;
  /** The decision's audit leaf. */
  readonly sequence: number;
}

/** What an act brought about, as its answer says, and somebody may undo. A version is null where an early release kept none. */
export type Brought =
  | { readonly kind: "freeze"; readonly id: FreezeId }
  | { readonly kind: "key"; readonly id: KeyId; readonly state: KeyState }
  | {
      readonly kind: "principal";
      readonly namespace: NamespaceName;
      readonly id: PrincipalId;
      readonly version: number | null;
    }
  | { readonly kind: "binding"; readonly id: BindingId; readonly version: number | null }
  | { readonly kind: "descriptor"; readonly id: DescriptorId };

/** The answer of a POST, kept for its Idempotency-Key. */
export interface KeptAnswer {
  readonly namespace: NamespaceName;
  readonly principal: PrincipalId;
  readonly idempotencyKey: string;
  /** 32 bytes. */
  readonly requestHash: Uint8Array;
  readonly status: number;
  /** JSON. */
  readonly body: string;
  readonly createdAt: string;
  /** A repeat gets the answer while this is so; null: it is never undone. */
  readonly brought: Brought | null;
}

/** The act was done before under its Idempotency-Key, by the same request: its answer is this one's, and nothing was done. */
export class AnsweredBefore extends Error {
  override readonly name = "AnsweredBefore";
  readonly answer: KeptAnswer;

  constructor(answer: KeptAnswer) {
    super("the act was done before, under the same Idempotency-Key");
    this.answer = answer;
  }
}

/** What a decision rests on: enough to execute it again elsewhere. */
export interface Evidence {
  /** Version of the meter, and its price list, under which the fuel was counted; absent where an early release decided. */
  readonly meter?: string;
  readonly schedule?: string;
  /** Hex SHA-256 of each thing that was to be signed. */
  readonly payloads: readonly string[];
  readonly intent: Json;
  readonly evaluations: readonly EvidenceEvaluation[];
  /** Both only of a request to a wallet. */
  readonly walletId?: WalletId;
  readonly keyIds?: readonly [KeyId, ...KeyId[]];
}

export interface EvidenceEvaluation {
  readonly bindingId: BindingId;
  readonly policy: PolicyDigest;
  readonly mode: string;
  readonly fuelUsed: number;
  readonly verdict: StoredVerdict;
  /** All of it, as a receipt shows it. */
  readonly document: StoredObject;
}

/** What is shown of a verdict, or of the failure to give one. */
export interface StoredVerdict {
  readonly decision: string;
  readonly reason?: string;
  readonly message?: string;
  readonly code?: string;
  readonly failure?: string;
}

/** The evidence of a decided request. @throws SignerError `service.internal` where it is damaged */
export function evidenceOf({ id, evidence }: Pick<RecordedRequest, "id" | "evidence">): Evidence {
  const place = { table: "request", id, member: "evidence" };
  const stored = storedObject(evidence, place);
  const meter = optionalIn(stored, "meter", place, textIn);
  const schedule = optionalIn(stored, "schedule", place, textIn);
  const walletId = optionalIn(stored, "walletId", place, textIn);
  const keyIds = optionalIn(stored, "keyIds", place, idsIn);
  return {
    payloads: listIn(stored["payloads"], within(place, "payloads"), textIn),
    intent: jsonIn(stored["intent"], within(place, "intent")),
    evaluations: listIn(stored["evaluations"], within(place, "evaluations"), evaluationIn),
    ...(meter === undefined ? {} : { meter }),
    ...(schedule === undefined ? {} : { schedule }),
    ...(walletId === undefined ? {} : { walletId }),
    ...(keyIds === undefined ? {} : { keyIds }),
  };
}

/** Who signed, or was asked to, as it was recorded. */
export function signersOf(
  { keyId }: Pick<RecordedRequest, "keyId">,
  { walletId, keyIds }: Pick<Evidence, "walletId" | "keyIds">,
): { readonly walletId: WalletId | null; readonly keyIds: readonly [KeyId, ...KeyId[]] } {
  // Of a request to a key the row alone says which.
  return { walletId: walletId ?? null, keyIds: keyIds ?? [keyId] };
}

/**
 * The fields that the answer added; none while there is no signature.
 * @throws SignerError `service.internal` where it is damaged
 */
export function resultOf({ id, result }: Pick<RecordedRequest, "id" | "result">): StoredObject {
  if (result === null) return {};
  return storedObject(result, { table: "request", id, member: "result" });
}

/** The stored refusal. @throws SignerError `service.internal` where it is damaged */
export function problemIn(text: string, place: StoredPlace): Problem {
  const { code, detail, members } = storedObject(text, place);
  return {
    code: textIn(code, within(place, "code")),
    detail: textIn(detail, within(place, "detail")),
    members: objectIn(members, within(place, "members")),
  };
}

const BROUGHT = ["freeze", "key", "principal", "binding", "descriptor"] as const;

/** What an act brought about, as it was stored. @throws SignerError `service.internal` where it is damaged */
export function broughtIn(text: string, place: StoredPlace): Brought {
  const stored = storedObject(text, place);
  const id = textIn(stored["id"], within(place, "id"));
  const version = (): number | null =>
    stored["version"] === null ? null : numberIn(stored["version"], within(place, "version"));
  const kind = storedWord(BROUGHT, stored["kind"], within(place, "kind"));
  switch (kind) {
    case "freeze":
    case "descriptor":
      return { kind, id };
    case "key":
      return { kind, id, state: storedWord(KEY_STATES, stored["state"], within(place, "state")) };
    case "principal": {
      const namespace = textIn(stored["namespace"], within(place, "namespace"));
      return { kind, id, namespace, version: version() };
    }
    case "binding":
      return { kind, id, version: version() };
  }
}

function idsIn(value: Json | undefined, place: StoredPlace): readonly [string, ...string[]] {
  const [first, ...others] = listIn(value, place, textIn);
  return [textIn(first, within(place, "0")), ...others];
}

function evaluationIn(value: Json | undefined, place: StoredPlace): EvidenceEvaluation {
  const document = objectIn(value, place);
  return {
    bindingId: textIn(document["bindingId"], within(place, "bindingId")),
    policy: textIn(document["policy"], within(place, "policy")),
    mode: textIn(document["mode"], within(place, "mode")),
    fuelUsed: numberIn(document["fuelUsed"], within(place, "fuelUsed")),
    verdict: verdictIn(document["verdict"], within(place, "verdict")),
    document,
  };
}

function verdictIn(value: Json | undefined, place: StoredPlace): StoredVerdict {
  const verdict = objectIn(value, place);
  const shown = (["reason", "message", "code", "failure"] as const).flatMap((name) => {
    const text = optionalIn(verdict, name, place, textIn);
    return text === undefined ? [] : [[name, text] as const];
  });
  return { decision: textIn(verdict["decision"], within(place, "decision")), ...Object.fromEntries(shown) };
}
