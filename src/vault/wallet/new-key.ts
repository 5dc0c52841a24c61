/** A new key of a wallet, derived and sealed, once it has signed and verified a message. */
import { randomFillSync } from "node:crypto";
import type { SigningPayload } from "../../chains/adapter.ts";
import { verifySignature } from "../../chains/verify.ts";
import { SignerError } from "../../domain/errors.ts";
import type { Curve } from "../../domain/keys.ts";
import type { KeyId, NamespaceName, PublicKey } from "../../domain/kinds.ts";
import type { SealedSeed } from "../../domain/sealed.ts";
import type { NewKey } from "../contract.ts";
import { openWalletSeed, sealKey } from "../seal/secrets.ts";
import { signPayload } from "../sign/signers.ts";
import { UnsealedKeys } from "../sign/unsealed-keys.ts";
import { wipe } from "../wipe.ts";
import type { AccountNodes } from "./account-nodes.ts";
import { deriveKey, type DerivationPlan, type DerivedKey } from "./derivation.ts";

/** No message has a domain of this type, so that no pairwise test signs one. */
const PAIR_TEST_DOMAIN = new Uint8Array(32).fill(0xff);

/** What is derived: the key's id and its path. */
export interface WantedKey {
  readonly namespace: NamespaceName;
  readonly keyId: KeyId;
  readonly plan: DerivationPlan;
}

/** @param dataKey the wallet's, which stays the caller's @throws SignerError `request.malformed`, `service.internal` */
export function deriveSealedKey(
  wallet: SealedSeed,
  dataKey: Uint8Array,
  { namespace, keyId, plan }: WantedKey,
  nodes: AccountNodes,
): NewKey {
  const { secret, publicKey, accountXpub } = derive(dataKey, namespace, wallet, plan, nodes);
  try {
    assertPair(plan.curve, secret, publicKey);
    const { dataKeyId, walletId } = wallet;
    const identity = { keyId, dataKeyId, publicKey, curve: plan.curve, namespace, walletId };
    const rows = { dataKey: null, keySecret: sealKey(dataKey, identity, secret) };
    return accountXpub === undefined ? { publicKey, rows } : { publicKey, accountXpub, rows };
  } finally {
    wipe(secret);
  }
}

function derive(
  dataKey: Uint8Array,
  namespace: NamespaceName,
  wallet: SealedSeed,
  plan: DerivationPlan,
  nodes: AccountNodes,
): DerivedKey {
  const seed = openWalletSeed(dataKey, namespace, wallet);
  try {
    return deriveKey(wallet.walletId, seed, plan, nodes);
  } finally {
    wipe(seed);
  }
}

/** Signs a random message with the new key and verifies it: a pair that does not fit must never become an address. */
export function assertPair(curve: Curve, secret: Uint8Array, publicKey: PublicKey): void {
  const keys = new UnsealedKeys(1);
  try {
    const payload = pairTestPayload(curve, publicKey);
    if (verifySignature(payload, signPayload(keys.put("", curve, publicKey, secret), payload))) return;
  } finally {
    keys.wipe();
  }
  throw new SignerError(
    "service.internal",
    `a new ${curve} key failed its pairwise test and was dropped; check the host`,
  );
}

function pairTestPayload(curve: Curve, publicKey: PublicKey): SigningPayload {
  const digest = randomFillSync(new Uint8Array(32));
  switch (curve) {
    case "secp256k1":
      return { scheme: "secp256k1.ecdsa", digest, publicKey };
    case "ed25519":
      return { scheme: "ed25519", message: digest, publicKey };
    case "stark":
      // Stark hashes are below 2^251.
      digest[0] = 0;
      return { scheme: "stark.ecdsa", digest, publicKey };
    case "bls12-381":
      return {
        scheme: "bls",
        publicKey,
        duty: { kind: "other", objectRoot: digest, domain: PAIR_TEST_DOMAIN },
      };
  }
}
