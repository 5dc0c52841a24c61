/** The option `--public-key` of the commands for finality providers. */
import { publicKeyOf } from "../../guard/eots/names.ts";
import { CommandError } from "../output.ts";

/** @throws CommandError with exit code 2 */
export function publicKeyOption(text: string): Uint8Array {
  const publicKey = publicKeyOf(text);
  if (publicKey !== undefined) return publicKey;
  throw new CommandError("usage", "--public-key: must be 64 hex digits, the x-only public key", 2);
}
