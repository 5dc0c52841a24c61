/**
 * A Bitcoin account as wallets exchange it: extended public key, output descriptors (BIP-380 to 389), addresses. All of it
 * follows from the public account node; with one private key below it, so does every other private key.
 * @module
 */
import { HDKey } from "@scure/bip32";
import type { Json } from "../../domain/canonical.ts";
import { SignerError } from "../../domain/errors.ts";
import type { AccountAddress, AccountKey, AccountPlan, AccountScheme, AddressRange } from "../adapter.ts";
import { withChecksum } from "./descriptor-checksum.ts";
import { isNetwork, isPurpose } from "./names.ts";
import type { Network, Purpose } from "./names.ts";
import { keyScript } from "./scripts.ts";

/** BIP-32 version bytes of every test network (`tpub`). */
export const TEST_VERSIONS = { private: 0x04358394, public: 0x043587cf } as const;

export const bitcoinAccounts: AccountScheme = { describe, addresses };

/**
 * `extendedPublicKey` with the network's version bytes; `keyExpression`, which is how a descriptor names the account; and,
 * but for BIP-48 accounts, which are one key of several, `descriptors` of what is received and of change, each with its
 * checksum, and `both` as one multipath descriptor (BIP-389).
 */
function describe(plan: AccountPlan, key: AccountKey): Readonly<Record<string, Json>> {
  const { purpose } = plan;
  const extendedPublicKey = forNetwork(key.extendedPublicKey, networkOf(plan));
  const keyExpression = `[${key.masterFingerprint}${plan.path.slice(1)}]${extendedPublicKey}`;
  if (!isPurpose(purpose)) return { extendedPublicKey, keyExpression };
  const descriptor = (steps: string): string =>
    withChecksum(singleKeyDescriptor(purpose, `${keyExpression}/${steps}`));
  return {
    extendedPublicKey,
    keyExpression,
    descriptors: { receive: descriptor("0/*"), change: descriptor("1/*"), both: descriptor("<0;1>/*") },
  };
}

function singleKeyDescriptor(purpose: Purpose, key: string): string {
  switch (purpose) {
    case 44:
      return `pkh(${key})`;
    case 49:
      return `sh(wpkh(${key}))`;
    case 84:
      return `wpkh(${key})`;
    case 86:
      return `tr(${key})`;
  }
}

function addresses(
  plan: AccountPlan,
  key: AccountKey,
  { branch, from, count }: AddressRange,
): readonly AccountAddress[] {
  const { purpose } = plan;
  const network = networkOf(plan);
  if (!isPurpose(purpose)) {
    throw new SignerError(
      "request.malformed",
      "account: a BIP-48 account is one key of several and has no address of its own; ask for those of the descriptor",
      { field: "account" },
    );
  }
  const node = HDKey.fromExtendedKey(key.extendedPublicKey).deriveChild(branch);
  return Array.from({ length: count }, (_, position) => {
    const index = from + position;
    const { publicKey } = node.deriveChild(index);
    if (publicKey === null) throw new Error("derived node has no public key");
    const { address } = keyScript(publicKey, purpose, network);
    return { index, path: `${plan.path}/${branch}/${index}`, publicKey, address };
  });
}

/** The same node with the version bytes of `network`. */
function forNetwork(extendedPublicKey: string, network: Network): string {
  if (network === "mainnet") return extendedPublicKey;
  const { publicKey, chainCode, depth, index, parentFingerprint } = HDKey.fromExtendedKey(extendedPublicKey);
  if (publicKey === null || chainCode === null) throw new Error("node has no public key");
  return new HDKey({ versions: TEST_VERSIONS, publicKey, chainCode, depth, index, parentFingerprint })
    .publicExtendedKey;
}

function networkOf({ network }: AccountPlan): Network {
  if (!isNetwork(network)) throw new Error("a Bitcoin account has a network");
  return network;
}
