/** Keys, funded PSBTs and a stand-in for the vault, for the Bitcoin tests. All secrets are public test vectors. */
import { schnorr, secp256k1 } from "@noble/curves/secp256k1.js";
import { HDKey } from "@scure/bip32";
import { mnemonicToSeedSync } from "@scure/bip39";
import { RawTx, Transaction } from "@scure/btc-signer";
import type { TxOpts } from "@scure/btc-signer";
import { privateAdd, privateNegate, signRecoverable, signSchnorr } from "tiny-secp256k1";
import type { KeyOptions, Signature, SignedFields, SigningPayload } from "../../../src/chains/adapter.ts";
import { bitcoinAdapter } from "../../../src/chains/bitcoin/adapter.ts";
import { keyScript } from "../../../src/chains/bitcoin/scripts.ts";
import { isPurpose, type Purpose } from "../../../src/chains/bitcoin/names.ts";
import type { KeyScript } from "../../../src/chains/bitcoin/scripts.ts";
import { toBase64 } from "../../../src/domain/bytes.ts";
import { SignerError } from "../../../src/domain/errors.ts";
import type { ErrorCode } from "../../../src/domain/errors.ts";
import type { KeyRecord } from "../../../src/domain/keys.ts";

/** The mnemonic of BIP-49, 84 and 86. */
export const MNEMONIC = `${"abandon ".repeat(11)}about`;
export const ROOT = HDKey.fromMasterSeed(mnemonicToSeedSync(MNEMONIC));

export interface TestKey {
  readonly record: KeyRecord;
  readonly privateKey: Uint8Array;
  readonly script: KeyScript;
}

/** A wallet key as the vault would store it. */
export function walletKey(options: KeyOptions = {}, root: HDKey = ROOT): TestKey {
  const plan = bitcoinAdapter.planKey(options);
  const node = root.derive(plan.path);
  if (node.privateKey === null || node.publicKey === null) throw new Error("no key");
  const accountXpub =
    plan.accountXpubPath === undefined
      ? {}
      : { accountXpub: root.derive(plan.accountXpubPath).publicExtendedKey };
  const attributes = { ...plan.attributes, ...accountXpub };
  return { ...testKey(node.publicKey, attributes, plan.path), privateKey: node.privateKey };
}

/** An imported key. */
export function importedKey(privateKey: Uint8Array, options: KeyOptions = {}): TestKey {
  const { attributes } = bitcoinAdapter.planImport(options);
  return { ...testKey(secp256k1.getPublicKey(privateKey, true), attributes, null), privateKey };
}

function testKey(publicKey: Uint8Array, attributes: KeyRecord["attributes"], path: string | null) {
  const record: KeyRecord = {
    id: "key_1",
    namespace: "default",
    walletId: path === null ? null : "wallet_1",
    chain: "bitcoin",
    curve: "secp256k1",
    derivation: path === null ? "imported" : "bip32-secp256k1",
    path,
    publicKey,
    address: bitcoinAdapter.addressOf(publicKey, attributes),
    label: null,
    attributes,
    state: "active",
    createdAt: "2026-01-01T00:00:00Z",
  };
  const { purpose } = attributes;
  if (!isPurpose(purpose)) throw new Error("no purpose");
  return { record, script: keyScript(publicKey, purpose, "mainnet") };
}

/** Script of the account's address `branch/index`, with its 33-byte key. */
export function accountAddress(purpose: Purpose, branch: number, index: number, account = 0) {
  const { publicKey, fingerprint } = ROOT.derive(`m/${purpose}'/0'/${account}'/${branch}/${index}`);
  if (publicKey === null) throw new Error("no key");
  return { publicKey, fingerprint, script: keyScript(publicKey, purpose, "mainnet").script };
}

/** Child numbers m/purpose'/0'/account'/branch/index. */
export function fullPath(purpose: number, branch: number, index: number, account = 0): number[] {
  return [purpose + 0x80000000, 0x80000000, account + 0x80000000, branch, index];
}

export interface Coin {
  readonly script: Uint8Array;
  readonly amount: bigint;
}

/** A transaction that pays one coin at output 0; `salt` makes its id unique. */
export function fundingTransaction(
  { script, amount }: Coin,
  salt: number,
): { txid: string; bytes: Uint8Array } {
  const bytes = RawTx.encode({
    version: 2,
    lockTime: 0,
    segwitFlag: false,
    inputs: [
      { txid: new Uint8Array(32).fill(7), index: salt, finalScriptSig: new Uint8Array(0), sequence: 0 },
    ],
    outputs: [{ amount, script }],
  });
  return {
    txid: Transaction.fromRaw(bytes, { allowUnknownOutputs: true, disableScriptCheck: true }).id,
    bytes,
  };
}

