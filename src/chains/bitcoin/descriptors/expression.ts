/**
 * The grammar of descriptors: functions with arguments, taproot trees in braces, and words. Nothing is skipped or trimmed: a
 * descriptor that is read here is written with the very same characters.
 * @module
 */
import { SignerError } from "../../../domain/errors.ts";

/** A word is a key, a number or a hash; `name` of a function has its miniscript wrappers in front, e.g. `v:pk`. */
export type Expression =
  | { readonly kind: "word"; readonly text: string }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: "branch"; readonly left: Expression; readonly right: Expression };

/** Twenty keys with their origins are about 3,000 characters. */
const LENGTH_MAX = 8192;
const DEPTH_MAX = 64;
const WORD = /[^(),{}]/;

/** @throws SignerError `request.malformed` that says where, and never repeats the text, which may hold a private key */
export function parseExpression(text: string): Expression {
  if (text.length > LENGTH_MAX) throw malformed(`must have at most ${LENGTH_MAX} characters`);
  const reader = new Reader(text);
  const expression = reader.expression(0);
  reader.end();
  return expression;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  expression(depth: number): Expression {
    if (depth > DEPTH_MAX) throw malformed(`is nested more than ${DEPTH_MAX} deep`);
    if (this.#takes("{")) {
      const left = this.expression(depth + 1);
      this.#expect(",");
      const right = this.expression(depth + 1);
      this.#expect("}");
      return { kind: "branch", left, right };
    }
    const word = this.#word();
    if (!this.#takes("(")) return { kind: "word", text: word };
    const args = [this.expression(depth + 1)];
    while (this.#takes(",")) args.push(this.expression(depth + 1));
    this.#expect(")");
    return { kind: "call", name: word, args };
  }

  end(): void {
    if (this.#at < this.#text.length)
      throw malformed(`has something after its end, at character ${this.#at + 1}; check the brackets`);
  }

  #word(): string {
    const start = this.#at;
    while (this.#at < this.#text.length && WORD.test(this.#text.charAt(this.#at))) this.#at += 1;
    if (this.#at === start)
      throw malformed(`lacks a name, key or number at character ${start + 1}; check what was written there`);
    return this.#text.slice(start, this.#at);
  }

  #takes(character: string): boolean {
    if (this.#text.charAt(this.#at) !== character) return false;
    this.#at += 1;
    return true;
  }

  #expect(character: string): void {
    if (!this.#takes(character))
      throw malformed(`lacks ${character} at character ${this.#at + 1}; check the brackets`);
  }
}

/** The refusal of a descriptor; `rule` follows the field's name and must not repeat what was sent. */
export function malformed(rule: string): SignerError {
  return new SignerError("request.malformed", `/descriptor: ${rule}`, { field: "/descriptor" });
}
