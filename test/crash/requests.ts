/** Sign requests of the four chains that differ in every call, for tests that need many. */
import { randomBytes, randomInt } from "node:crypto";
import { Address, OutScript } from "@scure/btc-signer";
import { inputOf, payment, psbtOf } from "../chains/bitcoin/fixtures.ts";

/** What the tests sign with: one key of each chain, all in one wallet. */
export interface Keys {
  readonly ethereum: Key;
  readonly solana: Key;
  readonly bitcoin: Key;
  readonly secondBitcoin: Key;
  readonly starknet: Key;
}

export interface Key {
  readonly id: string;
  readonly walletId: string;
  readonly address: string;
}

export interface SignBody {
  readonly keyId: string;
  /** The wallet is asked, not the key. */
  readonly walletId?: string;
  readonly body: unknown;
}

/** A native transfer of `value` with a nonce of its own. */
export function ethereumTransfer(key: Key, value = "1"): SignBody {
  return {
    keyId: key.id,
    body: {
      type: "ethereum.transaction",
      transaction: {
        chainId: 1,
        // Large enough that no two are equal: the second would replace the first, and count nothing.
        nonce: randomInt(2 ** 47),
        to: "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045",
        value,
        gas: 21000,
        maxFeePerGas: "1000000000",
        maxPriorityFeePerGas: "1",
      },
    },
  };
}

/** Mostly Ethereum and Solana; now and then the chains whose adapters run on a thread of their own. */
export function anyRequest(keys: Keys): SignBody {
  const text = randomBytes(12).toString("hex");
  const die = randomInt(20);
  if (die < 10) return ethereumTransfer(keys.ethereum);
  if (die < 17) return { keyId: keys.solana.id, body: { type: "solana.message", message: { text } } };
  if (die < 18) return { keyId: keys.bitcoin.id, body: { type: "bitcoin.message", message: text } };
  if (die < 19) return spendOfTwo(keys.bitcoin, keys.secondBitcoin);
  return { keyId: keys.starknet.id, body: starknetInvoke(keys.starknet.address) };
}

/** One coin of each key, of which no two requests spend the same. */
function spendOfTwo(...keys: readonly [Key, Key]): SignBody {
  const inputs = keys.map(({ address }) => {
    const script = OutScript.encode(Address().decode(address));
    return inputOf({ script, amount: 100_000n }, randomInt(2 ** 32));
  });
  const psbt = psbtOf(inputs, [{ ...payment, amount: 199_000n }]);
  return { keyId: keys[0].id, walletId: keys[0].walletId, body: { type: "bitcoin.psbt", psbt } };
}

function starknetInvoke(account: string): unknown {
  const bound = { max_amount: "0x186a0", max_price_per_unit: "0x174876e800" };
  return {
    type: "starknet.transaction",
    transaction: {
      type: "INVOKE",
      version: "0x3",
      chainId: "SN_SEPOLIA",
      sender_address: account,
      calldata: [
        "0x1",
        "0x4718f5a0fc34cc1af16a1cdee98ffb20c31f5cd61d6ab07201858f4287c938d",
        "0x83afd3f4caedc6eebf44246fe54e38c95e3179a5ec9ea81740eca5b482d12e",
        "0x3",
        "0x5678",
        "0x1",
        "0x0",
      ],
      nonce: `0x${randomInt(2 ** 31).toString(16)}`,
      resource_bounds: { l1_gas: bound, l2_gas: bound, l1_data_gas: bound },
    },
  };
}
