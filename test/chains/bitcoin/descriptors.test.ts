/** Registered descriptors: what is refused, that nothing private is repeated, and a second library that derives the same scripts. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { DescriptorsFactory, ecc, networks } from "@bitcoinerlab/descriptors";
import { HDKey } from "@scure/bip32";
import fc from "fast-check";
import { withChecksum } from "../../../src/chains/bitcoin/descriptor-checksum.ts";
import { deriveOutput, readDescriptor } from "../../../src/chains/bitcoin/descriptors/descriptor.ts";
import { hex } from "../../../src/chains/bitcoin/scripts.ts";
import { SignerError } from "../../../src/domain/errors.ts";
import { ROOT } from "./fixtures.ts";

const { Output } = DescriptorsFactory(ecc);

/** Extended keys of 20 signers, as descriptors name them. */
const KEYS = Array.from({ length: 20 }, (_, signer) => {
  const node = HDKey.fromMasterSeed(new Uint8Array(32).fill(signer + 1)).derive("m/48'/0'/0'/2'");
  return `[${(0x10000000 + signer).toString(16)}/48'/0'/0'/2']${node.publicExtendedKey}/<0;1>/*`;
});
const [A = "", B = "", C = "", D = ""] = KEYS;
const NUMS = "50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0";

/** The fifth child of the first key, with another name and no origin. */
const CHILD_OF_A = `${HDKey.fromMasterSeed(new Uint8Array(32).fill(1)).derive("m/48'/0'/0'/2'/5").publicExtendedKey}/<0;1>/*`;

function read(text: string, network: "mainnet" | "testnet" = "mainnet") {
  return readDescriptor(withChecksum(text), network);
}

const XPRV = ROOT.derive("m/48'/0'/0'/2'").privateExtendedKey;
const WIF = "L1uyy5qTuGrVXrmrsvHWHgVzW9kKdrp27wBC7Vs6nZDTF2BRUVwy";

