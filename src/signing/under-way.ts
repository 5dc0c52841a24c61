/**
 * The sign calls that are under way, by the keys that they use and by who makes them: an act that takes one of these away is
 * answered when no call is left that could have been recorded before it, so that no signature leaves after its answer.
 * @module
 */
interface Call {
  readonly names: Set<string>;
  readonly ended: Promise<void>;
}

export class UnderWay {
  readonly #calls = new Map<string, Set<Call>>();

  /** Runs `work`, which uses what `names` name. */
  async run<Result>(names: readonly string[], work: () => Promise<Result>): Promise<Result> {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const call: Call = { names: new Set(), ended };
    // Before it runs: it may find out more at once.
    this.#add(call, names);
    try {
      return await work();
    } finally {
      for (const name of call.names) this.#remove(name, call);
      resolve();
    }
  }

  /**
   * The calls that use `name` use these as well, as they have found out. To be said before anything is recorded: an act
   * that commits later finds them here, one that committed earlier makes the record stale.
   */
  alsoUses(name: string, more: readonly string[]): void {
    for (const call of this.#calls.get(name) ?? []) this.#add(call, more);
  }

  /** Resolves when the calls that use any of these and are under way now have been answered, or have failed. */
  async settled(names: readonly string[]): Promise<void> {
    await Promise.all(names.flatMap((name) => [...(this.#calls.get(name) ?? [])].map(({ ended }) => ended)));
    // Whoever waits for a call writes its answer in the same turn.
    await new Promise((resolve) => setImmediate(resolve));
  }

  #add(call: Call, names: readonly string[]): void {
    for (const name of names) {
      call.names.add(name);
      const calls = this.#calls.get(name) ?? new Set();
      this.#calls.set(name, calls.add(call));
    }
  }

  #remove(name: string, call: Call): void {
    const calls = this.#calls.get(name);
    calls?.delete(call);
    if (calls?.size === 0) this.#calls.delete(name);
  }
}
