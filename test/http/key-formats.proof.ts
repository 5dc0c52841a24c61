/** Private keys, words and paths in the forms that wallets export, over HTTP: refused by name, or taken for what they say. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ed25519 } from "@noble/curves/ed25519.js";
import { base58 } from "@scure/base";
import { HDKey } from "@scure/bip32";
import { NETWORK, TEST_NETWORK, WIF } from "@scure/btc-signer";
import { RunningService, type Reply } from "../running/service.ts";
import { readVectors, skipWithout } from "../vectors.ts";
import { assertProblem } from "./problems.ts";

let service: RunningService;
before(async () => {
  service = await RunningService.start();
});
after(() => service.stop());

const bring = (body: Record<string, unknown>): Promise<Reply> =>
  service.call("POST", "/v1/keys/import", body);

/** Of Bitcoin's wiki: one private key in hex, and its WIF with and without the compression flag. */
const SECRET = "0c28fca386c7a227600b2fe50b7cae11ec86d3bf1fbe471be89827e19d72aa1d";
const COMPRESSED = "KwdMAjGmerYanjeui5SHS7JkmpZvVipYvB2LJGU1ZxJwYvP98617";
const UNCOMPRESSED = "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ";
const TESTNET = WIF(TEST_NETWORK).encode(Buffer.from(SECRET, "hex"));

const SEED = new Uint8Array(32).fill(0x2c);
const PAIR = new Uint8Array([...SEED, ...ed25519.getPublicKey(SEED)]);
const WRONG_PAIR = PAIR.with(63, (PAIR[63] ?? 0) ^ 1);
const STARK = "5".padEnd(60, "a");

const REFUSED: readonly (readonly [name: string, body: Record<string, unknown>, rule: RegExp])[] = [
  ["a WIF with a wrong letter", { chain: "bitcoin", privateKey: `${COMPRESSED.slice(0, -1)}8` }, /checksum/],
  ["a WIF of an uncompressed key", { chain: "bitcoin", privateKey: UNCOMPRESSED }, /uncompressed/],
  [
    "a WIF of a test network without network",
    { chain: "bitcoin", privateKey: TESTNET },
    /\/network: .*testnet/,
  ],
  [
    "a WIF of mainnet for a test network",
    { chain: "bitcoin", privateKey: COMPRESSED, network: "signet" },
    /\/network: .*mainnet/,
  ],
  [
    "a WIF of another coin",
    { chain: "bitcoin", privateKey: WIF({ ...NETWORK, wif: 0xb0 }).encode(Buffer.from(SECRET, "hex")) },
    /version byte/,
  ],
  ["a WIF for Ethereum", { chain: "ethereum", privateKey: COMPRESSED }, /0x-hex/],
  ["63 digits for Ethereum", { chain: "ethereum", privateKey: `0x${SECRET.slice(1)}` }, /64 digits/],
  ["55 digits for StarkNet", { chain: "starknet", privateKey: `0x${STARK.slice(5)}` }, /leading zeros/],
  [
    "a Solana pair that does not fit",
    { chain: "solana", privateKey: base58.encode(WRONG_PAIR) },
    /public key/,
  ],
  ["a list that does not fit", { chain: "solana", privateKey: [...WRONG_PAIR] }, /public key/],
  ["a Solana public key", { chain: "solana", privateKey: base58.encode(PAIR.slice(32)) }, /64 bytes/],
  ["a list of numbers for Bitcoin", { chain: "bitcoin", privateKey: [...PAIR] }, /list of numbers/],
  ["a list with a number too many", { chain: "solana", privateKey: [...PAIR, 0] }, /privateKey/],
  ["a list with a number above 255", { chain: "solana", privateKey: [...PAIR.slice(1), 256] }, /privateKey/],
  ["a base58 key for Babylon", { chain: "babylon", privateKey: base58.encode(PAIR) }, /0x-hex/],
];

