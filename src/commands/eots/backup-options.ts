/** What `eots backup` and `eots restore` share: the passphrase's file, and how a floor is shown. */
import { existsSync, statSync } from "node:fs";
import { exposureOf } from "../../domain/secret-files.ts";
import { chainIdText } from "../../domain/eots.ts";
import type { StatedFloor } from "../../record/guard-state.ts";
import { CommandError } from "../output.ts";

export function floorJson({ chainId, height }: StatedFloor): {
  readonly chainId: string;
  readonly floor: string;
} {
  return { chainId: chainIdText(chainId), floor: String(height) };
}

/** A passphrase that others can read protects nothing. */
export function privateFile(file: string): string {
  if (!existsSync(file))
    throw new CommandError("eots.passphrase", `passphrase file ${file} does not exist; check the path`);
  const exposure = exposureOf(file, statSync(file), process.getuid !== undefined);
  if (exposure === null) return file;
  throw new CommandError("eots.passphrase", exposure);
}
