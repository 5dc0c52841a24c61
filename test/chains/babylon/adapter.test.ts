/** Babylon requests: what is refused, what is decoded, what a policy sees, and what leaves the service. */
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { bech32 } from "@scure/base";
import fc from "fast-check";
import { babylonAdapter } from "../../../src/chains/babylon/adapter.ts";
import { votingContext } from "../../../src/chains/babylon/signing-context.ts";
import { readChainId, readHeight } from "../../../src/chains/babylon/statement.ts";
import { toHex } from "../../../src/domain/bytes.ts";
import { chainIdText, readVote } from "../../../src/domain/eots.ts";
import { SignerError } from "../../../src/domain/errors.ts";
import { readPayloads } from "../../../src/record/payloads.ts";
import { eotsRequest, finalityKey, schnorrRequest, voteMessage } from "./sample.ts";

const KEY = finalityKey();
const HEIGHT_MAX = 2n ** 64n - 1n;
const byteArrays = (maxLength: number) => fc.uint8Array({ maxLength }).map((bytes) => new Uint8Array(bytes));

/** The vote for height 7 behind `context` in ASCII, as 0x-hex. */
function underContext(context: string): string {
  return `0x${Buffer.from(context).toString("hex")}${voteMessage(7n).slice(2)}`;
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  assert.ok(typeof value === "object" && value !== null);
  return { ...value };
}

function refusedField(run: () => unknown, field: string): void {
  assert.throws(
    run,
    (error) =>
      error instanceof SignerError &&
      error.code === "request.malformed" &&
      error.members["field"] === field &&
      error.message.startsWith(`${field}: `),
  );
}

describe("babylon.eots: refusals", () => {
  for (const [name, changes, field] of [
    ["no chain id", { chainId: undefined }, "/chainId"],
    ["a chain id that is a number", { chainId: 1 }, "/chainId"],
    ["a chain id that is null", { chainId: null }, "/chainId"],
    ["a chain id that is a list", { chainId: ["bbn-1"] }, "/chainId"],
    ["a chain id of 65 bytes", { chainId: "a".repeat(65) }, "/chainId"],
    ["a chain id of 33 letters of two bytes", { chainId: "é".repeat(33) }, "/chainId"],
    ["a chain id with a lone surrogate", { chainId: "bbn-\ud800" }, "/chainId"],
    ["a chain id of no member", { chainId: {} }, "/chainId"],
    ["a chain id of another member", { chainId: { text: "bbn-1" } }, "/chainId"],
    ["a chain id of two members", { chainId: { hex: "0x", text: "" } }, "/chainId"],
    ["a chain id of hex without 0x", { chainId: { hex: "ff" } }, "/chainId/hex"],
    ["a chain id of half a byte", { chainId: { hex: "0xf" } }, "/chainId/hex"],
    ["a chain id of 65 bytes in hex", { chainId: { hex: `0x${"00".repeat(65)}` } }, "/chainId"],
    ["no height", { height: undefined }, "/height"],
    ["a height that is a number", { height: 1 }, "/height"],
    ["a height of 2^64", { height: "18446744073709551616" }, "/height"],
    ["a height of 21 digits", { height: "100000000000000000000" }, "/height"],
    ["a height below 0", { height: "-1" }, "/height"],
    ["a height with a leading zero", { height: "01" }, "/height"],
    ["a height with a plus", { height: "+1" }, "/height"],
    ["a height in hex", { height: "0x10" }, "/height"],
    ["a height with a newline", { height: "1\n" }, "/height"],
    ["a height of no digits", { height: "" }, "/height"],
    ["a height in other digits", { height: "١" }, "/height"],
    ["no message", { message: undefined }, "/message"],
    ["a message without 0x", { message: "ab" }, "/message"],
    ["a message of half a byte", { message: "0xabc" }, "/message"],
    ["a message of more than a mebibyte", { message: `0x${"00".repeat(2 ** 20 + 1)}` }, "/message"],
    ["another member", { rounds: 1 }, "/rounds"],
    ["a public key of the caller's", { publicKey: `0x${"11".repeat(32)}` }, "/publicKey"],
  ] as const) {
    test(`babylon.eots: refuses ${name}`, () => {
      refusedField(() => babylonAdapter.decode(eotsRequest(changes), KEY), field);
    });
  }

  test("babylon: refuses a type of another chain", () => {
    refusedField(() => babylonAdapter.decode({ type: "bitcoin.message" }, KEY), "/type");
  });
});

