/**
 * A request for a root whose object the signer was not shown, in the form that policies see it: always opaque, so a policy
 * has to allow it.
 * @module
 */
import { toHex } from "../../domain/bytes.ts";
import { intentOf } from "../../domain/intent.ts";
import type { KeyRecord } from "../../domain/keys.ts";
import type { DecodedRequest, SignRequest } from "../adapter.ts";
import type { Facts } from "./message.ts";
import type { ValidatorNetwork } from "./networks.ts";
import { signingRootOf } from "./signing-root.ts";
import type { Bytes } from "../../domain/kinds.ts";

/** What is known of the root. */
export interface UnseenRoot {
  /** Why the request is opaque, for policies. */
  readonly reason: string;
  /** For `intent.validator`, which gets `signingRoot` too. */
  readonly facts: Facts;
  readonly objectRoot: Bytes<32>;
  readonly domain: Bytes<32>;
}

/** The decoded request; what only some of these have, the caller adds. */
export function decodedUnseen(
  { type }: SignRequest,
  { publicKey }: KeyRecord,
  { chainId, name }: ValidatorNetwork,
  { reason, facts, objectRoot, domain }: UnseenRoot,
): DecodedRequest {
  const duty = { kind: "other", objectRoot: new Uint8Array(objectRoot), domain } as const;
  return {
    type,
    intent: intentOf(
      { opacity: [{ cause: "genericRoot", reason }] },
      { validator: { ...facts, signingRoot: toHex(signingRootOf(duty)) } },
    ),
    environment: { chainId, network: name },
    payloads: [{ scheme: "bls", publicKey, duty }],
    draft: null,
  };
}
