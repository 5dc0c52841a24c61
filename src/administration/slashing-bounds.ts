/**
 * Floors and bounds of validator keys while the service signs: at or below a floor nothing new is signed, at or above a
 * bound nothing. When a call is answered, nothing that it forbids leaves any more.
 * @module
 */
import { assertMay, type Principal } from "../access/principals.ts";
import { SignerError } from "../domain/errors.ts";
import type { Bounds } from "../record/guard-state.ts";
import { actorOf, type AdministrationParts } from "./parts.ts";
import { chosen } from "./slashing-reach.ts";

/** Which keys: those that are named, or every key within the caller's reach. */
export interface KeyChoice {
  /** 0x-hex. */
  readonly publicKeys?: readonly string[];
  readonly everyKey?: boolean;
}

/** Slots and epochs are decimal strings below 2^63. */
export interface FloorsRequest extends KeyChoice {
  readonly slot?: string;
  readonly epoch?: string;
}

/** As FloorsRequest; null lifts a bound. */
export interface BoundsRequest extends KeyChoice {
  readonly slot?: string | null;
  readonly epoch?: string | null;
}

/** The first slot and the first epoch that are not signed; null without a bound. */
export interface Bound {
  readonly slot: bigint | null;
  readonly epoch: bigint | null;
}

export class SlashingBounds {
  readonly #parts: AdministrationParts;

  constructor(parts: AdministrationParts) {
    this.#parts = parts;
  }

  /**
   * Raises the low watermarks of the keys: `slot` for blocks, `epoch` for source and target of votes. What is higher already
   * stays. @throws SignerError `auth.forbidden`, `key.not_found`, `request.malformed`
   */
  async raiseFloors(principal: Principal, request: FloorsRequest): Promise<{ readonly changed: number }> {
    assertMay(principal, "slashing.floor");
    const { slot = null, epoch = null } = numbersOf(request);
    const publicKeys = await keysOf(this.#parts, principal, request);
    const reply = await this.#parts.ledger.raiseSlashingFloors({
      actor: actorOf(principal),
      publicKeys,
      slot,
      epoch,
    });
    return { changed: reply.keys };
  }

  /**
   * Sets bounds. Every key of a NamespaceAdmin of the root namespace is the whole directory, with keys to come. To lift a
   * bound or move it up needs `slashing.lift`, and for a key that another namespace holds too, the root namespace.
   * @throws SignerError `auth.forbidden`, `key.not_found`, `request.malformed`
   */
  async setBounds(principal: Principal, request: BoundsRequest): Promise<{ readonly changed: number }> {
    assertMay(principal, "slashing.bound");
    const bounds = numbersOf(request);
    const publicKeys = await keysOf(this.#parts, principal, request);
    const actor = actorOf(principal);
    const reply = await this.#parts.ledger.setSlashingBounds({ actor, publicKeys, bounds });
    return { changed: reply.keys };
  }

  /** The bound of the whole directory: nothing at or above it is signed. @throws SignerError `auth.forbidden` */
  async ofDirectory(principal: Principal): Promise<Bound> {
    assertMay(principal, "key.read");
    const { slotBound: slot, epochBound: epoch } = await this.#parts.ledger.readSlashingChain();
    return { slot, epoch };
  }
}

async function keysOf(
  parts: AdministrationParts,
  principal: Principal,
  { publicKeys, everyKey }: KeyChoice,
): Promise<readonly Uint8Array[] | null> {
  // A name that was forgotten must not mean every key: a floor is for good.
  if ((publicKeys === undefined) === (everyKey === true)) return chosen(parts, principal, publicKeys);
  throw new SignerError("request.malformed", "/publicKeys: give these, or everyKey true, and not both", {
    field: "/publicKeys",
  });
}

function numbersOf({ slot, epoch }: BoundsRequest): Bounds {
  if (slot === undefined && epoch === undefined) {
    throw new SignerError("request.malformed", "/slot: give a slot, an epoch, or both", { field: "/slot" });
  }
  const bounds = {
    ...(slot === undefined ? {} : { slot: numberOf(slot, "/slot") }),
    ...(epoch === undefined ? {} : { epoch: numberOf(epoch, "/epoch") }),
  };
  // The likeliest mistake, and with a floor it would end a key's votes for a century.
  if (bounds.slot != null && bounds.epoch != null && bounds.epoch > bounds.slot) {
    throw new SignerError(
      "request.malformed",
      "/epoch: is above the slot, and an epoch has several slots; exchange the two",
      { field: "/epoch" },
    );
  }
  return bounds;
}

function numberOf(value: string | null, field: string): bigint | null {
  if (value === null) return null;
  const number = BigInt(value);
  if (number < 2n ** 63n) return number;
  throw new SignerError("request.malformed", `${field}: must be below 2^63`, { field });
}
