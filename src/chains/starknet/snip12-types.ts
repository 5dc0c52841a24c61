/**
 * SNIP-12 type declarations, revisions 0 and 1: read strictly, resolved completely, and printed as `encode_type`. What wallets
 * sign beyond the text of SNIP-12 is read as they do. Recursive types are refused: no implementation agrees on their hash.
 * @module
 */
import { invalid } from "../../domain/errors.ts";
import { starknetKeccak } from "./felts.ts";
import { isObject, pointer, readList, readObject } from "./members.ts";

export type Revision = "0" | "1";

const BASIC_TYPES = {
  "0": ["felt", "bool", "string", "selector"],
  "1": [
    "felt",
    "bool",
    "string",
    "selector",
    "u128",
    "i128",
    "ContractAddress",
    "ClassHash",
    "timestamp",
    "shortstring",
  ],
} as const satisfies Record<Revision, readonly string[]>;
export type BasicType = (typeof BASIC_TYPES)[Revision][number];

/** What one value is encoded by. */
export type ValueType =
  | { readonly kind: "basic"; readonly name: BasicType }
  | { readonly kind: "struct"; readonly name: string }
  | { readonly kind: "enum"; readonly name: string }
  | { readonly kind: "merkletree"; readonly leaf: ValueType }
  | { readonly kind: "array"; readonly item: ValueType };

/** One declared member, as it was written: `contains` only on `enum` and `merkletree`. */
export interface Declaration {
  readonly name: string;
  readonly type: string;
  readonly contains?: string;
}

export type TypeDefinition =
  | {
      readonly kind: "struct";
      readonly declarations: readonly Declaration[];
      readonly fields: readonly { readonly name: string; readonly type: ValueType }[];
    }
  | {
      readonly kind: "enum";
      readonly declarations: readonly Declaration[];
      readonly variants: readonly { readonly name: string; readonly parameters: readonly ValueType[] }[];
    };

export interface TypeSystem {
  readonly revision: Revision;
  /** The types that the document uses: user-defined ones and, in revision 1, presets. */
  readonly definitions: ReadonlyMap<string, TypeDefinition>;
  /** Those of them that are user-defined, as they were declared, in order. */
  readonly declared: ReadonlyMap<string, readonly Declaration[]>;
}

/** SNIP-12, "Type identification": structs that revision 1 defines itself. */
const PRESETS: ReadonlyMap<string, readonly Declaration[]> = new Map([
  [
    "u256",
    [
      { name: "low", type: "u128" },
      { name: "high", type: "u128" },
    ],
  ],
  [
    "TokenAmount",
    [
      { name: "token_address", type: "ContractAddress" },
      { name: "amount", type: "u256" },
    ],
  ],
  [
    "NftId",
    [
      { name: "collection_address", type: "ContractAddress" },
      { name: "token_id", type: "u256" },
    ],
  ],
]);

const TYPES_MAX = 64;
const MEMBERS_MAX = 64;
// Printable ASCII but the characters that encode_type punctuates with: revision 0 does not quote names, so one of
// these in a name would make two different type systems print, and hash, the same.
const NAME = /^[ !#-'+\--9;-[\]-~]{1,64}$/;

/**
 * Reads the `types` of a document, as far as `roots` (domain and primary type) refer to them: nothing signs the others.
 * @throws SignerError `transaction.invalid` naming the declaration that breaks a rule
 */
export function parseTypes(
  value: unknown,
  field: string,
  revision: Revision,
  roots: readonly string[],
): TypeSystem {
  const declared = parseDeclarations(value, field, revision);
  const presets = revision === "1" ? PRESETS : new Map<string, readonly Declaration[]>();
  const all = new Map([...presets, ...declared]);
  for (const root of roots) {
    if (!all.has(root))
      throw invalid(`${field}/${pointer(root)}`, "is required: the document uses this type");
  }
  const definitions = new Map<string, TypeDefinition>();
  for (const name of new Set(roots)) defineAll(name, definitions, field, revision, all);
  const reachable = new Set<string>();
  for (const root of roots) visit(root, definitions, [], reachable, field);
  const used = new Map([...declared].filter(([name]) => reachable.has(name)));
  return { revision, definitions, declared: used };
}

/** Adds `name` and whatever it refers to. */
function defineAll(
  name: string,
  definitions: Map<string, TypeDefinition>,
  field: string,
  revision: Revision,
  all: DeclaredTypes,
): void {
  const pending = [name];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const declarations = all.get(next);
    if (declarations === undefined || definitions.has(next)) continue;
    const definition = define(declarations, `${field}/${pointer(next)}`, revision, all);
    definitions.set(next, definition);
    pending.push(...references(definition, false));
  }
}

