/** How an answer that can hold a signature leaves through its client's socket. */
import type { FastifyReply } from "fastify";
import type { Socket } from "node:net";
import type { Outlet } from "../signing/departures.ts";

/** Who waits for a socket's end. One listener each would be too many where a client sends its requests ahead. */
const waiting = new WeakMap<Socket, Set<() => void>>();

/**
 * Of the reply that this request gets. `finish` comes when its last byte was handed to the kernel, and after those of all replies
 * before it on the connection.
 */
export function outletOf(reply: FastifyReply): Outlet {
  const { raw } = reply;
  const { socket } = raw.req;
  return {
    whenLeft(left) {
      if (raw.writableFinished || socket.destroyed) {
        left();
        return;
      }
      const ends = endsOf(socket);
      const leave = (): void => {
        raw.off("finish", leave);
        ends.delete(leave);
        left();
      };
      raw.once("finish", leave);
      ends.add(leave);
    },
    destroy: () => void socket.destroy(),
  };
}

function endsOf(socket: Socket): Set<() => void> {
  const known = waiting.get(socket);
  if (known !== undefined) return known;
  const ends = new Set<() => void>();
  waiting.set(socket, ends);
  socket.once("close", () => {
    for (const end of ends) end();
  });
  return ends;
}
