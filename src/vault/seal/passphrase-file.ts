/** Reads a passphrase from a file into an off-pool buffer: `readFileSync` would leave it in Node's shared pool. */
import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { SignerError } from "../../domain/errors.ts";
import { exposureOf } from "../../domain/secret-files.ts";
import { wipe } from "../wipe.ts";

const FILE_BYTES_MAX = 4096;
const LINE_FEED = 0x0a;

/** As `readPassphraseFile`, of a file that only its owner can read. @throws SignerError `service.unseal_failed` */
export function readPrivatePassphraseFile(path: string): Uint8Array {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
  if ((mode & 0o077) === 0) return readPassphraseFile(path);
  throw new SignerError(
    "service.unseal_failed",
    `passphrase file ${path} can be read by others; run chmod 600 ${path}`,
  );
}

/**
 * Bytes of the file without one trailing newline; the caller's to wipe.
 * @param exposed whether it may be open to others: so are the passwords of another signer's keystores, once
 * @throws SignerError `service.unseal_failed` when it cannot be read, is no small regular file, or is open to others
 */
export function readPassphraseFile(path: string, { exposed = false } = {}): Uint8Array {
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch {
    throw new SignerError(
      "service.unseal_failed",
      `passphrase file ${path} cannot be opened; check path and permissions`,
    );
  }
  const content = new Uint8Array(FILE_BYTES_MAX);
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile() || stat.size >= FILE_BYTES_MAX) {
      throw new SignerError(
        "service.unseal_failed",
        `passphrase file ${path} must be a regular file of less than ${FILE_BYTES_MAX} bytes`,
      );
    }
    const exposure = exposed ? null : exposureOf(path, stat, process.getuid !== undefined);
    if (exposure !== null) throw new SignerError("service.unseal_failed", `passphrase file ${exposure}`);
    const length = readSync(descriptor, content, 0, FILE_BYTES_MAX, 0);
    return content.slice(0, content[length - 1] === LINE_FEED ? length - 1 : length);
  } finally {
    wipe(content);
    closeSync(descriptor);
  }
}
