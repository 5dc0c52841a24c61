/** How a validator's key came in: one that came as a raw key says so, since the Keymanager API deletes only keystores. */
import { canonicalJson, type Json } from "./canonical.ts";
import type { KeyAttributes, KeyRecord } from "./keys.ts";

const RAW = "raw";

/** Attributes that a key gets which came as 32 bytes. */
export const RAW_KEY: KeyAttributes = { source: RAW };

export function isRawKey({ attributes }: Pick<KeyRecord, "attributes">): boolean {
  return attributes["source"] === RAW;
}

/** Attributes of a key that was deleted and comes again: those that it had, with how it came now. Both are JSON. */
export function withSourceOf(before: string, now: string): string {
  const { source: _, ...kept }: Record<string, Json> = JSON.parse(before);
  const { source }: Record<string, Json> = JSON.parse(now);
  return canonicalJson(source === undefined ? kept : { ...kept, source });
}
