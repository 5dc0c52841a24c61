/**
 * The sign calls that are under way, by the keys that they use and by who makes them: an act that stops one of these is
 * answered when no call is left that could have been recorded before it, so that no signature leaves after its answer.
 * @module
 */
export class UnderWay {
  readonly #calls = new Map<string, Set<Promise<unknown>>>();

  /** Runs `work`, which uses what `names` name. */
  run<Result>(names: readonly string[], work: () => Promise<Result>): Promise<Result> {
    const call = work();
    for (const name of names) this.#add(name, call);
    const forget = (): void => {
      for (const name of names) this.#remove(name, call);
    };
    call.then(forget, forget);
    return call;
  }

  /** Resolves when the calls that use any of these and are under way now have been answered, or have failed. */
  async settled(names: readonly string[]): Promise<void> {
    await Promise.allSettled(names.flatMap((name) => [...(this.#calls.get(name) ?? [])]));
    // Whoever waits for a call writes its answer in the same turn.
    await new Promise((resolve) => setImmediate(resolve));
  }

  #add(name: string, call: Promise<unknown>): void {
    const calls = this.#calls.get(name) ?? new Set();
    calls.add(call);
    this.#calls.set(name, calls);
  }

  #remove(name: string, call: Promise<unknown>): void {
    const calls = this.#calls.get(name);
    calls?.delete(call);
    if (calls?.size === 0) this.#calls.delete(name);
  }
}
