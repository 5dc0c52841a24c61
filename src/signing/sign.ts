/** The sign step: the only place that asks the vault for a signature, and only for what is recorded. */
import type { PayloadsToSign, Signature, SigningPayload } from "../chains/adapter.ts";
import type { AuditLog } from "../domain/audit-log.ts";
import { utf8 } from "../domain/bytes.ts";
import { rankOf } from "../domain/urgency.ts";
import { reach, type Recorded, type Signed } from "./stages.ts";

/** The vault as this step needs it. */
export interface KeyUser {
  state(): "sealed" | "unsealed";
  /**
   * One signature for each payload.
   * @param rank its place in the vault's queues: lower goes first
   * @throws SignerError `service.sealed`, `service.overloaded`
   */
  sign(call: PayloadsToSign, rank: number): Promise<readonly Signature[]>;
}

export async function signRecorded(request: Recorded, vault: KeyUser): Promise<Signed> {
  const { payloads, signedBy } = request.decoded;
  const call = { keyId: request.keys[0].id, payloads, ...(signedBy === undefined ? {} : { signedBy }) };
  const signatures = await vault.sign(call, rankOf(request.urgency));
  return reach<Signed>({ ...request, signatures });
}

/** Ed25519 signature, 64 bytes, of the audit log's own key over a checkpoint's text. @throws SignerError `service.sealed` */
export async function signCheckpointText(
  text: string,
  { keyId, publicKey }: Pick<AuditLog, "keyId" | "publicKey">,
  vault: KeyUser,
): Promise<Uint8Array> {
  const payload: SigningPayload = { scheme: "ed25519", message: utf8(text), publicKey };
  const [signature] = await vault.sign({ keyId, payloads: [payload] }, rankOf());
  if (signature === undefined) throw new Error("vault gave no signature for a checkpoint");
  return signature.bytes;
}
