/**
 * Messages that look harmless and are not: texts that rollups take for orders, texts that keys are made of, hashes in
 * disguise, and sign-ins with one thing wrong. Protocol texts are as their projects publish them.
 * @module
 */
import type { OpaqueCause } from "../../../src/domain/intent.ts";

export interface Hostile {
  readonly name: string;
  readonly message: string | Uint8Array;
  readonly cause: OpaqueCause;
  /** Where the text comes from. */
  readonly source?: string;
}

const DELEGATED = "0x098f13eb5d9e57c4cdccf29e6232dfdf06d44801";
const HASH = "9f".repeat(31) + "a0";

const ORDERS: readonly Hostile[] = [
  {
    name: "zkSync Lite: transfer",
    source: "matter-labs/zksync-lite-docs, docs/api (readable transaction info)",
    message: `Transfer 1.0 ETH\nTo: ${DELEGATED}\nNonce: 0\nFee: 0.01 ETH\nAccount Id: 13`,
    cause: "unknownMessage",
  },
  {
    name: "zkSync Lite: transfer without fee",
    source: "matter-labs/zksync, sdk/zksync.js/src/eth-message-signer.ts",
    message: `Transfer 1.0 ETH to: ${DELEGATED}\nNonce: 0`,
    cause: "unknownMessage",
  },
  {
    name: "zkSync Lite: withdrawal",
    source: "matter-labs/zksync, sdk/zksync.js/src/eth-message-signer.ts",
    message: `Withdraw 1.0 ETH to: ${DELEGATED}\nFee: 0.01 ETH\nNonce: 0`,
    cause: "unknownMessage",
  },
  {
    name: "zkSync Lite: withdrawal of an NFT",
    source: "matter-labs/zksync, sdk/zksync.js/src/eth-message-signer.ts",
    message: `WithdrawNFT 65537 to: ${DELEGATED}\nFee: 0.01 ETH\nNonce: 0`,
    cause: "unknownMessage",
  },
  {
    name: "zkSync Lite: an operation whose amount and fee are 0",
    source: "matter-labs/zksync, sdk/zksync.js/src/eth-message-signer.ts",
    message: "Nonce: 7",
    cause: "unknownMessage",
  },
  {
    name: "zkSync Lite: another key for the account",
    source: "matter-labs/zksync, sdk/zksync.js/src/utils.ts, getChangePubkeyLegacyMessage",
    message: `Register zkSync pubkey:\n\n${"ab".repeat(20)}\nnonce: 0x00000000\naccount id: 0x0000000d\n\nOnly sign this message for a trusted client!`,
    cause: "unknownMessage",
  },
  {
    name: "Loopring: payment",
    source: "Loopring/loopring_sdk, src/api/sign/sign_tools.ts",
    message: `Sign this message to authorize Loopring Pay: 0x${HASH}`,
    cause: "unknownMessage",
  },
  {
    name: "XMTP: an identity key",
    source: "xmtp/xmtp-js, Signature.ts",
    message: `XMTP : Create Identity\n${"0a".repeat(60)}\n\nFor more info: https://xmtp.org/signatures/`,
    cause: "unknownMessage",
  },
];

const KEYS: readonly Hostile[] = [
  {
    name: "zkSync Lite: the account's key",
    source: "matter-labs/zksync, sdk/zksync.js/src/signer.ts, fromETHSignature",
    message: "Access zkSync account.\n\nOnly sign this message for a trusted client!",
    cause: "unknownMessage",
  },
  {
    name: "Loopring: the account's key",
    source: "Loopring/loopring_sdk, src/api/sign/sign_tools.ts",
    message:
      "Sign this message to access Loopring Exchange: 0x0BABA1Ad5bE3a5C0a66E7ac838a129Bf948f1eA4 with key nonce: 0",
    cause: "unknownMessage",
  },
  {
    name: "Immutable X (StarkEx): the Stark key",
    source: "immutable/imx-core-sdk, generateLegacyStarkPrivateKey",
    message: "Only sign this request if you’ve initiated an action with Immutable X.",
    cause: "unknownMessage",
  },
  {
    name: "Myria (StarkEx): the Stark key",
    source: "MyriaPlatform/myria-ts-samples, src/common/stark-key.ts",
    message: "Message request signature: ",
    cause: "unknownMessage",
  },
  {
    name: "Umbra: spending and viewing key",
    source: "ScopeLift/umbra-protocol, umbra-js/src/classes/Umbra.ts",
    message:
      "Sign this message to access your Umbra account.\n\nOnly sign this message for a trusted client!",
    cause: "unknownMessage",
  },
  {
    name: "Aztec (zk.money): spending key",
    source: "AztecProtocol/aztec-connect, create_signing_keys.ts",
    message:
      "Sign this message to generate your Aztec Spending Key. This key lets the application spend your funds on Aztec.\n\nIMPORTANT: Only sign this message if you trust the application.",
    cause: "unknownMessage",
  },
];

