/**
 * Output descriptors that several keys share: wsh, sh(wsh) and tr with a tree, of multisig or miniscript (BIP-380 to 389).
 * Whatever a PSBT says of such an output, its scripts are derived here, from what was registered.
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { ripemd160 } from "@noble/hashes/legacy.js";
import { p2tr } from "@scure/btc-signer";
import type { TaprootScriptTree } from "@scure/btc-signer/payment.js";
import { OutScript } from "@scure/btc-signer/payment.js";
import { TaprootControlBlock } from "@scure/btc-signer/psbt.js";
import { descriptorChecksum } from "../descriptor-checksum.ts";
import type { Network } from "../names.ts";
import { addressOfScript, hex } from "../scripts.ts";
import { malformed, parseExpression } from "./expression.ts";
import type { Expression } from "./expression.ts";
import { deriveKey, readKey } from "./keys.ts";
import type { DerivedKey, DescriptorKey } from "./keys.ts";
import { keyOf, readScript, scriptOf } from "./script.ts";
import type { ScriptTemplate } from "./script.ts";

/** Signing and showing a tree costs each leaf. */
const LEAVES_MAX = 32;

type Tree = ScriptTemplate | readonly [Tree, Tree];

export interface Descriptor {
  readonly network: Network;
  readonly type: "wsh" | "sh(wsh)" | "tr";
  /** Without checksum, hardened steps marked by `'`. */
  readonly text: string;
  /** `k0` is the first of them in the scripts. */
  readonly keys: readonly DescriptorKey[];
  /** 1, or 2 where the second is change. */
  readonly branches: 1 | 2;
  /** Of wsh and sh(wsh). */
  readonly script?: ScriptTemplate;
  /** Of tr: name of the internal key, and the tree. */
  readonly taproot?: { readonly internal: string; readonly tree: Tree };
}

/**
 * Reads `descriptor#checksum`.
 * @throws SignerError `request.malformed` that says which rule is broken and repeats nothing
 */
export function readDescriptor(textWithChecksum: string, network: Network): Descriptor {
  const [text = "", checksum, ...more] = textWithChecksum.split("#");
  const outer = parseExpression(text);
  const keys = new KeyNames(network, outer.kind === "call" && outer.name === "tr");
  const shape = readOuter(outer, keys);
  assertChecksum(text, more.length > 0 ? "" : checksum);
  const read = { network, ...shape, text: textOf(outer, keys), keys: keys.all, branches: keys.branches() };
  assertDistinctKeys(read);
  return read;
}

/** One key under two names, by steps that meet or as the child of another, would sign for two. */
function assertDistinctKeys({ keys, branches, type }: Pick<Descriptor, "keys" | "branches" | "type">): void {
  for (let branch = 0; branch < branches; branch += 1) {
    const derived = keys.map((key) => {
      const { publicKey } = deriveKey(key, branch, 0);
      // Tapscript knows no parity.
      return hex(type === "tr" ? publicKey.subarray(1) : publicKey);
    });
    if (new Set(derived).size < derived.length) {
      throw malformed(
        `has one key twice: in branch ${branch} two of its keys give the same public key; write another key, or other steps`,
      );
    }
  }
}

function assertChecksum(text: string, checksum: string | undefined): void {
  const expected = descriptorChecksum(text);
  if (expected === undefined)
    throw malformed("has a character that no descriptor has; copy it again from where it was made");
  if (checksum === expected) return;
  throw malformed(
    checksum === undefined
      ? `lacks its checksum, which is #${expected} for what was sent; compare it with that of your ` +
          `other signers`
      : `has another checksum than the one of its text, so one of them was changed; copy it again ` +
          `from where it was made`,
  );
}

