/** The decoder thread: the chains' adapters, away from the main thread's event loop. Nothing secret is on it. */
import { workerData } from "node:worker_threads";
import type { Chain, KeyAttributes, KeyRecord } from "../domain/keys.ts";
import { serve } from "../threads/serve.ts";
import type {
  AccountAddress,
  AccountIdentity,
  AccountKey,
  AccountPlan,
  AccountScheme,
  AddressRange,
  ChainAdapter,
  DecodedRequest,
  DescriptorAddress,
  DescriptorFacts,
  DescriptorScheme,
  KeyOptions,
  KeyPlan,
  Signature,
  SignedFields,
  SignRequest,
  WalletAdapter,
  WalletSurvey,
  WalletView,
} from "./adapter.ts";
import { Adapters, assertSigns, type ChainSettings } from "./registry.ts";
import type { PublicKey } from "../domain/kinds.ts";

/**
 * The contract of the decoder thread: each method is the adapter's function of the same name, for the chain that is named.
 * `ChainAdapter` and its parts in `adapter.ts` say what each takes, replies and throws; a reply changes nothing on the thread.
 */
export interface DecoderThread {
  planKey(chain: Chain, options: KeyOptions): KeyPlan;
  planImport(chain: Chain, options: KeyOptions): ImportPlan;
  identify(chain: Chain, publicKey: PublicKey, attributes: KeyAttributes): AccountIdentity;
  describeAccount(plan: AccountPlan, key: AccountKey): SignedFields;
  accountAddresses(plan: AccountPlan, key: AccountKey, range: AddressRange): readonly AccountAddress[];
  readDescriptor(chain: Chain, text: string, network: string): DescriptorFacts;
  describeDescriptor(chain: Chain, text: string, network: string): DescriptorFacts;
  descriptorAddresses(
    chain: Chain,
    text: string,
    network: string,
    range: AddressRange,
  ): readonly DescriptorAddress[];
  decode(request: SignRequest, key: KeyRecord): DecodedRequest;
  survey(chain: Chain, request: SignRequest): WalletSurvey;
  decodeForWallet(chain: Chain, request: SignRequest, view: WalletView): DecodedRequest;
  assemble(chain: Chain, decoded: DecodedRequest, signatures: readonly Signature[]): SignedFields;
}

export type ImportPlan = ReturnType<ChainAdapter["planImport"]>;

/** `Chains` starts this thread with the settings that it has itself. */
const settings: ChainSettings = workerData;
const adapters = new Adapters(settings);

serve<DecoderThread>({
  planKey: async (chain, options) => (await adapters.of(chain)).planKey(options),
  planImport: async (chain, options) => (await adapters.of(chain)).planImport(options),
  async identify(chain, publicKey, attributes) {
    const adapter = await adapters.of(chain);
    return (
      adapter.identify?.(publicKey, attributes) ?? {
        address: adapter.addressOf(publicKey, attributes),
        attributes,
      }
    );
  },
  describeAccount: async (plan, key) => (await accountsOf(plan.chain)).describe(plan, key),
  accountAddresses: async (plan, key, range) => (await accountsOf(plan.chain)).addresses(plan, key, range),
  readDescriptor: async (chain, text, network) => (await descriptorsOf(chain)).read(text, network),
  describeDescriptor: async (chain, text, network) => (await descriptorsOf(chain)).describe(text, network),
  descriptorAddresses: async (chain, text, network, range) =>
    (await descriptorsOf(chain)).addresses(text, network, range),
  async decode(request, key) {
    const adapter = await adapters.of(key.chain);
    assertSigns(adapter, request.type);
    return adapter.decode(request, key);
  },
  survey: async (chain, request) => (await walletAdapterOf(chain)).survey(request),
  decodeForWallet: async (chain, request, view) => (await walletAdapterOf(chain)).decode(request, view),
  assemble: async (chain, decoded, signatures) => (await adapters.of(chain)).assemble(decoded, signatures),
});

async function accountsOf(chain: Chain): Promise<AccountScheme> {
  const { accounts } = await adapters.of(chain);
  if (accounts === undefined) throw new Error(`chain ${chain} has no accounts`);
  return accounts;
}

async function descriptorsOf(chain: Chain): Promise<DescriptorScheme> {
  const { descriptors } = await adapters.of(chain);
  if (descriptors === undefined) throw new Error(`chain ${chain} has no descriptors`);
  return descriptors;
}

async function walletAdapterOf(chain: Chain): Promise<WalletAdapter> {
  const { wallet } = await adapters.of(chain);
  if (wallet === undefined) throw new Error(`no transaction of ${chain} is signed by several keys`);
  return wallet;
}
