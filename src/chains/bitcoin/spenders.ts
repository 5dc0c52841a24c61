/**
 * Who spends what in one request: the scripts that the asked keys can sign for, found by scriptPubKey. What an input's
 * script does not find here belongs to somebody else, whatever the PSBT says.
 * @module
 */
import type { Json } from "../../domain/canonical.ts";
import type { SigningPayload } from "../adapter.ts";
import type { Completion } from "./descriptors/complete.ts";
import type { PsbtInput, PsbtOutput } from "./psbt.ts";
import { hex } from "./scripts.ts";
import type { Network } from "./names.ts";
import type { Output, SIGHASH_ALL, SIGHASH_DEFAULT, SignatureHasher } from "./sighash.ts";
import type { DescriptorId, KeyId, PublicKey } from "../../domain/kinds.ts";

/** SIGHASH_ALL; DEFAULT for a taproot input that names no type. */
export type HashType = typeof SIGHASH_ALL | typeof SIGHASH_DEFAULT;

/** Where a signature goes in the PSBT, and what else its input needs: plain data, which crosses threads. */
export type SignaturePlace = { readonly position: number } & (
  | { readonly field: "tapKeySig"; readonly hashType: HashType }
  | {
      readonly field: "partialSig";
      /** 33 bytes, compressed. */
      readonly publicKey: PublicKey;
      /** P2SH only. */
      readonly redeemScript?: Uint8Array;
      /** P2WSH only. */
      readonly witnessScript?: Uint8Array;
    }
  | {
      readonly field: "tapScriptSig";
      /** 32 bytes, x-only. */
      readonly publicKey: PublicKey;
      readonly leafHash: Uint8Array;
      readonly script: Uint8Array;
      readonly controlBlock: Uint8Array;
      readonly hashType: HashType;
    }
);

/** One signature that an input asks of one key. */
export interface PlannedSignature {
  readonly keyId: KeyId;
  readonly payload: SigningPayload;
  readonly place: SignaturePlace;
}

/** An input of ours, as its spender signs it. */
export interface OwnInput {
  readonly position: number;
  readonly sequence: number;
  readonly input: PsbtInput;
  readonly spent: Output;
  readonly hashType: HashType;
}

/** Addresses that change may go back to. */
export interface SpendingAccount {
  /** The same for all spenders of one account. */
  readonly id: string;
  /** True where the output's script was derived again from the account; its fields say where to look, no more. */
  owns(output: PsbtOutput, script: Uint8Array): boolean;
}

/** How the outputs of one script are spent. */
export interface Spender {
  /** scriptPubKey. */
  readonly script: Uint8Array;
  readonly address: string;
  readonly account: SpendingAccount;
  /**
   * True where the signature commits to the amount and script of every input (BIP-341). If one of our inputs has another
   * kind, every input must prove its amount.
   */
  readonly commitsToAllInputs: boolean;
  /** Weight that signing adds to the input: bytes of scriptSig count four times, of the witness once (BIP-141). */
  readonly signatureWeight: number;
  /** True where the input has a witness. */
  readonly segwit: boolean;
  /**
   * The hash type that is signed; refuses fields of the input that contradict the script, and other hash types.
   * @throws SignerError `transaction.refused`
   */
  check(input: PsbtInput, position: number): HashType;
  /** Other signers may have signed the input before us. */
  readonly cosigned?: true;
  /** The registered descriptor that the output belongs to. */
  readonly descriptorId?: DescriptorId;
  /** What the intent says of the input beside its outpoint and amount. */
  describe?(input: PsbtInput): Readonly<Record<string, Json>>;
  /** For outputs that the library cannot complete: what completing the input needs. */
  complete?(input: Pick<OwnInput, "input" | "position" | "sequence">): Completion;
  /** What to sign for the input, at least one. @throws SignerError `transaction.refused` for a wrong signature of others */
  plan(input: OwnInput, hasher: SignatureHasher): readonly PlannedSignature[];
}

/** The spenders of one request; all are of one network. */
export class Spenders {
  readonly network: Network;
  /** Whose inputs these sign, and what to do where there is none: for refusals. */
  readonly whose: string;
  readonly #byScript: ReadonlyMap<string, Spender>;

  constructor(network: Network, whose: string, spenders: readonly Spender[]) {
    this.network = network;
    this.whose = whose;
    this.#byScript = new Map(spenders.map((spender) => [hex(spender.script), spender]));
  }

  /** The one that spends outputs of this script; undefined for somebody else's. */
  of(script: Uint8Array): Spender | undefined {
    return this.#byScript.get(hex(script));
  }
}
