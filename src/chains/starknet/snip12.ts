/**
 * SNIP-12 documents: read strictly, hashed, and given back in one canonical form. What is signed is the hash of the
 * canonical form, which is also what policies see.
 * @module
 */
import { pedersen, poseidonHash, poseidonHashMany } from "@scure/starknet";
import type { Json } from "../../domain/canonical.ts";
import { invalid } from "../../domain/errors.ts";
import { pedersenArray } from "./accounts.ts";
import { isChainName, shortString } from "./felts.ts";
import { isObject, member, pointer, readList, readObject } from "./members.ts";
import {
  parseTypes,
  typeHash,
  type Declaration,
  type Revision,
  type TypeDefinition,
  type TypeSystem,
  type ValueType,
} from "./snip12-types.ts";
import { encodeBasic } from "./snip12-values.ts";

export interface TypedData {
  readonly revision: Revision;
  readonly primaryType: string;
  /** Declared types, presets not among them. */
  readonly types: ReadonlyMap<string, readonly Declaration[]>;
  /** The domain's chain id as a felt. */
  readonly chainId: bigint;
  readonly domain: { readonly [name: string]: Json };
  readonly message: { readonly [name: string]: Json };
  /** The whole document in canonical form. */
  readonly canonical: { readonly [name: string]: Json };
  /** What the account's key signs. */
  readonly messageHash: bigint;
}

const MESSAGE_PREFIX = shortString("StarkNet Message");
/** Pedersen takes half a millisecond a value, and each document is hashed twice. */
const VALUES_MAX = 1_024;

/**
 * Reads a document for `account` and hashes it, then does both again with the canonical form.
 * @param field JSON pointer of the document
 * @throws SignerError `transaction.invalid`
 */
export function parseTypedData(value: unknown, account: bigint, field: string): TypedData {
  const given = readTypedData(value, account, field);
  const again = readTypedData(given.canonical, account, field);
  if (again.messageHash !== given.messageHash)
    throw invalid(field, "does not survive encoding and decoding; write it with a standard library");
  return again;
}

function readTypedData(value: unknown, account: bigint, field: string): TypedData {
  const document = readObject(value, field, ["types", "primaryType", "domain", "message"]);
  const { primaryType } = document;
  if (typeof primaryType !== "string") throw invalid(`${field}/primaryType`, "must be the name of a type");
  const revision = revisionOf(document["domain"], `${field}/domain`);
  const domainType = revision === "1" ? "StarknetDomain" : "StarkNetDomain";
  if (primaryType === domainType) throw invalid(`${field}/primaryType`, "must not be the domain");
  const system = parseTypes(document["types"], `${field}/types`, revision, [domainType, primaryType]);
  requireDomainType(system, domainType, `${field}/types/${domainType}`);
  const encoder = new Encoder(system);
  const domain = encodeDomain(encoder, system, domainType, document["domain"], `${field}/domain`);
  const message = encoder.struct(primaryType, document["message"], `${field}/message`);
  return {
    revision,
    primaryType,
    types: system.declared,
    chainId: chainIdOf(system, domainType, document["domain"], `${field}/domain`),
    domain: domain.canonical,
    message: message.canonical,
    canonical: {
      types: Object.fromEntries(
        [...system.declared].map(([name, declared]) => [name, declared.map(printDeclaration)]),
      ),
      primaryType,
      domain: domain.canonical,
      message: message.canonical,
    },
    messageHash: encoder.hash([MESSAGE_PREFIX, domain.felt, account, message.felt]),
  };
}

function printDeclaration(declaration: Declaration): Json {
  return {
    name: declaration.name,
    type: declaration.type,
    ...(declaration.contains === undefined ? {} : { contains: declaration.contains }),
  };
}

/** `revision` chooses the rules whether or not it is declared, and hashed: it is shown either way. */
function encodeDomain(
  encoder: Encoder,
  system: TypeSystem,
  domainType: string,
  domain: unknown,
  field: string,
): EncodedStruct {
  const declared =
    system.declared.get(domainType)?.some((declaration) => declaration.name === "revision") === true;
  if (declared || !isObject(domain)) return encoder.struct(domainType, domain, field);
  const { revision, ...rest } = domain;
  const { felt, canonical } = encoder.struct(domainType, rest, field);
  return {
    felt,
    canonical: revision === undefined ? canonical : { ...canonical, revision: system.revision },
  };
}