describe("babylon.schnorr: refusals", () => {
  for (const [name, message] of [
    ["null", null],
    ["31 bytes", `0x${"00".repeat(31)}`],
    ["33 bytes", `0x${"00".repeat(33)}`],
    ["text", "hello"],
    ["a list", [`0x${"00".repeat(32)}`]],
  ] as const) {
    test(`babylon.schnorr: refuses ${name}`, () => {
      refusedField(() => babylonAdapter.decode(schnorrRequest(message), KEY), "/message");
    });
  }

  test("babylon.schnorr: refuses a height", () => {
    refusedField(() => babylonAdapter.decode({ ...schnorrRequest(), height: "1" }, KEY), "/height");
  });
});

describe("babylon.eots: decoded", () => {
  test("babylon.eots: the guard and the vault get the same statement, under the stored key's x", () => {
    for (const key of [finalityKey("even"), finalityKey("odd")]) {
      const { payloads, bindingRequired } = babylonAdapter.decode(eotsRequest(), key);
      const statement = {
        publicKey: key.publicKey.slice(1),
        chainId: new Uint8Array(Buffer.from("bbn-1")),
        height: 1204530n,
        message: new Uint8Array(Buffer.from(voteMessage(1204530n).slice(2), "hex")),
      };
      assert.deepEqual(readPayloads(payloads).claim, { kind: "eots", ...statement });
      assert.deepEqual(payloads, [{ scheme: "babylon.eots", ...statement }]);
      assert.equal(bindingRequired, false);
    }
  });

  test("babylon.eots: a policy sees chain, height and the height inside the vote", () => {
    const { intent, environment } = babylonAdapter.decode(eotsRequest({ height: "7" }), KEY);
    assert.deepEqual(intent, {
      opaque: false,
      opaqueCauses: [],
      transfers: [],
      allowances: [],
      control: [],
      calls: [],
      harmless: "a finality vote moves nothing; the guard keeps it from contradicting",
      babylon: {
        kind: "eots",
        chainId: "bbn-1",
        height: "7",
        message: voteMessage(1204530n),
        vote: { height: "1204530", blockHash: `0x${"ab".repeat(32)}` },
        voteHeight: "1204530",
      },
    });
    assert.deepEqual(environment, { chainId: "bbn-1", network: "babylon" });
  });

  test("babylon.eots: a message that is no vote is opaque", () => {
    for (const message of ["0x", `0x${"00".repeat(39)}`, `0x${"00".repeat(41)}`, `0x${"00".repeat(8192)}`]) {
      const { intent } = babylonAdapter.decode(eotsRequest({ message }), KEY);
      assert.deepEqual(intent.opaqueCauses, ["hashedMessage"]);
      assert.ok(
        typeof intent.babylon === "object" && intent.babylon !== null && !("voteHeight" in intent.babylon),
      );
    }
  });

  test("babylon.eots: of a message above 8192 bytes policies see the hash, and the guard all of it", () => {
    const bytes = Buffer.alloc(8193, 7);
    const { intent, payloads } = babylonAdapter.decode(
      eotsRequest({ message: `0x${bytes.toString("hex")}` }),
      KEY,
    );
    const { message, messageHash, messageBytes } = membersOf(intent.babylon);
    assert.equal(message, undefined);
    assert.equal(messageHash, `0x${createHash("sha256").update(bytes).digest("hex")}`);
    assert.equal(messageBytes, 8193);
    const { claim } = readPayloads(payloads);
    assert.ok(claim?.kind === "eots" && claim.message.length === 8193);
  });

  const bbn1 = votingContext(new Uint8Array(Buffer.from("bbn-1"))) ?? "";
  for (const [name, context, chainId] of [
    ["another chain's", bbn1, "bbn-2"],
    ["a consumer's", "cd".repeat(32), "bbn-1"],
    ["one of a chain id that is no text", bbn1, { hex: "0xff" }],
  ] as const) {
    test(`babylon.eots: a vote under ${name} signing context is opaque, and its vote is shown`, () => {
      const { intent } = babylonAdapter.decode(eotsRequest({ chainId, message: underContext(context) }), KEY);
      assert.deepEqual(intent.opaqueCauses, ["hashedMessage"]);
      assert.match(intent.opaqueReason ?? "", /signing context/);
      const { vote, voteHeight } = membersOf(intent.babylon);
      assert.deepEqual(vote, {
        height: "7",
        blockHash: `0x${"ab".repeat(32)}`,
        signingContext: context,
      });
      assert.equal(voteHeight, undefined);
    });
  }

  for (const [name, message] of [
    ["capitals", underContext("AB".repeat(32))],
    ["a letter that is no digit", underContext("g".repeat(64))],
    ["no text", `0x${"ff".repeat(64)}${voteMessage(7n).slice(2)}`],
    ["63 digits", underContext("a".repeat(63))],
    ["65 digits", underContext("a".repeat(65))],
  ] as const) {
    test(`babylon.eots: ${name} before a vote is no signing context, and the whole no vote`, () => {
      const { intent } = babylonAdapter.decode(eotsRequest({ message }), KEY);
      assert.deepEqual(intent.opaqueCauses, ["hashedMessage"]);
      assert.equal(membersOf(intent.babylon)["vote"], undefined);
    });
  }

  test("babylon.eots: Babylon's own signing context is SHA-256 of its text, and such a vote is one", () => {
    const module = bech32.encode(
      "bbn",
      bech32.toWords(createHash("sha256").update("finality").digest().subarray(0, 20)),
    );
    const context = createHash("sha256").update(`btcstaking/0/fp_fin_vote/bbn-1/${module}`).digest("hex");
    assert.equal(bbn1, context);
    const { intent, payloads } = babylonAdapter.decode(eotsRequest({ message: underContext(context) }), KEY);
    assert.equal(intent.opaque, false);
    const { vote, voteHeight } = membersOf(intent.babylon);
    assert.deepEqual(vote, {
      height: "7",
      blockHash: `0x${"ab".repeat(32)}`,
      signingContext: context,
    });
    assert.equal(voteHeight, "7");
    // The guard holds the message as it is signed: with its context.
    const { claim } = readPayloads(payloads);
    assert.ok(claim?.kind === "eots" && claim.message.length === 104);
  });

  test("babylon.eots: every well-formed request is decoded, and its intent names exactly it", () => {
    const seen = new Map<string, string>();
    fc.assert(
      fc.property(
        byteArrays(64),
        fc.bigInt({ min: 0n, max: HEIGHT_MAX }),
        byteArrays(80),
        (chainId, height, message) => {
          const request = eotsRequest({
            chainId: { hex: toHex(chainId) },
            height: height.toString(),
            message: toHex(message),
          });
          const { payloads, intent } = babylonAdapter.decode(request, KEY);
          const { claim } = readPayloads(payloads);
          assert.ok(claim?.kind === "eots");
          assert.deepEqual([claim.chainId, claim.height, claim.message], [chainId, height, message]);
          const shown = JSON.stringify(intent.babylon);
          const whole = `${toHex(chainId)} ${height} ${toHex(message)}`;
          assert.equal(seen.get(shown) ?? whole, whole);
          seen.set(shown, whole);
        },
      ),
    );
  });

  test("babylon: nothing but a decoded request or request.malformed comes of any JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (chainId, height, message) => {
        for (const type of ["babylon.eots", "babylon.schnorr"]) {
          try {
            babylonAdapter.decode({ type, chainId, height, message }, KEY);
          } catch (error) {
            assert.ok(error instanceof SignerError && error.code === "request.malformed");
          }
        }
      }),
    );
  });
});

