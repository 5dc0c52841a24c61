/**
 * The gRPC server of the EOTS manager: a door like http. It checks the request's code over the bytes as they arrived, decodes
 * after that, and bounds what callers can take up.
 * @module
 */
import {
  Metadata,
  Server,
  ServerCredentials,
  status as Status,
  type sendUnaryData,
  type ServerOptions,
  type ServerUnaryCall,
} from "@grpc/grpc-js";
import { SignerError } from "../domain/errors.ts";
import type { Callers, TlsFiles } from "./callers.ts";
import { DoorError } from "./door-error.ts";
import { PERFORM } from "./eots-manager.ts";
import { METHODS, pathOf, type Method } from "./messages.ts";
import type { EotsManager } from "./provider.ts";
import { leaving, outletOf } from "./outlet.ts";
import { REQUEST_CODE } from "./request-code.ts";
import { CallRefused, failure, nameOf, refusalOf } from "./statuses.ts";

export interface DoorOptions extends Callers {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Of one message, in either direction. */
  readonly maxMessageBytes: number;
  /** Receives unexpected failures, for the log. */
  readonly onFailure: (error: unknown, method: Method) => void;
}

export interface Door {
  readonly port: number;
  /**
   * Takes no more calls; resolves when those under way are answered. Clients that do not take their last answer are left when
   * `drained`, which says that there will be no further one, is some seconds ago.
   */
  close(drained: Promise<void>): Promise<void>;
}

/** Of one connection. */
export const STREAMS_MAX = 100;
/** Of all connections together. */
export const CALLS_MAX = 512;
/** Of one connection, in MB: a hundred lists of randomness that wait for it, with room to spare. */
export const SESSION_MEMORY_MB = 512;
/** A connection that says nothing for this long is asked whether it still lives. */
const KEEPALIVE_MS = 60_000;
const KEEPALIVE_TIMEOUT_MS = 20_000;
/** For clients that do not take their last answer. */
const CLOSE_MS = 5000;
/** Methods that the daemon's kind sends without a code. They change nothing: a name is kept nowhere, and keys are on chain. */
const OPEN: readonly Method[] = ["Ping", "SaveEOTSKeyName"];

/** Listens. @throws DoorError */
export async function openDoor(manager: EotsManager, options: DoorOptions): Promise<Door> {
  const server = new Server(serverOptions(options.maxMessageBytes));
  const state = { calls: 0 };
  for (const method of METHODS) {
    server.register(
      pathOf(method),
      (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) => {
        void respond(manager, options, state, method, call, answer);
      },
      asItIs,
      asItIs,
      "unary",
    );
  }
  const port = await listen(server, options);
  return { port, close: (drained) => close(server, drained) };
}

async function respond(
  manager: EotsManager,
  options: DoorOptions,
  state: { calls: number },
  method: Method,
  call: ServerUnaryCall<Buffer, Buffer>,
  answer: sendUnaryData<Buffer>,
): Promise<void> {
  state.calls += 1;
  try {
    if (state.calls > CALLS_MAX) {
      throw new SignerError("service.overloaded", `${CALLS_MAX} calls are under way; retry later`);
    }
    if (!OPEN.includes(method)) authenticate(options.code, call);
    const outlet = outletOf(call.metadata);
    const encoded = await PERFORM[method](manager, call.request, outlet);
    outlet.assertWanted();
    manager.observer.called(method, "OK");
    answer(null, encoded);
  } catch (error) {
    const known = error instanceof SignerError || error instanceof CallRefused;
    if (!known) options.onFailure(error, method);
    const refusal = known ? refusalOf(error) : failure();
    manager.observer.called(method, nameOf(refusal.code ?? Status.UNKNOWN));
    answer(refusal);
  } finally {
    state.calls -= 1;
  }
}

/** @throws CallRefused with the daemon's words */
function authenticate(
  code: DoorOptions["code"],
  { metadata, request }: { metadata: Metadata; request: Buffer },
): void {
  if (code === null) return;
  const [given, ...others] = metadata.get(REQUEST_CODE);
  if (given === undefined || given === "") throw new CallRefused(Status.UNAUTHENTICATED, "HMAC not provided");
  if (typeof given === "string" && others.length === 0 && code.matches(request, given)) return;
  throw new CallRefused(Status.UNAUTHENTICATED, "invalid HMAC");
}

function serverOptions(maxMessageBytes: number): ServerOptions {
  return {
    "grpc.max_receive_message_length": maxMessageBytes,
    "grpc.max_send_message_length": maxMessageBytes,
    "grpc.max_concurrent_streams": STREAMS_MAX,
    "grpc.keepalive_time_ms": KEEPALIVE_MS,
    "grpc.keepalive_timeout_ms": KEEPALIVE_TIMEOUT_MS,
    "grpc-node.max_session_memory": SESSION_MEMORY_MB,
    "grpc.enable_channelz": 0,
    interceptors: [leaving],
  };
}

/** The code is over the bytes on the wire, so that nobody may decode them before it was checked. */
function asItIs(bytes: Buffer): Buffer {
  return bytes;
}

function listen(server: Server, { host, port, tls }: DoorOptions): Promise<number> {
  const name = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  return new Promise((resolve, reject) => {
    // With its scheme: a host called unix would be a file.
    server.bindAsync(`dns:${name}:${port}`, credentialsOf(tls), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(new DoorError(`${host} port ${port}: ${error.message}`, { cause: error }));
    });
  });
}

function credentialsOf(tls: TlsFiles | null): ServerCredentials {
  if (tls === null) return ServerCredentials.createInsecure();
  const { certificate, key, clientAuthority } = tls;
  return ServerCredentials.createSsl(
    clientAuthority,
    [{ private_key: key, cert_chain: certificate }],
    clientAuthority !== null,
  );
}

async function close(server: Server, drained: Promise<void>): Promise<void> {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  server.tryShutdown(() => resolve());
  await drained;
  const timer = setTimeout(() => server.forceShutdown(), CLOSE_MS);
  await closed;
  clearTimeout(timer);
}
