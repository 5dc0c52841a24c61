/**
 * What finality providers ask beside signatures: which key is theirs, its public randomness and the commitment to it, a backup.
 * Nothing is signed here.
 * @module
 */
import { hash } from "node:crypto";
import { appendLeaf, emptyFrontier, frontierRoot, leafHash } from "../audit/tree.ts";
import { assertMay, type Principal } from "../access/principals.ts";
import { malformed, readChainId, readHeight } from "../chains/babylon/statement.ts";
import { SignerError } from "../domain/errors.ts";
import { RANDOMNESS_BYTES } from "../domain/eots.ts";
import { assertActive, type KeyRecord } from "../domain/keys.ts";
import { backupEotsKey } from "./eots-backup.ts";
import { actorOf, type AdministrationParts } from "./parts.ts";
import type { KeyId } from "../domain/kinds.ts";
import type { Outlet } from "../signing/departures.ts";

/** Leaves hashed before others get their turn: well below a millisecond. */
const LEAVES_AT_ONCE = 100;

/** Heights whose public randomness is wanted. */
export interface RandomnessRange {
  /** At most 64 bytes of any value. */
  readonly chainId: Uint8Array;
  readonly startHeight: bigint;
  /** 1 to 100,000. */
  readonly count: number;
  /** Between heights; at least 1. */
  readonly interval: bigint;
}

export interface Randomness<Part> {
  /** Whose it is: 64 hex digits. */
  readonly publicKey: string;
  /** One of each range. */
  readonly parts: readonly Part[];
}

/** How lists of public randomness become an answer, and leave. */
export interface RandomnessDoor<Part> {
  /** What the answer has of each list. @param values 32 bytes for each height, one after the other */
  readonly partOf: (values: Uint8Array) => Promise<Part>;
  readonly outlet: Outlet;
}

/** A range from JSON; `interval` is 1 unless given. @throws SignerError `request.malformed` */
export function readRandomnessRange(body: {
  readonly chainId: unknown;
  readonly startHeight: unknown;
  readonly count: number;
  readonly interval?: unknown;
}): RandomnessRange {
  return {
    chainId: readChainId(body.chainId),
    startHeight: readHeight(body.startHeight, "/startHeight"),
    count: body.count,
    interval: readHeight(body.interval ?? "1", "/interval"),
  };
}

/** Backups that are made at once: each key derivation takes a quarter of a gigabyte. */
const backingUp = new WeakSet<AdministrationParts["ledger"]>();

export class Eots {
  readonly #parts: AdministrationParts;

  constructor(parts: AdministrationParts) {
    this.#parts = parts;
  }

  /**
   * The key that a daemon names by its x-only public key, whatever the key's state; who calls is a daemon of this namespace.
   * @param publicKey 64 hex digits @throws SignerError `key.not_found`, `request.conflict` where two active keys share it
   */
  provider({ namespace }: Principal, publicKey: string): KeyRecord {
    const key = this.#parts.directory.finalityProvider(namespace, publicKey);
    if (key !== undefined) return key;
    throw new SignerError(
      "key.not_found",
      "no finality provider's key with this uid in the namespace of eots.namespace; list the keys with GET /v1/keys",
    );
  }

