/**
 * Records of a file whose message is longer than any that is signed here. They are refused by name, or, where the operator says
 * so, carried as the hash: what an EOTS signature is over, and so enough to refuse any other message.
 * @module
 */
import { hash } from "node:crypto";
import { MESSAGE_BYTES_MAX, chainIdText } from "../../domain/eots.ts";
import type { EotsRecord } from "../../ledger/tables/eots.ts";
import { publicKeyText } from "./names.ts";

/** `hash`: their SHA-256 is kept. */
export type LongMessages = "refuse" | "hash";

/**
 * The record as it is kept. @param fail throws for the rule that it breaks; it is given the record's name too
 */
export function keptRecord(
  record: EotsRecord,
  long: LongMessages,
  fail: (rule: string) => never,
): EotsRecord {
  const { message } = record;
  if (message.length <= MESSAGE_BYTES_MAX) return record;
  if (long === "hash") {
    const messageHash = new Uint8Array(Buffer.from(hash("sha256", message, "hex"), "hex"));
    return { ...record, message: new Uint8Array(), messageHash };
  }
  return fail(
    `key ${publicKeyText(record.publicKey)}, chain ${chainIdText(record.chainId)}, height ${record.height}: the message has ` +
      `${message.length} bytes, more than the ${MESSAGE_BYTES_MAX} that are kept; --long-messages hash keeps its hash instead`,
  );
}
