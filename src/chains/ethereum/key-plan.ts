/** Where an Ethereum key sits in its wallet: BIP-44 with coin type 60, or a custom BIP-32 path. */
import { SignerError } from "../../domain/errors.ts";
import type { KeyOptions } from "../adapter.ts";

const HARDENED_OFFSET = 0x8000_0000;
const CUSTOM_PATH = /^m(?:\/(?:0|[1-9][0-9]{0,9})'?){1,10}$/;

/**
 * `options.path` as given, or m/44'/60'/account'/0/index.
 * @throws SignerError `request.malformed` for a malformed path, an index of 2^31 or more, or an option of another chain
 */
export function planPath(options: KeyOptions): string {
  refuseOptions(options, ["purpose", "network", "accountType"]);
  if (options.path === undefined) {
    return `m/44'/60'/${pathIndex(options.account, "account")}'/0/${pathIndex(options.index, "index")}`;
  }
  if (options.account !== undefined || options.index !== undefined) {
    throw malformed("path", "cannot be combined with account or index; give one of the two");
  }
  if (!CUSTOM_PATH.test(options.path)) {
    throw malformed(
      "path",
      "must be a BIP-32 path such as m/44'/60'/0'/0/0, of 1 to 10 levels, hardened by ' or h",
    );
  }
  for (const level of options.path.split("/").slice(1)) {
    if (Number.parseInt(level, 10) >= HARDENED_OFFSET)
      throw malformed("path", "has a level that must be below 2^31");
  }
  return options.path;
}

/** @throws SignerError `request.malformed` when one of `names` is given */
export function refuseOptions(options: KeyOptions, names: readonly (keyof KeyOptions)[]): void {
  for (const name of names) {
    if (options[name] !== undefined) throw malformed(name, "does not apply to this ethereum key; remove it");
  }
}

function pathIndex(value: number | undefined, name: string): number {
  const index = value ?? 0;
  if (!Number.isInteger(index) || index < 0 || index >= HARDENED_OFFSET) {
    throw malformed(name, "must be an integer from 0 to 2^31 - 1");
  }
  return index;
}

function malformed(name: string, message: string): SignerError {
  return new SignerError("request.malformed", `/${name}: ${message}`, { field: `/${name}` });
}
