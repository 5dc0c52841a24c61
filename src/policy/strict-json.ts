/**
 * JSON as a guest must write it: RFC 8259 without duplicate names, fractions, exponents, lone surrogates or deep nesting.
 * JSON.parse keeps the last of two equal names, so two readers of one output could see two verdicts.
 * @module
 */

/** Objects are Maps, so that no name (`__proto__`) means more than a name. */
export type StrictJson =
  null | boolean | number | string | readonly StrictJson[] | ReadonlyMap<string, StrictJson>;

/** The text is not strict JSON; the message says what was found at which character. */
export class StrictJsonError extends Error {
  override readonly name = "StrictJsonError";
}

const DEPTH_MAX = 16;
const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?![0-9.eE])/y;
const STRING = /"(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;
const WORDS = new Map<string, StrictJson>([
  ["true", true],
  ["false", false],
  ["null", null],
]);

/**
 * Reads UTF-8 bytes (no byte order mark) that hold exactly one JSON value. Numbers are safe integers.
 * @throws StrictJsonError
 */
export function parseStrictJson(bytes: Uint8Array): StrictJson {
  const reader = new Reader(decodeUtf8(bytes));
  const value = reader.value(0);
  reader.end();
  return value;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new StrictJsonError("it is not valid UTF-8");
  }
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): StrictJson {
    if (depth > DEPTH_MAX) throw new StrictJsonError(`it nests deeper than ${DEPTH_MAX} levels`);
    this.#match(SPACE);
    const first = this.#text[this.#at];
    if (first === "{") return this.#object(depth);
    if (first === "[") return this.#array(depth);
    if (first === '"') return this.#string();
    for (const [word, value] of WORDS) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    return this.#number();
  }

  end(): void {
    this.#match(SPACE);
    if (this.#at !== this.#text.length) throw this.#unexpected("the end");
  }

  #object(depth: number): StrictJson {
    const members = new Map<string, StrictJson>();
    this.#at += 1;
    if (this.#take("}")) return members;
    for (;;) {
      this.#match(SPACE);
      const name = this.#string();
      if (members.has(name)) throw new StrictJsonError(`it has two members named ${quote(name)}`);
      if (!this.#take(":")) throw this.#unexpected('":"');
      members.set(name, this.value(depth + 1));
      if (this.#take("}")) return members;
      if (!this.#take(",")) throw this.#unexpected('"," or "}"');
    }
  }

  #array(depth: number): StrictJson {
    const items: StrictJson[] = [];
    this.#at += 1;
    if (this.#take("]")) return items;
    for (;;) {
      items.push(this.value(depth + 1));
      if (this.#take("]")) return items;
      if (!this.#take(",")) throw this.#unexpected('"," or "]"');
    }
  }

  #string(): string {
    const literal = this.#match(STRING);
    if (literal === undefined) throw this.#unexpected("a string");
    const text: unknown = JSON.parse(literal);
    if (typeof text !== "string" || !text.isWellFormed())
      throw new StrictJsonError("a string has a lone surrogate");
    return text;
  }

  #number(): number {
    const literal = this.#match(NUMBER);
    if (literal === undefined) throw this.#unexpected("a value; numbers are integers without exponent");
    const value = Number(literal);
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
      throw new StrictJsonError(
        `number ${literal.slice(0, 24)} is not a safe integer; amounts are decimal strings`,
      );
    }
    return value;
  }

  #take(character: string): boolean {
    this.#match(SPACE);
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #unexpected(wanted: string): StrictJsonError {
    const found = this.#text[this.#at];
    return new StrictJsonError(
      `character ${this.#at} is ${found === undefined ? "the end" : quote(found)}, expected ${wanted}`,
    );
  }
}

/** `text` for a message: quoted, escaped and cut, because a guest chose it. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
