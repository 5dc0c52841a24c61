/** Compiled, never run: what the kinds of ids and bytes refuse. Each line below would sign, read or delete something else. */
import type { KeyRecord } from "../../src/domain/keys.ts";
import type { SigningPayload } from "../../src/chains/adapter.ts";
import type { Directory } from "../../src/directory/directory.ts";
import { newIdentifier } from "../../src/directory/identifiers.ts";
import type { DutyClaim, EotsClaim } from "../../src/domain/guard.ts";
import type {
  BindingId,
  BodyHash,
  Bytes,
  CompressedKey,
  DescriptorId,
  Digest,
  GenesisValidatorsRoot,
  KeyId,
  NamespaceName,
  PolicyDigest,
  PrincipalId,
  PrivateKey,
  RequestId,
  SigningRootBytes,
  ValidatorPublicKey,
  WalletId,
  XOnlyKey,
} from "../../src/domain/kinds.ts";
import type { Binding, Scope } from "../../src/domain/policies.ts";
import type { LedgerThread } from "../../src/record/contract.ts";
import type { Submission } from "../../src/signing/stages.ts";
import type { NewKey, VaultThread } from "../../src/vault/contract.ts";

declare const directory: Directory;
declare const ledger: LedgerThread;
declare const vault: VaultThread;
declare const submission: Submission;
declare const key: KeyRecord;
declare const binding: Binding;
declare const sealed: NewKey;
declare const keyId: KeyId;
declare const walletId: WalletId;
declare const requestId: RequestId;
declare const bindingId: BindingId;
declare const principalId: PrincipalId;
declare const descriptorId: DescriptorId;
declare const namespace: NamespaceName;
declare const policyDigest: PolicyDigest;
declare const digest: Digest;
declare const signingRoot: SigningRootBytes;
declare const genesisValidatorsRoot: GenesisValidatorsRoot;
declare const bodyHash: BodyHash;
declare const privateKey: PrivateKey;
declare const compressedKey: CompressedKey;
declare const xOnlyKey: XOnlyKey;
declare const validatorKey: ValidatorPublicKey;
declare const fortyEight: Bytes<48>;
declare const block: Extract<DutyClaim, { kind: "eip3076.block" }>;
declare const statement: EotsClaim;
declare const bls: Extract<SigningPayload, { scheme: "bls" }>;
declare const ecdsa: Extract<SigningPayload, { scheme: "secp256k1.ecdsa" }>;
const actor = { namespace, principal: principalId, tokenVersion: 1 };

// An id where another noun's id belongs.
// @ts-expect-error a wallet is no key
directory.key(namespace, walletId);
// @ts-expect-error a namespace and an id, swapped
directory.key(keyId, namespace);
// @ts-expect-error a key is no wallet
directory.wallet(namespace, keyId);
// @ts-expect-error a policy is found by its digest, not by a binding of it
directory.policy(namespace, bindingId);
// @ts-expect-error a binding is found by its own id
directory.binding(namespace, policyDigest);
// @ts-expect-error a validator is found by its public key
directory.validator(namespace, keyId);
// @ts-expect-error a namespace and a public key, swapped
directory.finalityProvider(key.address, namespace);
// @ts-expect-error a scope's kind says whose id it has
void ({ kind: "wallet", id: keyId } satisfies Scope);
// @ts-expect-error a binding names the policy's digest
void ({ ...binding, policy: bindingId } satisfies Binding);
// @ts-expect-error the id of a new wallet, where a key's belongs
void ({ ...key, id: newIdentifier("wal") } satisfies KeyRecord);