function parseDeclarations(
  value: unknown,
  field: string,
  revision: Revision,
): Map<string, readonly Declaration[]> {
  if (!isObject(value)) throw invalid(field, "must be an object of type declarations");
  const names = Object.keys(value);
  if (names.length > TYPES_MAX) throw invalid(field, `must have at most ${TYPES_MAX} types`);
  const declared = new Map<string, readonly Declaration[]>();
  for (const name of names) {
    const at = `${field}/${pointer(name)}`;
    requireName(name, at);
    if (isReserved(name, revision))
      throw invalid(at, `is the name of a type that SNIP-12 revision ${revision} defines; choose another`);
    const members = readList(value[name], at, MEMBERS_MAX).map((item, index) =>
      parseDeclaration(item, `${at}/${index}`, revision),
    );
    if (members.length === 0) throw invalid(at, "must have at least one member");
    if (new Set(members.map((member) => member.name)).size !== members.length)
      throw invalid(at, "names a member twice");
    declared.set(name, members);
  }
  return declared;
}

function isReserved(name: string, revision: Revision): boolean {
  if (isBasic(name, revision) || name === "merkletree") return true;
  return revision === "1" && (name === "enum" || PRESETS.has(name));
}

function isBasic(name: string, revision: Revision): name is BasicType {
  return BASIC_TYPES[revision].some((basic) => basic === name);
}

function parseDeclaration(value: unknown, field: string, revision: Revision): Declaration {
  const { name, type, contains } = readObject(value, field, ["name", "type"], ["contains"]);
  if (typeof name !== "string") throw invalid(`${field}/name`, "must be text");
  if (typeof type !== "string" || type.length > 512) throw invalid(`${field}/type`, "must be text of a type");
  requireName(name, `${field}/name`);
  const hasContents = type === "merkletree" || (type === "enum" && revision === "1");
  if (contains === undefined) {
    if (hasContents) throw invalid(`${field}/contains`, `is required for type ${type}`);
    return { name, type };
  }
  if (!hasContents)
    throw invalid(`${field}/contains`, "belongs to the types enum and merkletree only; leave it out");
  if (typeof contains !== "string") throw invalid(`${field}/contains`, "must be the name of a type");
  return { name, type, contains };
}

function requireName(name: string, field: string): void {
  if (name === "__proto__")
    throw invalid(field, "is a name that JSON libraries treat specially; choose another");
  if (!NAME.test(name))
    throw invalid(field, 'must be 1 to 64 printable ASCII characters other than " \\ ( ) , : *');
}

type DeclaredTypes = ReadonlyMap<string, readonly Declaration[]>;

/** All members in parentheses make an enum; none makes a struct; tuples exist nowhere else. */
function define(
  declarations: readonly Declaration[],
  field: string,
  revision: Revision,
  all: DeclaredTypes,
): TypeDefinition {
  if (isEnum(declarations) && revision === "1") {
    const variants = declarations.map((declaration, index) => ({
      name: declaration.name,
      parameters: tupleItems(declaration.type).map((type) =>
        resolve({ name: declaration.name, type }, `${field}/${index}/type`, revision, all),
      ),
    }));
    return { kind: "enum", declarations, variants };
  }
  const fields = declarations.map((declaration, index) => ({
    name: declaration.name,
    type: resolve(declaration, `${field}/${index}/type`, revision, all),
  }));
  return { kind: "struct", declarations, fields };
}

function isEnum(declarations: readonly Declaration[]): boolean {
  return declarations.every((declaration) => isTuple(declaration.type));
}

function isTuple(type: string): boolean {
  return type.startsWith("(") && type.endsWith(")");
}

function tupleItems(type: string): readonly string[] {
  const inner = type.slice(1, -1);
  return inner === "" ? [] : inner.split(",");
}

