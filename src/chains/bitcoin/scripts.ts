/**
 * Single-key scripts and addresses of the four purposes. The purpose alone decides the script type; a path or a PSBT
 * field never does.
 * @module
 */
import { Address, NETWORK, OutScript, p2pkh, p2sh, p2tr, p2wpkh, TEST_NETWORK } from "@scure/btc-signer";
import type { BTC_NETWORK } from "@scure/btc-signer/utils.js";
import { equalBytes } from "../../domain/bytes.ts";
import type { Network, Purpose } from "./names.ts";
import type { PublicKey } from "../../domain/kinds.ts";

const REGTEST: BTC_NETWORK = { ...TEST_NETWORK, bech32: "bcrt" };

const OP_RETURN = 0x6a;

/** Script, address and the parts that spending needs, of one public key under one purpose. */
export interface KeyScript {
  /** scriptPubKey. */
  readonly script: Uint8Array;
  readonly address: string;
  /** Purpose 49 only: the P2WPKH program inside the P2SH. */
  readonly redeemScript?: Uint8Array;
  /** Purpose 86 only: 32-byte x-only key before and after the BIP-341 tweak. */
  readonly taproot?: { readonly internalKey: Uint8Array; readonly outputKey: Uint8Array };
}

/** Address version bytes and prefix. Signet shares testnet's. */
function parameters(network: Network): BTC_NETWORK {
  if (network === "mainnet") return NETWORK;
  return network === "regtest" ? REGTEST : TEST_NETWORK;
}

/**
 * Script of a single key.
 * @param publicKey 33 bytes, compressed
 * @throws Error when the bytes are not a point of the curve
 */
export function keyScript(publicKey: PublicKey, purpose: Purpose, network: Network): KeyScript {
  const net = parameters(network);
  switch (purpose) {
    case 44:
      return standard(p2pkh(publicKey, net));
    case 49: {
      const inner = p2wpkh(publicKey, net);
      return { ...standard(p2sh(inner, net)), redeemScript: inner.script };
    }
    case 84:
      return standard(p2wpkh(publicKey, net));
    case 86: {
      // BIP-86: no script tree, so the tweak commits to the internal key alone.
      const payment = p2tr(publicKey.subarray(1), undefined, net);
      const taproot = { internalKey: payment.tapInternalKey, outputKey: payment.tweakedPubkey };
      return { ...standard(payment), taproot };
    }
  }
}

function standard(payment: { readonly script: Uint8Array; readonly address?: string }): KeyScript {
  if (payment.address === undefined) throw new Error("a single-key script has an address");
  return { script: payment.script, address: payment.address };
}

/**
 * Who an output pays: an address; `op_return:` and the hex of all bytes after the opcode; or `script:` and the hex of
 * a script that has no address, which makes the intent opaque.
 */
export function recipientOf(
  script: Uint8Array,
  network: Network,
): { readonly to: string; readonly opaque: boolean } {
  if (script[0] === OP_RETURN) return { to: `op_return:${hex(script.subarray(1))}`, opaque: false };
  const address = addressOfScript(script, network);
  return address === undefined
    ? { to: `script:${hex(script)}`, opaque: true }
    : { to: address, opaque: false };
}

/** The address of a script, or undefined where it has none. */
export function addressOfScript(script: Uint8Array, network: Network): string | undefined {
  try {
    const decoded = OutScript.decode(script);
    // The decoder reads meaning, so a non-minimal push looks like the standard script and is spent by other rules.
    if (!equalBytes(OutScript.encode(decoded), script)) return undefined;
    return Address(parameters(network)).encode(decoded);
  } catch {
    return undefined;
  }
}

/** Bitcoin's own form of bytes: plain lowercase hex. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
}
