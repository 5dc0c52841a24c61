/** One fixed Stark key and requests around it, shared by the StarkNet tests. */
import { getPublicKey } from "@scure/starknet";
import type { SignRequest } from "../../../src/chains/adapter.ts";
import { starknetAdapter } from "../../../src/chains/starknet/adapter.ts";
import { accountType } from "../../../src/chains/starknet/accounts.ts";
import { fromHex } from "../../../src/domain/bytes.ts";
import { SignerError } from "../../../src/domain/errors.ts";
import type { KeyRecord } from "../../../src/domain/keys.ts";

export const PRIVATE_KEY = "3c1e9550e66958296d11b60f8e8e7a7ad990d07fa65d5f7652c4a6c87d4e3cc";
/** The STRK token, as a policy names it. */
export const STRK = "0x04718f5a0fc34cc1af16a1cdee98ffb20c31f5cd61d6ab07201858f4287c938d";
export const RECIPIENT = `0x${"5678".padStart(64, "0")}`;
export const TRANSFER = "0x83afd3f4caedc6eebf44246fe54e38c95e3179a5ec9ea81740eca5b482d12e";

/** A 64-digit felt for any 0x-hex. */
export function padded(hex: string): string {
  return `0x${BigInt(hex).toString(16).padStart(64, "0")}`;
}

/** The sample key's record under an account type. */
export function keyOf(type = "openzeppelin"): KeyRecord {
  const plan = starknetAdapter.planKey({ accountType: accountType(type) ?? "" });
  // Compressed SEC 1: one sign byte, then x.
  const publicKey = getPublicKey(PRIVATE_KEY, true).slice(1);
  return {
    id: "key_1",
    namespace: "default",
    walletId: "wallet_1",
    chain: "starknet",
    curve: plan.curve,
    derivation: plan.derivation,
    path: plan.path,
    publicKey,
    address: starknetAdapter.addressOf(publicKey, plan.attributes),
    label: null,
    attributes: plan.attributes,
    state: "active",
    createdAt: "2026-01-01T00:00:00Z",
  };
}

export const KEY = keyOf();

/** An invoke of one STRK transfer; `overrides` replace members, and an undefined one removes its member. */
export function invoke(overrides: Readonly<Record<string, unknown>> = {}): SignRequest {
  return request({
    type: "INVOKE",
    version: "0x3",
    chainId: "SN_SEPOLIA",
    sender_address: KEY.address,
    calldata: ["0x1", STRK, TRANSFER, "0x3", RECIPIENT, "1000", 0],
    nonce: "0x7",
    resource_bounds: BOUNDS,
    tip: "0x2",
    paymaster_data: [],
    account_deployment_data: [],
    nonce_data_availability_mode: "L1",
    fee_data_availability_mode: "L1",
    ...overrides,
  });
}

export const BOUNDS = {
  l1_gas: { max_amount: "0x1", max_price_per_unit: "0x64" },
  l2_gas: { max_amount: "0xa", max_price_per_unit: "0x5" },
  l1_data_gas: { max_amount: "0x3", max_price_per_unit: "0x7" },
};

/** Wraps a transaction as it comes from JSON: undefined members are gone. */
export function request(transaction: Readonly<Record<string, unknown>>): SignRequest {
  return { type: "starknet.transaction", transaction: JSON.parse(JSON.stringify(transaction)) };
}

/** For assert.throws: a SignerError of `code` whose message matches `message`. */
export function signerError(code: string, message: RegExp): (error: unknown) => boolean {
  return (error) => {
    if (!(error instanceof SignerError)) return false;
    return error.code === code && message.test(error.message);
  };
}

export function bytesOf(hex: string): Uint8Array {
  const bytes = fromHex(padded(hex));
  if (bytes === undefined) throw new Error(`not hex: ${hex}`);
  return bytes;
}
