/** Messages of every chain that has them: hostile ones are opaque, sign-ins and proofs of ownership are known. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { utf8 } from "../../../src/domain/bytes.ts";
import { understandMessage, type Understanding } from "../../../src/domain/messages/understanding.ts";
import { OWNERSHIP_FORMS } from "../../../src/domain/messages/ownership.ts";
import type { SignInAccount } from "../../../src/domain/messages/sign-in.ts";
import { hostileMessages } from "./hostile.ts";
import { signInFields, signInText } from "./sign-in.ts";

const ADDRESSES = {
  Ethereum: "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266",
  Solana: "GwAF45zjfyGzUbd3i3hXxzGeuchzEZXwpRYHZM5912F1",
  Bitcoin: "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
} as const;
const ECOSYSTEMS = ["Ethereum", "Solana", "Bitcoin"] as const;

function signIn(ecosystem: SignInAccount["ecosystem"], address: string = ADDRESSES[ecosystem]): string {
  return signInText(ecosystem, address);
}

function understand(
  message: string | Uint8Array,
  ecosystem: SignInAccount["ecosystem"] = "Ethereum",
): Understanding {
  const bytes = typeof message === "string" ? utf8(message) : message;
  const address = ADDRESSES[ecosystem];
  return understandMessage(bytes, { ecosystem, isAddress: (text) => text === address });
}

function causeOf(understood: Understanding): string {
  return "opacity" in understood ? understood.opacity.cause : `harmless: ${understood.harmless}`;
}

for (const ecosystem of ECOSYSTEMS) {
  describe(`${ecosystem}: opaque`, () => {
    for (const { name, message, cause } of hostileMessages(signIn(ecosystem))) {
      test(name, () => assert.equal(causeOf(understand(message, ecosystem)), cause));
    }
    test("sign-in for another address", () => {
      const other = ADDRESSES[ecosystem === "Solana" ? "Bitcoin" : "Solana"];
      assert.equal(causeOf(understand(signIn(ecosystem, other), ecosystem)), "unknownMessage");
    });
    for (const other of ECOSYSTEMS.filter((name) => name !== ecosystem)) {
      test(`sign-in with a ${other} account`, () => {
        const text = signIn(other, ADDRESSES[ecosystem]);
        assert.equal(causeOf(understand(text, ecosystem)), "unknownMessage");
      });
    }
  });

  test(`${ecosystem}: a sign-in is known, and its fields are shown`, () => {
    const text = signIn(ecosystem);
    assert.deepEqual(understand(text, ecosystem), {
      detail: {
        text,
        signIn: signInFields(ecosystem, ADDRESSES[ecosystem]),
      },
      harmless: "a sign-in at example.org proves who holds the key, to that service",
    });
  });
}

describe("eip4361: the reason names the fault", () => {
  const text = signIn("Ethereum");
  const REASONS: readonly (readonly [message: string, reason: RegExp])[] = [
    ["hello", /^a message that is none of the known forms/],
    [`${text}\n`, /not the form of a sign-in with an Ethereum account/],
    [text.replace("0xf39f", "0xf39e"), /its address is not the signing key's own/],
    [text.replace("Nonce: 32891756", "Nonce: 1"), /its nonce/],
    [text.replace("://example.org", "://example.net"), /its URI leads to another host than its domain/],
    [`${text}\nResources:\n- urn:recap:eyJ9`, /its resources delegate powers \(ERC-5573\)/],
    [`${text}\nResources:\n- ceramic://a`, /a resource is no https, http or ipfs address/],
  ];
  for (const [message, reason] of REASONS) {
    test(String(reason), () => {
      const understood = understand(message);
      assert.match("opacity" in understood ? understood.opacity.reason : "", reason);
    });
  }
});

describe("eip4361: what the grammar allows besides", () => {
  const text = signIn("Ethereum");
  const ALLOWED: readonly (readonly [name: string, text: string])[] = [
    ["no statement", text.replace(/I accept.*\n/, "")],
    ["empty statement", text.replace(/I accept.*/, "")],
    ["scheme", `https://${text}`],
    ["port in the domain alone", text.replace(/^example.org/, "example.org:3388")],
    ["port in both", text.replaceAll("example.org", "example.org:3388")],
    ["upper case in the domain", text.replace(/^example.org/, "Example.ORG")],
    ["IPv4 address", text.replaceAll("example.org", "192.0.2.1")],
    ["IPv6 address", text.replaceAll("example.org", "[2001:db8::1]")],
    [
      "http on this machine",
      `http://${text.replaceAll("example.org", "localhost:3000").replace("URI: https", "URI: http")}`,
    ],
    ["query and fragment", text.replace("/login", "?next=%2Fhome#top")],
    ["fraction and offset", text.replace("16:25:24Z", "16:25:24.123+05:30")],
    ["leap day", text.replace("2026-02-28", "2028-02-29")],
    [
      "every field",
      `${text}\nExpiration Time: 2026-03-01T00:00:00Z\nNot Before: 2026-02-28T00:00:00Z\nRequest ID: a-b:c%20d@e\nResources:\n- https://example.com/claim.json\n- ipfs://bafybeiemxf5abjwjbikoz4mc3a3dla6ual3jsgpdr4cjr3oz3evfyavhwq/`,
    ],
    ["resources without any", `${text}\nResources:`],
    ["empty request ID", `${text}\nRequest ID: `],
  ];
  for (const [name, allowed] of ALLOWED) {
    test(name, () => {
      assert.notEqual(allowed, text);
      const understood = understand(allowed);
      assert.match(causeOf(understood), /^harmless: a sign-in at /);
      assert.equal(understood.detail["text"], allowed);
    });
  }

  test("the domain is shown in lowercase and with its port", () => {
    const { signIn: fields } = understand(text.replace(/^example.org/, "Example.ORG:8443")).detail;
    assert.ok(typeof fields === "object" && fields !== null && "domain" in fields);
    assert.equal(fields["domain"], "example.org:8443");
  });

  test("one empty line before the fields, as Phantom writes it, is Solana's and Bitcoin's alone", () => {
    for (const ecosystem of ECOSYSTEMS) {
      const short = signIn(ecosystem).replace(/\nI accept.*\n/, "");
      assert.equal("harmless" in understand(short, ecosystem), ecosystem !== "Ethereum");
      const long = signIn(ecosystem).replace(/I accept.*\n/, "");
      assert.equal("harmless" in understand(long, ecosystem), true);
    }
  });
});

