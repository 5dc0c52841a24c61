/**
 * Kinds of text and of bytes: whose id a text is, and how many bytes there are and what for. A wallet's id does not compile where
 * a key's belongs, 48 bytes not where 32 do, a signing root not where a digest does.
 *
 * The brand is optional and never there at run time. So a literal, and what a schema or a length check has seen, is accepted as
 * it is; and plain text is not refused either, whatever it says. Checks of what comes from outside stay where they are
 * (docs/decisions/0013-brands-are-optional.md).
 * @module
 */

declare const kind: unique symbol;
declare const length: unique symbol;

/** Text of one kind. Plain text is accepted; text of another kind is not. */
export type Named<Kind extends string> = string & { readonly [kind]?: Kind };
/** So many bytes. A plain Uint8Array is accepted; one of another length is not. */
export type Bytes<Length extends number> = Uint8Array & { readonly [length]?: Length };
/** Bytes of one kind, of whatever length; joined to `Bytes` where the length is known. */
type BytesFor<Kind extends string> = Uint8Array & { readonly [kind]?: Kind };

export type KeyId = Named<"key">;
export type WalletId = Named<"wallet">;
export type RequestId = Named<"request">;
export type BindingId = Named<"binding">;
export type PrincipalId = Named<"principal">;
export type DescriptorId = Named<"descriptor">;
export type FreezeId = Named<"freeze">;
/** A data key is named after what it seals: a wallet, or an imported key. */
export type DataKeyId = WalletId | KeyId;
/** What a namespace is called, which is its only id. */
export type NamespaceName = Named<"namespace">;
/** `sha256:` and hex, of the uploaded module. */
export type PolicyDigest = Named<"policy">;
/** An address in its chain's own text. */
export type Address = Named<"address">;
/** What a client calls a validator (public key, lowercase 0x-hex) or a finality provider (x-only key, lowercase hex). */
export type PublicKeyText = Named<"address" | "public key">;

/** The public half, in the form of its curve. */
export type PublicKey = BytesFor<"public key">;
/** Compressed: secp256k1. */
export type CompressedKey = PublicKey & Bytes<33>;
/** x alone: BIP-340 and EOTS. */
export type XOnlyKey = PublicKey & Bytes<32>;
/** Compressed G1: a validator's. */
export type ValidatorPublicKey = PublicKey & Bytes<48>;
/** Big-endian scalar (secp256k1, stark, bls12-381) or Ed25519 seed. It never leaves the vault. */
export type PrivateKey = BytesFor<"private key"> & Bytes<32>;

/** A hash that is signed as it is. */
export type Digest = BytesFor<"digest"> & Bytes<32>;
/** What a validator signs: hash tree root of an object and its domain. */
export type SigningRootBytes = BytesFor<"signing root"> & Bytes<32>;
/** Names the chain that a validator belongs to. */
export type GenesisValidatorsRoot = BytesFor<"genesis validators root"> & Bytes<32>;
/** SHA-256 over who is asked and body: what an Idempotency-Key stands for. */
export type BodyHash = BytesFor<"body hash"> & Bytes<32>;
/** SHA-256 of a bearer token. */
export type TokenHash = BytesFor<"token hash"> & Bytes<32>;
