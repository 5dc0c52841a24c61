/**
 * A second store for the record step: plain lists, no SQL. What the step decides must not depend on who keeps the ledger, so both
 * stores are asked the same.
 * @module
 */
import { equalBytes, toHex } from "../../src/domain/bytes.ts";
import type { KeptMessage } from "../../src/domain/eots.ts";
import type {
  AttestationRecord,
  BlockRecord,
  GuardedChain,
  ValidatorHistory,
} from "../../src/domain/guard.ts";
import type { RecordedRequest } from "../../src/domain/requests.ts";
import type { Facts, Needs, Rows } from "../../src/record/decide/facts.ts";
import type { Store } from "../../src/record/store.ts";

interface Spend {
  readonly bindingId: string;
  readonly counter: string;
  readonly second: number;
  readonly amount: bigint;
}

export interface MemoryValidator {
  history: ValidatorHistory;
  readonly blocks: BlockRecord[];
  readonly votes: AttestationRecord[];
}

export class MemoryStore implements Store {
  readonly keys: Facts["keys"][number][] = [];
  readonly principals: Facts["principals"][number][] = [];
  readonly descriptors: Facts["descriptors"][number][] = [];
  readonly entries: Rows["entries"][number][] = [];
  readonly requests: RecordedRequest[] = [];
  readonly spends: Spend[] = [];
  readonly groups: Facts["groups"][number][] = [];
  chain: GuardedChain;
  readonly validators: MemoryValidator[] = [];
  readonly merging: Uint8Array[] = [];
  readonly tracks: {
    readonly publicKey: Uint8Array;
    readonly chainId: Uint8Array;
    readonly floor: bigint | null;
  }[] = [];
  readonly requiring: Uint8Array[] = [];
  readonly frozen: Uint8Array[] = [];
  readonly messages: {
    readonly publicKey: Uint8Array;
    readonly chainId: Uint8Array;
    readonly height: bigint;
    readonly message: KeptMessage;
  }[] = [];

  constructor(chain: GuardedChain) {
    this.chain = chain;
  }

  read(needs: Needs): Facts {
    const at = new Date().toISOString();
    const second = Math.floor(Date.now() / 1000);
    return {
      at,
      size: this.entries.length,
      keys: needs.keys.map(
        (place) => this.keys.find((key) => sameKey(key, place)) ?? { ...place, bindings: null },
      ),
      principals: this.principals.filter(({ namespace, principal }) =>
        needs.principals.some((place) => place.namespace === namespace && place.principal === principal),
      ),
      descriptors: this.descriptors.filter(({ namespace, descriptorId }) =>
        needs.descriptors.some(
          (place) => place.namespace === namespace && place.descriptorId === descriptorId,
        ),
      ),
      repeats: this.requests.filter((request) =>
        needs.repeats.some(
          (place) =>
            place.namespace === request.namespace &&
            place.principal === request.principal &&
            place.idempotencyKey === request.idempotencyKey,
        ),
      ),
      results: this.requests
        .filter(({ id }) => needs.results.some(({ requestId }) => requestId === id))
        .map(({ namespace, id, decision, result }) => ({ namespace, requestId: id, decision, result })),
      windows: needs.windows.map((place) => ({
        ...place,
        spent: this.spends
          .filter((spend) => sameCounter(spend, place) && spend.second > second - place.window)
          .reduce((sum, { amount }) => sum + amount, 0n),
      })),
      groups: this.groups.filter(({ slot }) => needs.slots.includes(slot)),
      duties: needs.duties === null ? null : this.#duties(needs.duties),
      statements: needs.statements.map(({ publicKey, chainId, heights }) => ({
        publicKey,
        chainId,
        frozen: this.frozen.some((key) => equalBytes(key, publicKey)),
        requiresFloor: this.requiring.some((key) => equalBytes(key, publicKey)),
        floor: this.tracks.find((track) => sameTrack(track, { publicKey, chainId }))?.floor ?? null,
        messages: this.messages.filter(
          (known) => sameTrack(known, { publicKey, chainId }) && heights.includes(known.height),
        ),
      })),
    };
  }

