/**
 * `claviger eots pop export|verify`: proof that whoever registers a finality provider has its key. Signing is asked of
 * the running service like any other; verifying needs nothing but the proof.
 * @module
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import { loadConfig, type Config } from "../config.ts";
import { fromBase64, fromHex, toHex, utf8 } from "../domain/bytes.ts";
import { publicKeyOption, type EotsOptions } from "./eots.ts";
import { CommandError, say, sayJson } from "./output.ts";
import { accountBytes, addressOfAccountKey } from "./pop/account.ts";
import {
  bip340Digest,
  decodeProof,
  encodeBip322,
  encodeProof,
  FORMS,
  verifyProof,
  type ChainProof,
  type Form,
} from "./pop/chain-proof.ts";
import { eotsSignBabyDigest, exportedProof, problemOfExport } from "./pop/exported.ts";
import { askService } from "./service-client.ts";

export interface EotsPopExportOptions extends EotsOptions {
  readonly key: string;
  readonly address: string;
  readonly form?: string;
  readonly babyPublicKey?: string;
  readonly babySignature?: string;
  readonly tokenFile?: string;
  readonly signingContext?: string;
}
export interface EotsPopVerifyOptions extends EotsOptions {
  readonly file?: string;
  readonly proof?: string;
  readonly publicKey?: string;
  readonly address?: string;
  readonly signingContext?: string;
}

const FILE_BYTES_MAX = 65_536;

interface ServiceKey {
  readonly chain: string;
  /** 33 bytes. */
  readonly publicKey: Uint8Array;
  readonly address: string;
}

/** Prints a proof: for the chain with a form, else in eotsd's format for publication. */
export async function eotsPopExport(options: EotsPopExportOptions): Promise<void> {
  assertAccount(options.address);
  const form = options.form === undefined ? undefined : formOf(options.form);
  const context = contextOf(options);
  if (form === undefined && context !== "") {
    throw new CommandError("usage", "--signing-context: is for the chain's proofs; give --form too", 2);
  }
  const config = loadConfig({ file: options.config, preset: "production" });
  const key = await keyOf(config, options);
  if (form !== undefined) {
    const proof = await chainProof(config, options, key, form);
    const publicKey = toHex(key.publicKey.subarray(1)).slice(2);
    if (!verifyProof(proof, key.publicKey.subarray(1), options.address, context)) {
      throw new CommandError(
        "pop.invalid",
        "the service's signature does not prove possession of this key; register nothing with it, " +
          "and run claviger doctor",
      );
    }
    const encoded = toHex(encodeProof(proof)).slice(2);
    if (options.output === "json") sayJson({ form, publicKey, address: options.address, proof: encoded });
    else say(encoded);
    return;
  }
  await publicProof(config, options, key);
}

async function publicProof(config: Config, options: EotsPopExportOptions, key: ServiceKey): Promise<void> {
  const { babyPublicKey, babySignature, address } = options;
  const eotsPublicKey = toHex(key.publicKey.subarray(1)).slice(2);
  if (babyPublicKey === undefined || babySignature === undefined) {
    throw new CommandError(
      "usage",
      `let the account ${address} sign the text ${eotsPublicKey} as arbitrary data (ADR-36), then give ` +
        "--baby-public-key and --baby-signature, in base64",
      2,
    );
  }
  const account = fromBase64(babyPublicKey);
  if (account === undefined || addressOfAccountKey(account) !== address) {
    throw new CommandError(
      "pop.invalid",
      "--baby-public-key: is not the key of --address; give that account's own key",
    );
  }
  const eotsSignBaby = await signDigest(config, options, eotsSignBabyDigest(address));
  const babySignEotsPk = babySignature;
  const proof = exportedProof({
    eotsPublicKey,
    eotsSignBaby,
    babyAddress: address,
    babyPublicKey,
    babySignEotsPk,
  });
  const problem = problemOfExport(proof);
  if (problem !== null) throw new CommandError("pop.invalid", problem);
  if (options.output === "json") sayJson({ ...proof });
  else say(JSON.stringify(proof, null, 2));
}

async function chainProof(
  config: Config,
  options: EotsPopExportOptions,
  key: ServiceKey,
  form: Form,
): Promise<ChainProof> {
  if (form === "bip340") {
    const digest = bip340Digest(options.address, contextOf(options)) ?? new Uint8Array();
    return { form, signature: await signDigest(config, options, digest) };
  }
  const message = { type: "bitcoin.message", message: contextOf(options) + options.address };
  const format = form === "bip322" ? "bip322" : "bip137";
  const text = await sign(config, options, { ...message, format });
  if (form === "bip322") {
    const witness = fromBase64(text.replace(/^smp/, ""));
    if (!text.startsWith("smp") || witness === undefined) throw noSuchForm(form, "84 or 86");
    return { form, signature: encodeBip322(key.address, witness) };
  }
  const signature = fromBase64(text);
  const [header] = signature ?? [];
  if (signature === undefined || header === undefined) throw noSuchForm(form, "44, 49 or 84");
  // BIP-137 names the address's type in the header; the chain knows compressed keys alone.
  signature[0] = 31 + ((header - 27) & 3);
  return { form, signature };
}

