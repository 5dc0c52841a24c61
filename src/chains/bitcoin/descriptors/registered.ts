/**
 * The registered descriptors of a wallet in one request: whether an input or output belongs to one. The derivation fields of a
 * PSBT say at which index to look; the script is derived there again, and compared.
 * @module
 */
import { equalBytes } from "../../../domain/bytes.ts";
import { refused } from "../../../domain/errors.ts";
import type { PsbtInput, PsbtOutput } from "../psbt.ts";
import type { Spending } from "../inputs.ts";
import { isFindable } from "../keys.ts";
import { hex } from "../scripts.ts";
import { deriveOutput } from "./descriptor.ts";
import type { Descriptor, DerivedOutput } from "./descriptor.ts";
import type { DescriptorKey } from "./keys.ts";

export interface OwnDescriptor {
  readonly id: string;
  readonly descriptor: Descriptor;
  /** Names of the keys that are the wallet's, and the ids of these. */
  readonly keyIds: ReadonlyMap<string, string>;
}

type Derivations = Pick<PsbtInput | PsbtOutput, "bip32Derivation" | "tapBip32Derivation">;

/** Half a millisecond each: bounds the work of one request. */
const DERIVED_KEYS_MAX = 4000;

/** About a millisecond each. */
const COSIGNATURES_MAX = 1500;

/** Places that one input or output may make us look at: more are a search that the sender wants us to do. */
const PLACES_MAX = 2;

export class OwnDescriptors {
  readonly all: readonly OwnDescriptor[];
  readonly #derived = new Map<string, DerivedOutput>();
  #keys = 0;

  constructor(all: readonly OwnDescriptor[]) {
    this.all = all;
  }

  /**
   * The output of `own` that has this script, if it is where the fields say.
   * @throws SignerError `transaction.refused` where the request asks for more derivations than are made
   */
  find(own: OwnDescriptor, fields: Derivations, script: Uint8Array): DerivedOutput | undefined {
    for (const [branch, index] of placesIn(own.descriptor, fields)) {
      const output = this.#at(own, branch, index);
      if (equalBytes(output.script, script)) return output;
    }
    return undefined;
  }

  /**
   * The outputs of these descriptors that are spent, each once.
   * @throws SignerError `transaction.refused` for more signatures of others than are verified
   */
  spent(
    spendings: readonly Spending[],
  ): readonly { readonly own: OwnDescriptor; readonly output: DerivedOutput }[] {
    const found = new Map<string, { own: OwnDescriptor; output: DerivedOutput }>();
    let signatures = 0;
    for (const { input, spent } of spendings) {
      for (const own of this.all) {
        const output = this.find(own, input, spent.script);
        if (output === undefined) continue;
        found.set(hex(output.script), { own, output });
        signatures += (input.partialSig?.length ?? 0) + (input.tapScriptSig?.length ?? 0);
        break;
      }
    }
    if (signatures > COSIGNATURES_MAX) {
      throw refused("/psbt", `has more than ${COSIGNATURES_MAX} signatures of others; split the transaction`);
    }
    return [...found.values()];
  }

  #at(own: OwnDescriptor, branch: number, index: number): DerivedOutput {
    const name = `${own.id} ${branch} ${index}`;
    const known = this.#derived.get(name);
    if (known !== undefined) return known;
    this.#keys += own.descriptor.keys.length;
    if (this.#keys > DERIVED_KEYS_MAX) {
      throw refused("/psbt", `needs more than ${DERIVED_KEYS_MAX} keys to be derived; split the transaction`);
    }
    const output = deriveOutput(own.descriptor, branch, index);
    this.#derived.set(name, output);
    return output;
  }
}

function placesIn(descriptor: Descriptor, fields: Derivations): readonly (readonly [number, number])[] {
  const paths = [
    ...(fields.bip32Derivation ?? []).map(([, { path }]) => path),
    ...(fields.tapBip32Derivation ?? []).map(([, { der }]) => der.path),
  ];
  const places = new Map<string, readonly [number, number]>();
  for (const path of paths) {
    for (const key of descriptor.keys) {
      const place = placeOf(key, path);
      if (place !== undefined) places.set(place.join(), place);
      if (places.size >= PLACES_MAX) return [...places.values()];
    }
  }
  return [...places.values()];
}

/** Branch and index by which a path goes on from a key. */
function placeOf(key: DescriptorKey, path: readonly number[]): readonly [number, number] | undefined {
  if (key.kind === "single") return undefined;
  const origin = key.origin?.path ?? [];
  for (const [branch, steps] of key.branches.entries()) {
    const parent = [...origin, ...steps];
    const index = path[parent.length] ?? -1;
    const below = path.length === parent.length + 1 && parent.every((step, depth) => path[depth] === step);
    if (below && isFindable(0, index)) return [branch, index];
  }
  return undefined;
}
