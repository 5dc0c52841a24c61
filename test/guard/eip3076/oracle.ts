/**
 * An independent model of EIP-3076: plain lists and the definitions of the specification, no index, no SQL. It says what
 * must be refused and what must be signed, and compares each new signature with every earlier one.
 * @module
 */
import assert from "node:assert/strict";
import type { DutyClaim } from "../../../src/domain/guard.ts";
import type { Interchange, InterchangeKey } from "./guard.ts";

/** A block has source and target null; a vote has slot null. Roots as hex; null: unknown. */
export interface Message {
  readonly slot: bigint | null;
  readonly source: bigint;
  readonly target: bigint;
  readonly root: string | null;
}

export function messageOf(claim: DutyClaim): Message {
  const root = Buffer.from(claim.signingRoot).toString("hex");
  return claim.kind === "eip3076.block"
    ? { slot: claim.slot, source: 0n, target: 0n, root }
    : { slot: null, source: claim.sourceEpoch, target: claim.targetEpoch, root };
}

/** True when both in one history could be punished. The same message twice cannot; unknown roots are never the same. */
export function slashable(a: Message, b: Message): boolean {
  const same = a.root !== null && a.root === b.root;
  if (a.slot !== null || b.slot !== null) return a.slot === b.slot && !same;
  if (a.target === b.target) return !(same && a.source === b.source);
  return (a.source < b.source && a.target > b.target) || (b.source < a.source && b.target > a.target);
}

interface Low {
  slot: bigint | null;
  source: bigint | null;
  target: bigint | null;
}

function max(...values: (bigint | null)[]): bigint | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((a, b) => (a > b ? a : b));
}

function min(values: readonly bigint[]): bigint | null {
  return values.length === 0 ? null : values.reduce((a, b) => (a < b ? a : b));
}

/** One validator as the model sees it. */
class Validator {
  records: Message[] = [];
  readonly low: Low = { slot: null, source: null, target: null };
  /** Everything that was ever signed, whatever was pruned since. */
  readonly signed: Message[] = [];
  /** Pruned here; the store may have deleted them or not yet, and may repeat what it has still. */
  fading: readonly Message[] = [];

  /** `safe`: must be signed. Otherwise it must be refused. */
  safe(message: Message, minimal: boolean): boolean {
    if (message.slot === null && message.source > message.target) return false;
    if (!minimal) {
      const clashes = this.records.filter((record) => slashable(record, message));
      if (clashes.length > 0) return false;
      const repeat = this.records.some((record) => sameMessage(record, message));
      // Condition 5 has an exception for a repeat, condition 4 has none.
      if (repeat && message.slot === null) return message.source >= (this.low.source ?? 0n);
      if (repeat) return true;
    }
    if (message.slot !== null) return this.low.slot === null || message.slot > this.low.slot;
    return (
      (this.low.source === null || message.source >= this.low.source) &&
      (this.low.target === null || message.target > this.low.target)
    );
  }

  sign(message: Message, minimal: boolean): void {
    const clash = this.signed.find((earlier) => slashable(earlier, message));
    assert.equal(clash, undefined, `two signed messages are slashable: ${show(clash)} and ${show(message)}`);
    this.signed.push(message);
    const known = [...this.records, ...this.fading].some((record) => sameMessage(record, message));
    if (!minimal && !known) this.records.push(message);
    if (message.slot !== null) {
      if (minimal || this.low.slot === null) this.low.slot = message.slot;
    } else if (minimal || this.low.target === null) {
      this.low.source = message.source;
      this.low.target = message.target;
    }
  }

