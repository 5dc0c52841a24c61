/** A network of the operator's own in a running service: its name and facts stay with the data directory. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { chainConfigToJson } from "@lodestar/config";
import { minimalChainConfig } from "@lodestar/config/configs";
import { networksChainConfig } from "@lodestar/config/networks";
import { findNetwork } from "../../src/chains/ethereum-validator/networks.ts";
import { configuredNetwork } from "../../src/config/network.ts";
import { loadConfig } from "../../src/config/config.ts";
import { pinNetwork } from "../../src/administration/network-pin.ts";
import { ConfigError } from "../../src/config/error.ts";
import { SignerError } from "../../src/domain/errors.ts";
import type { GuardedChain } from "../../src/domain/guard.ts";
import { dutyBody } from "../chains/ethereum-validator/duties.ts";
import { DEVNET_ROOT, DEVNET_YAML } from "../chains/ethereum-validator/network.ts";
import { exitObject, signingRoot } from "../chains/ethereum-validator/expected.ts";
import { RunningService } from "../running/service.ts";
import { assertSigned, signDuty, validatorKeys } from "../running/validators.ts";

const directory = mkdtempSync(join(tmpdir(), "claviger-network-"));
const dataDirectory = join(directory, "data");
const file = written("config.yaml", DEVNET_YAML);
after(() => rmSync(directory, { recursive: true, force: true }));

function written(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

const UNPINNED: GuardedChain = {
  genesisValidatorsRoot: null,
  mode: "complete",
  unknownHistory: "accept",
  floorSlot: null,
  floorEpoch: null,
  slotBound: null,
  epochBound: null,
  network: null,
};

type Environment = Readonly<Record<string, string>>;
const DEVNET: Environment = {
  CLAVIGER_VALIDATORS__NETWORK_FILE: file,
  CLAVIGER_VALIDATORS__GENESIS_VALIDATORS_ROOT: DEVNET_ROOT,
};

describe("validators' network: a pin that is damaged", () => {
  const PINNED = {
    name: "devnet",
    chainId: "1",
    forkVersions: ["0x10000000", "0x20000000", "0x30000000", "0x40000000"],
    slotsPerEpoch: "32",
    preset: "mainnet",
  };
  const rows: readonly (readonly [string, string, RegExp])[] = [
    ["no JSON", "{", /^ledger: network of slashing_chain 1 is not JSON; /],
    ["no object", "[]", /^ledger: network of slashing_chain 1 is not an object; /],
    ["no name", damaged({ name: 1 }), /network\/name of slashing_chain 1 is not a text; /],
    [
      "a version too few",
      damaged({ forkVersions: ["0x10000000"] }),
      /network\/forkVersions of .* is not a text; /,
    ],
    ["no number", damaged({ slotsPerEpoch: "many" }), /network\/slotsPerEpoch of .* is not a whole number/],
    [
      "an unknown preset",
      damaged({ preset: "gnosis" }),
      /network\/preset of .* is not one of mainnet, minimal; /,
    ],
  ];
  function damaged(members: Readonly<Record<string, unknown>>): string {
    return JSON.stringify({ ...PINNED, ...members });
  }
  for (const [name, network, message] of rows) {
    test(name, async () => {
      const ledger = {
        readSlashingChain: async () => ({ ...UNPINNED, network }),
        pinSlashingChain: async () => assert.fail("nothing is pinned"),
      };
      await assert.rejects(
        pinNetwork(ledger, SYSTEM, { customNetwork: null, genesisValidatorsRoot: null }),
        (error: unknown) => {
          assert.ok(error instanceof SignerError, String(error));
          assert.equal(error.code, "service.internal");
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }
});

const SYSTEM = { namespace: "default", principal: "system", tokenVersion: null } as const;

describe("validators' network: refused configurations", () => {
  const MAINNET_ROOT = "0x4b363db94e286120d76eb905340fdd4e54bfe9f06bf33ff6cf5ad27f511bfe95";
  const rows: readonly (readonly [string, Environment, RegExp])[] = [
    [
      "an unknown name",
      { CLAVIGER_VALIDATORS__NETWORK: "goerli" },
      /^validators\.network: must be one of mainnet, .*; validators\.networkFile is for others$/,
    ],
    [
      "a root of another length",
      { CLAVIGER_VALIDATORS__GENESIS_VALIDATORS_ROOT: "0x12" },
      /^validators\.genesisValidatorsRoot: must be 32 bytes of 0x-hex$/,
    ],
    [
      "a known network with another one's root",
      { CLAVIGER_VALIDATORS__NETWORK: "hoodi", CLAVIGER_VALIDATORS__GENESIS_VALIDATORS_ROOT: MAINNET_ROOT },
      /^validators\.genesisValidatorsRoot: hoodi has 0x212f13fc/,
    ],
    [
      "a file that is not there",
      { ...DEVNET, CLAVIGER_VALIDATORS__NETWORK_FILE: join(directory, "absent.yaml") },
      /absent\.yaml: no such/,
    ],
    [
      "a file that is no map",
      { ...DEVNET, CLAVIGER_VALIDATORS__NETWORK_FILE: written("list.yaml", "- 1") },
      /list\.yaml: must be a map/,
    ],
    [
      "a file with a field that comes twice",
      {
        ...DEVNET,
        CLAVIGER_VALIDATORS__NETWORK_FILE: written("twice.yaml", `${DEVNET_YAML}CONFIG_NAME: other\n`),
      },
      /twice\.yaml, line \d+: cannot be read/,
    ],
    [
      "a file without a root",
      { CLAVIGER_VALIDATORS__NETWORK_FILE: file },
      /config\.yaml: validators\.genesisValidatorsRoot: is missing/,
    ],
    [
      "a file with a bad field",
      {
        ...DEVNET,
        CLAVIGER_VALIDATORS__NETWORK_FILE: written("bad.yaml", DEVNET_YAML.replace("0x40000038", "0x4000")),
      },
      /^validators\.networkFile: .*bad\.yaml: CAPELLA_FORK_VERSION: must be 4 bytes of 0x-hex$/,
    ],
    [
      "a file and another network's name",
      { ...DEVNET, CLAVIGER_VALIDATORS__NETWORK: "hoodi" },
      /^validators\.network: is hoodi, but CONFIG_NAME in .*config\.yaml is devnet-7/,
    ],
  ];
  for (const [name, environment, message] of rows) {
    test(name, () => {
      assert.throws(
        () => configuredNetwork(loadConfig({ file: undefined, preset: "test", environment })),
        (error: unknown) => {
          assert.ok(error instanceof ConfigError, String(error));
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }

  test("a known network's own file is that network; the minimal preset's is one of the operator's own", () => {
    const configured = (name: "hoodi" | "minimal", root: string) => {
      const config = name === "hoodi" ? networksChainConfig.hoodi : minimalChainConfig;
      const yaml = Object.entries(chainConfigToJson(config)).map(([field, value]) =>
        typeof value === "string" ? `${field}: "${value}"\n` : "",
      );
      const environment = {
        CLAVIGER_VALIDATORS__NETWORK_FILE: written(`${name}.yaml`, yaml.join("")),
        CLAVIGER_VALIDATORS__GENESIS_VALIDATORS_ROOT: root,
      };
      return configuredNetwork(loadConfig({ file: undefined, preset: "test", environment }));
    };
    const hoodi = configured("hoodi", findNetwork("hoodi")?.genesisValidatorsRoot ?? "");
    assert.deepEqual(hoodi.network, findNetwork("hoodi"));
    assert.equal(hoodi.customNetwork, null);
    const minimal = configured("minimal", DEVNET_ROOT);
    assert.deepEqual(minimal.customNetwork, {
      ...findNetwork("minimal"),
      genesisValidatorsRoot: DEVNET_ROOT,
    });
  });

  test("nothing configured is mainnet, and a root alone is taken as it is", () => {
    const configured = (environment: Environment) =>
      configuredNetwork(loadConfig({ file: undefined, preset: "test", environment }));
    assert.equal(configured({}).network.name, "mainnet");
    assert.equal(configured({}).genesisValidatorsRoot, null);
    const { CLAVIGER_VALIDATORS__NETWORK_FILE: _, ...root } = DEVNET;
    assert.equal(configured(root).genesisValidatorsRoot?.length, 32);
    assert.equal(
      configured({ ...DEVNET, CLAVIGER_VALIDATORS__NETWORK: "devnet-7" }).network.name,
      "devnet-7",
    );
  });
});

describe("validators' network: a directory with one of the operator's own", () => {
  let service: RunningService;
  let key: string;
  const exit = {
    type: "VOLUNTARY_EXIT",
    fork_info: {
      fork: { previous_version: "0x60000038", current_version: "0x70000038", epoch: "10" },
      genesis_validators_root: DEVNET_ROOT,
    },
    voluntary_exit: { epoch: "20", validator_index: "3" },
  };
  const start = (environment: Environment) => RunningService.start({ dataDirectory, environment });

  before(async () => {
    service = await start(DEVNET);
    [key = ""] = await validatorKeys(service, 1);
  });
  after(() => service.stop());

  test("new keys have it", async () => {
    const [made] = (await service.call("GET", "/v1/keys")).body.items.filter(
      (item: any) => item.publicKey === key,
    );
    assert.equal(made.network, "devnet-7");
  });

  test("a whole block, which the decoder thread hashes, is signed", async () => {
    const block = { ...dutyBody("BLOCK_V2 PHASE0"), fork_info: exit.fork_info };
    const reply = await signDuty(service, key, block);
    assert.equal(reply.status, 200, reply.text);
    assertSigned(key, block, reply.body.signature);
  });

  test("an exit is signed under its Capella version", async () => {
    const member = { name: "exits", roles: ["KeyUser"], groups: ["validator-exits"] };
    const made = await service.call("POST", "/v1/principals", member);
    const headers = { authorization: `Bearer ${made.body.token}` };
    const root = signingRoot(exitObject(exit.voluntary_exit), "04000000", "0x40000038", DEVNET_ROOT);
    const signingRootHex = `0x${root.toString("hex")}`;
    const reply = await signDuty(service, key, { ...exit, signingRoot: signingRootHex }, headers);
    assert.equal(reply.status, 200, reply.text);
    const wrong = await signDuty(service, key, { ...exit, signingRoot: `0x${"00".repeat(32)}` }, headers);
    assert.equal(wrong.body.computed, signingRootHex);
  });

  const refused: readonly (readonly [string, Environment, RegExp])[] = [
    [
      "without the file",
      { CLAVIGER_VALIDATORS__GENESIS_VALIDATORS_ROOT: DEVNET_ROOT },
      /validators\.networkFile: is not set, but this data directory has keys of devnet-7/,
    ],
    [
      "with a file of the same name and another Capella version",
      {
        ...DEVNET,
        CLAVIGER_VALIDATORS__NETWORK_FILE: written(
          "changed.yaml",
          DEVNET_YAML.replace("0x40000038", "0x40000039"),
        ),
      },
      /CAPELLA_FORK_VERSION is 0x40000039, but this data directory was made for devnet-7 with 0x40000038/,
    ],
    [
      "with the next network's file",
      {
        CLAVIGER_VALIDATORS__GENESIS_VALIDATORS_ROOT: DEVNET_ROOT,
        CLAVIGER_VALIDATORS__NETWORK_FILE: written("next.yaml", DEVNET_YAML.replace("devnet-7", "devnet-8")),
      },
      /validators\.networkFile: names devnet-8, but this data directory has keys of devnet-7/,
    ],
    [
      "with another genesis validators root",
      { ...DEVNET, CLAVIGER_VALIDATORS__GENESIS_VALIDATORS_ROOT: `0x${"d8".repeat(32)}` },
      /GENESIS_VALIDATORS_ROOT is 0xd8/,
    ],
  ];
  for (const [name, environment, message] of refused) {
    test(`a start ${name} is refused`, async () => {
      await service.stop();
      await assert.rejects(start(environment), message);
      service = await start(DEVNET);
    });
  }

  test("later forks may be scheduled anew, and the keys are there", async () => {
    await service.stop();
    const rescheduled = DEVNET_YAML.replace("18446744073709551615", "400");
    service = await start({
      ...DEVNET,
      CLAVIGER_VALIDATORS__NETWORK_FILE: written("rescheduled.yaml", rescheduled),
    });
    assert.deepEqual((await service.call("GET", "/api/v1/eth2/publicKeys")).body, [key]);
  });
});
