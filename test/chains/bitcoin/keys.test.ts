/** Paths, attributes and addresses of Bitcoin keys against BIP-49, 84 and 86; what an output pays to whom. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { HDKey } from "@scure/bip32";
import { WIF } from "@scure/btc-signer";
import { textAttribute } from "../../../src/domain/keys.ts";
import { bitcoinAdapter } from "../../../src/chains/bitcoin/adapter.ts";
import { addressOfScript, recipientOf } from "../../../src/chains/bitcoin/scripts.ts";
import { readVectors, skipWithout, vectorsFolder } from "../../vectors.ts";
import { importedKey, refusal, ROOT, walletKey } from "./fixtures.ts";

const skip = skipWithout("bip49-84-86");

suite("bitcoin keys: refusals", () => {
  const refusals = [
    ["purpose that is no BIP", { purpose: 45 }, "/purpose"],
    ["unknown network", { network: "litecoin" }, "/network"],
    ["account type of another chain", { accountType: "argent" }, "/accountType"],
    ["negative index", { index: -1 }, "/index"],
    ["hardened-range account", { account: 2 ** 31 }, "/account"],
    ["fractional index", { index: 0.5 }, "/index"],
    ["path and index together", { path: "m/84'/0'/0'/0/0", index: 1 }, "/index"],
    ["path without m", { path: "84'/0'/0'/0/0" }, "/path"],
    ["path with an index past 2^31", { path: "m/84'/0'/2147483648/0/0" }, "/path"],
    ["path with an empty element", { path: "m/84'//0" }, "/path"],
    ["path with h for hardened", { path: "m/84h/0h/0h/0/0" }, "/path"],
    ["path with a leading zero", { path: "m/084'/0'/0'/0/0" }, "/path"],
    ["the master key itself", { path: "m" }, "/path"],
    [
      "change of a mainnet account on a test network",
      { path: "m/84'/0'/0'/1/5", network: "regtest" },
      "/path",
    ],
    [
      "a mainnet account of another purpose",
      { path: "m/86'/0'/0'", purpose: 84, network: "testnet" },
      "/path",
    ],
    ["a mainnet multisig key on a test network", { path: "m/48'/0'/0'/2'", network: "signet" }, "/path"],
  ] as const;
  for (const [name, options, field] of refusals) {
    test(name, () => {
      assert.throws(() => bitcoinAdapter.planKey(options), refusal("request.malformed", field));
    });
  }
  for (const name of ["path", "account", "index"] as const) {
    test(`import with ${name}`, () => {
      const options = { [name]: name === "path" ? "m/0" : 0 };
      assert.throws(() => bitcoinAdapter.planImport(options), refusal("request.malformed", `/${name}`));
    });
  }
});

suite("bitcoin keys: plans", () => {
  test("defaults: BIP-84 on mainnet, account node beside the key", () => {
    assert.deepEqual(bitcoinAdapter.planKey({}), {
      path: "m/84'/0'/0'/0/0",
      derivation: "bip32-secp256k1",
      curve: "secp256k1",
      attributes: { purpose: 84, network: "mainnet" },
      accountXpubPath: "m/84'/0'/0'",
    });
  });
  for (const network of ["testnet", "signet", "regtest"]) {
    test(`coin type 1 on ${network}`, () => {
      const plan = bitcoinAdapter.planKey({ network, purpose: 86, account: 2, index: 3 });
      assert.equal(plan.path, "m/86'/1'/2'/0/3");
      assert.equal(plan.accountXpubPath, "m/86'/1'/2'");
    });
  }
  test("a custom path keeps the purpose that was asked for, and has no account node unless it fits", () => {
    const plan = bitcoinAdapter.planKey({ path: "m/84'/0'/0'/0/0", purpose: 86 });
    assert.deepEqual(plan.attributes, { purpose: 86, network: "mainnet" });
    assert.equal(plan.accountXpubPath, undefined);
  });
  test("a custom path without purpose takes the path's", () => {
    const plan = bitcoinAdapter.planKey({ path: "m/49'/0'/7'/1/5" });
    assert.deepEqual(plan.attributes, { purpose: 49, network: "mainnet" });
    assert.equal(plan.accountXpubPath, "m/49'/0'/7'");
  });
  test("a path of another coin has no account node", () => {
    assert.equal(bitcoinAdapter.planKey({ path: "m/84'/1'/0'/0/0" }).accountXpubPath, undefined);
  });
  test("an imported key has attributes and no path", () => {
    assert.deepEqual(bitcoinAdapter.planImport({ purpose: 44, network: "regtest" }), {
      curve: "secp256k1",
      attributes: { purpose: 44, network: "regtest" },
    });
  });
  test("networks differ in their addresses", () => {
    const addresses = ["mainnet", "testnet", "signet", "regtest"].map((network) => {
      const prefix = (purpose: number) =>
        importedKey(new Uint8Array(32).fill(1), { purpose, network }).record.address;
      return [44, 49, 84, 86].map((purpose) => prefix(purpose).slice(0, purpose > 80 ? 4 : 1)).join(" ");
    });
    assert.deepEqual(addresses, ["1 3 bc1q bc1p", "m 2 tb1q tb1p", "m 2 tb1q tb1p", "m 2 bcrt bcrt"]);
  });
});

suite("bitcoin recipients", () => {
  test("a non-minimal push is not the address it looks like", () => {
    const witness = walletKey().script.script;
    const disguised = Uint8Array.of(0, 0x4c, 20, ...witness.subarray(2));
    assert.equal(addressOfScript(disguised, "mainnet"), undefined);
    assert.equal(recipientOf(disguised, "mainnet").opaque, true);
  });
  test("a truncated push is opaque, not an error", () => {
    assert.deepEqual(recipientOf(Uint8Array.of(0x4c), "mainnet"), { to: "script:4c", opaque: true });
  });
  test("a taproot output whose x is on no curve point is opaque", () => {
    const script = Uint8Array.of(0x51, 32, ...new Uint8Array(32).fill(0xff));
    assert.equal(recipientOf(script, "mainnet").opaque, true);
  });
  test("OP_RETURN keeps every byte after the opcode", () => {
    assert.deepEqual(recipientOf(Uint8Array.of(0x6a, 2, 1, 2), "mainnet"), {
      to: "op_return:020102",
      opaque: false,
    });
  });
  test("a pay-to-anchor output has its address", () => {
    assert.equal(recipientOf(Uint8Array.of(0x51, 2, 0x4e, 0x73), "mainnet").to, "bc1pfeessrawgf");
  });
});

/** Key at the path that a vector's section names. */
function keyAt(path: string) {
  return walletKey({ path });
}

