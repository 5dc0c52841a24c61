/**
 * The one shape of a chain. An adapter is pure: no clock, no network, no key, plain data in and out, so that it can
 * run on any thread. Decoding is total: decode, encode again, compare the bytes, and refuse on any difference.
 * @module
 */
import type { Chain, Curve, Derivation, KeyAttributes, KeyRecord } from "../domain/keys.ts";
import type { Duty } from "../domain/duties.ts";
import type { Intent } from "../domain/intent.ts";
import type { Json } from "../domain/canonical.ts";
import type { Urgency } from "../domain/urgency.ts";
import type {
  Address,
  Bytes,
  CompressedKey,
  DescriptorId,
  Digest,
  KeyId,
  PublicKey,
  ValidatorPublicKey,
  WalletId,
  XOnlyKey,
} from "../domain/kinds.ts";

/**
 * Scalar that the vault adds to the stored private key first: the unhardened BIP-32 steps from the stored key to the one
 * that signs, which the adapter computes from the stored public key.
 */
export type ChildTweak = Bytes<32>;

/**
 * One thing the vault signs. `publicKey` is what the signature must verify against; the adapter computes it from the
 * stored key, never from the request.
 */
export type SigningPayload =
  | {
      readonly scheme: "secp256k1.ecdsa";
      /** Signed by RFC 6979, with low s. */
      readonly digest: Digest;
      readonly publicKey: CompressedKey;
      readonly childTweak?: ChildTweak;
    }
  | {
      readonly scheme: "secp256k1.schnorr";
      /** Signed by BIP-340. */
      readonly digest: Digest;
      /** The taproot output key, or the key itself where there is no tweak (script path). */
      readonly publicKey: XOnlyKey;
      readonly childTweak?: ChildTweak;
      /** BIP-341 tweak (TapTweak hash) that the vault adds to the even-y secret key. */
      readonly tweak?: Bytes<32>;
    }
  | { readonly scheme: "ed25519"; readonly message: Uint8Array; readonly publicKey: PublicKey & Bytes<32> }
  | {
      readonly scheme: "stark.ecdsa";
      /** Big-endian, a field element. */
      readonly digest: Digest;
      /** Big-endian: x of the public key. */
      readonly publicKey: PublicKey & Bytes<32>;
    }
  | {
      readonly scheme: "bls";
      readonly publicKey: ValidatorPublicKey;
      /**
       * Signed is its signing root, by the proof-of-possession ciphersuite (BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_):
       * whoever records, signs or verifies computes it, and the guard judges the same bytes.
       */
      readonly duty: Duty;
    }
  | {
      /** Extractable one-time signature. The vault derives the nonce from the private key, `chainId` and `height` alone. */
      readonly scheme: "babylon.eots";
      /** At most 64 bytes of any value. */
      readonly chainId: Uint8Array;
      /** 0 to 2^64-1. */
      readonly height: bigint;
      /** At most 8192 bytes; what is signed is its SHA-256. */
      readonly message: Uint8Array;
      readonly publicKey: XOnlyKey;
    }
  | {
      /** BIP-340 under the key itself, without a tweak, and never with an EOTS nonce. */
      readonly scheme: "babylon.schnorr";
      readonly digest: Digest;
      readonly publicKey: XOnlyKey;
    };

/**
 * 64 bytes: r‖s (ECDSA, Stark), R‖s (Ed25519), a BIP-340 signature, or public randomness‖s (EOTS: a BIP-340 signature of
 * SHA-256(message)); 96 bytes compressed G2 (BLS).
 * `recovery` (0 or 1) only for ECDSA.
 */
export interface Signature {
  readonly bytes: Uint8Array;
  readonly recovery?: number;
}

export interface DecodedRequest {
  /** The request's `type`, e.g. `ethereum.transaction`. */
  readonly type: string;
  readonly intent: Intent;
  /** Where the signature is valid, as far as the request says. */
  readonly environment: { readonly chainId: string; readonly network: string };
  /**
   * What only one transaction can ever use, of what this one uses by our signatures, in a stable order: a Bitcoin outpoint
   * that we sign with SIGHASH ALL or DEFAULT (`bitcoin:NETWORK:TXID:VOUT`), the nonce of an Ethereum account
   * (`eip155:CHAINID:ADDRESS:NONCE`). Spending limits count signatures that share one as one payment, so name none that two
   * transactions could both use. Default none: the request counts in full.
   */
  readonly slots?: readonly string[];
  /** False for duties whose guard is their rule: they need no policy, but obey one that is bound. Default true. */
  readonly bindingRequired?: boolean;
  /** Group of principals that alone may ask for this, on top of the permission to sign. */
  readonly permissionGroup?: string;
  /** What to sign, in order; at least one. */
  readonly payloads: readonly SigningPayload[];
  /** Id of the key that signs each payload, one to one. Left out where the request's one key signs all. */
  readonly signedBy?: readonly KeyId[];
  /** Ids of registered descriptors that say what of the request is ours. */
  readonly descriptors?: readonly DescriptorId[];
  /** The adapter's own plain (structured-cloneable) data for `assemble`. */
  readonly draft: unknown;
}

