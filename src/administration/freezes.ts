/** Freezes: one call after which a key, a wallet, a namespace or the whole installation signs nothing. */
import { assertMay, may, type Principal } from "../access/principals.ts";
import { ROOT_NAMESPACE, type Permission } from "../access/roles.ts";
import { newIdentifier } from "../directory/identifiers.ts";
import { SignerError } from "../domain/errors.ts";
import type { Freeze, FreezeScope, OrderedFreeze } from "../domain/freezes.ts";
import type { FreezeId, KeyId, NamespaceName, WalletId } from "../domain/kinds.ts";
import { pageOf, type Page, type PageRequest } from "./pages.ts";
import { actorOf, begin, kept, type AdministrationParts, type Caller } from "./parts.ts";

/** Exactly one of the four. */
export interface FreezeRequest {
  readonly keyId?: KeyId;
  readonly walletId?: WalletId;
  readonly namespace?: NamespaceName;
  readonly everything?: true;
}

export class FreezeOrders {
  readonly #parts: AdministrationParts;

  constructor(parts: AdministrationParts) {
    this.#parts = parts;
  }

  /** Those in force that hold for something of the caller's namespace; the root namespace sees all. @throws `auth.forbidden` */
  list(principal: Principal, page: PageRequest): Page<Freeze> {
    assertMay(principal, "freeze.read");
    const { freezes } = this.#parts.directory;
    const { namespace } = principal;
    return pageOf(namespace === ROOT_NAMESPACE ? freezes.all : freezes.concerning(namespace), page);
  }

  /**
   * No signature of the scope leaves after the answer.
   * @throws SignerError `auth.forbidden`, `request.malformed`, `key.not_found`, `wallet.not_found`, `request.not_found` for a
   *   namespace that is not there
   */
  async create(caller: Caller<OrderedFreeze>, request: FreezeRequest): Promise<OrderedFreeze> {
    const { principal } = caller;
    await begin(this.#parts, caller, needOf(principal, request));
    const freeze: Freeze = {
      id: newIdentifier("frz"),
      scope: scopeOf(this.#parts, principal, request),
      orderedBy: principal.id,
      orderedIn: principal.namespace,
      createdAt: new Date().toISOString(),
    };
    const actor = actorOf(principal);
    const mine = this.#parts.directory.freezes.ofScope(freeze.scope).find(isBy(principal));
    let worded: OrderedFreeze = { freeze: mine ?? freeze, existed: mine !== undefined };
    for (;;) {
      const answer = kept(caller, worded);
      const order = { actor, freeze, answerFor: worded.freeze.id, answer };
      const ordered = await this.#parts.ledger.createFreeze(order);
      // Otherwise it was ordered or lifted at the same moment, and the answer was worded for another: it was not kept.
      if (ordered.freeze.id === worded.freeze.id) return ordered;
      worded = { freeze: ordered.freeze, existed: true };
    }
  }

  /**
   * By the namespace that ordered it alone.
   * @throws SignerError `auth.forbidden`; `request.not_found`, also for one that was lifted, or holds for others only
   */
  async lift(principal: Principal, id: FreezeId): Promise<void> {
    // Before anything is looked up: whoever may lift none learns of none.
    if (!may(principal, "freeze.liftNamespace")) assertMay(principal, "freeze.lift");
    const { directory, ledger } = this.#parts;
    const { namespace } = principal;
    const { freezes } = directory;
    const freeze = (namespace === ROOT_NAMESPACE ? freezes.all : freezes.concerning(namespace)).get(id);
    if (freeze === undefined) throw notFound();
    assertMayLift(principal, freeze);
    if (!(await ledger.liftFreeze({ actor: actorOf(principal), id: freeze.id }))) throw notFound();
  }
}

function notFound(): SignerError {
  return new SignerError(
    "request.not_found",
    "no freeze with this id holds in your namespace; list them with GET /v1/freeze",
  );
}

function assertMayLift(principal: Principal, { scope, orderedIn }: Freeze): void {
  assertMay(
    principal,
    scope.kind === "key" || scope.kind === "wallet" ? "freeze.lift" : "freeze.liftNamespace",
  );
  if (orderedIn === principal.namespace) return;
  throw new SignerError(
    "auth.forbidden",
    `this freeze was ordered in namespace ${orderedIn} and is lifted there; ask an administrator of it`,
  );
}

function isBy({ id }: Principal): (freeze: Freeze) => boolean {
  return ({ orderedBy }) => orderedBy === id;
}

function needOf({ namespace }: Principal, { namespace: named, everything }: FreezeRequest): Permission {
  const isElsewhere = everything === true || (named !== undefined && named !== namespace);
  return isElsewhere ? "freeze.everything" : "freeze.create";
}

/** What is to be frozen: exactly one thing, which is there. */
function scopeOf(parts: AdministrationParts, principal: Principal, request: FreezeRequest): FreezeScope {
  const { keyId, walletId, namespace: named } = request;
  if (Object.values(request).filter((value) => value !== undefined).length !== 1) {
    throw new SignerError(
      "request.malformed",
      "/scope: must name exactly one of keyId, walletId, namespace, everything",
      { field: "/scope" },
    );
  }
  const { directory } = parts;
  const { namespace } = principal;
  if (keyId !== undefined) return { kind: "key", id: directory.key(namespace, keyId).id, namespace };
  if (walletId !== undefined) {
    return { kind: "wallet", id: directory.wallet(namespace, walletId).id, namespace };
  }
  if (named === undefined) return { kind: "everything" };
  if (directory.namespaces.has(named)) return { kind: "namespace", namespace: named };
  throw new SignerError(
    "request.not_found",
    "/scope/namespace: there is no namespace of this name; list them with GET /v1/namespaces",
    { field: "/scope/namespace" },
  );
}
