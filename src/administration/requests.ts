/** Decided requests and their receipts, for their callers, policy administrators and auditors. */
import { assertMay, may, type Principal } from "../access/principals.ts";
import { SignerError } from "../domain/errors.ts";
import { evidenceOf, signersOf, type Evidence, type RecordedRequest } from "../domain/requests.ts";
import type { Page, PageRequest } from "./pages.ts";
import type { AdministrationParts } from "./parts.ts";
import type { KeyId, NamespaceName, RequestId } from "../domain/kinds.ts";
import type { Outlet } from "../signing/departures.ts";

/** All that is needed to execute the decision again, offline. */
export interface Receipt {
  readonly request: RecordedRequest;
  readonly evidence: Evidence;
  /** WebAssembly by digest, of all policies that were asked. */
  readonly policies: ReadonlyMap<string, Uint8Array>;
}

/** Above every request id: where a list without a cursor begins. */
const NEWEST = "req_~";

/** The result of a request whose signature is not shown. */
const NOTHING = "{}";

export class Requests {
  readonly #parts: AdministrationParts;

  constructor(parts: AdministrationParts) {
    this.#parts = parts;
  }

  /**
   * Newest first. A KeyUser without a reading role sees its own requests only.
   * @param outlet how the answer leaves: acts wait for the signatures in it
   * @throws SignerError `auth.forbidden`; `auth.missing` for a caller that was deleted meanwhile
   */
  async list(
    principal: Principal,
    { cursor = NEWEST, limit }: PageRequest,
    outlet: Outlet,
  ): Promise<Page<RecordedRequest>> {
    assertReads(principal);
    const read = async (): Promise<Page<RecordedRequest>> => {
      const found = await this.#parts.ledger.readRequests({
        namespace: principal.namespace,
        principal: may(principal, "request.read") ? null : principal.id,
        before: cursor,
        limit: limit + 1,
      });
      const page = found.slice(0, limit);
      const items = await this.#shown(principal, page);
      return { items, next: found.length > limit ? (page.at(-1)?.id ?? null) : null };
    };
    return this.#leaving(outlet, read, ({ items }) => items.some(hasSignature));
  }

  /**
   * @param outlet as of `list`
   * @throws SignerError as `list`; `request.not_found` also for what the caller may not read
   */
  async get(principal: Principal, id: RequestId, outlet: Outlet): Promise<RecordedRequest> {
    return this.#leaving(outlet, () => this.#find(principal, id), hasSignature);
  }

  async #find(principal: Principal, id: RequestId): Promise<RecordedRequest> {
    assertReads(principal);
    const request = await this.#parts.ledger.readRequest({ namespace: principal.namespace, id });
    const [shown] = await this.#shown(principal, request === null ? [] : [request]);
    if (shown !== undefined) return shown;
    throw new SignerError(
      "request.not_found",
      "no request with this id that you may read; list them with GET /v1/requests",
    );
  }

  /** A signature that is read leaves as one that is made does: from before it is looked up on, acts wait for this answer. */
  #leaving<Found>(
    outlet: Outlet,
    read: () => Promise<Found>,
    holds: (found: Found) => boolean,
  ): Promise<Found> {
    return this.#parts.departures.run(outlet, (departure) => departure.entering(read, holds));
  }

  /**
   * Who asked for a signature reads it here only while it would still get it: an answer that was dropped is no second way to a
   * key that has been disabled or frozen since. Others, auditors for one, read what was made. A sealed service shows none.
   */
  async #shown(asking: Principal, requests: readonly RecordedRequest[]): Promise<readonly RecordedRequest[]> {
    const signed = requests.filter(({ result, principal }) => result !== null && principal === asking.id);
    const keyIds = new Set(signed.flatMap(keyIdsOf));
    const held = await heldBack(this.#parts, asking.namespace, [...keyIds]);
    // After all that was waited for: an act that comes now waits for this answer.
    const principal = callerNow(this.#parts, asking);
    const isSealed = this.#parts.vault.state() === "sealed";
    const isHeld = (request: RecordedRequest): boolean =>
      (isSealed && request.result !== null) ||
      (signed.includes(request) &&
        (!may(principal, "request.sign") || keyIdsOf(request).some((id) => held.has(id))));
    return requests
      .filter((request) => sees(principal, request))
      .map((request) => (isHeld(request) ? { ...request, result: NOTHING } : request));
  }

  /** It has no signature in it, so no act waits for it. @throws SignerError as `get` */
  async receipt(principal: Principal, id: RequestId): Promise<Receipt> {
    const request = await this.#find(principal, id);
    const evidence = evidenceOf(request);
    const policies = new Map<string, Uint8Array>();
    for (const digest of new Set(evidence.evaluations.map(({ policy }) => policy))) {
      const module = await this.#parts.ledger.readModule({ digest });
      if (module !== null) policies.set(digest, module);
    }
    return { request, evidence, policies };
  }

  /** Refuses: no request waits for approval in this release. @throws SignerError also as `get` */
  async approve(principal: Principal, id: RequestId): Promise<never> {
    assertMay(principal, "request.approve");
    await this.#find(principal, id);
    throw new SignerError(
      "policy.approval_unavailable",
      "no request waits for approval: a policy that asks for one is refused in this release; bind " +
        "one that decides by itself",
    );
  }
}

function assertReads(principal: Principal): void {
  if (!may(principal, "request.readOwn")) assertMay(principal, "request.read");
}

/** The caller with the rights that it has by now. */
function callerNow({ principals }: AdministrationParts, asking: Principal): Principal {
  const principal = principals.assertCurrent(asking);
  assertReads(principal);
  return principal;
}

function hasSignature({ result }: RecordedRequest): boolean {
  return result !== null && result !== NOTHING;
}

function sees(principal: Principal, request: RecordedRequest): boolean {
  return may(principal, "request.read") || request.principal === principal.id;
}

function keyIdsOf(request: RecordedRequest): readonly KeyId[] {
  return signersOf(request, evidenceOf(request)).keyIds;
}

/** Those of the keys that sign nothing now: not active, frozen by an order, or by a guard. */
async function heldBack(
  { directory, ledger }: AdministrationParts,
  namespace: NamespaceName,
  ids: readonly KeyId[],
): Promise<ReadonlySet<KeyId>> {
  const keys = ids.map((id) => directory.key(namespace, id));
  const validators = keys.filter(({ chain }) => chain === "ethereum-validator");
  const publicKeys = validators.map(({ publicKey }) => publicKey);
  const guarded = publicKeys.length === 0 ? [] : await ledger.readSlashingKeys({ publicKeys });
  const frozen = new Set(
    validators.filter((_, index) => guarded[index]?.enabled === false).map(({ id }) => id),
  );
  for (const { id, publicKey } of keys.filter(({ chain }) => chain === "babylon")) {
    const [state] = await ledger.readEotsKeys({ publicKey: publicKey.slice(1), count: false });
    if (state?.enabled === false) frozen.add(id);
  }
  // Last, so that what these acts have changed meanwhile counts.
  for (const id of ids) {
    const key = directory.key(namespace, id);
    if (key.state !== "active" || directory.freezes.hasOver(key)) frozen.add(id);
  }
  return frozen;
}