suite("bip49", { skip }, () => {
  const text = skip === false ? readFileSync(join(vectorsFolder("bip49-84-86"), "bip49.txt"), "utf8") : "";
  const value = (name: string) => new RegExp(`${name}\\s*=\\s*(?:0x)?(\\S+)`).exec(text)?.[1];
  test("first receiving key and address on testnet", () => {
    const key = walletKey({ purpose: 49, network: "testnet" });
    assert.equal(key.record.path, "m/49'/1'/0'/0/0");
    assert.equal(Buffer.from(key.privateKey).toString("hex"), value("account0recvPrivateKeyHex"));
    assert.equal(Buffer.from(key.record.publicKey).toString("hex"), value("account0recvPublicKeyHex"));
    assert.equal(key.record.address, /address = .*= (2\S+)/.exec(text)?.[1]);
  });
});

interface AddressVector {
  readonly section: string;
  readonly address?: string;
  readonly privkey?: string;
  readonly pubkey?: string;
  readonly xpub?: string;
  readonly internal_key?: string;
  readonly output_key?: string;
  readonly scriptPubKey?: string;
}

function addressVectors(file: string): readonly AddressVector[] {
  const list = readVectors("bip49-84-86", file);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- published vectors, described in their SOURCE.md
  return Array.isArray(list) ? (list as AddressVector[]) : [];
}

suite("bip84", { skip }, () => {
  for (const vector of addressVectors("bip84.json").filter((entry) => entry.address !== undefined)) {
    test(vector.section, () => {
      const key = keyAt(vector.section.split(" = ")[1] ?? "");
      assert.equal(key.record.address, vector.address);
      assert.equal(Buffer.from(key.record.publicKey).toString("hex"), vector.pubkey);
      assert.deepEqual(key.privateKey, WIF().decode(vector.privkey ?? ""));
    });
  }
  test("account node is the published one under zpub version bytes", () => {
    const accountXpub = textAttribute(walletKey({ purpose: 84 }).record.attributes, "accountXpub") ?? "";
    const zpub = addressVectors("bip84.json")[1]?.xpub ?? "";
    const published = HDKey.fromExtendedKey(zpub, { private: 0x04b2430c, public: 0x04b24746 });
    assert.deepEqual(HDKey.fromExtendedKey(accountXpub).publicKey, published.publicKey);
    assert.deepEqual(HDKey.fromExtendedKey(accountXpub).chainCode, published.chainCode);
  });
});

suite("bip86", { skip }, () => {
  for (const vector of addressVectors("bip86.json").filter((entry) => entry.address !== undefined)) {
    test(vector.section, () => {
      const { record, script } = keyAt(vector.section.split(" = ")[1] ?? "");
      assert.equal(record.address, vector.address);
      assert.equal(Buffer.from(script.script).toString("hex"), vector.scriptPubKey);
      assert.equal(Buffer.from(script.taproot?.internalKey ?? []).toString("hex"), vector.internal_key);
      assert.equal(Buffer.from(script.taproot?.outputKey ?? []).toString("hex"), vector.output_key);
    });
  }
  test("account node", () => {
    assert.equal(
      walletKey({ purpose: 86 }).record.attributes["accountXpub"],
      addressVectors("bip86.json")[1]?.xpub,
    );
    assert.equal(ROOT.publicExtendedKey.slice(0, 4), "xpub");
  });
});
