/**
 * The chains as the signing path calls them. Light adapters decode on the calling thread, heavy ones on a thread of
 * their own.
 * @module
 */
import type { Json } from "../domain/canonical.ts";
import type { Chain, KeyAttributes, KeyRecord } from "../domain/keys.ts";
import { togetherOf, type Urgency } from "../domain/urgency.ts";
import { startThread, type CallQueue } from "../threads/call-queue.ts";
import type { Remote } from "../threads/contract.ts";
import { remote } from "../threads/remote.ts";
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
  SignRequest,
  WalletSurvey,
  WalletView,
} from "./adapter.ts";
import type { DecoderThread, ImportPlan } from "./decoder-thread.ts";
import { Adapters, assertSigns, type ChainSettings } from "./registry.ts";
import type { PublicKey } from "../domain/kinds.ts";

/** Chains whose adapters are loaded on the main thread. */
const LIGHT: readonly Chain[] = ["ethereum", "solana", "ethereum-validator", "babylon"];
/** Chain of each request type whose transactions several keys of a wallet can sign at once. */
const SPANNING: Readonly<Record<string, Chain>> = { "bitcoin.psbt": "bitcoin" };
/** Calls that may wait for the decoder: more than all lanes have places. */
export const CHAIN_QUEUE_MAX = 4096;
/** Work is in the calls, and none depends on another: two batches keep a thread busy while answers travel. */
const QUEUE = { queueMax: CHAIN_QUEUE_MAX, batchMaxOf: togetherOf, batchesUnderWay: 2 } as const;
const DECODE_BATCH_MAX = 16;

export class Chains {
  readonly #light: ReadonlyMap<Chain, ChainAdapter>;
  readonly #byType: ReadonlyMap<string, ChainAdapter>;
  readonly #decoder: CallQueue;
  readonly #decoding: Remote<DecoderThread>;

  private constructor(light: ReadonlyMap<Chain, ChainAdapter>, settings: ChainSettings) {
    this.#light = light;
    this.#byType = new Map(
      [...light.values()].flatMap((adapter) => adapter.requestTypes.map((type) => [type, adapter] as const)),
    );
    this.#decoder = startThread({
      url: new URL("./decoder-thread.ts", import.meta.url),
      name: "decoder",
      workerData: settings,
      batchMax: DECODE_BATCH_MAX,
      ...QUEUE,
    });
    this.#decoding = remote<DecoderThread>(this.#decoder);
  }

  /** Loads the light adapters here and starts the thread. */
  static async start(settings: ChainSettings = {}): Promise<Chains> {
    const adapters = new Adapters(settings);
    const light = new Map<Chain, ChainAdapter>();
    for (const chain of LIGHT) {
      const adapter = await adapters.of(chain);
      if (adapter.heavy) throw new Error(`adapter ${chain} is heavy and must not run on the main thread`);
      light.set(chain, adapter);
    }
    const chains = new Chains(light, settings);
    await chains.#decoder.ready();
    return chains;
  }

  /** Calls that wait for, or run on, the chain thread. */
  get depth(): number {
    return this.#decoder.depth;
  }

  async planKey(chain: Chain, options: KeyOptions): Promise<KeyPlan> {
    return this.#decoding.planKey(chain, options);
  }

  async planImport(chain: Chain, options: KeyOptions): Promise<ImportPlan> {
    return this.#decoding.planImport(chain, options);
  }

  /** Address and stored attributes of a new key. @throws SignerError `request.malformed` */
  async identify(chain: Chain, publicKey: PublicKey, attributes: KeyAttributes): Promise<AccountIdentity> {
    return this.#decoding.identify(chain, publicKey, attributes);
  }

  /** The account's public members. Always on the chain thread: one derivation is half a millisecond. */
  async describeAccount(plan: AccountPlan, key: AccountKey): Promise<Readonly<Record<string, Json>>> {
    return this.#decoding.describeAccount(plan, key);
  }

  /** @throws SignerError `request.malformed` for an account that has no addresses */
  async accountAddresses(
    plan: AccountPlan,
    key: AccountKey,
    range: AddressRange,
  ): Promise<readonly AccountAddress[]> {
    return this.#decoding.accountAddresses(plan, key, range);
  }

  /** How urgent the request is, by its type alone; never throws. */
  urgencyOf(request: SignRequest): Urgency {
    const light = this.#byType.get(request.type);
    return light?.urgencyOf?.(request) ?? "request";
  }

  /** @throws SignerError `request.malformed` */
  async readDescriptor(chain: Chain, text: string, network: string): Promise<DescriptorFacts> {
    return this.#decoding.readDescriptor(chain, text, network);
  }

  /** Of a descriptor without checksum that `readDescriptor` gave. */
  async describeDescriptor(chain: Chain, text: string, network: string): Promise<DescriptorFacts> {
    return this.#decoding.describeDescriptor(chain, text, network);
  }

  /** @throws SignerError `request.malformed` for a branch that the descriptor lacks */
  async descriptorAddresses(
    chain: Chain,
    text: string,
    network: string,
    range: AddressRange,
  ): Promise<readonly DescriptorAddress[]> {
    return this.#decoding.descriptorAddresses(chain, text, network, range);
  }

  /** @throws SignerError `transaction.invalid`, `transaction.refused`, `request.malformed` */
  async decode(request: SignRequest, key: KeyRecord, rank?: number): Promise<DecodedRequest> {
    const light = this.#light.get(key.chain);
    if (light === undefined || light.isHeavy?.(request) === true) {
      return this.#decodingAt(rank).decode(request, key);
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
    return this.#decodingAt(rank).survey(chain, request);
  }

  /** @throws SignerError `transaction.invalid`, `transaction.refused`, `wallet.key_missing` */
  decodeForWallet(
    chain: Chain,
    request: SignRequest,
    view: WalletView,
    rank: number,
  ): Promise<DecodedRequest> {
    return this.#decodingAt(rank).decodeForWallet(chain, request, view);
  }

  /** What the caller gets back, with the warnings of the intent where it has some. */
  async assemble(
    chain: Chain,
    decoded: DecodedRequest,
    signatures: readonly Signature[],
  ): Promise<SignedFields> {
    const light = this.#light.get(chain);
    const fields =
      light?.assemble(decoded, signatures) ?? (await this.#decoding.assemble(chain, decoded, signatures));
    const { warnings } = decoded.intent;
    return warnings === undefined
      ? fields
      : { ...fields, warnings: warnings.map((warning) => ({ ...warning })) };
  }

  async close(): Promise<void> {
    await this.#decoder.close();
  }

  #decodingAt(rank: number | undefined): Remote<DecoderThread> {
    return rank === undefined ? this.#decoding : remote<DecoderThread>(this.#decoder, { rank });
  }
}
