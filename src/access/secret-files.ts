/** Reads small files that hold a secret: a token, a code's key, a private key in PEM. */
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { exposureOf } from "../domain/secret-files.ts";

/** A secret's file that others can read. */
class SecretExposed extends Error {
  override readonly name = "SecretExposed";
  /** What a command prints before the message. */
  readonly code = "secret.exposed";
}

/** The file's bytes. @throws SecretExposed; Error of the system where it cannot be read */
export function readSecretFile(path: string): Buffer {
  const descriptor = openSync(path, "r");
  try {
    // Of what was opened: a name could lead to another file by now.
    const exposure = exposureOf(path, fstatSync(descriptor), process.getuid !== undefined);
    if (exposure !== null) throw new SecretExposed(exposure);
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
