/** Stores of eotsd for tests: files in memory, what is read from them, and the list of records that made one. */
import { readFileSync } from "node:fs";
import { readEotsd } from "../../../src/guard/eots/eotsd.ts";
import type { BoltFile } from "../../../src/guard/eots/bolt-file.ts";

/** Counts what is read, so that a reader that goes in circles is seen. */
export class MemoryFile implements BoltFile {
  readonly bytes: Uint8Array;
  bytesRead = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  size(): number {
    return this.bytes.length;
  }

  read(offset: number, length: number): Uint8Array {
    if (offset < 0 || length < 0 || offset + length > this.bytes.length) throw new RangeError("outside");
    this.bytesRead += length;
    // A view, so that a test can tell where in the file an entry stands.
    return this.bytes.subarray(offset, offset + length);
  }
}

/** As main.go lists them; bytes in hex without 0x. */
export interface ListedRecord {
  readonly chainId: string;
  readonly publicKey: string;
  readonly height: string;
  readonly message: string;
  readonly signature: string;
  readonly millis: number;
}

/** What the reader finds, in the order of the file. */
export function readAll(file: BoltFile): ListedRecord[] {
  const records: ListedRecord[] = [];
  for (const chunk of readEotsd(file)) {
    for (const record of chunk.records) {
      records.push({
        chainId: hex(record.chainId),
        publicKey: hex(record.publicKey),
        height: String(record.height),
        message: hex(record.message),
        signature: hex(record.signature ?? new Uint8Array()),
        millis: Date.parse(record.at),
      });
    }
  }
  return records;
}

/** The list beside a file, in the order of its keys. */
export function listedIn(path: string): ListedRecord[] {
  const list: ListedRecord[] = JSON.parse(readFileSync(path, "utf8"));
  const key = ({ chainId, publicKey, height }: ListedRecord): string =>
    chainId + publicKey + BigInt(height).toString(16).padStart(16, "0");
  return list.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