describe("babylon: chain ids", () => {
  test("babylon: text and hex of one id are one id", () => {
    assert.deepEqual(readChainId("bbn-1"), readChainId({ hex: "0x62626e2d31" }));
    assert.deepEqual(readChainId(""), readChainId({ hex: "0x" }));
    assert.equal(readChainId("é".repeat(32)).length, 64);
  });

  test("babylon: no two ids are shown alike", () => {
    for (const [hex, shown] of [
      ["0x62626e2d31", "bbn-1"],
      ["0x", ""],
      ["0xff", "0xff"],
      // The text 0xff.
      ["0x30786666", "0x30786666"],
      // Nothing is shown that cannot be seen: a byte order mark, a newline.
      ["0xefbbbf61", "0xefbbbf61"],
      ["0x610a", "0x610a"],
      // The replacement character itself, and a byte that would become it.
      ["0xefbfbd", "\ufffd"],
      ["0x80", "0x80"],
    ] as const) {
      assert.equal(chainIdText(readChainId({ hex })), shown);
    }
    const shown = new Map<string, string>();
    fc.assert(
      fc.property(
        fc.oneof(
          byteArrays(4),
          fc.string().map((text) => new Uint8Array(Buffer.from(text))),
        ),
        (bytes) => {
          const text = chainIdText(bytes);
          assert.equal(shown.get(text) ?? toHex(bytes), toHex(bytes));
          shown.set(text, toHex(bytes));
        },
      ),
    );
  });

  test("babylon: heights beyond 2^53 are exact", () => {
    for (const height of [0n, 2n ** 53n + 1n, 2n ** 63n, HEIGHT_MAX]) {
      assert.equal(readHeight(height.toString()), height);
      const message = new Uint8Array(Buffer.from(voteMessage(height).slice(2), "hex"));
      assert.equal(readVote(message)?.height, height);
    }
  });
});

