/**
 * What a request for a key comes to, by what is here already: it is made, comes back as it was, learns something, or stays. The
 * main thread foresees it, to seal the secret for the right id and to word the answer; the act does it, if it is still so.
 * @module
 */
import { canonicalJson } from "../../domain/canonical.ts";
import { withSourceOf, type KeyRecord } from "../../domain/keys.ts";
import { amendmentOf } from "./key-amendments.ts";

export interface KeyOutcome {
  /** As it is afterwards. */
  readonly key: KeyRecord;
  /** It was here and not deleted; or it came back and learned something. */
  readonly existed: boolean;
  /** It was deleted: its secret is sealed again, for the id that it had. */
  readonly comesBack: boolean;
  /** What it learns, for the audit log. */
  readonly change: Readonly<Record<string, string>> | null;
}

/** @param found the key that is the same already; null where there is none @param asked the key as the request would make it */
export function keyOutcome(found: KeyRecord | null, asked: KeyRecord): KeyOutcome {
  if (found === null) return { key: asked, existed: false, comesBack: false, change: null };
  const comesBack = found.state === "deleted";
  const live = comesBack ? cameBack(found, asked) : found;
  const amendment = amendmentOf(live, asked);
  if (amendment === undefined) return { key: live, existed: !comesBack, comesBack, change: null };
  return { ...amendment, existed: true, comesBack };
}

/** Wallet, bindings and history are those that it had; how it came is what is new. */
export function cameBack(deleted: KeyRecord, { attributes }: KeyRecord): KeyRecord {
  return { ...deleted, attributes: withSourceOf(deleted.attributes, attributes), state: "active" };
}

/** Whether a key is still as it was found: id, state, and all that a request may have changed. */
export function isUnchanged(found: KeyRecord | null, now: KeyRecord | null): boolean {
  if (found === null || now === null) return found === now;
  return changeable(found) === changeable(now);
}

function changeable({ id, state, derivation, attributes }: KeyRecord): string {
  return canonicalJson({ id, state, derivation, attributes });
}
