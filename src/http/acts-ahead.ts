/**
 * Requests that a client sends ahead on one connection: what comes behind an act begins when the act is answered. Answers leave
 * in the order of their requests, so that a signature behind an act would wait for the act's answer, and the act for it.
 * @module
 */
import type { FastifyRequest } from "fastify";
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { SignerError } from "../domain/errors.ts";
import type { Application } from "./application.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** The route asks for signatures and is no act: several of one connection are signed at once. */
    readonly signs?: true;
  }
}

/** Requests of one connection that may wait behind acts. */
const WAITING_MAX = 64;

/** A connection on which an act was asked for. */
interface Connection {
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  /** Resolves when the last act so far is answered; undefined where it is. */
  act: Promise<void> | undefined;
  waiting: number;
}

const connections = new WeakMap<Socket, Connection>();

/** To be added before every hook that looks at the caller: an act may end its own caller's rights. */
export function waitBehindActs(app: Application): void {
  app.addHook("onRequest", async (request, reply) => {
    const { socket } = request.raw;
    const known = connections.get(socket);
    const ahead = known?.act;
    if (isAct(request)) note(known ?? connectionOf(socket), reply.raw);
    if (known !== undefined && ahead !== undefined) await wait(known, ahead);
  });
}

function isAct({ method, routeOptions }: FastifyRequest): boolean {
  return method !== "GET" && method !== "HEAD" && routeOptions.config?.signs !== true;
}

function connectionOf(socket: Socket): Connection {
  const connection = { ended: closed(socket), act: undefined, waiting: 0 };
  connections.set(socket, connection);
  return connection;
}

function note(connection: Connection, response: ServerResponse): void {
  const act = closed(response);
  connection.act = act;
  response.once("close", () => {
    if (connection.act === act) connection.act = undefined;
  });
}

/** Whatever it ends with. */
function closed(end: Socket | ServerResponse): Promise<void> {
  return new Promise((resolve) => void end.once("close", resolve));
}

async function wait(connection: Connection, act: Promise<void>): Promise<void> {
  if (connection.waiting === WAITING_MAX) {
    throw new SignerError(
      "service.overloaded",
      `${WAITING_MAX} requests wait behind an act on this connection; send more when it is answered`,
    );
  }
  connection.waiting += 1;
  // A response that never got the socket is not told of its end.
  await Promise.race([act, connection.ended]);
  connection.waiting -= 1;
}
