/** Every protected route × every role × two namespaces × bad tokens, over HTTP, against the table of permissions. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import {
  PERMISSIONS,
  ROLES,
  ROOT_NAMESPACE,
  ROOT_PERMISSIONS,
  type Permission,
  type Role,
} from "../../src/access/roles.ts";
import { assertDocumented, operations } from "../http/document.ts";
import { MAINNET_GENESIS_ROOT } from "../chains/ethereum-validator/duties.ts";
import { assertProblem } from "../http/problems.ts";
import { ALLOW_OPAQUE, answering } from "../running/policies.ts";
import { RunningService, type Reply } from "../running/service.ts";
import { signDuty, validatorKeys, vote } from "../running/validators.ts";
import { belongings, membersOfEachRole, SIGN, TENANT, type Belongings, type Member } from "./tenants.ts";

interface Row {
  /** Any of these is enough. */
  readonly needs: readonly Permission[];
  /** The path's query, and a body that passes the schema: the schema is checked before the role. */
  readonly query?: string;
  readonly body?: (cell: string) => unknown;
  /** The path names what nothing is, since others need what is there as it is. */
  readonly absent?: true;
}

/** A validator key that nobody has. */
const NO_KEY = `0x${"ac".repeat(48)}`;

/** A finality provider's key that nobody has. */
const NO_PROVIDER = "ac".repeat(32);

const READS_REQUESTS: readonly Permission[] = ["request.read", "request.readOwn"];

/** What a route needs on top, where its body asks for more; test/http/slashing-bounds.proof.ts and freezes.test.ts try it. */
const BY_BODY: readonly Permission[] = ["slashing.lift", "freeze.everything"];

