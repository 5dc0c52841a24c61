/** Decided requests and their receipts, for their callers, policy administrators and auditors. */
import { assertMay, may, type Principal } from "../access/principals.ts";
import { SignerError } from "../domain/errors.ts";
import { evidenceOf, signersOf, type Evidence, type RecordedRequest } from "../domain/requests.ts";
import type { Page, PageRequest } from "./pages.ts";
import type { AdministrationParts } from "./parts.ts";
import type { RequestId } from "../domain/kinds.ts";

/** All that is needed to execute the decision again, offline. */
export interface Receipt {
  readonly request: RecordedRequest;
  readonly evidence: Evidence;
  /** WebAssembly by digest, of all policies that were asked. */
  readonly policies: ReadonlyMap<string, Uint8Array>;
}

/** Above every request id: where a list without a cursor begins. */
const NEWEST = "req_~";

export class Requests {
  readonly #parts: AdministrationParts;

  constructor(parts: AdministrationParts) {
    this.#parts = parts;
  }

  /** Newest first. A KeyUser without a reading role sees its own requests only. @throws SignerError `auth.forbidden` */
  async list(principal: Principal, { cursor = NEWEST, limit }: PageRequest): Promise<Page<RecordedRequest>> {
    assertReads(principal);
    const found = await this.#parts.ledger.readRequests({
      namespace: principal.namespace,
      principal: may(principal, "request.read") ? null : principal.id,
      before: cursor,
      limit: limit + 1,
    });
    const items = found.slice(0, limit).map((request) => this.#shown(principal, request));
    return { items, next: found.length > limit ? (items.at(-1)?.id ?? null) : null };
  }

  /** @throws SignerError `auth.forbidden`, `request.not_found` also for what the caller may not read */
  async get(principal: Principal, id: RequestId): Promise<RecordedRequest> {
    assertReads(principal);
    const request = await this.#parts.ledger.readRequest({ namespace: principal.namespace, id });
    if (request !== null && sees(principal, request)) return this.#shown(principal, request);
    throw new SignerError(
      "request.not_found",
      "no request with this id that you may read; list them with GET /v1/requests",
    );
  }

  /**
   * Who asked for a signature reads it here only while it would still get it: an answer that was dropped is no second way to a
   * key that has been disabled since. Others, auditors for one, read what was made.
   */
  #shown(principal: Principal, request: RecordedRequest): RecordedRequest {
    if (request.result === null || request.principal !== principal.id) return request;
    const { namespace } = principal;
    const { keyIds } = signersOf(request, evidenceOf(request));
    const active = keyIds.every((id) => this.#parts.directory.key(namespace, id).state === "active");
    return active && may(principal, "request.sign") ? request : { ...request, result: "{}" };
  }

  /** @throws SignerError as `get` */
  async receipt(principal: Principal, id: RequestId): Promise<Receipt> {
    const request = await this.get(principal, id);
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
    await this.get(principal, id);
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

function sees(principal: Principal, request: RecordedRequest): boolean {
  return may(principal, "request.read") || request.principal === principal.id;
}
