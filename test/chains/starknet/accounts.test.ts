/** Accounts that exist already: addresses of real deployments, every class against the starknet package, and what is refused. */
import assert from "node:assert/strict";
import test from "node:test";
import { CairoCustomEnum, CairoOption, CairoOptionVariant, CallData, hash } from "starknet";
import type { KeyOptions } from "../../../src/chains/adapter.ts";
import { DEPLOYED_CLASSES } from "../../../src/chains/starknet/account-classes.ts";
import { starknetAdapter } from "../../../src/chains/starknet/adapter.ts";
import { bytesOf, padded, signerError } from "./sample.ts";

function identify(publicKey: string, options: KeyOptions) {
  const { attributes } = starknetAdapter.planImport(options);
  const identity = starknetAdapter.identify?.(bytesOf(publicKey), attributes);
  assert.ok(identity);
  return identity;
}

function textOf(value: unknown): string {
  assert.ok(typeof value === "string");
  return value;
}

const OWNER = "0x484a9d9fd3c3d1d4e0dcb6b6e14b5b8c9d8f1b1d8cf3a6b6e6ce7e5c9a57e03";
const GUARDIAN = "0x3a1b";
const READY_0_4_0 = "0x036078334509b514626504edc9fb252328d1a240e4e948bef8d0c08dff45927f";

/** Public chain data: an owner's public key, its account, and the class that the account was deployed with. */
const DEPLOYED: readonly (readonly [source: string, publicKey: string, address: string, version: string])[] =
  [
    [
      "Sepolia, DEPLOY_ACCOUNT 0x77a5b45a5ade8d59914b1a764f0a5d1e916e398b4089caed6fecd147b20e35",
      "0x7794e240544f56f345118c67c4c89c50c06a6159d15f66eb5ab41ce669a1bd4",
      "0x04e3187459e17c3c196faeae49616f3e8e1a60a0b7d621b953f9b347b093ecab",
      "argent 0.3.1",
    ],
    [
      "mainnet, DEPLOY_ACCOUNT 0x3d013d17c20a5db05d5c2e06c948a4e0bf5ea5b851b15137316533ec4788b6b",
      "0x43a8fbe19d5ace41a2328bb870143241831180eb3c3c48096642d63709c3096",
      "0x0617e350ebed9897037bdef9a09af65049b85ed2e4c9604b640f34bffa152149",
      "argent 0.2.3.1",
    ],
    [
      "mainnet, owner and account as the chain has them",
      "0x7829fdac0277b7dcd88e2ad2dad78a9eed97c323456a185a74e2d271b0d2163",
      "0x23e1391f6130cfd5d20100cf96f55400ad9f2075d8a4373220d1e7ffdb50fa",
      "braavos base",
    ],
    [
      "the wallet's address of a mnemonic",
      "0x2985b4b4b2a370bdded9810e0c6cf74f82caf31dba039d2ece7eb8b8b80bb5a",
      "0x05ddbfaa0b1daab3e0d8a78b5ba5cdfa00431ac62ca3d31fe3e8fabdbbf01626",
      "braavos base 1.1.0",
    ],
    [
      "DEPLOY 0x6d3e06989ee2245139cd677f59b4da7f360a27b2b614a4eb088fdf5862d23ee",
      "0x614b9e0c3cb7a8f4ed73b673eba239c41a172859bf129c4b269c4b8057e21d8",
      "0x7cc55b21de4b7d6d7389df3b27de950924ac976d263ac8d71022d0b18155fc",
      "braavos proxy 1",
    ],
  ];

const [, MAINNET_OWNER = "", MAINNET_ACCOUNT = ""] = DEPLOYED[1] ?? [];

const REFUSED: readonly (readonly [name: string, options: KeyOptions, rule: RegExp])[] = [
  ["an address of 0", { accountAddress: "0x0" }, /^\/accountAddress: must be 0x/],
  [
    "an address above the tree",
    { accountAddress: `0x${(2n ** 251n).toString(16)}` },
    /^\/accountAddress: must be/,
  ],
  ["a class that is no felt", { classHash: `0x${"f".repeat(64)}` }, /^\/classHash: must be/],
  ["a class in decimal", { classHash: "12" }, /^\/classHash: must be/],
  [
    "a class that does not give the address",
    {
      accountType: "argent",
      accountAddress: MAINNET_ACCOUNT,
      classHash: READY_0_4_0,
    },
    /^\/accountAddress: is not what this key/,
  ],
  [
    "a salt that does not give the address",
    { accountType: "argent", accountAddress: MAINNET_ACCOUNT, salt: "0x7" },
    /^\/accountAddress: is not what this key/,
  ],
  [
    "an unknown class without an address",
    { accountType: "argent", classHash: "0x1234" },
    /^\/classHash: is not known/,
  ],
  [
    "a proxy's class without an address",
    {
      accountType: "argent",
      classHash: "0x025ec026985a3bf9d0cc1fe17326b245dfdc3ff89b8fde106542a3ea56c5a918",
    },
    /^\/classHash: is a proxy, of several/,
  ],
  [
    "a class of another type",
    { accountType: "braavos", classHash: READY_0_4_0 },
    /^\/classHash: is not known for braavos/,
  ],
  [
    "a guardian for Braavos",
    { accountType: "braavos", guardian: GUARDIAN },
    /^\/guardian: an account of type braavos/,
  ],
  [
    "a guardian of an OpenZeppelin account that is stated",
    { accountType: "openzeppelin", accountAddress: "0x99", guardian: GUARDIAN },
    /^\/guardian: an account of type openzeppelin/,
  ],
  ["an unknown address without a type", { accountAddress: "0x99" }, /^\/accountType: is needed/],
];