const ROWS: Record<string, Row> = {
  "POST /v1/wallets": { needs: ["wallet.create"], body: () => ({ name: "matrix" }) },
  "GET /v1/wallets": { needs: ["wallet.read"] },
  "GET /v1/wallets/{walletId}": { needs: ["wallet.read"] },
  "POST /v1/wallets/{walletId}/keys": { needs: ["key.create"], body: () => ({ chain: "solana" }) },
  "POST /v1/keys/import": {
    needs: ["key.import"],
    body: () => ({ chain: "ethereum", privateKey: `0x${"42".repeat(32)}` }),
  },
  "GET /v1/keys": { needs: ["key.read"] },
  "GET /v1/keys/{keyId}": { needs: ["key.read"] },
  "POST /v1/keys/{keyId}/disable": { needs: ["key.disable"], absent: true },
  "POST /v1/keys/{keyId}/enable": { needs: ["key.enable"], absent: true },
  "DELETE /v1/keys/{keyId}": { needs: ["key.delete"] },
  "POST /v1/freeze": {
    needs: ["freeze.create"],
    body: () => ({ scope: { keyId: `key_${"0".repeat(29)}` } }),
  },
  "GET /v1/freeze": { needs: ["freeze.read"] },
  "DELETE /v1/freeze/{freezeId}": { needs: ["freeze.lift", "freeze.liftNamespace"] },
  "POST /v1/keys/{keyId}/sign": { needs: ["request.sign"], body: () => SIGN },
  "POST /v1/keys/{keyId}/evaluate": { needs: ["request.evaluate"], body: () => SIGN },
  "POST /v1/wallets/{walletId}/sign": { needs: ["request.sign"], body: () => SIGN },
  "POST /v1/wallets/{walletId}/evaluate": { needs: ["request.evaluate"], body: () => SIGN },
  "POST /v1/keys/{keyId}/eots/batch": {
    needs: ["request.sign"],
    body: () => ({ chainId: "bbn-1", items: [{ height: "1", message: "0x01" }] }),
  },
  "POST /v1/keys/{keyId}/eots/randomness": {
    needs: ["request.sign"],
    body: () => ({ chainId: "bbn-1", startHeight: "1", count: 1 }),
  },
  "GET /v1/wallets/{walletId}/accounts": { needs: ["account.read"] },
  "GET /v1/wallets/{walletId}/accounts/{account}": { needs: ["account.read"], absent: true },
  "GET /v1/wallets/{walletId}/accounts/{account}/addresses": { needs: ["account.read"], absent: true },
  "GET /v1/wallets/{walletId}/descriptors": { needs: ["account.read"] },
  "GET /v1/wallets/{walletId}/descriptors/{descriptorId}": { needs: ["account.read"], absent: true },
  "GET /v1/wallets/{walletId}/descriptors/{descriptorId}/addresses": {
    needs: ["account.read"],
    absent: true,
  },
  "POST /v1/wallets/{walletId}/descriptors": {
    needs: ["descriptor.create"],
    absent: true,
    body: () => ({ name: "matrix", descriptor: "wsh(pk(x))", network: "mainnet" }),
  },
  "DELETE /v1/wallets/{walletId}/descriptors/{descriptorId}": { needs: ["descriptor.delete"] },
  "GET /v1/requests": { needs: READS_REQUESTS },
  "GET /v1/requests/{requestId}": { needs: READS_REQUESTS },
  "GET /v1/receipts/{requestId}": { needs: READS_REQUESTS },
  "POST /v1/requests/{requestId}/approvals": {
    needs: ["request.approve"],
    body: () => ({ verdict: "approve" }),
  },
  "POST /v1/policies": {
    needs: ["policy.create"],
    query: "?name=matrix",
    body: (cell) => answering({ decision: "deny", reason: cell }),
  },
  "GET /v1/policies": { needs: ["policy.read"] },
  "GET /v1/policies/{digest}": { needs: ["policy.read"] },
  "POST /v1/bindings": {
    needs: ["binding.create"],
    body: () => ({ policy: things.digest, scope: { keyId: things.keyId }, mode: "shadow" }),
  },
  "GET /v1/bindings": { needs: ["binding.read"] },
  "GET /v1/bindings/{bindingId}": { needs: ["binding.read"] },
  "PUT /v1/bindings/{bindingId}": {
    needs: ["binding.update"],
    absent: true,
    body: () => ({ mode: "shadow" }),
  },
  "DELETE /v1/bindings/{bindingId}": { needs: ["binding.delete"] },
  "GET /v1/audit/entries": { needs: ["audit.read"] },
  "GET /v1/audit/checkpoint": { needs: ["audit.read"] },
  "GET /v1/audit/proofs/inclusion": { needs: ["audit.read"], query: "?sequence=1&size=2" },
  "GET /v1/audit/proofs/consistency": { needs: ["audit.read"], query: "?from=1&to=2" },
  "POST /v1/principals": { needs: ["principal.create"], body: () => ({ name: "x", roles: ["Auditor"] }) },
  "GET /v1/principals": { needs: ["principal.read"] },
  "PATCH /v1/principals/{principalId}": {
    needs: ["principal.update"],
    absent: true,
    body: () => ({ groups: ["x"] }),
  },
  "POST /v1/principals/{principalId}/rotate": { needs: ["principal.rotate"], absent: true },
  "DELETE /v1/principals/{principalId}": { needs: ["principal.delete"] },
  "POST /v1/namespaces": { needs: ["namespace.create"], body: (cell) => ({ name: cell.toLowerCase() }) },
  "GET /v1/namespaces": { needs: ["namespace.read"] },
  "POST /v1/keys/{keyId}/eots/backup": { needs: ["key.backup"], absent: true },
  "GET /v1/eots/keys": { needs: ["eots.read", "eots.everyKey"] },
  "GET /v1/eots/export": { needs: ["eots.read"], query: `?publicKeys=${NO_PROVIDER}` },
  "POST /v1/eots/export": {
    needs: ["eots.disable"],
    body: () => ({ disableKeys: true, publicKeys: [NO_PROVIDER] }),
  },
  "POST /v1/eots/floors": {
    needs: ["eots.floor"],
    body: () => ({ publicKey: NO_PROVIDER, chainId: "bbn-1", height: "1" }),
  },
  "POST /v1/eots/require-floor": {
    needs: ["eots.floor"],
    body: () => ({ publicKeys: [NO_PROVIDER] }),
  },
  "GET /v1/slashing-protection": { needs: ["slashing.read"] },
  "GET /v1/slashing-protection/keys": { needs: ["slashing.read"] },
  "GET /v1/slashing-protection/export": { needs: ["slashing.read"] },
  "POST /v1/slashing-protection/export": {
    needs: ["slashing.disable"],
    body: () => ({ disableKeys: true, publicKeys: [NO_KEY] }),
  },
  "POST /v1/slashing-protection/disable": {
    needs: ["slashing.disable"],
    body: () => ({ publicKeys: [NO_KEY] }),
  },
  "POST /v1/slashing-protection/enable": {
    needs: ["slashing.everyKey"],
    body: () => ({ publicKeys: [NO_KEY] }),
  },
  "POST /v1/slashing-protection/floors": {
    needs: ["slashing.floor"],
    body: () => ({ publicKeys: [NO_KEY], slot: "1" }),
  },
  "POST /v1/slashing-protection/bounds": {
    needs: ["slashing.bound"],
    body: () => ({ publicKeys: [NO_KEY], slot: "1" }),
  },
  "POST /v1/slashing-protection/import": {
    needs: ["slashing.import"],
    body: () => ({
      metadata: { interchange_format_version: "5", genesis_validators_root: MAINNET_GENESIS_ROOT },
      data: [],
    }),
  },
  "POST /v1/sys/unseal": { needs: ["system.unseal"], body: () => ({ passphrase: "wrong" }) },
  "GET /v1/sys/status": { needs: ["system.status"] },
  // Last, since it works for whoever may.
  "POST /v1/sys/seal": { needs: ["system.seal"] },
};

