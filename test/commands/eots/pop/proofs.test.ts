/** Proofs of possession, without a service: each form from keys made here, every byte of it changed, and BIP-322's vectors. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { schnorr, secp256k1 } from "@noble/curves/secp256k1.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bech32 } from "@scure/base";
import { concat, fromBase64, toBase64, utf8 } from "../../../../src/domain/bytes.ts";
import {
  accountBytes,
  addressOfAccountKey,
  dataDocument,
} from "../../../../src/commands/eots/pop/account.ts";
import {
  bip340Digest,
  decodeProof,
  encodeBip322,
  encodeProof,
  verifyBip322,
  verifyProof,
  type ChainProof,
} from "../../../../src/commands/eots/pop/chain-proof.ts";
import {
  eotsSignBabyDigest,
  exportedProof,
  problemOfExport,
} from "../../../../src/commands/eots/pop/exported.ts";
import { readVectors, skipWithout } from "../../../vectors.ts";

const SECRET = new Uint8Array(32).fill(0x21);
const KEY = schnorr.getPublicKey(SECRET);
const ACCOUNT_SECRET = new Uint8Array(32).fill(0x22);
const ACCOUNT_KEY = secp256k1.getPublicKey(ACCOUNT_SECRET);
const ADDRESS = addressOfAccountKey(ACCOUNT_KEY);
const OTHER_ADDRESS = addressOfAccountKey(secp256k1.getPublicKey(SECRET));

const flipped = (bytes: Uint8Array, at: number): Uint8Array =>
  bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));

/** The message of a Bitcoin wallet, hashed as its text says. */
function walletDigest(text: string): Uint8Array {
  const message = utf8(text);
  return sha256(
    sha256(
      concat(Uint8Array.of(24), utf8("Bitcoin Signed Message:\n"), Uint8Array.of(message.length), message),
    ),
  );
}

function bip340(): ChainProof {
  const signature = schnorr.sign(
    sha256(Uint8Array.from(accountBytes(ADDRESS) ?? [])),
    SECRET,
    new Uint8Array(32),
  );
  return { form: "bip340", signature };
}

function ecdsa(): ChainProof {
  const signature = secp256k1.sign(walletDigest(ADDRESS), SECRET, { prehash: false, format: "recovered" });
  // noble puts the recovery id first, as the header stands.
  return { form: "ecdsa", signature: concat(Uint8Array.of(31 + (signature[0] ?? 0)), signature.subarray(1)) };
}

describe("addresses of accounts", () => {
  test("only bbn1… of 20 bytes in lower case, with its checksum", () => {
    assert.equal(accountBytes(ADDRESS)?.length, 20);
    const words = bech32.toWords(new Uint8Array(20));
    for (const text of [
      "",
      ADDRESS.toUpperCase(),
      ADDRESS.slice(0, -1),
      `${ADDRESS.slice(0, -1)}q`,
      bech32.encode("cosmos", words),
      bech32.encode("bbn", bech32.toWords(new Uint8Array(32)), 90),
    ]) {
      assert.equal(accountBytes(text), undefined, text);
    }
  });
});

for (const [name, make] of [
  ["bip340", bip340],
  ["ecdsa", ecdsa],
] as const) {
  describe(`${name} form`, () => {
    test("holds for its key and account, and for no others", () => {
      assert.equal(verifyProof(make(), KEY, ADDRESS), true);
      assert.equal(verifyProof(make(), KEY, OTHER_ADDRESS), false);
      assert.equal(verifyProof(make(), ACCOUNT_KEY.subarray(1), ADDRESS), false);
      assert.equal(verifyProof(make(), KEY.subarray(1), ADDRESS), false);
      assert.equal(verifyProof(make(), KEY, "nobody"), false);
    });

    test("every changed byte, and every length but its own, is refused", () => {
      const { form, signature } = make();
      for (let at = 0; at < signature.length; at += 1) {
        assert.equal(
          verifyProof({ form, signature: flipped(signature, at) }, KEY, ADDRESS),
          false,
          String(at),
        );
      }
      for (const other of [signature.subarray(1), concat(signature, Uint8Array.of(0)), new Uint8Array()]) {
        assert.equal(verifyProof({ form, signature: other }, KEY, ADDRESS), false);
      }
    });

    test("is read back from its encoding, and from no other", () => {
      const encoded = encodeProof(make());
      assert.deepEqual(decodeProof(encoded), make());
      assert.equal(decodeProof(concat(encoded, Uint8Array.of(0))), undefined);
      assert.equal(decodeProof(encoded.subarray(1)), undefined);
      assert.equal(decodeProof(encoded.subarray(0, -1)), undefined);
      // A type of zero has no bytes on the wire; one that is written out is another encoding.
      assert.equal(decodeProof(concat(Uint8Array.of(8, 0), encodeProof(bip340()))), undefined);
      assert.equal(decodeProof(concat(Uint8Array.of(8, 3), encodeProof(bip340()))), undefined);
      assert.equal(decodeProof(new Uint8Array()), undefined);
    });
  });
}

