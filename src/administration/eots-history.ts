/**
 * What finality providers' keys signed and where their floors are, as it is administered while the service runs. History goes
 * by the public key and is shared by all namespaces, so a namespace may only make it stricter, for its own keys;
 * administrators of the root namespace reach every key, also one that is not here yet.
 * @module
 */
import { assertMay, may, type Principal } from "../access/principals.ts";
import { readChainId, readHeight } from "../chains/babylon/statement.ts";
import { SignerError } from "../domain/errors.ts";
import { publicKeyOf, publicKeyText } from "../guard/eots/names.ts";
import { chainIdText } from "../domain/eots.ts";
import { exportedEotsPieces } from "../record/interchange.ts";
import type { EotsKeyState } from "../record/guard-state.ts";
import { admitExport, ExportStream } from "./export-stream.ts";
import type { Page, PageRequest } from "./pages.ts";
import { actorOf, type AdministrationParts } from "./parts.ts";

export interface EotsHistoryExport {
  /** 64 hex digits each; undefined: every key within the caller's reach. */
  readonly publicKeys: readonly string[] | undefined;
  /** Disables the keys first, durably. */
  readonly disableKeys: boolean;
}

/** At or below this height the key signs nothing new on the chain. */
export interface EotsFloor {
  /** 64 hex digits. */
  readonly publicKey: string;
  /** Text, or 0x-hex where it is none. */
  readonly chainId: string;
  readonly floor: bigint;
}

/** What is known of a key on the chains that it signed for, or has a floor on. */
export interface EotsKey {
  /** 64 hex digits. */
  readonly publicKey: string;
  readonly enabled: boolean;
  /** Nothing new is signed on a chain without a floor. */
  readonly requiresFloor: boolean;
  readonly chains: readonly {
    readonly chainId: string;
    readonly lowest: bigint | null;
    readonly highest: bigint | null;
    readonly floor: bigint | null;
  }[];
}

export class EotsHistory {
  readonly #parts: AdministrationParts;

  constructor(parts: AdministrationParts) {
    this.#parts = parts;
  }