for (const [name, options, rule] of REFUSED) {
  test(`an existing account: ${name} is refused`, () => {
    assert.throws(() => identify(MAINNET_OWNER, options), signerError("request.malformed", rule));
  });
}

for (const [source, publicKey, address, version] of DEPLOYED) {
  test(`an existing account: ${version} (${source})`, () => {
    const found = identify(publicKey, { accountAddress: address });
    const { accountType, classVersion, addressSource, classHash, implementation } = found.attributes;
    assert.equal(`${textOf(accountType)} ${textOf(classVersion)}`, version);
    assert.deepEqual([found.address, addressSource], [padded(address), "derived"]);
    // Without the address, the class alone gives it.
    const type = textOf(accountType);
    const again = identify(publicKey, { accountType: type, classHash: textOf(implementation ?? classHash) });
    assert.deepEqual(again, found);
  });
}

/** As the constructors say, in the starknet package's own encoding. */
function reference(index: number, guardian: string | undefined): readonly string[] {
  const known = DEPLOYED_CLASSES[index];
  assert.ok(known);
  const { accountType, classVersion, implementation } = known;
  if (accountType !== "argent") {
    const alone = CallData.compile({ key: OWNER });
    if (implementation === undefined) return alone;
    const selector = hash.getSelectorFromName("initializer");
    return CallData.compile({ implementation, selector, calldata: alone });
  }
  if (implementation !== undefined) {
    const calldata = CallData.compile({ signer: OWNER, guardian: guardian ?? "0" });
    return CallData.compile({ implementation, selector: hash.getSelectorFromName("initialize"), calldata });
  }
  if (classVersion.startsWith("0.3")) return CallData.compile({ owner: OWNER, guardian: guardian ?? "0" });
  const signer = (pubkey: string) => new CairoCustomEnum({ Starknet: { pubkey } });
  return CallData.compile({
    owner: signer(OWNER),
    guardian:
      guardian === undefined
        ? new CairoOption(CairoOptionVariant.None)
        : new CairoOption(CairoOptionVariant.Some, signer(guardian)),
  });
}

for (const [index, known] of DEPLOYED_CLASSES.entries()) {
  const { accountType, classVersion, classHash, implementation } = known;
  for (const guardian of accountType === "argent" ? [undefined, GUARDIAN] : [undefined]) {
    const name = guardian === undefined ? "alone" : "with a guardian";
    test(`an existing account: ${accountType} ${classVersion} ${name} agrees with the starknet package`, () => {
      const calldata = [...reference(index, guardian)];
      const at = (salt: string): string =>
        padded(hash.calculateContractAddressFromHash(salt, `0x${classHash.toString(16)}`, calldata, 0));
      const options = {
        accountType,
        classHash: `0x${(implementation ?? classHash).toString(16)}`,
        ...(guardian === undefined ? {} : { guardian }),
      };
      assert.equal(identify(OWNER, options).address, at(OWNER));
      const salted = identify(OWNER, { ...options, accountAddress: at("0x63"), salt: "0x63" });
      assert.deepEqual([salted.address, salted.attributes["salt"]], [at("0x63"), "0x63"]);
      // The address alone finds the class, and says nothing of a guardian that it was not told.
      const found = identify(OWNER, {
        accountAddress: at(OWNER),
        ...(guardian === undefined ? {} : { guardian }),
      });
      assert.equal(found.attributes["classVersion"], classVersion);
    });
  }
}

test("an existing account: an OpenZeppelin class of any release is proved by its address", () => {
  const address = padded(
    hash.calculateContractAddressFromHash(OWNER, "0x1234", CallData.compile({ OWNER }), 0),
  );
  const found = identify(OWNER, {
    accountType: "openzeppelin",
    classHash: "0x1234",
    accountAddress: address,
  });
  assert.deepEqual([found.address, found.attributes["addressSource"]], [address, "derived"]);
});

test("an existing account: a guardian that came later is kept, the address is derived without it", () => {
  const found = identify(MAINNET_OWNER, { accountAddress: MAINNET_ACCOUNT, guardian: GUARDIAN });
  assert.deepEqual([found.attributes["addressSource"], found.attributes["guardian"]], ["derived", GUARDIAN]);
});

test("an existing account: an address that nothing proves is taken as stated, without a class", () => {
  const found = identify(MAINNET_OWNER, {
    accountType: "argent",
    accountAddress: "0x99",
    guardian: GUARDIAN,
  });
  assert.deepEqual(found, {
    address: padded("0x99"),
    attributes: { accountType: "argent", addressSource: "stated", guardian: GUARDIAN },
  });
});
