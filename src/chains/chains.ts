/**
 * The chains as the signing path calls them. Light adapters decode on the calling thread, heavy ones on a thread of
 * their own; signatures are checked on a third, which is not the one that made them.
 * @module
 */
import type { Json } from "../domain/canonical.ts";
import type { Chain, KeyAttributes, KeyRecord } from "../domain/keys.ts";
import { togetherOf, type Urgency } from "../domain/urgency.ts";
import { ThreadClient } from "../threads/client.ts";
import type {
  AccountAddress,
  AccountIdentity,
  AccountKey,
  AccountPlan,
  AddressRange,
  DescriptorAddress,
  DescriptorFacts,
  ChainAdapter,
  DecodedRequest,
  KeyOptions,
  KeyPlan,
  Signature,
  SignedFields,
  SigningPayload,
  SignRequest,
  WalletSurvey,
  WalletView,
} from "./adapter.ts";
import { Adapters, assertSigns, type ChainSettings } from "./registry.ts";

/** Chains whose adapters are loaded on the main thread. */
const LIGHT: readonly Chain[] = ["ethereum", "solana", "ethereum-validator", "babylon"];
/** Chain of each request type whose transactions several keys of a wallet can sign at once. */
const SPANNING: Readonly<Record<string, Chain>> = { "bitcoin.psbt": "bitcoin" };
/** Calls that may wait for a chain thread. */
const QUEUE_MAX = 4096;
const DECODE_BATCH_MAX = 16;
/** As many as a BLS thread signs in one go: signatures that are checked together share their most costly step. */
const VERIFY_BATCH_MAX = 64;

export type ChainCall =
  | { readonly task: "plan"; readonly chain: Chain; readonly options: KeyOptions }
  | { readonly task: "planImport"; readonly chain: Chain; readonly options: KeyOptions }
  | {
      readonly task: "identify";
      readonly chain: Chain;
      readonly publicKey: Uint8Array;
      readonly attributes: KeyAttributes;
    }
  | { readonly task: "describeAccount"; readonly plan: AccountPlan; readonly key: AccountKey }
  | {
      readonly task: "accountAddresses";
      readonly plan: AccountPlan;
      readonly key: AccountKey;
      readonly range: AddressRange;
    }
  | {
      readonly task: "readDescriptor" | "describeDescriptor";
      readonly chain: Chain;
      readonly text: string;
      readonly network: string;
    }
  | {
      readonly task: "descriptorAddresses";
      readonly chain: Chain;
      readonly text: string;
      readonly network: string;
      readonly range: AddressRange;
    }
  | { readonly task: "decode"; readonly request: SignRequest; readonly key: KeyRecord }
  | { readonly task: "survey"; readonly chain: Chain; readonly request: SignRequest }
  | {
      readonly task: "decodeForWallet";
      readonly chain: Chain;
      readonly request: SignRequest;
      readonly view: WalletView;
    }
  | {
      readonly task: "assemble";
      readonly chain: Chain;
      readonly decoded: DecodedRequest;
      readonly signatures: readonly Signature[];
    }
  | {
      readonly task: "verify";
      readonly payloads: readonly SigningPayload[];
      readonly signatures: readonly Signature[];
    };

type ImportPlan = ReturnType<ChainAdapter["planImport"]>;
export type ChainReply =
  | KeyPlan
  | ImportPlan
  | AccountIdentity
  | DecodedRequest
  | WalletSurvey
  | SignedFields
  | readonly AccountAddress[]
  | DescriptorFacts
  | readonly DescriptorAddress[]
  | boolean;

export class Chains {
  readonly #light: ReadonlyMap<Chain, ChainAdapter>;
  readonly #byType: ReadonlyMap<string, ChainAdapter>;
  readonly #decoder: ThreadClient<ChainCall, ChainReply>;
  readonly #verifier: ThreadClient<ChainCall, ChainReply>;

