/** A service with one finality provider's key, and votes for it: each for another height. */
import { randomBytes } from "node:crypto";
import { schnorr } from "@noble/curves/secp256k1.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bigintToBytes, concat, fromHex, toHex } from "../../src/domain/bytes.ts";
import { RunningService, TOKEN } from "../../test/running/service.ts";
import { postBytes } from "../load.ts";

export const CHAIN_ID = "bbn-1";

export class Provider {
  readonly service: RunningService;
  readonly keyId: string;
  /** x-only, 32 bytes. */
  readonly publicKey: Uint8Array;
  #height = 1n;

  private constructor(service: RunningService, keyId: string, publicKey: Uint8Array) {
    this.service = service;
    this.keyId = keyId;
    this.publicKey = publicKey;
  }

  /** The gRPC door takes a free port. */
  static async start(): Promise<Provider> {
    const service = await RunningService.start({
      environment: { CLAVIGER_EOTS__ENABLED: "true", CLAVIGER_EOTS__PORT: "0" },
    });
    const wallet = await service.call("POST", "/v1/wallets", { name: "finality" });
    const key = await service.call("POST", `/v1/wallets/${String(wallet.body.id)}/keys`, {
      chain: "babylon",
    });
    const publicKey = fromHex(`0x${String(key.body.address)}`);
    if (key.status !== 201 || publicKey === undefined) throw new Error(key.text);
    return new Provider(service, String(key.body.id), publicKey);
  }

  get port(): number {
    return Number(new URL(this.service.url).port);
  }

  get grpcAddress(): string {
    return this.service.eots;
  }

  /** The next height and its vote: height ‖ application hash. */
  nextVote(): Vote {
    const height = this.#height++;
    return { height, message: concat(bigintToBytes(height, 8), randomBytes(32)) };
  }

  /** One HTTP request that signs one vote. */
  singleRequest({ height, message }: Vote): Uint8Array {
    const body = {
      type: "babylon.eots",
      chainId: CHAIN_ID,
      height: height.toString(),
      message: toHex(message),
    };
    return postBytes(`/v1/keys/${this.keyId}/sign`, body, TOKEN);
  }

  /** One HTTP request that signs all `votes`. */
  batchRequest(votes: readonly Vote[]): Uint8Array {
    const items = votes.map(({ height, message }) => ({
      height: height.toString(),
      message: toHex(message),
    }));
    return postBytes(`/v1/keys/${this.keyId}/eots/batch`, { chainId: CHAIN_ID, items }, TOKEN);
  }

  /** @throws Error when `signature` does not sign the vote under its height's public randomness */
  async assertSigns({ height, message }: Vote, signature: Uint8Array | undefined): Promise<void> {
    const reply = await this.service.call("POST", `/v1/keys/${this.keyId}/eots/randomness`, {
      chainId: CHAIN_ID,
      startHeight: height.toString(),
      count: 1,
    });
    const [randomness] = reply.body.publicRandomness;
    const whole = concat(fromHex(String(randomness)) ?? new Uint8Array(), signature ?? new Uint8Array());
    if (whole.length === 64 && schnorr.verify(whole, sha256(message), this.publicKey)) return;
    throw new Error(`the vote at height ${height} has no valid signature`);
  }
}

export interface Vote {
  readonly height: bigint;
  /** 40 bytes. */
  readonly message: Uint8Array;
}
