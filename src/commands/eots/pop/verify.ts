/** `claviger eots pop verify`: checks a proof of possession, offline; it needs nothing but the proof. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { fromHex, utf8 } from "../../../domain/bytes.ts";
import { CommandError, say, sayJson, type Format } from "../../output.ts";
import { publicKeyOption } from "../public-key.ts";
import { decodeProof, verifyProof } from "./chain-proof.ts";
import { problemOfExport } from "./exported.ts";
import { assertAccount, contextOf } from "./options.ts";

export interface EotsPopVerifyOptions {
  readonly output: Format;
  readonly file?: string;
  readonly proof?: string;
  readonly publicKey?: string;
  readonly address?: string;
  readonly signingContext?: string;
}

const FILE_BYTES_MAX = 65_536;

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
      `${file} is not a proof; name a file that claviger eots pop export wrote`,
    );
  }
  try {
    const value: unknown = JSON.parse(readFileSync(file, "utf8"));
    return value;
  } catch {
    throw new CommandError(
      "pop.invalid",
      `${file} is not JSON; name a file that claviger eots pop export wrote`,
    );
  }
}
