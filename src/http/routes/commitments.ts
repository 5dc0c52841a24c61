/**
 * Commit-Boost's signer API: commitments of proposers, under their own domain. Each call takes the signing path, so
 * the policies of the key are asked and the decision is on record.
 */
import type { Principal } from "../../access/principals.ts";
import { SignerError } from "../../domain/errors.ts";
import type { Application } from "../application.ts";
import { moduleOf } from "../commitment-door.ts";
import { principalOf, type HttpContext } from "../context.ts";
import { idempotencyKeyOf } from "../idempotency.ts";
import { outletOf } from "../outlet.ts";
import { asSignerError } from "../problem.ts";
import { AnyBody, CommitmentAnswer, CommitmentKeys, CommitmentRequest } from "../schemas/commitments.ts";
import { answers } from "../responses.ts";

/** The request type of the signing path. */
const TYPE = "ethereum-validator.commitment";
const PREFIX = "/signer/v1";
const tags = ["commitments"];

export function commitmentRoutes(app: Application, context: HttpContext): void {
  if (context.validators.commitments === null) return;
  app.get(
    `${PREFIX}/get_pubkeys`,
    {
      schema: { tags, summary: "Validator keys that sign", response: answers(200, CommitmentKeys) },
    },
    (request) => {
      moduleOf(request);
      const publicKeys = context.core.validators.active(principalOf(request));
      return { keys: publicKeys.map((consensus) => ({ consensus, proxy_bls: [], proxy_ecdsa: [] })) };
    },
  );
  signRoute(app, context);
  unsupportedRoutes(app);
}

function signRoute(app: Application, context: HttpContext): void {
  app.post(
    `${PREFIX}/request_signature/bls`,
    {
      config: { signs: true },
      schema: {
        tags,
        summary: "Sign a module's commitment with a validator's key",
        description:
          "Signs over the module's own signing ID, the nonce and the chain id, under domain type 0x6d6d6f43. An enforcing " +
          "policy must answer allowOpaque, since the object behind the root is not shown.",
        body: CommitmentRequest,
        response: answers(200, CommitmentAnswer),
      },
    },
    async (request, reply) => {
      try {
        const { id, signingId } = moduleOf(request);
        const { pubkey, object_root: root, nonce } = request.body;
        const key = keyOf(context, principalOf(request), prefixed(pubkey));
        const objectRoot = prefixed(root);
        const answer = await context.core.sign({
          requestId: request.id,
          principal: principalOf(request),
          asked: { keyId: key.id },
          request: { type: TYPE, objectRoot, nonce: String(nonce), module: id, moduleSigningId: signingId },
          idempotencyKey: idempotencyKeyOf(request),
          outlet: outletOf(reply),
        });
        context.metrics.signed(TYPE, "signed");
        reply.header("x-request-id", answer.requestId);
        const { signature, chainId } = answer.fields;
        return await reply.send({
          pubkey: prefixed(pubkey),
          object_root: objectRoot,
          module_signing_id: signingId,
          nonce,
          chain_id: Number(chainId),
          signature,
        });
      } catch (error) {
        context.metrics.signed(TYPE, asSignerError(error).code);
        throw error;
      }
    },
  );
}

/** What Commit-Boost can do beside that, and this release cannot: it says so instead of making something smaller. */
function unsupportedRoutes(app: Application): void {
  const rows = [
    [
      "request_signature/proxy-bls",
      "sign with a BLS proxy key",
      "this release makes no proxy keys; let the module ask for the validator's own key",
    ],
    [
      "request_signature/proxy-ecdsa",
      "sign with an ECDSA proxy key",
      "this release makes no proxy keys; let the module ask for the validator's own key",
    ],
    [
      "generate_proxy_key",
      "make a proxy key",
      "this release makes no proxy keys; let the module ask for the validator's own key",
    ],
    [
      "request_signature",
      "sign without a signing ID, as modules did before Commit-Boost 0.9",
      "without a signing ID one module could have another's commitment signed, or a delegation; use request_signature/bls",
    ],
  ] as const;
  for (const [path, summary, reason] of rows) {
    app.post(
      `${PREFIX}/${path}`,
      {
        schema: { tags, summary: `Refused: ${summary}`, body: AnyBody, response: answers(200, AnyBody) },
      },
      (request) => {
        moduleOf(request);
        throw new SignerError("request.unsupported", `${PREFIX}/${path}: ${reason}`);
      },
    );
  }
}

function keyOf(context: HttpContext, principal: Principal, publicKey: string): { readonly id: string } {
  const key = context.core.validators.find(principal, publicKey);
  if (key !== undefined) return key;
  throw new SignerError(
    "key.not_found",
    `/pubkey: no validator key with this public key here; list them with GET ${PREFIX}/get_pubkeys`,
    { field: "/pubkey" },
  );
}

/** In lower case with 0x. */
function prefixed(hex: string): string {
  return `0x${hex.toLowerCase().replace(/^0x/, "")}`;
}
