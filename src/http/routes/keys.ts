/** /v1/keys and /v1/wallets/{walletId}/keys: create, import, list. */
import { Type } from "typebox";
import type { CreatedKey } from "../../administration/keys.ts";
import type { Application } from "../application.ts";
import { principalOf, type HttpContext } from "../context.ts";
import { once, type AnswerOf } from "../idempotency.ts";
import { pageIn, pageJson } from "../paging.ts";
import { Page, strictObject } from "../schemas/common.ts";
import type { KeyImportRequest, KeyRequest } from "../schemas/keys.ts";
import { keyJson } from "../views/keys.ts";
import { answers, pageOf, reference } from "../responses.ts";

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
      once(request, reply, createdKey, async (caller) => {
        const made = await context.core.keys.create(caller, request.params.walletId, request.body);
        return counted(context, made);
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
      once(request, reply, createdKey, async (caller) =>
        counted(context, await context.core.keys.importRaw(caller, request.body)),
      ),
  );
  readRoutes(app, context);
}

/** 201 for a key that was made, 200 for one that was there. */
const createdKey: AnswerOf<CreatedKey> = ({ key, existed }) => {
  return { status: existed ? 200 : 201, body: keyJson(key) };
};

function counted(context: HttpContext, made: CreatedKey): CreatedKey {
  if (!made.existed && made.key.chain === "babylon") context.metrics.eots.keyCreated();
  return made;
}

function readRoutes(app: Application, context: HttpContext): void {
  app.get(
    "/v1/keys",
    { schema: { tags, summary: "List keys", querystring: Page, response: answers(200, pageOf("Key")) } },
    (request) => pageJson(context.core.keys.list(principalOf(request), pageIn(request.query)), keyJson),
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
    (request) => keyJson(context.core.keys.get(principalOf(request), request.params.keyId)),
  );
}
