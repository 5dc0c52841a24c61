/**
 * How an output of a registered descriptor is spent: with every key of the wallet in it, beside what the other signers have put
 * into the PSBT. Their signatures are verified before ours are made; what contradicts the descriptor is refused.
 * @module
 */
import { equalBytes } from "../../../domain/bytes.ts";
import { inputRefused } from "../psbt.ts";
import type { PsbtInput } from "../psbt.ts";
import { hex } from "../scripts.ts";
import { SIGHASH_ALL, SIGHASH_DEFAULT, tapTweak } from "../sighash.ts";
import type { SignatureHasher } from "../sighash.ts";
import type { HashType, OwnInput, PlannedSignature, SignaturePlace, Spender } from "../spenders.ts";
import { assertCosigned } from "./cosigners.ts";
import type { DerivedLeaf, DerivedOutput } from "./descriptor.ts";
import type { DerivedKey } from "./keys.ts";
import type { OwnDescriptor, OwnDescriptors } from "./registered.ts";
import type { SpendableScript } from "./satisfy.ts";
import { miniscriptOf } from "./script.ts";
import type { ScriptTemplate } from "./script.ts";
import type { KeyId } from "../../../domain/kinds.ts";

const ECDSA_ITEM = 1 + 72;
const SCHNORR_ITEM = 1 + 64;

/** One of the wallet's keys in the output. */
interface OwnKey extends DerivedKey {
  readonly name: string;
  readonly keyId: KeyId;
}

export function descriptorSpender(
  own: OwnDescriptor,
  output: DerivedOutput,
  registered: OwnDescriptors,
): Spender {
  const ownKeys = ownKeysOf(own, output);
  return {
    script: output.script,
    address: output.address,
    account: {
      id: `descriptor ${own.id}`,
      owns: (fields, script) => registered.find(own, fields, script) !== undefined,
    },
    cosigned: true,
    descriptorId: own.id,
    describe: () => ({ descriptor: own.id }),
    commitsToAllInputs: output.taproot !== undefined,
    signatureWeight: weightOf(output, ownKeys),
    segwit: true,
    check(input, position) {
      const hashType = hashTypeOf(input, position, output);
      assertNotFinal(input, position);
      assertScripts(input, position, output);
      return hashType;
    },
    plan(input, hasher) {
      assertCosigned(input, hasher, output, new Set(ownKeys.map(({ publicKey }) => hex(publicKey))));
      return planKeys(input, hasher, output, ownKeys);
    },
    complete: ({ position, sequence }) => ({
      position,
      sequence,
      ...(output.redeemScript === undefined ? {} : { redeemScript: output.redeemScript }),
      scripts: spendableScripts(own, output),
    }),
  };
}

function ownKeysOf({ keyIds }: OwnDescriptor, { keys }: DerivedOutput): readonly OwnKey[] {
  return [...keyIds].map(([name, keyId]) => {
    const key = keys.get(name);
    if (key === undefined) throw new Error("a descriptor lacks a key that it was registered with");
    return { ...key, name, keyId };
  });
}

function hashTypeOf({ sighashType }: PsbtInput, position: number, { taproot }: DerivedOutput): HashType {
  if (sighashType === undefined) return taproot === undefined ? SIGHASH_ALL : SIGHASH_DEFAULT;
  if (sighashType === SIGHASH_ALL) return SIGHASH_ALL;
  if (sighashType === SIGHASH_DEFAULT && taproot !== undefined) return SIGHASH_DEFAULT;
  throw inputRefused(
    position,
    "asks for another sighash type than ALL, which would leave parts of it open to change; leave the type out",
  );
}

function assertNotFinal(input: PsbtInput, position: number): void {
  if (input.finalScriptSig === undefined && input.finalScriptWitness === undefined) return;
  throw inputRefused(position, "is final already; send it with partial signatures only");
}

/** Fields that are left out contradict nothing: the descriptor says the same. */
function assertScripts(input: PsbtInput, position: number, output: DerivedOutput): void {
  const pairs = [
    ["witnessScript", input.witnessScript, output.witnessScript],
    ["redeemScript", input.redeemScript, output.redeemScript],
    ["tapInternalKey", input.tapInternalKey, output.taproot?.internalKey],
    ["tapMerkleRoot", input.tapMerkleRoot, output.taproot?.merkleRoot],
  ] as const;
  for (const [name, stated, derived] of pairs) {
    if (stated === undefined || (derived !== undefined && equalBytes(stated, derived))) continue;
    throw inputRefused(position, `has a ${name} that is not the registered descriptor's; leave it out`);
  }
  const leaves = new Set(output.taproot?.leaves.map(({ script }) => hex(script)));
  for (const [, scriptAndVersion] of input.tapLeafScript ?? []) {
    // The library has checked that the control block leads to the output's key.
    if (leaves.has(hex(scriptAndVersion.subarray(0, -1)))) continue;
    throw inputRefused(position, "has a tapLeafScript that is not the registered descriptor's; leave it out");
  }
}

