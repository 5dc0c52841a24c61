/**
 * An independent model of the EOTS guard: plain lists, no index, no SQL. It says what must be refused and what must be
 * signed, and keeps everything that was ever signed, to see that no height gets a second message.
 * @module
 */
import assert from "node:assert/strict";

export interface Entry {
  readonly track: string;
  readonly height: bigint;
  readonly message: string;
}

interface Track {
  records: Entry[];
  floor: bigint | null;
}

export class Oracle {
  /** Across moves, prunes and imports: what was signed here. */
  readonly #signed = new Map<string, string>();
  #tracks = new Map<string, Track>();
  readonly #requiring = new Set<string>();
  #disabled = new Set<string>();

  /** Compares the verdict with what must be. `key`: of the track. */
  check(key: string, entry: Entry, verdict: string): void {
    const expected = this.#expected(key, entry);
    assert.equal(verdict, expected, `${entry.track} at ${entry.height}: ${entry.message}`);
    if (expected !== "recorded" && expected !== "same") return;
    const place = `${entry.track}/${entry.height}`;
    const before = this.#signed.get(place) ?? entry.message;
    assert.equal(entry.message, before, `${place}: two messages are signed: the key is known`);
    this.#signed.set(place, entry.message);
    if (expected === "recorded") this.#of(entry.track).records.push(entry);
  }

  #expected(key: string, { track, height, message }: Entry): string {
    if (this.#disabled.has(key)) return "guard.disabled";
    const { records, floor } = this.#of(track);
    const known = records.find((record) => record.height === height);
    if (known !== undefined) return known.message === message ? "same" : "guard.eots_conflict";
    if (floor === null) return this.#requiring.has(key) ? "guard.unknown_history" : "recorded";
    return height > floor ? "recorded" : "guard.eots_below_floor";
  }

  /** False when the file must be refused as a whole. */
  import(file: readonly Entry[], floors: readonly Omit<Entry, "message">[]): boolean {
    const clash = (entry: Entry, other: Entry): boolean =>
      entry.track === other.track && entry.height === other.height && entry.message !== other.message;
    if (
      file.some((entry) => [...file, ...this.#of(entry.track).records].some((other) => clash(entry, other)))
    ) {
      return false;
    }
    const before = new Map([...this.#tracks].map(([name, { floor }]) => [name, floor]));
    for (const entry of file) {
      const { records } = this.#of(entry.track);
      const floor = before.get(entry.track) ?? null;
      if (records.some((other) => other.height === entry.height)) continue;
      if (floor === null || entry.height > floor) records.push(entry);
    }
    for (const entry of [...file, ...floors]) this.raise(entry.track, entry.height);
    return true;
  }

  raise(track: string, height: bigint): void {
    const known = this.#of(track);
    if (known.floor === null || known.floor < height) known.floor = height;
  }

  require(key: string): void {
    this.#requiring.add(key);
  }

  setEnabled(key: string, enabled: boolean): void {
    if (enabled) this.#disabled.delete(key);
    else this.#disabled.add(key);
  }

  prune(): void {
    for (const known of this.#tracks.values()) {
      const { floor, records } = known;
      if (floor === null) continue;
      const newest = records.reduce((high, record) => (record.height > high ? record.height : high), -1n);
      known.records = records.filter((record) => record.height > floor || record.height === newest);
    }
  }

  /** A new store that knows what an export of the old one says: records, and floors at the highest of each at least. */
  moved(): void {
    for (const [name, { records }] of this.#tracks)
      for (const record of records) this.raise(name, record.height);
    this.#disabled = new Set();
  }

  /** Every record, for comparison with an export. */
  records(): readonly Entry[] {
    return [...this.#tracks.values()].flatMap((track) => track.records);
  }

  #of(track: string): Track {
    const known = this.#tracks.get(track);
    if (known !== undefined) return known;
    const made: Track = { records: [], floor: null };
    this.#tracks.set(track, made);
    return made;
  }
}
