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
  readonly text: string;
}

/** The bytes of a POST with the administrator's token; `body` is sent as it is. */
export function posted(path: string, body: string | Uint8Array): Buffer {
  const bytes = Buffer.from(body);
  const head = [
    `POST ${path} HTTP/1.1`,
    "host: localhost",
    `authorization: Bearer ${TOKEN}`,
    "content-type: application/json",
    "accept: application/json",
    `content-length: ${bytes.length}`,
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

/** One connection that asks again and again. */
export class Connection {
  readonly #socket: Socket;
  #received = "";
  #waiting: PromiseWithResolvers<RawReply> | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => this.#read(chunk));
    socket.on("close", () => this.#waiting?.reject(new Error("the service closed the connection")));
    socket.on("error", (error) => this.#waiting?.reject(error));
  }

  static async open(url: string): Promise<Connection> {
    return new Connection(await connected(url));
  }

  ask(request: Uint8Array): Promise<RawReply> {
    assert.equal(this.#waiting, undefined, "one request at a time");
    this.#waiting = Promise.withResolvers<RawReply>();
    this.#socket.write(request);
    return this.#waiting.promise;
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #read(chunk: string): void {
    this.#received += chunk;
    const end = this.#received.indexOf("\r\n\r\n");
    if (end === -1) return;
    const length = /\r\ncontent-length: (\d+)/i.exec(this.#received.slice(0, end))?.[1];
    assert.ok(length !== undefined, this.#received);
    if (this.#received.length < end + 4 + Number(length)) return;
    const reply = { status: Number(this.#received.slice(9, 12)), text: this.#received.slice(end + 4) };
    this.#received = "";
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(reply);
  }
}
