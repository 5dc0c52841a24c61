/** An Ethereum account (BIP-44): its extended public key tells every address m/44'/60'/account'/branch/index. */
import { HDKey } from "@scure/bip32";
import type { Json } from "../../domain/canonical.ts";
import type { AccountAddress, AccountKey, AccountPlan, AccountScheme, AddressRange } from "../adapter.ts";
import { addressOfPublicKey, checksumAddress } from "./address.ts";

export const ethereumAccounts: AccountScheme = { describe, addresses };

function describe(_plan: AccountPlan, { extendedPublicKey }: AccountKey): Readonly<Record<string, Json>> {
  return { extendedPublicKey };
}

function addresses(
  plan: AccountPlan,
  { extendedPublicKey }: AccountKey,
  { branch, from, count }: AddressRange,
): readonly AccountAddress[] {
  const node = HDKey.fromExtendedKey(extendedPublicKey).deriveChild(branch);
  return Array.from({ length: count }, (_, position) => {
    const index = from + position;
    const { publicKey } = node.deriveChild(index);
    if (publicKey === null) throw new Error("derived node has no public key");
    const path = `${plan.path}/${branch}/${index}`;
    return { index, path, publicKey, address: checksumAddress(addressOfPublicKey(publicKey)) };
  });
}