function readOuter(outer: Expression, keys: KeyNames): Pick<Descriptor, "type" | "script" | "taproot"> {
  if (outer.kind === "call" && outer.name === "tr")
    return { type: "tr", taproot: readTaproot(outer.args, keys) };
  const inner = only(outer, "sh");
  const script = only(inner ?? outer, "wsh");
  if (script === undefined) {
    throw malformed(
      "must be wsh(…), sh(wsh(…)) or tr(key,{…}); what a single key spends is an account and needs " +
        "no registration",
    );
  }
  const type = inner === undefined ? "wsh" : "sh(wsh)";
  return { type, script: readScript(script, false, (key) => keys.name(key)) };
}

/** The one argument of a function `name`. */
function only(expression: Expression, name: string): Expression | undefined {
  if (expression.kind !== "call" || expression.name !== name || expression.args.length !== 1)
    return undefined;
  return expression.args[0];
}

function readTaproot(args: readonly Expression[], keys: KeyNames): NonNullable<Descriptor["taproot"]> {
  const [internal, tree, ...more] = args;
  if (internal?.kind !== "word")
    throw malformed("has tr() without an internal key; write it first, as tr(key,{…})");
  if (tree === undefined || more.length > 0) {
    throw malformed(
      "has tr() without a tree: a single key is an account, needs no registration; or it has more than one",
    );
  }
  const name = keys.name(internal.text);
  const leaves = { count: 0 };
  return { internal: name, tree: readTree(tree, keys, leaves) };
}

function readTree(expression: Expression, keys: KeyNames, leaves: { count: number }): Tree {
  if (expression.kind === "branch") {
    return [readTree(expression.left, keys, leaves), readTree(expression.right, keys, leaves)];
  }
  leaves.count += 1;
  if (leaves.count > LEAVES_MAX) throw malformed(`has a tree with more than ${LEAVES_MAX} leaves`);
  return readScript(expression, true, (key) => keys.name(key));
}

/** Names of a descriptor's keys by what they are, so that one key written twice has one name. */
class KeyNames {
  readonly #network: Network;
  readonly #taproot: boolean;
  readonly #byIdentity = new Map<string, string>();
  readonly #byText = new Map<string, DescriptorKey>();
  readonly all: DescriptorKey[] = [];

  constructor(network: Network, taproot: boolean) {
    this.#network = network;
    this.#taproot = taproot;
  }

  name(text: string): string {
    const key = this.read(text);
    const identity = identityOf(key);
    const known = this.#byIdentity.get(identity);
    if (known !== undefined) return known;
    const name = `k${this.all.length}`;
    this.#byIdentity.set(identity, name);
    this.all.push(key);
    return name;
  }

  read(text: string): DescriptorKey {
    const key = this.#byText.get(text) ?? readKey(text, this.#network, this.#taproot);
    this.#byText.set(text, key);
    return key;
  }

  branches(): 1 | 2 {
    const counts = new Set(this.all.flatMap((key) => (key.kind === "extended" ? [key.branches.length] : [])));
    if (counts.size > 1) {
      throw malformed(
        "has keys with and without a multipath step <receive;change>; all extended keys need one, or none",
      );
    }
    return counts.has(2) ? 2 : 1;
  }
}

function identityOf(key: DescriptorKey): string {
  if (key.kind === "single") return Buffer.from(key.publicKey).toString("hex");
  return `${key.xpub} ${JSON.stringify(key.branches)}`;
}

function textOf(expression: Expression, keys: KeyNames): string {
  switch (expression.kind) {
    case "branch":
      return `{${textOf(expression.left, keys)},${textOf(expression.right, keys)}}`;
    case "call":
      return `${expression.name}(${expression.args.map((arg) => textOf(arg, keys)).join(",")})`;
    case "word":
      return isKey(expression.text) ? keys.read(expression.text).text : expression.text;
  }
}

/** Of the words that are not keys, only hashes can be as long. */
function isKey(text: string): boolean {
  return text.includes("pub") || text.startsWith("[");
}

