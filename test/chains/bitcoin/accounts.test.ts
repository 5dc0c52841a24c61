/** Descriptors and addresses of accounts: BIP-380's checksums, BIP-49, 84 and 86, and a second library that reads ours. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { checksum, DescriptorsFactory, ecc, networks } from "@bitcoinerlab/descriptors";
import fc from "fast-check";
import { HDKey } from "@scure/bip32";
import { accountOfKey, accountOfName } from "../../../src/chains/account-plans.ts";
import { bitcoinAccounts } from "../../../src/chains/bitcoin/accounts.ts";
import { descriptorChecksum, withChecksum } from "../../../src/chains/bitcoin/descriptor-checksum.ts";
import { NETWORKS, PURPOSES } from "../../../src/chains/bitcoin/names.ts";
import { ethereumAccounts } from "../../../src/chains/ethereum/accounts.ts";
import { readVectors, skipWithout } from "../../vectors.ts";
import { refusal, ROOT, walletKey } from "./fixtures.ts";

const { Output } = DescriptorsFactory(ecc);
const SECOND = {
  mainnet: networks.bitcoin,
  testnet: networks.testnet,
  signet: networks.testnet,
  regtest: networks.regtest,
};

function keyOf(path: string) {
  return { extendedPublicKey: ROOT.derive(path).publicExtendedKey, masterFingerprint: "73c5da0a" };
}

function accountOf(id: string) {
  const plan = accountOfName(id);
  assert.ok(plan, id);
  return { plan, key: keyOf(plan.path) };
}

function described(id: string): any {
  const { plan, key } = accountOf(id);
  return bitcoinAccounts.describe(plan, key);
}

suite("accounts: refusals", () => {
  for (const id of [
    "bitcoin-mainnet-45-0",
    "bitcoin-litecoin-84-0",
    "bitcoin-mainnet-84-2147483648",
    "bitcoin-mainnet-84-00",
    "bitcoin-mainnet-84",
    "bitcoin-mainnet-84-0-2",
    "bitcoin-mainnet-48-0",
    "bitcoin-mainnet-48-0-3",
    "bitcoin-mainnet-84-0 ",
    "ethereum-01",
    "ethereum-2147483648",
    "solana-0",
    "babylon-0",
    "",
  ]) {
    test(`no account is called ${JSON.stringify(id)}`, () => assert.equal(accountOfName(id), undefined));
  }

  test("a BIP-48 account has no address and no descriptor of its own", () => {
    const { plan, key } = accountOf("bitcoin-mainnet-48-0-2");
    const range = { branch: 0, from: 0, count: 1 };
    assert.throws(
      () => bitcoinAccounts.addresses(plan, key, range),
      refusal("request.malformed", "one key of several"),
    );
    assert.equal(described(plan.id).descriptors, undefined);
    assert.match(described(plan.id).keyExpression, /^\[73c5da0a\/48'\/0'\/0'\/2'\]xpub/);
  });

  test("a key on a path that is not its purpose's or its network's is in no account", () => {
    for (const [path, attributes] of [
      ["m/84'/0'/0'/0/0", { purpose: 86, network: "mainnet" }],
      ["m/84'/1'/0'/0/0", { purpose: 84, network: "mainnet" }],
      ["m/84'/0'/0'/2/0", { purpose: 84, network: "mainnet" }],
      ["m/84'/0'/0'/0/0/0", { purpose: 84, network: "mainnet" }],
      ["m/0", { purpose: 84, network: "mainnet" }],
      [null, { purpose: 84, network: "mainnet" }],
    ] as const) {
      assert.equal(accountOfKey({ chain: "bitcoin", path, attributes }), undefined, `${path}`);
    }
    assert.equal(accountOfKey({ chain: "babylon", path: "m/44'/1'/0'/0/0", attributes: {} }), undefined);
  });
});

suite("BIP-380: checksums", () => {
  test("the published one", () => assert.equal(withChecksum("raw(deadbeef)"), "raw(deadbeef)#89f8spxm"));
  for (const [name, text, given] of [
    ["error in the payload", "raw(dedbeef)", "89f8spxm"],
    ["error in the checksum", "raw(deadbeef)", "#9f8spxm"],
    ["too long", "raw(deadbeef)", "89f8spxmx"],
    ["too short", "raw(deadbeef)", "89f8spx"],
  ] as const) {
    test(name, () => assert.notEqual(descriptorChecksum(text), given));
  }
  test("a character that no descriptor has", () => assert.equal(descriptorChecksum("raw(Ü)"), undefined));

  test("any text: as the second library says", () => {
    const alphabet = `0123456789()[],'/*abcdefgh@:$%{}IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~ijklmnopqrstuvwxyzABCDEFGH\`#"\\ `;
    const texts = fc.string({ unit: fc.constantFrom(...alphabet.split("")), maxLength: 200 });
    fc.assert(fc.property(texts, (text) => descriptorChecksum(text) === checksum(text)));
  });
});

suite("accounts: descriptors and addresses", () => {
  const wrapped = { 44: "pkh(K)", 49: "sh(wpkh(K))", 84: "wpkh(K)", 86: "tr(K)" };
  for (const network of NETWORKS) {
    for (const purpose of PURPOSES) {
      test(`purpose ${purpose} on ${network}: a second library derives our addresses from our descriptors`, () => {
        const { plan, key } = accountOf(`bitcoin-${network}-${purpose}-3`);
        const { descriptors, extendedPublicKey, keyExpression } = described(plan.id);
        assert.equal(
          keyExpression,
          `[73c5da0a/${purpose}'/${network === "mainnet" ? 0 : 1}'/3']${extendedPublicKey}`,
        );
        for (const [branch, name] of ["receive", "change"].entries()) {
          const text: string = wrapped[purpose].replace("K", `${keyExpression}/${branch}/*`);
          assert.equal(descriptors[name], `${text}#${checksum(text)}`);
          const [ours] = bitcoinAccounts.addresses(plan, key, { branch, from: 7, count: 1 });
          const theirs = new Output({ descriptor: descriptors[name], index: 7, network: SECOND[network] });
          assert.equal(ours?.address, theirs.getAddress());
          assert.equal(ours?.path, `${plan.path}/${branch}/7`);
        }
        const both = wrapped[purpose].replace("K", `${keyExpression}/<0;1>/*`);
        assert.equal(descriptors.both, `${both}#${checksum(both)}`);
      });
    }
  }

  for (const purpose of [84, 86] as const) {
    const skip = skipWithout("bip49-84-86");
    test(`BIP-${purpose}: the published addresses`, { skip }, () => {
      const vectors = readVectors("bip49-84-86", `bip${purpose}.json`) as readonly Record<string, string>[];
      const { plan, key } = accountOf(`bitcoin-mainnet-${purpose}-0`);
      const derived = [0, 1].flatMap((branch) =>
        bitcoinAccounts.addresses(plan, key, { branch, from: 0, count: 2 }),
      );
      const published = vectors.flatMap(({ address }) => address ?? []);
      assert.equal(published.length, 3);
      assert.deepEqual(
        derived.slice(0, 3).map(({ address }) => address),
        published,
      );
    });
  }

  test("a key is in the account that names its path", () => {
    for (const purpose of PURPOSES) {
      const { record } = walletKey({ purpose, account: 2, index: 9 });
      const plan = accountOfKey(record);
      assert.deepEqual(plan, accountOfName(`bitcoin-mainnet-${purpose}-2`));
    }
    const shared = walletKey({ path: "m/48'/0'/1'/2'", network: "mainnet" }).record;
    assert.deepEqual(accountOfKey(shared), accountOfName("bitcoin-mainnet-48-1-2"));
  });

  test("Ethereum: the addresses of the extended public key are those of the private keys", () => {
    const { plan, key } = accountOf("ethereum-0");
    const [first] = ethereumAccounts.addresses(plan, key, { branch: 0, from: 0, count: 1 });
    // The first account of this mnemonic in every wallet.
    assert.equal(first?.address, "0x9858EfFD232B4033E47d90003D41EC34EcaEda94");
    assert.equal(HDKey.fromExtendedKey(key.extendedPublicKey).depth, 3);
  });
});