type InputUpdate = Parameters<Transaction["addInput"]>[0];
type OutputUpdate = Parameters<Transaction["addOutput"]>[0];

/** An input that spends `coin`, proven by its previous transaction. */
export function inputOf(coin: Coin, salt = 0, more: InputUpdate = {}): InputUpdate {
  const { txid, bytes } = fundingTransaction(coin, salt);
  return { txid, index: 0, nonWitnessUtxo: bytes, ...more };
}

/** An input that only claims what it spends. */
export function claimedInputOf(coin: Coin, salt = 0, more: InputUpdate = {}): InputUpdate {
  return { txid: fundingTransaction(coin, salt).txid, index: 0, witnessUtxo: { ...coin }, ...more };
}

export function unsigned(
  inputs: readonly InputUpdate[],
  outputs: readonly OutputUpdate[],
  options: TxOpts = {},
) {
  const loose = {
    allowUnknownOutputs: true,
    allowUnknownInputs: true,
    disableScriptCheck: true,
    allowUnknownVersion: true,
  };
  const transaction = new Transaction({ ...loose, ...options });
  for (const input of inputs) transaction.addInput(input);
  // True: signatures that a test puts on an input do not lock the outputs.
  for (const output of outputs) transaction.addOutput(output, true);
  return transaction;
}

/** Base64 of a PSBT. */
export function psbtOf(
  inputs: readonly InputUpdate[],
  outputs: readonly OutputUpdate[],
  options: TxOpts = {},
): string {
  return toBase64(unsigned(inputs, outputs, options).toPSBT(options.PSBTVersion));
}

/** Signs as the vault does: libsecp256k1, and the tweak added to the even-y key. */
export function signPayload(payload: SigningPayload, storedKey: Uint8Array): Signature {
  const privateKey =
    "childTweak" in payload && payload.childTweak !== undefined
      ? privateAdd(storedKey, payload.childTweak)
      : storedKey;
  if (privateKey === null) throw new Error("tweak is the negated key");
  if (payload.scheme === "secp256k1.ecdsa") {
    const { signature, recoveryId } = signRecoverable(payload.digest, privateKey);
    return { bytes: new Uint8Array(signature), recovery: recoveryId };
  }
  if (payload.scheme !== "secp256k1.schnorr") throw new Error(`unexpected ${payload.scheme}`);
  const odd = secp256k1.getPublicKey(privateKey, true)[0] === 3;
  const tweaked =
    payload.tweak === undefined
      ? privateKey
      : privateAdd(odd ? privateNegate(privateKey) : privateKey, payload.tweak);
  if (tweaked === null) throw new Error("tweak is the negated key");
  const bytes = new Uint8Array(signSchnorr(payload.digest, tweaked, new Uint8Array(32).fill(9)));
  if (!schnorr.verify(bytes, payload.digest, payload.publicKey)) throw new Error("wrong taproot key");
  return { bytes };
}

/** Decode, sign every payload, assemble; the draft crosses a structured clone as it does between threads. */
export function signRequest(
  key: TestKey,
  request: Readonly<Record<string, unknown>> & { readonly type: string },
) {
  const decoded = structuredClone(bitcoinAdapter.decode(request, key.record));
  const signatures = decoded.payloads.map((payload) => signPayload(payload, key.privateKey));
  return { decoded, signatures, fields: bitcoinAdapter.assemble(decoded, signatures) };
}

/** A text field of an answer. */
export function textOf(fields: SignedFields, name: string): string {
  const value = fields[name];
  if (typeof value !== "string") throw new Error(`answer has no ${name}`);
  return value;
}

/** For assert.throws: a SignerError of this code whose message contains `text`. */
export function refusal(code: ErrorCode, text: string): (error: unknown) => boolean {
  return (error) => {
    if (!(error instanceof SignerError) || error.code !== code || !error.message.includes(text)) throw error;
    return true;
  };
}

export function decodePsbt(key: TestKey, psbt: string) {
  return bitcoinAdapter.decode({ type: "bitcoin.psbt", psbt }, key.record);
}

export const COIN = 100_000n;
/** A key outside the wallet, and an output that pays it. */
export const stranger = importedKey(new Uint8Array(32).fill(3));
export const payment = { script: stranger.script.script, amount: 90_000n };
/** The first key of each purpose. */
export const keys = {
  44: walletKey({ purpose: 44 }),
  49: walletKey({ purpose: 49 }),
  84: walletKey(),
  86: walletKey({ purpose: 86 }),
} as const;

export function coinOf(key: TestKey, amount = COIN): Coin {
  return { script: key.script.script, amount };
}
