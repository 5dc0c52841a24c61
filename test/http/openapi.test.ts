/** openapi/openapi.json is what the code says, and says all that clients need. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { ERRORS } from "../../src/domain/errors.ts";
import { openApiDocument } from "../../src/http/server.ts";
import { DOCUMENT, DOCUMENT_FILE, operations, passes } from "./document.ts";

/** The routes that clients script against. Adding one is fine; one that is missing breaks somebody. */
const ROUTES = `
  GET /health/live
  GET /health/ready
  GET /health/startup
  GET /metrics
  POST /v1/wallets
  GET /v1/wallets
  GET /v1/wallets/{walletId}
  POST /v1/wallets/{walletId}/keys
  POST /v1/keys/import
  GET /v1/keys
  GET /v1/keys/{keyId}
  POST /v1/keys/{keyId}/sign
  POST /v1/keys/{keyId}/evaluate
  POST /v1/wallets/{walletId}/sign
  POST /v1/wallets/{walletId}/evaluate
  POST /v1/keys/{keyId}/eots/batch
  POST /v1/keys/{keyId}/eots/randomness
  GET /v1/requests
  GET /v1/requests/{requestId}
  POST /v1/requests/{requestId}/approvals
  POST /v1/policies
  GET /v1/policies
  GET /v1/policies/{digest}
  POST /v1/bindings
  GET /v1/bindings
  GET /v1/bindings/{bindingId}
  DELETE /v1/bindings/{bindingId}
  GET /v1/audit/entries
  GET /v1/audit/checkpoint
  GET /v1/audit/proofs/inclusion
  GET /v1/audit/proofs/consistency
  GET /v1/receipts/{requestId}
  POST /v1/namespaces
  GET /v1/namespaces
  POST /v1/sys/seal
  POST /v1/sys/unseal
  GET /v1/sys/status
  GET /v1/slashing-protection
  GET /v1/slashing-protection/keys
  GET /v1/slashing-protection/export
  POST /v1/slashing-protection/export
  POST /v1/slashing-protection/import
  POST /v1/slashing-protection/disable
  POST /v1/slashing-protection/enable
  POST /v1/principals
  GET /v1/principals
  DELETE /v1/principals/{principalId}
`
  .trim()
  .split(/\n\s*/);

const SIGN_TYPES = [
  "ethereum.transaction",
  "ethereum.rawTransaction",
  "ethereum.message",
  "ethereum.typedData",
  "ethereum.authorization",
  "ethereum.userOperation",
  "bitcoin.psbt",
  "bitcoin.message",
  "solana.transaction",
  "solana.message",
  "solana.rawMessage",
  "starknet.transaction",
  "starknet.typedData",
  "ethereum-validator.duty",
  "ethereum-validator.generic",
  "babylon.eots",
  "babylon.schnorr",
];

const schemas = DOCUMENT.components.schemas;

test("openapi/openapi.json is up to date: run npm run openapi", async () => {
  const generated = `${JSON.stringify(await openApiDocument(), null, 2)}\n`;
  assert.equal(readFileSync(DOCUMENT_FILE, "utf8"), generated);
});

test("two generations give the same bytes", async () => {
  assert.equal(JSON.stringify(await openApiDocument()), JSON.stringify(await openApiDocument()));
});

describe("every public route is documented", () => {
  const documented = operations().map(({ method, path }) => `${method} ${path}`);
  for (const route of ROUTES) test(route, () => assert.ok(documented.includes(route)));
});

test("every error code is in the document", () => {
  assert.deepEqual(schemas.Problem.properties.code.enum, Object.keys(ERRORS));
});

test("components have the names of the things they are", () => {
  for (const name of [
    "Wallet",
    "Key",
    "Policy",
    "Binding",
    "Principal",
    "Decision",
    "SignRequest",
    "Signed",
  ]) {
    assert.ok(schemas[name], name);
  }
  const nameless = Object.keys(schemas).filter((name) => !/^[A-Z][A-Za-z]+$/.test(name));
  assert.deepEqual(nameless, []);
});

test("every reference has its target", () => {
  const references = [...JSON.stringify(DOCUMENT).matchAll(/"(#\/components\/schemas\/[^"]+)"/g)];
  assert.ok(references.length > 50);
  for (const [, reference = ""] of references)
    assert.ok(schemas[reference.split("/").at(-1) ?? ""], reference);
});

describe("sign requests", () => {
  const { mapping } = schemas.SignRequest.discriminator;
  test("every type, and no other, is in the discriminator", () => {
    assert.deepEqual(Object.keys(mapping), SIGN_TYPES);
    assert.deepEqual(
      schemas.SignRequest.oneOf.map((branch: any) => branch.$ref),
      Object.values(mapping),
    );
  });
  for (const type of SIGN_TYPES) {
    test(`${type} has an example, which passes its own schema and no other`, () => {
      const name = String(mapping[type]).split("/").at(-1) ?? "";
      const { examples } = schemas[name];
      assert.ok(examples.length > 0);
      for (const example of examples) {
        assert.equal(example.type, type);
        for (const other of Object.values(mapping)) {
          assert.equal(passes({ $ref: other }, example), other === mapping[type], String(other));
        }
        assert.ok(passes({ $ref: "#/components/schemas/SignRequest" }, example));
      }
    });
  }
});

test("every body object is closed, but for those that hold a caller's own names", () => {
  const open = Object.entries<any>(schemas)
    .filter(([name]) => name.endsWith("Request"))
    .flatMap(([name, schema]) => openObjects(schema, name));
  assert.deepEqual(open.toSorted(), [
    "BindingRequest/settings",
    "EthereumTypedDataRequest/typedData/message",
    "EthereumTypedDataRequest/typedData/types",
    // Validator clients send members that later releases of theirs have added.
    "EthereumValidatorDutyRequest/duty",
    "StarknetTypedDataRequest/typedData/domain",
    "StarknetTypedDataRequest/typedData/message",
    "StarknetTypedDataRequest/typedData/types",
  ]);
});

/** Places of objects that take unknown members. */
function openObjects(schema: any, place: string): string[] {
  const inner = [
    ...Object.entries<any>(schema.properties ?? {}).flatMap(([name, property]) =>
      openObjects(property, `${place}/${name}`),
    ),
    ...(schema.items === undefined ? [] : openObjects(schema.items, `${place}/*`)),
    ...[...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]
      .filter((branch: any) => branch.$ref === undefined)
      .flatMap((branch: any) => openObjects(branch, place)),
  ];
  const isOpen =
    schema.type === "object" && schema.oneOf === undefined && schema.additionalProperties !== false;
  return isOpen ? [place, ...inner] : inner;
}

test("protected routes refuse unknown query parameters by schema, and POSTs name the Idempotency-Key", () => {
  for (const { method, path, operation } of operations().filter(({ path: template }) =>
    template.startsWith("/v1/"),
  )) {
    assert.ok(operation.summary, `${method} ${path} has no summary`);
    assert.ok(operation.responses["4XX"], `${method} ${path} has no problem`);
    assert.equal(operation.security, undefined, `${method} ${path} needs a token`);
    const headers = (operation.parameters ?? []).filter((parameter: any) => parameter.in === "header");
    assert.deepEqual(
      headers.map((header: any) => header.name),
      method === "POST" ? ["idempotency-key"] : [],
      path,
    );
  }
});
