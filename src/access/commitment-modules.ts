/**
 * Modules of Commit-Boost, which prove who they are by a JSON Web Token over each request (HS256): its secret is the
 * module's own, and its claims name the module, the route, the end of its life and the body that it was made for.
 * @module
 */
import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from "node:crypto";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { SignerError } from "../domain/errors.ts";
import { builtInRoles } from "./actors.ts";
import type { Principal } from "./principals.ts";
import { TOKEN_LENGTH_MIN } from "./tokens.ts";
import type { NamespaceName } from "../domain/kinds.ts";

/** Seconds by which clocks may differ, as Commit-Boost allows. */
const LEEWAY = 10;
const CREATED_AT = "1970-01-01T00:00:00.000Z";

export interface CommitmentModule {
  /** Its name in tokens, policies and the log. */
  readonly id: string;
  /** 32 bytes in 0x-hex, mixed into each of its signatures. */
  readonly signingId: string;
  readonly principal: Principal;
}

/** Who calls, and for which body. */
export interface ModuleCall {
  readonly module: CommitmentModule;
  /** Keccak-256 of the body, 32 bytes in lower-case hex without 0x; null: for a request without one. */
  readonly payloadHash: string | null;
}

interface Entry {
  readonly module: CommitmentModule;
  readonly secret: KeyObject;
}

export class CommitmentModules {
  readonly #entries = new Map<string, Entry>();
  readonly #namespace: NamespaceName;

  /** @param namespace in which every module may use the keys, as KeyUser and in no group */
  constructor(namespace: NamespaceName) {
    this.#namespace = namespace;
  }

  /**
   * @param secret text of the shared secret, 32 characters or more; the bytes are copied
   * @param signingId in lower case
   * @throws RangeError for a module that is there already or could pass for another one, for a signing ID that is zero, and for
   *   a secret that could be found by trying
   */
  add(id: string, signingId: string, secret: Uint8Array): void {
    if (this.#entries.has(id)) throw new RangeError(`module ${id} is there twice`);
    if (/^0x0*$/.test(signingId)) throw new RangeError(`the signing ID of module ${id} is zero`);
    if (secret.length < TOKEN_LENGTH_MIN) {
      throw new RangeError(`the secret of module ${id} is shorter than ${TOKEN_LENGTH_MIN} characters`);
    }
    const key = createSecretKey(secret);
    // With another's signing ID its commitments are the other's; with another's secret it makes the other's tokens.
    for (const [other, { module, secret: known }] of this.#entries) {
      if (module.signingId === signingId) {
        throw new RangeError(`module ${id} has the signing ID of module ${other}`);
      }
      if (known.equals(key)) throw new RangeError(`module ${id} has the secret of module ${other}`);
    }
    const principal: Principal = {
      id: `commit-boost-module:${id}`,
      namespace: this.#namespace,
      name: `Commit-Boost module ${id}`,
      roles: builtInRoles(`commit-boost-module:${id}`),
      groups: [],
      createdAt: CREATED_AT,
    };
    this.#entries.set(id, { module: { id, signingId, principal }, secret: key });
  }

  /**
   * The module that made `token` for a request to `route`, whose body is still to be compared.
   * @throws SignerError `auth.missing`
   */
  authenticate(token: string, route: string, now: Date): ModuleCall {
    const [head = "", body = "", code = "", ...more] = token.split(".");
    const claims = more.length === 0 ? claimsOf(body) : undefined;
    const entry = claims === undefined ? undefined : this.#entries.get(claims.module);
    if (claims === undefined || entry === undefined || !isHs256(head)) {
      throw unknown("must be `Bearer TOKEN` with a HS256 token whose claim module names a configured module");
    }
    const expected = createHmac("sha256", entry.secret).update(`${head}.${body}`, "ascii").digest();
    const given = Buffer.from(code, "base64url");
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      throw unknown("its token was not signed with the secret of this module; give both the same secret");
    }
    if (claims.exp + LEEWAY < now.getTime() / 1000) throw unknown("its token has expired; make a new one");
    if (claims.route !== route) throw unknown(`its token was made for another route than ${route}`);
    return { module: entry.module, payloadHash: claims.payloadHash };
  }
}

/** @throws SignerError `auth.missing` unless the token was made for this body */
export function assertMadeFor({ payloadHash }: ModuleCall, body: Uint8Array | undefined): void {
  const actual = body === undefined ? null : Buffer.from(keccak_256(body)).toString("hex");
  if (actual !== payloadHash) {
    throw unknown(
      actual === null
        ? "its token has a payload_hash, and this request has no body"
        : "the claim payload_hash of its token must be Keccak-256 of this body",
    );
  }
}

interface Claims {
  readonly module: string;
  readonly route: string;
  /** Seconds since 1970. */
  readonly exp: number;
  readonly payloadHash: string | null;
}

function claimsOf(encoded: string): Claims | undefined {
  const { module, route, exp, payload_hash: hash = null } = objectOf(encoded);
  if (typeof module !== "string" || typeof route !== "string") return undefined;
  if (typeof exp !== "number" || !Number.isFinite(exp)) return undefined;
  if (hash === null) return { module, route, exp, payloadHash: null };
  const [, digits] = typeof hash === "string" ? (/^(?:0x)?([0-9a-fA-F]{64})$/.exec(hash) ?? []) : [];
  return digits === undefined ? undefined : { module, route, exp, payloadHash: digits.toLowerCase() };
}

/** No other way of signing: a token that names one would choose how it is checked. */
function isHs256(encoded: string): boolean {
  const { alg, crit } = objectOf(encoded);
  return alg === "HS256" && crit === undefined;
}

function objectOf(encoded: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(encoded, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function unknown(rule: string): SignerError {
  return new SignerError("auth.missing", `Authorization: ${rule}`);
}
