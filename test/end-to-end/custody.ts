/** The calls that a wallet backend makes, each asserting that the service said yes, or the refusal it should say. */
import assert from "node:assert/strict";
import type { RunningService } from "../running/service.ts";

/** A Key as the API shows it. */
export interface Key {
  readonly id: string;
  readonly walletId: string;
  readonly chain: string;
  readonly path: string;
  readonly publicKey: string;
  readonly address: string;
}

type Request = Readonly<Record<string, unknown>>;

/** A new wallet's id. */
export async function makeWallet(service: RunningService, request: Request): Promise<string> {
  const reply = await service.call("POST", "/v1/wallets", request);
  assert.equal(reply.status, 201, reply.text);
  return reply.body.id;
}

export async function makeKey(service: RunningService, walletId: string, request: Request): Promise<Key> {
  const reply = await service.call("POST", `/v1/wallets/${walletId}/keys`, request);
  assert.equal(reply.status, 201, reply.text);
  return reply.body;
}

/** The signed answer's body. */
export async function sign(service: RunningService, key: Key, request: Request): Promise<any> {
  const reply = await service.call("POST", `/v1/keys/${key.id}/sign`, request);
  assert.equal(reply.status, 200, reply.text);
  assert.equal(reply.body.status, "signed");
  return reply.body;
}

/** Code of the bound policy's denial; fails for any other answer. */
export async function denialOf(service: RunningService, key: Key, request: Request): Promise<string> {
  const reply = await service.call("POST", `/v1/keys/${key.id}/sign`, request);
  assert.equal(reply.status, 403, reply.text);
  assert.equal(reply.body.code, "policy.denied");
  return reply.body.policyCode;
}