function revisionOf(domain: unknown, field: string): Revision {
  if (!isObject(domain)) throw invalid(field, "must be an object");
  const revision = member(domain, "revision");
  if (revision === undefined || revision === "0" || revision === 0 || revision === "0x0") return "0";
  if (revision === "1" || revision === 1 || revision === "0x1") return "1";
  throw invalid(`${field}/revision`, "must be 0 or 1");
}

const CHAIN_NAMES: readonly string[] = ["chainId", "chain_id"];
/** Types that write a chain id as its felt; SNIP-86 (sign-in) has a text, against SNIP-12. */
const CHAIN_TYPES: readonly string[] = ["felt", "shortstring", "string"];

/**
 * SNIP-12, "Domain separator", fixes the declaration in revision 1; wallets sign any. A document of another domain is never a
 * known one, so all that it needs is one chain id that says which chain it is, and plain members.
 */
function requireDomainType(system: TypeSystem, name: string, field: string): void {
  const definition = system.definitions.get(name);
  const fields = definition?.kind === "struct" ? definition.fields : [];
  for (const [index, declaration] of fields.entries()) {
    if (declaration.type.kind !== "basic") throw invalid(`${field}/${index}`, "must be of a basic type");
  }
  const chains = (system.declared.get(name) ?? []).filter((declaration) =>
    CHAIN_NAMES.includes(declaration.name),
  );
  const [chain] = chains;
  if (chain === undefined || chains.length !== 1)
    throw invalid(field, "must have one chainId: without it the signature would be valid on every chain");
  if (!CHAIN_TYPES.includes(chain.type))
    throw invalid(field, `must declare ${chain.name} as felt, shortstring or string`);
}

function chainIdOf(system: TypeSystem, domainType: string, domain: unknown, field: string): bigint {
  const declared = system.declared
    .get(domainType)
    ?.find((declaration) => CHAIN_NAMES.includes(declaration.name));
  if (declared === undefined || !isObject(domain)) throw invalid(field, "must name its chain");
  const value = member(domain, declared.name);
  // Text of revision 1 is hashed as it is written: only the name itself means the chain of that name.
  if (system.revision === "1" && declared.type === "string" && !isChainName(value)) {
    throw invalid(`${field}/${declared.name}`, 'must be a chain name such as "SN_MAIN" or "SN_SEPOLIA"');
  }
  const { encoded } = encodeBasic("felt", system.revision, value, `${field}/${declared.name}`);
  if (typeof encoded !== "bigint") throw invalid(`${field}/${declared.name}`, "must be a felt");
  return encoded;
}

interface Encoded {
  readonly felt: bigint;
  readonly canonical: Json;
}

interface EncodedStruct {
  readonly felt: bigint;
  readonly canonical: { readonly [name: string]: Json };
}

/** Encodes values by their types, counting them: the sum over a whole document is bounded. */
class Encoder {
  readonly #system: TypeSystem;
  readonly #typeHashes = new Map<string, bigint>();
  #values = 0;

  constructor(system: TypeSystem) {
    this.#system = system;
  }

  /** `hash_array` of the revision. */
  hash(values: readonly bigint[]): bigint {
    return this.#system.revision === "1" ? poseidonHashMany([...values]) : pedersenArray(values);
  }

  struct(name: string, value: unknown, field: string): EncodedStruct {
    const definition = this.#definition(name, "struct", field);
    const names = definition.fields.map((declaration) => declaration.name);
    const members = readObject(value, field, names);
    const felts = [this.#typeHash(name)];
    const canonical: [string, Json][] = [];
    for (const declaration of definition.fields) {
      const encoded = this.#value(
        declaration.type,
        members[declaration.name],
        `${field}/${pointer(declaration.name)}`,
      );
      felts.push(encoded.felt);
      canonical.push([declaration.name, encoded.canonical]);
    }
    return { felt: this.hash(felts), canonical: Object.fromEntries(canonical) };
  }

