/** One way to use a signed document, and what making such documents and uses shares. */
import type fc from "fast-check";
import { encodeFunctionData, parseAbi, type Abi, type Hex } from "viem";
import type { KnownDocument } from "../../src/chains/ethereum/documents/document.ts";
import { documentOf, type Message, type Parts } from "../chains/ethereum/documents/samples.ts";
import { NOW } from "./machine.ts";
import type { Generator } from "./requests.ts";
import type { World } from "./world.ts";

export interface Signed {
  readonly document: Parts;
  readonly signature: Hex;
}

export interface Step {
  readonly to: Hex;
  readonly data: Hex;
  readonly value?: bigint;
}

export interface Trial {
  document(world: World, known: KnownDocument, generator: Generator): fc.Arbitrary<Parts>;
  /** What the attacker calls. A step that fails costs it nothing. */
  attack(world: World, signed: Signed): readonly Step[];
}

export const LATER = NOW + 10_000n;

/** JSON has no bigints: members go as decimal text. */
export function parts(known: KnownDocument, domain: object, message: object): Parts {
  const text = JSON.stringify(message, (_, value: unknown) =>
    typeof value === "bigint" ? value.toString() : value,
  );
  return documentOf(known.type, { ...domain }, JSON.parse(text) as Message);
}

/** A call by the function's Solidity text, after the structs that it takes. */
export function step(to: Hex, text: string | readonly string[], args: readonly unknown[]): Step {
  const abi: Abi = parseAbi(typeof text === "string" ? [text] : text);
  return { to, data: encodeFunctionData({ abi, args }) };
}
