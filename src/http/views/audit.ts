/** Entries of the audit log, and proofs, as the API shows them: an entry's hash in hex, those of proofs in base64. */
import { toBase64, toHex } from "../../domain/bytes.ts";
import type { Json } from "../../domain/canonical.ts";
import type { AuditEntry, ConsistencyProof, InclusionProof } from "../../administration/audit.ts";

export function auditEntryJson({ sequence, hash, entry }: AuditEntry): Json {
  return { sequence, hash: toHex(hash), entry };
}

export function inclusionJson({ sequence, size, leafHash, proof }: InclusionProof): Json {
  return { sequence, size, leafHash: toBase64(leafHash), proof: proof.map(toBase64) };
}

export function consistencyJson({ from, to, proof }: ConsistencyProof): Json {
  return { from, to, proof: proof.map(toBase64) };
}