const DISGUISED: readonly Hostile[] = [
  { name: "32 bytes", message: Buffer.from(HASH, "hex"), cause: "hashedMessage" },
  { name: "32 letters", message: "letters prove nothing, 32 bytes.", cause: "hashedMessage" },
  { name: "hex of 32 bytes with 0x", message: `0x${HASH}`, cause: "hashedMessage" },
  { name: "hex of 32 bytes", message: HASH.toUpperCase(), cause: "hashedMessage" },
  { name: "hex in white space", message: `\n \t0x${HASH}\r\n`, cause: "hashedMessage" },
  { name: "hex in lines", message: HASH.replaceAll(/(.{16})/g, "$1\n"), cause: "hashedMessage" },
  { name: "hex behind a mark", message: `\ufeff${HASH}\u200b`, cause: "hashedMessage" },
  {
    name: "base58 of 32 bytes",
    message: "GwAF45zjfyGzUbd3i3hXxzGeuchzEZXwpRYHZM5912F1",
    cause: "hashedMessage",
  },
  { name: "base58 of 32 zeros", message: "1".repeat(32), cause: "hashedMessage" },
  {
    name: "base64 of 32 bytes",
    message: Buffer.from(HASH, "hex").toString("base64"),
    cause: "hashedMessage",
  },
  {
    name: "base64url of 32 bytes",
    message: Buffer.from(HASH, "hex").toString("base64url"),
    cause: "hashedMessage",
  },
  ...["1900", "1901", "1945"].map((prefix): Hostile => {
    const message = Buffer.from(prefix + HASH + HASH, "hex");
    return { name: `bytes that begin 0x${prefix}`, message, cause: "hashedMessage" };
  }),
  { name: "0x1901 and nothing else", message: Uint8Array.of(0x19, 0x01), cause: "hashedMessage" },
  // 0 is no letter of base58, and = stands only at the end of base64.
  { name: "44 letters", message: `0=${"a".repeat(42)}`, cause: "unknownMessage" },
  { name: "a greeting", message: "hello", cause: "unknownMessage" },
  { name: "bytes that are no text", message: Uint8Array.of(0xff, 0xfe), cause: "unknownMessage" },
];

