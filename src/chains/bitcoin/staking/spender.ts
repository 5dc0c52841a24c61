/**
 * Spends of Babylon stakes by the staker's key. The input shows one leaf under Babylon's unspendable key, and its staker is our
 * key. Every other taproot script stays somebody else's.
 * @module
 */
import { equalBytes } from "../../../domain/bytes.ts";
import { assertLeafSignatures } from "../descriptors/cosigners.ts";
import type { Spending } from "../inputs.ts";
import type { SpendingKey } from "../keys.ts";
import { inputRefused } from "../psbt.ts";
import type { PsbtInput } from "../psbt.ts";
import { addressOfScript, hex, keyScript } from "../scripts.ts";
import { PURPOSES } from "../names.ts";
import { SIGHASH_ALL, SIGHASH_DEFAULT, tapLeafHash } from "../sighash.ts";
import type { HashType, Spender } from "../spenders.ts";
import { readStakingLeaf, stakingJson, UNSPENDABLE_KEY } from "./leaf.ts";
import type { StakingLeaf } from "./leaf.ts";
import { TaprootControlBlock } from "@scure/btc-signer/psbt.js";

const TAPSCRIPT = 0xc0;
const SCHNORR_ITEM = 1 + 64;

interface ShownLeaf extends StakingLeaf {
  readonly hash: Uint8Array;
  readonly controlBlock: Uint8Array;
}

/** The leaf that the input shows; undefined where it shows none of Babylon's, or several. The library has checked its path. */
function shownLeaf({ tapLeafScript = [] }: PsbtInput): ShownLeaf | undefined {
  const [row, another] = tapLeafScript;
  if (row === undefined || another !== undefined) return undefined;
  const [controlBlock, scriptAndVersion] = row;
  if (scriptAndVersion.at(-1) !== TAPSCRIPT || !equalBytes(controlBlock.internalKey, UNSPENDABLE_KEY))
    return undefined;
  const leaf = readStakingLeaf(scriptAndVersion.slice(0, -1));
  if (leaf === undefined) return undefined;
  return { ...leaf, hash: tapLeafHash(leaf.script), controlBlock: TaprootControlBlock.encode(controlBlock) };
}

/** Hex of the stakers' x-only keys in the inputs' leaves. */
export function stakersIn(spendings: readonly Spending[]): ReadonlySet<string> {
  return new Set(
    spendings.flatMap(({ input }) => {
      const leaf = shownLeaf(input);
      return leaf === undefined ? [] : [hex(leaf.stakerKey)];
    }),
  );
}

/** Every script under which a wallet may have the key with this x-only form. */
export function scriptsOfStaker(stakerKey: string): readonly Uint8Array[] {
  return ["02", "03"].flatMap((parity) => {
    const publicKey = new Uint8Array(Buffer.from(parity + stakerKey, "hex"));
    try {
      return PURPOSES.map((purpose) => keyScript(publicKey, purpose, "mainnet").script);
    } catch {
      return [];
    }
  });
}

/** One for each staked script whose staker is one of the keys. */
export function stakingSpenders(
  keys: readonly SpendingKey[],
  spendings: readonly Spending[],
): readonly Spender[] {
  const spenders = new Map<string, Spender>();
  for (const { input, spent } of spendings) {
    const leaf = shownLeaf(input);
    const key = leaf && keys.find(({ publicKey }) => equalBytes(publicKey.subarray(1), leaf.stakerKey));
    if (leaf !== undefined && key !== undefined)
      spenders.set(hex(spent.script), spenderOf(key, leaf, spent.script));
  }
  return [...spenders.values()];
}

function spenderOf(key: SpendingKey, first: ShownLeaf, script: Uint8Array): Spender {
  const xOnly = key.publicKey.slice(1);
  const leafOf = (input: PsbtInput, position: number): ShownLeaf => {
    const leaf = shownLeaf(input);
    if (leaf !== undefined && equalBytes(leaf.stakerKey, xOnly)) return leaf;
    throw inputRefused(position, "spends a stake and must show the one leaf that is signed (tapLeafScript)");
  };
  return {
    script,
    address: addressOfScript(script, key.network) ?? "",
    account: { id: `stake ${hex(script)}`, owns: () => false },
    cosigned: true,
    commitsToAllInputs: true,
    signatureWeight: 1 + SCHNORR_ITEM + first.script.length + first.controlBlock.length,
    segwit: true,
    describe: (input) => ({ babylon: stakingJson(leafOf(input, 0)) }),
    check(input, position) {
      leafOf(input, position);
      assertNoOtherSignature(input, position);
      return hashTypeOf(input, position);
    },
    plan({ input, position, hashType }, hasher) {
      const leaf = leafOf(input, position);
      assertLeafSignatures({ position, input }, hasher, [leaf], new Set([hex(xOnly)]));
      const { hash: leafHash, controlBlock } = leaf;
      return [
        {
          keyId: key.keyId,
          payload: {
            scheme: "secp256k1.schnorr",
            digest: hasher.taproot(position, hashType, leafHash),
            publicKey: xOnly,
          },
          place: {
            position,
            field: "tapScriptSig",
            publicKey: xOnly,
            leafHash,
            script: leaf.script,
            controlBlock,
            hashType,
          },
        },
      ];
    },
    complete({ input, position, sequence }) {
      const { miniscript, keys, script: leafScript, hash, controlBlock } = leafOf(input, position);
      const leaf = { hash, controlBlock };
      return {
        position,
        sequence,
        scripts: [{ tapscript: true, miniscript, keys, script: leafScript, leaf }],
      };
    },
  };
}

/** Fields that look like a way to spend it, and are not: its key path has no key, and its leaves take tapScriptSig alone. */
function assertNoOtherSignature(input: PsbtInput, position: number): void {
  for (const name of ["tapKeySig", "partialSig", "finalScriptSig", "finalScriptWitness"] as const) {
    if (input[name] === undefined) continue;
    throw inputRefused(
      position,
      `spends a stake and has ${name}; send it with signatures of the leaf only (tapScriptSig)`,
    );
  }
}

function hashTypeOf({ sighashType }: PsbtInput, position: number): HashType {
  if (sighashType === undefined || sighashType === SIGHASH_DEFAULT) return SIGHASH_DEFAULT;
  if (sighashType === SIGHASH_ALL) return SIGHASH_ALL;
  throw inputRefused(
    position,
    "asks for another sighash type than ALL, which would leave parts of it open to change; leave the type out",
  );
}
