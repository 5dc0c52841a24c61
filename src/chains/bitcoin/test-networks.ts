/**
 * One private key on several test networks: wallets derive the same one for all of them, so it is one key here, which lists
 * its networks. A transaction names none of them: the request does, or it is the key's first.
 * @module
 */
import { invalid } from "../../domain/errors.ts";
import { networksOf, type KeyRecord } from "../../domain/keys.ts";
import type { SignRequest } from "../adapter.ts";

/**
 * The key as it is on the network that the request names, with that network's address; as it is where it names none.
 * @throws SignerError `transaction.invalid` for a network that the key does not list
 */
export function keyOnNetwork(key: KeyRecord, { network }: SignRequest): KeyRecord {
  if (network === undefined || network === key.attributes["network"]) return key;
  const networks = networksOf(key);
  const address =
    typeof network === "string" && Object.hasOwn(networks, network) ? networks[network] : undefined;
  if (address === undefined || typeof network !== "string") {
    throw invalid("/network", `must be a network of this key: ${Object.keys(networks).join(", ")}`);
  }
  return { ...key, address, attributes: { ...key.attributes, network } };
}