  import(file: readonly Message[], minimal: boolean): void {
    const blocks = file.filter((message) => message.slot !== null);
    const votes = file.filter((message) => message.slot === null);
    if (minimal) {
      this.low.slot = max(this.low.slot, ...blocks.map((block) => block.slot));
      this.low.source = max(this.low.source, ...votes.map((vote) => vote.source));
      this.low.target = max(this.low.target, ...votes.map((vote) => vote.target));
      return;
    }
    const before = { ...this.low };
    const had = [...this.records];
    for (const message of file) {
      const place = (other: Message): boolean =>
        message.slot === null
          ? other.slot === null && other.target === message.target
          : other.slot === message.slot;
      const low = message.slot === null ? before.target : before.slot;
      // From below the watermark, where the past is forgotten: only what contradicts a record that is left.
      if (low !== null && (message.slot ?? message.target) <= low && !had.some(place)) {
        continue;
      }
      const known = this.records.some(
        (other) => other.root === message.root && describe(other) === describe(message),
      );
      if (!known) this.records.push(message);
    }
    for (const vote of votes) {
      if (before.target !== null && vote.target <= before.target)
        this.low.source = max(this.low.source, vote.source);
    }
    const bad = this.#conflicts(file);
    this.low.slot = max(
      this.low.slot,
      min(blocks.map((block) => block.slot ?? 0n)),
      ...bad.map((message) => message.slot),
    );
    const badVotes = bad.filter((message) => message.slot === null);
    this.low.source = max(
      this.low.source,
      min(votes.map((vote) => vote.source)),
      ...badVotes.map((badVote) => badVote.source),
    );
    this.low.target = max(
      this.low.target,
      min(votes.map((vote) => vote.target)),
      ...badVotes.map((badVote) => badVote.target),
    );
    this.#cover();
  }

  /** Both sides of every conflict that the file has a part in; surrounds count as one heap as soon as it is in one. */
  #conflicts(file: readonly Message[]): Message[] {
    const inFile = (message: Message): boolean => file.some((other) => describe(other) === describe(message));
    const doubles = this.records.filter((record) =>
      this.records.some(
        (other) =>
          other !== record &&
          (record.slot === null
            ? other.slot === null && other.target === record.target
            : other.slot === record.slot) &&
          file.some((part) =>
            part.slot === null
              ? record.slot === null && part.target === record.target
              : part.slot === record.slot,
          ),
      ),
    );
    const surrounds = this.records.filter((record) =>
      this.records.some(
        (other) =>
          record.slot === null &&
          other.slot === null &&
          record.target !== other.target &&
          slashable(record, other),
      ),
    );
    const inverted = file.filter((message) => message.slot === null && message.source > message.target);
    return [...doubles, ...(surrounds.some(inFile) ? surrounds : []), ...inverted];
  }

  pruneInPart(keep: bigint): void {
    const before = this.records;
    this.prune(keep);
    this.fading = before.filter((record) => !this.records.includes(record));
  }

  prune(keep: bigint): void {
    this.fading = [];
    const slots = this.records.flatMap((record) => (record.slot === null ? [] : [record.slot]));
    const top = max(...slots);
    if (top !== null && top - keep > (this.low.slot ?? 0n))
      this.low.slot = max(this.low.slot, min(slots.filter((slot) => slot >= top - keep)));
    const votes = this.records.filter((record) => record.slot === null);
    const target = max(...votes.map((vote) => vote.target));
    if (target !== null && target - keep > (this.low.target ?? 0n)) {
      const kept = votes.filter((vote) => vote.target >= target - keep);
      this.low.source = max(this.low.source, min(kept.map((vote) => vote.source)));
      this.low.target = max(this.low.target, min(kept.map((vote) => vote.target)));
      this.#cover();
    }
    const { low } = this;
    this.records = this.records.filter((record) =>
      record.slot === null
        ? record.target >= (low.target ?? 0n) || record.source > (low.source ?? 0n)
        : record.slot >= (low.slot ?? 0n),
    );
  }

  #cover(): void {
    const { target } = this.low;
    if (target === null) return;
    const below = this.records.filter((record) => record.slot === null && record.target < target);
    this.low.source = max(this.low.source, ...below.map((vote) => vote.source));
  }

  minimise(): void {
    this.low.slot = max(this.low.slot, ...this.records.map((record) => record.slot));
    const votes = this.records.filter((record) => record.slot === null);
    this.low.source = max(this.low.source, ...votes.map((vote) => vote.source));
    this.low.target = max(this.low.target, ...votes.map((vote) => vote.target));
  }

  /** A new store knows what the file says and nothing else; what was signed stays signed. */
  moved(file: readonly Message[], minimal: boolean): void {
    this.records = [];
    Object.assign(this.low, { slot: null, source: null, target: null });
    this.import(file, minimal);
  }
}

