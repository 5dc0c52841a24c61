/** /v1/keys and /v1/wallets/{walletId}/keys: create, import, list. */
import { Type } from "typebox";
import { assertMay } from "../../access/principals.ts";
import type { KeyRecord } from "../../domain/keys.ts";
import { createKey, importKey, keyJson } from "../../administration/keys.ts";
import type { Application } from "../application.ts";
import { once, pageLimit, principalOf, type HttpContext } from "../context.ts";
import { pageAfter } from "../paging.ts";
import { Page, strictObject } from "../schemas/common.ts";
import type { KeyImportRequest, KeyRequest } from "../schemas/resources.ts";
import { answers, pageOf, reference } from "./answers.ts";

const tags = ["keys"];

export function keyRoutes(app: Application, context: HttpContext): void {
  app.post(
    "/v1/wallets/:walletId/keys",
    {
      schema: {
        tags,
        summary: "Derive a key from a wallet",
        description:
          "A key that this wallet has already is returned with status 200, unchanged (a Bitcoin key of another test network " +
          "gets this one, too); one that was deleted comes back as it was. One that the namespace has in another wallet, or " +
          "imported, is 409 with its `keyId`.",
        params: strictObject({ walletId: Type.String({ maxLength: 64 }) }),
        body: reference<KeyRequest>("KeyRequest"),
        response: { ...answers(201, reference("Key")), 200: reference("Key") },
      },
    },
    (request, reply) =>
      once(context, request, reply, async (caller) => {
        const { key, existed } = await createKey(
          context.core.administration,
          caller,
          request.params.walletId,
          request.body,
        );
        return created(context, key, existed);
      }),
  );
  app.post(
    "/v1/keys/import",
    {
      schema: {
        tags,
        summary: "Import one raw private key",
        description:
          "Needs keys.allowImport. A key that was imported already is returned with status 200, unchanged; one that was " +
          "deleted comes back as it was. One that a wallet has, and a finality provider's on another chain or its " +
          "negative, is 409 with `keyId`.",
        body: reference<KeyImportRequest>("KeyImportRequest"),
        response: { ...answers(201, reference("Key")), 200: reference("Key") },
      },
    },
    (request, reply) =>
      once(context, request, reply, async (caller) => {
        const { key, existed } = await importKey(context.core.administration, caller, request.body);
        return created(context, key, existed);
      }),
  );
  readRoutes(app, context);
}

function created(context: HttpContext, key: KeyRecord, existed: boolean) {
  if (!existed && key.chain === "babylon") context.metrics.eots.keyCreated();
  return { status: existed ? 200 : 201, body: keyJson(key) };
}

function readRoutes(app: Application, context: HttpContext): void {
  app.get(
    "/v1/keys",
    { schema: { tags, summary: "List keys", querystring: Page, response: answers(200, pageOf("Key")) } },
    (request) => {
      const principal = principalOf(request);
      assertMay(principal, "key.read");
      return pageAfter(
        context.core.administration.directory.keys(principal.namespace),
        request.query.cursor,
        pageLimit(request.query.limit),
        keyJson,
      );
    },
  );
  app.get(
    "/v1/keys/:keyId",
    {
      schema: {
        tags,
        summary: "One key",
        params: strictObject({ keyId: Type.String({ maxLength: 64 }) }),
        response: answers(200, reference("Key")),
      },
    },
    (request) => {
      const principal = principalOf(request);
      assertMay(principal, "key.read");
      return keyJson(context.core.administration.directory.key(principal.namespace, request.params.keyId));
    },
  );
}
