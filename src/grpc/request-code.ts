/**
 * The code that authenticates a call: metadata `x-fpd-hmac`, standard base64 of HMAC-SHA256 over the request's protobuf bytes
 * as they arrived. It binds neither method nor time, so that it can be replayed: it does not replace a private network.
 * @module
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { readSecretFile } from "../access/secret-files.ts";

export const REQUEST_CODE = "x-fpd-hmac";

/** Bytes below which a key can be found by trying. */
const KEY_BYTES_ADVISED = 32;

export class RequestCodeKey {
  readonly #key: Buffer;

  /** @param key not empty */
  constructor(key: Uint8Array) {
    if (key.length === 0) throw new RangeError("a request code needs a key");
    this.#key = Buffer.from(key);
  }

  /**
   * The key in `file`: its bytes as they are, which is what the daemon does with the text of its `HMACKey`; they are
   * not base64-decoded. One trailing newline is not part of it.
   * @throws Error for a file that cannot be read or holds no key: without one, nobody would be asked for a code
   */
  static read(file: string): RequestCodeKey {
    const content = readSecretFile(file);
    const key = content.subarray(0, content.length - trailingNewline(content));
    if (key.length === 0)
      throw new Error(`${file} is empty; write the HMACKey of the daemon's settings into it`);
    return new RequestCodeKey(key);
  }

  /** True for a key so short that whoever sees a call could find it. */
  get short(): boolean {
    return this.#key.length < KEY_BYTES_ADVISED;
  }

  /** True when `code` is the request's, compared in constant time. */
  matches(request: Uint8Array, code: string): boolean {
    const expected = Buffer.from(createHmac("sha256", this.#key).update(request).digest("base64"), "latin1");
    const given = Buffer.from(code, "utf8");
    return given.length === expected.length && timingSafeEqual(given, expected);
  }
}

function trailingNewline(content: Uint8Array): number {
  if (content.at(-1) !== 0x0a) return 0;
  return content.at(-2) === 0x0d ? 2 : 1;
}
