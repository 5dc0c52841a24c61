/** Principals of one role each, in the root namespace and in a tenant, for the tests of who may do what. */
import assert from "node:assert/strict";
import { ROLES, ROOT_NAMESPACE, type Role } from "../../src/access/roles.ts";
import type { RunningService } from "../running/service.ts";

export const TENANT = "acme";

export interface Member {
  readonly namespace: string;
  readonly roles: readonly Role[];
  readonly id: string;
  readonly authorization: { readonly authorization: string };
}

/** A new principal, made by the root administrator. */
export async function member(
  service: RunningService,
  namespace: string,
  roles: readonly Role[],
): Promise<Member> {
  const made = await service.call("POST", "/v1/principals", { name: roles.join(" "), roles, namespace });
  assert.equal(made.status, 201, made.text);
  return {
    namespace,
    roles,
    id: made.body.id,
    authorization: { authorization: `Bearer ${made.body.token}` },
  };
}

/** The tenant's namespace, and one principal for each role in both namespaces. */
export async function membersOfEachRole(service: RunningService): Promise<Member[]> {
  const made = await service.call("POST", "/v1/namespaces", { name: TENANT });
  assert.equal(made.status, 201, made.text);
  const members: Member[] = [];
  for (const namespace of [ROOT_NAMESPACE, TENANT]) {
    for (const role of ROLES) members.push(await member(service, namespace, [role]));
  }
  return members;
}

/** What one namespace can hold: an id of each kind. */
export interface Belongings {
  readonly walletId: string;
  readonly keyId: string;
  readonly digest: string;
  readonly bindingId: string;
  readonly requestId: string;
  readonly principalId: string;
  /** Audit sequence of the decision about `requestId`. */
  readonly sequence: number;
}

/** One thing of each kind, made with the caller's token; `module` is the policy that is uploaded. */
export async function belongings(
  service: RunningService,
  module: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<Belongings> {
  const make = async (path: string, body: unknown): Promise<any> => {
    const reply = await service.call("POST", path, body, headers);
    assert.equal(reply.status, 201, `${path}: ${reply.text}`);
    return reply.body;
  };
  const wallet = await make("/v1/wallets", { name: "belongings" });
  const key = await make(`/v1/wallets/${wallet.id}/keys`, { chain: "ethereum", index: 7 });
  const policy = await make("/v1/policies?name=belongings", module);
  const binding = await make("/v1/bindings", { policy: policy.digest, scope: { keyId: key.id } });
  const principal = await make("/v1/principals", { name: "someone", roles: ["Auditor"] });
  const signed = await service.call("POST", `/v1/keys/${key.id}/sign`, SIGN, headers);
  const request = await service.call("GET", `/v1/requests/${signed.body.requestId}`, undefined, headers);
  assert.equal(request.status, 200, signed.text);
  return {
    walletId: wallet.id,
    keyId: key.id,
    digest: policy.digest,
    bindingId: binding.id,
    principalId: principal.id,
    requestId: request.body.requestId,
    sequence: request.body.auditSequence,
  };
}

export const SIGN = { type: "ethereum.message", message: { text: "who am I?" } };