  /**
   * For each range 32 bytes a height: start, start + interval, … The list of a range is the same whenever it is asked for.
   * @throws SignerError `auth.forbidden`, `key.not_found`, `request.malformed` for heights that pass 2^64-1 or a key of
   * another chain; `key.disabled`, `key.frozen`, `service.sealed`, `service.overloaded`; `auth.missing` for a caller that was
   * deleted meanwhile
   */
  async randomness<Part>(
    principal: Principal,
    keyId: KeyId,
    ranges: readonly RandomnessRange[],
    { partOf, outlet }: RandomnessDoor<Part>,
  ): Promise<Randomness<Part>> {
    assertMay(principal, "request.sign");
    const { namespace, publicKey, address } = finalityKey(this.#parts, principal, keyId);
    const asked = { namespace, keyId, publicKey: publicKey.slice(1) };
    const parts: Part[] = [];
    for (const range of ranges) {
      parts.push(await partOf(await this.#parts.vault.publicRandomness({ ...asked, ...range })));
    }
    // Lists take seconds, and no act waits for them: from here on one waits for this answer, and what came before counts.
    return this.#parts.departures.run(outlet, (departure) =>
      departure.entering(
        async () => {
          this.assertReady(this.#parts.principals.assertCurrent(principal), keyId);
          return { publicKey: address, parts };
        },
        () => true,
      ),
    );
  }

  /**
   * That this key could vote now, as for a request of nothing: it must be refused where one of something would be.
   * @throws SignerError `auth.forbidden`, `key.not_found`, `request.malformed`, `key.disabled`, `key.frozen`, `service.sealed`
   */
  assertReady(principal: Principal, keyId: KeyId): void {
    assertMay(principal, "request.sign");
    finalityKey(this.#parts, principal, keyId);
    if (this.#parts.vault.state() === "unsealed") return;
    throw new SignerError("service.sealed", "the service is sealed; unseal it first");
  }

  /**
   * The backup file of one key, sealed under the passphrase in `keys.backupPassphraseFile`: whoever asks gets what only the
   * holder of that passphrase can open. The key goes on signing.
   * @throws SignerError `auth.forbidden`, `key.backup_disabled`, `key.not_found`, `key.disabled` for a deleted key,
   *   `request.malformed` for a key of another chain, `service.sealed`, `service.overloaded`, `service.unseal_failed` (file)
   */
  async backup(principal: Principal, keyId: KeyId): Promise<string> {
    assertMay(principal, "key.backup");
    const { backupPassphraseFile: passphraseFile, ledger, vault } = this.#parts;
    if (passphraseFile === "") {
      throw new SignerError(
        "key.backup_disabled",
        "no key leaves this installation in a backup; set keys.backupPassphraseFile, or stop the " +
          "service and use " +
          "claviger eots backup",
      );
    }
    const key = this.#parts.directory.key(principal.namespace, keyId);
    if (key.chain !== "babylon") {
      throw new SignerError(
        "request.malformed",
        `/keyId: is a key of chain ${key.chain}; name one of chain babylon`,
        {
          field: "/keyId",
        },
      );
    }
    if (key.state === "deleted") {
      throw new SignerError(
        "key.disabled",
        "the key was deleted and its secret wiped; there is nothing to back up; create or import it again first",
      );
    }
    if (backingUp.has(ledger)) {
      throw new SignerError("service.overloaded", "a backup is under way; retry later");
    }
    backingUp.add(ledger);
    try {
      const request = {
        actor: actorOf(principal),
        namespace: principal.namespace,
        key: key.id,
        passphraseFile,
      };
      return (await backupEotsKey({ ledger, vault }, request)).text;
    } finally {
      backingUp.delete(ledger);
    }
  }
}

/** @throws SignerError `key.not_found`, `request.malformed`, `key.disabled`, `key.frozen` */
function finalityKey(parts: AdministrationParts, { namespace }: Principal, keyId: KeyId): KeyRecord {
  const key = parts.directory.key(namespace, keyId);
  if (key.chain !== "babylon") {
    throw malformed(
      "/keyId",
      `is a key of chain ${key.chain}; only keys of chain babylon have public randomness, so name one of them`,
    );
  }
  assertActive(key);
  parts.directory.freezes.assertNone(key);
  return key;
}

/** What a finality provider puts on chain for a list of public randomness; both 32 bytes. */
export interface Commitment {
  /** RFC 6962 root over the values in the order of their heights. */
  readonly root: Uint8Array;
  /** SHA-256(context ‖ start ‖ count ‖ root), numbers in 8 bytes big-endian: signed by `babylon.schnorr`. */
  readonly hash: Uint8Array;
}

/**
 * @param randomness values of 32 bytes each, one after the other
 * @param signingContext 64 lowercase hex digits for a chain that demands one, hashed as ASCII; empty for others
 */
export async function commitmentOf(
  randomness: Uint8Array,
  startHeight: bigint,
  signingContext: string,
): Promise<Commitment> {
  const frontier = emptyFrontier();
  const count = randomness.length / RANDOMNESS_BYTES;
  for (let index = 0; index < count; index += 1) {
    // The whole tree takes a second, and this thread answers everybody.
    if (index > 0 && index % LEAVES_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
    const from = index * RANDOMNESS_BYTES;
    appendLeaf(frontier, leafHash(randomness.subarray(from, from + RANDOMNESS_BYTES)), keepNone);
  }
  const root = frontierRoot(frontier);
  const text = Buffer.alloc(16);
  text.writeBigUInt64BE(startHeight);
  text.writeBigUInt64BE(BigInt(count), 8);
  const digest = hash("sha256", Buffer.concat([Buffer.from(signingContext), text, root]), "hex");
  return { root, hash: new Uint8Array(Buffer.from(digest, "hex")) };
}

/** Only the root is wanted. */
function keepNone(): void {
  // Inner nodes serve proofs, which the daemon makes by itself.
}
