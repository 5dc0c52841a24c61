/** Secrets that a caller sends, rightly or wrongly: none comes back in an answer, and none is in the log or the files. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { HDKey } from "@scure/bip32";
import { base58 } from "@scure/base";
import { WIF } from "@scure/btc-signer";
import { ed25519 } from "@noble/curves/ed25519.js";
import { withChecksum } from "../../src/chains/bitcoin/descriptor-checksum.ts";
import { RunningService } from "../running/service.ts";

const KEY = new Uint8Array(32).fill(0x5a).map((byte, index) => byte ^ index);
const WRONG_PUBLIC_KEY = new Uint8Array(32).fill(9);
const PAIR = (publicKey: Uint8Array) => new Uint8Array([...KEY, ...publicKey]);
const NODE = HDKey.fromMasterSeed(KEY).derive("m/48'/0'/0'/2'");
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const NO_CHECKSUM = "abandon ability able about above absent absorb abstract absurd abuse access accident";
const PASSPHRASE = "the twenty-fifth word of a wallet";
const TOKEN = "a-token-that-nobody-has-0123456789abcdefghij";
/** A JSON Web Token with a secret part, as a module of Commit-Boost sends. */
const JWT = `eyJhbGciOiJIUzI1NiJ9.${Buffer.from('{"module":"TEST"}').toString("base64url")}.c2VjcmV0LXNpZ25hdHVyZQ`;

interface Sent {
  readonly name: string;
  readonly path: string;
  readonly body: unknown;
  /** What must not be seen again. */
  readonly secret: string;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

const IMPORT = "/v1/keys/import";
const WIF_OF_TESTNET = WIF({ bech32: "tb", pubKeyHash: 0x6f, scriptHash: 0xc4, wif: 0xef }).encode(KEY);
const SENT: readonly Sent[] = [
  ...(
    [
      ["0x-hex one digit short", { chain: "ethereum", privateKey: `0x${hex(KEY).slice(1)}` }, 400],
      ["0x-hex", { chain: "ethereum", privateKey: `0x${hex(KEY)}` }, 201],
      ["WIF of another network", { chain: "bitcoin", network: "mainnet", privateKey: WIF_OF_TESTNET }, 400],
      ["a changed WIF", { chain: "bitcoin", privateKey: `${WIF().encode(KEY).slice(0, -1)}1` }, 400],
      [
        "base58 with a wrong public half",
        { chain: "solana", privateKey: base58.encode(PAIR(WRONG_PUBLIC_KEY)) },
        400,
      ],
      ["base58", { chain: "solana", privateKey: base58.encode(PAIR(ed25519.getPublicKey(KEY))) }, 201],
      [
        "a list with a wrong public half",
        { chain: "solana", privateKey: `[${PAIR(WRONG_PUBLIC_KEY).join(",")}]` },
        400,
      ],
      ["a chain that does not exist", { chain: "dogecoin", privateKey: `0x${hex(KEY)}` }, 400],
    ] as const
  ).map(([name, body, status]) => ({
    name: `import: ${name}`,
    path: IMPORT,
    body,
    status,
    secret: body.privateKey.replace(/^0x|^\[/, "").slice(0, 40),
  })),
  {
    name: "words whose checksum does not hold",
    path: "/v1/wallets",
    body: { name: "x", mnemonic: NO_CHECKSUM, passphrase: PASSPHRASE },
    status: 400,
    secret: "ability able about",
  },
  {
    name: "a passphrase without words",
    path: "/v1/wallets",
    body: { name: "x", passphrase: PASSPHRASE },
    status: 400,
    secret: PASSPHRASE,
  },
  {
    name: "a wrong passphrase to unseal",
    path: "/v1/sys/unseal",
    body: { passphrase: PASSPHRASE },
    status: 403,
    secret: PASSPHRASE,
  },
  {
    name: "a token that nobody has",
    path: "/v1/wallets",
    body: { name: "x" },
    status: 401,
    secret: TOKEN,
    headers: { authorization: `Bearer ${TOKEN}` },
  },
  {
    name: "a module's token where no modules are",
    path: "/signer/v1/request_signature/bls",
    body: { pubkey: `0x${"ab".repeat(48)}`, object_root: `0x${"01".repeat(32)}` },
    status: 401,
    secret: "c2VjcmV0LXNpZ25hdHVyZQ",
    headers: { authorization: `Bearer ${JWT}` },
  },
];

let service: RunningService;
before(async () => {
  service = await RunningService.start({ environment: { CLAVIGER_LOG__LEVEL: "trace" } });
});
after(() => service.stop());

for (const { name, path, body, status, secret, headers } of SENT) {
  test(`${name}: the answer has none of it`, async () => {
    const reply = await service.call("POST", path, body, headers);
    assert.equal(reply.status, status, reply.text);
    assert.ok(secret.length >= 16, "long enough to be no accident");
    assert.ok(!reply.text.includes(secret), reply.text);
  });
}

test("a descriptor with a private key: the answer has none of it", async () => {
  const wallet = await service.call("POST", "/v1/wallets", { name: "shared" });
  const descriptor = withChecksum(`wsh(pk(${NODE.privateExtendedKey}/<0;1>/*))`);
  const path = `/v1/wallets/${wallet.body.id}/descriptors`;
  const reply = await service.call("POST", path, { name: "x", descriptor });
  assert.equal(reply.status, 400, reply.text);
  assert.ok(!reply.text.includes(NODE.privateExtendedKey.slice(0, 40)), reply.text);
});

test("neither log nor files have any of it", () => {
  const log = service.stderr.join("");
  assert.match(log, /"level":/, "the log has lines, or this would prove nothing");
  const files = readdirSync(service.dataDirectory).filter((name) => !name.startsWith("dev."));
  assert.ok(files.includes("ledger.sqlite"));
  const contents = files.map((file) => readFileSync(join(service.dataDirectory, file)));
  for (const secret of [...SENT.map((sent) => sent.secret), NODE.privateExtendedKey.slice(0, 40)]) {
    assert.ok(!log.includes(secret), `the log has ${secret.slice(0, 4)}…`);
    for (const content of contents) assert.ok(!content.includes(secret), `a file has ${secret.slice(0, 4)}…`);
  }
});