  private constructor(light: ReadonlyMap<Chain, ChainAdapter>, settings: ChainSettings) {
    this.#light = light;
    this.#byType = new Map(
      [...light.values()].flatMap((one) => one.requestTypes.map((type) => [type, one] as const)),
    );
    this.#decoder = startThread("decoder", DECODE_BATCH_MAX, settings);
    this.#verifier = startThread("verifier", VERIFY_BATCH_MAX, settings);
  }

  /** Loads the light adapters here and starts both threads. */
  static async start(settings: ChainSettings = {}): Promise<Chains> {
    const adapters = new Adapters(settings);
    const light = new Map<Chain, ChainAdapter>();
    for (const chain of LIGHT) {
      const adapter = await adapters.of(chain);
      if (adapter.heavy) throw new Error(`adapter ${chain} is heavy and must not run on the main thread`);
      light.set(chain, adapter);
    }
    const chains = new Chains(light, settings);
    await Promise.all([chains.#decoder.ready(), chains.#verifier.ready()]);
    return chains;
  }

  /** Calls that wait for, or run on, the chain threads. */
  get depth(): number {
    return this.#decoder.depth + this.#verifier.depth;
  }

  async planKey(chain: Chain, options: KeyOptions): Promise<KeyPlan> {
    return this.#ask<KeyPlan>({ task: "plan", chain, options });
  }

  async planImport(chain: Chain, options: KeyOptions): Promise<ImportPlan> {
    return this.#ask<ImportPlan>({ task: "planImport", chain, options });
  }

  /** Address and stored attributes of a new key. @throws SignerError `request.malformed` */
  async identify(chain: Chain, publicKey: Uint8Array, attributes: KeyAttributes): Promise<AccountIdentity> {
    return this.#ask<AccountIdentity>({ task: "identify", chain, publicKey, attributes });
  }

  /** The account's public members. Always on the chain thread: one derivation is half a millisecond. */
  async describeAccount(plan: AccountPlan, key: AccountKey): Promise<Readonly<Record<string, Json>>> {
    return this.#ask<SignedFields>({ task: "describeAccount", plan, key });
  }

  /** @throws SignerError `request.malformed` for an account without addresses of its own */
  async accountAddresses(
    plan: AccountPlan,
    key: AccountKey,
    range: AddressRange,
  ): Promise<readonly AccountAddress[]> {
    return this.#ask<readonly AccountAddress[]>({ task: "accountAddresses", plan, key, range });
  }

  /** What a request goes before in queues, by its type alone: total, and nothing is read of it that could be wrong. */
  urgencyOf(request: SignRequest): Urgency {
    const light = this.#byType.get(request.type);
    return light?.urgencyOf?.(request) ?? "request";
  }

  /** @throws SignerError `request.malformed` */
  async readDescriptor(chain: Chain, text: string, network: string): Promise<DescriptorFacts> {
    return this.#ask<DescriptorFacts>({ task: "readDescriptor", chain, text, network });
  }

  /** Of a descriptor without checksum that `readDescriptor` gave. */
  async describeDescriptor(chain: Chain, text: string, network: string): Promise<DescriptorFacts> {
    return this.#ask<DescriptorFacts>({ task: "describeDescriptor", chain, text, network });
  }

  /** @throws SignerError `request.malformed` for a branch that the descriptor lacks */
  async descriptorAddresses(
    chain: Chain,
    text: string,
    network: string,
    range: AddressRange,
  ): Promise<readonly DescriptorAddress[]> {
    return this.#ask<readonly DescriptorAddress[]>({
      task: "descriptorAddresses",
      chain,
      text,
      network,
      range,
    });
  }

  /** @throws SignerError `transaction.invalid`, `transaction.refused`, `request.malformed` */
  async decode(request: SignRequest, key: KeyRecord, rank?: number): Promise<DecodedRequest> {
    const light = this.#light.get(key.chain);
    if (light === undefined || light.isHeavy?.(request) === true) {
      return this.#ask<DecodedRequest>({ task: "decode", request, key }, rank);
    }
    assertSigns(light, request.type);
    return light.decode(request, key);
  }

  /** The chain whose wallets sign this type with all keys that its inputs need; undefined where one named key signs. */
  spans(type: string): Chain | undefined {
    return Object.hasOwn(SPANNING, type) ? SPANNING[type] : undefined;
  }

  /** @throws SignerError `transaction.invalid` */
  survey(chain: Chain, request: SignRequest, rank: number): Promise<WalletSurvey> {
    return this.#ask<WalletSurvey>({ task: "survey", chain, request }, rank);
  }

  /** @throws SignerError `transaction.invalid`, `transaction.refused`, `wallet.key_missing` */
  decodeForWallet(
    chain: Chain,
    request: SignRequest,
    view: WalletView,
    rank: number,
  ): Promise<DecodedRequest> {
    return this.#ask<DecodedRequest>({ task: "decodeForWallet", chain, request, view }, rank);
  }

  /** What the caller gets back, with the warnings of the intent where it has some. */
  async assemble(
    chain: Chain,
    decoded: DecodedRequest,
    signatures: readonly Signature[],
  ): Promise<SignedFields> {
    const light = this.#light.get(chain);
    const fields =
      light?.assemble(decoded, signatures) ??
      (await this.#ask<SignedFields>({ task: "assemble", chain, decoded, signatures }));
    const { warnings } = decoded.intent;
    return warnings === undefined
      ? fields
      : { ...fields, warnings: warnings.map((warning) => ({ ...warning })) };
  }

  /** True only when every payload has its signature and each one verifies against the payload's public key. */
  async verify(
    payloads: readonly SigningPayload[],
    signatures: readonly Signature[],
    rank?: number,
  ): Promise<boolean> {
    if (signatures.length !== payloads.length) return false;
    return (await this.#verifier.call({ task: "verify", payloads, signatures }, [], rank)) === true;
  }

  async close(): Promise<void> {
    await Promise.all([this.#decoder.close(), this.#verifier.close()]);
  }

  async #ask<Reply extends ChainReply>(call: ChainCall, rank?: number): Promise<Reply> {
    // thread.ts answers each task with its own reply type; a message cannot carry that proof.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return (await this.#decoder.call(call, [], rank)) as Reply;
  }
}

function startThread(
  name: string,
  batchMax: number,
  settings: ChainSettings,
): ThreadClient<ChainCall, ChainReply> {
  return new ThreadClient<ChainCall, ChainReply>({
    url: new URL("./thread.ts", import.meta.url),
    name,
    workerData: settings,
    queueMax: QUEUE_MAX,
    batchMax,
    batchMaxOf: togetherOf,
    batchesInFlight: 2,
  });
}