let service: RunningService;
let members: Member[];
let things: Belongings;

before(async () => {
  service = await RunningService.start();
  members = await membersOfEachRole(service);
  things = await belongings(service, ALLOW_OPAQUE);
  // Signed once, so that the data directory has a chain: the first one is not for everybody to choose.
  const [validator = ""] = await validatorKeys(service, 1);
  assert.equal((await signDuty(service, validator, vote(1n, 2n))).status, 200);
});
after(() => service.stop());

async function ask(route: string, cell: string, headers: Readonly<Record<string, string>>): Promise<Reply> {
  const row = ROWS[route];
  assert.ok(row);
  const [method = "", template = ""] = route.split(" ");
  // What would be deleted is named by an id that nothing has: the role is checked before that.
  const ids = method === "DELETE" || row.absent === true ? {} : things;
  const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = (ids as Record<string, unknown>)[name];
    return typeof value === "string" ? value : "nothing_has_this_id";
  });
  return service.call(method, path + (row.query ?? ""), row.body?.(cell), headers);
}

function allowed(row: Row, member: Member): boolean {
  return row.needs.some((permission) => {
    const roles: readonly Role[] = PERMISSIONS[permission];
    const rooted = ROOT_PERMISSIONS.includes(permission) && member.namespace !== ROOT_NAMESPACE;
    return member.roles.some((role) => roles.includes(role)) && !rooted;
  });
}

test("every protected route of the document has a row here, and every permission a route", () => {
  const routes = operations()
    .filter(({ path }) => path.startsWith("/v1/"))
    .map(({ method, path }) => `${method} ${path}`);
  assert.deepEqual(Object.keys(ROWS).toSorted(), routes.toSorted());
  const used = new Set([...BY_BODY, ...Object.values(ROWS).flatMap((row) => row.needs)]);
  assert.deepEqual([...used].toSorted(), Object.keys(PERMISSIONS).toSorted());
});

test("separation of duties: no role holds two of keys, signatures, rules and grants", () => {
  const sensitive: readonly Permission[] = [
    "key.create",
    "request.sign",
    "policy.create",
    "principal.create",
  ];
  for (const role of ROLES) {
    const held = sensitive.filter((permission) =>
      (PERMISSIONS[permission] as readonly Role[]).includes(role),
    );
    assert.ok(held.length <= 1, `${role} holds ${held.join(", ")}`);
  }
});

for (const [route, row] of Object.entries(ROWS)) {
  const [method = "", path = ""] = route.split(" ");
  describe(route, () => {
    for (const [name, authorization] of [
      ["no token", ""],
      ["an unknown token", `Bearer clv_${"A".repeat(43)}`],
      ["an empty token", "Bearer "],
      ["another scheme", "Basic dGVzdDp0ZXN0"],
      ["two words", "Bearer one two"],
    ] as const) {
      test(`${name} is 401`, async () => {
        assertProblem(await ask(route, "none", { authorization }), "auth.missing");
      });
    }
    for (const namespace of [ROOT_NAMESPACE, TENANT]) {
      for (const role of ROLES) {
        test(`${role} of ${namespace}`, async () => {
          const member = members.find(
            (candidate) => candidate.namespace === namespace && candidate.roles[0] === role,
          );
          assert.ok(member);
          const reply = await ask(route, `${role}-${namespace}`, member.authorization);
          assertDocumented(method, path, reply);
          if (allowed(row, member)) {
            assert.notEqual(reply.body?.code, "auth.forbidden", reply.text);
            assert.ok(reply.status < 500, reply.text);
          } else {
            assertProblem(reply, "auth.forbidden");
          }
          if (route.endsWith("/seal")) await unseal();
        });
      }
    }
  });
}

async function unseal(): Promise<void> {
  const passphrase = readFileSync(join(service.dataDirectory, "dev.passphrase"), "utf8");
  assert.equal((await service.call("POST", "/v1/sys/unseal", { passphrase })).status, 200);
}
