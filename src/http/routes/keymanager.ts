/** /eth/v1/keystores of the Keymanager API, with its own bearer token. Errors are `{message}`. */
import { Type } from "typebox";
import type { Application } from "../application.ts";
import { principalOf, type HttpContext } from "../context.ts";
import { SignerError } from "../../domain/errors.ts";
import { KeystoreOutcomes, KeystoreDeletion, KeystoreImport, Keystores } from "../schemas/keymanager.ts";
import { deletionResultJson, importResultJson, keystoreJson } from "../views/keymanager.ts";
import { sendKeymanagerError } from "../validator-doors.ts";

/** Bytes of one body: ten thousand keystores, some hundred with a long history, or all keys that one call may delete. */
export const KEYMANAGER_BYTES_MAX = 32 * 1024 * 1024;

const PATH = "/eth/v1/keystores";
const tags = ["keymanager"];
const errorHandler = sendKeymanagerError;

export function keymanagerRoutes(app: Application, context: HttpContext): void {
  const { keymanager } = context.validators;
  if (keymanager === null) return;
  const { network } = keymanager;
  app.get(
    PATH,
    { errorHandler, schema: { tags, summary: "Validator keys that sign", response: answersOf(Keystores) } },
    (request) => ({ data: context.core.keystores.list(principalOf(request)).map(keystoreJson) }),
  );
  app.post(
    PATH,
    {
      errorHandler,
      bodyLimit: KEYMANAGER_BYTES_MAX,
      schema: {
        tags,
        summary: "Import EIP-2335 keystores, and their history before them",
        body: KeystoreImport,
        response: answersOf(KeystoreOutcomes),
      },
    },
    async (request) => {
      const { keystores, passwords, slashing_protection: document } = request.body;
      if (keystores.length !== passwords.length) {
        throw new SignerError(
          "request.malformed",
          "/passwords: must be one for each keystore, in their order",
          {
            field: "/passwords",
          },
        );
      }
      const results = await context.core.keystores.importAll(principalOf(request), {
        keystores,
        passwords,
        // Clients send an empty text where they have none. Anything else must be a document.
        slashingProtection: document === null || document === "" ? undefined : document,
        network,
      });
      return { data: results.map(importResultJson) };
    },
  );
  deleteRoute(app, context);
}

function deleteRoute(app: Application, context: HttpContext): void {
  app.delete(
    PATH,
    {
      errorHandler,
      bodyLimit: KEYMANAGER_BYTES_MAX,
      schema: {
        tags,
        summary: "Delete keys and give their history, also of keys deleted before",
        body: KeystoreDeletion,
        response: answersOf(KeystoreOutcomes),
      },
    },
    async (request) => {
      const { results, slashingProtection } = await context.core.keystores.delete(
        principalOf(request),
        request.body.pubkeys,
      );
      return { data: results.map(deletionResultJson), slashing_protection: slashingProtection };
    },
  );
}

function answersOf(schema: object): Record<string, unknown> {
  const Failure = Type.Object({ message: Type.String(), code: Type.String() });
  return { 200: schema, "4xx": Failure, "5xx": Failure };
}
