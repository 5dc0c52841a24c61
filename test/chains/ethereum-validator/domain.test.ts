/** Signature domains and the networks' constants, against numbers that others published. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { genesisData, networksChainConfig } from "@lodestar/config/networks";
import { minimalChainConfig } from "@lodestar/config/configs";
import { DOMAIN, readForkInfo, versionAt, ZERO_ROOT } from "../../../src/chains/ethereum-validator/domain.ts";
import { computeDomain } from "../../../src/chains/ethereum-validator/signing-root.ts";
import { findNetwork, NETWORK_NAMES } from "../../../src/chains/ethereum-validator/networks.ts";
import { fromHex, toHex } from "../../../src/domain/bytes.ts";
import { MAINNET_GENESIS_ROOT } from "./duties.ts";

const bytes = (text: string) => fromHex(text) ?? assert.fail(text);

/** First 4 bytes of the ForkData root: what nodes of mainnet announce to each other as their fork digest. */
const MAINNET_FORK_DIGESTS: readonly (readonly [version: string, digest: string])[] = [
  ["0x00000000", "0xb5303f2a"],
  ["0x01000000", "0xafcaaba0"],
  ["0x02000000", "0x4a26c58b"],
  ["0x03000000", "0xbba4da96"],
  ["0x04000000", "0x6a95a1a9"],
  ["0x05000000", "0xad532ceb"],
];

describe("compute_domain", () => {
  for (const [version, digest] of MAINNET_FORK_DIGESTS) {
    test(`mainnet, fork version ${version}: ${digest} follows the domain type`, () => {
      const domain = computeDomain(DOMAIN.beaconAttester, bytes(version), bytes(MAINNET_GENESIS_ROOT));
      assert.equal(domain.length, 32);
      assert.equal(toHex(domain.subarray(0, 4)), "0x01000000");
      assert.equal(toHex(domain.subarray(4, 8)), digest);
    });
  }

  test("DOMAIN_DEPOSIT and DOMAIN_APPLICATION_BUILDER of mainnet", () => {
    const tail = "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a9";
    assert.equal(toHex(computeDomain(DOMAIN.deposit, new Uint8Array(4), ZERO_ROOT)), `0x03000000${tail}`);
    assert.equal(
      toHex(computeDomain(DOMAIN.applicationBuilder, new Uint8Array(4), ZERO_ROOT)),
      `0x00000001${tail}`,
    );
  });

  test("no two duties share a domain type", () => {
    const types = Object.values(DOMAIN).map(toHex);
    assert.equal(new Set(types).size, types.length);
  });
});

test("a client's fork.epoch of the slot that is signed gives the current version", () => {
  const fork = readForkInfo(
    {
      fork: { previous_version: "0x04000000", current_version: "0x05000000", epoch: "400000" },
      genesis_validators_root: MAINNET_GENESIS_ROOT,
    },
    "",
  );
  assert.equal(toHex(versionAt(fork, 400_000n)), "0x05000000");
  assert.equal(toHex(versionAt(fork, 399_999n)), "0x04000000");
});

describe("networks", () => {
  for (const name of NETWORK_NAMES) {
    const config =
      name === "minimal" ? minimalChainConfig : new Map(Object.entries(networksChainConfig)).get(name);
    test(
      `${name}: as Lodestar has it`,
      { skip: config === undefined && "closed; not in this Lodestar" },
      () => {
        assert.ok(config);
        const network = findNetwork(name);
        assert.deepEqual(
          network?.forkVersions,
          [
            config.GENESIS_FORK_VERSION,
            config.ALTAIR_FORK_VERSION,
            config.BELLATRIX_FORK_VERSION,
            config.CAPELLA_FORK_VERSION,
          ].map(toHex),
        );
        assert.equal(network?.chainId, String(config.DEPOSIT_CHAIN_ID));
        assert.equal(
          network?.genesisValidatorsRoot,
          new Map(Object.entries(genesisData)).get(name)?.genesisValidatorsRoot,
        );
      },
    );
  }

  test("slots of an epoch: 32, 16 on Gnosis chains, 8 on the minimal preset", () => {
    const slots = Object.fromEntries(NETWORK_NAMES.map((name) => [name, findNetwork(name)?.slotsPerEpoch]));
    assert.deepEqual(slots, {
      mainnet: 32n,
      hoodi: 32n,
      sepolia: 32n,
      holesky: 32n,
      gnosis: 16n,
      chiado: 16n,
      minimal: 8n,
    });
  });
});