  #value(type: ValueType, value: unknown, field: string): Encoded {
    this.#count(1, field);
    switch (type.kind) {
      case "basic": {
        const { encoded, canonical } = encodeBasic(type.name, this.#system.revision, value, field);
        if (typeof encoded === "bigint") return { felt: encoded, canonical };
        this.#count(encoded.length, field);
        return { felt: this.hash(encoded), canonical };
      }
      case "struct":
        return this.struct(type.name, value, field);
      case "enum":
        return this.#enum(type.name, value, field);
      case "array": {
        const items = readList(value, field, VALUES_MAX).map((item, index) =>
          this.#value(type.item, item, `${field}/${index}`),
        );
        return {
          felt: this.hash(items.map((item) => item.felt)),
          canonical: items.map((item) => item.canonical),
        };
      }
      case "merkletree": {
        const leaves = readList(value, field, VALUES_MAX).map((item, index) =>
          this.#value(type.leaf, item, `${field}/${index}`),
        );
        if (leaves.length === 0) throw invalid(field, "must have at least one leaf");
        return {
          felt: this.#merkleRoot(leaves.map((leaf) => leaf.felt)),
          canonical: leaves.map((leaf) => leaf.canonical),
        };
      }
    }
  }

  /** `{variant: [parameters]}`. A variant without parameters hashes a 0 in their place, as every wallet does. */
  #enum(name: string, value: unknown, field: string): Encoded {
    const definition = this.#definition(name, "enum", field);
    const chosen = isObject(value) ? Object.keys(value) : [];
    const index = definition.variants.findIndex((variant) => variant.name === chosen[0]);
    const variant = definition.variants[index];
    if (!isObject(value) || chosen.length !== 1 || variant === undefined) {
      throw invalid(field, "must be an object with one member, a variant of the enum");
    }
    const at = `${field}/${pointer(variant.name)}`;
    const items = readList(value[variant.name], at, variant.parameters.length);
    if (items.length !== variant.parameters.length) {
      throw invalid(at, `must be a list of ${variant.parameters.length} parameters`);
    }
    const parameters = variant.parameters.map((type, position) =>
      this.#value(type, items[position], `${at}/${position}`),
    );
    const felts = parameters.length === 0 ? [0n] : parameters.map((parameter) => parameter.felt);
    return {
      felt: this.hash([BigInt(index), ...felts]),
      canonical: Object.fromEntries([[variant.name, parameters.map((parameter) => parameter.canonical)]]),
    };
  }

  /** Sorted pairs; a node without a partner is paired with 0. */
  #merkleRoot(leaves: readonly bigint[]): bigint {
    const [root] = leaves;
    if (leaves.length <= 1) return root ?? 0n;
    const parents: bigint[] = [];
    for (let index = 0; index < leaves.length; index += 2) {
      parents.push(this.#pair(leaves[index] ?? 0n, leaves[index + 1] ?? 0n));
    }
    return this.#merkleRoot(parents);
  }

  #pair(a: bigint, b: bigint): bigint {
    const [low, high] = a < b ? [a, b] : [b, a];
    return this.#system.revision === "1" ? poseidonHash(low, high) : BigInt(pedersen(low, high));
  }

  #typeHash(name: string): bigint {
    const known = this.#typeHashes.get(name);
    if (known !== undefined) return known;
    const hash = typeHash(this.#system, name);
    this.#typeHashes.set(name, hash);
    return hash;
  }

  #definition<Kind extends TypeDefinition["kind"]>(
    name: string,
    kind: Kind,
    field: string,
  ): Extract<TypeDefinition, { kind: Kind }> {
    const definition = this.#system.definitions.get(name);
    if (definition === undefined || !isKind(definition, kind))
      throw invalid(field, `must be of a defined ${kind} type`);
    return definition;
  }

  #count(values: number, field: string): void {
    this.#values += values;
    if (this.#values > VALUES_MAX)
      throw invalid(field, `is too much: a document has at most ${VALUES_MAX} values; split it`);
  }
}

function isKind<Kind extends TypeDefinition["kind"]>(
  definition: TypeDefinition,
  kind: Kind,
): definition is Extract<TypeDefinition, { kind: Kind }> {
  return definition.kind === kind;
}
