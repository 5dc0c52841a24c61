/** How a working copy goes back: each change leaves its way back here, and what fails half-way is undone to where it began. */

export class Journal {
  readonly #back: (() => void)[] = [];

  /** Note a change just made. */
  did(back: () => void): void {
    this.#back.push(back);
  }

  /** Names this moment, for `undo`. */
  get mark(): number {
    return this.#back.length;
  }

  /** Undoes every change since `mark`, the newest first. */
  undo(mark: number): void {
    for (const back of this.#back.splice(mark).toReversed()) back();
  }
}
