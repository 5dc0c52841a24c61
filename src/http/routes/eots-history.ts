/** /v1/eots: history and floors of finality providers' keys, and a key's backup, while the service runs. */
import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import { Type } from "typebox";
import type { EotsHistoryExport } from "../../administration/eots-history.ts";
import type { Application } from "../application.ts";
import { principalOf, type HttpContext } from "../context.ts";
import { pageIn, pageJson } from "../paging.ts";
import { Page, strictObject } from "../schemas/common.ts";
import {
  EotsExportQuery,
  type EotsExportRequest,
  type EotsFloorRequest,
  type EotsRequireFloorRequest,
} from "../schemas/eots-history.ts";
import { eotsFloorJson, eotsKeyJson } from "../views/eots-history.ts";
import { answers, linesAnswer, pageOf, reference } from "../responses.ts";

const tags = ["finality providers"];
/** Milliseconds that a client may read nothing of an export, which holds a snapshot of the ledger for it. */
const EXPORT_IDLE_MS = 60_000;

export function eotsHistoryRoutes(app: Application, context: HttpContext): void {
  readRoute(app, context);
  exportRoutes(app, context);
  floorRoutes(app, context);
  backupRoute(app, context);
}

function readRoute(app: Application, context: HttpContext): void {
  app.get(
    "/v1/eots/keys",
    {
      schema: {
        tags,
        summary: "Keys with their chains and floors",
        description:
          "Of your namespace; administrators of the root namespace see those of all, and every history.",
        querystring: Page,
        response: answers(200, pageOf("EotsKeyHistory")),
      },
    },
    async (request) => {
      const page = await context.core.eotsHistory.keys(principalOf(request), pageIn(request.query));
      return pageJson(page, eotsKeyJson);
    },
  );
}

function exportRoutes(app: Application, context: HttpContext): void {
  const response = linesAnswer("The history, format claviger.eots-history, version 1.");
  app.get(
    "/v1/eots/export",
    {
      schema: {
        tags,
        summary: "The history as JSON Lines, from one snapshot",
        description:
          "While the keys go on signing, the file is out of date at once: before a move, disable them with the POST.",
        querystring: EotsExportQuery,
        response,
      },
    },
    (request, reply) =>
      sendHistory(context, reply, request, {
        publicKeys: request.query.publicKeys?.split(","),
        disableKeys: false,
      }),
  );
  app.post(
    "/v1/eots/export",
    {
      schema: {
        tags,
        summary: "Freeze keys, then give their history as JSON Lines",
        description: "A repeat freezes nothing more and gives the same history.",
        body: reference<EotsExportRequest>("EotsExportRequest"),
        response,
      },
    },
    (request, reply) => {
      const { publicKeys, disableKeys } = request.body;
      return sendHistory(context, reply, request, { publicKeys, disableKeys });
    },
  );
}

async function sendHistory(
  context: HttpContext,
  reply: FastifyReply,
  request: Parameters<typeof principalOf>[0],
  wanted: EotsHistoryExport,
): Promise<FastifyReply> {
  const pieces = await context.core.eotsHistory.export(principalOf(request), wanted);
  reply.raw.setTimeout(EXPORT_IDLE_MS, () => reply.raw.destroy());
  return reply.type("application/jsonl; charset=utf-8").send(Readable.from(pieces, { objectMode: false }));
}

function floorRoutes(app: Application, context: HttpContext): void {
  app.post(
    "/v1/eots/floors",
    {
      schema: {
        tags,
        summary: "Raise a floor: nothing new is signed at or below it",
        description: "Never lowered: one that is higher already is a 409. A repeat changes nothing.",
        body: reference<EotsFloorRequest>("EotsFloorRequest"),
        response: answers(200, reference("EotsFloor")),
      },
    },
    async (request) =>
      eotsFloorJson(await context.core.eotsHistory.raiseFloor(principalOf(request), request.body)),
  );
  app.post(
    "/v1/eots/require-floor",
    {
      schema: {
        tags,
        summary: "Let keys sign nothing new on a chain without a floor; never taken back",
        body: reference<EotsRequireFloorRequest>("EotsRequireFloorRequest"),
        response: answers(200, reference("KeysChanged")),
      },
    },
    (request) => context.core.eotsHistory.requireFloor(principalOf(request), request.body.publicKeys),
  );
}

function backupRoute(app: Application, context: HttpContext): void {
  app.post(
    "/v1/keys/:keyId/eots/backup",
    {
      schema: {
        tags,
        summary: "A finality provider's key, sealed under the installation's passphrase for backups",
        description:
          "Needs keys.backupPassphraseFile. The answer is the file that claviger eots restore takes, which will ask what was " +
          "signed after it was made.",
        params: strictObject({ keyId: Type.String({ maxLength: 64 }) }),
        response: answers(200, reference("EotsBackup")),
      },
    },
    async (request, reply) => {
      const text = await context.core.eots.backup(principalOf(request), request.params.keyId);
      return reply.type("application/json; charset=utf-8").send(text);
    },
  );
}
