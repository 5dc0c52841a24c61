/** The audit log as the ledger holds it: its leaves, the checkpoints that were signed, and the log's own name and key. */
import { parseJson } from "./canonical.ts";
import type { KeyRecord } from "./keys.ts";
import type { Bytes, KeyId, NamespaceName, PublicKey } from "./kinds.ts";

export interface AuditLeaf {
  /** Place in the log, from 0. */
  readonly sequence: number;
  readonly namespace: NamespaceName;
  /** Canonical JSON: the hash is over these very bytes. */
  readonly entry: string;
  /** SHA-256(0x00 ‖ entry). */
  readonly hash: Bytes<32>;
}

/** When the entry was written, RFC 3339 in UTC; undefined for one without a time. */
export function timeOf({ entry }: Pick<AuditLeaf, "entry">): string | undefined {
  const value: unknown = parseJson(entry);
  const at = typeof value === "object" && value !== null && "at" in value ? value.at : undefined;
  return typeof at === "string" ? at : undefined;
}

/** The action of the entry that says that the log's time goes back to the clock's. Its `from` is the time of the entry before. */
export const CLOCK_STEP = "audit.clock";

/** Times of the log, RFC 3339 in UTC: the newest before the step, and the clock's from which it goes on. */
export interface ClockStep {
  readonly from: string;
  readonly to: string;
}

/** A signed tree head. */
export interface StoredCheckpoint {
  /** Leaves that it covers. */
  readonly size: number;
  /** A C2SP signed note. */
  readonly note: string;
  readonly createdAt: string;
}

/** Who signs checkpoints, and under which name. */
export interface AuditLog {
  readonly origin: string;
  readonly keyId: KeyId;
  /** Ed25519. */
  readonly publicKey: PublicKey & Bytes<32>;
}

/**
 * What the row of the log's own key says. It is a key of no chain. The column must name one, and has Solana's, whose curve and
 * derivation are the same; what is in the file stays. The directory leaves out this key's namespace, so that nobody lists
 * it, decodes for it or signs with it as a Solana key.
 */
export const AUDIT_KEY = {
  chain: "solana",
  curve: "ed25519",
  derivation: "slip10-ed25519",
  path: "m/44'/501'/0'/0'",
  address: "audit-log",
  label: "signs checkpoints of the audit log",
  attributes: {},
} as const satisfies Partial<KeyRecord>;
