/** Validator keys of a running service, and how a validator client asks them to sign. */
import assert from "node:assert/strict";
import { PublicKey, Signature, verify } from "@chainsafe/blst";
import {
  attestationData,
  blockHeader,
  forkInfo,
  type DutyBody,
} from "../chains/ethereum-validator/duties.ts";
import { expectedRoot } from "../chains/ethereum-validator/expected.ts";
import type { Reply, RunningService } from "./service.ts";

type Caller = Pick<RunningService, "call">;

/** `count` new validator keys of one new wallet, as public keys in 0x-hex. */
export async function validatorKeys(
  service: Caller,
  count: number,
  headers: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const wallet = await service.call("POST", "/v1/wallets", { name: "validators" }, headers);
  const path = `/v1/wallets/${wallet.body.id}/keys`;
  const made = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      service.call("POST", path, { chain: "ethereum-validator", index }, headers),
    ),
  );
  return made.map((reply) => {
    assert.equal(reply.status, 201, reply.text);
    return reply.body.publicKey;
  });
}

export function signDuty(
  service: Caller,
  publicKey: string,
  duty: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  return service.call("POST", `/api/v1/eth2/sign/${publicKey}`, duty, headers);
}

/** Fails unless `signature` is the key's over the root that the body has by SHA-256 alone. */
export function assertSigned(publicKey: string, duty: DutyBody, signature: string): void {
  const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.slice(2), "hex"));
  assert.match(signature, /^0x[0-9a-f]{192}$/);
  assert.ok(
    verify(
      new Uint8Array(expectedRoot(duty)),
      PublicKey.fromBytes(bytes(publicKey), true),
      Signature.fromBytes(bytes(signature), true),
    ),
    "the signature is not the key's over this duty",
  );
}

/** A vote from `source` to `target`; another `root` makes it another vote. */
export function vote(source: bigint, target: bigint, root = 0): DutyBody {
  const data = attestationData(target * 32n, source, target);
  return {
    type: "ATTESTATION",
    fork_info: forkInfo(),
    attestation: { ...data, beacon_block_root: numbered(root) },
  };
}

/** A block of the newest kind; another `root` makes it another block. */
export function block(slot: bigint, root = 0): DutyBody {
  return {
    type: "BLOCK_V2",
    fork_info: forkInfo(),
    beacon_block: { version: "FULU", block_header: { ...blockHeader(slot), state_root: numbered(root) } },
  };
}

function numbered(root: number): string {
  return `0x${root.toString(16).padStart(64, "0")}`;
}
