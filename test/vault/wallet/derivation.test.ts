/** BIP-32, SLIP-0010, BIP-44/49/84/86 and StarkNet derivation against published vectors. */
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { HDKey } from "@scure/bip32";
import { mnemonicToSeedSync } from "@scure/bip39";
import { getStarkKey, grindKey } from "@scure/starknet";
import { HDNodeWallet, Mnemonic } from "ethers";
import { bigintToBytes, toHex } from "../../../src/domain/bytes.ts";
import type { Curve, Derivation } from "../../../src/domain/keys.ts";
import { AccountNodes } from "../../../src/vault/wallet/account-nodes.ts";
import {
  deriveKey,
  deriveSlip10Ed25519,
  parsePath,
  type DerivationPlan,
} from "../../../src/vault/wallet/derivation.ts";
import { publicKeyOf } from "../../../src/vault/wallet/private-keys.ts";
import { readVectors, skipWithout } from "../../vectors.ts";

interface Bip32 {
  readonly valid: readonly {
    readonly seed: string;
    readonly chains: readonly { readonly path: string; readonly xpub: string; readonly xprv: string }[];
  }[];
  readonly invalid: readonly { readonly key: string; readonly reason: string }[];
}
interface Slip10 {
  readonly vectors: readonly {
    readonly name: string;
    readonly seed: string;
    readonly chains: readonly {
      readonly path: string;
      readonly "chain code": string;
      readonly private: string;
      readonly public: string;
    }[];
  }[];
}

function isBip32(value: unknown): value is Bip32 {
  return typeof value === "object" && value !== null && "valid" in value && "invalid" in value;
}
function isSlip10(value: unknown): value is Slip10 {
  return typeof value === "object" && value !== null && "vectors" in value;
}

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
const hex = (value: Uint8Array) => Buffer.from(value).toString("hex");
const fresh = () => new AccountNodes(64);
const SEED = mnemonicToSeedSync("test test test test test test test test test test test junk");

function derive(seed: Uint8Array, path: string, derivation: Derivation, curve: Curve, nodes = fresh()) {
  return deriveKey("w", seed, { path, derivation, curve }, nodes);
}

describe("derivation: refusals", () => {
  for (const path of [
    "",
    "44'/60'",
    "M/0",
    "m/",
    "m/0/",
    "m//0",
    "m/-1",
    "m/+1",
    "m/01",
    "m/0h",
    "m/0''",
    "m/0x1",
    "m/1.5",
    "m/ 0",
    "m/0 ",
    "m/2147483648",
    "m/2147483648'",
    "m/99999999999999999999",
    "m/a",
    `m${"/0".repeat(256)}`,
  ]) {
    test(`path: ${JSON.stringify(path.slice(0, 30))} is refused`, () => {
      assert.throws(() => parsePath(path), { code: "request.malformed", message: /^\/path: / });
    });
  }

  const plans: readonly { name: string; plan: DerivationPlan; message: RegExp }[] = [
    {
      name: "a secp256k1 scheme for a stark key",
      plan: { path: "m/0", derivation: "bip32-secp256k1", curve: "stark" },
      message: /gives no stark key/,
    },
    {
      name: "an imported key at a path",
      plan: { path: "m/0", derivation: "imported", curve: "secp256k1" },
      message: /imported gives no/,
    },
    {
      name: "an extended public key for ed25519",
      plan: { path: "m/0'", derivation: "slip10-ed25519", curve: "ed25519", accountXpubPath: "m" },
      message: /no extended public key/,
    },
    {
      name: "an extended public key beside the path",
      plan: {
        path: "m/44'/0'/0'/0/0",
        derivation: "bip32-secp256k1",
        curve: "secp256k1",
        accountXpubPath: "m/44'/0'/1'",
      },
      message: /ancestor/,
    },
    {
      name: "an extended public key below the path",
      plan: { path: "m/44'", derivation: "bip32-secp256k1", curve: "secp256k1", accountXpubPath: "m/44'/0'" },
      message: /ancestor/,
    },
    {
      name: "an ed25519 path that is not hardened",
      plan: { path: "m/44'/501'/0", derivation: "slip10-ed25519", curve: "ed25519" },
      message: /hardened/,
    },
  ];
  for (const { name, plan, message } of plans) {
    test(`derivation: ${name} is refused`, () => {
      assert.throws(() => deriveKey("w", SEED, plan, fresh()), { code: "request.malformed", message });
    });
  }
});

