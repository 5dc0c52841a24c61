/** Each code of the catalogue, produced over HTTP by what a client, an operator or a fault really does. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { encodeFunctionData, parseAbi } from "viem";
import { ERRORS, SignerError, type ErrorCode } from "../../src/domain/errors.ts";
import { KEPT_MAX } from "../../src/keeper/bounds.ts";
import type { KeepCall, KeptSigned } from "../../src/keeper/contract.ts";
import { verifySigned } from "../../src/keeper/verify.ts";
import { voteMessage } from "../chains/babylon/sample.ts";
import { askAs, MODULES, modulesFolder } from "../running/commit-boost.ts";
import { connected } from "../running/connections.ts";
import { accountAddress, inputOf, MNEMONIC, payment, psbtOf } from "../chains/bitcoin/fixtures.ts";
import { answering, ALLOW, ALLOW_OPAQUE, bind, DENY, fromText, readyPolicy } from "../running/policies.ts";
import { editLedger } from "../running/ledger.ts";
import { RunningService, TOKEN, type Reply } from "../running/service.ts";
import { says, saysItPlainly } from "../running/remedies.ts";
import { block, signDuty, vote } from "../running/validators.ts";
import { keystoreOf, validatorKey } from "../vault/keystores/keystores.ts";
import { compose, type Replacement } from "./composed.ts";
import { assertProblem } from "./problems.ts";

const ABSENT = `key_${"0".repeat(29)}`;
const TRANSFER = {
  type: "ethereum.transaction",
  transaction: {
    chainId: 1,
    nonce: 0,
    to: "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045",
    value: "1000",
    gas: 21000,
    maxFeePerGas: "1000000000",
    maxPriorityFeePerGas: "1",
  },
};
const MESSAGE = { type: "ethereum.message", message: { text: "hello" } };

type Caller = Pick<RunningService, "call">;

let service: RunningService;
const modules = modulesFolder();
before(async () => {
  service = await RunningService.start({
    environment: { CLAVIGER_VALIDATORS__COMMIT_BOOST_FILE: modules.file },
  });
});
after(async () => {
  await service.stop();
  rmSync(modules.folder, { recursive: true, force: true });
});

/** A new Ethereum key; with `module`, a policy that decides for it. */
async function key(module?: Uint8Array, caller: Caller = service): Promise<string> {
  const wallet = await caller.call("POST", "/v1/wallets", { name: "errors" });
  const made = await caller.call("POST", `/v1/wallets/${wallet.body.id}/keys`, { chain: "ethereum" });
  if (module !== undefined) await bind(caller, module, { keyId: made.body.id });
  return made.body.id;
}

async function sign(module: Uint8Array | undefined, body: unknown = TRANSFER): Promise<Reply> {
  return service.call("POST", `/v1/keys/${await key(module)}/sign`, body);
}

/** What the keeper's verify step says of these signatures. */
function checked(kept: KeptSigned, { decision: { payloads } }: KeepCall): KeptSigned {
  const times = { sentAt: 0, recordedAt: 0, signedAt: 0 };
  const [answer] = verifySigned([{ ...kept, id: 0, rank: 0, payloads, ...times }]);
  const outcome = answer?.[1];
  if (outcome?.ok === false) throw new SignerError(outcome.code, outcome.message, outcome.members);
  return kept;
}

/** Signs with a key whose policy allows everything, by a service of which one part is replaced. */
async function signComposed(replacement: Replacement): Promise<Reply> {
  const composed = await compose(replacement);
  try {
    return await composed.call("POST", `/v1/keys/${await key(ALLOW_OPAQUE, composed)}/sign`, MESSAGE);
  } finally {
    await composed.close();
  }
}

/** The answer to the last of these duties, for a key that has signed those before it. */
async function duties(...wanted: readonly Record<string, unknown>[]): Promise<Reply> {
  const wallet = await service.call("POST", "/v1/wallets", { name: "validator" });
  const path = `/v1/wallets/${wallet.body.id}/keys`;
  const { publicKey } = (await service.call("POST", path, { chain: "ethereum-validator" })).body;
  for (const duty of wanted.slice(0, -1))
    assert.equal((await signDuty(service, publicKey, duty)).status, 200);
  return signDuty(service, publicKey, wanted.at(-1));
}

/** While the protection's settings are these. */
async function dutyWith(settings: string, undo: string, duty: Record<string, unknown>): Promise<Reply> {
  editLedger(service, `UPDATE slashing_chain SET ${settings}`);
  try {
    return await duties(duty);
  } finally {
    editLedger(service, `UPDATE slashing_chain SET ${undo}`);
  }
}

async function finalityKey(): Promise<{ readonly id: string; readonly address: string }> {
  const wallet = await service.call("POST", "/v1/wallets", { name: "finality provider" });
  return (await service.call("POST", `/v1/wallets/${wallet.body.id}/keys`, { chain: "babylon" })).body;
}

