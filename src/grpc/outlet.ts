/**
 * How the answer of a call leaves through its HTTP/2 connection. The library tells a handler nothing of it: an interceptor learns
 * when the message was written, and knows the stream, whose socket it may have to end.
 * @module
 */
import { Duplex } from "node:stream";
import {
  ServerInterceptingCall,
  status as Status,
  type Metadata,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
} from "@grpc/grpc-js";
import { SignerError } from "../domain/errors.ts";
import type { Outlet } from "../signing/departures.ts";
import { refusalOf } from "./statuses.ts";

/** The outlet of a call; a call of several parts looks whether it is still wanted. */
export interface CallOutlet extends Outlet {
  /** @throws SignerError `service.overloaded` when the call was given up: its answer was to come after an act's */
  assertWanted(): void;
}

/** By the metadata that interceptor and handler both have. */
const outlets = new WeakMap<Metadata, CallOutlet>();

/** Of a call that passed `leaving`. */
export function outletOf(metadata: Metadata): CallOutlet {
  const outlet = outlets.get(metadata);
  if (outlet === undefined) throw new Error("a call without an outlet");
  return outlet;
}

/** Gives each call its outlet. */
export const leaving: ServerInterceptor = (_method, call) => new LeavingCall(call);

class LeavingCall extends ServerInterceptingCall implements CallOutlet {
  readonly #stream: Duplex;
  readonly #connection: Connection;
  #state: "working" | "writing" | "left" | "dropped" = "working";
  readonly #waiting = new Set<() => void>();

  constructor(call: ServerInterceptingCallInterface) {
    super(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, forward) => {
            outlets.set(metadata, this);
            forward(metadata);
          },
        }),
    });
    this.#stream = streamOf(call);
    this.#connection = connectionOf(this.#stream);
    // Whatever is still with the stream is told by its callback, or by the end of the connection.
    this.#stream.once("close", () => {
      if (this.#stream.writableLength === 0) this.#leave();
    });
  }

  whenLeft(left: () => void): void {
    if (this.#state === "left" || this.#state === "dropped") left();
    else this.#waiting.add(left);
  }

  /** A call that still works is refused. One whose answer is on its way loses its connection, and others with it. */
  destroy(): void {
    if (this.#state === "working") {
      this.#state = "dropped";
      const { details = "", metadata = null } = refusalOf(givenUp());
      super.sendStatus({ code: Status.UNAVAILABLE, details, metadata });
      this.#tell();
    } else this.#connection.socket.destroy();
  }

  assertWanted(): void {
    if (this.#state === "dropped") throw givenUp();
  }

  override sendMessage(message: unknown, callback: () => void): void {
    if (this.#state === "dropped") return;
    this.#state = "writing";
    this.#connection.calls.add(this);
    super.sendMessage(message, () => {
      this.#leave();
      callback();
    });
    // The library writes nothing to a stream that is gone, and calls nobody back.
    if (this.#stream.destroyed && this.#stream.writableLength === 0) this.#leave();
  }

  /** The connection is gone. */
  end(): void {
    this.#leave();
  }

  #leave(): void {
    this.#connection.calls.delete(this);
    if (this.#state !== "dropped") this.#state = "left";
    this.#tell();
  }

  #tell(): void {
    for (const left of this.#waiting) left();
    this.#waiting.clear();
  }
}

/** One connection, and the calls whose answers are on their way through it. */
interface Connection {
  readonly socket: Duplex;
  readonly calls: Set<LeavingCall>;
}

const connections = new WeakMap<object, Connection>();

function connectionOf(stream: Duplex): Connection {
  const session: unknown = Reflect.get(stream, "session");
  if (typeof session !== "object" || session === null) throw new Error("a call without a connection");
  const known = connections.get(session);
  if (known !== undefined) return known;
  const shown: unknown = Reflect.get(session, "socket");
  if (typeof shown !== "object" || shown === null) throw new Error("a connection without a socket");
  const calls = new Set<LeavingCall>();
  // A session shows its socket behind a proxy that keeps it from being ended, and ends it itself only when all is written. What
  // `once` returns is the socket.
  const once: unknown = Reflect.get(shown, "once");
  if (typeof once !== "function") throw new Error("a socket that tells nothing");
  const socket: unknown = once("close", () => {
    for (const call of calls) call.end();
  });
  if (!(socket instanceof Duplex)) throw new Error("a connection whose socket cannot be ended");
  const connection = { socket, calls };
  connections.set(session, connection);
  return connection;
}

/** The library's own call has its stream, and no other way to it. */
function streamOf(call: ServerInterceptingCallInterface): Duplex {
  const stream: unknown = Reflect.get(call, "stream");
  if (stream instanceof Duplex) return stream;
  throw new Error(
    "this release of the gRPC library shows no stream: answers cannot be followed to their sockets",
  );
}

function givenUp(): SignerError {
  return new SignerError(
    "service.overloaded",
    "an act was committed while this call was still signed, and is answered first; send the same call again",
  );
}