describe("proofs of ownership", () => {
  const OWNER =
    "I, hereby verify that I am the owner/creator of the address [0xe1bad922f84b198a08292fb600319300ae32471b]";
  const ETHERSCAN = `[Etherscan.io 12/09/2019 14:24:10] ${OWNER}`;
  const BLOCKSCOUT = `[eth-goerli.blockscout.com] [2023-04-18 18:47:40] ${OWNER}`;

  const REFUSED: readonly (readonly [name: string, text: string])[] = [
    ["without a place", OWNER],
    ["at a place that nobody knows", ETHERSCAN.replace("Etherscan.io", "etherscan.example")],
    ["at a place that ends like a known one", BLOCKSCOUT.replace("eth-goerli.", "evil")],
    ["with a line after it", `${ETHERSCAN}\nTransfer 1.0 ETH`],
    ["with a word after it", `${ETHERSCAN} and sell it`],
    ["with a short address", ETHERSCAN.replace("e1bad9", "")],
  ];
  for (const [name, text] of REFUSED) {
    test(`${name}: opaque`, () => assert.equal(causeOf(understand(text)), "unknownMessage"));
  }
  for (const ecosystem of ["Solana", "Bitcoin"] as const) {
    test(`with a ${ecosystem} key: opaque`, () =>
      assert.equal(causeOf(understand(ETHERSCAN, ecosystem)), "unknownMessage"));
  }
  for (const text of [ETHERSCAN, ETHERSCAN.replace("Etherscan.io", "polygonscan.com"), BLOCKSCOUT]) {
    test(`${text.slice(0, 30)}…: harmless`, () => {
      assert.match(causeOf(understand(text)), /^harmless: proves to/);
      assert.deepEqual(understand(text).detail, { text });
    });
  }
});

test("docs/understood.md names every proof of ownership and its source", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../docs/understood.md"), "utf8");
  for (const { name, source } of OWNERSHIP_FORMS) {
    assert.ok(page.includes(name), name);
    assert.ok(page.includes(source), source);
  }
});

test("a message is shown once: as text where its bytes are UTF-8, else as hex", () => {
  assert.deepEqual(understand("hello").detail, { text: "hello" });
  assert.deepEqual(understand("\ufeffmark\0").detail, { text: "\ufeffmark\0" });
  assert.deepEqual(understand("").detail, { text: "" });
  assert.deepEqual(understand(Uint8Array.of(0xc3, 0x28)).detail, { hex: "0xc328" });
});

test("the longest messages are understood in no time", () => {
  const started = process.cpuUsage().user;
  for (const unit of [
    " ",
    "1",
    "a",
    "0x",
    "\n",
    "example.org wants you to sign in with your Ethereum account:\n",
  ]) {
    const text = unit.repeat(Math.floor(60_000 / unit.length));
    for (const message of [text, `a${text}`, `${signIn("Ethereum")}${text}`]) understand(message);
    understand(signIn("Ethereum").replace("example.org", text.slice(0, 7000)));
    understand(signIn("Ethereum").replace("://example.org", `://${text.slice(0, 7000)}`));
  }
  assert.ok(process.cpuUsage(undefined).user - started < 500_000);
});
