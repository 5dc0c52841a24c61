/** /v1/wallets/{walletId}/descriptors: outputs that the wallet shares with other signers. */
import { Type } from "typebox";
import {
  createDescriptor,
  deleteDescriptor,
  descriptorAddresses,
  descriptorOfWallet,
  descriptorsOf,
  showDescriptor,
} from "../../administration/descriptors.ts";
import type { Application } from "../application.ts";
import { once, pageLimit, principalOf, type HttpContext } from "../context.ts";
import { pageAfter } from "../paging.ts";
import { AddressQuery } from "../schemas/accounts.ts";
import { Page, strictObject } from "../schemas/common.ts";
import type { DescriptorRequest } from "../schemas/descriptors.ts";
import { addressQuery } from "./accounts.ts";
import { answers, pageOf, reference } from "./answers.ts";

const tags = ["accounts"];
const walletId = Type.String({ maxLength: 64 });
const one = strictObject({ walletId, descriptorId: Type.String({ maxLength: 64 }) });

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
      once(context, request, reply, async (caller) => {
        const parts = context.core.administration;
        const made = await createDescriptor(parts, caller, request.params.walletId, request.body);
        return { status: 201, body: await showDescriptor(parts, made) };
      }),
  );
  app.delete(
    "/v1/wallets/:walletId/descriptors/:descriptorId",
    {
      schema: {
        tags,
        summary: "Delete a descriptor: its outputs are no longer the wallet's own",
        description: "Role KeyAdmin. The wallet's keys in it stay, and so does what was signed.",
        params: one,
        response: answers(204, Type.Null()),
      },
    },
    async (request, reply) => {
      const caller = { principal: principalOf(request), remember: () => null };
      const { params } = request;
      await deleteDescriptor(context.core.administration, caller, params.walletId, params.descriptorId);
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
      const parts = context.core.administration;
      const all = descriptorsOf(parts, { principal: principalOf(request) }, request.params.walletId);
      const page = pageAfter(all, request.query.cursor, pageLimit(request.query.limit), ({ id }) => id);
      const shown = all.filter(({ id }) => page.items.includes(id));
      return { items: await Promise.all(shown.map((each) => showDescriptor(parts, each))), next: page.next };
    },
  );
  app.get(
    "/v1/wallets/:walletId/descriptors/:descriptorId",
    {
      schema: {
        tags,
        summary: "One descriptor",
        params: one,
        response: answers(200, reference("Descriptor")),
      },
    },
    (request) => {
      const parts = context.core.administration;
      const { params } = request;
      const asker = { principal: principalOf(request) };
      return showDescriptor(parts, descriptorOfWallet(parts, asker, params.walletId, params.descriptorId));
    },
  );
  app.get(
    "/v1/wallets/:walletId/descriptors/:descriptorId/addresses",
    {
      schema: {
        tags,
        summary: "A range of the descriptor's addresses",
        params: one,
        querystring: AddressQuery,
        response: answers(200, pageOf("DescriptorAddress")),
      },
    },
    (request) => {
      const parts = context.core.administration;
      const { params, query } = request;
      const asker = { principal: principalOf(request) };
      const found = descriptorOfWallet(parts, asker, params.walletId, params.descriptorId);
      return descriptorAddresses(parts, found, addressQuery(query));
    },
  );
}