/** A leaf that is spent by its script. */
export interface DerivedLeaf {
  readonly template: ScriptTemplate;
  readonly script: Uint8Array;
  /** 32 bytes (BIP-341). */
  readonly hash: Uint8Array;
  readonly controlBlock: Uint8Array;
}

/** The output at one index of one branch, with all that spending it needs. */
export interface DerivedOutput {
  readonly branch: number;
  readonly index: number;
  /** scriptPubKey. */
  readonly script: Uint8Array;
  readonly address: string;
  /** By name; in tapscript the x-only form of these is meant. */
  readonly keys: ReadonlyMap<string, DerivedKey>;
  readonly redeemScript?: Uint8Array;
  readonly witnessScript?: Uint8Array;
  readonly taproot?: {
    readonly internalKey: Uint8Array;
    readonly outputKey: Uint8Array;
    readonly merkleRoot: Uint8Array;
    readonly leaves: readonly DerivedLeaf[];
  };
}

export function deriveOutput(descriptor: Descriptor, branch: number, index: number): DerivedOutput {
  const keys = new Map(
    descriptor.keys.map((key, position) => [`k${position}`, deriveKey(key, branch, index)]),
  );
  const place = { branch, index, keys };
  const { network, script, taproot } = descriptor;
  if (taproot !== undefined) return { ...place, ...deriveTaproot(taproot, keys, network) };
  if (script === undefined) throw new Error("a descriptor has a script or a tree");
  const bytes = new Map([...keys].map(([name, { publicKey }]) => [name, publicKey]));
  const witnessScript = scriptOf(script, bytes);
  const program = OutScript.encode({ type: "wsh", hash: sha256(witnessScript) });
  if (descriptor.type === "wsh") return { ...place, ...addressed(program, network), witnessScript };
  const wrapped = OutScript.encode({ type: "sh", hash: ripemd160(sha256(program)) });
  return { ...place, ...addressed(wrapped, network), witnessScript, redeemScript: program };
}

function addressed(script: Uint8Array, network: Network): Pick<DerivedOutput, "script" | "address"> {
  const address = addressOfScript(script, network);
  if (address === undefined) throw new Error("a descriptor's output has an address");
  return { script, address };
}

function deriveTaproot(
  { internal, tree }: NonNullable<Descriptor["taproot"]>,
  keys: ReadonlyMap<string, DerivedKey>,
  network: Network,
): Pick<DerivedOutput, "script" | "address" | "taproot"> {
  const bytes = new Map([...keys].map(([name, { publicKey }]) => [name, publicKey.subarray(1)]));
  const templates: ScriptTemplate[] = [];
  const scripts = scriptTree(tree, bytes, templates);
  const internalKey = keyOf(bytes, internal);
  const payment = p2tr(internalKey, scripts, undefined, true);
  const leaves = payment.leaves.map(({ script, hash }, position) => {
    const template = templates[position];
    const [controlBlock] = payment.tapLeafScript?.[position] ?? [];
    if (template === undefined || controlBlock === undefined) throw new Error("a leaf lacks its parts");
    return { template, script, hash, controlBlock: TaprootControlBlock.encode(controlBlock) };
  });
  const { tweakedPubkey: outputKey, tapMerkleRoot: merkleRoot } = payment;
  return { ...addressed(payment.script, network), taproot: { internalKey, outputKey, merkleRoot, leaves } };
}

/** In the order in which the library walks the leaves: left first. */
function scriptTree(
  tree: Tree,
  keys: ReadonlyMap<string, Uint8Array>,
  templates: ScriptTemplate[],
): TaprootScriptTree {
  if (isLeaf(tree)) {
    templates.push(tree);
    return { script: scriptOf(tree, keys) };
  }
  const [left, right] = tree;
  return [scriptTree(left, keys, templates), scriptTree(right, keys, templates)];
}

function isLeaf(tree: Tree): tree is ScriptTemplate {
  return !Array.isArray(tree);
}
