/** /v1/policies and /v1/bindings: upload a module, bind it, take the binding away. */
import { Type } from "typebox";
import { parseJson, type Json } from "../../domain/canonical.ts";
import { SignerError } from "../../domain/errors.ts";
import type { Application } from "../application.ts";
import { principalOf, type HttpContext } from "../context.ts";
import { created, once } from "../idempotency.ts";
import { pageIn, pageJson } from "../paging.ts";
import { assertChanges, Page, strictObject } from "../schemas/common.ts";
import { type BindingChange, type BindingRequest, PolicyQuery } from "../schemas/policies.ts";
import { bindingJson, policyJson } from "../views/policies.ts";
import { answers, pageOf, reference } from "../responses.ts";

/** Bytes of an uploaded module; the strict reader has its own, lower limits on what is in it. */
export const MODULE_BYTES_MAX = 2 * 1024 * 1024;

const tags = ["policies"];
const bindingTags = ["bindings"];
const BindingPath = strictObject({ bindingId: Type.String({ maxLength: 64 }) });

export function policyRoutes(app: Application, context: HttpContext): void {
  // In a separate context: this route reads WebAssembly and nothing else, and no other route reads it.
  app.register((uploads: Application, _options, done) => {
    uploads.removeAllContentTypeParsers();
    uploads.addContentTypeParser("application/wasm", { parseAs: "buffer" }, (_request, body, parsed) =>
      parsed(null, body),
    );
    uploadRoute(uploads, context);
    done();
  });
  policyReadRoutes(app, context);
}

function uploadRoute(app: Application, context: HttpContext): void {
  app.post(
    "/v1/policies",
    {
      bodyLimit: MODULE_BYTES_MAX,
      schema: {
        tags,
        summary: "Upload a WebAssembly policy",
        consumes: ["application/wasm"],
        querystring: PolicyQuery,
        body: Type.Unsafe({ description: "The module's bytes." }),
        response: answers(201, reference("Policy")),
      },
    },
    (request, reply) =>
      once(request, reply, created(policyJson), async (caller) => {
        if (!Buffer.isBuffer(request.body)) {
          throw new SignerError(
            "request.unsupported_media_type",
            "content-type: must be application/wasm; send the module's bytes so",
          );
        }
        // A copy: the thread that reads it must not share a pooled buffer.
        const module = new Uint8Array(request.body);
        return context.core.policies.create(caller, request.query.name, module);
      }),
  );
}

function policyReadRoutes(app: Application, context: HttpContext): void {
  app.get(
    "/v1/policies",
    {
      schema: { tags, summary: "List policies", querystring: Page, response: answers(200, pageOf("Policy")) },
    },
    (request) =>
      pageJson(context.core.policies.list(principalOf(request), pageIn(request.query)), policyJson),
  );
  app.get(
    "/v1/policies/:digest",
    {
      schema: {
        tags,
        summary: "One policy",
        params: strictObject({ digest: Type.String({ maxLength: 128 }) }),
        response: answers(200, reference("Policy")),
      },
    },
    (request) => policyJson(context.core.policies.get(principalOf(request), request.params.digest)),
  );
}

export function bindingRoutes(app: Application, context: HttpContext): void {
  app.post(
    "/v1/bindings",
    {
      schema: {
        tags: bindingTags,
        summary: "Bind a policy to a namespace, a wallet or a key",
        body: reference<BindingRequest>("BindingRequest"),
        response: answers(201, reference("Binding")),
      },
    },
    (request, reply) =>
      once(request, reply, created(bindingJson), (caller) =>
        context.core.bindings.create(caller, requestedOf(request.body)),
      ),
  );
  bindingReadRoutes(app, context);
  app.put(
    "/v1/bindings/:bindingId",
    {
      schema: {
        tags: bindingTags,
        summary: "Change a binding in place: its counters and windows stay",
        description:
          "The policy checks the settings as they will be. What is recorded after the answer was " +
          "judged under the change.",
        params: BindingPath,
        body: reference<BindingChange>("BindingChange"),
        response: answers(200, reference("Binding")),
      },
    },
    async (request) => {
      assertChanges(request.body);
      const { bindingId } = request.params;
      const change = requestedOf(request.body);
      return bindingJson(await context.core.bindings.update(principalOf(request), bindingId, change));
    },
  );
  app.delete(
    "/v1/bindings/:bindingId",
    {
      schema: {
        tags: bindingTags,
        summary: "Take a binding away",
        params: BindingPath,
        response: answers(204, Type.Null()),
      },
    },
    async (request, reply) => {
      await context.core.bindings.delete(principalOf(request), request.params.bindingId);
      return reply.code(204).send();
    },
  );
}

function bindingReadRoutes(app: Application, context: HttpContext): void {
  app.get(
    "/v1/bindings",
    {
      schema: {
        tags: bindingTags,
        summary: "List bindings",
        querystring: Page,
        response: answers(200, pageOf("Binding")),
      },
    },
    (request) =>
      pageJson(context.core.bindings.list(principalOf(request), pageIn(request.query)), bindingJson),
  );
  app.get(
    "/v1/bindings/:bindingId",
    {
      schema: {
        tags: bindingTags,
        summary: "One binding",
        params: BindingPath,
        response: answers(200, reference("Binding")),
      },
    },
    (request) => bindingJson(context.core.bindings.get(principalOf(request), request.params.bindingId)),
  );
}

function requestedOf<Body extends { readonly settings?: Record<string, unknown> }>(
  body: Body,
): Omit<Body, "settings"> & { readonly settings?: Record<string, Json> } {
  const { settings, ...rest } = body;
  if (settings === undefined) return rest;
  // Only what comes out of JSON text is JSON to the compiler too; the reader of bodies has refused names like __proto__.
  const json: Record<string, Json> = {};
  for (const [name, value] of Object.entries(settings)) json[name] = parseJson(JSON.stringify(value));
  return { ...rest, settings: json };
}
