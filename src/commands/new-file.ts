/** Writes an export: a new file that only its user reads, on the disk when this returns. */
import { createWriteStream } from "node:fs";
import { open } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** @throws Error `EEXIST` when the file is there already */
export async function writeNewFile(
  path: string,
  parts: Iterable<string> | AsyncIterable<string>,
): Promise<void> {
  await pipeline(Readable.from(joined(parts)), createWriteStream(path, { flags: "wx", mode: 0o600 }));
  // An export that a power cut takes back would leave keys disabled here and unknown there.
  const handle = await open(path, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Larger pieces than one record each, for the stream. */
async function* joined(parts: Iterable<string> | AsyncIterable<string>): AsyncGenerator<string> {
  let piece = "";
  for await (const part of parts) {
    piece += part;
    if (piece.length < 65_536) continue;
    yield piece;
    piece = "";
  }
  yield piece;
}
