/** The sign step: the only place that asks the vault for a signature, and only for what is recorded. */
import type { Signature, SigningPayload } from "../chains/adapter.ts";
import { utf8 } from "../domain/bytes.ts";
import { reach, type Recorded, type Signed } from "./stages.ts";

/** The vault as this step needs it. */
export interface KeyUser {
  state(): "sealed" | "unsealed";
  /** One signature for each payload. @throws SignerError `service.sealed`, `service.overloaded` */
  sign(call: {
    readonly keyId: string;
    readonly payloads: readonly SigningPayload[];
  }): Promise<readonly Signature[]>;
}

export async function signRecorded(request: Recorded, vault: KeyUser): Promise<Signed> {
  const signatures = await vault.sign({ keyId: request.key.id, payloads: request.decoded.payloads });
  return reach<Signed>({ ...request, signatures });
}

/** Ed25519 signature, 64 bytes, of the audit log's own key over a checkpoint's text. @throws SignerError `service.sealed` */
export async function signCheckpointText(
  text: string,
  log: { readonly key_id: string; readonly public_key: Uint8Array },
  vault: KeyUser,
): Promise<Uint8Array> {
  const payload: SigningPayload = {
    scheme: "ed25519",
    message: utf8(text),
    publicKey: new Uint8Array(log.public_key),
  };
  const [signature] = await vault.sign({ keyId: log.key_id, payloads: [payload] });
  if (signature === undefined) throw new Error("vault gave no signature for a checkpoint");
  return signature.bytes;
}