suite("descriptors: refusals", () => {
  const refusals: readonly (readonly [string, string, RegExp])[] = [
    ["nothing", "", /lacks a name/],
    ["a single key", `wpkh(${A})`, /account/],
    ["a single key in tr", `tr(${A})`, /account/],
    ["an address", "addr(bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu)", /must be wsh/],
    ["a script that is not understood", "raw(deadbeef)", /must be wsh/],
    ["bare multisig", `multi(1,${A})`, /must be wsh/],
    ["multisig in sh alone", `sh(multi(1,${A}))`, /must be wsh/],
    ["sh in wsh", `wsh(sh(pk(${A})))`, /function/],
    ["an unknown function", `wsh(musig(${A},${B}))`, /function/],
    ["a name of every object", `wsh(constructor(${A}))`, /function/],
    ["an extended private key", `wsh(multi(1,${XPRV}/<0;1>/*))`, /private key/],
    [
      "an extended private key with origin",
      `wsh(multi(1,[73c5da0a/48'/0'/0'/2']${XPRV}/<0;1>/*))`,
      /private key/,
    ],
    ["a private key in WIF", `wsh(multi(2,${A},${WIF}))`, /private key/],
    ["a hardened range", `wsh(multi(1,${A}'))`, /hardened/],
    ["a hardened step after the key", `wsh(pk(${A.replace("/<0;1>", "/0h/<0;1>")}))`, /hardened/],
    ["no range", `wsh(pk(${A.replace("/<0;1>/*", "/0")}))`, /range/],
    ["two multipath steps", `wsh(pk(${A.replace("/*", "/<0;1>/*")}))`, /two multipath/],
    ["a multipath of one branch twice", `wsh(pk(${A.replace("<0;1>", "<1;1>")}))`, /must differ/],
    ["three branches", `wsh(pk(${A.replace("<0;1>", "<0;1;2>")}))`, /pair/],
    [
      "some keys with change and some without",
      `wsh(multi(2,${A},${B.replace("<0;1>", "0")}))`,
      /with and without/,
    ],
    ["a key of a test network", `wsh(pk(${A.replace("xpub", "tpub")}))`, /neither|another network/],
    ["zpub", `wsh(pk(${A.replace("xpub", "zpub")}))`, /another network or form/],
    ["a mistyped key", `wsh(pk(${A.replace("xpub6", "xpub7")}))`, /cannot be read/],
    ["a mistyped origin", `wsh(pk(${A.replace("[10000000", "[1000000")}))`, /origin/],
    ["an x-only key outside of tr", `wsh(pk(${NUMS}))`, /32 bytes/],
    ["an uncompressed key", `wsh(pk(04${NUMS}${NUMS}))`, /neither/],
    ["a key that is no point", `wsh(multi(2,${A},02${"ff".repeat(32)}))`, /not a point/],
    ["a threshold past the keys", `wsh(multi(3,${A},${B}))`, /sane/],
    ["a threshold of 0", `wsh(multi(0,${A},${B}))`, /leading zeros/],
    ["a threshold in another form", `wsh(multi(1e0,${A},${B}))`, /leading zeros/],
    ["a key twice", `wsh(multi(1,${A},${A}))`, /repeated/],
    [
      "a key twice, by steps that meet in one branch",
      `wsh(multi(2,${A},${A.replace("<0;1>", "<0;2>")}))`,
      /branch 0/,
    ],
    [
      "a key twice, by steps that meet in change",
      `wsh(multi(2,${A},${A.replace("<0;1>", "<2;1>")}))`,
      /branch 1/,
    ],
    [
      "a key twice, as its own child",
      `wsh(multi(2,${A.replace("<0;1>", "5/<0;1>")},${CHILD_OF_A}))`,
      /same public key/,
    ],
    [
      "a key of tapscript twice, with either parity",
      `tr(${A},multi_a(2,02${NUMS},03${NUMS}))`,
      /same public key/,
    ],
    [
      "a key twice, under another origin",
      `wsh(multi(1,${A},${A.replace("10000000", "20000000")}))`,
      /repeated/,
    ],
    ["21 keys", `wsh(multi(1,${[...KEYS, `02${"11".repeat(32)}`].join(",")}))`, /at most 20/],
    ["multi_a in wsh", `wsh(multi_a(1,${A},${B}))`, /sane/],
    ["multi in a leaf", `tr(${NUMS},multi(1,${A},${B}))`, /sane/],
    ["sortedmulti inside a script", `wsh(and_v(v:pk(${A}),sortedmulti(1,${B},${C})))`, /whole script/],
    ["a way without signature", `wsh(or_d(pk(${A}),older(10)))`, /signature required/],
    ["malleable", `wsh(andor(pk(${A}),or_i(after(10),older(10)),pk(${B})))`, /sane/],
    ["mixed timelocks", `wsh(and_v(v:pk(${A}),and_v(v:older(10),older(4194305))))`, /mixed/],
    ["no type", `wsh(or_b(pk(${A}),pk(${B})))`, /sane/],
    ["an unknown wrapper", `wsh(x:pk(${A}))`, /wrapper/],
    ["a hash of another length", `wsh(and_v(v:pk(${A}),sha256(${"11".repeat(20)})))`, /32 bytes/],
    ["a timelock in hex", `wsh(and_v(v:pk(${A}),older(0x10)))`, /leading zeros/],
    ["white space", `wsh(multi(1, ${A},${B}))`, /origin/],
    ["something after the end", `wsh(pk(${A}))x`, /after its end/],
    ["no end", `wsh(pk(${A})`, /lacks \)/],
    ["braces outside of tr", `wsh({pk(${A}),pk(${B})})`, /braces/],
    ["braces as an argument", `wsh(and_v(v:pk(${A}),{pk(${B}),pk(${C})}))`, /braces/],
    [
      "more ways than are computed",
      `wsh(and_v(v:pk(${A}),thresh(6,${KEYS.slice(1, 15)
        .map((key, at) => `${at === 0 ? "" : "s:"}pk(${key})`)
        .join(",")})))`,
      /1000 ways/,
    ],
    ["deep nesting", `wsh(${"n:and_v(v:pk(".repeat(70)}`, /deep|lacks/],
    ["far too long", `wsh(pk(${"A".repeat(9000)}))`, /at most 8192/],
    [
      "a tree with too many leaves",
      `tr(${NUMS},${Array.from({ length: 32 }).reduce<string>((tree) => `{${tree},pk(${B})}`, `pk(${A})`)})`,
      /32 leaves|deep/,
    ],
  ];
  for (const [name, text, message] of refusals) {
    test(name, () => {
      assert.throws(
        () => read(text),
        (error) => {
          assert.ok(error instanceof SignerError && error.code === "request.malformed", String(error));
          assert.match(error.message, /^\/descriptor: /);
          assert.match(error.message, message);
          for (const secret of [XPRV, WIF, A]) assert.ok(!error.message.includes(secret.slice(10, 40)));
          return true;
        },
      );
    });
  }

  test("a checksum that is missing, of another text, or there twice", () => {
    const text = `wsh(multi(1,${A},${B}))`;
    const whole = withChecksum(text);
    const checksum = whole.slice(-8);
    for (const [sent, message] of [
      [text, new RegExp(`#${checksum}`)],
      [`${text}#`, /another checksum/],
      [`${text}#${checksum.slice(1)}`, /another checksum/],
      [`${whole}x`, /another checksum/],
      [`${whole}#${checksum}`, /another checksum/],
      [whole.replace("multi(1", "multi(2"), /another checksum/],
    ] as const) {
      assert.throws(() => readDescriptor(sent, "mainnet"), message);
    }
  });
});

