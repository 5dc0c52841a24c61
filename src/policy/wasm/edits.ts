/** Where the meter changes a function body: found in one walk, applied in the next, in the order of the original bytes. */

/** What is written at an edit's offset. `charge` carries a cost, `returnBranch` a label, `tableGrow` a table. */
export const EDIT = {
  charge: 0,
  returnBranch: 1,
  bulk: 2,
  memoryGrow: 3,
  tableGrow: 4,
  canonical32: 5,
  canonical64: 6,
} as const;

const FIELDS = 4;

/** A flat list of (offset, original bytes replaced, kind, argument), reused from body to body. */
export class EditList {
  #fields = new Int32Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  clear(): void {
    this.#length = 0;
  }

  push(offset: number, replaced: number, kind: number, argument: number): void {
    const at = this.#length * FIELDS;
    if (at + FIELDS > this.#fields.length) {
      const larger = new Int32Array(this.#fields.length * 2);
      larger.set(this.#fields);
      this.#fields = larger;
    }
    this.#fields[at] = offset;
    this.#fields[at + 1] = replaced;
    this.#fields[at + 2] = kind;
    this.#fields[at + 3] = argument;
    this.#length += 1;
  }

  setArgument(index: number, argument: number): void {
    this.#fields[index * FIELDS + 3] = argument;
  }

  removeLast(): void {
    this.#length -= 1;
  }

  offset(index: number): number {
    return this.#fields[index * FIELDS] ?? 0;
  }

  replaced(index: number): number {
    return this.#fields[index * FIELDS + 1] ?? 0;
  }

  kind(index: number): number {
    return this.#fields[index * FIELDS + 2] ?? 0;
  }

  argument(index: number): number {
    return this.#fields[index * FIELDS + 3] ?? 0;
  }
}
