/**
 * `claviger eots pop export`: a proof that whoever registers a finality provider has its key. The running service signs it, as
 * it signs anything else.
 * @module
 */
import { loadConfig } from "../../../config/config.ts";
import type { Config } from "../../../config/schema.ts";
import { fromBase64, fromHex, toHex } from "../../../domain/bytes.ts";
import type { CommandOptions } from "../../options.ts";
import { CommandError, say, sayJson } from "../../output.ts";
import { askService } from "../../service-client.ts";
import { addressOfAccountKey } from "./account.ts";
import {
  bip340Digest,
  encodeBip322,
  encodeProof,
  FORMS,
  verifyProof,
  type ChainProof,
  type Form,
} from "./chain-proof.ts";
import { eotsSignBabyDigest, exportedProof, problemOfExport } from "./exported.ts";
import { assertAccount, contextOf } from "./options.ts";
import type { PublicKey } from "../../../domain/kinds.ts";

export interface EotsPopExportOptions extends CommandOptions {
  readonly key: string;
  readonly address: string;
  readonly form?: string;
  readonly babyPublicKey?: string;
  readonly babySignature?: string;
  readonly tokenFile?: string;
  readonly signingContext?: string;
}
interface ServiceKey {
  readonly chain: string;
  /** 33 bytes. */
  readonly publicKey: PublicKey;
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
      `sign the text ${eotsPublicKey} with the account ${address} as arbitrary data (ADR-36), then give ` +
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
    throw new CommandError("pop.key", `${options.key} is not a key of Babylon or Bitcoin; name one that is`);
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

function formOf(text: string): Form {
  const form = FORMS.find((known) => known === text);
  if (form !== undefined) return form;
  throw new CommandError("usage", `--form: ${text} is not one of ${FORMS.join(", ")}`, 2);
}