describe("bip32", { skip: skipWithout("bip32") }, () => {
  const vectors = readVectors("bip32", "bip32.json");
  const { valid, invalid } = isBip32(vectors) ? vectors : { valid: [], invalid: [] };
  for (const { key, reason } of invalid) {
    test(`bip32: invalid extended key: ${reason} (${key.slice(-6)})`, () => {
      assert.throws(() => HDKey.fromExtendedKey(key));
    });
  }
  for (const { seed, chains } of valid) {
    // One cache for the seed, as in production: each chain must be right whatever was derived before.
    const nodes = fresh();
    for (const { path, xpub, xprv } of chains) {
      const normal = path.replaceAll("H", "'");
      test(`bip32: ${path} of seed ${seed.slice(0, 16)}…`, () => {
        const plan: DerivationPlan = {
          path: normal,
          derivation: "bip32-secp256k1",
          curve: "secp256k1",
          accountXpubPath: normal,
        };
        const key = deriveKey(seed, bytes(seed), plan, nodes);
        const expected = HDKey.fromExtendedKey(xprv);
        assert.equal(key.accountXpub, xpub);
        assert.deepEqual(key.secret, expected.privateKey);
        assert.deepEqual(key.publicKey, expected.publicKey);
      });
    }
  }
  test("bip32: 17 chains and 14 invalid keys ran", () => {
    assert.equal(valid.flatMap(({ chains }) => chains).length, 17);
    assert.equal(invalid.length, 14);
  });
});

describe("slip10", { skip: skipWithout("slip10") }, () => {
  const vectors = readVectors("slip10", "slip10.json");
  for (const { name, seed, chains } of isSlip10(vectors) ? vectors.vectors : []) {
    for (const chain of chains) {
      const title = `slip10: ${name}, ${chain.path}`;
      const path = chain.path.replaceAll("H", "'");
      if (name.endsWith(" ed25519")) {
        test(title, () => {
          const { secret, chainCode } = deriveSlip10Ed25519(bytes(seed), parsePath(path));
          assert.equal(hex(secret), chain.private);
          assert.equal(hex(chainCode), chain["chain code"]);
          assert.equal(`00${hex(publicKeyOf("ed25519", secret))}`, chain.public);
          assert.deepEqual(derive(bytes(seed), path, "slip10-ed25519", "ed25519").secret, secret);
        });
      } else if (name.endsWith(" secp256k1")) {
        test(title, () => {
          const key = derive(bytes(seed), path, "bip32-secp256k1", "secp256k1");
          assert.equal(hex(key.secret), chain.private);
          assert.equal(hex(key.publicKey), chain.public);
        });
      } else {
        test(title, { skip: `no chain here uses ${name.replace(/^.* for /, "")}` }, () => undefined);
      }
    }
  }
});

describe("bip44, bip49, bip84, bip86", () => {
  const abandon = mnemonicToSeedSync(`${"abandon ".repeat(11)}about`);
  for (const [name, path, publicKey] of [
    [
      "bip49: first receiving key",
      "m/49'/1'/0'/0/0",
      "03a1af804ac108a8a51782198c2d034b28bf90c8803f5a53f76276fa69a4eae77f",
    ],
    [
      "bip84: first receiving key",
      "m/84'/0'/0'/0/0",
      "0330d54fd0dd420a6e5f8d3624f5f3482cae350f79d5f0753bf5beef9c2d91af3c",
    ],
    [
      "bip84: second receiving key",
      "m/84'/0'/0'/0/1",
      "03e775fd51f0dfb8cd865d9ff1cca2a158cf651fe997fdc9fee9c1d3b5e995ea77",
    ],
    [
      "bip84: first change key",
      "m/84'/0'/0'/1/0",
      "03025324888e429ab8e3dbaf1f7802648b9cd01e9b418485c5fa4c1b9b5700e1a6",
    ],
  ] as const) {
    test(name, () =>
      assert.equal(hex(derive(abandon, path, "bip32-secp256k1", "secp256k1").publicKey), publicKey),
    );
  }

  test("bip86: first receiving key and its account's extended public key", () => {
    const plan: DerivationPlan = {
      path: "m/86'/0'/0'/0/0",
      derivation: "bip32-secp256k1",
      curve: "secp256k1",
      accountXpubPath: "m/86'/0'/0'",
    };
    const key = deriveKey("w", abandon, plan, fresh());
    assert.equal(
      hex(key.publicKey.slice(1)),
      "cc8a4bc64d897bddc5fbc2f670f7a8ba0b386779106cf1223c6fc5d7cd6fc115",
    );
    assert.equal(
      key.accountXpub,
      "xpub6BgBgsespWvERF3LHQu6CnqdvfEvtMcQjYrcRzx53QJjSxarj2afYWcLteoGVky7D3UKDP9QyrLprQ3VCECoY49yfdDEHGCtMMj92pReUsQ",
    );
  });

  test("bip44: 50 Ethereum keys equal ethers'", () => {
    const wallet = HDNodeWallet.fromMnemonic(
      Mnemonic.fromPhrase("test test test test test test test test test test test junk"),
      "m/44'/60'/0'/0",
    );
    const nodes = fresh();
    for (let index = 0; index < 50; index++) {
      const key = derive(SEED, `m/44'/60'/0'/0/${index}`, "bip32-secp256k1", "secp256k1", nodes);
      assert.equal(toHex(key.publicKey), wallet.deriveChild(index).publicKey);
    }
    assert.equal(nodes.size, 1);
  });
});

