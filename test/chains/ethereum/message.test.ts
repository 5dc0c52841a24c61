/** EIP-191 messages: digests and signatures of any bytes, and sign-ins of EIP-4361 against viem's own. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { hashMessage, verifyMessage } from "viem";
import { createSiweMessage, parseSiweMessage } from "viem/siwe";
import type { SignRequest } from "../../../src/chains/adapter.ts";
import { Effects } from "../../../src/chains/ethereum/effects.ts";
import { visitMessage } from "../../../src/chains/ethereum/message.ts";
import { utf8 } from "../../../src/domain/bytes.ts";
import { intentOf } from "../../../src/domain/intent.ts";
import { hostileMessages } from "../../domain/messages/hostile.ts";
import { asHex, decode, digestOf, hexField, KEY, OWNER, refuses, sign } from "./keys.ts";

const message = (value: unknown): SignRequest => ({ type: "ethereum.message", message: value });

describe("eip191: refused", () => {
  const REFUSALS: readonly (readonly [rule: string, value: unknown, field: string])[] = [
    ["bare text", "hello", "/message"],
    ["no encoding", {}, "/message"],
    ["two encodings", { text: "a", hex: "0x61" }, "/message"],
    ["unknown encoding", { base64: "YQ==" }, "/message/base64"],
    ["hex without 0x", { hex: "61" }, "/message/hex"],
    ["odd hex", { hex: "0x6" }, "/message/hex"],
    ["text that is no text", { text: 5 }, "/message/text"],
    ["lone surrogate", { text: "\udc00" }, "/message/text"],
  ];
  for (const [rule, value, field] of REFUSALS) {
    test(rule, () => refuses(message(value), "transaction.invalid", field));
  }
});

const SIGN_IN = createSiweMessage({
  address: asHex(KEY.address),
  chainId: 1,
  domain: "example.org",
  issuedAt: new Date("2026-02-28T16:25:24Z"),
  nonce: "32891756",
  statement: "I accept the terms.",
  uri: "https://example.org/login",
  version: "1",
});

describe("eip191: opaque", () => {
  for (const { name, message: content, cause } of hostileMessages(SIGN_IN)) {
    test(name, () => {
      const hex = `0x${Buffer.from(content).toString("hex")}`;
      assert.deepEqual(decode(message({ hex })).intent.opaqueCauses, [cause]);
    });
  }
  const ADDRESSES: readonly (readonly [name: string, address: string])[] = [
    ["another address", "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"],
    ["a wrong EIP-55 checksum", KEY.address.replace("F", "f")],
    ["a short address", KEY.address.slice(0, -1)],
    ["no 0x", KEY.address.slice(2)],
    ["0X", KEY.address.replace("0x", "0X")],
  ];
  for (const [name, address] of ADDRESSES) {
    test(`sign-in: ${name}`, () => {
      const { intent } = decode(message({ text: SIGN_IN.replace(KEY.address, address) }));
      assert.deepEqual(intent.opaqueCauses, ["unknownMessage"]);
      assert.match(intent.opaqueReason ?? "", /its address is not the signing key's own/);
    });
  }
});

describe("eip191: personal messages", () => {
  for (const text of ["hello", "", "0x61", "é🚀", "\ufeffwith a mark", "a\nb\0c"]) {
    test(`digest, signature and intent of ${JSON.stringify(text)}`, async () => {
      const decoded = decode(message({ text }));
      assert.equal(digestOf(decoded), hashMessage(text));
      const hex = `0x${Buffer.from(text, "utf8").toString("hex")}`;
      const { opaqueReason, ...intent } = decoded.intent;
      assert.match(opaqueReason ?? "", /none of the known forms/);
      assert.deepEqual(intent, {
        opaque: true,
        opaqueCauses: ["unknownMessage"],
        transfers: [],
        allowances: [],
        control: [],
        calls: [],
        ethereum: { message: { text } },
      });
      assert.deepEqual(decoded.environment, { chainId: "0", network: "any" });
      const signature = hexField(sign(message({ text })), "signature");
      assert.match(signature, /^0x[0-9a-f]{128}(?:1b|1c)$/);
      assert.equal(await verifyMessage({ address: asHex(KEY.address), message: text, signature }), true);
      assert.deepEqual(decode(message({ hex })), decoded);
    });
  }

  test("0x61 as text is not 0x61 as bytes", () => {
    assert.notEqual(digestOf(decode(message({ text: "0x61" }))), digestOf(decode(message({ hex: "0x61" }))));
  });

  test("bytes that are not UTF-8 have no text", () => {
    assert.deepEqual(decode(message({ hex: "0xff" })).intent.ethereum, { message: { hex: "0xff" } });
  });
});

describe("eip4361: sign-ins", () => {
  test("the intent is harmless and shows the fields", () => {
    const { intent } = decode(message({ text: SIGN_IN }));
    assert.deepEqual(intent, {
      opaque: false,
      opaqueCauses: [],
      harmless: "a sign-in at example.org proves who holds the key, to that service",
      transfers: [],
      allowances: [],
      control: [],
      calls: [],
      ethereum: {
        message: {
          text: SIGN_IN,
          signIn: {
            domain: "example.org",
            address: KEY.address,
            statement: "I accept the terms.",
            uri: "https://example.org/login",
            version: "1",
            chainId: "1",
            nonce: "32891756",
            issuedAt: "2026-02-28T16:25:24.000Z",
          },
        },
      },
    });
  });

  test("the address in one case has no checksum", () => {
    for (const address of [OWNER, `0x${OWNER.slice(2).toUpperCase()}`]) {
      const { intent } = decode(message({ text: SIGN_IN.replace(KEY.address, address) }));
      assert.equal(intent.opaque, false);
    }
  });

  test("whatever viem creates is known, and the fields are the ones that viem reads", () => {
    fc.assert(
      fc.property(SIGN_INS, (parameters) => {
        const text = createSiweMessage(parameters);
        const { intent } = decode(message({ text }));
        assert.equal(intent.opaque, false, intent.opaqueReason);
        const shown: Record<string, unknown> = signInIn(intent.ethereum);
        const times = ["issuedAt", "expirationTime", "notBefore"].filter((name) => name in shown);
        const read = parseSiweMessage(text);
        assert.deepEqual(
          {
            ...shown,
            chainId: Number(shown["chainId"]),
            ...Object.fromEntries(times.map((name) => [name, new Date(String(shown[name]))])),
          },
          // viem leaves out an empty list of resources, and keeps the name of an empty request ID out as well.
          { ...read, ...("resources" in shown ? { resources: read.resources ?? [] } : {}) },
        );
      }),
      { numRuns: 200 },
    );
  });

  test("one byte more or less, anywhere, and it is opaque or another sign-in of the same account at the same host", () => {
    const bytes = utf8(SIGN_IN);
    fc.assert(
      fc.property(
        fc.nat({ max: bytes.length - 1 }),
        fc.nat({ max: 255 }),
        fc.boolean(),
        (at, byte, insert) => {
          const changed = Uint8Array.from([
            ...bytes.subarray(0, at),
            ...(insert ? [byte] : []),
            ...bytes.subarray(insert ? at : at + 1),
          ]);
          const effects = new Effects();
          const { signIn } = visitMessage(effects, changed, OWNER);
          const { opaque } = intentOf(effects.findings(), {});
          assert.equal(opaque, signIn === undefined);
          if (signIn === undefined) return;
          const { address, domain, uri } = Object.assign({ address: "", domain: "", uri: "" }, signIn);
          assert.equal(address.toLowerCase(), OWNER);
          assert.equal(new URL(uri).hostname, new URL(`https://${domain}`).hostname);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

const letters = (unit: string, minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...unit.split("")), minLength, maxLength });
const LOWER = "abcdefghijklmnopqrstuvwxyz";
const DIGITS = "0123456789";
const URI_PATHS = letters(`${LOWER}${DIGITS}-._~!$&'()*+,;=:@/?`, 0, 40).map((path) => `/${path}`);
const TIMES = fc.date({ min: new Date("2000-01-01"), max: new Date("2099-12-31"), noInvalidDate: true });
const HOSTS = fc
  .tuple(letters(LOWER, 1, 20), letters(`${LOWER}${DIGITS}`, 1, 20), letters(LOWER, 2, 6))
  .map((labels) => labels.join("."));

const SIGN_INS = fc
  .record(
    {
      host: HOSTS,
      port: fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
      path: URI_PATHS,
      chainId: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      nonce: letters(`${LOWER}${LOWER.toUpperCase()}${DIGITS}`, 8, 64),
      issuedAt: TIMES,
      scheme: fc.constant("https"),
      statement: letters(`${LOWER}${LOWER.toUpperCase()}${DIGITS} -._~:/?#[]@!$&'()*+,;=`, 1, 200),
      expirationTime: TIMES,
      notBefore: TIMES,
      requestId: letters(`${LOWER}${DIGITS}-._~!$&'()*+,;=:@`, 1, 40),
      resources: fc.array(
        fc
          .tuple(fc.constantFrom("https", "ipfs"), HOSTS, URI_PATHS)
          .map(([scheme, host, path]) => `${scheme}://${host}${path}`),
        { maxLength: 4 },
      ),
    },
    { requiredKeys: ["host", "port", "path", "chainId", "nonce", "issuedAt"] },
  )
  .map(({ host, port, path, ...rest }) => {
    const domain = port === undefined ? host : `${host}:${port}`;
    const version = "1" as const;
    return { ...rest, address: asHex(KEY.address), domain, uri: `https://${domain}${path}`, version };
  });

function signInIn(detail: unknown): Record<string, unknown> {
  const { message: shown } = Object.assign({ message: {} }, detail);
  return { ...Object.assign({ signIn: {} }, shown).signIn };
}
