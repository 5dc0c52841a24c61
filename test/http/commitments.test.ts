/**
 * Commit-Boost's signer API as its modules call it: who is let in, what a policy has to say, and that what is signed is
 * the root by SHA-256 alone under a domain that no duty has.
 */
import assert from "node:assert/strict";
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { PublicKey, Signature, verify } from "@chainsafe/blst";
import { createEthereumValidatorAdapter } from "../../src/chains/ethereum-validator/adapter.ts";
import { COMMIT_BOOST_DOMAIN } from "../../src/chains/ethereum-validator/commitment.ts";
import { DOMAIN } from "../../src/chains/ethereum-validator/domain.ts";
import { signingRootOf } from "../../src/chains/ethereum-validator/signing-root.ts";
import { commitmentModules } from "../../src/config/commitment-modules.ts";
import { signingRoot } from "../chains/ethereum-validator/expected.ts";
import { bytes, container, uint256, uint64 } from "../chains/ethereum-validator/merkle.ts";
import { validatorKey as recordOf } from "../chains/ethereum-validator/keys.ts";
import {
  askAs,
  claimsFor,
  MODULES,
  modulesFolder,
  send,
  tokenOf,
  type Module,
} from "../running/commit-boost.ts";
import { ALLOW, ALLOW_OPAQUE, bind, readyPolicy } from "../running/policies.ts";
import { RunningService, TOKEN } from "../running/service.ts";
import { assertSigned, block, signDuty, validatorKeys } from "../running/validators.ts";
import { assertProblem } from "./problems.ts";

const [PRECONF, RESTAKE] = MODULES;
const SIGN = "request_signature/bls";
const OBJECT = `0x${"01".repeat(32)}`;
const NO_ROOT = `0x${"00".repeat(32)}`;

