/** Modules of Commit-Boost for a running service: their file, their secrets, and the tokens that they make. */
import { createHmac } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keccak_256 } from "@noble/hashes/sha3.js";
import type { Reply, RunningService } from "./service.ts";

export interface Module {
  readonly id: string;
  readonly signingId: string;
  readonly secret: string;
}

export const MODULES: readonly [Module, Module] = [
  { id: "PRECONF", signingId: `0x${"6a".repeat(32)}`, secret: "a secret of thirty-two characters and more" },
  { id: "RESTAKE", signingId: `0x${"61".repeat(32)}`, secret: "another secret, which is as long as that" },
];

/** A folder with the modules' file and their secrets; the caller removes it. */
export function modulesFolder(): { readonly folder: string; readonly file: string } {
  const folder = mkdtempSync(join(tmpdir(), "claviger-modules-"));
  const modules = MODULES.map(({ id, signingId, secret }) => {
    writeFileSync(join(folder, `${id}.jwt`), `${secret}\n`, { mode: 0o600 });
    return { id, signingId, secretFile: `${id}.jwt` };
  });
  const file = join(folder, "modules.yaml");
  writeFileSync(file, JSON.stringify({ modules }));
  return { folder, file };
}

/** What a module's library puts into a token for a request to `route` with `body`. */
export function claimsFor(module: Module, route: string, body?: string): Record<string, unknown> {
  const hash = body === undefined ? null : `0x${Buffer.from(keccak_256(Buffer.from(body))).toString("hex")}`;
  return { exp: Math.floor(Date.now() / 1000) + 300, module: module.id, route, payload_hash: hash };
}

export function tokenOf(claims: object, secret: string, head: object = { typ: "JWT", alg: "HS256" }): string {
  const text = [head, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}

/** A request as a module sends it; `body` is text, so that it is the one that was hashed. */
export function askAs(
  service: Pick<RunningService, "url">,
  module: Module,
  path: string,
  body?: object,
): Promise<Reply> {
  const route = `/signer/v1/${path}`;
  const text = body === undefined ? undefined : JSON.stringify(body);
  return send(service, route, text, tokenOf(claimsFor(module, route, text), module.secret));
}

export async function send(
  service: Pick<RunningService, "url">,
  route: string,
  body: string | undefined,
  token: string,
): Promise<Reply> {
  const response = await fetch(service.url + route, {
    method: body === undefined ? "GET" : "POST",
    headers: {
      ...(token === "" ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: JSON.parse(text) };
}