describe("babylon: schnorr", () => {
  test("babylon.schnorr: is opaque, needs no guard, and no policy where none is bound", () => {
    const decoded = babylonAdapter.decode(schnorrRequest(), KEY);
    assert.equal(readPayloads(decoded.payloads).claim, undefined);
    assert.equal(decoded.bindingRequired, false);
    assert.deepEqual(decoded.intent.opaqueCauses, ["hashedMessage"]);
    assert.deepEqual(decoded.intent.babylon, { kind: "schnorr", message: `0x${"5a".repeat(32)}` });
    assert.deepEqual(decoded.payloads, [
      { scheme: "babylon.schnorr", digest: new Uint8Array(32).fill(0x5a), publicKey: KEY.publicKey.slice(1) },
    ]);
  });
});

describe("babylon: answers", () => {
  const bytes = Uint8Array.from({ length: 64 }, (_, index) => index);

  test("babylon.eots: only s leaves", () => {
    const decoded = babylonAdapter.decode(eotsRequest(), KEY);
    assert.deepEqual(babylonAdapter.assemble(decoded, [{ bytes }]), { signature: toHex(bytes.slice(32)) });
  });

  test("babylon.schnorr: both halves leave", () => {
    const decoded = babylonAdapter.decode(schnorrRequest(), KEY);
    assert.deepEqual(babylonAdapter.assemble(decoded, [{ bytes }]), { signature: toHex(bytes) });
  });

  test("babylon: nothing leaves but one signature of 64 bytes", () => {
    const decoded = babylonAdapter.decode(eotsRequest(), KEY);
    for (const signatures of [
      [],
      [{ bytes }, { bytes }],
      [{ bytes: bytes.slice(1) }],
      [{ bytes: new Uint8Array(96) }],
    ]) {
      assert.throws(() => babylonAdapter.assemble(decoded, signatures), TypeError);
    }
  });
});