// What the ledger's thread is asked.
// @ts-expect-error a wallet's id
void ledger.setKeyState({ actor, id: walletId, state: "disabled", answer: null });
// @ts-expect-error wallets' ids
void ledger.deleteKeys({ actor, ids: [walletId], forEveryone: true });
// @ts-expect-error a key's id
void ledger.readRequest({ namespace, id: keyId });
// @ts-expect-error a namespace and an id, swapped
void ledger.deletePrincipal({ actor, namespace: principalId, id: namespace });
// @ts-expect-error an actor's namespace and principal, swapped
ledger.noteAct({ actor: { namespace: principalId, principal: namespace, tokenVersion: 1 }, action: "seal" });
// @ts-expect-error a binding's id
void ledger.deleteDescriptor({ actor, namespace, id: bindingId });
// @ts-expect-error a descriptor's id
void ledger.deleteBinding({ actor, namespace, id: descriptorId });
// @ts-expect-error a validator's public key has 48 bytes
void ledger.setSlashingEnabled({ actor, publicKeys: [xOnlyKey], enabled: false });
// @ts-expect-error a finality provider's has 32
void ledger.setEotsEnabled({ actor, publicKeys: [validatorKey], enabled: false });
// @ts-expect-error a signing root names no chain
ledger.pinSlashingChain({ actor, genesisValidatorsRoot: signingRoot, network: null });

// What the vault's thread is asked.
// @ts-expect-error signs with a key, not with a wallet
void vault.sign({ keyId: walletId, payloads: [] });
// @ts-expect-error each payload has a key's id
void vault.sign({ keyId, payloads: [], signedBy: [walletId] });
// @ts-expect-error forgets keys
vault.forget([walletId]);
// @ts-expect-error a public key is no private one
void vault.importKey({ namespace, keyId, curve: "ed25519", privateKey: xOnlyKey });
// @ts-expect-error and a private key is never a public one
void ({ ...sealed, publicKey: privateKey } satisfies NewKey);
// @ts-expect-error a wallet's id and a key's, swapped
void vault.accountKey({ namespace, walletId: keyId, path: "m" });

// What a guard compares, and what is signed.
// @ts-expect-error 48 bytes where 32 belong
void ({ ...block, genesisValidatorsRoot: fortyEight } satisfies DutyClaim);
// @ts-expect-error the root of the chain is not what is signed
void ({ ...block, signingRoot: genesisValidatorsRoot } satisfies DutyClaim);
// @ts-expect-error an x-only key is no validator's
void ({ ...block, publicKey: xOnlyKey } satisfies DutyClaim);
// @ts-expect-error 33 bytes where 32 belong
void ({ ...statement, publicKey: compressedKey } satisfies EotsClaim);
// @ts-expect-error no BLS key signs a root that came ready
void ({ ...bls, signingRoot } satisfies SigningPayload);
// @ts-expect-error a signing root is signed by the BLS scheme alone
void ({ ...ecdsa, digest: signingRoot } satisfies SigningPayload);
// @ts-expect-error what an Idempotency-Key is for is never signed
void ({ ...ecdsa, digest: bodyHash } satisfies SigningPayload);
// @ts-expect-error a validator's key under another curve's scheme
void ({ ...ecdsa, publicKey: validatorKey } satisfies SigningPayload);

// What a door hands in.
// @ts-expect-error a key's id for the request's
void ({ ...submission, requestId: keyId } satisfies Submission);
// @ts-expect-error a key's id for the wallet's
void ({ ...submission, asked: { walletId: keyId, named: null } } satisfies Submission);
// @ts-expect-error a digest for the hash of the body
void ({ ...submission, bodyHash: digest } satisfies Submission);

// What compiles: the right kind, a literal, and plain text or bytes that somebody has checked.
directory.key(namespace, keyId);
directory.key("root", "key_1");
void ({ ...key, id: newIdentifier("key") } satisfies KeyRecord);
void ({ ...submission, requestId, asked: { walletId, named: null } } satisfies Submission);
void ledger.deletePrincipal({ actor, namespace, id: principalId });
void ({ ...bls, publicKey: validatorKey } satisfies SigningPayload);
void ({ ...ecdsa, digest: new Uint8Array(32), publicKey: compressedKey } satisfies SigningPayload);
void ({ ...block, publicKey: validatorKey.subarray(0, 48), genesisValidatorsRoot } satisfies DutyClaim);