function noSuchForm(form: Form, purposes: string): CommandError {
  return new CommandError("pop.form", `${form}: needs a Bitcoin key of purpose ${purposes}`);
}

async function keyOf(config: Config, options: EotsPopExportOptions): Promise<ServiceKey> {
  const path = `/v1/keys/${encodeURIComponent(options.key)}`;
  const { chain, publicKey, address } = await askService(config, options, "GET", path);
  const bytes = typeof publicKey === "string" ? fromHex(publicKey) : undefined;
  if (bytes?.length !== 33 || typeof chain !== "string" || typeof address !== "string") {
    throw new CommandError("pop.key", `${options.key} is no key of Babylon or Bitcoin; name one that is`);
  }
  const wanted = options.form === undefined || options.form === "bip340" ? "babylon" : "bitcoin";
  if (chain === wanted) return { chain, publicKey: bytes, address };
  throw new CommandError(
    "pop.key",
    `${options.key} is a key of ${chain}; name one of ${wanted}, which makes this proof`,
  );
}

async function signDigest(
  config: Config,
  options: EotsPopExportOptions,
  digest: Uint8Array,
): Promise<Uint8Array> {
  const signature = fromHex(await sign(config, options, { type: "babylon.schnorr", message: toHex(digest) }));
  if (signature === undefined)
    throw new CommandError("pop.invalid", "the service gave no signature; ask again");
  return signature;
}

async function sign(config: Config, options: EotsPopExportOptions, request: object): Promise<string> {
  const path = `/v1/keys/${encodeURIComponent(options.key)}/sign`;
  const { signature } = await askService(config, options, "POST", path, request);
  if (typeof signature === "string") return signature;
  throw new CommandError("pop.invalid", "the service gave no signature; ask again");
}

/** Ends with exit code 1 unless the proof holds. */
export function eotsPopVerify(options: EotsPopVerifyOptions): void {
  const { file, proof, publicKey, address } = options;
  if (file !== undefined && proof === undefined) {
    const problem = problemOfExport(parsed(file));
    if (problem !== null) throw new CommandError("pop.invalid", problem);
    report(options, "exported");
    return;
  }
  if (file !== undefined || proof === undefined || publicKey === undefined || address === undefined) {
    throw new CommandError("usage", "give a file, or all of --proof, --public-key and --address", 2);
  }
  assertAccount(address);
  const decoded = decodeProof(fromHex(proof.startsWith("0x") ? proof : `0x${proof}`) ?? utf8(""));
  if (decoded === undefined)
    throw new CommandError("pop.invalid", "--proof: must be a proof in hex, as the chain keeps it");
  if (!verifyProof(decoded, publicKeyOption(publicKey), address, contextOf(options))) {
    throw new CommandError(
      "pop.invalid",
      `the ${decoded.form} signature is not the key's over this address; check --public-key, ` +
        `--address and --signing-context`,
    );
  }
  report(options, decoded.form);
}

function report(options: EotsPopVerifyOptions, form: string): void {
  if (options.output === "json") sayJson({ valid: true, form });
  else say(`valid (${form}): the key and the account belong together`);
}

function parsed(file: string): unknown {
  if (!existsSync(file) || !statSync(file).isFile() || statSync(file).size > FILE_BYTES_MAX) {
    throw new CommandError(
      "eots.file",
      `${file} is no proof; name a file that claviger eots pop export wrote`,
    );
  }
  try {
    const value: unknown = JSON.parse(readFileSync(file, "utf8"));
    return value;
  } catch {
    throw new CommandError(
      "pop.invalid",
      `${file} is no JSON; name a file that claviger eots pop export wrote`,
    );
  }
}

function assertAccount(address: string): void {
  if (accountBytes(address) !== undefined) return;
  throw new CommandError("usage", `--address: ${address} must be a bbn1… address`, 2);
}

/** Empty without. */
function contextOf({ signingContext = "" }: { readonly signingContext?: string }): string {
  if (/^(?:[0-9a-f]{64})?$/.test(signingContext)) return signingContext;
  throw new CommandError("usage", "--signing-context: must be 64 lowercase hex digits", 2);
}

function formOf(text: string): Form {
  const form = FORMS.find((one) => one === text);
  if (form !== undefined) return form;
  throw new CommandError("usage", `--form: ${text} is not one of ${FORMS.join(", ")}`, 2);
}
