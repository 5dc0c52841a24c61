/** Several signers of one descriptor, each a wallet of its own, and PSBTs as a coordinator makes them. All seeds are public. */
import { HDKey } from "@scure/bip32";
import { ripemd160 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { Transaction } from "@scure/btc-signer";
import type { Signature, SigningPayload, WalletView } from "../../../src/chains/adapter.ts";
import { bitcoinAdapter } from "../../../src/chains/bitcoin/adapter.ts";
import { withChecksum } from "../../../src/chains/bitcoin/descriptor-checksum.ts";
import { deriveOutput, readDescriptor } from "../../../src/chains/bitcoin/descriptors/descriptor.ts";
import type { DerivedOutput, Descriptor } from "../../../src/chains/bitcoin/descriptors/descriptor.ts";
import { inputOf, signPayload, unsigned } from "./fixtures.ts";
import { toBase64 } from "../../../src/domain/bytes.ts";

const ORIGIN = "/48'/0'/0'/2'";
const PATH = [48 + 0x80000000, 0x80000000, 0x80000000, 2 + 0x80000000];

export interface Signer {
  readonly node: HDKey;
  readonly fingerprint: number;
  /** `[fingerprint/path]xpub/<0;1>/*`. */
  readonly key: string;
}

/** The account keys of 20 signers. */
export const SIGNERS: readonly Signer[] = Array.from({ length: 20 }, (_, index) => {
  const root = HDKey.fromMasterSeed(new Uint8Array(32).fill(index + 1));
  const node = root.derive(`m${ORIGIN}`);
  const fingerprint = root.fingerprint.toString(16).padStart(8, "0");
  return {
    node,
    fingerprint: root.fingerprint,
    key: `[${fingerprint}${ORIGIN}]${node.publicExtendedKey}/<0;1>/*`,
  };
});

/** Point with unknown logarithm (BIP-341). */
export const NUMS = "50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0";

/** `A`, `B`… in a script stand for the first, second… signer. */
export function withKeys(text: string): string {
  return text.replaceAll(/\b[A-T]\b/g, (name) => SIGNERS[(name.codePointAt(0) ?? 0) - 65]?.key ?? "");
}

export function read(text: string): Descriptor {
  return readDescriptor(withChecksum(withKeys(text)), "mainnet");
}

/** What signer `index` has registered. */
export function viewOf(index: number, ...texts: readonly string[]): WalletView {
  const descriptors = texts.map((text, order) => {
    const descriptor = read(text);
    const ownKeys = descriptor.keys.flatMap((key, position) =>
      key.text.startsWith(SIGNERS[index]?.key.split("]")[0] ?? "-")
        ? [{ name: `k${position}`, keyId: `key_${index}` }]
        : [],
    );
    return { id: `dsc_${order}`, descriptor: descriptor.text, network: "mainnet", ownKeys };
  });
  return { walletId: `wal_${index}`, keys: [], accounts: [], descriptors };
}

type Update = Parameters<Transaction["addInput"]>[0];

/** Derivation fields of an output for all extended keys of the descriptor, as BIP-174 and BIP-371 have them. */
export function derivationsOf(descriptor: Descriptor, output: DerivedOutput): Update {
  const rows = descriptor.keys.flatMap((key, position) => {
    const derived = output.keys.get(`k${position}`);
    if (key.kind !== "extended" || derived === undefined) return [];
    const path = [...PATH, ...(key.branches[output.branch] ?? []), output.index];
    const fingerprint = Number.parseInt(key.origin?.fingerprint ?? "0", 16);
    return [{ publicKey: derived.publicKey, der: { fingerprint, path } }];
  });
  if (output.taproot === undefined) {
    return { bip32Derivation: rows.map(({ publicKey, der }) => [publicKey, der]) };
  }
  return {
    tapBip32Derivation: rows.map(({ publicKey, der }) => [
      publicKey.slice(1),
      { hashes: [output.script.slice(2)], der },
    ]),
  };
}

export interface SharedCoin {
  readonly descriptor: Descriptor;
  readonly output: DerivedOutput;
  readonly script: Uint8Array;
  readonly amount: bigint;
}

export function coinAt(text: string, branch = 0, index = 3, amount = 100_000n): SharedCoin {
  const descriptor = read(text);
  const output = deriveOutput(descriptor, branch, index);
  return { descriptor, output, script: output.script, amount };
}

/** An input that spends the coin, with its derivations and without its scripts, which the descriptor knows. */
export function sharedInput(coin: SharedCoin, salt = 0, more: Update = {}): Update {
  return inputOf(coin, salt, { ...derivationsOf(coin.descriptor, coin.output), ...more });
}

type Outputs = Parameters<typeof unsigned>[1];

export function sharedPsbt(
  inputs: readonly Update[],
  outputs: Outputs,
  options: Parameters<typeof unsigned>[2] = {},
): string {
  return toBase64(unsigned(inputs, outputs, { version: 2, ...options }).toPSBT(options?.PSBTVersion));
}

/** Signs with signer `index` as its service does; the draft crosses a structured clone as it does between threads. */
export function signAs(index: number, view: WalletView, psbt: string, finalize = true) {
  const { wallet } = bitcoinAdapter;
  const signer = SIGNERS[index];
  if (wallet === undefined || signer?.node.privateKey === undefined || signer.node.privateKey === null)
    throw new Error("no wallet");
  const { privateKey } = signer.node;
  const decoded = structuredClone(wallet.decode({ type: "bitcoin.psbt", psbt, finalize }, view));
  const sign = (payload: SigningPayload): Signature => signPayload(payload, privateKey);
  const fields = bitcoinAdapter.assemble(decoded, decoded.payloads.map(sign));
  return { decoded, fields };
}

export const PREIMAGE = new Uint8Array(32).fill(7);
export const PREIMAGE_SHA256 = Buffer.from(sha256(PREIMAGE)).toString("hex");
export const PREIMAGE_HASH160 = Buffer.from(ripemd160(sha256(PREIMAGE))).toString("hex");
