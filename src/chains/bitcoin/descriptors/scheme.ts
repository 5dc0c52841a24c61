/** Registered descriptors as the administration asks of them: read, and their addresses. */
import type { AddressRange, DescriptorAddress, DescriptorFacts, DescriptorScheme } from "../../adapter.ts";
import { isNetwork, NETWORKS } from "../names.ts";
import type { Network } from "../names.ts";
import { SignerError } from "../../../domain/errors.ts";
import { descriptorChecksum, withChecksum } from "../descriptor-checksum.ts";
import { deriveOutput, readDescriptor } from "./descriptor.ts";
import type { Descriptor } from "./descriptor.ts";
import type { DescriptorKey } from "./keys.ts";

export const bitcoinDescriptors: DescriptorScheme = { read, describe, addresses };

function read(text: string, network: string): DescriptorFacts {
  return factsAbout(readDescriptor(text, networkNamed(network)));
}

function describe(text: string, network: string): DescriptorFacts {
  return factsAbout(storedDescriptor(text, networkNamed(network)));
}

function factsAbout(descriptor: Descriptor): DescriptorFacts {
  return {
    descriptor: descriptor.text,
    checksum: descriptorChecksum(descriptor.text) ?? "",
    type: descriptor.type,
    branches: descriptor.branches,
    keys: descriptor.keys.map(factsOf),
  };
}

function factsOf(key: DescriptorKey, position: number): DescriptorFacts["keys"][number] {
  const { origin } = key;
  return {
    name: `k${position}`,
    text: key.text,
    ...(key.kind === "extended" ? { xpub: key.xpub } : {}),
    ...(origin === undefined
      ? {}
      : { origin: { fingerprint: origin.fingerprint, path: pathText(origin.path) } }),
  };
}

function pathText(path: readonly number[]): string {
  const hardened = 0x80000000;
  const steps = path.map((step) => (step >= hardened ? `${step - hardened}'` : `${step}`));
  return ["m", ...steps].join("/");
}

function addresses(
  text: string,
  network: string,
  { branch, from, count }: AddressRange,
): readonly DescriptorAddress[] {
  const descriptor = storedDescriptor(text, networkNamed(network));
  if (branch >= descriptor.branches) {
    throw new SignerError(
      "request.malformed",
      "/branch: this descriptor has no branch of change of its own; ask for receive",
      {
        field: "/branch",
      },
    );
  }
  return Array.from({ length: count }, (_, position) => {
    const index = from + position;
    return { index, address: deriveOutput(descriptor, branch, index).address };
  });
}

const KNOWN_MAX = 256;
const known = new Map<string, Descriptor>();

/** A descriptor that was registered, without checksum. Reading one checks a point for each of its keys, so they are kept. */
export function storedDescriptor(text: string, network: Network): Descriptor {
  const name = `${network} ${text}`;
  const kept = known.get(name);
  if (kept !== undefined) return kept;
  const descriptor = readDescriptor(withChecksum(text), network);
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(name, descriptor);
  return descriptor;
}

function networkNamed(network: string): Network {
  if (isNetwork(network)) return network;
  throw new SignerError("request.malformed", `/network: must be one of ${NETWORKS.join(", ")}`, {
    field: "/network",
  });
}
