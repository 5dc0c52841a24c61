/**
 * Preloaded into a service: tells on stderr, line by line and in their order, when the service begins to write an answer to its
 * socket (`written begin NAME`) and when the kernel has all of it (`written done NAME`). An HTTP answer's name is its request id;
 * that of a gRPC message is the hex of its last 32 bytes, which is where a vote has its signature.
 */
import { subscribe } from "node:diagnostics_channel";
import { writeSync } from "node:fs";
import { Socket } from "node:net";
import { isMainThread } from "node:worker_threads";

type Piece = Uint8Array | string;
type Done = (error?: Error | null) => void;

/** The ids of all answers whose heads are in what is written. */
function idsIn(pieces: readonly Piece[]): readonly string[] {
  const texts = pieces.map((piece) =>
    typeof piece === "string" ? piece : Buffer.from(piece).toString("latin1"),
  );
  return [...texts.join("").matchAll(/^x-request-id: (\S+)\r$/gm)].map(([, id]) => id ?? "");
}

function telling(ids: readonly string[], done: Done): Done {
  const tell = (what: string): void => {
    for (const id of ids) writeSync(2, `written ${what} ${id}\n`);
  };
  tell("begin");
  return (error) => {
    tell("done");
    done(error);
  };
}

/** How a stream hands one piece, or several at once, to the kernel: the last argument is called when that has them all. */
function instrument(method: "_write" | "_writev", piecesOf: (input: unknown) => readonly Piece[]): void {
  const plain: unknown = Reflect.get(Socket.prototype, method);
  if (typeof plain !== "function") throw new Error(`sockets have no ${method} any more`);
  Reflect.set(Socket.prototype, method, function (this: Socket, ...input: [unknown, ...unknown[]]): void {
    const done = input.at(-1) as Done;
    Reflect.apply(plain, this, [...input.slice(0, -1), telling(idsIn(piecesOf(input[0])), done)]);
  });
}

/** A stream of HTTP/2 hands its data to the connection behind the streams of Node. */
function instrumentStream(message: unknown): void {
  const stream = (message as { readonly stream: { write: (chunk: Buffer, done: Done) => boolean } }).stream;
  const write = stream.write.bind(stream);
  stream.write = (chunk, done) => write(chunk, telling([chunk.subarray(-32).toString("hex")], done));
}

if (isMainThread) {
  subscribe("http2.server.stream.created", instrumentStream);
  instrument("_write", (chunk) => [chunk as Piece]);
  instrument("_writev", (chunks) => (chunks as { readonly chunk: Piece }[]).map(({ chunk }) => chunk));
}
