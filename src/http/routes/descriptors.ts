/** /v1/wallets/{walletId}/descriptors: outputs that the wallet shares with other signers. */
import { Type } from "typebox";
import type { Application } from "../application.ts";
import { principalOf, type HttpContext } from "../context.ts";
import { created, once } from "../idempotency.ts";
import { pageIn, pageJson } from "../paging.ts";
import { AddressQuery } from "../schemas/accounts.ts";
import { Page, strictObject } from "../schemas/common.ts";
import type { DescriptorRequest } from "../schemas/descriptors.ts";
import { addressQuery } from "./accounts.ts";
import { descriptorAddressJson, descriptorJson } from "../views/descriptors.ts";
import { answers, pageOf, reference } from "../responses.ts";

const tags = ["accounts"];
const walletId = Type.String({ maxLength: 64 });
const DescriptorPath = strictObject({ walletId, descriptorId: Type.String({ maxLength: 64 }) });

export function descriptorRoutes(app: Application, context: HttpContext): void {
  app.post(
    "/v1/wallets/:walletId/descriptors",
    {
      schema: {
        tags,
        summary: "Register an output that several keys share",
        description:
          "Role KeyAdmin. Its outputs are then the wallet's own: the wallet's sign route spends them, and change to them is " +
          "recognised. Keys of the wallet in it are derived again and made where they are not there yet.",
        params: strictObject({ walletId }),
        body: reference<DescriptorRequest>("DescriptorRequest"),
        response: answers(201, reference("Descriptor")),
      },
    },
    (request, reply) =>
      once(request, reply, created(descriptorJson), (caller) =>
        context.core.descriptors.create(caller, request.params.walletId, request.body),
      ),
  );
  app.delete(
    "/v1/wallets/:walletId/descriptors/:descriptorId",
    {
      schema: {
        tags,
        summary: "Delete a descriptor: its outputs are no longer the wallet's own",
        description: "Role KeyAdmin. The wallet's keys in it stay, and so does what was signed.",
        params: DescriptorPath,
        response: answers(204, Type.Null()),
      },
    },
    async (request, reply) => {
      const { params } = request;
      await context.core.descriptors.delete(principalOf(request), params.walletId, params.descriptorId);
      return reply.code(204).send();
    },
  );
  readRoutes(app, context);
}

function readRoutes(app: Application, context: HttpContext): void {
  app.get(
    "/v1/wallets/:walletId/descriptors",
    {
      schema: {
        tags,
        summary: "Descriptors of a wallet",
        params: strictObject({ walletId }),
        querystring: Page,
        response: answers(200, pageOf("Descriptor")),
      },
    },
    async (request) => {
      const { params, query } = request;
      const page = await context.core.descriptors.list(principalOf(request), params.walletId, pageIn(query));
      return pageJson(page, descriptorJson);
    },
  );
  app.get(
    "/v1/wallets/:walletId/descriptors/:descriptorId",
    {
      schema: {
        tags,
        summary: "One descriptor",
        params: DescriptorPath,
        response: answers(200, reference("Descriptor")),
      },
    },
    async (request) => {
      const { walletId: wallet, descriptorId } = request.params;
      return descriptorJson(await context.core.descriptors.get(principalOf(request), wallet, descriptorId));
    },
  );
  app.get(
    "/v1/wallets/:walletId/descriptors/:descriptorId/addresses",
    {
      schema: {
        tags,
        summary: "A range of the descriptor's addresses",
        params: DescriptorPath,
        querystring: AddressQuery,
        response: answers(200, pageOf("DescriptorAddress")),
      },
    },
    async (request) => {
      const { walletId: wallet, descriptorId } = request.params;
      const range = addressQuery(request.query);
      const { descriptors } = context.core;
      const page = await descriptors.addresses(principalOf(request), wallet, descriptorId, range);
      return pageJson(page, descriptorAddressJson);
    },
  );
}