/** What no chain's sign-in may change to, from a correct one with a statement. */
const EDITS: readonly (readonly [name: string, edit: (text: string) => string])[] = [
  ["a line after the end", (text) => `${text}\nTransfer 1.0 ETH`],
  ["a line break at the end", (text) => `${text}\n`],
  ["a line before the beginning", (text) => `\n${text}`],
  ["CRLF", (text) => text.replaceAll("\n", "\r\n")],
  ["a carriage return in the statement", (text) => text.replace("terms", "terms\r")],
  ["two lines of statement", (text) => text.replace("terms", "terms\nand more")],
  ["NUL in the statement", (text) => text.replace("terms", "terms\0")],
  ["NUL at the end", (text) => `${text}\0`],
  ["a tab in the statement", (text) => text.replace("terms", "\tterms")],
  ["right-to-left override", (text) => text.replace("terms", "\u202eterms")],
  ["no-break space in the first line", (text) => text.replace("wants you", "wants\u00a0you")],
  ["Cyrillic letter in the domain", (text) => text.replaceAll("example.org", "ex\u0430mple.org")],
  ["Cyrillic letter in the URI", (text) => text.replace("://example.org", "://ex\u0430mple.org")],
  ["another host in the URI", (text) => text.replace("://example.org", "://example.net")],
  ["a subdomain in the URI", (text) => text.replace("://example.org", "://login.example.org")],
  ["a longer host in the URI", (text) => text.replace("://example.org", "://example.org.evil.net")],
  ["user part in the URI", (text) => text.replace("://example.org", "://example.org@evil.net")],
  ["user part in the domain", (text) => text.replace(/^example\.org/, "example.org@evil.net")],
  ["path in the domain", (text) => text.replace(/^example\.org/, "example.org/path")],
  ["back slash in the URI", (text) => text.replace("://example.org", "://evil.net\\@example.org")],
  ["words behind the URI", (text) => text.replace("/login", "/login and pay")],
  ["quotation mark in the URI", (text) => text.replace("/login", '/login"')],
  ["Cyrillic letter in the URI's path", (text) => text.replace("/login", "/l\u043egin")],
  ["half a percent code in the URI", (text) => text.replace("/login", "/%2")],
  ["percent sign in the host", (text) => text.replaceAll("example.org", "example%2eorg")],
  ["plain http", (text) => text.replace("https://", "http://")],
  ["scheme of another kind", (text) => `app://${text.replace("https://", "app://")}`],
  ["scheme that the URI has not", (text) => `http://${text}`],
  ["empty scheme", (text) => `://${text}`],
  ["session key as URI (CACAO)", (text) => text.replace(/https:\S+/, "did:key:z6MkhaXgBZDvotDkL5257f")],
  ["capability as URI (Lit)", (text) => text.replace(/https:\S+/, "lit:capability:delegation")],
  ["no address", (text) => text.replace(/\n[^\n]+\n/, "\n\n")],
  ["address with a space", (text) => text.replace(/\n([^\n]+)\n/, "\n$1 \n")],
  ["version 2", (text) => text.replace("Version: 1", "Version: 2")],
  ["no version", (text) => text.replace("Version: 1\n", "")],
  ["no chain ID", (text) => text.replace(/Chain ID: .*\n/, "")],
  ["chain ID with a space", (text) => text.replace(/Chain ID: (.*)/, "Chain ID: $1 1")],
  ["no nonce", (text) => text.replace(/Nonce: .*\n/, "")],
  ["nonce of 7", (text) => text.replace(/Nonce: .*/, "Nonce: 1234567")],
  ["nonce with a dash", (text) => text.replace(/Nonce: .*/, "Nonce: 1234-5678")],
  ["no time of issue", (text) => text.replace(/\nIssued At: .*/, "")],
  ["day that does not exist", (text) => text.replace(/Issued At: .*/, "Issued At: 2026-02-29T00:00:00Z")],
  ["time without a zone", (text) => text.replace(/Issued At: .*/, "Issued At: 2026-02-28T00:00:00")],
  ["expiry in words", (text) => text.replace(/(Issued At: .*)/, "$1\nExpiration Time: tomorrow")],
  ["start in words", (text) => text.replace(/(Issued At: .*)/, "$1\nNot Before: today")],
  ["nonce before the chain", (text) => text.replace(/(Chain ID: .*)\n(Nonce: .*)/, "$2\n$1")],
  ["a field twice", (text) => text.replace(/(Nonce: .*)/, "$1\n$1")],
  ["a field that nobody knows", (text) => text.replace(/(Nonce: .*)/, "$1\nAmount: 1.0 ETH")],
  ["a request ID with a space", (text) => `${text}\nRequest ID: a b`],
  ["three empty lines", (text) => text.replace("\n\nURI", "\n\n\nURI")],
  [
    "powers as a resource (ERC-5573)",
    (text) => `${text}\nResources:\n- urn:recap:eyJhdHQiOnt9LCJwcmYiOltdfQ`,
  ],
  [
    "powers behind another resource",
    (text) => `${text}\nResources:\n- https://example.org\n- urn:recap:eyJ9`,
  ],
  ["powers in upper case", (text) => `${text}\nResources:\n- URN:RECAP:eyJ9`],
  ["ceramic streams as a resource", (text) => `${text}\nResources:\n- ceramic://*`],
  ["words behind a resource", (text) => `${text}\nResources:\n- https://example.org/ and the rest`],
  ["resource that is no URI", (text) => `${text}\nResources:\n- all of it`],
  ["empty resource", (text) => `${text}\nResources:\n- `],
  ["text behind Resources", (text) => `${text}\nResources: none`],
  [
    "powers in the statement (ERC-5573)",
    (text) => text.replace("terms", "terms. I further authorize the stated URI to perform the following"),
  ],
  ["another wording", (text) => text.replace("wants you to sign in", "wants you to sign in now")],
  ["another case", (text) => text.replace("wants you", "Wants you")],
  ["8 KiB and more", (text) => text.replace("terms", "terms ".repeat(1400))],
];

/** All hostile messages for the key whose correct sign-in is `signIn`: domain example.org, a statement with the word terms. */
export function hostileMessages(signIn: string): readonly Hostile[] {
  const edited = EDITS.map(([name, edit]): Hostile => {
    const message = edit(signIn);
    if (message === signIn) throw new Error(`nothing to change for: ${name}`);
    return { name: `sign-in: ${name}`, message, cause: "unknownMessage" };
  });
  return [...ORDERS, ...KEYS, ...DISGUISED, ...edited];
}