/** What the sign step asks of the vault. */
export interface PayloadsToSign {
  readonly keyId: KeyId;
  readonly payloads: readonly SigningPayload[];
  /** Key of each payload, one to one, where they are not all for `keyId`. */
  readonly signedBy?: readonly KeyId[];
}

/** Fields that a 200 answer adds for this type (docs/public-surface.md, "Request types"). */
export type SignedFields = Readonly<Record<string, Json>>;

/** What `POST /v1/wallets/{walletId}/keys` may say about a key besides `chain` and `label`. */
export interface KeyOptions {
  readonly account?: number;
  readonly index?: number;
  readonly path?: string;
  readonly purpose?: number;
  readonly network?: string;
  readonly accountType?: string;
  /** Which of several derivations of one account type: a name of `SCHEMES`. */
  readonly scheme?: string;
  /** StarkNet, of an account that exists already; each 0x-hex. */
  readonly accountAddress?: string;
  readonly classHash?: string;
  readonly guardian?: string;
  readonly salt?: string;
}

/** What a key is, once its public key is known. */
export interface AccountIdentity {
  readonly address: Address;
  readonly attributes: KeyAttributes;
}

/** How a new key is derived and what is fixed about it. */
export interface KeyPlan {
  readonly path: string;
  readonly derivation: Derivation;
  readonly curve: Curve;
  readonly attributes: KeyAttributes;
  /** Ask the vault for the BIP-32 extended public key at this ancestor path; it becomes `attributes.accountXpub`. */
  readonly accountXpubPath?: string;
}

/** An account: the BIP-32 node below which one extended public key tells all addresses. */
export interface AccountPlan {
  /** What clients call it, e.g. `bitcoin-mainnet-84-0`; unique in a wallet. */
  readonly id: string;
  readonly chain: Chain;
  /** Path of the account node, e.g. m/84'/0'/0'. */
  readonly path: string;
  /** First level of the path, without its mark. */
  readonly purpose: number;
  /** Number of the account: third level of the path, without its mark. */
  readonly account: number;
  /** Of chains whose accounts belong to one network. */
  readonly network?: string;
}

/** What the vault tells about an account node. */
export interface AccountKey {
  /** Base58check with the mainnet version bytes (`xpub…`). */
  readonly extendedPublicKey: string;
  /** BIP-32 fingerprint of the wallet's master key: 8 hex digits. */
  readonly masterFingerprint: string;
}

/** A run of addresses of one branch: 0 is received on, 1 is change. */
export interface AddressRange {
  readonly branch: number;
  readonly from: number;
  readonly count: number;
}

export interface AccountAddress {
  readonly index: number;
  readonly path: string;
  readonly publicKey: CompressedKey;
  readonly address: Address;
}

/** Public derivation of a chain whose accounts have an extended public key. */
export interface AccountScheme {
  /** The account's public members in the API's own form: extended public key and, where the chain has them, descriptors. */
  describe(plan: AccountPlan, key: AccountKey): Readonly<Record<string, Json>>;
  /** Addresses in order. @throws SignerError `request.malformed` for an account that has none of its own */
  addresses(plan: AccountPlan, key: AccountKey, range: AddressRange): readonly AccountAddress[];
}

/** What a descriptor of several keys says, in plain data. */
export interface DescriptorFacts {
  /** In its one form, without checksum. */
  readonly descriptor: string;
  readonly checksum: string;
  readonly type: string;
  /** 1, or 2 where the second is change. */
  readonly branches: number;
  readonly keys: readonly {
    /** `k0` is the first. */
    readonly name: string;
    readonly text: string;
    /** Of an extended key: base58check with the mainnet version bytes. */
    readonly xpub?: string;
    /** Where the key says that it comes from: 8 hex digits, and a path such as m/48'/0'/0'/2'. */
    readonly origin?: { readonly fingerprint: string; readonly path: string };
  }[];
}