function resolve(declaration: Declaration, field: string, revision: Revision, all: DeclaredTypes): ValueType {
  const { type, contains } = declaration;
  if (isTuple(type))
    throw invalid(
      field,
      "is a tuple, which SNIP-12 defines only for the variants of an enum; declare a struct",
    );
  if (contains !== undefined) return resolveContents(type, contains, field, revision, all);
  if (type.endsWith("*")) {
    const item = resolve({ name: declaration.name, type: type.slice(0, -1) }, field, revision, all);
    if (item.kind === "enum" || item.kind === "merkletree")
      throw invalid(field, "must be a list of a basic type or a struct");
    // Deeper lists were asked in the same way already: looking through all of them would cost the square of the stars.
    if (item.kind === "array" && item.item.kind === "struct")
      throw invalid(
        field,
        "is a list of lists of structs, on whose type hash wallets do not agree; declare a struct that holds the inner list",
      );
    return { kind: "array", item };
  }
  if (isBasic(type, revision)) return { kind: "basic", name: type };
  const target = all.get(type);
  if (target === undefined) return undefinedType(type, field, revision);
  if (isEnum(target) && revision === "1")
    throw invalid(field, 'is an enum: write {"type": "enum", "contains": its name}');
  return { kind: "struct", name: type };
}

function resolveContents(
  type: string,
  contains: string,
  field: string,
  revision: Revision,
  all: DeclaredTypes,
): ValueType {
  const target = all.get(contains);
  if (type === "enum") {
    if (target === undefined) throw invalid(field, "enum contains a type that is not defined; declare it");
    if (!isEnum(target)) throw invalid(field, "enum must contain an enum type");
    return { kind: "enum", name: contains };
  }
  const leaf = resolve({ name: contains, type: contains }, field, revision, all);
  if (leaf.kind !== "basic" && leaf.kind !== "struct")
    throw invalid(field, "merkletree must contain a basic type or a struct");
  return { kind: "merkletree", leaf };
}

/** Revision 0 leaves open which types there are: wallets take one that they do not know for a felt. */
function undefinedType(type: string, field: string, revision: Revision): ValueType {
  if (revision === "1")
    throw invalid(field, "is not defined, and not a type of SNIP-12 revision 1; declare it");
  // The type's text is hashed without quotes.
  requireName(type, field);
  return { kind: "basic", name: "felt" };
}

function innermost(type: ValueType): ValueType {
  return type.kind === "array" ? innermost(type.item) : type;
}

/** Types that `definition` refers to directly; `forHash` leaves out Merkle leaves, which `encode_type` does not follow. */
function references(definition: TypeDefinition, forHash: boolean): readonly string[] {
  const types =
    definition.kind === "struct"
      ? definition.fields.map((field) => field.type)
      : definition.variants.flatMap((variant) => variant.parameters);
  return types.flatMap((type) => {
    const inner = innermost(type);
    if (inner.kind === "struct" || inner.kind === "enum") return [inner.name];
    return inner.kind === "merkletree" && inner.leaf.kind === "struct" && !forHash ? [inner.leaf.name] : [];
  });
}

function visit(
  name: string,
  definitions: ReadonlyMap<string, TypeDefinition>,
  path: readonly string[],
  seen: Set<string>,
  field: string,
): void {
  if (path.includes(name))
    throw invalid(
      `${field}/${pointer(name)}`,
      "refers to itself; recursive types are not signed; declare it without the recursion",
    );
  if (seen.has(name)) return;
  const definition = definitions.get(name);
  if (definition === undefined) return;
  for (const next of references(definition, false)) visit(next, definitions, [...path, name], seen, field);
  seen.add(name);
}

/** `encode_type`: the type itself, then everything it refers to sorted by name. Revision 1 quotes every name. */
function encodeType(system: TypeSystem, name: string): string {
  const found = new Set<string>();
  const collect = (next: string): void => {
    const definition = system.definitions.get(next);
    if (definition === undefined || found.has(next)) return;
    found.add(next);
    for (const reference of references(definition, true)) collect(reference);
  };
  collect(name);
  found.delete(name);
  return [name, ...[...found].toSorted()].map((typeName) => encodeDefinition(system, typeName)).join("");
}

function encodeDefinition(system: TypeSystem, name: string): string {
  const quote = (text: string): string => (system.revision === "1" ? `"${text}"` : text);
  const members = (system.definitions.get(name)?.declarations ?? []).map((declaration) => {
    const type = isTuple(declaration.type)
      ? `(${tupleItems(declaration.type).map(quote).join(",")})`
      : quote(declaration.type === "enum" ? (declaration.contains ?? declaration.type) : declaration.type);
    return `${quote(declaration.name)}:${type}`;
  });
  return `${quote(name)}(${members.join(",")})`;
}

/** `type_hash`: starknet_keccak of `encode_type`. */
export function typeHash(system: TypeSystem, name: string): bigint {
  return starknetKeccak(encodeType(system, name));
}