  /** Keys with chains and floors by public key, after `cursor`. @throws SignerError `auth.forbidden`, `request.malformed` */
  async keys(principal: Principal, { cursor, limit }: PageRequest): Promise<Page<EotsKey>> {
    assertMay(principal, "eots.read");
    const after = cursor === undefined ? "" : publicKeyText(keyIn(cursor, "/cursor"));
    const states = await this.#parts.ledger.readEotsKeys({ publicKey: null, count: false });
    const known = new Map(states.map((state) => [state.publicKey, state]));
    const here = may(principal, "eots.everyKey")
      ? [...known.keys(), ...keysOfAll(this.#parts)]
      : ownKeys(this.#parts, principal);
    const names = [...new Set(here)].toSorted().filter((name) => name > after);
    const items = names.slice(0, limit).map((name) => keyOf(known.get(name) ?? nothing(name)));
    return { items, next: names.length > limit ? (names[limit - 1] ?? null) : null };
  }

  /**
   * Forbids new signatures at or below a height: none leaves after the answer. A floor only rises.
   * @throws SignerError `auth.forbidden`, `key.not_found`, `request.malformed`, `request.conflict` when it is higher already
   */
  async raiseFloor(
    principal: Principal,
    request: { readonly publicKey: string; readonly chainId: unknown; readonly height: unknown },
  ): Promise<EotsFloor> {
    assertMay(principal, "eots.floor");
    const publicKey = keyIn(request.publicKey, "/publicKey");
    assertReach(this.#parts, principal, [publicKeyText(publicKey)], () => "/publicKey");
    const place = { publicKey, chainId: readChainId(request.chainId), height: readHeight(request.height) };
    const { floor } = await this.#parts.ledger.setEotsFloor({ actor: actorOf(principal), ...place });
    return { publicKey: publicKeyText(publicKey), chainId: chainIdText(place.chainId), floor };
  }

  /** Lets keys sign nothing new on a chain without a floor; never taken back. @throws SignerError as `raiseFloor` */
  async requireFloor(
    principal: Principal,
    publicKeys: readonly string[],
  ): Promise<{ readonly changed: number }> {
    assertMay(principal, "eots.floor");
    const keys = keysIn(this.#parts, principal, publicKeys);
    const { keys: changed } = await this.#parts.ledger.requireEotsFloor({
      actor: actorOf(principal),
      publicKeys: keys,
    });
    return { changed };
  }

  /**
   * The history as JSON Lines in pieces, from one snapshot; read it to its end, or return it. With `disableKeys` its keys sign
   * nothing more from before the first piece is read, and what they signed is in it.
   * @throws SignerError `auth.forbidden`, `key.not_found`, `service.overloaded`
   */
  async export(
    principal: Principal,
    { publicKeys, disableKeys }: EotsHistoryExport,
  ): Promise<AsyncIterableIterator<string>> {
    assertMay(principal, disableKeys ? "eots.disable" : "eots.read");
    const { ledger } = this.#parts;
    const only = chosen(this.#parts, principal, publicKeys);
    const release = admitExport(ledger);
    try {
      // Before the snapshot: what it does not have is refused from here on, or comes after it in the log.
      await ledger.noteEotsExport({ actor: actorOf(principal), publicKeys: only, disable: disableKeys });
      const pieces = exportedEotsPieces(ledger.databasePath, only);
      const first = await pieces.next();
      return new ExportStream(first, pieces, release);
    } catch (error) {
      release();
      throw error;
    }
  }
}

/** The keys that a request names, ascending; null for every key. */
function chosen(
  parts: AdministrationParts,
  principal: Principal,
  publicKeys: readonly string[] | undefined,
): readonly Uint8Array[] | null {
  if (publicKeys !== undefined) return keysIn(parts, principal, publicKeys);
  if (may(principal, "eots.everyKey")) return null;
  return ownKeys(parts, principal).map((name) => keyIn(name, "/publicKeys"));
}

function keysIn(
  parts: AdministrationParts,
  principal: Principal,
  publicKeys: readonly string[],
): readonly Uint8Array[] {
  const keys = publicKeys.map((publicKey, index) => keyIn(publicKey, `/publicKeys/${index}`));
  const names = keys.map(publicKeyText);
  assertReach(parts, principal, names, (index) => `/publicKeys/${index}`);
  return [...new Set(names)].toSorted().map((name) => keyIn(name, "/publicKeys"));
}

function keyIn(text: string, field: string): Uint8Array {
  const key = publicKeyOf(text);
  if (key !== undefined) return key;
  throw new SignerError("request.malformed", `${field}: must be 64 hex digits, the x-only public key`, {
    field,
  });
}

function assertReach(
  parts: AdministrationParts,
  principal: Principal,
  names: readonly string[],
  fieldOf: (index: number) => string,
): void {
  if (may(principal, "eots.everyKey")) return;
  const own = new Set(ownKeys(parts, principal));
  for (const [index, name] of names.entries()) {
    if (own.has(name)) continue;
    const field = fieldOf(index);
    throw new SignerError(
      "key.not_found",
      `${field}: no finality provider's key of your namespace; see GET /v1/eots/keys`,
      { field },
    );
  }
}

/** Deleted ones too: what they signed is still asked for. */
function ownKeys({ directory }: AdministrationParts, { namespace }: Principal): readonly string[] {
  return Array.from(directory.finalityProviders(namespace), ({ name }) => name);
}

function keysOfAll({ directory }: AdministrationParts): readonly string[] {
  return Array.from(directory.finalityProviders(), ({ name }) => name);
}

function keyOf({ publicKey, enabled, requiresFloor, chains }: EotsKeyState): EotsKey {
  const named = chains.map(({ chainId, lowest, highest, floor }) => {
    return { chainId: chainIdText(chainId), lowest, highest, floor };
  });
  return { publicKey, enabled, requiresFloor, chains: named };
}

function nothing(publicKey: string): EotsKeyState {
  return { publicKey, enabled: true, requiresFloor: false, chains: [] };
}
