/** /v1/wallets/{walletId}/accounts: extended public keys, descriptors, addresses. Nothing here signs or stores. */
import { Type } from "typebox";
import type { Application } from "../application.ts";
import { principalOf, type HttpContext } from "../context.ts";
import { pageIn, pageJson } from "../paging.ts";
import { Page, strictObject } from "../schemas/common.ts";
import { AddressQuery } from "../schemas/accounts.ts";
import { accountAddressJson, accountJson } from "../views/accounts.ts";
import { answers, pageOf, reference } from "../responses.ts";

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
    async (request) => {
      const { walletId: wallet, account: name } = request.params;
      return accountJson(await context.core.accounts.get(principalOf(request), wallet, name));
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
    async (request) => {
      const { walletId: wallet, account: name } = request.params;
      const range = addressQuery(request.query);
      const page = await context.core.accounts.addresses(principalOf(request), wallet, name, range);
      return pageJson(page, accountAddressJson);
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
      const { params, query } = request;
      const page = await context.core.accounts.list(principalOf(request), params.walletId, pageIn(query));
      return pageJson(page, accountJson);
    },
  );
}

/** The range that a query asks for: the first twenty receiving addresses unless it says otherwise. */
export function addressQuery({ branch = "receive", from = "0", limit = "20" }: AddressQuery): {
  branch: "receive" | "change";
  from: number;
  limit: number;
} {
  return { branch, from: Number(from), limit: Number(limit) };
}