function sameMessage(a: Message, b: Message): boolean {
  return a.root !== null && a.root === b.root && describe(a) === describe(b);
}

function describe({ slot, source, target }: Message): string {
  return slot === null ? `vote ${source}→${target}` : `block ${slot}`;
}

function show(message: Message | undefined): string {
  return message === undefined ? "nothing" : `${describe(message)} ${message.root?.slice(0, 4)}`;
}

export class Oracle {
  minimal = false;
  readonly #validators = new Map<string, Validator>();
  /** Keys in hex of which half a history is here. */
  readonly #merging = new Set<string>();

  /** From now on nothing is said of the key. */
  merge(publicKey: Uint8Array): void {
    this.#merging.add(Buffer.from(publicKey).toString("hex"));
  }

  /** Compares the verdict on `claim` with what must be. */
  check(claim: DutyClaim, verdict: string): void {
    const key = Buffer.from(claim.publicKey).toString("hex");
    if (this.#merging.has(key) || verdict === "merging") {
      return assert.equal(verdict, this.#merging.has(key) ? "merging" : "", `half a history of ${key}`);
    }
    const validator = this.#of(key);
    const message = messageOf(claim);
    const safe = validator.safe(message, this.minimal);
    if (!safe && verdict === "same" && validator.fading.some((record) => sameMessage(record, message))) {
      validator.sign(message, this.minimal);
      return;
    }
    assert.equal(
      verdict !== "refused",
      safe,
      `${show(message)}: ${verdict}; low ${show(lowOf(validator.low))}`,
    );
    if (safe) validator.sign(message, this.minimal);
  }

  import(document: Interchange): void {
    for (const [key, messages] of filesByKey(document)) this.#of(key).import(messages, this.minimal);
  }

  move(document: Interchange): void {
    const files = filesByKey(document);
    for (const [key, validator] of this.#validators) validator.moved(files.get(key) ?? [], this.minimal);
  }

  prune(keep: bigint): void {
    for (const validator of this.#validators.values()) validator.prune(keep);
  }

  /** Of these keys, in hex, some records are deleted, of the others none. */
  pruneInPart(keep: bigint, keys: readonly string[]): void {
    for (const key of keys) this.#of(key).pruneInPart(keep);
  }

  setMinimal(minimal: boolean): void {
    if (minimal && !this.minimal) for (const validator of this.#validators.values()) validator.minimise();
    this.minimal = minimal;
  }

  #of(key: string): Validator {
    const known = this.#validators.get(key);
    if (known !== undefined) return known;
    const made = new Validator();
    this.#validators.set(key, made);
    return made;
  }
}

function lowOf(low: Low): Message {
  return { slot: low.slot, source: low.source ?? -1n, target: low.target ?? -1n, root: null };
}

function filesByKey(document: Interchange): Map<string, Message[]> {
  const files = new Map<string, Message[]>();
  for (const entry of document.data) {
    const key = entry.pubkey.slice(2).toLowerCase();
    files.set(key, [...(files.get(key) ?? []), ...messagesOf(entry)]);
  }
  return files;
}

function messagesOf(key: InterchangeKey): Message[] {
  const root = (text: string | undefined): string | null => text?.slice(2) ?? null;
  return [
    ...key.signed_blocks.map((signedBlock) => ({
      slot: BigInt(signedBlock.slot),
      source: 0n,
      target: 0n,
      root: root(signedBlock.signing_root),
    })),
    ...key.signed_attestations.map((signedAttestation) => ({
      slot: null,
      source: BigInt(signedAttestation.source_epoch),
      target: BigInt(signedAttestation.target_epoch),
      root: root(signedAttestation.signing_root),
    })),
  ];
}
