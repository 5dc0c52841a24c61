/**
 * How a single key spends: P2PKH, P2SH-P2WPKH, P2WPKH, and P2TR by the key path without a script tree (BIP-86). The key's
 * purpose alone decides which; what an input says otherwise is refused.
 * @module
 */
import { equalBytes } from "../../domain/bytes.ts";
import { plainClaims, taprootClaims } from "./derivations.ts";
import type { Claim } from "./derivations.ts";
import { accountPublicKey, isFindable } from "./keys.ts";
import type { SpendingKey } from "./keys.ts";
import { inputRefused } from "./psbt.ts";
import type { PsbtInput, PsbtOutput } from "./psbt.ts";
import { hex, keyScript } from "./scripts.ts";
import type { Purpose } from "./names.ts";
import { SIGHASH_ALL, SIGHASH_DEFAULT, tapTweak } from "./sighash.ts";
import type { SignatureHasher } from "./sighash.ts";
import type { HashType, OwnInput, PlannedSignature, Spender, SpendingAccount } from "./spenders.ts";

/** Weight that a signature adds to its input (BIP-141). */
const SIGNATURE_WEIGHT: Readonly<Record<Purpose, number>> = {
  44: 4 * (1 + 72 + 1 + 33),
  49: 4 * 23 + 1 + 1 + 72 + 1 + 33,
  84: 1 + 1 + 72 + 1 + 33,
  86: 1 + 1 + 64,
};

/** The spender of the key's one script. */
export function singleKeySpender(key: SpendingKey): Spender {
  const { purpose } = key;
  return {
    script: key.script,
    address: key.address,
    account: accountOf(key),
    commitsToAllInputs: purpose === 86,
    signatureWeight: SIGNATURE_WEIGHT[purpose],
    segwit: purpose !== 44,
    check(input, position) {
      const hashType = hashTypeOf(input, position, key);
      checkScripts(input, position, key);
      return hashType;
    },
    plan: (input, hasher) => [plan(key, input, hasher)],
  };
}

function hashTypeOf({ sighashType }: PsbtInput, position: number, { purpose }: SpendingKey): HashType {
  if (sighashType === undefined) return purpose === 86 ? SIGHASH_DEFAULT : SIGHASH_ALL;
  if (sighashType === SIGHASH_ALL) return SIGHASH_ALL;
  if (sighashType === SIGHASH_DEFAULT && purpose === 86) return SIGHASH_DEFAULT;
  throw inputRefused(
    position,
    "asks for another sighash type than ALL, which would leave parts of it open to change; leave the type out",
  );
}

function checkScripts(input: PsbtInput, position: number, key: SpendingKey): void {
  if (input.witnessScript !== undefined)
    throw inputRefused(position, "has a witnessScript; the key has none, so leave it out");
  if (input.redeemScript !== undefined && !sameBytes(input.redeemScript, key.redeemScript)) {
    throw inputRefused(position, "has a redeemScript that is not the key's; leave it out");
  }
  if (input.tapMerkleRoot !== undefined || input.tapLeafScript !== undefined) {
    throw inputRefused(
      position,
      "has taproot script data; BIP-86 keys are spent by the key path without a script tree; leave it out",
    );
  }
  if (input.tapInternalKey !== undefined && !sameBytes(input.tapInternalKey, key.taproot?.internalKey)) {
    throw inputRefused(position, "has a tapInternalKey that is not the key's; leave it out");
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return b !== undefined && equalBytes(a, b);
}

function plan(key: SpendingKey, input: OwnInput, hasher: SignatureHasher): PlannedSignature {
  const { keyId, publicKey, taproot, purpose, redeemScript } = key;
  const { position, hashType } = input;
  if (taproot !== undefined) {
    const digest = hasher.taproot(position, hashType);
    const tweak = tapTweak(taproot.internalKey);
    return {
      keyId,
      payload: { scheme: "secp256k1.schnorr", digest, publicKey: taproot.outputKey, tweak },
      place: { position, field: "tapKeySig", hashType },
    };
  }
  // BIP-143: the script code of P2WPKH is the P2PKH script of the same key.
  const scriptCode = keyScript(publicKey, 44, key.network).script;
  const digest =
    purpose === 44
      ? hasher.legacy(position, scriptCode)
      : hasher.witnessV0(position, scriptCode, input.spent.amount);
  return {
    keyId,
    payload: { scheme: "secp256k1.ecdsa", digest, publicKey },
    place: {
      position,
      field: "partialSig",
      publicKey,
      ...(redeemScript === undefined ? {} : { redeemScript }),
    },
  };
}

/** The BIP-44 account of the key, or the key by itself where its path is not such a one. */
function accountOf(key: SpendingKey): SpendingAccount {
  const { account } = key;
  if (account === undefined) return { id: `script ${hex(key.script)}`, owns: () => false };
  return {
    id: `account ${key.purpose} ${account.xpub}`,
    owns: (output, script) => ownsOutput(output, script, key),
  };
}

function ownsOutput(output: PsbtOutput, script: Uint8Array, key: SpendingKey): boolean {
  const claim = claimedKey(output, key);
  if (claim === undefined || key.account === undefined) return false;
  const [branch, index] = claim.path.slice(key.account.path.length);
  if (branch === undefined || index === undefined) return false;
  const publicKey = accountPublicKey(key.account.node, branch, index);
  // Taproot fields hold x alone.
  const claimed = key.purpose === 86 ? publicKey.subarray(1) : publicKey;
  if (!equalBytes(claimed, claim.publicKey)) return false;
  return equalBytes(keyScript(publicKey, key.purpose, key.network).script, script);
}

/** The one derivation that the output claims, if it is in the key's account: branch 0 or 1, a findable index. */
function claimedKey(output: PsbtOutput, key: SpendingKey): Claim | undefined {
  const claims = key.purpose === 86 ? taprootClaims(output) : plainClaims(output);
  const [claim] = claims;
  const account = key.account?.path;
  // More than one key on a single-key output is false, or a search that the sender wants us to do.
  if (claim === undefined || claims.length !== 1 || account === undefined) return undefined;
  const inAccount = account.every((index, depth) => claim.path[depth] === index);
  const [branch = -1, index = -1, ...rest] = claim.path.slice(account.length);
  return inAccount && isFindable(branch, index) && rest.length === 0 ? claim : undefined;
}
