/**
 * `claviger migrate web3signer`: the keys of its configuration files and the history of its export. Without `--apply`
 * it only says what it would do.
 * @module
 */
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import type { KeyConfig } from "../../vault/keystores/key-config.ts";
import type { Vault } from "../../vault/vault.ts";
import { toHex } from "../../domain/bytes.ts";
import { bringIn } from "../validators/bring-in.ts";
import { readKeystore, readSmallFile, reasonOf } from "../validators/candidates.ts";
import type { Candidate, Gathered, Unusable } from "../validators/candidates.ts";
import type { ImportOptions } from "../validators/place.ts";

export interface MigrateWeb3signerOptions extends ImportOptions {
  readonly keyConfig: string;
  readonly apply: boolean;
}

export async function migrateWeb3signer(options: MigrateWeb3signerOptions): Promise<void> {
  const { keyConfig: folder } = options;
  await bringIn(options, {
    command: "claviger migrate web3signer",
    folder,
    apply: options.apply,
    toApply: "Stop Web3Signer, export its history once more, and run this again with --apply.",
    gather: (vault) => readKeyConfigFolder(vault, folder),
  });
}

/** Every `.yaml` and `.yml` file of the folder itself, hidden ones excepted, as Web3Signer reads it. */
async function readKeyConfigFolder(vault: Pick<Vault, "readKeyConfigs">, folder: string): Promise<Gathered> {
  const candidates: Candidate[] = [];
  const unusable: Unusable[] = [];
  const notes: string[] = [];
  const names = readdirSync(folder).filter((name) => /^[^.].*\.ya?ml$/.test(name));
  for (const file of names
    .toSorted(new Intl.Collator("en", { numeric: true }).compare)
    .map((name) => join(folder, name))) {
    const configs = await vault.readKeyConfigs(file, folder);
    for (const [index, config] of configs.entries()) {
      const name = configs.length === 1 ? basename(file) : `${basename(file)}, document ${index + 1}`;
      const found = keyOf(config, name, { file, index });
      if (typeof found === "string") notes.push(`${name}: ${found}`);
      else if ("message" in found) unusable.push(found);
      else candidates.push(found);
    }
  }
  return { candidates, unusable, notes };
}

/** A key, what keeps it from being one, or a note on why it is not taken. */
function keyOf(
  config: KeyConfig,
  name: string,
  place: { readonly file: string; readonly index: number },
): Candidate | Unusable | string {
  switch (config.kind) {
    case "raw":
      return { name, publicKey: toHex(config.publicKey), source: { kind: "keyConfig", ...place } };
    case "keystore":
      return keystoreOf(config, name);
    case "malformed":
      return { name, message: config.message };
    case "unsupported":
      if (config.type.includes("keyType")) {
        return `passed over, ${config.type}: not a validator key; import it with POST /v1/keys/import`;
      }
      return { name, message: `type ${config.type}: ${whatToDo(config.type)}` };
  }
}

function keystoreOf(
  { keystoreFile, passwordFile }: KeyConfig & { readonly kind: "keystore" },
  name: string,
): Candidate | Unusable {
  try {
    const { keystore, publicKey } = readKeystore(readSmallFile(keystoreFile));
    const source = { kind: "keystore", keystore, password: { file: passwordFile } } as const;
    return { name, publicKey, source };
  } catch (error) {
    return { name, message: `${keystoreFile}: ${reasonOf(error)}` };
  }
}

/** Where the key is, for a type whose key is not on this disk. */
function whatToDo(type: string): string {
  const places: Readonly<Record<string, string>> = {
    hashicorp: "the key is in HashiCorp Vault",
    "azure-secret": "the key is in Azure Key Vault",
    "azure-key": "the key is in Azure Key Vault",
    "aws-secret": "the key is in AWS Secrets Manager",
    "aws-kms": "the key is in AWS KMS",
    yubihsm: "the key is in a YubiHSM",
    "usb-armory": "the key is in a USB armory",
  };
  const place = Object.hasOwn(places, type) ? places[type] : "not a type that is known here";
  return `${place}; export it as an EIP-2335 keystore and use claviger validators import`;
}