function planKeys(
  input: OwnInput,
  hasher: SignatureHasher,
  output: DerivedOutput,
  ownKeys: readonly OwnKey[],
): readonly PlannedSignature[] {
  const { taproot, witnessScript } = output;
  if (taproot === undefined) {
    if (witnessScript === undefined) throw new Error("an output of P2WSH has a witness script");
    return ownKeys.map((key) => planEcdsa(key, input, hasher, { ...output, witnessScript }));
  }
  // The key path needs nobody else.
  const internal = ownKeys.find(({ publicKey }) => equalBytes(publicKey.subarray(1), taproot.internalKey));
  if (internal !== undefined) return [planKeyPath(internal, input, hasher, taproot)];
  return taproot.leaves.flatMap((leaf) =>
    ownKeys
      .filter(({ name }) => leaf.template.names.includes(name))
      .map((key) => planLeaf(key, input, hasher, leaf)),
  );
}

function planEcdsa(
  { keyId, publicKey, childTweak }: OwnKey,
  { position, spent }: OwnInput,
  hasher: SignatureHasher,
  { witnessScript, redeemScript }: DerivedOutput & { readonly witnessScript: Uint8Array },
): PlannedSignature {
  const digest = hasher.witnessV0(position, witnessScript, spent.amount);
  return {
    keyId,
    payload: {
      scheme: "secp256k1.ecdsa",
      digest,
      publicKey,
      ...(childTweak === undefined ? {} : { childTweak }),
    },
    place: {
      position,
      field: "partialSig",
      publicKey,
      witnessScript,
      ...(redeemScript === undefined ? {} : { redeemScript }),
    },
  };
}

function planKeyPath(
  { keyId, childTweak }: OwnKey,
  { position, hashType }: OwnInput,
  hasher: SignatureHasher,
  { internalKey, outputKey, merkleRoot }: NonNullable<DerivedOutput["taproot"]>,
): PlannedSignature {
  const place: SignaturePlace = { position, field: "tapKeySig", hashType };
  const payload = {
    scheme: "secp256k1.schnorr",
    digest: hasher.taproot(position, hashType),
    publicKey: outputKey,
    tweak: tapTweak(internalKey, merkleRoot),
    ...(childTweak === undefined ? {} : { childTweak }),
  } as const;
  return { keyId, payload, place };
}

function planLeaf(
  { keyId, publicKey, childTweak }: OwnKey,
  { position, hashType }: OwnInput,
  hasher: SignatureHasher,
  leaf: DerivedLeaf,
): PlannedSignature {
  const xOnly = publicKey.slice(1);
  const { script, controlBlock } = leaf;
  const payload = {
    scheme: "secp256k1.schnorr",
    digest: hasher.taproot(position, hashType, leaf.hash),
    publicKey: xOnly,
    ...(childTweak === undefined ? {} : { childTweak }),
  } as const;
  const place: SignaturePlace = {
    position,
    field: "tapScriptSig",
    publicKey: xOnly,
    leafHash: leaf.hash,
    script,
    controlBlock,
    hashType,
  };
  return { keyId, payload, place };
}

function spendableScripts({ descriptor }: OwnDescriptor, output: DerivedOutput): readonly SpendableScript[] {
  const { taproot, witnessScript, keys } = output;
  if (taproot === undefined) {
    if (descriptor.script === undefined || witnessScript === undefined) throw new Error("P2WSH has a script");
    return [spendable(descriptor.script, witnessScript, keys)];
  }
  return taproot.leaves.map(({ template, script, hash, controlBlock }) => {
    return { ...spendable(template, script, keys), leaf: { hash, controlBlock } };
  });
}

function spendable(
  template: ScriptTemplate,
  script: Uint8Array,
  keys: ReadonlyMap<string, DerivedKey>,
): SpendableScript {
  const { tapscript } = template;
  const bytes = new Map(
    [...keys].map(([name, { publicKey }]) => [name, tapscript ? publicKey.slice(1) : publicKey]),
  );
  return { tapscript, miniscript: miniscriptOf(template, bytes), keys: [...bytes], script };
}

/** At least: a script may take more than its fewest signatures, and the fee rate must not be taken for lower than it is. */
function weightOf(output: DerivedOutput, ownKeys: readonly OwnKey[]): number {
  const { taproot, witnessScript, redeemScript } = output;
  const wrapped = redeemScript === undefined ? 0 : 4 * (1 + redeemScript.length);
  if (taproot === undefined) return wrapped + 1 + ECDSA_ITEM + (witnessScript?.length ?? 0);
  if (ownKeys.some(({ publicKey }) => equalBytes(publicKey.subarray(1), taproot.internalKey)))
    return 1 + SCHNORR_ITEM;
  return Math.min(
    ...taproot.leaves.map(
      ({ script, controlBlock }) => 1 + SCHNORR_ITEM + script.length + controlBlock.length,
    ),
  );
}
