/** /v1/policies and /v1/bindings: upload a module, bind it, take the binding away. */
import { Type } from "typebox";
import { assertMay } from "../../access/principals.ts";
import type { Json } from "../../domain/canonical.ts";
import { SignerError } from "../../domain/errors.ts";
import {
  bindingJson,
  createBinding,
  createPolicy,
  deleteBinding,
  policyJson,
  updateBinding,
} from "../../administration/policies.ts";
import type { Application } from "../application.ts";
import { once, pageLimit, principalOf, type HttpContext } from "../context.ts";
import { pageAfter } from "../paging.ts";
import { assertChanges, Page, strictObject } from "../schemas/common.ts";
import { type BindingChange, type BindingRequest, PolicyQuery } from "../schemas/resources.ts";
import { answers, pageOf, reference } from "./answers.ts";

/** Bytes of an uploaded module; the strict reader has its own, lower limits on what is in it. */
const MODULE_BYTES_MAX = 2 * 1024 * 1024;

const tags = ["policies"];
const bindingTags = ["bindings"];
const BindingPath = strictObject({ bindingId: Type.String({ maxLength: 64 }) });

export function policyRoutes(app: Application, context: HttpContext): void {
  // In a context of its own: this route reads WebAssembly and nothing else, and no other route reads it.
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
      once(context, request, reply, async (caller) => {
        if (!Buffer.isBuffer(request.body)) {
          throw new SignerError(
            "request.unsupported_media_type",
            "content-type: must be application/wasm; send the module's bytes so",
          );
        }
        // A copy of its own: the thread that reads it must not share a pooled buffer.
        const module = new Uint8Array(request.body);
        const policy = await createPolicy(context.core.administration, caller, request.query.name, module);
        return { status: 201, body: policyJson(policy) };
      }),
  );
}

function policyReadRoutes(app: Application, context: HttpContext): void {
  app.get(
    "/v1/policies",
    {
      schema: { tags, summary: "List policies", querystring: Page, response: answers(200, pageOf("Policy")) },
    },
    (request) => {
      const principal = principalOf(request);
      assertMay(principal, "policy.read");
      const all = context.core.administration.directory
        .policies(principal.namespace)
        .map((policy) => ({ id: policy.digest, policy }))
        .toSorted((a, b) => (a.id < b.id ? -1 : 1));
      return pageAfter(all, request.query.cursor, pageLimit(request.query.limit), ({ policy }) =>
        policyJson(policy),
      );
    },
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
    (request) => {
      const principal = principalOf(request);
      assertMay(principal, "policy.read");
      return policyJson(
        context.core.administration.directory.policy(principal.namespace, request.params.digest),
      );
    },
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
      once(context, request, reply, async (caller) => ({
        status: 201,
        body: bindingJson(
          await createBinding(context.core.administration, caller, requestedOf(request.body)),
        ),
      })),
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
      const caller = { principal: principalOf(request), remember: () => null };
      const { bindingId } = request.params;
      const change = requestedOf(request.body);
      return bindingJson(await updateBinding(context.core.administration, caller, bindingId, change));
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
      const caller = { principal: principalOf(request), remember: () => null };
      await deleteBinding(context.core.administration, caller, request.params.bindingId);
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
    (request) => {
      const principal = principalOf(request);
      assertMay(principal, "binding.read");
      const all = context.core.administration.directory.bindings(principal.namespace);
      return pageAfter(all, request.query.cursor, pageLimit(request.query.limit), bindingJson);
    },
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
    (request) => {
      const principal = principalOf(request);
      assertMay(principal, "binding.read");
      return bindingJson(
        context.core.administration.directory.binding(principal.namespace, request.params.bindingId),
      );
    },
  );
}

function requestedOf<Body extends { readonly settings?: Record<string, unknown> }>(
  body: Body,
): Omit<Body, "settings"> & { readonly settings?: Record<string, Json> } {
  const { settings, ...rest } = body;
  if (settings === undefined) return rest;
  // The body came from a JSON parser, so its members are JSON.
  const json: Record<string, Json> = JSON.parse(JSON.stringify(settings));
  return { ...rest, settings: json };
}
