/** The sign step: the only place that asks the vault for a signature, and only for what is recorded. */
import type { Signature, SigningPayload } from "../chains/adapter.ts";
import { reach, type Recorded, type Signed } from "./stages.ts";

/** The vault as this step needs it. */
export interface KeyUser {
  /** One signature for each payload. @throws SignerError `service.sealed`, `service.overloaded` */
  sign(call: { readonly keyId: string; readonly payloads: readonly SigningPayload[] }): Promise<readonly Signature[]>;
}

export async function signRecorded(request: Recorded, vault: KeyUser): Promise<Signed> {
  const signatures = await vault.sign({ keyId: request.key.id, payloads: request.decoded.payloads });
  return reach<Signed>({ ...request, signatures });
}