/** A vote of chain bbn-1 for height 1 and an application hash of one repeated byte. */
function voteAtOne(keyId: string, hash: string): Promise<Reply> {
  const body = { type: "babylon.eots", chainId: "bbn-1", height: "1", message: voteMessage(1n, hash) };
  return service.call("POST", `/v1/keys/${keyId}/sign`, body);
}

/** A request that has begun when SIGTERM arrives, and whose body comes after it. */
async function signWhileStopping(): Promise<Reply> {
  const stopping = await RunningService.start();
  const path = `/v1/keys/${await key(ALLOW_OPAQUE, stopping)}/sign`;
  const { hostname, port } = new URL(stopping.url);
  const socket = connect(Number(port), hostname);
  const body = JSON.stringify(MESSAGE);
  socket.write(
    `POST ${path} HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${TOKEN}\r\n` +
      `content-type: application/json\r\nexpect: 100-continue\r\ncontent-length: ${body.length}\r\n\r\n`,
  );
  // The service says so when it has read the head; only then is it told to stop.
  const [read] = await once(socket, "data");
  assert.equal(String(read), "HTTP/1.1 100 Continue\r\n\r\n");
  const exited = once(stopping.process, "exit");
  stopping.process.kill("SIGTERM");
  await stopping.stopping();
  socket.write(body);
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  await once(socket, "close");
  // The connection would be kept alive; a service that stops closes it, or it would wait for the client.
  assert.deepEqual(await exited, [0, null], stopping.stderr.join(""));
  await stopping.stop();
  return parsed(Buffer.concat(chunks).toString());
}

/** A raw HTTP/1.1 answer. */
function parsed(text: string): Reply {
  const [head = "", body = ""] = text.split("\r\n\r\n");
  const [status = "", ...lines] = head.split("\r\n");
  const headers = new Headers(lines.map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]));
  return { status: Number(status.split(" ")[1]), headers, text: body, body: JSON.parse(body) };
}

/** A request by a name that nobody gave to the service: fetch sends no Host of ours. */
async function hostRefused(): Promise<Reply> {
  const socket = await connected(service.url);
  socket.write("GET /health/live HTTP/1.1\r\nhost: attacker.example\r\nconnection: close\r\n\r\n");
  return parsed(await textOf(socket));
}

const SUBJECT = new RegExp(
  String.raw`^(?:(?:query|body|params) )?\/[\w/]|^[\w -]+: |` +
    String.raw`\b(?:key|wallet|polic|module|slot|epoch|vote|height|chain|route|passphrase|service|vault|queue|signature|body|content|` +
    "approvals|request|failure)",
);

