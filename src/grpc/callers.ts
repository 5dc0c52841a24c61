/** How callers of the EOTS manager show who they are, from its settings: whatever is named must be there, or nothing starts. */
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { readSecretFile } from "../access/secret-files.ts";
import { isLoopback } from "../access/validator-clients.ts";
import { ConfigError } from "../config/error.ts";
import { RequestCodeKey } from "./request-code.ts";

/** Paths are empty for what is not asked for. */
export interface CallerSettings {
  readonly host: string;
  readonly hmacKeyFile: string;
  readonly tlsCertFile: string;
  readonly tlsKeyFile: string;
  readonly tlsClientCaFile: string;
}

export interface Callers {
  /** Null: calls carry no code. */
  readonly code: RequestCodeKey | null;
  /** Null: plaintext, which is all that the daemon speaks. */
  readonly tls: TlsFiles | null;
}

/** PEM. */
export interface TlsFiles {
  readonly certificate: Buffer;
  readonly key: Buffer;
  /** Only clients with a certificate of this authority may call; null: any client. */
  readonly clientAuthority: Buffer | null;
}

/** @throws ConfigError for settings that would let in whom they should not */
export function openCallers(settings: CallerSettings): Callers {
  const { host, hmacKeyFile, tlsClientCaFile } = settings;
  if (!isLoopback(host) && hmacKeyFile === "" && tlsClientCaFile === "") {
    throw new ConfigError(
      "eots.host: anything but a loopback address needs eots.hmacKeyFile or eots.tlsClientCaFile, since whoever reaches " +
        "the port could sign",
    );
  }
  const code = hmacKeyFile === "" ? null : opened("hmacKeyFile", () => RequestCodeKey.read(hmacKeyFile));
  return { code, tls: tlsOf(settings) };
}

function tlsOf({ tlsCertFile, tlsKeyFile, tlsClientCaFile }: CallerSettings): TlsFiles | null {
  if (tlsCertFile === "" && tlsKeyFile === "" && tlsClientCaFile === "") return null;
  if (tlsCertFile === "" || tlsKeyFile === "") {
    throw new ConfigError("eots.tlsCertFile, eots.tlsKeyFile: TLS needs both");
  }
  const certificate = opened("tlsCertFile", () => readFileSync(tlsCertFile));
  const key = opened("tlsKeyFile", () => readSecretFile(tlsKeyFile));
  const clientAuthority =
    tlsClientCaFile === "" ? null : opened("tlsClientCaFile", () => readFileSync(tlsClientCaFile));
  // Only to see that they are what they should be, and belong together.
  opened("tlsCertFile", () => createSecureContext({ cert: certificate, key }));
  if (clientAuthority !== null) opened("tlsClientCaFile", () => assertCertificate(clientAuthority));
  return { certificate, key, clientAuthority };
}

/** An authority without a certificate in it would trust nobody, or, to some readers, everybody. */
function assertCertificate(pem: Buffer): void {
  createSecureContext({ ca: pem });
  if (!pem.includes("-----BEGIN CERTIFICATE-----")) throw new Error("has no certificate in PEM");
}

function opened<Content>(key: keyof CallerSettings, open: () => Content): Content {
  try {
    return open();
  } catch (error) {
    const reason = error instanceof Error ? error.message : "cannot be read";
    throw new ConfigError(`eots.${key}: ${reason}`, { cause: error });
  }
}