let service: RunningService;
let folder: string;
let keys: string[];
before(async () => {
  const made = modulesFolder();
  folder = made.folder;
  service = await RunningService.start({
    environment: { CLAVIGER_VALIDATORS__COMMIT_BOOST_FILE: made.file },
  });
  keys = await validatorKeys(service, 3);
});
after(async () => {
  await service?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const info = container([
  ["data", bytes],
  ["module_signing_id", bytes],
  ["nonce", uint64],
  ["chain_id", uint256],
]);

/** Of a network with this chain id and genesis version. */
function rootOf(
  object: string,
  { signingId }: Pick<Module, "signingId">,
  nonce: string,
  chain = "1",
  version = "0x00000000",
) {
  const fields = { data: object, module_signing_id: signingId, nonce, chain_id: chain };
  return new Uint8Array(signingRoot(info(fields), "6d6d6f43", version, NO_ROOT));
}

function isSignature(publicKey: string, root: Uint8Array, signature: string): boolean {
  const raw = (hex: string) => new Uint8Array(Buffer.from(hex.slice(2), "hex"));
  return verify(root, PublicKey.fromBytes(raw(publicKey), true), Signature.fromBytes(raw(signature), true));
}

function commitment(index: number, nonce: number | string = 0, root = OBJECT): object {
  return { pubkey: keys[index], object_root: root, nonce };
}

describe("Commit-Boost: who is refused", () => {
  const route = `/signer/v1/${SIGN}`;
  const refused = async (name: string, token: (body: string) => string) => {
    const body = JSON.stringify(commitment(0));
    assertProblem(await send(service, route, body, token(body)), "auth.missing");
    assert.ok(name);
  };
  const now = () => Math.floor(Date.now() / 1000);
  const rows: readonly (readonly [name: string, token: (body: string) => string])[] = [
    ["no token", () => ""],
    ["a token of an administrator", () => TOKEN],
    ["another secret", (body) => tokenOf(claimsFor(PRECONF, route, body), RESTAKE.secret)],
    [
      "a module that nobody configured",
      (body) => tokenOf({ ...claimsFor(PRECONF, route, body), module: "X" }, PRECONF.secret),
    ],
    [
      "no module",
      (body) => tokenOf({ ...claimsFor(PRECONF, route, body), module: undefined }, PRECONF.secret),
    ],
    [
      "no signature at all",
      (body) =>
        tokenOf(claimsFor(PRECONF, route, body), PRECONF.secret, { alg: "none" }).replace(/[^.]*$/, ""),
    ],
    [
      "another way of signing",
      (body) => tokenOf(claimsFor(PRECONF, route, body), PRECONF.secret, { alg: "HS512" }),
    ],
    [
      "a critical extension",
      (body) => tokenOf(claimsFor(PRECONF, route, body), PRECONF.secret, { alg: "HS256", crit: ["b64"] }),
    ],
    ["a fourth part", (body) => `${tokenOf(claimsFor(PRECONF, route, body), PRECONF.secret)}.x`],
    [
      "a token that has expired",
      (body) => tokenOf({ ...claimsFor(PRECONF, route, body), exp: now() - 60 }, PRECONF.secret),
    ],
    [
      "no end of its life",
      (body) => tokenOf({ ...claimsFor(PRECONF, route, body), exp: undefined }, PRECONF.secret),
    ],
    ["another route", (body) => tokenOf(claimsFor(PRECONF, "/signer/v1/get_pubkeys", body), PRECONF.secret)],
    ["another body", (body) => tokenOf(claimsFor(PRECONF, route, `${body} `), PRECONF.secret)],
    ["no word on the body", () => tokenOf(claimsFor(PRECONF, route), PRECONF.secret)],
    [
      "a hash that is none",
      (body) => tokenOf({ ...claimsFor(PRECONF, route, body), payload_hash: "0x12" }, PRECONF.secret),
    ],
  ];
  for (const [name, token] of rows) test(name, () => refused(name, token));

  test("a word on a body where there is none", async () => {
    const path = "/signer/v1/get_pubkeys";
    const token = tokenOf(claimsFor(PRECONF, path, "{}"), PRECONF.secret);
    assertProblem(await send(service, path, undefined, token), "auth.missing");
  });
  test("a module's token opens nothing else", async () => {
    for (const path of ["/v1/keys", "/api/v1/eth2/publicKeys"]) {
      const token = tokenOf(claimsFor(PRECONF, path), PRECONF.secret);
      assertProblem(await send(service, path, undefined, token), "auth.missing");
    }
  });
  test("malformed bodies, each with its field", async () => {
    for (const [body, field] of [
      [{ ...commitment(0), pubkey: "0x12" }, "/pubkey"],
      [{ ...commitment(0), object_root: `${OBJECT}00` }, "/object_root"],
      [{ ...commitment(0), nonce: -1 }, "/nonce"],
      [{ ...commitment(0), nonce: 1.5 }, "/nonce"],
      [{ ...commitment(0), nonce: "18446744073709551615" }, "/nonce"],
      [{ pubkey: keys[0], object_root: OBJECT }, "/"],
    ] as const) {
      const reply = await askAs(service, PRECONF, SIGN, body);
      assertProblem(reply, "request.malformed");
      assert.ok(reply.text.includes(field), reply.text);
    }
  });
  test("what cannot be done is said, and nothing smaller is done", async () => {
    for (const [path, body] of [
      ["request_signature/proxy-bls", { proxy: keys[0], object_root: OBJECT, nonce: 0 }],
      ["request_signature/proxy-ecdsa", { proxy: `0x${"11".repeat(20)}`, object_root: OBJECT, nonce: 0 }],
      ["generate_proxy_key", { pubkey: keys[0], scheme: "bls" }],
      ["request_signature", { type: "consensus", pubkey: keys[0], object_root: OBJECT }],
    ] as const) {
      assertProblem(await askAs(service, PRECONF, path, body), "request.unsupported");
    }
  });
  test("a key that is not here", async () => {
    assertProblem(
      await askAs(service, PRECONF, SIGN, { ...commitment(0), pubkey: `0x${"ab".repeat(48)}` }),
      "key.not_found",
    );
  });
});

test("Commit-Boost: without a policy nothing is signed, nor with one that does not allow what it cannot see", async () => {
  assertProblem(await askAs(service, PRECONF, SIGN, commitment(1)), "policy.unbound");
  const { id } = (await service.call("GET", "/v1/keys")).body.items.find(
    (item: any) => item.publicKey === keys[1],
  );
  await bind(service, ALLOW, { keyId: id });
  const reply = await askAs(service, PRECONF, SIGN, commitment(1));
  assertProblem(reply, "policy.opaque");
  const stored = (await service.call("GET", `/v1/requests/${reply.body.requestId}`)).body;
  assert.equal(stored.type, "ethereum-validator.commitment");
  await bind(
    service,
    readyPolicy("transfer-limits"),
    { keyId: id },
    { settings: { rules: [], maxFee: [], allowMessages: true, allowOpaque: true } },
  );
  const allowed = await askAs(service, PRECONF, SIGN, commitment(1));
  assert.equal(allowed.status, 200, allowed.text);
});

test("Commit-Boost: a commitment is signed under its own domain, for its module, and recorded", async () => {
  const { id } = (await service.call("GET", "/v1/keys")).body.items.find(
    (item: any) => item.publicKey === keys[2],
  );
  await bind(service, ALLOW_OPAQUE, { keyId: id });
  const size = async () => (await service.call("GET", "/v1/sys/status")).body.auditSize;
  const sizeBefore = await size();
  const signatures = new Set<string>();
  for (const module of MODULES) {
    for (const nonce of [0, 101, "18446744073709551614"]) {
      const reply = await askAs(service, module, SIGN, commitment(2, nonce));
      assert.equal(reply.status, 200, reply.text);
      const { signature, ...rest } = reply.body;
      assert.deepEqual(rest, {
        pubkey: keys[2],
        object_root: OBJECT,
        module_signing_id: module.signingId,
        nonce,
        chain_id: 1,
      });
      assert.ok(isSignature(keys[2] ?? "", rootOf(OBJECT, module, String(nonce)), signature));
      signatures.add(signature);
    }
  }
  assert.equal(signatures.size, 6, "neither module nor nonce may be exchanged");
  assert.ok((await size()) >= sizeBefore + 6);
  // The roots of duties are no claim on a slot: the key still signs its first block.
  const duty = block(1n);
  assertSigned(keys[2] ?? "", duty, (await signDuty(service, keys[2] ?? "", duty)).body.signature);
});

test("Commit-Boost: the keys that sign, and no proxies", async () => {
  const reply = await askAs(service, RESTAKE, "get_pubkeys");
  assert.equal(reply.status, 200, reply.text);
  assert.deepEqual(
    reply.body.keys.toSorted((a: any, b: any) => (a.consensus < b.consensus ? -1 : 1)),
    keys.toSorted().map((consensus) => ({ consensus, proxy_bls: [], proxy_ecdsa: [] })),
  );
});

test("Commit-Boost: a disabled key makes no commitments", async () => {
  const { id } = (await service.call("GET", "/v1/keys")).body.items.find(
    (item: any) => item.publicKey === keys[0],
  );
  await bind(service, ALLOW_OPAQUE, { keyId: id });
  assert.equal((await service.call("POST", `/v1/keys/${id}/disable`)).status, 200);
  assertProblem(await askAs(service, PRECONF, SIGN, commitment(0)), "guard.disabled");
});

test("Commit-Boost: its domain is no duty's, and none that the consensus layer can count to", () => {
  const own = Buffer.from(COMMIT_BOOST_DOMAIN).toString("hex");
  const duties = Object.values(DOMAIN).map((type) => Buffer.from(type).toString("hex"));
  assert.ok(!duties.includes(own));
  assert.notDeepEqual([...COMMIT_BOOST_DOMAIN.subarray(1)], [0, 0, 0]);
});

test("Commit-Boost: the published signature of its own signer verifies over the root that is computed here", () => {
  // Commit-Boost/commit-boost-client at 26a62ddaf373, tests/tests/signer_request_sig.rs: Hoodi, nonce 101.
  const publicKey =
    "0x883827193f7627cd04e621e1e8d56498362a52b2a30c9a1c72036eb935c4278dee23d38a24d2f7dda62689886f0c39f4";
  const signature =
    "0xb653034a6da0e516cb999d6bbcd5ddd8dde9695322a94aefcd3049e6235e0f4f63b13d81ddcd80d4e1e698c3f88c3b440ae696650ccef2f22329afb4ffecec85a34523e25920ceced54c5bc31168174a3b352977750c222c1c25f72672467e5c";
  const object = "0x0123456789012345678901234567890123456789012345678901234567890123";
  const module = { signingId: "0x6a33a23ef26a4836979edff86c493a69b26ccf0b4a16491a815a13787657431b" };
  const request = {
    type: "ethereum-validator.commitment",
    objectRoot: object,
    nonce: "101",
    module: "test-module",
    moduleSigningId: module.signingId,
  };
  const [payload] = createEthereumValidatorAdapter().decode(request, recordOf("hoodi")).payloads;
  assert.ok(payload?.scheme === "bls");
  const signed = signingRootOf(payload.duty);
  assert.deepEqual(signed, rootOf(object, module, "101", "560048", "0x10000910"));
  assert.ok(isSignature(publicKey, signed, signature));
});

describe("Commit-Boost: a modules file that is refused", () => {
  const made = modulesFolder();
  after(() => rmSync(made.folder, { recursive: true, force: true }));
  const entry = { id: "A", signingId: OBJECT, secretFile: "PRECONF.jwt" };
  const opened = (content: unknown) => {
    const file = join(dirname(made.file), "changed.yaml");
    writeFileSync(file, JSON.stringify(content));
    return () => commitmentModules(file, "default");
  };
  test("no modules, unknown keys, and values of another shape", () => {
    for (const content of [
      {},
      { modules: [] },
      { modules: [{ ...entry, extra: 1 }] },
      { modules: [{ ...entry, signingId: "0x12" }] },
      { modules: [{ ...entry, id: "with space" }] },
    ]) {
      assert.throws(opened(content), /validators\.commitBoostFile: .*it must have modules/);
    }
  });
  test("a module that comes twice", () =>
    assert.throws(opened({ modules: [entry, entry] }), /module A is there twice/));
  test("two modules that could pass for one another, and a signing ID that is none", () => {
    const signingId = `0x${"AB".repeat(32)}`;
    const first = { ...entry, signingId };
    const other = { id: "B", signingId: OBJECT, secretFile: "RESTAKE.jwt" };
    assert.throws(
      opened({ modules: [first, { ...other, signingId: signingId.toLowerCase().replace("0X", "0x") }] }),
      /module B has the signing ID of module A/,
    );
    assert.throws(
      opened({ modules: [first, { ...other, secretFile: "PRECONF.jwt" }] }),
      /module B has the secret of module A/,
    );
    assert.throws(opened({ modules: [{ ...entry, signingId: NO_ROOT }] }), /signing ID of module A is zero/);
    opened({ modules: [first, other] })();
  });
  test("a secret that is missing, short or open to others", () => {
    assert.throws(opened({ modules: [{ ...entry, secretFile: "nowhere" }] }), /ENOENT/);
    writeFileSync(join(made.folder, "short"), "short", { mode: 0o600 });
    assert.throws(opened({ modules: [{ ...entry, secretFile: "short" }] }), /shorter than 32 characters/);
    writeFileSync(join(made.folder, "open"), "x".repeat(40), { mode: 0o600 });
    chmodSync(join(made.folder, "open"), 0o644);
    assert.throws(opened({ modules: [{ ...entry, secretFile: "open" }] }), /open to others; run chmod 600/);
  });
  test("none is configured", () => assert.equal(commitmentModules("", "default"), null));
});
