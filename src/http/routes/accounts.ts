/** /v1/wallets/{walletId}/accounts: extended public keys, descriptors, addresses. Nothing here signs or stores. */
import { Type } from "typebox";
import {
  accountAddresses,
  accountJson,
  accountNamed,
  accountsOf,
  ADDRESS_INDEX_MAX,
  ADDRESSES_MAX,
} from "../../administration/accounts.ts";
import { SignerError } from "../../domain/errors.ts";
import type { Application } from "../application.ts";
import { pageLimit, principalOf, type HttpContext } from "../context.ts";
import { pageAfter } from "../paging.ts";
import { Page, strictObject } from "../schemas/common.ts";
import { AddressQuery } from "../schemas/accounts.ts";
import { answers, pageOf, reference } from "./answers.ts";

const tags = ["accounts"];
const walletId = Type.String({ maxLength: 64 });
const account = Type.String({ maxLength: 64, description: "E.g. `bitcoin-mainnet-84-0`, `ethereum-0`." });

export function accountRoutes(app: Application, context: HttpContext): void {
  listRoute(app, context);
  app.get(
    "/v1/wallets/:walletId/accounts/:account",
    {
      schema: {
        tags,
        summary: "One account, whether or not it has keys",
        description:
          "bitcoin-NETWORK-PURPOSE-ACCOUNT, bitcoin-NETWORK-48-ACCOUNT-SCRIPT (BIP-48, script 1 or 2: one key of several) or " +
          "ethereum-ACCOUNT.",
        params: strictObject({ walletId, account }),
        response: answers(200, reference("Account")),
      },
    },
    (request) => {
      const asker = { principal: principalOf(request) };
      const { params } = request;
      const parts = context.core.administration;
      const listed = accountNamed(parts, asker, params.walletId, params.account);
      return accountJson(parts, asker, params.walletId, listed);
    },
  );
  app.get(
    "/v1/wallets/:walletId/accounts/:account/addresses",
    {
      schema: {
        tags,
        summary: "A range of the account's addresses",
        params: strictObject({ walletId, account }),
        querystring: AddressQuery,
        response: answers(200, pageOf("AccountAddress")),
      },
    },
    (request) => {
      const asker = { principal: principalOf(request) };
      const { params, query } = request;
      const parts = context.core.administration;
      const listed = accountNamed(parts, asker, params.walletId, params.account);
      return accountAddresses(parts, asker, params.walletId, listed, addressQuery(query));
    },
  );
}

function listRoute(app: Application, context: HttpContext): void {
  app.get(
    "/v1/wallets/:walletId/accounts",
    {
      schema: {
        tags,
        summary: "Accounts in which the wallet has keys",
        description:
          "Role KeyAdmin. Answers while the service is unsealed: extended public keys are not stored.",
        params: strictObject({ walletId }),
        querystring: Page,
        response: answers(200, pageOf("Account")),
      },
    },
    async (request) => {
      const asker = { principal: principalOf(request) };
      const parts = context.core.administration;
      const all = accountsOf(parts, asker, request.params.walletId);
      const limit = Math.min(pageLimit(request.query.limit), ADDRESSES_MAX);
      const page = pageAfter(all, request.query.cursor, limit, ({ id }) => id);
      const items = [];
      // One after the other: the vault's queue is the signatures'.
      for (const one of all.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
        if (page.items.includes(one.id))
          items.push(await accountJson(parts, asker, request.params.walletId, one));
      }
      return { items, next: page.next };
    },
  );
}

/** @throws SignerError `request.malformed` for an index past the last one */
export function addressQuery({ branch = "receive", from = "0", limit = "20" }: AddressQuery): {
  branch: "receive" | "change";
  from: number;
  limit: number;
} {
  if (Number(from) > ADDRESS_INDEX_MAX) {
    throw new SignerError("request.malformed", `/from: must be at most ${ADDRESS_INDEX_MAX}`, {
      field: "/from",
    });
  }
  return { branch, from: Number(from), limit: Number(limit) };
}
