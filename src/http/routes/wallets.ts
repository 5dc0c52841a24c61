/** /v1/wallets: create and list. A mnemonic can come in; it never goes out. */
import { Type } from "typebox";
import { assertMay } from "../../access/principals.ts";
import { createWallet } from "../../administration/wallets.ts";
import type { Wallet } from "../../domain/wallets.ts";
import type { Application } from "../application.ts";
import { once, pageLimit, principalOf, type HttpContext } from "../context.ts";
import { pageAfter } from "../paging.ts";
import { Page, strictObject } from "../schemas/common.ts";
import type { WalletRequest } from "../schemas/resources.ts";
import { answers, pageOf, reference } from "./answers.ts";

export function walletRoutes(app: Application, context: HttpContext): void {
  const tags = ["wallets"];
  app.post(
    "/v1/wallets",
    {
      schema: {
        tags,
        summary: "Create a wallet, or import one from a mnemonic",
        body: reference<WalletRequest>("WalletRequest"),
        response: answers(201, reference("Wallet")),
      },
    },
    (request, reply) =>
      once(context, request, reply, async (caller) => ({
        status: 201,
        body: walletJson(await createWallet(context.core.administration, caller, request.body)),
      })),
  );
  app.get(
    "/v1/wallets",
    {
      schema: { tags, summary: "List wallets", querystring: Page, response: answers(200, pageOf("Wallet")) },
    },
    (request) => {
      const principal = principalOf(request);
      assertMay(principal, "wallet.read");
      const all = context.core.administration.directory.wallets(principal.namespace);
      return pageAfter(all, request.query.cursor, pageLimit(request.query.limit), walletJson);
    },
  );
  app.get(
    "/v1/wallets/:walletId",
    {
      schema: {
        tags,
        summary: "One wallet",
        params: strictObject({ walletId: Type.String({ maxLength: 64 }) }),
        response: answers(200, reference("Wallet")),
      },
    },
    (request) => {
      const principal = principalOf(request);
      assertMay(principal, "wallet.read");
      return walletJson(
        context.core.administration.directory.wallet(principal.namespace, request.params.walletId),
      );
    },
  );
}

function walletJson(wallet: Wallet): { id: string; name: string; namespace: string; createdAt: string } {
  return { id: wallet.id, name: wallet.name, namespace: wallet.namespace, createdAt: wallet.createdAt };
}
