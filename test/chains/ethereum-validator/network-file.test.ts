/** Custom networks: a client's config.yaml, what contradicts itself in it, and that known networks read as we have them. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { chainConfigToJson } from "@lodestar/config";
import { networksChainConfig } from "@lodestar/config/networks";
import { createEthereumValidatorAdapter } from "../../../src/chains/ethereum-validator/adapter.ts";
import { NetworkFileError, networkOfFile } from "../../../src/chains/ethereum-validator/network-file.ts";
import { findNetwork } from "../../../src/chains/ethereum-validator/networks.ts";
import { signingRootOf } from "../../../src/chains/ethereum-validator/signing-root.ts";
import { SignerError } from "../../../src/domain/errors.ts";
import { filler } from "./duties.ts";
import { exitObject, signingRoot } from "./expected.ts";
import { validatorKey } from "./keys.ts";
import { DEVNET, DEVNET_ROOT } from "./network.ts";

const FAR_FUTURE = "18446744073709551615";

function refused(changes: Readonly<Record<string, unknown>>, message: RegExp, root = DEVNET_ROOT): void {
  assert.throws(
    () => networkOfFile({ ...DEVNET, ...changes }, root),
    (error) => {
      assert.ok(error instanceof NetworkFileError, String(error));
      assert.match(error.message, message);
      return true;
    },
  );
}

describe("network file: refusals", () => {
  for (const field of [
    "CONFIG_NAME",
    "PRESET_BASE",
    "DEPOSIT_CHAIN_ID",
    "GENESIS_FORK_VERSION",
    "ALTAIR_FORK_VERSION",
    "ALTAIR_FORK_EPOCH",
    "BELLATRIX_FORK_VERSION",
    "BELLATRIX_FORK_EPOCH",
    "CAPELLA_FORK_VERSION",
    "CAPELLA_FORK_EPOCH",
    "FULU_FORK_VERSION",
    "FULU_FORK_EPOCH",
  ]) {
    test(`without ${field}`, () => refused({ [field]: undefined }, new RegExp(`^${field}: is missing$`)));
    test(`${field} is a map`, () => refused({ [field]: {} }, new RegExp(`^${field}: must be one value$`)));
  }

  for (const [changes, message] of [
    [{ PRESET_BASE: "medium" }, /^PRESET_BASE: must be one of mainnet, minimal, gnosis$/],
    [{ PRESET_BASE: "Mainnet" }, /^PRESET_BASE: /],
    [{ CONFIG_NAME: "" }, /^CONFIG_NAME: /],
    [{ CONFIG_NAME: "a b" }, /^CONFIG_NAME: /],
    [{ CONFIG_NAME: "x".repeat(64) }, /^CONFIG_NAME: /],
    [{ DEPOSIT_CHAIN_ID: "0x1" }, /^DEPOSIT_CHAIN_ID: must be a whole number/],
    [{ DEPOSIT_CHAIN_ID: "-1" }, /^DEPOSIT_CHAIN_ID: /],
    [{ DEPOSIT_CHAIN_ID: "18446744073709551616" }, /^DEPOSIT_CHAIN_ID: .* below 2\^64$/],
    [{ CAPELLA_FORK_VERSION: "0x400000" }, /^CAPELLA_FORK_VERSION: must be 4 bytes of 0x-hex$/],
    [{ CAPELLA_FORK_VERSION: "0x4000003800" }, /^CAPELLA_FORK_VERSION: /],
    [{ CAPELLA_FORK_VERSION: "1073741880" }, /^CAPELLA_FORK_VERSION: /],
    [
      { CAPELLA_FORK_VERSION: "0x10000038" },
      /^CAPELLA_FORK_VERSION: 0x10000038 is another fork's version too$/,
    ],
    [{ GLOAS_FORK_VERSION: "0x40000038" }, /^GLOAS_FORK_VERSION: 0x40000038 is another fork's/],
    [{ CAPELLA_FORK_EPOCH: "soon" }, /^CAPELLA_FORK_EPOCH: must be a whole number/],
    [{ BELLATRIX_FORK_EPOCH: "5" }, /^CAPELLA_FORK_EPOCH: 0 is before BELLATRIX_FORK_EPOCH, which is 5$/],
    [{ GLOAS_FORK_EPOCH: "9" }, /^GLOAS_FORK_EPOCH: 9 is before FULU_FORK_EPOCH, which is 10$/],
    [
      { ELECTRA_FORK_VERSION: undefined, ELECTRA_FORK_EPOCH: undefined },
      /^ELECTRA_FORK_VERSION: is missing, but FULU/,
    ],
    [{ SLOTS_PER_EPOCH: "8" }, /^SLOTS_PER_EPOCH: must be 32, as PRESET_BASE mainnet has it/],
    [{ PRESET_BASE: "minimal", SLOTS_PER_EPOCH: "32" }, /^SLOTS_PER_EPOCH: must be 8/],
    [{ PRESET_BASE: "minimal", SYNC_COMMITTEE_SIZE: "512" }, /^SYNC_COMMITTEE_SIZE: must be 32/],
    [{ MAX_COMMITTEES_PER_SLOT: "4" }, /^MAX_COMMITTEES_PER_SLOT: must be 64/],
    [{ MAX_VALIDATORS_PER_COMMITTEE: "1" }, /^MAX_VALIDATORS_PER_COMMITTEE: must be 2048/],
    [{ CONFIG_NAME: "hoodi" }, /^DEPOSIT_CHAIN_ID: 7011893062 contradicts CONFIG_NAME: hoodi has 560048/],
    [{ GENESIS_VALIDATORS_ROOT: "0x12" }, /^GENESIS_VALIDATORS_ROOT: must be 32 bytes/],
    [
      { GENESIS_VALIDATORS_ROOT: `0x${"12".repeat(32)}` },
      /^GENESIS_VALIDATORS_ROOT: 0x12.* contradicts validators/,
    ],
  ] as const) {
    test(JSON.stringify(changes), () => refused(changes, message));
  }

  test("without a genesis validators root, or with one of another length", () => {
    refused({}, /^validators\.genesisValidatorsRoot: is missing/, "");
    refused({}, /^validators\.genesisValidatorsRoot: must be 32 bytes/, "0x12");
  });

  test("with the chain of a known network", () => {
    const { genesisValidatorsRoot = "" } = findNetwork("mainnet") ?? {};
    refused({}, /contradicts the genesis validators root: mainnet has 1;/, genesisValidatorsRoot);
  });
});

describe("network file", () => {
  test("what signing depends on is read, everything else is left", () => {
    assert.deepEqual(networkOfFile(DEVNET, DEVNET_ROOT.toUpperCase().replace("0X", "0x")), {
      name: "devnet-7",
      chainId: "7011893062",
      forkVersions: ["0x10000038", "0x20000038", "0x30000038", "0x40000038"],
      genesisValidatorsRoot: DEVNET_ROOT,
      preset: "mainnet",
      slotsPerEpoch: 32n,
    });
  });

  test("the presets", () => {
    const sizes = (base: string) => {
      const { preset, slotsPerEpoch } = networkOfFile({ ...DEVNET, PRESET_BASE: base }, DEVNET_ROOT);
      return [preset, slotsPerEpoch];
    };
    assert.deepEqual(sizes("minimal"), ["minimal", 8n]);
    assert.deepEqual(sizes("gnosis"), ["mainnet", 16n]);
  });

  test("forks after Capella may be missing or unscheduled, and unknown ones are left", () => {
    const { GLOAS_FORK_VERSION: _, GLOAS_FORK_EPOCH: __, ...before } = DEVNET;
    assert.equal(networkOfFile(before, DEVNET_ROOT).name, "devnet-7");
    const unscheduled = { ...DEVNET, GLOAS_FORK_EPOCH: FAR_FUTURE, HEZE_FORK_VERSION: "0x90000038" };
    assert.equal(networkOfFile(unscheduled, DEVNET_ROOT).name, "devnet-7");
  });

  test("the genesis validators root may stand in the file", () => {
    const file = { ...DEVNET, GENESIS_VALIDATORS_ROOT: DEVNET_ROOT };
    assert.equal(networkOfFile(file, "").genesisValidatorsRoot, DEVNET_ROOT);
    assert.equal(networkOfFile(file, DEVNET_ROOT).genesisValidatorsRoot, DEVNET_ROOT);
  });

  for (const name of ["mainnet", "hoodi", "sepolia", "gnosis", "chiado"] as const) {
    test(`${name}: Lodestar's own file reads as the network that is built in`, () => {
      const known = findNetwork(name);
      const file = chainConfigToJson(networksChainConfig[name]);
      assert.deepEqual(networkOfFile(file, known?.genesisValidatorsRoot ?? ""), known);
    });
  }
});

test("Heze: an inclusion list without fork_info is signed under the version that the file schedules", () => {
  const fields = { ...DEVNET, HEZE_FORK_VERSION: "0x90000038", HEZE_FORK_EPOCH: "20" };
  const inclusion_list = {
    slot: "700",
    validator_index: "3",
    dependent_root: filler(32, 1),
    transactions: [],
  };
  const duty = { type: "INCLUSION_LIST", inclusion_list };
  const rootIn = (network: ReturnType<typeof networkOfFile>, body: object) => {
    const adapter = createEthereumValidatorAdapter({ defaultNetwork: network.name, customNetwork: network });
    const request = { type: "ethereum-validator.duty", duty: body };
    const [payload] = adapter.decode(request, validatorKey(network.name)).payloads;
    assert.ok(payload?.scheme === "bls");
    return signingRootOf(payload.duty);
  };
  const scheduled = networkOfFile(fields, DEVNET_ROOT);
  const fork = { previous_version: "0x80000038", current_version: "0x90000038", epoch: "20" };
  const stated = { ...duty, fork_info: { fork, genesis_validators_root: DEVNET_ROOT } };
  assert.deepEqual(rootIn(scheduled, duty), rootIn(scheduled, stated));
  const wrong = { ...duty, signingRoot: filler(32, 2) };
  assert.throws(() => rootIn(scheduled, wrong), {
    code: "request.malformed",
    message: /^\/duty\/signingRoot: /,
  });
  const unscheduled = networkOfFile({ ...fields, HEZE_FORK_EPOCH: FAR_FUTURE }, DEVNET_ROOT);
  assert.throws(() => rootIn(unscheduled, duty), { message: /^\/duty\/fork_info: is missing/ });
});

describe("keys of a custom network", () => {
  const customNetwork = networkOfFile(DEVNET, DEVNET_ROOT);
  const adapter = createEthereumValidatorAdapter({ defaultNetwork: customNetwork.name, customNetwork });
  const key = validatorKey("devnet-7");
  const exit = (root: string) => ({
    type: "VOLUNTARY_EXIT",
    fork_info: {
      fork: { previous_version: "0x60000038", current_version: "0x70000038", epoch: "10" },
      genesis_validators_root: root,
    },
    voluntary_exit: { epoch: "20", validator_index: "3" },
  });
  const decode = (duty: unknown) => adapter.decode({ type: "ethereum-validator.duty", duty }, key);

  test("they are made for it unless they name another, which must be known", () => {
    assert.deepEqual(adapter.planKey({}).attributes, { network: "devnet-7" });
    assert.deepEqual(adapter.planImport({}).attributes, { network: "devnet-7" });
    assert.deepEqual(adapter.planKey({ network: "hoodi" }).attributes, { network: "hoodi" });
    assert.throws(() => adapter.planKey({ network: "devnet-8" }), /must be one of .*minimal, devnet-7/);
  });

  test("an exit is signed under the file's Capella version (EIP-7044)", () => {
    const { payloads, environment } = decode(exit(DEVNET_ROOT));
    const [payload] = payloads;
    assert.ok(payload?.scheme === "bls");
    const expected = signingRoot(
      exitObject(exit(DEVNET_ROOT)["voluntary_exit"]),
      "04000000",
      "0x40000038",
      DEVNET_ROOT,
    );
    assert.equal(Buffer.from(signingRootOf(payload.duty)).toString("hex"), expected.toString("hex"));
    assert.deepEqual(environment, { chainId: "7011893062", network: "devnet-7" });
  });

  test("an exit for another chain is refused", () => {
    const other = `0x${"12".repeat(32)}`;
    assert.throws(
      () => decode(exit(other)),
      (error) =>
        error instanceof SignerError &&
        error.members["field"] === "/duty/fork_info/genesis_validators_root" &&
        /not that of devnet-7/.test(error.message),
    );
  });

  test("a registration has the file's genesis version", () => {
    const registration = {
      fee_recipient: `0x${"11".repeat(20)}`,
      gas_limit: "30000000",
      timestamp: "1700000000",
      pubkey: `0x${"22".repeat(48)}`,
    };
    const { intent } = decode({ type: "VALIDATOR_REGISTRATION", validator_registration: registration });
    assert.equal((intent.validator as Record<string, unknown>)["forkVersion"], "0x10000038");
  });
});