export interface DescriptorAddress {
  readonly index: number;
  readonly address: string;
}

/** Outputs that several keys share, named by output descriptors. */
export interface DescriptorScheme {
  /** Reads `descriptor#checksum`. @throws SignerError `request.malformed`, which repeats nothing of it */
  read(text: string, network: string): DescriptorFacts;
  /** As `read`, of a descriptor without checksum that it gave. */
  describe(descriptor: string, network: string): DescriptorFacts;
  /** Of a descriptor without checksum that `read` gave. @throws SignerError `request.malformed` for a branch it lacks */
  addresses(descriptor: string, network: string, range: AddressRange): readonly DescriptorAddress[];
}

/** Where to look for the keys of a wallet's transaction. What is not looked for cannot sign. */
export interface WalletSurvey {
  /** Addresses that the transaction spends or pays, in each form that a key of the wallet can have them. */
  readonly addresses: readonly Address[];
  /** Paths of accounts, `m/84'/0'/0'`, that the transaction says its inputs are in. */
  readonly accountPaths: readonly string[];
}

/** A registered descriptor of a wallet. */
export interface WalletDescriptor {
  readonly id: DescriptorId;
  /** Without checksum. */
  readonly descriptor: string;
  readonly network: string;
  readonly ownKeys: readonly { readonly name: string; readonly keyId: KeyId }[];
}

/** The part of a wallet that one of its transactions touches. */
export interface WalletView {
  readonly walletId: WalletId;
  /** The wallet's keys at the addresses of the survey, in any state. */
  readonly keys: readonly KeyRecord[];
  /** One key of each account that these keys are in, or that the survey names. */
  readonly accounts: readonly KeyRecord[];
  /** All that are registered for the wallet. */
  readonly descriptors: readonly WalletDescriptor[];
}

/** How a chain reads transactions that several keys of one wallet sign. */
export interface WalletAdapter {
  /** @throws SignerError `transaction.invalid` */
  survey(request: SignRequest): WalletSurvey;
  /**
   * As `ChainAdapter.decode`, with `signedBy`; every input of the wallet is signed.
   * @throws SignerError `wallet.key_missing` for an input of the wallet that no key of the view signs
   */
  decode(request: SignRequest, view: WalletView): DecodedRequest;
}

export interface ChainAdapter {
  readonly chain: Chain;
  readonly curve: Curve;
  readonly requestTypes: readonly string[];
  /** True where one decode or assemble can cost more than a millisecond; it then runs off the main thread. */
  readonly heavy: boolean;
  /** For a chain that is not heavy: true where decoding this one request is. Never throws. */
  isHeavy?(request: SignRequest): boolean;
  /** For a chain that is not heavy: what a request goes before where several wait; `request` unless said. Never throws. */
  urgencyOf?(request: SignRequest): Urgency;
  /**
   * Path, derivation and attributes of a wallet key; refuses options that the chain does not know.
   * @throws SignerError `request.malformed` with the field named
   */
  planKey(options: KeyOptions): KeyPlan;
  /** Attributes of an imported raw key (no path). @throws SignerError `request.malformed` */
  planImport(options: KeyOptions): { readonly curve: Curve; readonly attributes: KeyAttributes };
  /** Absent where no public key tells the addresses of an account. */
  readonly accounts?: AccountScheme;
  /** Absent where no output is shared by several keys. */
  readonly descriptors?: DescriptorScheme;
  /** The chain's address of a public key (format in KeyRecord). */
  addressOf(publicKey: PublicKey, attributes: KeyAttributes): Address;
  /**
   * Where planned attributes say something that only the public key can prove: the address and the attributes that are
   * stored. Without it they are stored as planned. @throws SignerError `request.malformed`
   */
  identify?(publicKey: PublicKey, attributes: KeyAttributes): AccountIdentity;
  /**
   * Decodes, re-encodes and compares. `request` passed the schema of its `type`.
   * @throws SignerError `transaction.invalid` (undecodable, ambiguous) or `transaction.refused` (built-in rule)
   */
  decode(request: SignRequest, key: KeyRecord): DecodedRequest;
  /** Where one transaction can be signed by several keys of a wallet. */
  readonly wallet?: WalletAdapter;
  /** What the caller gets back; `signatures` match `decoded.payloads` one to one and have been verified. */
  assemble(decoded: DecodedRequest, signatures: readonly Signature[]): SignedFields;
}

/** A request body after schema validation; each adapter narrows it by `type`. */
export interface SignRequest {
  readonly type: string;
  readonly [field: string]: unknown;
}