describe("ecdsa form", () => {
  test("the header of an uncompressed key says the same; a segwit header is none", () => {
    const { form, signature } = ecdsa();
    const header = signature[0] ?? 0;
    assert.equal(
      verifyProof(
        { form, signature: concat(Uint8Array.of(header - 4), signature.subarray(1)) },
        KEY,
        ADDRESS,
      ),
      true,
    );
    for (const other of [header + 4, header + 8, 26, 0, 255]) {
      const changed = concat(Uint8Array.of(other), signature.subarray(1));
      assert.equal(verifyProof({ form, signature: changed }, KEY, ADDRESS), false);
    }
  });

  test("a high s is refused", () => {
    const { form, signature } = ecdsa();
    const s = BigInt(`0x${Buffer.from(signature.subarray(33)).toString("hex")}`);
    const high = Buffer.from((secp256k1.Point.Fn.ORDER - s).toString(16).padStart(64, "0"), "hex");
    const header = 31 + (((signature[0] ?? 0) - 31) ^ 1);
    const changed = concat(Uint8Array.of(header), signature.subarray(1, 33), new Uint8Array(high));
    assert.equal(verifyProof({ form, signature: changed }, KEY, ADDRESS), false);
  });
});

describe("what the bip340 form signs is not what the export signs", () => {
  test("20 bytes, and the text", () => {
    assert.notDeepEqual(bip340Digest(ADDRESS), eotsSignBabyDigest(ADDRESS));
    assert.deepEqual(eotsSignBabyDigest(ADDRESS), sha256(utf8(ADDRESS)));
  });
});

/** Libraries throw for what is no signature; verifyProof answers false then. */
function orThrown(holds: () => boolean): boolean {
  try {
    return holds();
  } catch {
    return false;
  }
}

interface Simple {
  readonly message: string;
  readonly address: string;
  readonly type: string;
  readonly bip322_signatures: readonly string[];
}
const isFile = (value: unknown): value is { readonly simple: readonly Simple[] } =>
  typeof value === "object" && value !== null && "simple" in value;

describe("bip322 form: the BIP's own vectors", { skip: skipWithout("bip322") }, () => {
  const file = readVectors("bip322", "basic-test-vectors.json");
  const cases = (isFile(file) ? file.simple : []).filter((row) => row.type === "p2wpkh");
  for (const { message, address, bip322_signatures: signatures } of cases) {
    test(`${JSON.stringify(message)} by ${address}`, () => {
      for (const text of signatures) {
        const stack = fromBase64(text.replace(/^smp/, ""));
        assert.ok(stack);
        const key = stack.slice(-32);
        assert.equal(verifyBip322(encodeBip322(address, stack), key, message), true);
        assert.equal(verifyBip322(encodeBip322(address, stack), key, `${message}.`), false);
        assert.equal(verifyBip322(encodeBip322(address, stack), KEY, message), false);
        assert.equal(
          verifyProof({ form: "bip322", signature: encodeBip322(address, stack) }, key, ADDRESS),
          false,
        );
        for (let at = 0; at < stack.length; at += 1) {
          const signature = encodeBip322(address, flipped(stack, at));
          const holds = (): boolean => verifyBip322(signature, key, message);
          assert.equal(orThrown(holds), false, String(at));
        }
      }
    });
  }

  test("there are such cases", () => assert.ok(cases.length >= 2));
});

describe("exported proof", () => {
  const hex = Buffer.from(KEY).toString("hex");

  function made(changes: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
    const proof = exportedProof({
      eotsPublicKey: hex,
      eotsSignBaby: schnorr.sign(sha256(utf8(ADDRESS)), SECRET),
      babyAddress: ADDRESS,
      babyPublicKey: toBase64(ACCOUNT_KEY),
      babySignEotsPk: toBase64(
        secp256k1.sign(sha256(utf8(dataDocument(ADDRESS, hex))), ACCOUNT_SECRET, { prehash: false }),
      ),
    });
    return { ...proof, ...changes };
  }

  test("the account's document is ADR-36's, sorted and without spaces", () => {
    assert.equal(
      dataDocument("bbn1signer", "ab"),
      '{"account_number":"0","chain_id":"","fee":{"amount":[],"gas":"0"},"memo":"","msgs":[{"type":"sign/MsgSignData",' +
        '"value":{"data":"YWI=","signer":"bbn1signer"}}],"sequence":"0"}',
    );
  });

  test("holds as it was made", () => assert.equal(problemOfExport(made()), null));

  for (const [name, changes, problem] of [
    ["another member", { extra: 1 }, /extra is not a member/],
    ["a member that is no text", { babyAddress: 5 }, /babyAddress must be text/],
    ["a key of 31 bytes", { eotsPublicKey: hex.slice(2) }, /eotsPublicKey/],
    ["an account's key of 32 bytes", { babyPublicKey: toBase64(KEY) }, /babyPublicKey must be/],
    ["another account's address", { babyAddress: OTHER_ADDRESS }, /babyAddress is not that of/],
    ["an address of another chain", { babyAddress: "cosmos1x" }, /bbn1/],
    ["the chain's signature in its place", { eotsSignBaby: toBase64(bip340().signature) }, /eotsSignBaby/],
    ["another key", { eotsPublicKey: Buffer.from(ACCOUNT_KEY.subarray(1)).toString("hex") }, /eotsSignBaby/],
    [
      "an account that signed another text",
      {
        babySignEotsPk: toBase64(
          secp256k1.sign(sha256(utf8(dataDocument(ADDRESS, "x"))), ACCOUNT_SECRET, { prehash: false }),
        ),
      },
      /babySignEotsPk/,
    ],
    ["no signature of the account", { babySignEotsPk: "" }, /babySignEotsPk/],
  ] as const) {
    test(`${name} is refused`, () => assert.match(problemOfExport(made(changes)) ?? "", problem));
  }
});
