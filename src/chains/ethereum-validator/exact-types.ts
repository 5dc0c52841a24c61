/**
 * The containers of @lodestar/types with every uint64 as a bigint. Theirs are JavaScript numbers, which round above
 * 2^53 and would sign another message than the one that was asked for.
 * @module
 */
import {
  BitListType,
  BitVectorType,
  ByteListType,
  ByteVectorType,
  ContainerType,
  isBasicType,
  isCompositeType,
  ListBasicType,
  ListCompositeType,
  ProgressiveContainerType,
  ProgressiveListBasicType,
  ProgressiveListCompositeType,
  UintBigintType,
  UintNumberType,
  VectorBasicType,
  VectorCompositeType,
  type Type,
} from "@chainsafe/ssz";
import { ACTIVE_PRESET, PresetName } from "@lodestar/params";
import type { ValidatorNetwork } from "./networks.ts";

export type SszType = Type<unknown>;
type Preset = ValidatorNetwork["preset"];
type Fields = Record<string, SszType>;

// LODESTAR_PRESET in the environment would change the containers, and so the roots, without a word.
if (ACTIVE_PRESET !== PresetName.mainnet) {
  throw new Error(`unset LODESTAR_PRESET: signing roots would follow the ${ACTIVE_PRESET} preset`);
}

/** Bits on mainnet → bits on the minimal preset: sync committee, its subcommittees, committees of a slot. */
const MINIMAL_BIT_VECTORS: ReadonlyMap<number, number> = new Map([
  [512, 32],
  [128, 8],
  [64, 4],
]);
/** The same for lists: an attestation of every committee of a slot, since Electra. */
const MINIMAL_BIT_LISTS: ReadonlyMap<number, number> = new Map([[131_072, 8192]]);

const rebuilt: Readonly<Record<Preset, Map<SszType, SszType>>> = { mainnet: new Map(), minimal: new Map() };

/** `type` with exact integers and the sizes of `preset`; the same object for the same arguments. */
export function exactType(type: SszType, preset: Preset = "mainnet"): SszType {
  const known = rebuilt[preset].get(type);
  if (known !== undefined) return known;
  const made = rebuild(type, preset);
  rebuilt[preset].set(type, made);
  return made;
}

/** Containers keep nothing of the original's options but the JSON names: a cached root could outlive its value. */
function rebuild(type: SszType, preset: Preset): SszType {
  if (type instanceof UintNumberType) return new UintBigintType(type.byteLength);
  if (type instanceof BitVectorType) return bitVector(type, preset);
  if (type instanceof BitListType) return bitList(type, preset);
  if (type instanceof ContainerType) {
    return new ContainerType(exactFields(type.fields, preset), { jsonCase: "eth2" });
  }
  if (type instanceof ProgressiveContainerType) {
    return new ProgressiveContainerType(exactFields(type.fields, preset), type.activeFields, {
      jsonCase: "eth2",
    });
  }
  return isLeaf(type) ? type : rebuildList(type, preset);
}

/** Types that hold no integer. Progressive bit and byte lists have no elements either. */
function isLeaf(type: SszType): boolean {
  return (
    isBasicType(type) ||
    type instanceof ByteVectorType ||
    type instanceof ByteListType ||
    !("elementType" in type)
  );
}

function rebuildList(type: SszType, preset: Preset): SszType {
  if (type instanceof ListBasicType) return new ListBasicType(basic(type.elementType, preset), type.limit);
  if (type instanceof ListCompositeType) {
    return new ListCompositeType(composite(type.elementType, preset), type.limit);
  }
  if (type instanceof VectorBasicType)
    return new VectorBasicType(basic(type.elementType, preset), type.length);
  if (type instanceof VectorCompositeType) {
    return new VectorCompositeType(composite(type.elementType, preset), type.length);
  }
  if (type instanceof ProgressiveListBasicType) {
    return new ProgressiveListBasicType(basic(type.elementType, preset), { limit: type.limit });
  }
  if (type instanceof ProgressiveListCompositeType) {
    return new ProgressiveListCompositeType(composite(type.elementType, preset), { limit: type.limit });
  }
  throw new TypeError(`no exact form of ${type.typeName}`);
}

function exactFields(fields: Fields, preset: Preset): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, type]) => [name, exactType(type, preset)]));
}

function bitVector(type: BitVectorType, preset: Preset): BitVectorType {
  const bits = preset === "minimal" ? MINIMAL_BIT_VECTORS.get(type.lengthBits) : undefined;
  return bits === undefined ? type : new BitVectorType(bits);
}

function bitList(type: BitListType, preset: Preset): BitListType {
  const bits = preset === "minimal" ? MINIMAL_BIT_LISTS.get(type.limitBits) : undefined;
  return bits === undefined ? type : new BitListType(bits);
}

function basic(type: SszType, preset: Preset) {
  const exact = exactType(type, preset);
  if (!isBasicType(exact)) throw new TypeError(`${type.typeName} is not a basic type`);
  return exact;
}

function composite(type: SszType, preset: Preset) {
  const exact = exactType(type, preset);
  if (!isCompositeType(exact)) throw new TypeError(`${type.typeName} is not a composite type`);
  return exact;
}
