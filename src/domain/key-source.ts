/** How a validator's key came in: one that came as a raw key says so, since the Keymanager API deletes only keystores. */
import { inCanonicalOrder, type KeyAttributes, type KeyRecord } from "./keys.ts";

const RAW = "raw";

/** Attributes that a key gets which came as 32 bytes. */
export const RAW_KEY: KeyAttributes = { source: RAW };

export function isRawKey({ attributes }: Pick<KeyRecord, "attributes">): boolean {
  return attributes["source"] === RAW;
}

/** Attributes of a key that was deleted and comes again: those that it had, with how it came now. */
export function withSourceOf(before: KeyAttributes, now: KeyAttributes): KeyAttributes {
  const { source: _, ...kept } = before;
  const { source } = now;
  return inCanonicalOrder(source === undefined ? kept : { ...kept, source });
}