describe("starknet keys", () => {
  test("starknet: m/44'/9004'/0'/0/0 of the `test … junk` mnemonic, as published by a StarkNet wallet's test", () => {
    const key = derive(SEED, "m/44'/9004'/0'/0/0", "starknet-bip32-grind", "stark");
    assert.equal(toHex(key.publicKey), "0x07f0ecd1ec6159e6a7c70084aaa7d693d9113149b80ab72618602a185e2c1f2b");
  });

  // argentlabs/argent-x, keyDerivation.test.ts: the second stage, from an Ethereum private key.
  for (const [index, publicKey] of [
    [5, "0x05c7c65bfda7a85af0681c85c9c440f0aa6825feef6f9c96e55fb2ce08c8d4bc"],
    [7, "0x0605d5a0ece3b316f0d72221228acb7f01dcb34db74e0c02790db156741f5a86"],
  ] as const) {
    test(`starknet: Argent X account ${index} of a published Ethereum key`, () => {
      const seed = bytes("e6904d63affe7a13cd30345b000c9b1ffc087832332d7303cf237ffda8a177d0");
      const key = derive(seed, `m/44'/9004'/0'/0/${index}`, "starknet-bip32-grind", "stark");
      assert.equal(toHex(key.publicKey), publicKey);
    });
  }

  test("starknet: both stages of an Argent key equal a composition of ethers and @scure", () => {
    const nodes = fresh();
    const mnemonic = "test test test test test test test test test test test junk";
    const ethereum = HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(mnemonic), "m/44'/60'/0'/0/0").privateKey;
    const second = HDNodeWallet.fromSeed(ethereum);
    for (let index = 0; index < 20; index++) {
      const path = `m/44'/9004'/0'/0/${index}`;
      const expected = grindKey(second.derivePath(path).privateKey.slice(2));
      const key = derive(SEED, path, "starknet-argent-wallet-grind", "stark", nodes);
      assert.deepEqual(derive(SEED, path, "starknet-argent-grind", "stark", nodes).secret, key.secret);
      assert.deepEqual(key.secret, bigintToBytes(BigInt(`0x${expected}`), 32));
      assert.equal(BigInt(toHex(key.publicKey)), BigInt(getStarkKey(expected)));
    }
  });

  test("starknet: Argent's seed is a number, so leading zero bytes fall away; keys of before kept them", () => {
    // From this seed the Ethereum key begins with a zero byte.
    const mnemonic = Mnemonic.fromPhrase(`${"abandon ".repeat(11)}share`);
    const ethereum = HDNodeWallet.fromMnemonic(mnemonic, "m/44'/60'/0'/0/0").privateKey;
    assert.match(ethereum, /^0x00[^0]/);
    const seed = new Uint8Array(Buffer.from(mnemonic.computeSeed().slice(2), "hex"));
    const path = "m/44'/9004'/0'/0/0";
    for (const [derivation, tree] of [
      ["starknet-argent-wallet-grind", `0x${ethereum.slice(4)}`],
      ["starknet-argent-grind", ethereum],
    ] as const) {
      const expected = grindKey(HDNodeWallet.fromSeed(tree).derivePath(path).privateKey.slice(2));
      const key = derive(seed, path, derivation, "stark", fresh());
      assert.deepEqual(key.secret, bigintToBytes(BigInt(`0x${expected}`), 32));
    }
  });

  test("starknet: public keys of the published private keys", { skip: skipWithout("starknet") }, () => {
    const pairs = readVectors("starknet", "keys_precomputed.json");
    assert.ok(typeof pairs === "object" && pairs !== null);
    const entries = Object.entries(pairs);
    assert.equal(entries.length, 30);
    for (const [secret, publicKey] of entries) {
      const actual = publicKeyOf("stark", bigintToBytes(BigInt(secret), 32));
      assert.deepEqual(actual, bigintToBytes(BigInt(String(publicKey)), 32));
    }
  });
});

describe("account nodes", () => {
  test("account nodes: at most the capacity is kept, and an evicted node is wiped", () => {
    const nodes = new AccountNodes(2);
    const made = ["a", "b", "c"].map((name) => nodes.get(name, () => HDKey.fromMasterSeed(SEED)));
    assert.equal(nodes.size, 2);
    assert.equal(made[0]?.privateKey, null);
    assert.notEqual(made[1]?.privateKey, null);
    nodes.wipe();
    assert.equal(nodes.size, 0);
    assert.equal(made[1]?.privateKey, null);
    assert.equal(made[2]?.privateKey, null);
  });

  test("account nodes: Argent's tree and the wallet's own never mix", () => {
    const nodes = fresh();
    const path = "m/44'/9004'/0'/0/3";
    const own = derive(SEED, path, "starknet-bip32-grind", "stark", nodes);
    const argent = derive(SEED, path, "starknet-argent-grind", "stark", nodes);
    assert.notDeepEqual(own.secret, argent.secret);
    assert.deepEqual(derive(SEED, path, "starknet-bip32-grind", "stark", nodes).secret, own.secret);
  });
});