describe("keys: forms that are refused", () => {
  for (const [name, body, rule] of REFUSED) {
    test(name, async () => {
      const refused = await bring(body);
      assertProblem(refused, "request.malformed");
      assert.match(refused.body.detail, rule);
      const secrets = [SECRET, COMPRESSED, UNCOMPRESSED, TESTNET, base58.encode(PAIR)];
      for (const secret of secrets) assert.ok(!refused.text.includes(secret));
    });
  }

  test("paths with another mark than ', h or H", async () => {
    const { id } = (await service.call("POST", "/v1/wallets", { name: "marks" })).body;
    for (const path of ["m/44x/60'/0'/0/0", "m/44hh/60'/0'/0/0", "m/h/60'", "M/44h/60h/0h/0/0"]) {
      const refused = await service.call("POST", `/v1/wallets/${id}/keys`, { chain: "ethereum", path });
      assertProblem(refused, "request.malformed");
      assert.match(refused.body.detail, /\/path/);
    }
  });

  test("words of two languages", async () => {
    const mnemonic = `${"abandon ".repeat(11)}\u00e1baco`;
    const refused = await service.call("POST", "/v1/wallets", { name: "mixed", mnemonic });
    assertProblem(refused, "request.malformed");
    assert.match(refused.body.detail, /word 12 is not in the English/);
  });
});

describe("keys: the same key in each of its forms", () => {
  test("Bitcoin: WIF and hex", async () => {
    const hex = await bring({ chain: "bitcoin", privateKey: `0x${SECRET}` });
    assert.equal(hex.status, 201, hex.text);
    const wif = await bring({ chain: "bitcoin", privateKey: COMPRESSED, network: "mainnet" });
    assert.deepEqual([wif.status, wif.body.id], [200, hex.body.id]);
  });

  test("Bitcoin: WIF of a test network", async () => {
    const privateKey = WIF(TEST_NETWORK).encode(new Uint8Array(32).fill(0x31));
    const { status, body } = await bring({ chain: "bitcoin", privateKey, network: "regtest" });
    assert.equal(status, 201);
    assert.match(body.address, /^bcrt1/);
  });

  test("Solana: base58, the list of solana-keygen, and the seed in hex", async () => {
    const { status, body } = await bring({ chain: "solana", privateKey: base58.encode(PAIR) });
    assert.equal(status, 201);
    assert.equal(body.address, base58.encode(PAIR.slice(32)));
    for (const privateKey of [[...PAIR], `0x${Buffer.from(SEED).toString("hex")}`]) {
      assert.equal((await bring({ chain: "solana", privateKey })).body.id, body.id);
    }
  });

  test("StarkNet: a felt without leading zeros", async () => {
    const { status, body } = await bring({ chain: "starknet", privateKey: `0x${STARK}` });
    assert.equal(status, 201);
    const padded = await bring({ chain: "starknet", privateKey: `0x${STARK.padStart(64, "0")}` });
    assert.equal(padded.body.id, body.id);
  });

  test("paths with h and H are stored with apostrophes", async () => {
    const { id } = (await service.call("POST", "/v1/wallets", { name: "h" })).body;
    const derive = (path: string): Promise<Reply> =>
      service.call("POST", `/v1/wallets/${id}/keys`, { chain: "bitcoin", path });
    const made = await derive("m/84h/0H/3'/0/7");
    assert.deepEqual([made.status, made.body.path], [201, "m/84'/0'/3'/0/7"]);
    assert.equal((await derive("m/84'/0'/3'/0/7")).body.id, made.body.id);
  });
});

describe("wallets: words of every BIP-39 language", { skip: skipWithout("bip39") }, () => {
  const vectors = readVectors("bip39", "vectors.json") as Record<string, readonly (readonly string[])[]>;
  for (const [language, cases] of Object.entries(vectors ?? {})) {
    if (language === "russian" || language === "turkish") continue;
    test(language, async () => {
      const [, mnemonic, , xprv = ""] = cases[1] ?? [];
      const wallet = await service.call("POST", "/v1/wallets", {
        name: language,
        mnemonic,
        passphrase: "TREZOR",
      });
      assert.equal(wallet.status, 201, wallet.text);
      // The Chinese lists give one seed for this one, and so one key, which only one wallet has.
      const path = `m/44'/60'/0'/0/${language === "chinese_traditional" ? 1 : 0}`;
      const key = await service.call("POST", `/v1/wallets/${wallet.body.id}/keys`, {
        chain: "ethereum",
        path,
      });
      const expected = HDKey.fromExtendedKey(xprv).derive(path).publicKey ?? new Uint8Array();
      assert.equal(key.body.publicKey, `0x${Buffer.from(expected).toString("hex")}`);
    });
  }
});
