/**
 * Keep-alive connections with one request under way on each. A request is written as bytes that were made before, so
 * that all of a round leave within one tick and the client's own work is small beside the service's.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { TOKEN } from "./service.ts";

export interface RawReply {
  readonly status: number;
  /** `x-request-id`; empty without one. */
  readonly requestId: string;
  readonly text: string;
}

/** The bytes of a GET, by the administrator. */
export function got(path: string): Buffer {
  const head = [
    `GET ${path} HTTP/1.1`,
    "host: localhost",
    `authorization: Bearer ${TOKEN}`,
    "accept: application/json",
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n`);
}

/** The bytes of a POST, by the administrator unless another `token` is given; `body` is sent as it is. */
export function posted(
  path: string,
  body: string | Uint8Array,
  token = TOKEN,
  headers: Readonly<Record<string, string>> = {},
): Buffer {
  const bytes = Buffer.from(body);
  const head = [
    `POST ${path} HTTP/1.1`,
    "host: localhost",
    `authorization: Bearer ${token}`,
    "content-type: application/json",
    "accept: application/json",
    `content-length: ${bytes.length}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), bytes]);
}

/** A socket to the service at `url`, connected. */
export async function connected(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  socket.setNoDelay(true);
  return socket;
}

/** One connection that asks again and again; a new one where the service ended the last with its reply. */
export class Connection {
  readonly #url: string;
  #socket: Socket | undefined;
  #received = "";
  #waiting: PromiseWithResolvers<RawReply> | undefined;

  private constructor(url: string) {
    this.#url = url;
  }

  static async open(url: string): Promise<Connection> {
    const connection = new Connection(url);
    await connection.#open();
    return connection;
  }

  async ask(request: Uint8Array): Promise<RawReply> {
    assert.equal(this.#waiting, undefined, "one request at a time");
    const waiting = Promise.withResolvers<RawReply>();
    this.#waiting = waiting;
    const socket = this.#socket ?? (await this.#open());
    socket.write(request);
    return waiting.promise;
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket?.destroy();
  }

  async #open(): Promise<Socket> {
    const socket = await connected(this.#url);
    socket.setEncoding("latin1");
    const lost = (error: Error): void => {
      if (this.#socket === socket) this.#waiting?.reject(error);
    };
    socket.on("data", (chunk: string) => this.#read(chunk));
    socket.on("close", () => lost(new Error("the service closed the connection")));
    socket.on("error", lost);
    this.#socket = socket;
    return socket;
  }

  #read(chunk: string): void {
    this.#received += chunk;
    const end = this.#received.indexOf("\r\n\r\n");
    if (end === -1) return;
    const head = this.#received.slice(0, end);
    const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
    if (length === undefined) {
      assert.match(head, /\r\ntransfer-encoding: chunked/i);
      if (!this.#received.endsWith("\r\n0\r\n\r\n")) return;
    } else if (this.#received.length < end + 4 + Number(length)) return;
    const requestId = /\r\nx-request-id: (\S+)/i.exec(head)?.[1] ?? "";
    const reply = { status: Number(head.slice(9, 12)), requestId, text: this.#received.slice(end + 4) };
    if (/\r\nconnection: close/i.test(head)) this.#socket = undefined;
    this.#received = "";
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(reply);
  }
}
