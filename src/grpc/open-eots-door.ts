/** Opens the door of finality providers' daemons: one principal for all callers, and warnings for a door that asks for little. */
import { finalityProviderDaemon } from "../access/finality-providers.ts";
import type { Core } from "../core.ts";
import type { Callers } from "./callers.ts";
import { openDoor, type Door } from "./door.ts";
import type { EotsObserver } from "./provider.ts";
import { Turns } from "./turns.ts";

/** Settings of `eots`. */
export interface EotsDoorSettings {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Whose keys the daemons sign with. */
  readonly namespace: string;
  /** Of one message, in either direction. */
  readonly maxMessageBytes: number;
}

/** What the door tells: counts for metrics, and lines for the log. */
export interface EotsDoorSinks {
  readonly observer: EotsObserver;
  /** A sign request ended: `signed`, or an error code. */
  readonly onSigned: (type: string, outcome: string) => void;
  readonly warn: (message: string) => void;
  readonly onFailure: (error: unknown, method: string) => void;
}

/** @throws DoorError */
export function openEotsDoor(
  core: Core,
  settings: EotsDoorSettings,
  callers: Callers,
  sinks: EotsDoorSinks,
): Promise<Door> {
  warnOf(callers, sinks.warn);
  const { namespace, maxMessageBytes } = settings;
  const { observer, onSigned, onFailure } = sinks;
  const manager = {
    core,
    principal: finalityProviderDaemon(namespace),
    observer,
    catchUp: new Turns(),
    answerBytesMax: maxMessageBytes,
    onSigned,
  };
  return openDoor(manager, { ...settings, ...callers, onFailure });
}

function warnOf({ code, tls }: Callers, warn: (message: string) => void): void {
  if (code === null && (tls?.clientAuthority ?? null) === null) {
    warn("eots: calls carry no code, so that every program on this machine can sign; set eots.hmacKeyFile");
  }
  if (code?.short === true) {
    warn(
      "eots.hmacKeyFile: a key of less than 32 bytes can be found by trying; make one with openssl rand -base64 32",
    );
  }
}
