/** A bbolt file as the reader gets it, and the one refusal that it knows. */
import { SignerError } from "../../domain/errors.ts";

/** A file that nobody writes to meanwhile. */
export interface BoltFile {
  /** Bytes, at this moment. */
  size(): number;
  /** Exactly `length` bytes from `offset`, in memory that nobody else writes to; the caller stays inside the file. */
  read(offset: number, length: number): Uint8Array;
}

/** @returns the error for a file that breaks bbolt's format */
export function malformedBolt(rule: string): SignerError {
  return new SignerError(
    "request.malformed",
    `the file does not fit bbolt's format: ${rule}. Nothing was imported; take a fresh copy with eotsd stopped`,
    { field: "" },
  );
}
