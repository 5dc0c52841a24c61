/** /v1/slashing-protection: interchange with other signers, watermarks, and which keys may sign. */
import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import { Type } from "typebox";
import { fromHex } from "../../domain/bytes.ts";
import type { HistoryExport } from "../../administration/slashing-history.ts";
import type { Application } from "../application.ts";
import { principalOf, type HttpContext } from "../context.ts";
import { pageIn, pageJson } from "../paging.ts";
import { Page } from "../schemas/common.ts";
import {
  HistoryExportQuery,
  HistoryImportQuery,
  ImportReport,
  Interchange,
  type BoundsRequest,
  type FloorsRequest,
  type HistoryExportRequest,
  type KeysRequest,
} from "../schemas/slashing-protection.ts";
import { discardRest, streamedBody, takeStreams } from "../streamed-body.ts";
import { slashingKeyJson, slashingStatusJson } from "../views/slashing-protection.ts";
import { answers, pageOf, reference } from "../responses.ts";

const PATH = "/v1/slashing-protection";
const tags = ["slashing protection"];
/** Keys of a report that are written at once. */
const REPORT_KEYS = 256;
/** Milliseconds that a client may read nothing of an export, which holds a snapshot of the ledger for it. */
const EXPORT_IDLE_MS = 60_000;

export function slashingProtectionRoutes(app: Application, context: HttpContext): void {
  readRoutes(app, context);
  exportRoutes(app, context);
  switchRoutes(app, context);
  boundRoutes(app, context);
  // In a separate context: no other route leaves its body unread.
  app.register((uploads: Application, _options, done) => {
    takeStreams(uploads);
    importRoute(uploads, context);
    done();
  });
}

function readRoutes(app: Application, context: HttpContext): void {
  app.get(
    PATH,
    {
      schema: {
        tags,
        summary: "Chain, settings, and how many keys are protected",
        response: answers(200, reference("SlashingProtection")),
      },
    },
    async (request) => slashingStatusJson(await context.core.slashing.status(principalOf(request))),
  );
  app.get(
    `${PATH}/keys`,
    {
      schema: {
        tags,
        summary: "Keys with their watermarks",
        description:
          "Of your namespace; administrators of the root namespace see those of all, and every history.",
        querystring: Page,
        response: answers(200, pageOf("ProtectedKey")),
      },
    },
    async (request) => {
      const page = await context.core.slashing.keys(principalOf(request), pageIn(request.query));
      return pageJson(page, slashingKeyJson);
    },
  );
}

function exportRoutes(app: Application, context: HttpContext): void {
  const response = answers(200, Interchange);
  app.get(
    `${PATH}/export`,
    {
      schema: {
        tags,
        summary: "The history as an EIP-3076 document",
        description:
          "While the keys go on signing, the document is out of date at once: before a move, disable them with the POST.",
        querystring: HistoryExportQuery,
        response,
      },
    },
    (request, reply) => {
      const { publicKeys, minimal } = request.query;
      return sendHistory(context, reply, request, {
        publicKeys: publicKeys?.split(","),
        minimal: minimal === "true",
        disableKeys: false,
      });
    },
  );
  app.post(
    `${PATH}/export`,
    {
      schema: {
        tags,
        summary: "Freeze keys, then give their history as an EIP-3076 document",
        description: "A repeat freezes nothing more and gives the same document.",
        body: reference<HistoryExportRequest>("HistoryExportRequest"),
        response,
      },
    },
    (request, reply) => {
      const { publicKeys, minimal = false, disableKeys: disable } = request.body;
      return sendHistory(context, reply, request, { publicKeys, minimal, disableKeys: disable });
    },
  );
}

async function sendHistory(
  context: HttpContext,
  reply: FastifyReply,
  request: Parameters<typeof principalOf>[0],
  wanted: HistoryExport,
): Promise<FastifyReply> {
  const pieces = await context.core.slashing.export(principalOf(request), wanted);
  reply.raw.setTimeout(EXPORT_IDLE_MS, () => reply.raw.destroy());
  return reply.type("application/json; charset=utf-8").send(Readable.from(pieces, { objectMode: false }));
}

function switchRoutes(app: Application, context: HttpContext): void {
  for (const [name, summary] of [
    ["disable", "Keep keys from signing duties"],
    ["enable", "Let disabled keys sign again (root administrators); never while they run elsewhere"],
  ] as const) {
    app.post(
      `${PATH}/${name}`,
      {
        schema: {
          tags,
          summary,
          body: reference<KeysRequest>("ValidatorKeysRequest"),
          response: answers(200, reference("KeysChanged")),
        },
      },
      (request) => context.core.slashing[name](principalOf(request), request.body.publicKeys),
    );
  }
}

function boundRoutes(app: Application, context: HttpContext): void {
  const response = answers(200, reference("KeysChanged"));
  app.post(
    `${PATH}/floors`,
    {
      schema: {
        tags,
        summary: "Raise the low watermarks of keys",
        description: "Floors only rise. When this is answered, nothing new at or below them leaves any more.",
        body: reference<FloorsRequest>("SlashingFloorsRequest"),
        response,
      },
    },
    (request) => context.core.slashingBounds.raiseFloors(principalOf(request), request.body),
  );
  app.post(
    `${PATH}/bounds`,
    {
      schema: {
        tags,
        summary: "Set, move or lift the slot and epoch from which on keys sign nothing",
        description:
          "Every key of a NamespaceAdmin of the root namespace means all that there are and will be. To lift a bound or " +
          "move it up needs the role KeyAdmin.",
        body: reference<BoundsRequest>("SlashingBoundsRequest"),
        response,
      },
    },
    (request) => context.core.slashingBounds.setBounds(principalOf(request), request.body),
  );
}

function importRoute(app: Application, context: HttpContext): void {
  app.post(
    `${PATH}/import`,
    {
      schema: {
        tags,
        summary: "Merge an EIP-3076 document into the history, all or nothing",
        description:
          "Read as it arrives, up to validators.importBytesMax. A repeat changes nothing. Outside of the root " +
          "namespace's administrators, what it says of keys of other namespaces is left out.",
        querystring: HistoryImportQuery,
        body: Type.Unsafe({ description: "An EIP-3076 document, version 5." }),
        response: answers(200, ImportReport),
      },
    },
    async (request, reply) => {
      const principal = principalOf(request);
      const { genesisValidatorsRoot: root } = request.query;
      try {
        const keys = await context.core.slashing.merge(
          principal,
          streamedBody(context, request),
          root === undefined ? null : (fromHex(root.toLowerCase()) ?? null),
        );
        return await reply
          .type("application/json; charset=utf-8")
          .send(Readable.from(reportOf(keys), { objectMode: false }));
      } catch (error) {
        await discardRest(context, request);
        throw error;
      }
    },
  );
}

/** In pieces: the report on a hundred thousand keys is tens of megabytes. */
function* reportOf(keys: readonly object[]): Generator<string> {
  yield '{"keys":[';
  for (let from = 0; from < keys.length; from += REPORT_KEYS) {
    const part = JSON.stringify(keys.slice(from, from + REPORT_KEYS)).slice(1, -1);
    yield from === 0 ? part : `,${part}`;
  }
  yield "]}";
}
