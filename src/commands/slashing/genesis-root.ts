/** The option `--genesis-validators-root`, by which an operator names the chain of a history. */
import { fromHex } from "../../domain/bytes.ts";
import { CommandError } from "../output.ts";

/** Null without it. @throws CommandError with exit code 2 */
export function genesisRootOption(text: string | undefined): Uint8Array | null {
  if (text === undefined) return null;
  const root = fromHex(text);
  if (root?.length === 32) return root;
  throw new CommandError("usage", "--genesis-validators-root: must be 32 bytes of 0x-hex", 2);
}