  write(rows: Rows): void {
    this.entries.push(...rows.entries);
    for (const request of rows.requests) this.requests.push({ ...request, result: null });
    for (const { requestId, result } of rows.results) {
      const index = this.requests.findIndex(({ id }) => id === requestId);
      const request = this.requests[index];
      if (request !== undefined) this.requests[index] = { ...request, result };
    }
    for (const spend of rows.spends) this.#spend(spend, Math.floor(Date.parse(rows.at) / 1000));
    if (rows.duties !== null) this.#writeDuties(rows.duties);
    for (const { publicKey, chainId, height, message } of rows.statements) {
      this.messages.push({ publicKey, chainId, height, message: { message } });
    }
  }

  /** All that is known of each validator: more than was asked for changes no verdict. */
  #duties(needs: NonNullable<Needs["duties"]>): Facts["duties"] {
    return {
      chain: this.chain,
      validators: needs.map(({ publicKey }) => {
        const known = this.#validator(publicKey);
        const merging = this.merging.some((key) => equalBytes(key, publicKey));
        return {
          publicKey,
          row: known?.history,
          merging,
          blocks: known?.blocks ?? [],
          votes: known?.votes ?? [],
        };
      }),
    };
  }

  #writeDuties({ genesisValidatorsRoot, validators }: NonNullable<Rows["duties"]>): void {
    if (genesisValidatorsRoot !== null) this.chain = { ...this.chain, genesisValidatorsRoot };
    for (const { publicKey, becomesKnown, raised, blocks, votes } of validators) {
      let known = this.#validator(publicKey);
      if (known === undefined) {
        const id = BigInt(this.validators.length + 1);
        known = { history: { ...NEW, id, publicKey }, blocks: [], votes: [] };
        this.validators.push(known);
      }
      known.history = { ...known.history, ...raised, known: known.history.known || becomesKnown };
      known.blocks.push(...blocks);
      known.votes.push(...votes);
    }
  }

  #validator(publicKey: Uint8Array): MemoryValidator | undefined {
    return this.validators.find(({ history }) => toHex(history.publicKey) === toHex(publicKey));
  }

  #spend(spend: Rows["spends"][number], second: number): void {
    const { bindingId, counter } = spend.place;
    const count = (at: number, change: bigint): void =>
      void this.spends.push({ bindingId, counter, second: at, amount: change });
    if (spend.kind === "add") {
      count(second, spend.amount);
      return;
    }
    const { before, group } = spend;
    if (before !== null) count(before.last, -before.largest);
    count(group.last, group.largest);
    this.#keep(group);
  }

  #keep(group: Facts["groups"][number]): void {
    const index = this.groups.findIndex((known) => sameCounter(known, group) && known.slot === group.slot);
    if (index === -1) this.groups.push(group);
    else this.groups[index] = group;
  }
}

const NEW: Omit<ValidatorHistory, "id" | "publicKey"> = {
  known: false,
  frozen: false,
  lowSlot: null,
  lowSource: null,
  lowTarget: null,
  slotBound: null,
  epochBound: null,
};

type KeyPlace = Needs["keys"][number];
type Track = { readonly publicKey: Uint8Array; readonly chainId: Uint8Array };

function sameKey(a: KeyPlace, b: KeyPlace): boolean {
  return a.namespace === b.namespace && a.keyId === b.keyId;
}

function sameCounter(
  a: Pick<Spend, "bindingId" | "counter">,
  b: Pick<Spend, "bindingId" | "counter">,
): boolean {
  return a.bindingId === b.bindingId && a.counter === b.counter;
}

function sameTrack(a: Track, b: Track): boolean {
  return equalBytes(a.publicKey, b.publicKey) && equalBytes(a.chainId, b.chainId);
}
