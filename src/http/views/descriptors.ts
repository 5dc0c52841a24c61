/** Registered descriptors as the API shows them. */
import type { Json } from "../../domain/canonical.ts";
import type { Descriptor, DescriptorAddress } from "../../administration/descriptors.ts";

export function descriptorJson({ registered, facts }: Descriptor): Json {
  const { id, walletId, name, network, ownKeys, receiveAddress, changeAddress, createdAt } = registered;
  const owned = new Map(ownKeys.map((ownKey) => [ownKey.name, ownKey.keyId]));
  return {
    id,
    walletId,
    name,
    network,
    type: facts.type,
    descriptor: `${facts.descriptor}#${facts.checksum}`,
    checksum: facts.checksum,
    keys: facts.keys.map((key) => ({ name: key.name, key: key.text, keyId: owned.get(key.name) ?? null })),
    firstAddresses: { receive: receiveAddress, change: changeAddress },
    createdAt,
  };
}

export function descriptorAddressJson({ index, branch, address }: DescriptorAddress): Json {
  return { index, branch, address };
}
