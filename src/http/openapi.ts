/** How the schemas become openapi/openapi.json. */
import type { FastifyDynamicSwaggerOptions } from "@fastify/swagger";
import { VERSION } from "../domain/version.ts";
import { SIGN_REQUESTS } from "./schemas/sign.ts";

export function openApiOptions(): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Claviger",
        version: VERSION,
        description:
          "Custody signer: wallets and keys behind WebAssembly policies, double-sign guards and a durable audit log. " +
          "Errors are RFC 9457 problem documents with permanent codes.",
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      components: { securitySchemes: { bearer: { type: "http", scheme: "bearer" } } },
      security: [{ bearer: [] }],
      tags: [
        { name: "signing", description: "Sign, or ask what the policies would say." },
        { name: "wallets", description: "Sealed seeds." },
        { name: "keys", description: "Keys, derived or imported." },
        {
          name: "freezes",
          description: "A key, a wallet, a namespace or everything signs nothing, from one call on.",
        },
        { name: "policies", description: "WebAssembly modules under exact fuel." },
        { name: "bindings", description: "Where a policy is asked, and with which settings." },
        {
          name: "validators",
          description:
            "Web3Signer's API for validator clients. A service that allows anonymous signing asks no token here.",
        },
        { name: "keymanager", description: "The Keymanager API, with its own bearer token." },
        { name: "commitments", description: "Commit-Boost's signer API, with tokens of its modules." },
        { name: "finality providers", description: "Batches of EOTS votes, and public randomness." },
        {
          name: "slashing protection",
          description: "What validators signed: interchange, watermarks, bounds.",
        },
        { name: "requests", description: "Decided requests and receipts." },
        { name: "audit", description: "The append-only log and its proofs." },
        { name: "principals", description: "Who may call." },
        {
          name: "namespaces",
          description: "Closed parts of the installation: one never sees another's keys or policies.",
        },
        { name: "system", description: "Seal and status." },
        { name: "health", description: "Probes and metrics." },
      ],
    },
    refResolver: {
      // Without it the components would be called def-0, def-1, …
      buildLocalReference: (json, _base, _fragment, index) =>
        typeof json["$id"] === "string" ? json["$id"] : `schema-${index}`,
    },
    transformObject: (document) =>
      "openapiObject" in document ? withMapping(document.openapiObject) : document.swaggerObject,
  };
}

/** Request types are not named like their components, so the discriminator says which is which. */
function withMapping<Document extends { components?: { schemas?: Record<string, object> } }>(
  document: Document,
): Document {
  const request = document.components?.schemas?.["SignRequest"];
  const mapping = Object.fromEntries(
    Object.entries(SIGN_REQUESTS).map(([type, name]) => [type, `#/components/schemas/${name}`]),
  );
  if (request !== undefined) Object.assign(request, { discriminator: { propertyName: "type", mapping } });
  return document;
}
