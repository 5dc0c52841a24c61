/** Verifiers of Bitcoin message signatures that share no code with the signer: node:crypto, @noble/curves, bitcore-lib. */
import { createHash } from "node:crypto";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { RawTx, RawWitness } from "@scure/btc-signer";
import { verdicts } from "../chains/bitcoin/interpreter.ts";

/** BIP-322, simple and full form: "ok", or why not. `script` is the address's scriptPubkey. */
export function verifyBip322(message: string, script: Uint8Array, signature: string): string {
  const bytes = Buffer.from(signature.slice(3), "base64");
  if (signature.startsWith("smp")) {
    const witness = RawWitness.decode(bytes);
    const blank = toSign(message, script);
    return verdict(RawTx.encode({ ...blank, segwitFlag: true, witnesses: [witness] }), script);
  }
  if (!signature.startsWith("ful")) return "neither simple nor full";
  const signed = RawTx.decode(bytes);
  const unsigned = { ...signed, segwitFlag: false, witnesses: [] };
  for (const input of unsigned.inputs) input.finalScriptSig = new Uint8Array();
  const same = Buffer.from(RawTx.encode(unsigned)).equals(RawTx.encode(toSign(message, script)));
  return same ? verdict(bytes, script) : "another to_sign";
}

/** Compressed public key that made a BIP-137 signature, or undefined. @param header its lowest header byte, 31, 35 or 39 */
export function recoverBip137(message: string, signature: string, header: number): string | undefined {
  const bytes = Buffer.from(signature, "base64");
  const recovery = (bytes[0] ?? 0) - header;
  if (bytes.length !== 65 || (recovery !== 0 && recovery !== 1)) return undefined;
  const text = Buffer.from(message, "utf8");
  const prefixed = [Buffer.from("\u0018Bitcoin Signed Message:\n"), compactSize(text.length), text];
  const digest = sha256(sha256(Buffer.concat(prefixed)));
  const recovered = Uint8Array.from([recovery, ...bytes.subarray(1)]);
  return `0x${Buffer.from(secp256k1.recoverPublicKey(recovered, digest, { prehash: false })).toString("hex")}`;
}

/** Bitcoin's length prefix, for lengths below 65,536. */
function compactSize(length: number): Buffer {
  return Buffer.from(length < 253 ? [length] : [253, length & 0xff, length >> 8]);
}

function verdict(raw: Uint8Array, script: Uint8Array): string {
  return verdicts(Buffer.from(raw).toString("hex"), [{ script, amount: 0n }])[0] ?? "no input";
}

/** BIP-322's to_sign without its signature. */
function toSign(message: string, script: Uint8Array) {
  const txid = sha256(sha256(toSpend(message, script))).toReversed();
  return {
    version: 0,
    lockTime: 0,
    segwitFlag: false,
    inputs: [{ txid, index: 0, finalScriptSig: new Uint8Array(), sequence: 0 }],
    outputs: [{ amount: 0n, script: Uint8Array.of(0x6a) }],
    witnesses: [],
  };
}

/** BIP-322's to_spend, byte by byte. */
function toSpend(message: string, script: Uint8Array): Uint8Array {
  const tag = sha256(Buffer.from("BIP0322-signed-message"));
  const messageHash = sha256(Buffer.concat([tag, tag, Buffer.from(message, "utf8")]));
  return Buffer.concat([
    Buffer.alloc(4),
    Buffer.from([1]),
    Buffer.alloc(32),
    Buffer.alloc(4, 0xff),
    // OP_0 and a push of 32 bytes.
    Buffer.from([34, 0x00, 0x20]),
    messageHash,
    Buffer.alloc(4),
    Buffer.from([1]),
    Buffer.alloc(8),
    Buffer.from([script.length]),
    script,
    Buffer.alloc(4),
  ]);
}

function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha256").update(bytes).digest());
}