/** Scripts over key names, each spent in another way. */
const SCRIPTS = [
  "pk(A)",
  "pkh(A)",
  "multi(2,A,B,C)",
  "and_v(v:pk(A),pk(B))",
  "or_d(pk(A),and_v(v:pkh(B),older(1000)))",
  "andor(pk(A),after(1231488000),and_v(v:pk(B),sha256(1111111111111111111111111111111111111111111111111111111111111111)))",
  "thresh(2,pk(A),s:pk(B),sln:after(840000))",
  "or_i(and_v(v:pkh(A),hash160(2222222222222222222222222222222222222222)),multi(2,B,C,D))",
  "and_b(pk(A),a:or_b(pk(B),s:pk(C)))",
  "t:or_c(pk(A),and_v(v:pk(B),or_c(pk(C),v:older(17))))",
];

function withKeys(script: string): string {
  return script.replaceAll(/\b[ABCD]\b/g, (name) => ({ A, B, C, D })[name] ?? "");
}

/** The same output by the second library, which knows one branch at a time. */
function second(text: string, branch: number, index: number) {
  return new Output({ descriptor: text.replaceAll("<0;1>", `${branch}`), index, network: networks.bitcoin });
}

suite("descriptors: a second library derives the same scripts", () => {
  for (const script of SCRIPTS) {
    for (const [open, close] of [
      ["wsh(", ")"],
      ["sh(wsh(", "))"],
    ] as const) {
      test(`${open}${script}${close}`, () => {
        const text = `${open}${withKeys(script)}${close}`;
        for (const branch of [0, 1]) {
          const ours = deriveOutput(read(text), branch, 5);
          const theirs = second(text, branch, 5);
          assert.equal(ours.address, theirs.getAddress());
          assert.equal(hex(ours.script), hex(theirs.getScriptPubKey()));
          assert.equal(
            hex(ours.witnessScript ?? ours.script),
            hex(theirs.getWitnessScript() ?? new Uint8Array(0)),
          );
        }
      });
    }
  }

  for (const tree of [
    "pk(A)",
    "multi_a(2,A,B,C)",
    "{pk(A),and_v(v:pk(B),older(10))}",
    "{pk(A),{multi_a(2,B,C),and_v(v:pkh(D),after(800000))}}",
    "{{pk(A),pk(B)},{pk(C),pk(D)}}",
  ]) {
    for (const internal of [NUMS, A]) {
      test(`tr(${internal === A ? "A" : "NUMS"},${tree})`, () => {
        const text = `tr(${internal},${withKeys(tree)})`;
        const ours = deriveOutput(read(text), 1, 9);
        assert.equal(ours.address, second(text, 1, 9).getAddress());
        assert.equal(ours.taproot?.leaves.length, tree.split(/pk\(|pkh\(|multi_a\(/).length - 1);
      });
    }
  }

  test("any multisig from 1-of-1 to 15-of-15, sorted or not", () => {
    const shape = fc.tuple(
      fc.integer({ min: 1, max: 15 }),
      fc.integer({ min: 1, max: 15 }),
      fc.boolean(),
      fc.nat(1_000_000),
    );
    fc.assert(
      fc.property(shape, ([some, other, sorted, index]) => {
        const [threshold, count] = [Math.min(some, other), Math.max(some, other)];
        const keys = KEYS.slice(0, count).toReversed();
        const text = `wsh(${sorted ? "sortedmulti" : "multi"}(${[threshold, ...keys].join(",")}))`;
        const ours = deriveOutput(read(text), 0, index);
        const theirs = sorted ? sortedByHand(ours, threshold) : second(text, 0, index).getWitnessScript();
        assert.equal(hex(ours.witnessScript ?? ours.script), hex(theirs ?? new Uint8Array(0)));
      }),
      { numRuns: 8 },
    );
  });
});

/** BIP-67: the multisig script of the keys in the order of their bytes. */
function sortedByHand({ keys }: ReturnType<typeof deriveOutput>, threshold: number): Uint8Array {
  const sorted = [...keys.values()].map(({ publicKey }) => hex(publicKey)).toSorted();
  const pushes = sorted.map((key) => `21${key}`).join("");
  return Buffer.from(
    `${(0x50 + threshold).toString(16)}${pushes}${(0x50 + sorted.length).toString(16)}ae`,
    "hex",
  );
}

suite("descriptors: what they are read as", () => {
  test("hardened steps may be written with h; the text has one form", () => {
    const text = `wsh(multi(1,${A.replaceAll("'", "h")},${B}))`;
    assert.equal(read(text).text, `wsh(multi(1,${A},${B}))`);
  });
  test("one branch without a multipath step", () => {
    const text = `wsh(multi(1,${A},${B}))`.replaceAll("<0;1>", "0");
    assert.equal(read(text).branches, 1);
    assert.equal(deriveOutput(read(text), 0, 3).address, second(text, 0, 3).getAddress());
  });
  test("test networks have tpub", () => {
    const node = HDKey.fromMasterSeed(new Uint8Array(32).fill(1), {
      private: 0x04358394,
      public: 0x043587cf,
    });
    const text = `wsh(pk(${node.derive("m/48'/1'/0'/2'").publicExtendedKey}/<0;1>/*))`;
    assert.match(deriveOutput(read(text, "testnet"), 0, 0).address, /^tb1q/);
    assert.throws(() => read(text, "mainnet"), /begin with xpub/);
  });
  test("a child's tweak leads from the parent's private key to the child's", () => {
    const root = HDKey.fromMasterSeed(new Uint8Array(32).fill(1)).derive("m/48'/0'/0'/2'");
    const { publicKey, childTweak } = deriveOutput(read(`wsh(pk(${A}))`), 1, 42).keys.get("k0") ?? {};
    const child = root.derive("m/1/42");
    assert.deepEqual(publicKey, child.publicKey);
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const sum =
      (BigInt(`0x${hex(root.privateKey ?? new Uint8Array(0))}`) +
        BigInt(`0x${hex(childTweak ?? new Uint8Array(0))}`)) %
      order;
    assert.equal(sum, BigInt(`0x${hex(child.privateKey ?? new Uint8Array(0))}`));
  });
});