/** Code → how it comes about. A code without a row fails below. */
const HOW = {
  "request.malformed": () => service.call("POST", "/v1/wallets", { nam: "x" }),
  "request.too_large": () => service.call("POST", "/v1/wallets", { name: "x".repeat(1_048_576) }),
  "request.unsupported_media_type": () =>
    service.call("POST", "/v1/wallets", { name: "x" }, { "content-type": "text/plain" }),
  "request.host_refused": () => hostRefused(),
  "request.not_found": () => service.call("GET", "/v1/nothing"),
  "request.unsupported": () =>
    askAs(service, MODULES[0], "generate_proxy_key", { pubkey: ABSENT, scheme: "bls" }),
  "request.conflict": async () => {
    await service.call("POST", "/v1/namespaces", { name: "twice" });
    return service.call("POST", "/v1/namespaces", { name: "twice" });
  },
  "request.idempotency_conflict": async () => {
    const header = { "idempotency-key": "errors-1" };
    await service.call("POST", "/v1/wallets", { name: "one" }, header);
    return service.call("POST", "/v1/wallets", { name: "two" }, header);
  },
  "auth.missing": () => service.call("GET", "/v1/keys", undefined, { authorization: "Bearer wrong" }),
  "auth.forbidden": async () => {
    const made = await service.call("POST", "/v1/principals", { name: "reader", roles: ["Auditor"] });
    return service.call("POST", "/v1/wallets", { name: "x" }, { authorization: `Bearer ${made.body.token}` });
  },
  "key.not_found": () => service.call("GET", `/v1/keys/${ABSENT}`),
  "key.disabled": async () => {
    const id = await key(ALLOW);
    await service.call("POST", `/v1/keys/${id}/disable`);
    return service.call("POST", `/v1/keys/${id}/sign`, MESSAGE);
  },
  "key.frozen": async () => {
    const keyId = await key(ALLOW);
    await service.call("POST", "/v1/freeze", { scope: { keyId } });
    return service.call("POST", `/v1/keys/${keyId}/sign`, MESSAGE);
  },
  "key.backup_disabled": async () => {
    const wallet = (await service.call("POST", "/v1/wallets", { name: "backup" })).body.id;
    const { id } = (await service.call("POST", `/v1/wallets/${wallet}/keys`, { chain: "babylon" })).body;
    return service.call("POST", `/v1/keys/${id}/eots/backup`);
  },
  "key.import_disabled": async () => {
    const composed = await compose({ allowImport: false });
    const body = { chain: "ethereum", privateKey: `0x${"11".repeat(32)}` };
    const reply = await composed.call("POST", "/v1/keys/import", body);
    await composed.close();
    return reply;
  },
  "wallet.not_found": () =>
    service.call("POST", `/v1/wallets/wal_${"0".repeat(29)}/keys`, { chain: "solana" }),
  "wallet.key_missing": async () => {
    const wallet = await service.call("POST", "/v1/wallets", { name: "missing", mnemonic: MNEMONIC });
    const path = `/v1/wallets/${wallet.body.id}`;
    await service.call("POST", `${path}/keys`, { chain: "bitcoin" });
    const coins = [0, 1].map((index) => ({ script: accountAddress(84, 0, index).script, amount: 100_000n }));
    const inputs = coins.map((coin, salt) => inputOf(coin, salt));
    return service.call("POST", `${path}/sign`, { type: "bitcoin.psbt", psbt: psbtOf(inputs, [payment]) });
  },
  "transaction.invalid": () =>
    sign(ALLOW, {
      ...TRANSFER,
      transaction: { ...TRANSFER.transaction, to: "0xD8dA6BF26964aF9D7eEd9e03E53415D37aA96045" },
    }),
  "transaction.refused": () =>
    sign(ALLOW, { ...TRANSFER, transaction: { ...TRANSFER.transaction, chainId: 0 } }),
  "policy.rejected": () => service.call("POST", "/v1/policies?name=bad", fromText("(module)")),
  "policy.not_found": () => service.call("GET", `/v1/policies/sha256:${"0".repeat(64)}`),
  "policy.settings_invalid": async () => {
    const policy = await service.call("POST", "/v1/policies?name=limits", readyPolicy("transfer-limits"));
    return service.call("POST", "/v1/bindings", {
      policy: policy.body.digest,
      scope: { keyId: await key() },
      settings: { rules: "none" },
    });
  },
  "policy.unbound": () => sign(undefined),
  "policy.denied": () => sign(DENY),
  "policy.opaque": () =>
    sign(ALLOW, { ...TRANSFER, transaction: { ...TRANSFER.transaction, gas: 90_000, data: "0xdeadbeef" } }),
  "transaction.too_large": () =>
    sign(ALLOW, {
      ...TRANSFER,
      transaction: {
        ...TRANSFER.transaction,
        data: encodeFunctionData({
          abi: parseAbi(["function multicall(bytes[] data)"]),
          args: [Array.from({ length: 65 }, () => "0xdeadbeef" as const)],
        }),
      },
    }),
  "policy.control": () =>
    sign(ALLOW, {
      ...TRANSFER,
      transaction: { ...TRANSFER.transaction, to: undefined, gas: 90_000, data: "0x00" },
    }),
  "policy.limit": () =>
    sign(
      answering({
        decision: "allow",
        limits: [{ counter: "daily", amount: "2", window: 86_400, max: "1" }],
      }),
    ),
  "policy.approval_unavailable": () =>
    sign(
      answering({
        decision: "requireApproval",
        quorum: 1,
        groups: ["treasury"],
        expiresIn: 60,
        reason: "large",
      }),
    ),
  "policy.failed": () =>
    sign(
      fromText(`(module
        (memory (export "memory") 3)
        (func (export "policy_abi_v1"))
        (func (export "policy_alloc") (param i32) (result i32) i32.const 65536)
        (func (export "policy_evaluate") (param i32 i32) (result i64) unreachable))`),
    ),
  "guard.double_proposal": () => duties(block(7n), block(7n, 1)),
  "guard.double_vote": () => duties(vote(6n, 7n), vote(6n, 7n, 1)),
  "guard.surrounds": () => duties(vote(6n, 7n), vote(5n, 8n)),
  "guard.surrounded": () => duties(vote(5n, 8n), vote(6n, 7n)),
  "guard.source_after_target": () => duties(vote(8n, 7n)),
  "guard.below_watermark": () => duties(block(7n), block(6n)),
  "guard.above_watermark": () => dutyWith("stop_slot = 100", "stop_slot = NULL", block(100n)),
  "guard.genesis_root": () => {
    const { fork_info, ...rest } = vote(6n, 7n);
    const genesis_validators_root = `0x${"77".repeat(32)}`;
    return duties({ ...rest, fork_info: { ...fork_info, genesis_validators_root } });
  },
  "guard.eots_conflict": async () => {
    const { id } = await finalityKey();
    assert.equal((await voteAtOne(id, "ab")).status, 200);
    return voteAtOne(id, "cd");
  },
  "guard.eots_below_floor": async () => {
    const { id, address } = await finalityKey();
    editLedger(
      service,
      `INSERT INTO eots_floor VALUES (x'${address}', CAST('bbn-1' AS BLOB), x'0000000000000001')`,
    );
    return voteAtOne(id, "ab");
  },
  "guard.disabled": async () => {
    const secret = validatorKey(1);
    const keystore = keystoreOf(secret, "password");
    const token = readFileSync(join(service.dataDirectory, "keymanager.token"), "utf8").trim();
    const headers = { authorization: `Bearer ${token}` };
    const body = { keystores: [JSON.stringify(keystore)], passwords: ["password"] };
    await service.call("POST", "/eth/v1/keystores", body, headers);
    await service.call("DELETE", "/eth/v1/keystores", { pubkeys: [`0x${keystore.pubkey}`] }, headers);
    return signDuty(service, keystore.pubkey, vote(1n, 2n));
  },
  "guard.unknown_history": () =>
    dutyWith("unknown_history = 'refuse'", "unknown_history = 'accept'", vote(1n, 2n)),
  "guard.merging": async () => {
    const wallet = await service.call("POST", "/v1/wallets", { name: "merging" });
    const path = `/v1/wallets/${wallet.body.id}/keys`;
    const { publicKey } = (await service.call("POST", path, { chain: "ethereum-validator" })).body;
    editLedger(
      service,
      `INSERT INTO slashing_import_key (public_key) VALUES (x'${publicKey.slice(2)}');
       INSERT INTO slashing_import (id, state, namespace, principal, minimal) VALUES (1, 'merging', 'root', 'test', 0)`,
    );
    const reply = await signDuty(service, publicKey, vote(9n, 10n));
    editLedger(
      service,
      `UPDATE slashing_import SET state = 'merged'; DELETE FROM slashing_import; DELETE FROM slashing_import_key`,
    );
    return reply;
  },
  "service.sealed": async () => {
    const id = await key(ALLOW_OPAQUE);
    await service.call("POST", "/v1/sys/seal");
    const reply = await service.call("POST", `/v1/keys/${id}/sign`, MESSAGE);
    const passphrase = readFileSync(join(service.dataDirectory, "dev.passphrase"), "utf8");
    const unsealed = await service.call("POST", "/v1/sys/unseal", { passphrase });
    assert.equal(unsealed.status, 200, unsealed.text);
    return reply;
  },
  "service.unseal_failed": () => service.call("POST", "/v1/sys/unseal", { passphrase: "not the passphrase" }),
  "service.overloaded": () =>
    signComposed({
      door: (keeper) => ({
        // More at once than the keeper holds.
        async keep(call, rank) {
          const [kept] = await keeper.keepTogether(
            Array.from({ length: KEPT_MAX + 1 }, () => call),
            rank,
          );
          return kept ?? assert.fail("nothing was kept");
        },
        keepTogether: () => assert.fail("no batch"),
      }),
    }),
  "service.stopping": signWhileStopping,
  "service.signature_invalid": () =>
    signComposed({
      door: (keeper) => ({
        async keep(call, rank) {
          const kept = await keeper.keep(call, rank);
          assert.ok(kept.outcome === "signed");
          for (const { bytes } of kept.signatures) bytes[0] = (bytes[0] ?? 0) ^ 1;
          return checked(kept, call);
        },
        keepTogether: () => assert.fail("no batch"),
      }),
    }),
  "service.internal": () =>
    signComposed({
      door: () => ({
        keep: () => Promise.reject(new TypeError("secret of the inside")),
        keepTogether: () => assert.fail("no batch"),
      }),
    }),
} satisfies Record<ErrorCode, () => Promise<Reply>>;

test("every code of the catalogue has a row here", () => {
  assert.deepEqual(Object.keys(HOW).toSorted(), Object.keys(ERRORS).toSorted());
});

for (const [code, produce] of Object.entries(HOW)) {
  test(`${code} is answered as RFC 9457 says`, async () => {
    const reply = await produce();
    assertProblem(reply, code);
    assert.doesNotMatch(reply.text, /secret of the inside/);
    const { detail, field } = reply.body;
    // A pointer, a header or parameter with a colon, or the thing by its name.
    assert.match(detail, SUBJECT, "the detail says what it is about");
    if (typeof field === "string" && field !== "/") assert.ok(detail.includes(field), `${field}: ${detail}`);
    assert.ok(says(detail) || saysItPlainly(detail), `what to do about it: ${detail}`);
  });
}
