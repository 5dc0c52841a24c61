/** Documents that leave while the service runs: each holds a snapshot of the ledger until it is read or given up. */
import { SignerError } from "../domain/errors.ts";
import type { Ledger } from "../record/ledger.ts";

/** Documents that are written at once, of whatever kind. */
const EXPORTS_MAX = 2;

/** No generator: one that nobody has begun to read would let go of nothing when it is returned. */
export class ExportStream implements AsyncIterableIterator<string, undefined> {
  #first: IteratorResult<string, unknown> | undefined;
  readonly #pieces: AsyncGenerator<string>;
  readonly #release: () => void;

  constructor(first: IteratorResult<string, unknown>, pieces: AsyncGenerator<string>, release: () => void) {
    this.#first = first;
    this.#pieces = pieces;
    this.#release = release;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<string, undefined>> {
    const piece = this.#first ?? (await this.#pieces.next());
    this.#first = undefined;
    return piece.done === true ? this.return() : { done: false, value: piece.value };
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    await this.#pieces.return(undefined);
    this.#release();
    return { done: true, value: undefined };
  }
}

const exporting = new WeakMap<Ledger, number>();

/** @returns what ends the admission @throws SignerError `service.overloaded` */
export function admitExport(ledger: Ledger): () => void {
  const under = exporting.get(ledger) ?? 0;
  if (under >= EXPORTS_MAX) {
    throw new SignerError("service.overloaded", `${under} exports are under way; retry later`);
  }
  exporting.set(ledger, under + 1);
  let open = true;
  return () => {
    if (open) exporting.set(ledger, (exporting.get(ledger) ?? 1) - 1);
    open = false;
  };
}
