/**
 * A client of the EOTS manager, written from the table of its fields: it encodes by hand, so that it shares neither
 * definition nor codec with the service.
 */
import { createHmac } from "node:crypto";
import { Client, credentials, Metadata, type ChannelCredentials, type ServiceError } from "@grpc/grpc-js";

export interface ClientOptions {
  /** Text of the daemon's HMACKey; without one no code is sent. */
  readonly hmacKey?: string;
  readonly credentials?: ChannelCredentials;
}

export interface Item {
  readonly message: Uint8Array;
  readonly height: bigint;
}

export class EotsClient {
  readonly #client: Client;
  readonly #hmacKey: string | undefined;

  constructor(address: string, options: ClientOptions = {}) {
    this.#client = new Client(address, options.credentials ?? credentials.createInsecure(), {
      "grpc.enable_http_proxy": 0,
      // A connection of its own.
      "grpc.use_local_subchannel_pool": 1,
      "grpc.max_receive_message_length": 16 * 1024 * 1024,
      "grpc.max_send_message_length": -1,
    });
    this.#hmacKey = options.hmacKey;
  }

  /** Sends `body` as it is. Rejects with the ServiceError. */
  call(method: string, body: Buffer, metadata = this.#code(body)): Promise<Buffer> {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const same = (message: Buffer): Buffer => message;
    this.#client.makeUnaryRequest(
      `/proto.EOTSManager/${method}`,
      same,
      same,
      body,
      metadata,
      (error: ServiceError | null, answer?: Buffer) => {
        if (error === null) resolve(answer ?? Buffer.alloc(0));
        else reject(error);
      },
    );
    return promise;
  }

  ping(): Promise<Buffer> {
    return this.call("Ping", Buffer.alloc(0), new Metadata());
  }

  async randomness(
    uid: Uint8Array,
    chainId: Uint8Array,
    start: bigint,
    count: number,
    interval?: bigint,
  ): Promise<Buffer[]> {
    const body = Buffer.concat([
      bytes(1, uid),
      bytes(2, chainId),
      whole(3, start),
      whole(4, BigInt(count)),
      // `optional`: also 0 is sent.
      interval === undefined ? Buffer.alloc(0) : explicit(5, interval),
    ]);
    const values = read(await this.call("CreateRandomnessPairList", body)).map(({ field, value }) => {
      if (field !== 1 || typeof value === "bigint") throw new Error("not a list of values");
      return value;
    });
    return values;
  }

  async signEots(
    uid: Uint8Array,
    chainId: Uint8Array,
    height: bigint,
    message: Uint8Array,
    method = "SignEOTS",
  ): Promise<Buffer> {
    return only(await this.call(method, eotsBody(uid, chainId, height, message)));
  }

  async signSchnorr(uid: Uint8Array, message: Uint8Array): Promise<Buffer> {
    return only(await this.call("SignSchnorrSig", Buffer.concat([bytes(1, uid), bytes(2, message)])));
  }

  async signBatch(
    uid: Uint8Array,
    chainId: Uint8Array,
    items: readonly Item[],
  ): Promise<{ readonly height: bigint; readonly signature: Buffer }[]> {
    const answer = await this.call("SignBatchEOTS", batchBody(uid, chainId, items));
    return read(answer).map(({ value }) => {
      if (typeof value === "bigint") throw new Error("not an item");
      const parts = read(value);
      const signature = parts.find(({ field }) => field === 1)?.value;
      const height = parts.find(({ field }) => field === 2)?.value ?? 0n;
      if (typeof signature !== "object" || typeof height !== "bigint") throw new Error("not an item");
      return { height, signature };
    });
  }

  saveKeyName(name: string, publicKey: Uint8Array): Promise<Buffer> {
    return this.call("SaveEOTSKeyName", Buffer.concat([text(1, name), bytes(2, publicKey)]));
  }

  unlock(uid: Uint8Array, passphrase: string): Promise<Buffer> {
    return this.call("UnlockKey", Buffer.concat([bytes(1, uid), text(2, passphrase)]));
  }

  async backup(databasePath: string, folder: string): Promise<string> {
    return only(
      await this.call("Backup", Buffer.concat([text(1, databasePath), text(2, folder)])),
    ).toString();
  }

  close(): void {
    this.#client.close();
  }

  #code(body: Buffer): Metadata {
    const metadata = new Metadata();
    if (this.#hmacKey !== undefined) metadata.set("x-fpd-hmac", codeOf(this.#hmacKey, body));
    return metadata;
  }
}

/** What the daemon puts into `x-fpd-hmac`. */
export function codeOf(key: string, body: Uint8Array): string {
  return createHmac("sha256", Buffer.from(key, "utf8")).update(body).digest("base64");
}

export function eotsBody(uid: Uint8Array, chainId: Uint8Array, height: bigint, message: Uint8Array): Buffer {
  return Buffer.concat([bytes(1, uid), bytes(2, chainId), bytes(3, message), whole(4, height)]);
}

export function batchBody(uid: Uint8Array, chainId: Uint8Array, items: readonly Item[]): Buffer {
  const parts = items.map(({ message, height }) =>
    explicitBytes(3, Buffer.concat([bytes(1, message), whole(2, height)])),
  );
  return Buffer.concat([bytes(1, uid), bytes(2, chainId), ...parts]);
}

/** A length-delimited field; as in proto3, an empty one is not sent. */
export function bytes(field: number, value: Uint8Array): Buffer {
  return value.length === 0 ? Buffer.alloc(0) : explicitBytes(field, value);
}

/** A varint field; as in proto3, zero is not sent. */
export function whole(field: number, value: bigint): Buffer {
  return value === 0n ? Buffer.alloc(0) : explicit(field, value);
}

export function explicit(field: number, value: bigint): Buffer {
  return Buffer.concat([varint(BigInt(field << 3)), varint(value)]);
}

export function explicitBytes(field: number, value: Uint8Array): Buffer {
  return Buffer.concat([varint(BigInt((field << 3) | 2)), varint(BigInt(value.length)), value]);
}

function text(field: number, value: string): Buffer {
  return bytes(field, Buffer.from(value, "utf8"));
}

function varint(value: bigint): Buffer {
  const digits: number[] = [];
  let rest = value;
  do {
    const more = rest > 0x7fn ? 0x80 : 0;
    digits.push(Number(rest & 0x7fn) | more);
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(digits);
}

interface Field {
  readonly field: number;
  readonly value: bigint | Buffer;
}

function read(message: Buffer): Field[] {
  const found: Field[] = [];
  let offset = 0;
  const next = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[offset];
      if (byte === undefined) throw new Error("the answer ends in a number");
      offset += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (offset < message.length) {
    const tag = Number(next());
    if ((tag & 7) === 0) {
      found.push({ field: tag >> 3, value: next() });
      continue;
    }
    if ((tag & 7) !== 2) throw new Error(`wire type ${tag & 7} is in no answer`);
    const length = Number(next());
    if (offset + length > message.length) throw new Error("the answer ends in a field");
    found.push({ field: tag >> 3, value: message.subarray(offset, offset + length) });
    offset += length;
  }
  return found;
}

/** The one field of an answer. */
function only(message: Buffer): Buffer {
  const [first, ...others] = read(message);
  if (first?.field !== 1 || typeof first.value === "bigint" || others.length > 0) {
    throw new Error("the answer is no single field");
  }
  return first.value;
}
