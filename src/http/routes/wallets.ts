/** /v1/wallets: create and list. A mnemonic can come in; it never goes out. */
import { Type } from "typebox";
import type { Application } from "../application.ts";
import { principalOf, type HttpContext } from "../context.ts";
import { created, once } from "../idempotency.ts";
import { pageIn, pageJson } from "../paging.ts";
import { Page, strictObject } from "../schemas/common.ts";
import type { WalletRequest } from "../schemas/wallets.ts";
import { walletJson } from "../views/wallets.ts";
import { answers, pageOf, reference } from "../responses.ts";

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
      once(request, reply, created(walletJson), (caller) =>
        context.core.wallets.create(caller, request.body),
      ),
  );
  app.get(
    "/v1/wallets",
    {
      schema: { tags, summary: "List wallets", querystring: Page, response: answers(200, pageOf("Wallet")) },
    },
    (request) => pageJson(context.core.wallets.list(principalOf(request), pageIn(request.query)), walletJson),
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
    (request) => walletJson(context.core.wallets.get(principalOf(request), request.params.walletId)),
  );
}
